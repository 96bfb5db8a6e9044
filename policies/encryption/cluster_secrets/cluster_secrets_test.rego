package mlops.encryption.cluster_secrets_test

import data.mlops.encryption.cluster_secrets as rule
import data.mlops.lib.testing as t

cluster(config) := t.res("c", "aws:eks/cluster:Cluster", {"encryptionConfig": config})

test_secrets if {
	t.none(rule.findings) with input as t.doc([cluster({"provider": {"keyArn": t.unknown}, "resources": ["secrets"]})])
}

test_no_key if t.fails(rule.findings, ["c"]) with input as t.doc([cluster({"resources": ["secrets"]})])

test_other_resources if {
	t.at(rule.findings, [["encryptionConfig", "resources"]]) with input as t.doc([cluster({"provider": {"keyArn": "k"}, "resources": ["x"]})])
}

test_nothing if t.fails(rule.findings, ["c"]) with input as t.doc([cluster(null)])

test_unknown if {
	t.unclear(rule.findings, ["c"]) with input as t.doc([cluster({"provider": {"keyArn": "k"}, "resources": t.unknown})])
}
