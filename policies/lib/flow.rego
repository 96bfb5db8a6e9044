# Who reaches which data: namespace → service account → pod identity → role → policy → bucket → class of data.
#
# Every step follows a typed edge of the graph; the trail keeps the URNs, so that a finding can name the path.
package mlops.lib.flow

import data.mlops.lib
import data.mlops.lib.buckets
import data.mlops.lib.iam

# Policies of a role: its own, and the ones that are attached to it.
policies_of(role) := own | attached if {
	own := lib.sources(role, "aws:iam/rolePolicy:RolePolicy", "role")
	attached := {policy |
		some attachment in lib.sources(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role")
		some policy in lib.targets(attachment, "policyArn", "aws:iam/policy:Policy")
	}
}

# Buckets whose objects a policy lets somebody read.
read_by := {policy: read |
	some policy, statements in iam.allowed_by
	read := {bucket |
		some statement in statements
		iam.covers(statement, "s3:GetObject")
		some resource in statement.resources
		is_string(resource)
		bucket := buckets.named[bucket_of(resource)]
	}
}

bucket_of(arn) := split(split(arn, ":::")[1], "/")[0] if contains(arn, ":s3:::")

# Roles and the buckets that they read, each with the policy that lets them.
role_reads := {role: reads |
	some role in lib.of_type("aws:iam/role:Role")
	reads := {{"bucket": bucket, "policy": policy} |
		some policy in policies_of(role)
		some bucket in read_by[policy]
	}
}

# Namespaces whose pods reach personal data, and one trail to it each: the first by name.
personal_reach := {namespace: min(trails) |
	some namespace in {pair[0] | some pair in personal_trails}
	trails := {trail |
		some pair in personal_trails
		namespace == pair[0]
		trail := pair[1]
	}
}

personal_trails := [[namespace, [association, role, read.policy, read.bucket]] |
	some association in lib.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")
	namespace := lib.value(association, ["namespace"])
	some role in lib.targets(association, "roleArn", "aws:iam/role:Role")
	some read in role_reads[role]
	buckets.class(read.bucket) in lib.personal
]
