package mlops.audit.flow_logs_test

import data.mlops.audit.flow_logs as rule
import data.mlops.lib.testing as t

vpc := t.res("v", "aws:ec2/vpc:Vpc", {})

flow(traffic) := t.ref("f", "aws:ec2/flowLog:FlowLog", {"trafficType": traffic}, {"vpcId": "v"})

test_all if t.none(rule.findings) with input as t.doc([vpc, flow("ALL")])

test_rejected if t.at(rule.findings, [["trafficType"]]) with input as t.doc([vpc, flow("REJECT")])

test_none if t.fails(rule.findings, ["v"]) with input as t.doc([vpc])

test_unknown if t.unclear(rule.findings, ["f"]) with input as t.doc([vpc, flow(t.unknown)])
