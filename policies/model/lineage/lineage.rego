# METADATA
# title: "A served model says what it was trained on"
# description: >-
#   Whether a model may be used, and what must be done when its data is withdrawn, hangs on the data it was made from.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-003
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 10(2)(b)"
#     - "GDPR Art. 30(1)"
#     - "GDPR Art. 5(2)"
#   remediation: >-
#     Set `models.<model>.dataset`.
#   stack_key: "models.<model>.dataset"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [Deployment]
#   on_unknown: defer
package mlops.model.lineage

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, path, "the server does not say which dataset the model was trained on") if {
	some urn in kube.of_kind("Deployment")
	lib.value(urn, ["spec", "template", "metadata", "labels", "mlops-infra/model"]) != null
	not lib.value(urn, path) in datasets
	not lib.is_unknown(lib.value(urn, path))
}

findings contains lib.unknown(urn, path, "what the model was trained on is not known yet") if {
	some urn in kube.of_kind("Deployment")
	lib.is_unknown(lib.value(urn, path))
}

path := ["spec", "template", "metadata", "annotations", "mlops-infra/dataset"]

datasets contains dataset.name if some dataset in input.config.datasets
