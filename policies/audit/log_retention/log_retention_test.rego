package mlops.audit.log_retention_test

import data.mlops.audit.log_retention as rule
import data.mlops.lib.testing as t

group(days) := t.res("l", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": days})

test_a_year if t.none(rule.findings) with input as t.doc([group(365)])

test_less if t.at(rule.findings, [["retentionInDays"]]) with input as t.doc([group(180)])

test_parameter if {
	t.none(rule.findings) with input as t.where({"log_retention_days": 90}, t.doc([group(90)]))
	t.fails(rule.findings, ["l"]) with input as t.where({"log_retention_days": 90}, t.doc([group(60)]))
}

test_for_ever if t.none(rule.findings) with input as t.doc([group(0), object.union(group(null), {"urn": "m"})])

test_unknown if t.unclear(rule.findings, ["l"]) with input as t.doc([group(t.unknown)])
