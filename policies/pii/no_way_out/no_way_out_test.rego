package mlops.pii.no_way_out_test

import data.mlops.lib.testing as t
import data.mlops.pii.no_way_out as rule

association := t.ref("a", "aws:eks/podIdentityAssociation:PodIdentityAssociation", {"namespace": "team"}, {"roleArn": "r"})

role := t.res("r", "aws:iam/role:Role", {})

grant(action) := object.union(
	t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [{"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::claims/*"}]),
	{"refs": {"role": "r"}},
)

bucket(class) := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "claims", "tags": {"data-classification": class}})

way(namespace, cidr) := t.res("n", "kubernetes:networking.k8s.io/v1:NetworkPolicy", {
	"metadata": {"namespace": namespace}, "spec": {"egress": [{"to": [{"ipBlock": {"cidr": cidr}}]}]},
})

judged(class, action, namespace, cidr) := result if {
	result := rule.findings with input as t.doc([association, role, grant(action), bucket(class), way(namespace, cidr)])
}

test_out if {
	findings := judged("phi", "s3:GetObject", "team", "93.184.216.0/24")
	t.at(findings, [["spec", "egress", 0, "to", 0, "ipBlock", "cidr"]])
	{finding.trail | some finding in findings} == {["n", "a", "r", "p", "b"]}
}

test_pii if t.fails(judged("pii", "s3:*", "team", "0.0.0.0/0"), ["n"])

test_not_personal if t.none(judged("internal", "s3:GetObject", "team", "0.0.0.0/0"))

test_private if {
	every cidr in ["10.99.0.0/24", "172.16.5.0/24", "192.168.1.0/24", "100.64.0.0/16", "169.254.170.23/32"] {
		t.none(judged("phi", "s3:GetObject", "team", cidr))
	}
}

test_more_than_private if t.fails(judged("phi", "s3:GetObject", "team", "10.0.0.0/7"), ["n"])

test_another_namespace if t.none(judged("phi", "s3:GetObject", "other", "0.0.0.0/0"))

test_writing_only if t.none(judged("phi", "s3:PutObject", "team", "0.0.0.0/0"))

test_attached_policy if {
	policy := t.policy("p", "aws:iam/policy:Policy", "policy", [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::claims/*"}])
	attachment := t.ref("t", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", {}, {"role": "r", "policyArn": "p"})
	graph := [association, role, policy, attachment, bucket("phi"), way("team", "0.0.0.0/0")]
	t.fails(rule.findings, ["n"]) with input as t.doc(graph)
}

test_policy_of_another_role if {
	policy := t.policy("p", "aws:iam/policy:Policy", "policy", [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::claims/*"}])
	t.none(rule.findings) with input as t.doc([association, role, policy, bucket("phi"), way("team", "0.0.0.0/0")])
}
