# Policies of AWS in one form: statements with lists of lower-case actions, of resources and of principals.
package mlops.lib.iam

import data.mlops.lib

# The statements of a policy document, wherever it came from; `index` is the statement's place.
statements(document) := [normal(statement, index) |
	some index, statement in lib.as_list(document.Statement)
	is_object(statement)
]

normal(statement, index) := {
	"patterns": {action | some action in actions(statement); contains(action, "*")},
	"index": index,
	"sid": object.get(statement, "Sid", ""),
	"effect": object.get(statement, "Effect", ""),
	"actions": actions(statement),
	"resources": resources(statement),
	"principals": principals(statement),
	"condition": object.get(statement, "Condition", {}),
}

# Actions are compared without case (IAM User Guide). What is left out by NotAction is not told apart: it allows everything else.
actions(statement) := {action_of(action) | some action in lib.as_list(statement.Action)} if statement.Action

action_of(action) := lower(action) if is_string(action)

# An action that is not known may be any.
action_of(action) := "*" if not is_string(action)

actions(statement) := {"*"} if not statement.Action

resources(statement) := {resource | some resource in lib.as_list(statement.Resource)} if statement.Resource

resources(statement) := {"*"} if not statement.Resource

principals(statement) := {{"kind": "AWS", "name": "*"}} if {
	statement.Principal == "*"
} else := {{"kind": kind, "name": name} |
	some kind, names in statement.Principal
	some name in lib.as_list(names)
} if {
	is_object(statement.Principal)
} else := {{"kind": "AWS", "name": "*"}} if {
	statement.NotPrincipal
} else := set()

# The parsed document of a property; undefined where it is missing, or not known well enough to say whom it allows or denies anything.
document(urn, property) := found if {
	found := input.resources[urn].documents[property]
	not veiled(found)
}

# An unknown action counts as any, and an unknown resource as one of many.
veiled(document) if {
	some statement in lib.as_list(document.Statement)
	some part in [[], ["Effect"], ["Principal"], ["Principal", "AWS"]]
	some value in lib.as_list(lib.get(statement, part, null))
	lib.is_unknown(value)
}

# Identity policies: what a principal may do.
identity_types := ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"]

# Policies that are only used as a boundary grant nothing (IAM User Guide, "Permissions boundaries for IAM entities").
boundaries := {lib.value(role, ["permissionsBoundary"]) | some role in lib.of_type("aws:iam/role:Role")}

is_boundary(urn) if {
	arn := object.get(input.resources[urn].outputs, "arn", "")
	arn in boundaries
	count(attachments(urn)) == 0
}

attachments(urn) := lib.sources(urn, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn")

identity_policies contains urn if {
	some type in identity_types
	some urn in lib.of_type(type)
	not is_boundary(urn)
}

# Every statement by which somebody is allowed something: its policy, and its path in it.
allowed contains statement if some statement in allowed_by[_]

# The same by policy.
allowed_by := {urn: allowing |
	some urn in identity_policies
	allowing := {object.union(statement, {"urn": urn, "path": ["policy", "Statement", statement.index]}) |
		some statement in statements(document(urn, "policy"))
		statement.effect == "Allow"
	}
}

# Identity policies that are not known at all yet, as findings.
unknowns contains lib.unknown(urn, ["policy"], "what this policy allows is not known yet") if {
	some urn in identity_policies
	not document(urn, "policy")
}

# Statements of trust policies: who may become a role.
trusts contains object.union(statement, {"urn": urn, "path": ["assumeRolePolicy", "Statement", statement.index]}) if {
	some urn in lib.of_type("aws:iam/role:Role")
	some statement in statements(document(urn, "assumeRolePolicy"))
	statement.effect == "Allow"
}

trust_unknowns contains lib.unknown(urn, ["assumeRolePolicy"], "who may assume this role is not known yet") if {
	some urn in lib.of_type("aws:iam/role:Role")
	not document(urn, "assumeRolePolicy")
}

# Whether a statement's actions cover an action, wildcards included.
covers(statement, action) if lower(action) in statement.actions

covers(statement, action) if {
	some pattern in statement.patterns
	glob.match(pattern, [], lower(action))
}

# The condition keys of a statement, lower-case, under any operator.
condition_keys(statement) := {lower(key) |
	some keys in statement.condition
	some key, _ in keys
	is_string(key)
}

# Whether a statement holds for every resource.
everywhere(statement) if "*" in statement.resources

# A principal's account: twelve digits, or those of its ARN; undefined for services and federated principals.
account(name) := name if {
	is_string(name)
	regex.match(`^[0-9]{12}$`, name)
}

account(name) := split(name, ":")[4] if {
	is_string(name)
	startswith(name, "arn:")
}
