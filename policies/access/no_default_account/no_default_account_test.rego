package mlops.access.no_default_account_test

import data.mlops.access.no_default_account as rule
import data.mlops.lib.testing as t

test_own if t.none(rule.findings) with input as t.doc([t.pod({"serviceAccountName": "x"}, {})])

test_default if t.at(rule.findings, [["spec", "serviceAccountName"]]) with input as t.doc([t.pod({"serviceAccountName": "default"}, {})])

test_none if t.fails(rule.findings, ["pod"]) with input as t.doc([t.pod({}, {})])

test_empty if t.fails(rule.findings, ["pod"]) with input as t.doc([t.pod({"serviceAccountName": ""}, {})])

binding(kind, name) := t.res("b", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", {"subjects": [{"kind": kind, "name": name}]})

test_bound if t.fails(rule.findings, ["b"]) with input as t.doc([binding("ServiceAccount", "default")])

test_group_of_that_name if t.none(rule.findings) with input as t.doc([binding("Group", "default")])

test_another_account if t.none(rule.findings) with input as t.doc([binding("ServiceAccount", "x")])
