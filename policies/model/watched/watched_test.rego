package mlops.model.watched_test

import data.mlops.lib.testing as t
import data.mlops.model.watched as rule

rules(path, content) := {"urn": "c", "type": "kubernetes:core/v1:ConfigMap", "config_path": path, "inputs": {"data": content}}

judged(resources) := result if result := rule.findings with input as t.with_config(resources, {"models": [{"name": "m"}]})

test_watched if t.none(judged([rules(["models", "m", "slo"], {"m.yaml": "groups: []"})]))

test_nothing if t.at(judged([]), [["models", "m", "slo"]])

test_empty if t.fails(judged([rules(["models", "m", "slo"], {})]), [""])

test_another if t.fails(judged([rules(["models", "n", "slo"], {"n.yaml": "x"})]), [""])

test_dashboard if t.fails(judged([rules(["models", "m"], {"m.json": "x"})]), [""])
