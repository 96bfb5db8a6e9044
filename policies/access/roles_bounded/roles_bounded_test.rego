package mlops.access.roles_bounded_test

import data.mlops.access.roles_bounded as rule
import data.mlops.lib.testing as t

role(inputs) := t.res("r", "aws:iam/role:Role", inputs)

test_bounded if t.none(rule.findings) with input as t.doc([role({"permissionsBoundary": "arn:b"})])

test_unbounded if t.fails(rule.findings, ["r"]) with input as t.doc([role({})])
