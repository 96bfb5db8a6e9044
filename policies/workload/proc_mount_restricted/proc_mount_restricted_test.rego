package mlops.workload.proc_mount_restricted_test

import data.mlops.lib.testing as t
import data.mlops.workload.proc_mount_restricted as rule

pod(host_users, mount) := t.doc([t.pod({"hostUsers": host_users}, {"securityContext": {"procMount": mount}})])

test_unmasked if t.at(rule.findings, [["spec", "containers", 0, "securityContext", "procMount"]]) with input as pod(false, "Unmasked")

test_masked if t.none(rule.findings) with input as pod(false, "Default")

test_default if t.none(rule.findings) with input as pod(false, null)

test_host_users if t.none(rule.findings) with input as pod(true, "Unmasked")

test_unknown if t.unclear(rule.findings, ["pod"]) with input as pod(false, t.unknown)
