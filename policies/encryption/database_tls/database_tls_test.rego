package mlops.encryption.database_tls_test

import data.mlops.encryption.database_tls as rule
import data.mlops.lib.testing as t

group(parameters) := t.res("g", "aws:rds/parameterGroup:ParameterGroup", {"family": "postgres16", "parameters": parameters})

test_forced if t.none(rule.findings) with input as t.doc([group([{"name": "rds.force_ssl", "value": "1"}])])

test_off if t.fails(rule.findings, ["g"]) with input as t.doc([group([{"name": "rds.force_ssl", "value": "0"}])])

test_another_parameter if t.fails(rule.findings, ["g"]) with input as t.doc([group([{"name": "log_connections", "value": "1"}])])

test_unknown if t.unclear(rule.findings, ["g"]) with input as t.doc([group(t.unknown)])

test_default_group if {
	t.fails(rule.findings, ["d"]) with input as t.doc([t.res("d", "aws:rds/instance:Instance", {"engine": "postgres"})])
}

test_own_group if {
	inputs := {"engine": "postgres", "parameterGroupName": "x"}
	t.none(rule.findings) with input as t.doc([t.res("d", "aws:rds/instance:Instance", inputs)])
}

test_another_engine if {
	group := t.res("g", "aws:rds/parameterGroup:ParameterGroup", {"family": "mysql8.0", "parameters": []})
	t.none(rule.findings) with input as t.doc([group, t.res("d", "aws:rds/instance:Instance", {"engine": "mysql"})])
}
