package mlops.cost.namespace_quotas_test

import data.mlops.cost.namespace_quotas as rule
import data.mlops.lib.testing as t

full := {"requests.cpu": "1", "requests.memory": "1Gi", "requests.nvidia.com/gpu": "0", "pods": "10"}

quota(hard) := t.res("q", "kubernetes:core/v1:ResourceQuota", {"metadata": {"namespace": "x"}, "spec": {"hard": hard}})

judged(resources) := result if result := rule.findings with input as t.with_config(resources, {"teams": [{"name": "x"}]})

test_full if t.none(judged([quota(full)]))

test_each if {
	every amount, _ in full {
		t.at(judged([quota(object.remove(full, [amount]))]), [["spec", "hard", amount]])
	}
}

test_none if t.at(judged([]), [["teams", "x", "quota"]])

test_of_another if t.fails(judged([object.union(quota(full), {"inputs": {"metadata": {"namespace": "y"}}})]), [""])
