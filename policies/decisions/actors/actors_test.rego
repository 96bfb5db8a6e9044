package mlops.decisions.actors_test

import data.mlops.decisions.actors

asked(action, environment, identity) := {
	"version": 1,
	"action": action,
	"environment": environment,
	"target": "aws",
	"requester": null,
	"identity": identity,
}

ada := {
	"name": "ada",
	"how": "ssh",
	"verified": true,
	"roles": [{"role": "platform-admin", "environments": ["dev", "staging"]}],
}

somebody := {
	"name": null,
	"how": "local",
	"verified": false,
	"roles": [{"role": "platform-admin", "environments": ["dev"]}],
}

of(role) := {"name": "eve", "how": "oidc", "verified": true, "roles": [{"role": role, "environments": ["*"]}]}

allowed(question) if actors.decision.allow with input as question

test_the_answer_repeats_the_question if {
	answer := actors.decision with input as asked("up", "dev", ada)
	answer == {
		"version": 1,
		"action": "up",
		"environment": "dev",
		"allow": true,
		"roles": ["platform-admin"],
		"reasons": ["platform-admin may up in dev"],
	}
}

test_a_role_holds_only_where_it_was_given if {
	not allowed(asked("up", "prod", ada))
	answer := actors.decision with input as asked("up", "prod", ada)
	answer.reasons == ["an actor without a role there may not up in prod; it takes ci-deployer or platform-admin"]
	answer.roles == []
}

test_a_star_holds_everywhere if allowed(asked("up", "prod", of("ci-deployer")))

test_platform_admins_may_everything if {
	every action in actors.actions {
		allowed(object.union(asked(action, "dev", ada), {"requester": "bob"}))
	}
}

test_nobody_may_what_there_is_not if {
	not allowed(asked("fly", "dev", ada))
	answer := actors.decision with input as asked("fly", "dev", ada)
	answer.reasons == ["the role platform-admin may not fly in dev; no role may", `there is no action "fly"`]
}

test_an_unknown_role_has_nothing if not allowed(asked("plan", "dev", of("king")))

test_auditors_change_nothing if {
	every action in actors.may.auditor {
		action in (actors.looks | actors.audits)
		allowed(asked(action, "prod", of("auditor")))
	}
	every action in actors.actions - actors.may.auditor {
		not allowed(asked(action, "prod", of("auditor")))
	}
}

test_roles_are_bounded if {
	not allowed(asked("destroy", "dev", of("ci-deployer")))
	not allowed(asked("approve", "dev", of("ci-deployer")))
	not allowed(asked("up", "dev", of("ml-engineer")))
	not allowed(asked("waiver add", "dev", of("ml-engineer")))
	not allowed(asked("up", "dev", of("compliance-officer")))
	not allowed(asked("up", "dev", of("release-approver")))
	not allowed(asked("drift", "dev", of("data-scientist")))
}

test_only_those_who_answer_for_people_erase_them if {
	may_forget := {role |
		some role, _ in actors.may
		allowed(asked("audit forget", "prod", of(role)))
	}
	may_forget == {"platform-admin", "compliance-officer"}
}

test_unproved_is_not_enough_outside_of_the_sandbox if {
	not allowed(asked("up", "dev", somebody))
	answer := actors.decision with input as asked("up", "dev", somebody)
	answer.roles == ["platform-admin"]
	contains(answer.reasons[0], "a verified identity is needed")
}

test_unproved_is_enough_in_the_sandbox if allowed(object.union(asked("up", "dev", somebody), {"target": "sandbox"}))

test_unproved_is_not_enough_for_an_approval if {
	question := object.union(asked("approve", "dev", somebody), {"target": "sandbox", "requester": "bob"})
	not allowed(question)
}

test_a_key_that_was_not_verified_is_not_enough_in_the_sandbox if {
	not allowed(object.union(asked("up", "dev", object.union(ada, {"verified": false})), {"target": "sandbox"}))
}

test_verified_without_a_proof_is_not_believed if {
	not allowed(asked("up", "dev", object.union(ada, {"how": "local"})))
	not allowed(asked("up", "dev", object.union(ada, {"name": null})))
	not allowed(asked("up", "dev", object.union(ada, {"how": "rumour"})))
}

test_nobody_approves_what_they_asked_for if {
	not allowed(object.union(asked("approve", "dev", ada), {"requester": "ada"}))
	answer := actors.decision with input as object.union(asked("approve", "dev", ada), {"requester": "ada"})
	answer.reasons == ["ada asked for it, so somebody else must approve it"]
	allowed(object.union(asked("approve", "dev", ada), {"requester": "bob"}))
}

test_an_approval_needs_to_know_who_asked if not allowed(asked("approve", "dev", ada))

test_another_version_is_not_understood if {
	not allowed(object.union(asked("up", "dev", ada), {"version": 2}))
}

test_the_standing_lists_what_is_allowed if {
	answer := actors.standing with input as asked("whoami", "prod", of("auditor"))
	answer == {
		"version": 1,
		"environment": "prod",
		"actions": ["audit checkpoint", "audit-state", "drift", "plan"],
	}
	nobody := actors.standing with input as asked("whoami", "prod", ada)
	nobody.actions == []
	local := actors.standing with input as object.union(asked("whoami", "dev", somebody), {"target": "sandbox"})
	"up" in local.actions
	not "approve" in local.actions
	releaser := actors.standing with input as asked("whoami", "prod", of("release-approver"))
	"approve" in releaser.actions
}

test_an_empty_question_has_no_answer if not actors.decision with input as {}
