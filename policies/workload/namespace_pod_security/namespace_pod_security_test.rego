package mlops.workload.namespace_pod_security_test

import data.mlops.lib.testing as t
import data.mlops.workload.namespace_pod_security as rule

namespace(labels) := t.doc([t.res("n", "kubernetes:core/v1:Namespace", {"metadata": {"labels": labels}})])

enforce := "pod-security.kubernetes.io/enforce"

test_restricted if t.none(rule.findings) with input as namespace({enforce: "restricted"})

test_baseline if t.at(rule.findings, [["metadata", "labels", enforce]]) with input as namespace({enforce: "baseline"})

test_nothing if t.fails(rule.findings, ["n"]) with input as namespace({})

test_warning_only if t.fails(rule.findings, ["n"]) with input as namespace({"pod-security.kubernetes.io/warn": "restricted"})

test_names_the_key if {
	{finding.key | some finding in rule.findings} == {["cluster", "pod_security"]} with input as namespace({})
}

test_unknown if t.unclear(rule.findings, ["n"]) with input as namespace({enforce: t.unknown})
