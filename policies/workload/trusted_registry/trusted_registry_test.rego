package mlops.workload.trusted_registry_test

import data.mlops.lib.testing as t
import data.mlops.workload.trusted_registry as rule

running(image) := t.with_config(
	[t.pod({}, {"image": image})],
	{"monitoring": {"prometheus_image": "registry.example/platform/prometheus@sha256:0"}},
)

test_own if t.none(rule.findings) with input as running("registry.example/team/x@sha256:0")

test_ecr if t.none(rule.findings) with input as running("111100000032.dkr.ecr.eu-central-1.amazonaws.com/x@sha256:0")

test_ecr_of_others if t.fails(rule.findings, ["pod"]) with input as running("999900000000.dkr.ecr.eu-central-1.amazonaws.com/x@sha256:0")

test_hub if t.at(rule.findings, [["spec", "containers", 0, "image"]]) with input as running("python:3.12")

test_hub_with_a_path if t.fails(rule.findings, ["pod"]) with input as running("library/python@sha256:0")

test_stranger if t.fails(rule.findings, ["pod"]) with input as running("images.example/x/y@sha256:0")

test_name_that_starts_alike if t.fails(rule.findings, ["pod"]) with input as running("registry.example.evil/x@sha256:0")

test_port if t.fails(rule.findings, ["pod"]) with input as running("registry:5000/x@sha256:0")

test_unknown if t.none(rule.findings) with input as running(t.unknown)

from(places, image) := t.where({"registries": places}, running(image))

test_parameter if {
	t.none(rule.findings) with input as from(["quay.io/us", "images.example"], "quay.io/us/x@sha256:0")
	t.none(rule.findings) with input as from(["quay.io/us", "images.example"], "images.example/x@sha256:0")
	t.fails(rule.findings, ["pod"]) with input as from(["quay.io/us"], "quay.io/usurper/x@sha256:0")
	t.fails(rule.findings, ["pod"]) with input as from(["quay.io/us"], "registry.example/x@sha256:0")
}

test_no_place_known if {
	t.fails(rule.findings, ["pod"]) with input as t.doc([t.pod({}, {"image": "registry.example/x@sha256:0"})])
}

test_parameter_without_a_stack_file if {
	pods := t.doc([t.pod({}, {"image": "images.example/x@sha256:0"})])
	t.none(rule.findings) with input as t.where({"registries": ["images.example"]}, pods)
}
