package mlops.resilience.zones_test

import data.mlops.lib.testing as t
import data.mlops.resilience.zones as rule

subnet(urn, zone) := t.res(urn, "aws:ec2/subnet:Subnet", {"availabilityZone": zone})

test_three if t.none(rule.findings) with input as t.doc([subnet("x", "a"), subnet("y", "b"), subnet("z", "c")])

test_three_in_two if t.at(rule.findings, [["network", "zones"]]) with input as t.doc([subnet("x", "a"), subnet("y", "b"), subnet("z", "b")])

test_unknown if t.unclear(rule.findings, ["x"]) with input as t.doc([subnet("x", t.unknown)])
