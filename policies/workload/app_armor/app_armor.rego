# METADATA
# title: "AppArmor is not switched off"
# description: >-
#   The runtime's profile stops what no container needs, such as mounting.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-006
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#   remediation: >-
#     Leave out appArmorProfile, or use RuntimeDefault or Localhost.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.app_armor

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["appArmorProfile", "type"]), "AppArmor is switched off") if {
	some found in kube.contexts
	profile := object.get(found.context, "appArmorProfile", null)
	profile != null
	not lib.get(profile, "type", "") in {"RuntimeDefault", "Localhost"}
}

# How it was said before Kubernetes 1.30.
findings contains lib.fail(pod.urn, array.concat(pod.annotated, [key]), "AppArmor is switched off") if {
	some pod in kube.pods
	some key, profile in pod.annotations
	is_string(key)
	startswith(key, "container.apparmor.security.beta.kubernetes.io/")
	is_string(profile)
	not profile in {"", "runtime/default"}
	not startswith(profile, "localhost/")
}
