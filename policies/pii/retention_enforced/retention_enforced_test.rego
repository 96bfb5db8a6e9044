package mlops.pii.retention_enforced_test

import data.mlops.lib.testing as t
import data.mlops.pii.retention_enforced as rule

bucket(class) := {
	"urn": "b", "type": "aws:s3/bucket:Bucket", "config_path": ["datasets", "claims"],
	"inputs": {"tags": {"data-classification": class}},
}

full := {
	"status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 10},
	"noncurrentVersionExpiration": {"noncurrentDays": 10},
}

lifecycle(rules) := t.ref("l", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"rules": rules}, {"bucket": "b"})

changed(change) := t.doc([bucket("phi"), lifecycle([object.union(full, change)])])

test_removed if t.none(rule.findings) with input as changed({})

test_switched_off if t.at(rule.findings, [["rules"]]) with input as changed({"status": "Disabled"})

test_a_part if t.fails(rule.findings, ["l"]) with input as changed({"filter": {"prefix": "tmp/"}})

test_no_objects if {
	t.fails(rule.findings, ["l"]) with input as t.doc([bucket("phi"), lifecycle([object.remove(full, ["expiration"])])])
}

test_no_versions if {
	rules := [object.remove(full, ["noncurrentVersionExpiration"])]
	t.fails(rule.findings, ["l"]) with input as t.doc([bucket("pii"), lifecycle(rules)])
}

test_at_once if t.fails(rule.findings, ["l"]) with input as changed({"expiration": {"days": 0}})

test_versions_at_once if t.fails(rule.findings, ["l"]) with input as changed({"noncurrentVersionExpiration": {"noncurrentDays": 0}})

test_no_lifecycle if t.fails(rule.findings, ["b"]) with input as t.doc([bucket("phi")])

test_not_personal if t.none(rule.findings) with input as t.doc([bucket("public")])

test_artifacts if t.none(rule.findings) with input as t.doc([object.union(bucket("phi"), {"config_path": ["teams", "x"]})])

test_unknown if t.unclear(rule.findings, ["l"]) with input as t.doc([bucket("phi"), lifecycle(t.unknown)])
