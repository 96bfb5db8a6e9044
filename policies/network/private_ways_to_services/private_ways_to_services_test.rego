package mlops.network.private_ways_to_services_test

import data.mlops.lib.testing as t
import data.mlops.network.private_ways_to_services as rule

endpoint(service) := t.res(service, "aws:ec2/vpcEndpoint:VpcEndpoint", {"serviceName": sprintf("com.amazonaws.eu-central-1.%s", [service])})

all := [endpoint(service) | some service in ["s3", "kms", "sts", "logs", "secretsmanager"]]

test_all if t.none(rule.findings) with input as t.doc(all)

test_none if count(rule.findings) == 5 with input as t.doc([])

test_without_one if {
	some index in numbers.range(0, 4)
	some_of_them := array.concat(array.slice(all, 0, index), array.slice(all, index + 1, 5))
	t.at(rule.findings, [["network", "endpoints"]]) with input as t.doc(some_of_them)
}

test_another_service if count(rule.findings) == 5 with input as t.doc([endpoint("xkms")])
