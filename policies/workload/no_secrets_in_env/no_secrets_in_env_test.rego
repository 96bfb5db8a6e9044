package mlops.workload.no_secrets_in_env_test

import data.mlops.lib.testing as t
import data.mlops.workload.no_secrets_in_env as rule

env(name, rest) := t.doc([t.pod({}, {"env": [object.union({"name": name}, rest)]})])

test_each if {
	every name in ["DB_PASSWORD", "PASSWD", "CLIENT_SECRET", "GITHUB_TOKEN", "API_KEY", "APIKEY", "SSH_PRIVATE_KEY", "CREDENTIALS"] {
		t.at(rule.findings, [["spec", "containers", 0, "env", 0]]) with input as env(name, {"value": "hunter2"})
	}
}

test_value_is_not_shown if {
	findings := rule.findings with input as env("DB_PASSWORD", {"value": "hunter2"})
	not contains(json.marshal(findings), "hunter2")
}

test_reference if t.none(rule.findings) with input as env("DB_PASSWORD", {"valueFrom": {"secretKeyRef": {"name": "x"}}})

test_empty if t.none(rule.findings) with input as env("DB_PASSWORD", {"value": ""})

test_path_to_a_secret if t.none(rule.findings) with input as env("PASSWORD_FILE", {"value": "/run/secrets/x"})

test_ordinary if t.none(rule.findings) with input as env("MODEL_NAME", {"value": "x"})

test_masked if t.none(rule.findings) with input as env("DB_PASSWORD", {"value": {"$secret": true}})
