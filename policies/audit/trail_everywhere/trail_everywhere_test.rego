package mlops.audit.trail_everywhere_test

import data.mlops.audit.trail_everywhere as rule
import data.mlops.lib.testing as t

trail(inputs) := t.res("a", "aws:cloudtrail/trail:Trail", inputs)

test_all if t.none(rule.findings) with input as t.doc([trail({"isMultiRegionTrail": true, "includeGlobalServiceEvents": true})])

test_default if t.at(rule.findings, [["isMultiRegionTrail"]]) with input as t.doc([trail({})])

test_no_global if {
	inputs := {"isMultiRegionTrail": true, "includeGlobalServiceEvents": false}
	t.at(rule.findings, [["includeGlobalServiceEvents"]]) with input as t.doc([trail(inputs)])
}

test_unknown if t.unclear(rule.findings, ["a"]) with input as t.doc([trail({"isMultiRegionTrail": t.unknown})])
