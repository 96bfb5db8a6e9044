# METADATA
# title: "Containers say what they need and what is too much"
# description: >-
#   Without a memory limit one pod takes down its node's others; without requests the scheduler packs blindly.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-021
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(i)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.7.1"
#   remediation: >-
#     Set `cpu` and `memory`; the platform makes requests and limits of them.
#   stack_key: "models.<model>.memory"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.resource_limits

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

wanted := [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]]

findings contains finding if {
	some found in kube.containers
	found.kind != "ephemeralContainers"
	some amount in wanted
	path := array.concat(found.path, array.concat(["resources"], amount))
	some finding in lib.must_be_set(found.urn, path, sprintf("the container has no %s of %s", amount))
}
