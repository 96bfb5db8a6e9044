package mlops.network.no_public_addresses_test

import data.mlops.lib.testing as t
import data.mlops.network.no_public_addresses as rule

subnet(public) := t.res("s", "aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": public})

test_off if t.none(rule.findings) with input as t.doc([subnet(false)])

test_default if t.none(rule.findings) with input as t.doc([t.res("s", "aws:ec2/subnet:Subnet", {})])

test_on if t.at(rule.findings, [["mapPublicIpOnLaunch"]]) with input as t.doc([subnet(true)])

test_unknown if t.unclear(rule.findings, ["s"]) with input as t.doc([subnet(t.unknown)])
