package mlops.cost.gpu_quota_fits_test

import data.mlops.cost.gpu_quota_fits as rule
import data.mlops.lib.testing as t

judged(x, y, most) := result if {
	result := rule.findings with input as t.with_config([], {
		"teams": [{"name": "x", "quota": {"gpus": x}}, {"name": "y", "quota": {"gpus": y}}],
		"cluster": {"node_pools": [{"max": 9, "gpus": 0}, {"max": most, "gpus": 2}]},
	})
}

test_enough if t.none(judged(2, 2, 2))

test_too_many if t.at(judged(3, 2, 2), [["teams", "x", "quota", "gpus"], ["teams", "y", "quota", "gpus"]])

test_only_those_that_have_some if t.at(judged(5, 0, 2), [["teams", "x", "quota", "gpus"]])

test_no_gpus if t.none(judged(0, 0, 0))
