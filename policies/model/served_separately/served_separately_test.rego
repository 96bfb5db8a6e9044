package mlops.model.served_separately_test

import data.mlops.lib.testing as t
import data.mlops.model.served_separately as rule

server(account, labels) := t.doc([t.res("d", "kubernetes:apps/v1:Deployment", {
	"metadata": {"namespace": "team"},
	"spec": {"template": {"metadata": {"labels": labels}, "spec": {"serviceAccountName": account}}},
})])

model := {"mlops-infra/model": "m"}

test_own if t.none(rule.findings) with input as server("m", model)

test_team if t.at(rule.findings, [["spec", "template", "spec", "serviceAccountName"]]) with input as server("team", model)

test_no_model if t.none(rule.findings) with input as server("team", {})
