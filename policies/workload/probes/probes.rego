# METADATA
# title: "Servers say when they are ready and when they hang"
# description: >-
#   Without a readiness probe requests reach a server that cannot answer; without a liveness probe a hung one stays.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-022
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(i)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Keep readinessProbe and livenessProbe.
#   stack_key: "models.<model>"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.probes

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some found in kube.containers
	found.kind == "containers"
	kube.kind_of(input.resources[found.urn].type) in {"Deployment", "StatefulSet"}
	some probe in ["readinessProbe", "livenessProbe"]
	some finding in lib.must_be_set(found.urn, array.concat(found.path, [probe]), sprintf("the container has no %s", [probe]))
}
