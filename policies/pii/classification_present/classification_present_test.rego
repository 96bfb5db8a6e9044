package mlops.pii.classification_present_test

import data.mlops.lib.testing as t
import data.mlops.pii.classification_present as rule

bucket(class) := t.res("b", "aws:s3/bucket:Bucket", {"tags": {"data-classification": class}})

test_each if {
	every class in ["public", "internal", "pii", "phi"] {
		t.none(rule.findings) with input as t.doc([bucket(class)])
	}
}

test_another if t.at(rule.findings, [["tags", "data-classification"]]) with input as t.doc([bucket("secret")])

test_each_type if {
	every type in [
		"aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key", "aws:ecr/repository:Repository",
		"aws:secretsmanager/secret:Secret",
	] {
		t.fails(rule.findings, ["x"]) with input as t.doc([t.res("x", type, {})])
	}
}

test_other_types if t.none(rule.findings) with input as t.doc([t.res("x", "aws:ec2/vpc:Vpc", {})])

test_unknown if t.unclear(rule.findings, ["b"]) with input as t.doc([bucket(t.unknown)])
