package mlops.resilience.nat_per_zone_test

import data.mlops.lib.testing as t
import data.mlops.resilience.nat_per_zone as rule

graph(gateways) := array.concat(
	[t.res(zone, "aws:ec2/subnet:Subnet", {"availabilityZone": zone}) | some zone in ["a", "b"]],
	[t.res(gateway, "aws:ec2/natGateway:NatGateway", {}) | some gateway in gateways],
)

test_each if t.none(rule.findings) with input as t.doc(graph(["x", "y"]))

test_one if t.at(rule.findings, [["network", "nat_per_zone"]]) with input as t.doc(graph(["x"]))

test_in_development if t.none(rule.findings) with input as t.env_config("dev", graph(["x"]), {})
