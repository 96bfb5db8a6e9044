package mlops.lib_test

import data.mlops.lib
import data.mlops.lib.buckets
import data.mlops.lib.flow
import data.mlops.lib.iam
import data.mlops.lib.kube
import data.mlops.lib.testing as t
import data.mlops.lib.units

thing(inputs) := t.doc([t.res("a", "x:y/z:Z", inputs)])

test_value if lib.value("a", ["b", "c"]) == 1 with input as thing({"b": {"c": 1}})

test_value_missing if lib.value("a", ["b", "c"]) == null with input as thing({})

test_value_in_a_list if lib.value("a", ["b", 0, "c"]) == 1 with input as thing({"b": [{"c": 1}]})

test_value_inside_of_an_unknown if lib.is_unknown(lib.value("a", ["b", "c"])) with input as thing({"b": t.unknown})

test_value_of_nobody if not lib.value("b", ["c"]) with input as thing({})

test_holds_unknown if {
	lib.holds_unknown({"a": [t.unknown]})
	not lib.holds_unknown({"a": [1]})
}

test_get if {
	lib.get({"a": {"b": 1}}, ["a", "b"], 2) == 1
	lib.get({"a": 1}, "b", 2) == 2
	lib.get("a", "b", 2) == 2
	lib.get(null, "b", 2) == 2
}

test_as_list if {
	lib.as_list([1]) == [1]
	lib.as_list(1) == [1]
	lib.as_list(null) == []
}

test_failures_show_the_value if {
	finding := lib.fail("a", ["b"], "m") with input as thing({"b": 1})
	finding == {"resource": "a", "path": ["b"], "message": "m", "status": "fail", "value": 1}
}

test_failures_do_not_show_unknown_values if {
	finding := lib.fail("a", ["b"], "m") with input as thing({"b": [t.unknown]})
	finding == {"resource": "a", "path": ["b"], "message": "m", "status": "fail"}
}

test_findings_along_a_path if {
	failure := lib.fail_along("a", ["b"], "m", ["a", "c"]) with input as thing({})
	failure.trail == ["a", "c"]
	unclear := lib.unknown_along("a", ["b"], "m", ["a", "c"]) with input as thing({})
	unclear.status == "unknown"
	unclear.trail == ["a", "c"]
}

test_at_least_is_no_text if count(lib.at_least("a", ["b"], 1, "m")) == 1 with input as thing({"b": "7"})

test_references if {
	graph := t.doc([t.ref("a", "t:A", {}, {"p": "b"}), t.res("b", "t:B", {})])
	lib.sources("b", "t:A", "p") == {"a"} with input as graph
	lib.sources("b", "t:A", "q") == set() with input as graph
	lib.sources("b", "t:C", "p") == set() with input as graph
	lib.targets("a", "p", "t:B") == {"b"} with input as graph
	lib.targets("a", "q", "t:B") == set() with input as graph
	lib.targets("a", "p", "t:C") == set() with input as graph
}

test_who_refers_to_one_resource if {
	graph := t.doc([
		t.ref("a", "t:A", {}, {"p": "b", "q": "b"}),
		t.ref("c", "t:A", {}, {"p": "b"}),
		t.ref("d", "t:D", {}, {"p": "b"}),
		t.res("b", "t:B", {}),
	])
	lib.sources("b", "t:A", "p") == {"a", "c"} with input as graph
	lib.sources("b", "t:A", "q") == {"a"} with input as graph
	lib.sources("b", "t:D", "p") == {"d"} with input as graph
}

test_other_edges_are_no_references if {
	graph := json.patch(
		t.doc([t.res("a", "t:A", {}), t.res("b", "t:B", {})]),
		[{"op": "replace", "path": "/edges/a", "value": [{"to": "b", "kind": "parent", "path": ["p"]}]}],
	)
	lib.targets("a", "p", "t:B") == set() with input as graph
	lib.sources("b", "t:A", "p") == set() with input as graph
}

test_parameter if {
	lib.parameter("n", 1) == 1 with input as t.doc([])
	lib.parameter("n", 1) == 3 with input as t.where({"n": 3}, t.doc([]))
}

test_days if {
	units.days("P1Y2M3W4D") == ((365 + 60) + 21) + 4
	units.days("PT30M") == 0
}

