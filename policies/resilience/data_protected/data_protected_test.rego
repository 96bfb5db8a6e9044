package mlops.resilience.data_protected_test

import data.mlops.lib.testing as t
import data.mlops.resilience.data_protected as rule

bucket(protect, inputs) := {"urn": "b", "type": "aws:s3/bucket:Bucket", "protect": protect, "inputs": inputs}

locked(forced) := bucket(true, {"objectLockEnabled": true, "forceDestroy": forced})

test_protected if t.none(rule.findings) with input as t.doc([bucket(true, {"forceDestroy": true})])

test_default if t.none(rule.findings) with input as t.doc([bucket(true, {})])

test_not_protected if t.at(rule.findings, [[]]) with input as t.doc([bucket(false, {})])

test_forced if t.at(rule.findings, [["forceDestroy"]]) with input as t.doc([locked(true)])

test_locked if t.none(rule.findings) with input as t.doc([locked(false)])

test_each_type if {
	every type in ["aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:kms/key:Key"] {
		t.fails(rule.findings, ["x"]) with input as t.doc([t.res("x", type, {})])
	}
}

test_other_types if t.none(rule.findings) with input as t.doc([t.res("x", "aws:ec2/vpc:Vpc", {})])

test_unknown if t.unclear(rule.findings, ["b"]) with input as t.doc([locked(t.unknown)])
