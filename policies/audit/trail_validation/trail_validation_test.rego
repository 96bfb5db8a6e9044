package mlops.audit.trail_validation_test

import data.mlops.audit.trail_validation as rule
import data.mlops.lib.testing as t

judged(inputs) := result if result := rule.findings with input as t.doc([t.res("a", "aws:cloudtrail/trail:Trail", inputs)])

test_set if t.none(judged({"enableLogFileValidation": true}))

test_wrong if t.at(judged({"enableLogFileValidation": false}), [["enableLogFileValidation"]])

test_missing if t.fails(judged({}), ["a"])

test_unknown if t.unclear(judged({"enableLogFileValidation": {"$unknown": true}}), ["a"])
