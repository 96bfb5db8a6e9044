package mlops.network.cluster_endpoint_private_test

import data.mlops.lib.testing as t
import data.mlops.network.cluster_endpoint_private as rule

judged(inputs) := result if result := rule.findings with input as t.doc([t.res("a", "aws:eks/cluster:Cluster", inputs)])

test_set if t.none(judged({"vpcConfig": {"endpointPublicAccess": false}}))

test_wrong if t.at(judged({"vpcConfig": {"endpointPublicAccess": true}}), [["vpcConfig", "endpointPublicAccess"]])

test_missing if t.fails(judged({}), ["a"])

test_unknown if t.unclear(judged({"vpcConfig": {"endpointPublicAccess": {"$unknown": true}}}), ["a"])
