# METADATA
# title: "A dataset is encrypted with the key of its class"
# description: >-
#   Keys by class are what makes it possible to cut off one class without the others, and to give a team the key for what
#   it was granted only.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-002
#   severity: high
#   family: pii
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(a)"
#   remediation: >-
#     Let the dataset's classification choose the key.
#   stack_key: "datasets.<dataset>.classification"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: ["aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "aws:kms/key:Key", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.pii.key_of_class

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

sse := "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

findings contains finding if {
	some bucket in buckets.datasets
	some configuration in buckets.companions(bucket, sse)
	some key in lib.targets(configuration, "rules", "aws:kms/key:Key")
	class := lib.tag(key, "data-classification")
	class != buckets.class(bucket)
	message := sprintf("%s data is encrypted with the key of %s data", [buckets.class(bucket), class])
	finding := lib.fail_along(configuration, ["rules", 0], message, [bucket, configuration, key])
}

# Keys that the platform shares are tagged like a class too, but belong to none.
findings contains finding if {
	some bucket in buckets.datasets
	some configuration in buckets.companions(bucket, sse)
	some key in lib.targets(configuration, "rules", "aws:kms/key:Key")
	lib.tag(key, "data-classification") == buckets.class(bucket)
	not input.resources[key].config_path == ["classes", buckets.class(bucket)]
	message := sprintf("%s data is encrypted with a key that is not its class's own", [buckets.class(bucket)])
	finding := lib.fail_along(configuration, ["rules", 0], message, [bucket, configuration, key])
}
