package mlops.audit.trail_exists_test

import data.mlops.audit.trail_exists as rule
import data.mlops.lib.testing as t

trail(inputs) := t.res("a", "aws:cloudtrail/trail:Trail", inputs)

test_recording if t.none(rule.findings) with input as t.doc([trail({"enableLogging": true})])

test_default if t.none(rule.findings) with input as t.doc([trail({})])

test_stopped if t.fails(rule.findings, [""]) with input as t.doc([trail({"enableLogging": false})])

test_none if t.fails(rule.findings, [""]) with input as t.doc([])
