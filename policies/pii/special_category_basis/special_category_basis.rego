# METADATA
# title: "Health data names the ground that Art. 9 asks for"
# description: >-
#   Processing health data is forbidden unless one of the grounds of Art. 9(2) holds; a basis under Art. 6 alone does not
#   carry it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-006
#   severity: high
#   family: pii
#   controls:
#     - "GDPR Art. 9(1)"
#     - "GDPR Art. 9(2)"
#     - "GDPR Art. 30(1)(b)"
#   remediation: >-
#     Add the ground to `datasets.<dataset>.legal_basis`, such as `GDPR Art. 9(2)(h)`.
#   stack_key: "datasets.<dataset>.legal_basis"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.pii.special_category_basis

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["datasets", dataset.name, "legal_basis"], "health data without a ground of GDPR Art. 9(2)", dataset.legal_basis) if {
	some dataset in input.config.datasets
	dataset.classification == "phi"
	not names_ground(dataset.legal_basis)
}

# (a) to (j) are the grounds of Art. 9(2).
names_ground(basis) if regex.match(`Art(\.|icle) ?9\(2\)\([a-j]\)`, basis)
