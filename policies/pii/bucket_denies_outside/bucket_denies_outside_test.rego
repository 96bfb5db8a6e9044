package mlops.pii.bucket_denies_outside_test

import data.mlops.lib.testing as t
import data.mlops.pii.bucket_denies_outside as rule

bucket(class) := {
	"urn": "b", "type": "aws:s3/bucket:Bucket", "config_path": ["datasets", "claims"],
	"inputs": {"tags": {"data-classification": class}},
}

policy(statement) := object.union(t.policy("p", "aws:s3/bucketPolicy:BucketPolicy", "policy", [statement]), {"refs": {"bucket": "b"}})

deny := {
	"Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject"], "Resource": "x",
	"Condition": {"ArnNotLike": {"aws:PrincipalArn": ["arn:r"]}, "Bool": {"aws:PrincipalIsAWSService": "false"}},
}

changed(change) := t.doc([bucket("phi"), policy(object.union(deny, change))])

test_refused if t.none(rule.findings) with input as changed({})

test_all_refused if t.none(rule.findings) with input as t.doc([bucket("phi"), policy(object.remove(deny, ["Condition"]))])

test_allowed if t.at(rule.findings, [["policy"]]) with input as changed({"Effect": "Allow"})

test_one_refused if t.fails(rule.findings, ["p"]) with input as changed({"Principal": {"AWS": "arn:x"}})

test_writing_refused if t.fails(rule.findings, ["p"]) with input as changed({"Action": ["s3:PutObject"]})

test_refused_without_tls if {
	t.fails(rule.findings, ["p"]) with input as changed({"Condition": {"Bool": {"aws:SecureTransport": "false"}}})
}

test_named_refused if {
	named := object.union(object.remove(deny, ["Condition"]), {"Condition": {"ArnLike": {"aws:PrincipalArn": ["arn:r"]}}})
	t.fails(rule.findings, ["p"]) with input as t.doc([bucket("phi"), policy(named)])
}

test_no_policy if t.fails(rule.findings, ["b"]) with input as t.doc([bucket("pii")])

test_not_personal if t.none(rule.findings) with input as t.doc([bucket("public")])

test_artifacts if t.none(rule.findings) with input as t.doc([object.union(bucket("phi"), {"config_path": ["teams", "x"]})])

test_unknown if {
	unknown := t.ref("p", "aws:s3/bucketPolicy:BucketPolicy", {"policy": t.unknown}, {"bucket": "b"})
	t.unclear(rule.findings, ["p"]) with input as t.doc([bucket("phi"), unknown])
}
