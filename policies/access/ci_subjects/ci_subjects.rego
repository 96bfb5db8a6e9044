# METADATA
# title: "Pipelines are trusted by their exact name"
# description: >-
#   A pattern, or a pull request, lets code that nobody reviewed deploy.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-021
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.312(d)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Write `aws.ci.subjects` out in full, for a protected branch or environment.
#   stack_key: "aws.ci.subjects"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.access.ci_subjects

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["aws", "ci", "subjects", index], "the subject covers more than one protected pipeline", subject) if {
	some index, subject in input.config.aws.ci.subjects
	loose(subject)
}

loose(subject) if contains(subject, "*")

loose(subject) if contains(subject, "?")

loose(subject) if endswith(subject, ":pull_request")
