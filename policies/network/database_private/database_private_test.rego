package mlops.network.database_private_test

import data.mlops.lib.testing as t
import data.mlops.network.database_private as rule

judged(inputs) := result if result := rule.findings with input as t.doc([t.res("a", "aws:rds/instance:Instance", inputs)])

test_set if t.none(judged({"publiclyAccessible": false}))

test_wrong if t.at(judged({"publiclyAccessible": true}), [["publiclyAccessible"]])

test_missing if t.fails(judged({}), ["a"])

test_unknown if t.unclear(judged({"publiclyAccessible": {"$unknown": true}}), ["a"])
