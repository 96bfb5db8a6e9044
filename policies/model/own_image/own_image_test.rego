package mlops.model.own_image_test

import data.mlops.lib.testing as t
import data.mlops.model.own_image as rule

judged(image) := result if result := rule.findings with input as t.with_config([], {"models": [{"name": "m", "team": "x", "image": image}]})

test_own if t.none(judged("registry.example/x/m@sha256:0"))

test_own_of_an_environment if t.none(judged("registry.example/meridian-prod/x/m@sha256:0"))

test_of_another if t.at(judged("registry.example/y/m@sha256:0"), [["models", "m", "image"]])

test_name_that_starts_alike if t.at(judged("registry.example/x-2/m@sha256:0"), [["models", "m", "image"]])
