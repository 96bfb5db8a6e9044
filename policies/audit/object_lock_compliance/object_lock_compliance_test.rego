package mlops.audit.object_lock_compliance_test

import data.mlops.audit.object_lock_compliance as rule
import data.mlops.lib.testing as t

judged(inputs) := result if result := rule.findings with input as t.doc([t.res("a", "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", inputs)])

test_set if t.none(judged({"rule": {"defaultRetention": {"mode": "COMPLIANCE"}}}))

test_wrong if t.at(judged({"rule": {"defaultRetention": {"mode": "GOVERNANCE"}}}), [["rule", "defaultRetention", "mode"]])

test_missing if t.fails(judged({}), ["a"])

test_unknown if t.unclear(judged({"rule": {"defaultRetention": {"mode": {"$unknown": true}}}}), ["a"])
