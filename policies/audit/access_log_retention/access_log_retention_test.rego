package mlops.audit.access_log_retention_test

import data.mlops.audit.access_log_retention as rule
import data.mlops.lib.testing as t

bucket := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "logs"})

logging := t.ref("l", "aws:s3/bucketLogging:BucketLogging", {}, {"targetBucket": "b"})

lifecycle(rule) := t.ref("c", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"rules": [rule]}, {"bucket": "b"})

expire(days) := lifecycle({"status": "Enabled", "expiration": {"days": days}})

test_a_year if t.none(rule.findings) with input as t.doc([bucket, logging, expire(365)])

test_less if t.at(rule.findings, [["rules", 0, "expiration", "days"]]) with input as t.doc([bucket, logging, expire(364)])

test_parameter if {
	t.none(rule.findings) with input as t.where({"log_retention_days": 90}, t.doc([bucket, logging, expire(90)]))
}

test_switched_off if {
	off := lifecycle({"status": "Disabled", "expiration": {"days": 1}})
	t.none(rule.findings) with input as t.doc([bucket, logging, off])
}

test_no_expiry if t.none(rule.findings) with input as t.doc([bucket, logging, lifecycle({"status": "Enabled"})])

test_another_bucket if t.none(rule.findings) with input as t.doc([bucket, expire(1)])

test_unknown if t.unclear(rule.findings, ["c"]) with input as t.doc([bucket, logging, expire(t.unknown)])
