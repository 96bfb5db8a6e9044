# METADATA
# title: "A transfer of personal data has a mechanism that carries it"
# description: >-
#   An adequacy decision holds for certain countries only, and derogations are for single occasions, not for copies that
#   are made all the time.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-003
#   severity: high
#   family: pii
#   controls:
#     - "GDPR Art. 44"
#     - "GDPR Art. 45(1)"
#     - "GDPR Art. 46(1)"
#     - "GDPR Art. 49(1)"
#   remediation: >-
#     Choose `standard-contractual-clauses` or `binding-corporate-rules`, or another region.
#   stack_key: "datasets.<dataset>.transfer.mechanism"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.pii.transfer_mechanism

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(path, "a derogation does not carry regular copies", transfer.mechanism) if {
	some [dataset, transfer] in leaving
	transfer.mechanism == "derogation"
	path := ["datasets", dataset.name, "transfer", "mechanism"]
}

findings contains lib.fail_config(path, sprintf("there is no adequacy decision for region %s", [region]), transfer.mechanism) if {
	some [dataset, transfer] in leaving
	transfer.mechanism == "adequacy"
	some region in transfer.to
	not free(region)
	not adequate(region)
	path := ["datasets", dataset.name, "transfer", "mechanism"]
}

# Datasets of personal data that are copied out of the European Economic Area.
leaving contains [dataset, dataset.transfer] if {
	some dataset in input.config.datasets
	dataset.classification in lib.personal
	some region in dataset.transfer.to
	not free(region)
}

# Regions in the European Economic Area: copies among them are no transfer. eu-west-2 is London, eu-central-2 Zürich.
free(region) if {
	some prefix in ["eu-", "eusc-"]
	startswith(region, prefix)
	not region in {"eu-west-2", "eu-central-2"}
}

# Decisions under Art. 45 for the whole private sector of a country: United Kingdom, Switzerland, Japan, Korea, Israel. Those for
# Canada and the United States cover certain organisations only, so a region does not show whether they hold.
adequate(region) if {
	region in {"eu-west-2", "eu-central-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "il-central-1"}
}
