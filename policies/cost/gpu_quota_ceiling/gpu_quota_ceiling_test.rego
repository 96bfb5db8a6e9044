package mlops.cost.gpu_quota_ceiling_test

import data.mlops.cost.gpu_quota_ceiling as rule
import data.mlops.lib.testing as t

judged(parameters, gpus) := result if {
	result := rule.findings with input as t.where(parameters, t.with_config([], {"teams": [{"name": "x", "quota": {"gpus": gpus}}]}))
}

test_within if t.none(judged({}, 8))

test_beyond if t.at(judged({}, 9), [["teams", "x", "quota", "gpus"]])

test_parameter if {
	t.none(judged({"team_gpus": 2}, 2))
	t.at(judged({"team_gpus": 2}, 3), [["teams", "x", "quota", "gpus"]])
}
