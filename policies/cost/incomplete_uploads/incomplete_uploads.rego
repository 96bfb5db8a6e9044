# METADATA
# title: "Buckets remove uploads that were never finished"
# description: >-
#   Parts of broken uploads are invisible, paid for, and hold data that no retention counts.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-008
#   severity: low
#   family: cost
#   controls:
#     - "FinOps usage optimization"
#     - "GDPR Art. 5(1)(e)"
#   remediation: >-
#     Keep the bucket's lifecycle.
#   stack_key: "datasets"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.cost.incomplete_uploads

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

lifecycle := "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

message := "parts of uploads that were never finished stay for ever"

findings contains finding if {
	some bucket in buckets.all
	some finding in buckets.missing(bucket, lifecycle, message)
}

findings contains lib.fail(urn, ["rules"], message) if {
	some urn in lib.of_type(lifecycle)
	rules := lib.value(urn, ["rules"])
	not lib.is_unknown(rules)
	not aborts(rules)
}

findings contains lib.unknown(urn, ["rules"], message) if {
	some urn in lib.of_type(lifecycle)
	lib.is_unknown(lib.value(urn, ["rules"]))
}

aborts(rules) if {
	some rule in rules
	rule.status == "Enabled"
	rule.abortIncompleteMultipartUpload.daysAfterInitiation > 0
}
