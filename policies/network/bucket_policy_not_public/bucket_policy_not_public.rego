# METADATA
# title: "No bucket policy lets everybody in"
# description: >-
#   An Allow for everybody makes the bucket public, or would as soon as somebody lifts the public access block.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-007
#   severity: critical
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS AWS Foundations 2.1.4"
#   remediation: >-
#     Name the principals of every Allow statement; grants come from `teams.<team>.grants`.
#   stack_key: "teams.<team>.grants"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketPolicy:BucketPolicy"]
#   on_unknown: defer
package mlops.network.bucket_policy_not_public

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, ["policy", "Statement", statement.index], "the bucket policy allows everybody") if {
	some urn in lib.of_type("aws:s3/bucketPolicy:BucketPolicy")
	some statement in iam.statements(iam.document(urn, "policy"))
	statement.effect == "Allow"
	some principal in statement.principals
	principal.name == "*"
	count(iam.condition_keys(statement) & bound) == 0
}

findings contains lib.unknown(urn, ["policy"], "whom the bucket policy lets in is not known yet") if {
	some urn in lib.of_type("aws:s3/bucketPolicy:BucketPolicy")
	not iam.document(urn, "policy")
}

# What makes a statement for everybody not public (S3 User Guide, "The meaning of public").
bound := {
	"aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:sourceaccount", "aws:sourcearn", "aws:sourcevpc",
	"aws:sourcevpce", "aws:userid",
}
