# METADATA
# title: "No model does what the law forbids"
# description: >-
#   Social scoring, manipulation, emotion recognition at work and the other practices of Art. 5 may not be put into service at all.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-016
#   severity: critical
#   family: model
#   controls:
#     - "EU AI Act Art. 5(1)"
#   remediation: >-
#     Take the model out of service: remove it from `models`. If the class is a mistake, mend `models.<model>.record.risk_class`.
#   stack_key: "models.<model>.record.risk_class"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Deployment]
#   on_unknown: defer
package mlops.model.not_prohibited

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, path, "the model is of the class that the EU AI Act prohibits") if {
	some urn in kube.of_kind("Deployment")
	lib.value(urn, path) == "prohibited"
}

findings contains lib.unknown(urn, path, "the class of the model is not known yet") if {
	some urn in kube.of_kind("Deployment")
	lib.is_unknown(lib.value(urn, path))
}

path := ["metadata", "annotations", "mlops-infra/risk-class"]
