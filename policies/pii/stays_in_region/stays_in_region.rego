# METADATA
# title: "Personal data stays in its region unless a transfer is declared"
# description: >-
#   A bucket, key or database in another region is a transfer, whether or not anybody meant it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-004
#   severity: critical
#   family: pii
#   controls:
#     - "GDPR Art. 44"
#     - "GDPR Art. 30(1)(e)"
#   remediation: >-
#     Declare `datasets.<dataset>.transfer`, or keep the resource in `aws.region`.
#   stack_key: "datasets.<dataset>.transfer"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: ["aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key"]
#   on_unknown: defer
package mlops.pii.stays_in_region

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, ["region"], sprintf("it lies in %s and no transfer there is declared", [region])) if {
	some urn in holding
	region := lib.value(urn, ["region"])
	is_string(region)
	region != input.environment.region
	not declared(urn, region)
}

findings contains lib.unknown(urn, ["region"], "where it lies is not known yet") if {
	some urn in holding
	lib.is_unknown(lib.value(urn, ["region"]))
}

# What holds personal data, or opens it.
holding contains urn if {
	some type in ["aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key"]
	some urn in lib.of_type(type)
	lib.tag(urn, "data-classification") in lib.personal
}

declared(urn, region) if {
	["datasets", name] = array.slice(input.resources[urn].config_path, 0, 2)
	[name, region] in transfers
}

transfers contains [dataset.name, region] if {
	some dataset in input.config.datasets
	some region in dataset.transfer.to
}
