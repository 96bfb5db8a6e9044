# METADATA
# title: Who may do what with the tool
# description: >-
#   Default deny. An action is allowed where a role that holds in the environment has it in the table `may`, and nothing speaks against it.
#   Outside of the sandbox, and for whatever another person will rely on as an approval, the identity must be proved.
# schemas:
#   - input: schema.actors
package mlops.decisions.actors

# METADATA
# description: The answer. It repeats the question, so that it cannot be taken for another one's.
decision := {
	"version": 1,
	"action": input.action,
	"environment": input.environment,
	"allow": allow,
	"roles": sort(granting),
	"reasons": reasons,
}

# METADATA
# description: >-
#   Everything that the actor may do in the environment, whatever action the question names; what others asked for they may approve.
standing := {
	"version": 1,
	"environment": input.environment,
	"actions": sort(permitted),
}

permitted contains action if {
	some action in actions
	allow with input.action as action with input.requester as null_unless_approval(action)
}

null_unless_approval(action) := "" if action in approvals

null_unless_approval(action) := null if not action in approvals

default allow := false

# METADATA
# description: Whether the actor may.
allow if {
	count(granting) > 0
	count(refusals) == 0
}

# METADATA
# description: Looking at an environment through the engine or at what really is there.
looks := {"plan", "drift", "audit-state"}

# METADATA
# description: Keeping the ledger as evidence. Whoever can read its file may verify and report it; nobody is asked for that.
audits := {"audit checkpoint"}

# METADATA
# description: Erasing who stands behind a pseudonym of the ledger (GDPR Art. 17). It is asked for in every environment.
erasures := {"audit forget"}

# METADATA
# description: What makes and moves releases, short of deploying one.
releases := {"release create", "data pin"}

# METADATA
# description: What stops a release, or lets it go on.
verdicts := {"release hold", "release unhold", "release reject"}

# METADATA
# description: What people sign; it counts only from a person whose identity is proved, and never from who asked for it.
approvals := {"approve"}

# METADATA
# description: What makes an environment what its stack file says, or what it was before.
deployments := {"up", "refresh", "promote", "rollback"}

# METADATA
# description: Exceptions from rules.
waivers := {"waiver add", "waiver renew"}

# METADATA
# description: What can lose data, locks or the state.
interventions := {
	"destroy",
	"state backup",
	"state restore",
	"state unprotect",
	"state move",
	"state import",
	"unlock",
	"bootstrap",
	"sandbox reset",
	"sandbox simulate",
}

# METADATA
# description: Every action that there is.
actions := (((((((looks | audits) | erasures) | releases) | verdicts) | approvals) | deployments) | waivers) | interventions

# METADATA
# description: The table, role by role. docs/access.md shows it.
may := {
	"platform-admin": actions,
	"ci-deployer": ((looks | audits) | deployments),
	"ml-engineer": ((looks | releases) | {"sandbox simulate"}),
	"data-scientist": {"plan", "data pin"},
	"release-approver": (((looks | verdicts) | approvals) | {"rollback"}),
	"compliance-officer": (((((looks | audits) | erasures) | verdicts) | approvals) | waivers),
	"auditor": (looks | audits),
}

# METADATA
# description: Roles of the actor that hold in the environment.
held contains grant.role if {
	some grant in input.identity.roles
	some place in grant.environments
	place in {"*", input.environment}
}

# METADATA
# description: Roles of the actor that have the action.
granting contains role if {
	some role in held
	input.action in may[role]
}

# METADATA
# description: Whether somebody who proved nothing may act, with the user of this machine as the only one.
unproved_suffices if {
	input.target == "sandbox"
	input.identity.how == "local"
	not input.action in approvals
}

# METADATA
# description: Whether the identity was proved by a key or a token, and has a name.
proved if {
	input.identity.verified
	input.identity.how in {"ssh", "oidc"}
	is_string(input.identity.name)
}

# METADATA
# description: What speaks against it, whatever the roles.
refusals contains sprintf("the question has version %v, and only version 1 is known", [input.version]) if input.version != 1

refusals contains sprintf("there is no action %q", [input.action]) if not input.action in actions

refusals contains "a verified identity is needed: an SSH key (MLOPS_INFRA_SSH_KEY, --identity) or a CI job's token" if {
	not proved
	not unproved_suffices
}

refusals contains sprintf("%s asked for it, so somebody else must approve it", [input.requester]) if {
	input.action in approvals
	input.requester == input.identity.name
}

refusals contains "nobody is named as the one who asked for what is to be approved" if {
	input.action in approvals
	not is_string(input.requester)
}

# METADATA
# description: The answer in sentences, why or why not.
reasons := [sprintf("%s may %s in %s", [concat(", ", sort(granting)), input.action, input.environment])] if allow

reasons := sort(refusals | no_role) if not allow

# METADATA
# description: That no role allows it, and which roles would.
no_role contains sentence if {
	count(granting) == 0
	sentence := sprintf("%s may not %s in %s; %s", [holder, input.action, input.environment, would])
}

holder := sprintf("the role %s", [concat(", ", sort(held))]) if count(held) > 0

holder := "an actor without a role there" if count(held) == 0

would := sprintf("it takes %s", [concat(" or ", sort(able))]) if count(able) > 0

would := "no role may" if count(able) == 0

able contains role if {
	some role, allowed in may
	input.action in allowed
}
