# METADATA
# title: "What holds data is not removed by a change of the stack"
# description: >-
#   A renamed dataset must not delete the old one's data; protection makes that a step of its own.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-005
#   severity: high
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(A)"
#     - "HIPAA 45 CFR 164.312(c)(1)"
#     - "GDPR Art. 32(1)(c)"
#   remediation: >-
#     Keep `protect` on buckets, keys, databases and repositories; `destroy --include-data` removes them on purpose.
#   stack_key: "datasets"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: ["aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key"]
#   on_unknown: defer
package mlops.resilience.data_protected

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

holding := [
	"aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key",
]

findings contains lib.fail(urn, [], "a change of the stack could remove it with its data") if {
	some type in holding
	some urn in lib.of_type(type)
	not input.resources[urn].protect == true
}

findings contains finding if {
	some urn in lib.of_type("aws:s3/bucket:Bucket")
	lib.value(urn, ["objectLockEnabled"]) == true
	some finding in lib.must_be(urn, ["forceDestroy"], {null, false}, "the bucket would be removed with its locked records")
}
