# METADATA
# title: "Every zone has its own way out"
# description: >-
#   With one NAT gateway the loss of its zone cuts off all. Development does without.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-007
#   severity: low
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Set `network.nat_per_zone: true`.
#   stack_key: "network.nat_per_zone"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [stack, "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway"]
#   on_unknown: defer
package mlops.resilience.nat_per_zone

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["network", "nat_per_zone"], message, gateways) if {
	not lib.is_development
	zones := {zone | some urn in lib.of_type("aws:ec2/subnet:Subnet"); zone := lib.value(urn, ["availabilityZone"])}
	gateways := count(lib.of_type("aws:ec2/natGateway:NatGateway"))
	gateways < count(zones)
	message := sprintf("%d zones share %d NAT gateways", [count(zones), gateways])
}
