package mlops.audit.database_logs_test

import data.mlops.audit.database_logs as rule
import data.mlops.lib.testing as t

database(exports) := t.res("d", "aws:rds/instance:Instance", {"engine": "postgres", "enabledCloudwatchLogsExports": exports})

group(parameters) := t.res("g", "aws:rds/parameterGroup:ParameterGroup", {"family": "postgres16", "parameters": parameters})

test_exported if t.none(rule.findings) with input as t.doc([database(["postgresql", "upgrade"])])

test_not_exported if t.fails(rule.findings, ["d"]) with input as t.doc([database(["upgrade"])])

test_nothing_exported if t.fails(rule.findings, ["d"]) with input as t.doc([database(null)])

test_another_engine if {
	t.none(rule.findings) with input as t.doc([t.res("d", "aws:rds/instance:Instance", {"engine": "mysql"})])
}

test_unknown if t.unclear(rule.findings, ["d"]) with input as t.doc([database(t.unknown)])

test_logged if t.none(rule.findings) with input as t.doc([group([{"name": "log_connections", "value": "1"}])])

test_not_logged if t.fails(rule.findings, ["g"]) with input as t.doc([group([{"name": "log_connections", "value": "0"}])])

test_another_parameter if t.fails(rule.findings, ["g"]) with input as t.doc([group([{"name": "rds.force_ssl", "value": "1"}])])

test_another_family if {
	other := t.res("g", "aws:rds/parameterGroup:ParameterGroup", {"family": "mysql8.0", "parameters": []})
	t.none(rule.findings) with input as t.doc([other])
}

test_unknown_parameters if t.none(rule.findings) with input as t.doc([group(t.unknown)])

test_where if {
	t.at(rule.findings, [["enabledCloudwatchLogsExports"]]) with input as t.doc([database(["upgrade"])])
	t.at(rule.findings, [["parameters"]]) with input as t.doc([group([])])
	findings := rule.findings with input as t.doc([database(t.unknown)])
	{finding.path | some finding in findings} == {["enabledCloudwatchLogsExports"]}
}

test_each_way_to_say_on if {
	every value in ["1", "on", 1] {
		t.none(rule.findings) with input as t.doc([group([{"name": "log_connections", "value": value}])])
	}
}
