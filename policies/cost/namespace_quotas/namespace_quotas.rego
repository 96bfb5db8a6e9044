# METADATA
# title: "Every team's namespace has a quota"
# description: >-
#   Without a quota one team takes the cluster from all others.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-004
#   severity: medium
#   family: cost
#   controls:
#     - "FinOps budgeting"
#     - "HIPAA 45 CFR 164.308(a)(7)(i)"
#     - "CIS Kubernetes 5.7.1"
#   remediation: >-
#     Set `teams.<team>.quota`.
#   stack_key: "teams.<team>.quota"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [stack, ResourceQuota]
#   on_unknown: defer
package mlops.cost.namespace_quotas

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

wanted := {"requests.cpu", "requests.memory", "requests.nvidia.com/gpu", "pods"}

findings contains lib.fail_config(["teams", team.name, "quota"], "the team's namespace has no quota", null) if {
	some team in input.config.teams
	not team.name in limited
}

findings contains finding if {
	some urn in kube.of_kind("ResourceQuota")
	some amount in wanted
	some finding in lib.must_be_set(urn, ["spec", "hard", amount], sprintf("the quota does not limit %s", [amount]))
}

limited contains kube.namespace(urn) if some urn in kube.of_kind("ResourceQuota")
