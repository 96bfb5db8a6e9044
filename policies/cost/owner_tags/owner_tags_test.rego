package mlops.cost.owner_tags_test

import data.mlops.cost.owner_tags as rule
import data.mlops.lib.testing as t

full := {"owner": "a@b.example", "cost-centre": "CC-1", "environment": "staging"}

bucket(tags) := t.doc([t.res("b", "aws:s3/bucket:Bucket", {"tags": tags})])

test_full if t.none(rule.findings) with input as bucket(full)

test_each if {
	every tag, _ in full {
		t.at(rule.findings, [["tags", tag]]) with input as bucket(object.remove(full, [tag]))
		t.at(rule.findings, [["tags", tag]]) with input as bucket(object.union(full, {tag: ""}))
	}
}

test_each_type if {
	every type in [
		"aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup",
		"aws:ec2/natGateway:NatGateway", "aws:kms/key:Key", "aws:ecr/repository:Repository", "aws:ec2/vpcEndpoint:VpcEndpoint",
	] {
		t.at(rule.findings, [["tags"]]) with input as t.doc([t.res("x", type, {})])
	}
}

test_other_types if t.none(rule.findings) with input as t.doc([t.res("x", "aws:ec2/route:Route", {})])

test_unknown if t.none(rule.findings) with input as bucket(t.unknown)
