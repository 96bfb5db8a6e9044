package mlops.network.namespace_default_deny_test

import data.mlops.lib.testing as t
import data.mlops.network.namespace_default_deny as rule

namespace := t.res("n", "kubernetes:core/v1:Namespace", {"metadata": {"name": "team"}})

policy(spec) := t.res("p", "kubernetes:networking.k8s.io/v1:NetworkPolicy", {"metadata": {"name": "d", "namespace": "team"}, "spec": spec})

both := {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

count_of(spec) := result if result := count(rule.findings) with input as t.doc([namespace, policy(spec)])

test_denied if count_of(both) == 0

test_ingress_only if count_of(object.union(both, {"policyTypes": ["Ingress"]})) == 1

test_some_pods if count_of(object.union(both, {"podSelector": {"matchLabels": {"a": "b"}}})) == 2

test_opened if count_of(object.union(both, {"egress": [{}]})) == 1

test_no_policy if {
	findings := rule.findings with input as t.doc([namespace])
	t.fails(findings, ["n"])
	t.at(findings, [["metadata", "name"]])
}

test_of_another_namespace if {
	other := t.res("p", "kubernetes:networking.k8s.io/v1:NetworkPolicy", {"metadata": {"name": "d", "namespace": "x"}, "spec": both})
	t.fails(rule.findings, ["n"]) with input as t.doc([namespace, other])
}
