package mlops.resilience.disruption_budgets_test

import data.mlops.lib.testing as t
import data.mlops.resilience.disruption_budgets as rule

server(replicas) := t.res("d", "kubernetes:apps/v1:Deployment", {
	"metadata": {"name": "m", "namespace": "team"},
	"spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "m"}}},
})

scaler(least) := t.res("h", "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", {
	"metadata": {"namespace": "team"}, "spec": {"minReplicas": least, "scaleTargetRef": {"name": "m"}},
})

budget(namespace, app) := t.res("b", "kubernetes:policy/v1:PodDisruptionBudget", {
	"metadata": {"namespace": namespace}, "spec": {"selector": {"matchLabels": {"app": app}}},
})

test_budget if t.none(rule.findings) with input as t.doc([server(2), budget("team", "m")])

test_none if t.at(rule.findings, [["spec", "replicas"]]) with input as t.doc([server(2)])

test_one_pod if t.none(rule.findings) with input as t.doc([server(1)])

test_scaled if t.fails(rule.findings, ["d"]) with input as t.doc([server(null), scaler(2)])

test_scaled_to_one if t.none(rule.findings) with input as t.doc([server(1), scaler(1)])

test_budget_of_another if t.fails(rule.findings, ["d"]) with input as t.doc([server(2), budget("team", "x")])

test_budget_elsewhere if t.fails(rule.findings, ["d"]) with input as t.doc([server(2), budget("other", "m")])
