package mlops.workload.host_ports_test

import data.mlops.lib.testing as t
import data.mlops.workload.host_ports as rule

listening(port) := t.doc([t.pod({}, {"ports": [{"containerPort": 80, "hostPort": port}]})])

test_host if t.at(rule.findings, [["spec", "containers", 0, "ports", 0, "hostPort"]]) with input as listening(8080)

test_nought if t.none(rule.findings) with input as listening(0)

test_none if t.none(rule.findings) with input as t.doc([t.pod({}, {"ports": [{"containerPort": 80}]})])

test_unknown if t.unclear(rule.findings, ["pod"]) with input as listening(t.unknown)
