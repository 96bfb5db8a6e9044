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
#   inputs: [stack]
#   subjects: ["aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "aws:iam/role:Role"]
#   on_unknown: defer
package mlops.access.cluster_admin_entries

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

administering := ["platform-admin", "ci-deployer"]

findings contains lib.fail_along(urn, ["principalArn"], "a role outside of the platform administers the cluster", array.concat([urn], roles)) if {
	some urn in lib.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
	policy := lib.value(urn, ["policyArn"])
	is_string(policy)
	regex.match("Amazon(EKSClusterAdmin|EKSAdmin)Policy$", policy)
	roles := sort(lib.targets(urn, "principalArn", "aws:iam/role:Role"))
	arn := lib.value(urn, ["principalArn"])
	not lib.is_unknown(arn)
	not of_the_platform(arn)
}

findings contains lib.unknown(urn, ["principalArn"], "who administers the cluster is not known yet") if {
	some urn in lib.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
	lib.is_unknown(lib.value(urn, ["principalArn"]))
}

# The platform's roles are called project-environment-role; with look-ahead the environment is still the one that is deployed.
of_the_platform(arn) if {
	is_string(arn)
	some role in administering
	endswith(arn, sprintf(":role/%s-%s-%s", [input.config.project, input.config.environment, role]))
}
