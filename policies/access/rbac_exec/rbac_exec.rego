# METADATA
# title: "Shells in pods of all namespaces belong to platform administrators"
# description: >-
#   A shell in a pod has the pod's identity, and so its data.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-012
#   severity: high
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS EKS 4.1.4"
#   remediation: >-
#     Give no role but `platform-admin` pods/exec in the whole cluster.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Role, ClusterRole, RoleBinding, ClusterRoleBinding]
#   on_unknown: defer
package mlops.access.rbac_exec

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_along(binding.urn, ["subjects"], "not an administrator, but opens shells in pods of all namespaces", [binding.urn, role]) if {
	some binding in kube.bindings
	binding.kind == "ClusterRoleBinding"
	name := binding.role
	roles := {role |
		some pair in opening
		name == pair[0]
		role := pair[1]
	}
	some role in roles
	some subject in binding.subjects
	not administrator(subject)
}

# Roles of the cluster that do, by name.
opening contains [kube.named(found.urn), found.urn] if {
	some found in kube.role_rules
	found.kind == "ClusterRole"
	some resource in found.rule.resources
	resource in {"pods/exec", "pods/attach", "pods/ephemeralcontainers", "pods/*", "*"}
	some verb in found.rule.verbs
	verb in {"get", "create", "update", "patch", "*"}
}

administrator(subject) if {
	subject.kind == "Group"
	some holder in input.config.access
	holder.role == "platform-admin"
	subject.name in holder.groups
}
