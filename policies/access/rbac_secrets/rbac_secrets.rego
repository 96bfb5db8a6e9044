# METADATA
# title: "Secrets of all namespaces belong to platform administrators"
# description: >-
#   Whoever reads the secrets of every namespace holds every team's credentials.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-010
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.1.2"
#     - "CIS EKS 4.1.2"
#   remediation: >-
#     Give no role but `platform-admin` secrets in the whole cluster.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Role, ClusterRole, RoleBinding, ClusterRoleBinding]
#   on_unknown: defer
package mlops.access.rbac_secrets

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_along(binding.urn, ["subjects"], "not an administrator, but reads secrets of all namespaces", [binding.urn, role]) if {
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
	reads_secrets(found.rule)
}

reads_secrets(role) if {
	some resource in role.resources
	resource in {"secrets", "*"}
	some verb in role.verbs
	verb in {"get", "list", "watch", "*"}
}

administrator(subject) if {
	subject.kind == "Group"
	some holder in input.config.access
	holder.role == "platform-admin"
	subject.name in holder.groups
}
