package mlops.encryption.trail_key_test

import data.mlops.encryption.trail_key as rule
import data.mlops.lib.testing as t

trail(inputs) := t.res("a", "aws:cloudtrail/trail:Trail", inputs)

test_key if t.none(rule.findings) with input as t.doc([trail({"kmsKeyId": t.unknown})])

test_none if t.fails(rule.findings, ["a"]) with input as t.doc([trail({})])
