package mlops.workload.capabilities_baseline_test

import data.mlops.lib.testing as t
import data.mlops.workload.capabilities_baseline as rule

adding(capability) := t.doc([t.pod({}, {"securityContext": {"capabilities": {"add": [capability]}}})])

test_dangerous if {
	t.at(rule.findings, [["spec", "containers", 0, "securityContext", "capabilities", "add", 0]]) with input as adding("SYS_ADMIN")
}

test_each_harmless if {
	every capability in [
		"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
		"SETPCAP", "SETUID", "SYS_CHROOT",
	] {
		t.none(rule.findings) with input as adding(capability)
	}
}

test_raw_sockets if t.fails(rule.findings, ["pod"]) with input as adding("NET_RAW")

test_none if t.none(rule.findings) with input as t.doc([t.pod({}, {})])
