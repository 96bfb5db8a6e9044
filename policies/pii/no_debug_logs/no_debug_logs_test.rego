package mlops.pii.no_debug_logs_test

import data.mlops.lib.testing as t
import data.mlops.pii.no_debug_logs as rule

reach := [
	t.ref("a", "aws:eks/podIdentityAssociation:PodIdentityAssociation", {"namespace": "team"}, {"roleArn": "r"}),
	t.res("r", "aws:iam/role:Role", {}),
	object.union(
		t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::claims/*"}]),
		{"refs": {"role": "r"}},
	),
	t.res("b", "aws:s3/bucket:Bucket", {"bucket": "claims", "tags": {"data-classification": "phi"}}),
]

judged(container) := result if result := rule.findings with input as t.doc(array.concat(reach, [t.pod({}, container)]))

env(name, value) := {"env": [{"name": name, "value": value}]}

test_level if {
	findings := judged(env("LOG_LEVEL", "DEBUG"))
	t.at(findings, [["spec", "containers", 0, "env", 0]])
	{finding.trail | some finding in findings} == {["pod", "a", "r", "p", "b"]}
}

test_each_level if {
	every value in ["debug", "trace", "all"] { t.fails(judged(env("APP_LOGLEVEL", value)), ["pod"]) }
}

test_each_switch if {
	every value in ["1", "true", "yes", "on"] { t.fails(judged(env("APP_DEBUG", value)), ["pod"]) }
}

test_info if t.none(judged(env("LOG_LEVEL", "info")))

test_off if t.none(judged(env("DEBUG", "false")))

test_other_names if t.none(judged(env("DEBUGGER", "1")))

test_argument if t.at(judged({"args": ["--x", "--log-level=debug"]}), [["spec", "containers", 0, "args", 1]])

test_command if t.at(judged({"command": ["serve", "--debug"]}), [["spec", "containers", 0, "command", 1]])

test_calm_argument if t.none(judged({"args": ["--log-level=warning"]}))

test_not_personal if t.none(rule.findings) with input as t.doc([t.pod({}, env("LOG_LEVEL", "debug"))])

test_other_kinds_of_values if {
	every value in [1, null, true, t.unknown] {
		t.none(judged(env("LOG_LEVEL", value)))
		t.none(judged(env("APP_DEBUG", value)))
		t.none(judged({"args": [value]}))
		t.none(judged(env(value, "debug")))
	}
}

test_a_level_of_something_else if t.none(judged(env("DETAIL", "debug")))
