# METADATA
# title: "The Kubernetes API is recorded"
# description: >-
#   Who opened a shell in which pod, and who read which secret, is in the audit log of the API server and nowhere else.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-008
#   severity: high
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(b)"
#     - "GDPR Art. 5(2)"
#     - "CIS EKS 2.1.1"
#   remediation: >-
#     Keep the log types `api`, `audit` and `authenticator` of the cluster.
#   stack_key: "cluster.log_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:eks/cluster:Cluster"]
#   on_unknown: defer
package mlops.audit.cluster_audit_logs

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

wanted := {"api", "audit", "authenticator"}

findings contains lib.fail(urn, ["enabledClusterLogTypes"], sprintf("the cluster does not log: %s", [concat(", ", sort(missing))])) if {
	some urn in lib.of_type("aws:eks/cluster:Cluster")
	enabled := lib.list(urn, ["enabledClusterLogTypes"])
	not lib.holds_unknown(enabled)
	missing := wanted - {type | some type in enabled}
	count(missing) > 0
}

findings contains lib.unknown(urn, ["enabledClusterLogTypes"], "what the cluster logs is not known yet") if {
	some urn in lib.of_type("aws:eks/cluster:Cluster")
	lib.holds_unknown(lib.value(urn, ["enabledClusterLogTypes"]))
}
