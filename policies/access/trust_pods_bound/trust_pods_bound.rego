# METADATA
# title: "A pod's role belongs to one service account"
# description: >-
#   Pods of every service account of every cluster could assume a role that trusts Pod Identity without saying whom.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-008
#   severity: high
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.312(d)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Keep the conditions on account, namespace and service account in the role's trust.
#   stack_key: "teams"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:iam/role:Role"]
#   on_unknown: defer
package mlops.access.trust_pods_bound

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

wanted := {"aws:sourceaccount", "aws:requesttag/kubernetes-namespace", "aws:requesttag/kubernetes-service-account"}

findings contains lib.fail(statement.urn, statement.path, sprintf("the trust does not say: %s", [concat(", ", sort(missing))])) if {
	some statement in iam.trusts
	{"kind": "Service", "name": "pods.eks.amazonaws.com"} in statement.principals
	missing := wanted - iam.condition_keys(statement)
	count(missing) > 0
}

findings contains unknown if some unknown in iam.trust_unknowns
