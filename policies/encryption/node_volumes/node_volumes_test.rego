package mlops.encryption.node_volumes_test

import data.mlops.encryption.node_volumes as rule
import data.mlops.lib.testing as t

template(encrypted) := t.res("l", "aws:ec2/launchTemplate:LaunchTemplate", {"blockDeviceMappings": [{"ebs": {"encrypted": encrypted}}]})

test_encrypted if t.none(rule.findings) with input as t.doc([template("true")])

test_plain if t.at(rule.findings, [["blockDeviceMappings", 0, "ebs", "encrypted"]]) with input as t.doc([template("false")])

test_unknown if t.unclear(rule.findings, ["l"]) with input as t.doc([template(t.unknown)])

test_none if t.fails(rule.findings, ["l"]) with input as t.doc([t.res("l", "aws:ec2/launchTemplate:LaunchTemplate", {})])
