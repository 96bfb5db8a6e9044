package mlops.model.record_deployed_test

import data.mlops.lib.testing as t
import data.mlops.model.record_deployed as rule

server(class, bias) := t.doc([t.res("d", "kubernetes:apps/v1:Deployment", {
	"metadata": {"annotations": {"mlops-infra/risk-class": class, "mlops-infra/bias-evaluation": bias}},
	"spec": {"template": {"metadata": {"labels": {"mlops-infra/model": "m"}}}},
})])

at(key) := [["metadata", "annotations", key]]

test_there if t.none(rule.findings) with input as server("high", "[]")

test_no_class if t.at(rule.findings, at("mlops-infra/risk-class")) with input as server(null, "[]")

test_empty_class if t.at(rule.findings, at("mlops-infra/risk-class")) with input as server("", "[]")

test_no_bias if t.at(rule.findings, at("mlops-infra/bias-evaluation")) with input as server("high", null)

test_unknown if t.unclear(rule.findings, ["d"]) with input as server(t.unknown, "[]")

test_no_model if t.none(rule.findings) with input as t.doc([t.res("d", "kubernetes:apps/v1:Deployment", {})])
