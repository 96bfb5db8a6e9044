package mlops.workload.read_only_root_test

import data.mlops.lib.testing as t
import data.mlops.workload.read_only_root as rule

rooted(value) := {"securityContext": {"readOnlyRootFilesystem": value}}

path := ["spec", "containers", 0, "securityContext", "readOnlyRootFilesystem"]

test_read_only if t.none(rule.findings) with input as t.doc([t.pod({}, rooted(true))])

test_writable if t.at(rule.findings, [path]) with input as t.doc([t.pod({}, rooted(false))])

test_default if t.at(rule.findings, [path]) with input as t.doc([t.pod({}, {})])

test_windows if t.none(rule.findings) with input as t.doc([t.pod({"os": {"name": "windows"}}, {})])

test_unknown if t.unclear(rule.findings, ["pod"]) with input as t.doc([t.pod({}, rooted(t.unknown))])
