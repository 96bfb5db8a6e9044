package mlops.network.no_open_ingress_test

import data.mlops.lib.testing as t
import data.mlops.network.no_open_ingress as rule

ingress(inputs) := t.res("r", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", inputs)

group(rule) := t.res("g", "aws:ec2/securityGroup:SecurityGroup", {"ingress": [rule]})

test_internet if t.at(rule.findings, [["cidrIpv4"]]) with input as t.doc([ingress({"cidrIpv4": "0.0.0.0/0"})])

test_internet_v6 if t.at(rule.findings, [["cidrIpv6"]]) with input as t.doc([ingress({"cidrIpv6": "::/0"})])

test_vpc if t.none(rule.findings) with input as t.doc([ingress({"cidrIpv4": "10.0.0.0/16"})])

test_group if t.none(rule.findings) with input as t.doc([ingress({"referencedSecurityGroupId": t.unknown})])

test_unknown if t.unclear(rule.findings, ["r"]) with input as t.doc([ingress({"cidrIpv4": t.unknown})])

test_inline if t.at(rule.findings, [["ingress", 0]]) with input as t.doc([group({"cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]})])

test_inline_v6 if t.fails(rule.findings, ["g"]) with input as t.doc([group({"ipv6CidrBlocks": ["::/0"]})])

test_inline_vpc if t.none(rule.findings) with input as t.doc([group({"cidrBlocks": ["10.0.0.0/8"]})])
