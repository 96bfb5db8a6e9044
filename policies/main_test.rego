package mlops.governance_test

import data.mlops.governance
import data.mlops.lib.testing as t

families := {"pii", "access", "audit", "encryption", "network", "workload", "resilience", "cost", "model"}

# A graph that breaks rules of every family that judges resources.
broken := t.with_config(
	[
		t.res("bucket", "aws:s3/bucket:Bucket", {"bucket": "x"}),
		t.res("role", "aws:iam/role:Role", {}),
		t.res("trail", "aws:cloudtrail/trail:Trail", {}),
		t.pod({"hostNetwork": true}, {}),
	],
	{
		"access": [],
		"teams": [],
		"datasets": [],
		"monitoring": {"prometheus_image": "registry.example/x"},
		"models": [{"name": "m", "slo": {"accuracy": 0.1}, "version": "x", "image": "a/b", "team": "c", "scale": {"min": 1}, "gpus": 0}],
		"cluster": {"node_pools": []},
	},
)

test_every_family_is_asked if {
	found := {family | some rule in governance.rules; family := rule.family} with input as t.doc([])
	found == families
}

test_findings_carry_their_rule if {
	findings := governance.findings with input as broken
	every finding in findings {
		regex.match(`^MLI-[A-Z]+-[0-9]{3}$`, finding.rule)
	}
	{split(finding.rule, "-")[1] | some finding in findings} == {upper(family) | some family in families}
}

test_rules_say_what_they_must if {
	rules := governance.rules with input as t.doc([])
	every id, rule in rules {
		startswith(id, sprintf("MLI-%s-", [upper(rule.family)]))
		rule.severity in {"critical", "high", "medium", "low"}
		rule.on_unknown in {"defer", "deny"}
		count(rule.controls) > 0
		count(rule.remediation) > 0
		count(rule.stack_key) > 0
		count(rule.title) > 0
		count(rule.description) > 0
		every point in rule.points { point in {"synth", "preview", "live"} }
	}
}

test_no_package_without_an_id if {
	every rule in governance.all { rule.about.custom.id } with input as t.doc([])
}
