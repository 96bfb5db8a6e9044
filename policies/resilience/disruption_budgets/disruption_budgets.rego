# METADATA
# title: "Servers with replicas keep one during maintenance"
# description: >-
#   Without a budget a drain of nodes may stop all of them at once.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-010
#   severity: low
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Keep the PodDisruptionBudget of the workload.
#   stack_key: "models.<model>.scale"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Deployment, HorizontalPodAutoscaler, PodDisruptionBudget]
#   on_unknown: defer
package mlops.resilience.disruption_budgets

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, ["spec", "replicas"], "maintenance may stop all of its pods at once") if {
	some urn in kube.of_kind("Deployment")
	several(urn)
	labels := lib.value(urn, ["spec", "selector", "matchLabels"])
	not [kube.namespace(urn), labels] in budgeted
}

several(urn) if lib.value(urn, ["spec", "replicas"]) > 1

several(urn) if [kube.namespace(urn), kube.named(urn)] in scaled

scaled contains [kube.namespace(urn), lib.value(urn, ["spec", "scaleTargetRef", "name"])] if {
	some urn in kube.of_kind("HorizontalPodAutoscaler")
	lib.value(urn, ["spec", "minReplicas"]) > 1
}

budgeted contains [kube.namespace(urn), lib.value(urn, ["spec", "selector", "matchLabels"])] if {
	some urn in kube.of_kind("PodDisruptionBudget")
}
