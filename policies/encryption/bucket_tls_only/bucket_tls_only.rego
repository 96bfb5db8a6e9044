# METADATA
# title: "Buckets refuse plain HTTP"
# description: >-
#   Without a Deny on aws:SecureTransport a client with valid credentials may fetch personal data over an unencrypted
#   connection.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-002
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(e)(1)"
#     - "GDPR Art. 32(1)(a)"
#     - "CIS AWS Foundations 2.1.1"
#   remediation: >-
#     Keep the statement DenyPlainHttp in the bucket's policy.
#   stack_key: "datasets"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.encryption.bucket_tls_only

import data.mlops.lib
import data.mlops.lib.buckets
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

message := "no statement of the bucket's policy denies access without TLS"

policy := "aws:s3/bucketPolicy:BucketPolicy"

findings contains finding if {
	some bucket in buckets.all
	some finding in buckets.missing(bucket, policy, message)
}

findings contains lib.fail(found, ["policy"], message) if {
	some bucket in buckets.all
	some found in buckets.companions(bucket, policy)
	document := iam.document(found, "policy")
	not denies_plain(document)
}

findings contains lib.unknown(found, ["policy"], message) if {
	some bucket in buckets.all
	some found in buckets.companions(bucket, policy)
	not iam.document(found, "policy")
}

denies_plain(document) if {
	some statement in iam.statements(document)
	statement.effect == "Deny"
	{"kind": "AWS", "name": "*"} in statement.principals
	iam.covers(statement, "s3:GetObject")
	iam.covers(statement, "s3:PutObject")
	some value in lib.as_list(statement.condition.Bool["aws:SecureTransport"])
	value in {"false", false}
}
