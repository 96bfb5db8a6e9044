package mlops.resilience.database_deletion_test

import data.mlops.lib.testing as t
import data.mlops.resilience.database_deletion as rule

judged(inputs) := result if result := rule.findings with input as t.doc([t.res("a", "aws:rds/instance:Instance", inputs)])

test_set if t.none(judged({"deletionProtection": true}))

test_wrong if t.at(judged({"deletionProtection": false}), [["deletionProtection"]])

test_missing if t.fails(judged({}), ["a"])

test_unknown if t.unclear(judged({"deletionProtection": {"$unknown": true}}), ["a"])
