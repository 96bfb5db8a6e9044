package mlops.workload.app_armor_test

import data.mlops.lib.testing as t
import data.mlops.workload.app_armor as rule

pod_profile(type) := t.doc([t.pod({"securityContext": {"appArmorProfile": {"type": type}}}, {})])

container_profile(type) := t.doc([t.pod({}, {"securityContext": {"appArmorProfile": {"type": type}}})])

test_each_allowed if {
	every type in ["RuntimeDefault", "Localhost"] {
		t.none(rule.findings) with input as pod_profile(type)
		t.none(rule.findings) with input as container_profile(type)
	}
}

test_pod if t.at(rule.findings, [["spec", "securityContext", "appArmorProfile", "type"]]) with input as pod_profile("Unconfined")

test_container if t.fails(rule.findings, ["pod"]) with input as container_profile("Unconfined")

test_nothing if t.none(rule.findings) with input as t.doc([t.pod({"securityContext": {}}, {})])

annotated(profile) := t.doc([t.res("p", "kubernetes:core/v1:Pod", {
	"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/c": profile, "other": "unconfined"}},
	"spec": {},
})])

test_annotation if {
	path := ["metadata", "annotations", "container.apparmor.security.beta.kubernetes.io/c"]
	t.at(rule.findings, [path]) with input as annotated("unconfined")
}

test_annotations_allowed if {
	every profile in ["", "runtime/default", "localhost/x"] {
		t.none(rule.findings) with input as annotated(profile)
	}
}
