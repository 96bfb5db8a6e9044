package mlops.workload.capabilities_restricted_test

import data.mlops.lib.testing as t
import data.mlops.workload.capabilities_restricted as rule

capabilities(value) := {"securityContext": {"capabilities": value}}

drop := ["spec", "containers", 0, "securityContext", "capabilities", "drop"]

add := ["spec", "containers", 0, "securityContext", "capabilities", "add", 0]

test_dropped if t.none(rule.findings) with input as t.doc([t.pod({}, capabilities({"drop": ["KILL", "ALL"]}))])

test_some_dropped if t.at(rule.findings, [drop]) with input as t.doc([t.pod({}, capabilities({"drop": ["KILL"]}))])

test_nothing_said if t.at(rule.findings, [drop]) with input as t.doc([t.pod({}, {})])

test_bind if t.none(rule.findings) with input as t.doc([t.pod({}, capabilities({"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}))])

test_added if t.at(rule.findings, [add]) with input as t.doc([t.pod({}, capabilities({"drop": ["ALL"], "add": ["CHOWN"]}))])

test_windows if t.none(rule.findings) with input as t.doc([t.pod({"os": {"name": "windows"}}, capabilities({"add": ["CHOWN"]}))])
