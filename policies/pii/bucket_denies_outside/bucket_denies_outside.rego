# METADATA
# title: "Buckets of personal data refuse everybody who was not granted"
# description: >-
#   An identity policy that somebody attaches later must not be enough; the bucket itself says who reads it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-011
#   severity: high
#   family: pii
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#     - "GDPR Art. 25(2)"
#   remediation: >-
#     Keep the statement DenyReadOutsideGrants of the bucket's policy.
#   stack_key: "teams.<team>.grants"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: ["aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.pii.bucket_denies_outside

import data.mlops.lib
import data.mlops.lib.buckets
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

policy := "aws:s3/bucketPolicy:BucketPolicy"

message := "the bucket's policy does not refuse those who were not granted"

personal := buckets.datasets & buckets.personal

findings contains finding if {
	some bucket in personal
	some finding in buckets.missing(bucket, policy, message)
}

findings contains lib.fail(urn, ["policy"], message) if {
	some bucket in personal
	some urn in buckets.companions(bucket, policy)
	document := iam.document(urn, "policy")
	not refuses(document)
}

findings contains lib.unknown(urn, ["policy"], message) if {
	some bucket in personal
	some urn in buckets.companions(bucket, policy)
	not iam.document(urn, "policy")
}

# Everybody is refused but the roles that the condition names; without a condition on the principal, all are.
refuses(document) if {
	some statement in iam.statements(document)
	statement.effect == "Deny"
	{"kind": "AWS", "name": "*"} in statement.principals
	iam.covers(statement, "s3:GetObject")
	is_object(statement.condition)
	object.keys(statement.condition) & conditions == object.keys(statement.condition)
	iam.condition_keys(statement) & keys == iam.condition_keys(statement)
}

conditions := {"ArnNotLike", "ArnNotEquals", "StringNotLike", "StringNotEquals", "Bool"}

keys := {"aws:principalarn", "aws:principalisawsservice"}
