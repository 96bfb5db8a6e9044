package mlops.network.instance_metadata_test

import data.mlops.lib.testing as t
import data.mlops.network.instance_metadata as rule

template(tokens, hops) := t.res("l", "aws:ec2/launchTemplate:LaunchTemplate", {
	"metadataOptions": {"httpTokens": tokens, "httpPutResponseHopLimit": hops},
})

test_required if t.none(rule.findings) with input as t.doc([template("required", 1)])

test_optional if t.at(rule.findings, [["metadataOptions", "httpTokens"]]) with input as t.doc([template("optional", 1)])

test_hops if t.at(rule.findings, [["metadataOptions", "httpPutResponseHopLimit"]]) with input as t.doc([template("required", 2)])

test_unknown if t.unclear(rule.findings, ["l"]) with input as t.doc([template(t.unknown, t.unknown)])
