# S3 buckets and the resources that say more about them, each kind found once.
package mlops.lib.buckets

import data.mlops.lib

all := lib.of_type("aws:s3/bucket:Bucket")

# A bucket's configuration resources of one kind, such as `aws:s3/bucketVersioning:BucketVersioning`: by reference, or by name
# where the graph was read from the live API, which knows no references.
companions(bucket, type) := lib.sources(bucket, type, "bucket") | object.get(by_name, [[type, name(bucket)]], set())

by_name := {key: urns |
	some key in {pair[0] | some pair in naming}
	urns := {urn |
		some pair in naming
		key == pair[0]
		urn := pair[1]
	}
}

naming := [[[type, name], urn] |
	some type, urns in input.by_type
	startswith(type, "aws:s3/bucket")
	type != "aws:s3/bucket:Bucket"
	some urn in urns
	name := input.resources[urn].inputs.bucket
	is_string(name)
]

name(bucket) := lib.value(bucket, ["bucket"])

# Buckets by their name; of two with one name, which AWS would refuse, the first.
named := {found: min(urns) |
	some found in {pair[0] | some pair in names}
	urns := {bucket |
		some pair in names
		found == pair[0]
		bucket := pair[1]
	}
}

names := [[found, bucket] |
	some bucket in all
	found := name(bucket)
	is_string(found)
]

# How sensitive a bucket's data is, from its tag; null where the tag is missing.
class(bucket) := lib.tag(bucket, "data-classification")

personal contains bucket if {
	some bucket in all
	class(bucket) in lib.personal
}

# Buckets that hold a dataset of the stack file.
datasets contains bucket if {
	some bucket in all
	input.resources[bucket].config_path[0] == "datasets"
}

# The name of the dataset in a bucket.
dataset(bucket) := input.resources[bucket].config_path[1]

# Buckets that others deliver their access logs to. S3 log delivery cannot use a KMS key (S3 User Guide, "Enabling server access logging").
log_targets contains target if {
	some logging in lib.of_type("aws:s3/bucketLogging:BucketLogging")
	some target in lib.targets(logging, "targetBucket", "aws:s3/bucket:Bucket")
}

log_targets contains named[target] if {
	some logging in lib.of_type("aws:s3/bucketLogging:BucketLogging")
	target := lib.value(logging, ["targetBucket"])
	named[target]
}

# The findings of a bucket that has no companion of a kind.
missing(bucket, type, message) := {lib.fail(bucket, ["bucket"], message) |
	count(companions(bucket, type)) == 0
}
