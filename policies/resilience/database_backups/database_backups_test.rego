package mlops.resilience.database_backups_test

import data.mlops.lib.testing as t
import data.mlops.resilience.database_backups as rule

database(days) := [t.res("d", "aws:rds/instance:Instance", {"backupRetentionPeriod": days})]

test_two_weeks if t.none(rule.findings) with input as t.doc(database(14))

test_less if t.at(rule.findings, [["backupRetentionPeriod"]]) with input as t.doc(database(13))

test_none if t.fails(rule.findings, ["d"]) with input as t.doc(database(null))

test_parameter if {
	t.none(rule.findings) with input as t.where({"backup_days": 3}, t.doc(database(3)))
	t.fails(rule.findings, ["d"]) with input as t.where({"backup_days": 3}, t.doc(database(2)))
}

test_names_the_key if {
	{finding.key | some finding in rule.findings} == {["registry", "database", "backup_days"]} with input as t.doc(database(1))
}

test_unknown if t.unclear(rule.findings, ["d"]) with input as t.doc(database(t.unknown))
