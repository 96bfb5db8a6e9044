# METADATA
# title: "Everything says who answers and who pays for it"
# description: >-
#   Cost and questions need somebody to go to; an inventory of what holds data names its owner.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-001
#   severity: medium
#   family: cost
#   controls:
#     - "HIPAA 45 CFR 164.310(d)(2)(iii)"
#     - "GDPR Art. 30(1)(a)"
#     - "FinOps allocation"
#   remediation: >-
#     Set `owner` and `cost_centre`, of the environment and of every team.
#   stack_key: "owner"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "aws:ec2/natGateway:NatGateway", "aws:kms/key:Key", "aws:ecr/repository:Repository", "aws:ec2/vpcEndpoint:VpcEndpoint"]
#   on_unknown: defer
package mlops.cost.owner_tags

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

wanted := ["owner", "cost-centre", "environment"]

# Nearly every tag is set, so the few that are not are looked at closely.
nothing := {null, "", [], {}}

findings contains finding if {
	some urn, resource in input.resources
	resource.inputs.tags
	not lib.is_unknown(resource.inputs.tags)
	some tag in wanted
	object.get(resource.inputs, ["tags", tag], null) in nothing
	some finding in lib.must_be_set(urn, ["tags", tag], sprintf("the tag %s is missing", [tag]))
}

# What costs something must have tags at all.
findings contains lib.fail(urn, ["tags"], "it has no tags") if {
	some type in costly
	some urn in lib.of_type(type)
	lib.value(urn, ["tags"]) == null
}

costly := [
	"aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup",
	"aws:ec2/natGateway:NatGateway", "aws:kms/key:Key", "aws:ecr/repository:Repository", "aws:ec2/vpcEndpoint:VpcEndpoint",
]
