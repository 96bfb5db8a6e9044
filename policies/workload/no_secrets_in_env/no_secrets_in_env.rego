# METADATA
# title: "No password stands in a pod's environment"
# description: >-
#   Variables are shown by `kubectl describe`, in crash reports and to whoever may read pods.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-025
#   severity: critical
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.312(d)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.4.1"
#   remediation: >-
#     Read the value from a secret or from Secrets Manager.
#   stack_key: "teams"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.no_secrets_in_env

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains {
	"resource": found.urn,
	"path": array.concat(found.path, ["env", index]),
	"message": sprintf("%s looks like a secret and is written out", [variable.name]),
	"status": "fail",
} if {
	some found in kube.containers
	some index, variable in lib.as_list(object.get(found.container, "env", null))
	is_string(variable.name)
	regex.match(`(?i)(password|passwd|secret|token|api_?key|private_?key|credential)s?$`, variable.name)
	is_string(variable.value)
	variable.value != ""
}
