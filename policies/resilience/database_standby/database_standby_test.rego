package mlops.resilience.database_standby_test

import data.mlops.lib.testing as t
import data.mlops.resilience.database_standby as rule

database(value) := [t.res("d", "aws:rds/instance:Instance", {"multiAz": value})]

test_standby if t.none(rule.findings) with input as t.doc(database(true))

test_none if t.at(rule.findings, [["multiAz"]]) with input as t.doc(database(false))

test_in_development if t.none(rule.findings) with input as t.env_config("dev", database(false), {})

test_names_the_key if {
	{finding.key | some finding in rule.findings} == {["registry", "database", "multi_az"]} with input as t.doc(database(false))
}

test_unknown if t.unclear(rule.findings, ["d"]) with input as t.doc(database(t.unknown))
