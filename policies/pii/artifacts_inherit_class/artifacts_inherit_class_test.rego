package mlops.pii.artifacts_inherit_class_test

import data.mlops.lib.testing as t
import data.mlops.pii.artifacts_inherit_class as rule

bucket(class) := {
	"urn": "b", "type": "aws:s3/bucket:Bucket", "config_path": ["teams", "x"],
	"inputs": {"tags": {"data-classification": class}},
}

config := {
	"datasets": [{"name": "claims", "classification": "phi"}, {"name": "codes", "classification": "public"}],
	"teams": [{"name": "x", "grants": [{"dataset": "claims"}, {"dataset": "codes"}]}, {"name": "y", "grants": []}],
}

test_as_high if t.none(rule.findings) with input as t.with_config([bucket("phi")], config)

test_lower if t.at(rule.findings, [["tags", "data-classification"]]) with input as t.with_config([bucket("pii")], config)

test_no_grants if {
	t.none(rule.findings) with input as t.with_config([object.union(bucket("internal"), {"config_path": ["teams", "y"]})], config)
}

test_dataset if {
	t.none(rule.findings) with input as t.with_config([object.union(bucket("public"), {"config_path": ["datasets", "x"]})], config)
}

test_what_belongs_to_a_team if {
	deeper := object.union(bucket("pii"), {"config_path": ["teams", "x", "quota"]})
	t.fails(rule.findings, ["b"]) with input as t.with_config([deeper], config)
}
