# METADATA
# title: "Who reads personal data does not log in detail"
# description: >-
#   At debug level libraries write requests and records into logs, which more people read and which are kept longer.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-013
#   severity: high
#   family: pii
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 5(1)(c)"
#     - "GDPR Art. 5(1)(f)"
#   remediation: >-
#     Set the log level to info or higher.
#   stack_key: "teams"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [pods, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "aws:iam/role:Role", "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.pii.no_debug_logs

import data.mlops.lib
import data.mlops.lib.flow
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_along(found.urn, array.concat(found.path, ["env", index]), message, array.concat([found.urn], trail)) if {
	some found in kube.containers
	trail := flow.personal_reach[found.pod.namespace]
	some index, variable in lib.as_list(object.get(found.container, "env", null))
	detailed(variable.name, variable.value)
	message := sprintf("%s makes logs that may hold personal data", [variable.name])
}

findings contains lib.fail_along(found.urn, array.concat(found.path, [part, index]), message, array.concat([found.urn], trail)) if {
	some found in kube.containers
	trail := flow.personal_reach[found.pod.namespace]
	some part in ["args", "command"]
	some index, argument in lib.as_list(object.get(found.container, part, null))
	is_string(argument)
	regex.match(`(?i)^--?(log[-._]?level|verbosity)=(debug|trace|all)$|^--debug(=true)?$`, argument)
	message := sprintf("%s makes logs that may hold personal data", [argument])
}

detailed(name, value) if {
	is_string(name)
	is_string(value)
	regex.match(`(?i)log_?level$`, name)
	lower(value) in {"debug", "trace", "all"}
}

detailed(name, value) if {
	is_string(name)
	is_string(value)
	regex.match(`(?i)(^|_)debug$`, name)
	lower(value) in {"1", "true", "yes", "on"}
}
