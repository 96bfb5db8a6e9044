# METADATA
# title: "A served model is pinned by its digest"
# description: >-
#   A version is a name that the registry may give to other weights; the digest is the model that was evaluated.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-001
#   severity: high
#   family: model
#   controls:
#     - "HIPAA 45 CFR 164.312(c)(1)"
#     - "EU AI Act Art. 12(1)"
#     - "GDPR Art. 5(2)"
#   remediation: >-
#     Set `models.<model>.digest`.
#   stack_key: "models.<model>.digest"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Deployment]
#   on_unknown: defer
package mlops.model.pinned_by_digest

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, path, "the server does not say which model it serves, by digest") if {
	some urn in served
	some path in [["metadata", "annotations", key], ["spec", "template", "metadata", "annotations", key]]
	digest := lib.value(urn, path)
	not lib.is_unknown(digest)
	not is_digest(digest)
}

findings contains lib.unknown(urn, path, "which model is served is not known yet") if {
	some urn in served
	path := ["spec", "template", "metadata", "annotations", key]
	lib.is_unknown(lib.value(urn, path))
}

key := "mlops-infra/model-digest"

is_digest(digest) if {
	is_string(digest)
	regex.match(`^sha256:[0-9a-f]{64}$`, digest)
}

served contains urn if {
	some urn in kube.of_kind("Deployment")
	lib.value(urn, ["spec", "template", "metadata", "labels", "mlops-infra/model"]) != null
}
