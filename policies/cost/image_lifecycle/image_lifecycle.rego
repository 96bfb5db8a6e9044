# METADATA
# title: "Repositories let old images go"
# description: >-
#   Images of years are paid for every month, and old ones have known holes.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-009
#   severity: low
#   family: cost
#   controls:
#     - "FinOps usage optimization"
#     - "HIPAA 45 CFR 164.308(a)(5)(ii)(B)"
#   remediation: >-
#     Set `keep_images` of the repository.
#   stack_key: "teams.<team>.repositories.<repository>.keep_images"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:ecr/repository:Repository", "aws:ecr/lifecyclePolicy:LifecyclePolicy"]
#   on_unknown: defer
package mlops.cost.image_lifecycle

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, ["name"], "old images stay for ever") if {
	some urn in lib.of_type("aws:ecr/repository:Repository")
	count(lib.sources(urn, "aws:ecr/lifecyclePolicy:LifecyclePolicy", "repository")) == 0
}
