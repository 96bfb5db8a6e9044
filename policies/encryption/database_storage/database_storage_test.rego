package mlops.encryption.database_storage_test

import data.mlops.encryption.database_storage as rule
import data.mlops.lib.testing as t

judged(inputs) := result if result := rule.findings with input as t.doc([t.res("a", "aws:rds/instance:Instance", inputs)])

test_set if t.none(judged({"storageEncrypted": true}))

test_wrong if t.at(judged({"storageEncrypted": false}), [["storageEncrypted"]])

test_missing if t.fails(judged({}), ["a"])

test_unknown if t.unclear(judged({"storageEncrypted": {"$unknown": true}}), ["a"])
