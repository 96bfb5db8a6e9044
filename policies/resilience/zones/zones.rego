# METADATA
# title: "Private subnets lie in three zones"
# description: >-
#   With two zones the loss of one leaves no room for the other's work.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-006
#   severity: medium
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     List at least three zones in `network.zones`.
#   stack_key: "network.zones"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [stack, "aws:ec2/subnet:Subnet"]
#   on_unknown: defer
package mlops.resilience.zones

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	found := sort({zone | some urn in lib.of_type("aws:ec2/subnet:Subnet"); zone := lib.value(urn, ["availabilityZone"]); is_string(zone)})
	count(found) < 3
	not unclear
	finding := lib.fail_config(["network", "zones"], sprintf("the network lies in %d zones", [count(found)]), found)
}

unclear if {
	some urn in lib.of_type("aws:ec2/subnet:Subnet")
	lib.is_unknown(lib.value(urn, ["availabilityZone"]))
}

findings contains lib.unknown(urn, ["availabilityZone"], "the zone is not known yet") if {
	some urn in lib.of_type("aws:ec2/subnet:Subnet")
	lib.is_unknown(lib.value(urn, ["availabilityZone"]))
}
