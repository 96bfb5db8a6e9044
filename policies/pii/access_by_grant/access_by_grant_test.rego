package mlops.pii.access_by_grant_test

import data.mlops.lib.testing as t
import data.mlops.pii.access_by_grant as rule

role(path) := {"urn": "r", "type": "aws:iam/role:Role", "config_path": path}

policy(bucket) := object.union(
	t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [{
		"Effect": "Allow", "Action": "s3:GetObject", "Resource": sprintf("arn:aws:s3:::%s/*", [bucket]),
	}]),
	{"refs": {"role": "r"}},
)

bucket(path) := {"urn": "b", "type": "aws:s3/bucket:Bucket", "config_path": path, "inputs": {"bucket": "data"}}

config := {"teams": [{"name": "x", "grants": [{"dataset": "claims"}]}, {"name": "y", "grants": [{"dataset": "notes"}]}]}

judged(role_path, bucket_path, name) := result if {
	result := rule.findings with input as t.with_config([role(role_path), policy(name), bucket(bucket_path)], config)
}

test_granted if t.none(judged(["teams", "x"], ["datasets", "claims"], "data"))

test_granted_to_members if t.none(judged(["teams", "x", "members", "ml-engineer"], ["datasets", "claims"], "data"))

test_not_granted if {
	findings := judged(["teams", "x"], ["datasets", "notes"], "data")
	t.at(findings, [["policy"]])
	{finding.trail | some finding in findings} == {["r", "p", "b"]}
}

test_granted_to_another if t.fails(judged(["teams", "y"], ["datasets", "claims"], "data"), ["p"])

test_no_team if t.fails(judged(["access", "x"], ["datasets", "claims"], "data"), ["p"])

test_artifacts if t.none(judged(["teams", "x"], ["teams", "x"], "data"))

test_another_bucket if t.none(judged(["teams", "x"], ["datasets", "notes"], "other"))

test_unknown if {
	t.unclear(rule.findings, ["p"]) with input as t.doc([t.res("p", "aws:iam/policy:Policy", {"policy": t.unknown})])
}
