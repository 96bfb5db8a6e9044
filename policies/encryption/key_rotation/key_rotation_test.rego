package mlops.encryption.key_rotation_test

import data.mlops.encryption.key_rotation as rule
import data.mlops.lib.testing as t

judged(inputs) := result if result := rule.findings with input as t.doc([t.res("a", "aws:kms/key:Key", inputs)])

test_set if t.none(judged({"enableKeyRotation": true}))

test_wrong if t.at(judged({"enableKeyRotation": false}), [["enableKeyRotation"]])

test_missing if t.fails(judged({}), ["a"])

test_unknown if t.unclear(judged({"enableKeyRotation": {"$unknown": true}}), ["a"])
