package mlops.encryption.topic_key_test

import data.mlops.encryption.topic_key as rule
import data.mlops.lib.testing as t

topic(inputs) := t.res("s", "aws:sns/topic:Topic", inputs)

test_key if t.none(rule.findings) with input as t.doc([topic({"kmsMasterKeyId": t.unknown})])

test_none if t.fails(rule.findings, ["s"]) with input as t.doc([topic({})])
