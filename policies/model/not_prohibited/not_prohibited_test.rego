package mlops.model.not_prohibited_test

import data.mlops.lib.testing as t
import data.mlops.model.not_prohibited as rule

server(class) := t.doc([t.res("d", "kubernetes:apps/v1:Deployment", {"metadata": {"annotations": {"mlops-infra/risk-class": class}}})])

test_prohibited if t.at(rule.findings, [["metadata", "annotations", "mlops-infra/risk-class"]]) with input as server("prohibited")

test_others if {
	every class in ["high", "limited", "minimal", null] { t.none(rule.findings) with input as server(class) }
}

test_unknown if t.unclear(rule.findings, ["d"]) with input as server(t.unknown)
