package mlops.workload.privilege_escalation_test

import data.mlops.lib.testing as t
import data.mlops.workload.privilege_escalation as rule

escalating(value) := {"securityContext": {"allowPrivilegeEscalation": value}}

path := ["spec", "containers", 0, "securityContext", "allowPrivilegeEscalation"]

test_allowed if t.at(rule.findings, [path]) with input as t.doc([t.pod({}, escalating(true))])

test_default if t.at(rule.findings, [path]) with input as t.doc([t.pod({}, {})])

test_forbidden if t.none(rule.findings) with input as t.doc([t.pod({}, escalating(false))])

test_windows if t.none(rule.findings) with input as t.doc([t.pod({"os": {"name": "windows"}}, {})])

test_linux if t.fails(rule.findings, ["pod"]) with input as t.doc([t.pod({"os": {"name": "linux"}}, {})])

test_unknown if t.unclear(rule.findings, ["pod"]) with input as t.doc([t.pod({}, escalating(t.unknown))])
