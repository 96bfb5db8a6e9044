# METADATA
# title: "All traffic of every VPC is recorded"
# description: >-
#   Flow logs show where data went when a control failed.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-007
#   severity: high
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(b)"
#     - "GDPR Art. 33(3)(a)"
#     - "CIS AWS Foundations 3.7"
#   remediation: >-
#     Keep the flow log with traffic type ALL; `network.flow_log_retention` says how long it is kept.
#   stack_key: "network.flow_log_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:ec2/vpc:Vpc", "aws:ec2/flowLog:FlowLog"]
#   on_unknown: defer
package mlops.audit.flow_logs

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(vpc, ["cidrBlock"], "traffic of the VPC is not recorded") if {
	some vpc in lib.of_type("aws:ec2/vpc:Vpc")
	count(lib.sources(vpc, "aws:ec2/flowLog:FlowLog", "vpcId")) == 0
}

findings contains finding if {
	some urn in lib.of_type("aws:ec2/flowLog:FlowLog")
	some finding in lib.must_be(urn, ["trafficType"], {"ALL"}, "only a part of the traffic is recorded")
}
