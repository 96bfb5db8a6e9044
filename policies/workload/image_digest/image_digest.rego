# METADATA
# title: "Images are named by digest"
# description: >-
#   A tag can be moved to another image overnight; a digest is what was tested and approved.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-019
#   severity: high
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(c)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.5.1"
#   remediation: >-
#     Write `image: registry/path@sha256:…`.
#   stack_key: "models.<model>.image"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.image_digest

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["image"]), "the image is not named by digest") if {
	some found in kube.containers
	image := object.get(found.container, "image", "")
	is_string(image)
	not regex.match(`@sha256:[0-9a-f]{64}$`, image)
}

findings contains lib.unknown(found.urn, array.concat(found.path, ["image"]), "the image is not known yet") if {
	some found in kube.containers
	lib.is_unknown(object.get(found.container, "image", null))
}
