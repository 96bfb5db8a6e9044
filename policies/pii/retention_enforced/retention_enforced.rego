# METADATA
# title: "Old versions of personal data are removed in the end"
# description: >-
#   A retention that no lifecycle carries out is a promise; deleted objects live on as versions.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-007
#   severity: high
#   family: pii
#   controls:
#     - "GDPR Art. 5(1)(e)"
#     - "GDPR Art. 17(1)"
#     - "HIPAA 45 CFR 164.310(d)(2)(i)"
#   remediation: >-
#     Keep the bucket's lifecycle; `datasets.<dataset>.retention` says when.
#   stack_key: "datasets.<dataset>.retention"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.pii.retention_enforced

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

lifecycle := "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

personal := buckets.datasets & buckets.personal

findings contains finding if {
	some bucket in personal
	some finding in buckets.missing(bucket, lifecycle, "nothing removes old data from this bucket")
}

findings contains lib.fail(urn, ["rules"], "no rule removes both old objects and their versions") if {
	some bucket in personal
	some urn in buckets.companions(bucket, lifecycle)
	rules := lib.value(urn, ["rules"])
	not lib.holds_unknown(rules)
	not removes(rules)
}

findings contains lib.unknown(urn, ["rules"], "what the lifecycle removes is not known yet") if {
	some bucket in personal
	some urn in buckets.companions(bucket, lifecycle)
	lib.holds_unknown(lib.value(urn, ["rules"]))
}

removes(rules) if {
	some rule in rules
	rule.status == "Enabled"
	lib.get(rule, ["filter", "prefix"], "") == ""
	rule.expiration.days > 0
	rule.noncurrentVersionExpiration.noncurrentDays > 0
}
