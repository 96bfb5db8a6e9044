package mlops.access.duties_separated_test

import data.mlops.access.duties_separated as rule
import data.mlops.lib.testing as t

config(access, members) := {"access": access, "teams": [{"name": "x", "members": members}]}

auditors := {"role": "auditor", "groups": ["audit", "office"]}

judged(access, members) := result if result := rule.findings with input as t.with_config([], config(access, members))

test_separate if t.none(judged([auditors, {"role": "platform-admin", "groups": ["admins"]}], [{"role": "ml-engineer", "groups": ["engineers"]}]))

test_administrators if t.at(judged([auditors, {"role": "platform-admin", "groups": ["audit"]}], []), [["access", 0, "groups"]])

test_team if t.at(judged([auditors], [{"role": "ml-engineer", "groups": ["office"]}]), [["access", 0, "groups"]])

test_auditors_of_a_team if t.none(judged([auditors], [{"role": "auditor", "groups": ["office"]}]))

test_deployers_and_administrators if {
	access := [{"role": "platform-admin", "groups": ["a"]}, {"role": "ci-deployer", "groups": ["a"]}]
	t.none(judged(access, []))
}
