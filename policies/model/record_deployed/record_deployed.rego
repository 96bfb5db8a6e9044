# METADATA
# title: "A served model carries its record"
# description: >-
#   What runs must be traceable to what was approved; a server without its risk class was deployed past the record.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-019
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 12(1)"
#     - "EU AI Act Art. 18(1)"
#     - "GDPR Art. 5(2)"
#   remediation: >-
#     Deploy the model from `models.<model>`; its `record` puts the annotations on the server.
#   stack_key: "models.<model>.record"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Deployment]
#   on_unknown: defer
package mlops.model.record_deployed

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, path, "the server does not carry its model's record") if {
	some urn in served
	some path in paths
	found := lib.value(urn, path)
	not lib.is_unknown(found)
	found in {null, ""}
}

findings contains lib.unknown(urn, path, "the model's record is not known yet") if {
	some urn in served
	some path in paths
	lib.is_unknown(lib.value(urn, path))
}

paths := [["metadata", "annotations", key] | some key in ["mlops-infra/risk-class", "mlops-infra/bias-evaluation"]]

served contains urn if {
	some urn in kube.of_kind("Deployment")
	lib.value(urn, ["spec", "template", "metadata", "labels", "mlops-infra/model"]) != null
}
