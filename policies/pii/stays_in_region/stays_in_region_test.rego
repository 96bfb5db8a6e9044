package mlops.pii.stays_in_region_test

import data.mlops.lib.testing as t
import data.mlops.pii.stays_in_region as rule

bucket(region, class) := {
	"urn": "b", "type": "aws:s3/bucket:Bucket", "config_path": ["datasets", "claims"],
	"inputs": {"region": region, "tags": {"data-classification": class}},
}

config(regions) := {"datasets": [{"name": "claims", "transfer": {"to": regions}}]}

none := {"datasets": [{"name": "claims", "transfer": null}]}

test_at_home if t.none(rule.findings) with input as t.with_config([bucket("eu-central-1", "phi")], none)

test_by_default if t.none(rule.findings) with input as t.with_config([bucket(null, "phi")], none)

test_abroad if t.at(rule.findings, [["region"]]) with input as t.with_config([bucket("us-east-1", "phi")], none)

test_declared if t.none(rule.findings) with input as t.with_config([bucket("us-east-1", "phi")], config(["us-east-1"]))

test_declared_for_elsewhere if {
	t.fails(rule.findings, ["b"]) with input as t.with_config([bucket("us-east-1", "phi")], config(["eu-west-1"]))
}

test_declared_for_another_dataset if {
	other := {"datasets": [{"name": "other", "transfer": {"to": ["us-east-1"]}}]}
	t.fails(rule.findings, ["b"]) with input as t.with_config([bucket("us-east-1", "phi")], other)
}

test_not_personal if t.none(rule.findings) with input as t.with_config([bucket("us-east-1", "public")], none)

test_unknown if t.unclear(rule.findings, ["b"]) with input as t.with_config([bucket(t.unknown, "phi")], none)

test_each_type if {
	every type in ["aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key"] {
		t.fails(rule.findings, ["x"]) with input as t.with_config([t.res("x", type, {"region": "us-east-1", "tags": {"data-classification": "pii"}})], none)
		findings := rule.findings with input as t.with_config([t.res("x", type, {"region": t.unknown, "tags": {"data-classification": "pii"}})], none)
		{[finding.status, finding.path] | some finding in findings} == {["unknown", ["region"]]}
	}
}

test_what_belongs_to_a_dataset if {
	deeper := object.union(bucket("us-east-1", "phi"), {"config_path": ["datasets", "claims", "versions"]})
	t.none(rule.findings) with input as t.with_config([deeper], config(["us-east-1"]))
}
