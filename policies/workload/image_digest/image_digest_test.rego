package mlops.workload.image_digest_test

import data.mlops.lib.testing as t
import data.mlops.workload.image_digest as rule

digest := "sha256:c8617af30a2ee1d30bae4c2096c8e1b3d691b29503e3619ce5b98ff1ca0e0809"

running(image) := t.doc([t.pod({}, {"image": image})])

test_digest if t.none(rule.findings) with input as running(sprintf("registry.example/x@%s", [digest]))

test_tag if t.at(rule.findings, [["spec", "containers", 0, "image"]]) with input as running("registry.example/x:1.0")

test_half_a_digest if t.fails(rule.findings, ["pod"]) with input as running("registry.example/x@sha256:c8617af3")

test_none if t.fails(rule.findings, ["pod"]) with input as t.doc([t.pod({}, {})])

test_unknown if t.unclear(rule.findings, ["pod"]) with input as running(t.unknown)
