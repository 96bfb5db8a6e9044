package mlops.model.lineage_test

import data.mlops.lib.testing as t
import data.mlops.model.lineage as rule

server(dataset) := t.res("d", "kubernetes:apps/v1:Deployment", {"spec": {"template": {"metadata": {
	"labels": {"mlops-infra/model": "m"},
	"annotations": {"mlops-infra/dataset": dataset},
}}}})

judged(resource) := result if result := rule.findings with input as t.with_config([resource], {"datasets": [{"name": "claims"}]})

test_known if t.none(judged(server("claims")))

test_strange if t.at(judged(server("other")), [["spec", "template", "metadata", "annotations", "mlops-infra/dataset"]])

test_missing if t.fails(judged(server(null)), ["d"])

test_no_model if t.none(judged(t.res("d", "kubernetes:apps/v1:Deployment", {})))

test_unknown if t.unclear(judged(server(t.unknown)), ["d"])
