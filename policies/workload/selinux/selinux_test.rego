package mlops.workload.selinux_test

import data.mlops.lib.testing as t
import data.mlops.workload.selinux as rule

options(value) := t.doc([t.pod({}, {"securityContext": {"seLinuxOptions": value}})])

test_each_type if {
	every type in ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"] {
		t.none(rule.findings) with input as options({"type": type})
	}
}

test_another_type if {
	t.at(rule.findings, [["spec", "containers", 0, "securityContext", "seLinuxOptions", "type"]]) with input as options({"type": "spc_t"})
}

test_each_part if {
	every part in ["user", "role"] {
		t.fails(rule.findings, ["pod"]) with input as options({part: "x"})
		t.none(rule.findings) with input as options({part: ""})
		t.none(rule.findings) with input as options({part: null})
	}
}

test_pod if t.fails(rule.findings, ["pod"]) with input as t.doc([t.pod({"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}, {})])

test_level if t.none(rule.findings) with input as options({"level": "s0"})
