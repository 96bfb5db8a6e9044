# METADATA
# title: "Pods mount harmless kinds of volumes only"
# description: >-
#   Other kinds reach into the node or into the network with the node's rights.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-013
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS restricted"
#   remediation: >-
#     Use configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected or secret.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.volume_types

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

kinds := {
	"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
}

findings contains lib.fail(pod.urn, array.concat(pod.path, ["volumes", index]), "the volume is of a kind that restricted pods may not mount") if {
	some pod in kube.pods
	some index, volume in lib.as_list(object.get(pod.spec, "volumes", null))
	used := {kind | some kind, source in volume; source != null; kind != "name"}

	# A volume that says nothing is an emptyDir.
	count(used) > 0
	count(used & kinds) == 0
}
