package mlops.network.default_group_closed_test

import data.mlops.lib.testing as t
import data.mlops.network.default_group_closed as rule

vpc := t.res("v", "aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"})

group(inputs) := t.ref("g", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", inputs, {"vpcId": "v"})

test_closed if t.none(rule.findings) with input as t.doc([vpc, group({"ingress": [], "egress": []})])

test_ingress if t.at(rule.findings, [["ingress"]]) with input as t.doc([vpc, group({"ingress": [{"self": true}]})])

test_egress if t.at(rule.findings, [["egress"]]) with input as t.doc([vpc, group({"egress": [{"cidrBlocks": ["0.0.0.0/0"]}]})])

test_unmanaged if t.fails(rule.findings, ["v"]) with input as t.doc([vpc])
