# METADATA
# title: "Whatever holds data says how sensitive it is"
# description: >-
#   Every other rule about personal data starts from the class; data without one is protected by nobody's decision.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-001
#   severity: high
#   family: pii
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(1)(ii)(A)"
#     - "GDPR Art. 30(1)(c)"
#     - "GDPR Art. 5(2)"
#   remediation: >-
#     Keep the tag `data-classification`; for datasets it comes from `datasets.<dataset>.classification`.
#   stack_key: "datasets.<dataset>.classification"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key", "aws:ecr/repository:Repository", "aws:secretsmanager/secret:Secret"]
#   on_unknown: defer
package mlops.pii.classification_present

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

holding := [
	"aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key", "aws:ecr/repository:Repository",
	"aws:secretsmanager/secret:Secret",
]

findings contains finding if {
	some type in holding
	some urn in lib.of_type(type)
	some finding in lib.must_be(urn, ["tags", "data-classification"], classes, "it does not say how sensitive its data is")
}

classes := object.keys(lib.rank)
