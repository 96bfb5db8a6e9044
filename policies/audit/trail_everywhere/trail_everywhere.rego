# METADATA
# title: "The trail records all regions and global services"
# description: >-
#   Somebody who uses another region, or IAM, must be seen too.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-002
#   severity: high
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(b)"
#     - "GDPR Art. 5(2)"
#     - "CIS AWS Foundations 3.1"
#   remediation: >-
#     Keep `isMultiRegionTrail` and `includeGlobalServiceEvents`.
#   stack_key: "storage.audit_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:cloudtrail/trail:Trail"]
#   on_unknown: defer
package mlops.audit.trail_everywhere

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:cloudtrail/trail:Trail")
	some finding in lib.must_be(urn, ["isMultiRegionTrail"], {true}, "the trail records one region only")
}

findings contains finding if {
	some urn in lib.of_type("aws:cloudtrail/trail:Trail")
	some finding in lib.must_be(urn, ["includeGlobalServiceEvents"], {true, null}, "the trail leaves out global services such as IAM")
}
