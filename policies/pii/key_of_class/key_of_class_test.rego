package mlops.pii.key_of_class_test

import data.mlops.lib.testing as t
import data.mlops.pii.key_of_class as rule

bucket(class) := {
	"urn": "b", "type": "aws:s3/bucket:Bucket", "config_path": ["datasets", "claims"],
	"inputs": {"tags": {"data-classification": class}},
}

sse := t.ref(
	"s", "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
	{"rules": [{}]}, {"bucket": "b", "rules": "k"},
)

key(class, path) := {"urn": "k", "type": "aws:kms/key:Key", "config_path": path, "inputs": {"tags": {"data-classification": class}}}

test_own if t.none(rule.findings) with input as t.doc([bucket("phi"), sse, key("phi", ["classes", "phi"])])

test_of_another_class if {
	findings := rule.findings with input as t.doc([bucket("phi"), sse, key("pii", ["classes", "pii"])])
	t.at(findings, [["rules", 0]])
	{finding.trail | some finding in findings} == {["b", "s", "k"]}
}

test_of_the_platform if {
	t.fails(rule.findings, ["s"]) with input as t.doc([bucket("internal"), sse, key("internal", ["classes"])])
}

test_artifacts if {
	artifacts := object.union(bucket("phi"), {"config_path": ["teams", "x"]})
	t.none(rule.findings) with input as t.doc([artifacts, sse, key("internal", ["classes"])])
}
