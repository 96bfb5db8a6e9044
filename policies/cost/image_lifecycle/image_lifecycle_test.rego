package mlops.cost.image_lifecycle_test

import data.mlops.cost.image_lifecycle as rule
import data.mlops.lib.testing as t

repository := t.res("r", "aws:ecr/repository:Repository", {"name": "x"})

policy := t.ref("p", "aws:ecr/lifecyclePolicy:LifecyclePolicy", {}, {"repository": "r"})

test_policy if t.none(rule.findings) with input as t.doc([repository, policy])

test_none if t.fails(rule.findings, ["r"]) with input as t.doc([repository])