test_seconds if {
	units.seconds("P1DT1H1M1S") == ((86400 + 3600) + 60) + 1
	units.seconds("PT90S") == 90
}

test_statements if {
	[statement] = iam.statements({"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "r", "Principal": {"AWS": ["a", "b"]}}})
	statement.actions == {"s3:get*"}
	statement.resources == {"r"}
	statement.principals == {{"kind": "AWS", "name": "a"}, {"kind": "AWS", "name": "b"}}
}

test_what_is_left_out if {
	[statement] = iam.statements({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "NotResource": "r"}]})
	statement.actions == {"*"}
	statement.resources == {"*"}
}

test_covers if {
	[statement] = iam.statements({"Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "kms:Decrypt"], "Resource": "r"}]})
	iam.covers(statement, "s3:GetObject")
	iam.covers(statement, "kms:Decrypt")
	not iam.covers(statement, "s3:PutObject")
	not iam.covers(statement, "kms:Encrypt")
}

test_statements_of_other_kinds if {
	iam.statements({"Statement": ["x", 1, null]}) == []
	[statement] = iam.statements({"Statement": [{"Principal": {"AWS": "a"}, "NotPrincipal": {"AWS": "b"}, "Condition": {"x": ["y"]}}]})
	statement.principals == {{"kind": "AWS", "name": "a"}}
	iam.condition_keys(statement) == set()
}

test_a_document_that_is_unknown_in_part if {
	known := {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
	graph := t.doc([
		t.policy("known", "aws:iam/policy:Policy", "policy", [known]),
		t.policy("partly", "aws:iam/policy:Policy", "policy", [known, t.unknown]),
		t.policy("somehow", "aws:iam/policy:Policy", "policy", [object.union(known, {"Effect": t.unknown})]),
		t.policy("somebody", "aws:iam/policy:Policy", "policy", [object.union(known, {"Principal": {"AWS": [t.unknown]}})]),
		t.policy("something", "aws:iam/policy:Policy", "policy", [object.union(known, {"Resource": [t.unknown]})]),
		t.res("missing", "aws:iam/policy:Policy", {}),
	])
	{statement.urn | some statement in iam.allowed} == {"known", "something"} with input as graph
	{finding.resource | some finding in iam.unknowns} == {"partly", "somehow", "somebody", "missing"} with input as graph
}

test_an_unknown_action_may_be_any if {
	[statement] = iam.statements({"Statement": [{"Effect": "Allow", "Action": [t.unknown], "Resource": "r"}]})
	iam.covers(statement, "kms:Decrypt")
}

test_of_two_buckets_with_one_name if {
	graph := t.doc([t.res("b", "aws:s3/bucket:Bucket", {"bucket": "n"}), t.res("a", "aws:s3/bucket:Bucket", {"bucket": "n"})])
	buckets.named == {"n": "a"} with input as graph
}

test_account if {
	iam.account("123456789012") == "123456789012"
	iam.account("arn:aws:iam::123456789012:root") == "123456789012"
	not iam.account("ec2.amazonaws.com")
}

test_buckets_by_name if {
	graph := t.doc([t.res("b", "aws:s3/bucket:Bucket", {"bucket": "n"}), t.res("l", "aws:s3/bucketLogging:BucketLogging", {"bucket": "x", "targetBucket": "n"})])
	buckets.named == {"n": "b"} with input as graph
	buckets.log_targets == {"b"} with input as graph
}

test_bucket_of if {
	flow.bucket_of("arn:aws:s3:::data/x/*") == "data"
	not flow.bucket_of("arn:aws:kms:eu-central-1:1:key/x")
}

test_pods_of_every_kind if {
	template := {"spec": {"containers": [{}]}}
	graph := t.doc([
		t.res("pod", "kubernetes:core/v1:Pod", template),
		t.res("deployment", "kubernetes:apps/v1:Deployment", {"spec": {"template": template}}),
		t.res("cron", "kubernetes:batch/v1:CronJob", {"spec": {"jobTemplate": {"spec": {"template": template}}}}),
		t.res("map", "kubernetes:core/v1:ConfigMap", {}),
		t.res("other", "aws:x/pod:Pod", template),
	])
	{found.urn | some found in kube.containers} == {"pod", "deployment", "cron"} with input as graph
}
