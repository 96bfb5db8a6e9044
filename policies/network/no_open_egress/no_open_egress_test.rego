package mlops.network.no_open_egress_test

import data.mlops.lib.testing as t
import data.mlops.network.no_open_egress as rule

policy(egress) := t.res("p", "kubernetes:networking.k8s.io/v1:NetworkPolicy", {"spec": {"egress": egress}})

to(cidr) := policy([{"to": [{"ipBlock": {"cidr": cidr}}]}])

test_everywhere if {
	t.at(rule.findings, [["spec", "egress", 0, "to", 0, "ipBlock", "cidr"]]) with input as t.doc([to("0.0.0.0/0")])
}

test_half if t.fails(rule.findings, ["p"]) with input as t.doc([to("10.0.0.0/15")])

test_block if t.none(rule.findings) with input as t.doc([to("10.0.0.0/16")])

test_no_peers if t.at(rule.findings, [["spec", "egress", 0]]) with input as t.doc([policy([{"ports": [{"port": 443}]}])])

test_pods if t.none(rule.findings) with input as t.doc([policy([{"to": [{"podSelector": {}}]}])])

test_denied if t.none(rule.findings) with input as t.doc([policy([])])

test_unknown if t.unclear(rule.findings, ["p"]) with input as t.doc([to(t.unknown)])
