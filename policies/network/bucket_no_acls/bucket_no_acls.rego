# METADATA
# title: "Buckets know no access lists"
# description: >-
#   With ownership enforced an object has no ACL of its own, so only policies say who reads it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-008
#   severity: medium
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Keep `BucketOwnerEnforced`.
#   stack_key: "datasets"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketOwnershipControls:BucketOwnershipControls", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.network.bucket_no_acls

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

controls := "aws:s3/bucketOwnershipControls:BucketOwnershipControls"

message := "objects of the bucket may have access lists of their own"

findings contains finding if {
	some bucket in buckets.all
	some finding in buckets.missing(bucket, controls, message)
}

findings contains finding if {
	some bucket in buckets.all
	some found in buckets.companions(bucket, controls)
	some finding in lib.must_be(found, ["rule", "objectOwnership"], {"BucketOwnerEnforced"}, message)
}
