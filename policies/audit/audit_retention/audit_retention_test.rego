package mlops.audit.audit_retention_test

import data.mlops.audit.audit_retention as rule
import data.mlops.lib.testing as t

trail := t.ref("a", "aws:cloudtrail/trail:Trail", {}, {"s3BucketName": "b"})

bucket := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "audit"})

lock(retention) := t.ref(
	"l", "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
	{"rule": {"defaultRetention": retention}}, {"bucket": "b"},
)

graph(retention) := [trail, bucket, lock(retention)]

test_six_years if t.none(rule.findings) with input as t.doc(graph({"days": 2190}))

test_a_day_less if t.at(rule.findings, [["rule", "defaultRetention", "days"]]) with input as t.doc(graph({"days": 2189}))

test_in_years if t.none(rule.findings) with input as t.doc(graph({"years": 6}))

test_in_fewer_years if t.at(rule.findings, [["rule", "defaultRetention", "years"]]) with input as t.doc(graph({"years": 5}))

test_parameter if {
	t.none(rule.findings) with input as t.where({"audit_retention_days": 365}, t.doc(graph({"days": 365})))
	t.fails(rule.findings, ["l"]) with input as t.where({"audit_retention_days": 365}, t.doc(graph({"days": 364})))
}

test_no_lock if t.fails(rule.findings, ["b"]) with input as t.doc([trail, bucket])

test_by_name if {
	named := t.res("a", "aws:cloudtrail/trail:Trail", {"s3BucketName": "audit"})
	t.fails(rule.findings, ["b"]) with input as t.doc([named, bucket])
}

test_unknown if t.unclear(rule.findings, ["l"]) with input as t.doc(graph({"days": t.unknown}))

test_another_bucket if t.none(rule.findings) with input as t.doc([bucket])
