package mlops.encryption.registry_key_test

import data.mlops.encryption.registry_key as rule
import data.mlops.lib.testing as t

judged(inputs) := result if result := rule.findings with input as t.doc([t.res("a", "aws:ecr/repository:Repository", inputs)])

test_set if t.none(judged({"encryptionConfigurations": [{"encryptionType": "KMS"}]}))

test_wrong if t.at(judged({"encryptionConfigurations": [{"encryptionType": "AES256"}]}), [["encryptionConfigurations", 0, "encryptionType"]])

test_missing if t.fails(judged({}), ["a"])

test_unknown if t.unclear(judged({"encryptionConfigurations": [{"encryptionType": {"$unknown": true}}]}), ["a"])
