package mlops.network.services_stay_inside_test

import data.mlops.lib.testing as t
import data.mlops.network.services_stay_inside as rule

service(spec) := t.res("s", "kubernetes:core/v1:Service", {"spec": spec})

test_inside if t.none(rule.findings) with input as t.doc([service({"type": "ClusterIP"})])

test_default if t.none(rule.findings) with input as t.doc([service({})])

test_balancer if t.at(rule.findings, [["spec", "type"]]) with input as t.doc([service({"type": "LoadBalancer"})])

test_addresses if t.at(rule.findings, [["spec", "externalIPs"]]) with input as t.doc([service({"externalIPs": ["1.2.3.4"]})])

test_unknown if t.unclear(rule.findings, ["s"]) with input as t.doc([service({"type": t.unknown})])
