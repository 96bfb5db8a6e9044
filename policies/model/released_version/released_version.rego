# METADATA
# title: "Models outside of development are releases"
# description: >-
#   A candidate is for trying out; what decides about people has been released.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-002
#   severity: medium
#   family: model
#   controls:
#     - "EU AI Act Art. 9(6)"
#     - "GDPR Art. 25(1)"
#   remediation: >-
#     Set `models.<model>.version` to a release such as 3.4.1.
#   stack_key: "models.<model>.version"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.released_version

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "version"], "the version is no release", model.version) if {
	not lib.is_development
	some model in input.config.models
	not regex.match(`^v?[0-9]+\.[0-9]+\.[0-9]+(\+[0-9A-Za-z.-]+)?$`, model.version)
}
