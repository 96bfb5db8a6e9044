# METADATA
# title: "Only platform roles administer the cluster"
# description: >-
#   EKS' cluster-admin access policy passes RBAC by; teams and auditors must not hold it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-016
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Leave cluster administration to `platform-admin` and `ci-deployer` in `access`.
#   stack_key: "access"
#   points: [synth, preview, live]
#   on_unknown: defer
package mlops.access.cluster_admin_entries

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

administering := {"platform-admin", "ci-deployer"}

findings contains lib.fail_along(urn, ["policyArn"], "a role outside of the platform administers the cluster", array.concat([urn], roles)) if {
	some urn in lib.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
	regex.match("Amazon(EKSClusterAdmin|EKSAdmin)Policy$", lib.value(urn, ["policyArn"]))
	roles := sort(lib.targets(urn, "principalArn", "aws:iam/role:Role"))
	not administrators(urn)
}

administrators(urn) if {
	[section, role] := array.slice(input.resources[urn].config_path, 0, 2)
	section == "access"
	role in administering
}
