package mlops.workload.service_account_token_test

import data.mlops.lib.testing as t
import data.mlops.workload.service_account_token as rule

pod(spec) := t.pod(object.union({"serviceAccountName": "x"}, spec), {})

path := ["spec", "automountServiceAccountToken"]

account(value) := t.res("a", "kubernetes:core/v1:ServiceAccount", {
	"metadata": {"name": "x", "namespace": "team"}, "automountServiceAccountToken": value,
})

binding(subject) := t.res("b", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", {
	"metadata": {"namespace": "team"}, "subjects": [object.union({"kind": "ServiceAccount", "name": "x"}, subject)],
})

off := pod({"automountServiceAccountToken": false})

on := pod({"automountServiceAccountToken": true})

test_off if t.none(rule.findings) with input as t.doc([off])

test_on if t.at(rule.findings, [path]) with input as t.doc([on])

test_default if t.fails(rule.findings, ["pod"]) with input as t.doc([pod({})])

test_account_off if t.none(rule.findings) with input as t.doc([pod({}), account(false)])

test_account_on if t.fails(rule.findings, ["pod"]) with input as t.doc([pod({}), account(true)])

test_pod_on_account_off if t.fails(rule.findings, ["pod"]) with input as t.doc([on, account(false)])

test_bound if t.none(rule.findings) with input as t.doc([on, binding({"namespace": "team"})])

test_bound_in_its_namespace if t.none(rule.findings) with input as t.doc([on, binding({})])

test_bound_elsewhere if t.fails(rule.findings, ["pod"]) with input as t.doc([on, binding({"namespace": "other"})])

test_another_bound if t.fails(rule.findings, ["pod"]) with input as t.doc([on, binding({"name": "y"})])

test_group_of_that_name if t.fails(rule.findings, ["pod"]) with input as t.doc([on, binding({"kind": "Group"})])
