package mlops.encryption.log_group_key_test

import data.mlops.encryption.log_group_key as rule
import data.mlops.lib.testing as t

group(inputs) := t.res("l", "aws:cloudwatch/logGroup:LogGroup", inputs)

test_key if t.none(rule.findings) with input as t.doc([group({"kmsKeyId": t.unknown})])

test_none if t.fails(rule.findings, ["l"]) with input as t.doc([group({"kmsKeyId": ""})])
