# METADATA
# title: "A model's pods have an identity of their own"
# description: >-
#   With the team's identity a model's server could read every dataset of the team; its own reaches its artifacts only.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-012
#   severity: medium
#   family: model
#   controls:
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 25(2)"
#   remediation: >-
#     Keep the model's own service account.
#   stack_key: "models.<model>"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.model.served_separately

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(pod.urn, array.concat(pod.path, ["serviceAccountName"]), "the model runs as its team") if {
	some pod in kube.pods
	lib.value(pod.urn, ["spec", "template", "metadata", "labels", "mlops-infra/model"]) != null
	pod.spec.serviceAccountName == pod.namespace
}
