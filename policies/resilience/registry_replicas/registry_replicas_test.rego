package mlops.resilience.registry_replicas_test

import data.mlops.lib.testing as t
import data.mlops.resilience.registry_replicas as rule

server(namespace, replicas) := [t.res("d", "kubernetes:apps/v1:Deployment", {"metadata": {"namespace": namespace}, "spec": {"replicas": replicas}})]

test_two if t.none(rule.findings) with input as t.doc(server("mlflow", 2))

test_one if t.at(rule.findings, [["spec", "replicas"]]) with input as t.doc(server("mlflow", 1))

test_parameter if {
	t.none(rule.findings) with input as t.where({"replicas": 1}, t.doc(server("mlflow", 1)))
	t.fails(rule.findings, ["d"]) with input as t.where({"replicas": 3}, t.doc(server("mlflow", 2)))
}

test_other_servers if t.none(rule.findings) with input as t.doc(server("monitoring", 1))

test_names_the_key if {
	{finding.key | some finding in rule.findings} == {["registry", "replicas"]} with input as t.doc(server("mlflow", 1))
}

test_unknown if t.unclear(rule.findings, ["d"]) with input as t.doc(server("mlflow", t.unknown))
