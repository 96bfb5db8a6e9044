# METADATA
# title: "The registry has two servers"
# description: >-
#   One server is gone for as long as its node is replaced. How many there must be says `policies.replicas`.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-008
#   severity: low
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Set `registry.replicas` to 2 or more.
#   stack_key: "registry.replicas"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Deployment]
#   on_unknown: defer
package mlops.resilience.registry_replicas

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains object.union(finding, {"key": ["registry", "replicas"]}) if {
	some urn in kube.of_kind("Deployment")
	kube.namespace(urn) == "mlflow"
	some finding in lib.at_least(urn, ["spec", "replicas"], least, sprintf("the registry has fewer than %d servers", [least]))
}

least := lib.parameter("replicas", 2)
