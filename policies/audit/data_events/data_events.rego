# METADATA
# title: "Every access to personal data is recorded"
# description: >-
#   Management events do not tell who fetched which object; for personal data that is the question that will be asked.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-004
#   severity: high
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(b)"
#     - "HIPAA 45 CFR 164.308(a)(1)(ii)(D)"
#     - "GDPR Art. 5(2)"
#     - "GDPR Art. 30"
#     - "CIS AWS Foundations 3.8"
#     - "CIS AWS Foundations 3.9"
#   remediation: >-
#     Set `classes.pii.data_events` and `classes.phi.data_events` to true.
#   stack_key: "classes.<class>.data_events"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: ["aws:cloudtrail/trail:Trail"]
#   on_unknown: defer
package mlops.audit.data_events

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

findings contains object.union(finding, {"key": ["classes", class, "data_events"]}) if {
	some bucket in buckets.datasets
	class := buckets.class(bucket)
	class in lib.personal
	name := buckets.name(bucket)
	not recorded(name)
	finding := lib.fail(bucket, ["bucket"], sprintf("reading objects of this %s dataset is not recorded", [class]))
}

recorded(name) if strings.any_prefix_match(sprintf("arn:aws:s3:::%s/", [name]), full)

# Objects of which both reading and writing is recorded. Partitions differ in the ARN's second word only.
full contains regex.replace(arn, "^arn:aws[a-z-]*:", "arn:aws:") if {
	some urn in lib.of_type("aws:cloudtrail/trail:Trail")
	some selector in lib.list(urn, ["eventSelectors"])
	lib.get(selector, "readWriteType", "All") == "All"
	some objects in lib.as_list(lib.get(selector, "dataResources", null))
	objects.type == "AWS::S3::Object"
	some arn in objects.values
	is_string(arn)
}
