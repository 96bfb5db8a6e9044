package mlops.model.slo_latency_test

import data.mlops.lib.testing as t
import data.mlops.model.slo_latency as rule

judged(value) := result if result := rule.findings with input as t.with_config([], {"models": [{"name": "m", "slo": {"latency_p95_ms": value}}]})

test_good if t.none(judged(10000))

test_bad if t.at(judged(10001), [["models", "m", "slo", "latency_p95_ms"]])
