package mlops.encryption.bucket_tls_only_test

import data.mlops.encryption.bucket_tls_only as rule
import data.mlops.lib.testing as t

bucket := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "b"})

policy(statement) := object.union(
	t.policy("p", "aws:s3/bucketPolicy:BucketPolicy", "policy", [statement]),
	{"refs": {"bucket": "b"}},
)

deny := {
	"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
	"Condition": {"Bool": {"aws:SecureTransport": "false"}},
}

with_change(change) := policy(object.union(deny, change))

test_denied if t.none(rule.findings) with input as t.doc([bucket, policy(deny)])

test_denied_to_everybody_of_aws if {
	t.none(rule.findings) with input as t.doc([bucket, with_change({"Principal": {"AWS": "*"}})])
}

test_allowed if t.fails(rule.findings, ["p"]) with input as t.doc([bucket, with_change({"Effect": "Allow"})])

test_for_one if {
	t.fails(rule.findings, ["p"]) with input as t.doc([bucket, with_change({"Principal": {"AWS": "arn:aws:iam::1:root"}})])
}

test_writing_only if t.fails(rule.findings, ["p"]) with input as t.doc([bucket, with_change({"Action": "s3:PutObject"})])

test_reading_only if t.fails(rule.findings, ["p"]) with input as t.doc([bucket, with_change({"Action": "s3:Get*"})])

test_the_wrong_way_round if {
	t.fails(rule.findings, ["p"]) with input as t.doc([bucket, with_change({"Condition": {"Bool": {"aws:SecureTransport": "true"}}})])
}

test_no_policy if t.fails(rule.findings, ["b"]) with input as t.doc([bucket])

test_unknown if {
	unknown := t.ref("p", "aws:s3/bucketPolicy:BucketPolicy", {"policy": t.unknown}, {"bucket": "b"})
	t.unclear(rule.findings, ["p"]) with input as t.doc([bucket, unknown])
}
