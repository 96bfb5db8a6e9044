# METADATA
# title: "Buckets keep versions"
# description: >-
#   What was overwritten or deleted by mistake, or by an attacker, is still there.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-004
#   severity: high
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.312(c)(1)"
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(A)"
#     - "GDPR Art. 32(1)(c)"
#   remediation: >-
#     Keep the bucket's versioning.
#   stack_key: "datasets"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.resilience.bucket_versioning

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

versioning := "aws:s3/bucketVersioning:BucketVersioning"

message := "the bucket keeps no versions"

findings contains finding if {
	some bucket in buckets.all
	some finding in buckets.missing(bucket, versioning, message)
}

findings contains finding if {
	some bucket in buckets.all
	some found in buckets.companions(bucket, versioning)
	some finding in lib.must_be(found, ["versioningConfiguration", "status"], {"Enabled"}, message)
}
