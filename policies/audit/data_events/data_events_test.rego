package mlops.audit.data_events_test

import data.mlops.audit.data_events as rule
import data.mlops.lib.testing as t

bucket(class) := {
	"urn": "b", "type": "aws:s3/bucket:Bucket", "config_path": ["datasets", "claims"],
	"inputs": {"bucket": "claims", "tags": {"data-classification": class}},
}

trail(selector) := t.res("a", "aws:cloudtrail/trail:Trail", {"eventSelectors": [selector]})

selector := {"readWriteType": "All", "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::claims/"]}]}

test_recorded if t.none(rule.findings) with input as t.doc([bucket("phi"), trail(selector)])

test_everything_recorded if {
	all := {"readWriteType": "All", "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}
	t.none(rule.findings) with input as t.doc([bucket("phi"), trail(all)])
}

test_another_bucket if {
	other := {"dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::claims-2/"]}]}
	findings := rule.findings with input as t.doc([bucket("pii"), trail(other)])
	t.fails(findings, ["b"])
	t.at(findings, [["bucket"]])
}

test_writing_only if {
	t.fails(rule.findings, ["b"]) with input as t.doc([bucket("phi"), trail(object.union(selector, {"readWriteType": "WriteOnly"}))])
}

test_another_type if {
	other := {"dataResources": [{"type": "AWS::Lambda::Function", "values": ["arn:aws:s3:::claims/"]}]}
	t.fails(rule.findings, ["b"]) with input as t.doc([bucket("phi"), trail(other)])
}

test_not_personal if t.none(rule.findings) with input as t.doc([bucket("internal")])

test_artifacts if t.none(rule.findings) with input as t.doc([object.union(bucket("phi"), {"config_path": ["teams", "x"]})])

test_names_the_key if {
	{finding.key | some finding in rule.findings} == {["classes", "phi", "data_events"]} with input as t.doc([bucket("phi")])
}

test_another_partition if {
	arns := {"dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws-us-gov:s3:::claims/"]}]}
	t.none(rule.findings) with input as t.doc([bucket("phi"), trail(arns)])
}
