package mlops.model.pinned_by_digest_test

import data.mlops.lib.testing as t
import data.mlops.model.pinned_by_digest as rule

digest := "sha256:d82e4b14ec519ae07de671d1d0552abeea9f902b6cba3983fb5680336e03d65a"

server(own, pods) := t.doc([t.res("d", "kubernetes:apps/v1:Deployment", {
	"metadata": {"annotations": {"mlops-infra/model-digest": own}},
	"spec": {"template": {"metadata": {
		"labels": {"mlops-infra/model": "m"},
		"annotations": {"mlops-infra/model-digest": pods},
	}}},
})])

test_digest if t.none(rule.findings) with input as server(digest, digest)

test_own if t.at(rule.findings, [["metadata", "annotations", "mlops-infra/model-digest"]]) with input as server("3.4.1", digest)

test_pods if {
	path := ["spec", "template", "metadata", "annotations", "mlops-infra/model-digest"]
	t.at(rule.findings, [path]) with input as server(digest, "sha256:d82e")
}

test_missing if t.fails(rule.findings, ["d"]) with input as server(digest, null)

test_no_model if t.none(rule.findings) with input as t.doc([t.res("d", "kubernetes:apps/v1:Deployment", {})])

test_unknown if t.unclear(rule.findings, ["d"]) with input as server(digest, t.unknown)
