package mlops.workload.sysctls_test

import data.mlops.lib.testing as t
import data.mlops.workload.sysctls as rule

setting(name) := t.doc([t.pod({"securityContext": {"sysctls": [{"name": name, "value": "1"}]}}, {})])

test_each_harmless if {
	every name in [
		"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
		"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
		"net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem",
		"net.ipv4.tcp_wmem",
	] {
		t.none(rule.findings) with input as setting(name)
	}
}

test_another if t.at(rule.findings, [["spec", "securityContext", "sysctls", 0]]) with input as setting("kernel.msgmax")

test_none if t.none(rule.findings) with input as t.doc([t.pod({}, {})])
