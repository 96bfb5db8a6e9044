# METADATA
# title: Whether a promotion or rollback may go on
# description: >-
#   Default deny. A gate passes only where evidence says so; what was not observed (null or absent) makes it unknown, and blocks like a
#   failure. Every gate that does not pass says what is missing, with the command that gives it.
# schemas:
#   - input: schema["promotion-input"]
package mlops.decisions.promotion

# METADATA
# description: The answer. It repeats the question, so that it cannot be taken for another one's.
decision := {
	"version": 1,
	"environment": input.environment,
	"receipt": input.receipt,
	"allow": allow,
	"gates": [gate(name) | some name in names],
}

# METADATA
# description: Every gate, in the order in which people are told.
names := ["release", "policies", "soak", "checks", "approvals", "freeze", "drift", "blast_radius", "trust"]

default allow := false

# METADATA
# description: Whether every gate passes.
allow if every name in names { name in passing }

# METADATA
# description: One gate of the answer.
gate(name) := {"name": name, "result": "pass", "missing": []} if name in passing

gate(name) := {"name": name, "result": "fail", "missing": sort(told)} if {
	not name in passing
	told := failing[name]
	count(told) > 0
}

gate(name) := {"name": name, "result": "unknown", "missing": [sprintf("%s: %s", [unseen[name], again])]} if {
	not name in passing
	count(failing[name]) == 0
}

# METADATA
# description: What nobody observed where a gate is unknown.
unseen := {
	"release": "what became of the release was not observed",
	"policies": "the policies were not asked",
	"soak": "how long the release has run in the source was not observed",
	"checks": "the verification checks were not made",
	"approvals": "the approvals were not looked at",
	"freeze": "the freeze windows were not looked at",
	"drift": "nobody looked for drift",
	"blast_radius": "what would change was not observed",
	"trust": "the trust files were not compared with their recorded version",
}

# METADATA
# description: The command that observes anew.
again := sprintf("`mlops-infra promote --from %s --to %s` looks again", [input.source, input.environment]) if is_string(input.source)

again := sprintf("`mlops-infra rollback --env %s` looks again", [input.environment]) if not is_string(input.source)

# METADATA
# description: A rollback does not wait for what only a new release must prove.
rollback if input.kind == "rollback"

# The release itself

passing contains "release" if input.evidence.release.standing == "ready"

failing.release contains sentence if {
	standing := input.evidence.release.standing
	standing in {"held", "rejected"}
	sentence := sprintf("release %s is %s%s: %s", [short(input.release), standing, because, cure[standing]])
}

# METADATA
# description: Why a release may not move, where that is known.
default because := ""

because := sprintf(" (%s)", [input.evidence.release.reason]) if is_string(input.evidence.release.reason)

# METADATA
# description: What helps a release that may not move.
cure := {
	"held": sprintf("`mlops-infra release unhold %s --reason …` lets it go", [short(input.release)]),
	"rejected": "it never moves; deploy a mended one to where it comes from, and promote that",
}

# The policies

# METADATA
# description: Severities, gravest first.
severities := ["critical", "high", "medium", "low"]

# METADATA
# description: The severities that stop a promotion.
grave contains severity if {
	some last, severity_limit in severities
	severity_limit == input.required.fail_on
	some number, severity in severities
	number <= last
}

passing contains "policies" if {
	verdict := input.evidence.verdict
	verdict.judged == true
	some severity_limit in severities
	severity_limit == input.required.fail_on
	every severity in severities { is_number(verdict.failures[severity]) }
	every severity in grave { verdict.failures[severity] == 0 }
	verdict_sound(verdict)
}

# METADATA
# description: The verdict does not contradict its findings.
verdict_sound(verdict) if verdict.result in {"pass", "unknown"}

verdict_sound(verdict) if {
	verdict.result == "fail"
	every number in verdict.failures { is_number(number) }
	sum([number | some number in verdict.failures]) > 0
}

failing.policies contains sentence if {
	some severity in grave
	number := input.evidence.verdict.failures[severity]
	number > 0
	sentence := sprintf("%d findings of severity %s: `mlops-infra check --env %s` shows them", [number, severity, input.environment])
}

failing.policies contains sentence if {
	input.evidence.verdict.judged == false
	sentence := sprintf(
		"nothing could be judged (%v): `mlops-infra check --env %s` says why",
		[input.evidence.verdict.problem, input.environment],
	)
}

# The soak

passing contains "soak" if rollback

passing contains "soak" if {
	runs_in_source
	is_number(input.required.soak_seconds)
	is_number(input.evidence.source.soaked_seconds)
	input.evidence.source.soaked_seconds >= input.required.soak_seconds
}

# METADATA
# description: The source runs the release that is to move.
runs_in_source if {
	is_string(input.release)
	input.evidence.source.release == input.release
}

failing.soak contains sentence if {
	is_string(input.evidence.source.release)
	not runs_in_source
	sentence := sprintf(
		"%s runs release %s, not %s: `mlops-infra up --env %s` deploys what its stack file says",
		[input.source, short(input.evidence.source.release), short(input.release), input.source],
	)
}

failing.soak contains sentence if {
	runs_in_source
	is_number(input.required.soak_seconds)
	is_number(input.evidence.source.soaked_seconds)
	missing := input.required.soak_seconds - input.evidence.source.soaked_seconds
	missing > 0
	sentence := sprintf(
		"release %s has run in %s for %s of %s; wait %s, then promote again%s",
		[
			short(input.release), input.source, span(input.evidence.source.soaked_seconds),
			span(input.required.soak_seconds), span(missing), simulated,
		],
	)
}

# METADATA
# description: What shortens a soak where traffic is simulated.
default simulated := ""

simulated := sprintf(
	" (`mlops-infra sandbox simulate MODEL --for %s --env %s` stands in for traffic)",
	[span(input.required.soak_seconds), input.source],
) if {
	input.evidence.source.simulated == true
}

# The checks

passing contains "checks" if rollback

passing contains "checks" if {
	is_array(input.evidence.checks)
	is_array(input.required.checks)
	every name in input.required.checks { results(name) == ["pass"] }
}

# METADATA
# description: What came out of a check; two results of one name are one too many.
results(name) := [check.result | some check in input.evidence.checks; check.name == name]

failing.checks contains sentence if {
	is_array(input.evidence.checks)
	some name in input.required.checks
	results(name) != ["pass"]
	not name in {check.name | some check in input.evidence.checks}
	sentence := sprintf("check %s was not made: %s", [name, again])
}

failing.checks contains sentence if {
	some name in input.required.checks
	some check in input.evidence.checks
	check.name == name
	results(name) != ["pass"]
	sentence := sprintf(
		"check %s: %s (saw %s, asked for %s): `mlops-infra status --env %s` shows what runs; mend it, then promote again",
		[name, check.result, seen(check.observed), check.threshold, input.source],
	)
}

# METADATA
# description: What was seen, for people.
seen(observed) := observed if is_string(observed)

seen(observed) := "nothing" if not is_string(observed)

# The approvals

passing contains "approvals" if {
	is_array(input.evidence.approvals.counted)
	is_array(input.required.approvals)
	is_array(input.required.approvals_data)
	what_is_lost_is_known
	count(short_of) == 0
	not nobody_may_approve
}

# METADATA
# description: Whether the plan was looked at closely enough to know which approvals it takes.
what_is_lost_is_known if {
	is_array(input.evidence.changes.losses)
	input.evidence.changes.reversibility in {"reversible", "lossy", "irreversible"}
}

# METADATA
# description: The approvals that it takes. A promotion takes the step's, and those for data where some would be lost; a rollback the latter only.
demands contains {"place": place, "role": demand.role, "count": demand.count, "why": "approvals"} if {
	not rollback
	some place, demand in input.required.approvals
}

demands contains {"place": place, "role": demand.role, "count": demand.count, "why": "data"} if {
	data_at_risk
	some place, demand in input.required.approvals_data
}

# METADATA
# description: Whether data would be lost, or a rollback cannot bring everything back.
data_at_risk if {
	is_array(input.evidence.changes.losses)
	count(input.evidence.changes.losses) > 0
}

data_at_risk if {
	rollback
	input.evidence.changes.reversibility != "reversible"
}

# METADATA
# description: Whether a rollback that nothing can undo would take nobody's approval.
nobody_may_approve if {
	rollback
	input.evidence.changes.reversibility == "irreversible"
	count(input.required.approvals_data) == 0
}

# METADATA
# description: The roles that must approve, sorted.
roles := sort({demand.role | some demand in demands})

# METADATA
# description: >-
#   Sets of roles for which too few different people stand. One person counts once, for one role, so that for every set of roles there must be
#   as many people with one of them as the set asks for (Hall, "On representatives of subsets", 1935): exactly then each demand has people of its own.
short_of contains {"roles": chosen, "wanted": wanted, "found": found} if {
	some number in numbers.range(1, bits.lsh(1, count(roles)) - 1)
	chosen := {role | some place, role in roles; bits.and(number, bits.lsh(1, place)) > 0}
	wanted := sum([demand.count | some demand in demands; demand.role in chosen])
	found := count({approval.person |
		some approval in input.evidence.approvals.counted
		is_string(approval.person)
		some role in approval.roles
		role in chosen
	})
	found < wanted
}

failing.approvals contains sentence if {
	what_is_lost_is_known
	is_array(input.evidence.approvals.counted)
	some gap in short_of
	not smaller_gap(gap)
	sentence := sprintf(
		"%d of %d approvals by %s%s: `mlops-infra approve %s`",
		[gap.found, gap.wanted, concat(" and ", sort(gap.roles)), together(gap.roles), short(input.receipt)],
	)
}

failing.approvals contains sentence if {
	what_is_lost_is_known
	nobody_may_approve
	sentence := concat(" ", [
		"a rollback that nothing can undo takes an approval of its own:",
		"say in stacks/pipeline.yaml, under blast_radius.data_replacements, who may give it",
	])
}

failing.approvals contains sprintf("would be lost: %s", [loss]) if {
	what_is_lost_is_known
	data_not_approved
	some loss in input.evidence.changes.losses
}

# METADATA
# description: Whether data is at risk and approvals are missing.
data_not_approved if nobody_may_approve

data_not_approved if {
	data_at_risk
	count(short_of) > 0
}

failing.approvals contains sprintf("does not count: %s", [reason]) if {
	count(short_of) > 0
	some reason in input.evidence.approvals.refused
}

# METADATA
# description: Whether a smaller set of roles says the same.
smaller_gap(gap) if {
	some other in short_of
	other.roles != gap.roles
	object.subset(gap.roles, other.roles)
}

# METADATA
# description: Several roles need several people.
together(chosen) := " (different people)" if count(chosen) > 1

together(chosen) := "" if count(chosen) == 1

# Freeze windows

passing contains "freeze" if rollback

passing contains "freeze" if input.evidence.frozen == []

failing.freeze contains sentence if {
	not rollback
	some window in input.evidence.frozen
	sentence := sprintf("nothing moves during %s, until %s: promote again then", [window.name, window.until])
}

# Drift

passing contains "drift" if rollback

passing contains "drift" if input.required.drift_free == false

passing contains "drift" if {
	input.evidence.drift.source == 0
	input.evidence.drift.target == 0
}

failing.drift contains sentence if {
	input.required.drift_free != false
	some side, name in {"source": input.source, "target": input.environment}
	number := input.evidence.drift[side]
	number > 0
	sentence := sprintf(
		"%d resources of %s differ from what was deployed: `mlops-infra drift --env %s` shows them, `mlops-infra up --env %s` mends them",
		[number, name, name, name],
	)
}

# The blast radius

passing contains "blast_radius" if rollback

passing contains "blast_radius" if {
	is_number(input.required.changes)
	is_number(input.evidence.changes.total)
	input.evidence.changes.total <= input.required.changes
}

failing.blast_radius contains sentence if {
	is_number(input.required.changes)
	input.evidence.changes.total > input.required.changes
	sentence := sprintf(
		"%d resources would change, %d at most may: promote in smaller steps, or raise blast_radius.changes in stacks/pipeline.yaml",
		[input.evidence.changes.total, input.required.changes],
	)
}

# The trust files

# METADATA
# description: The roles whose people may change who approves what.
guardians := {"platform-admin", "release-approver", "compliance-officer"}

# METADATA
# description: Guardians who approved the receipt.
agreeing contains approval.person if {
	some approval in input.evidence.approvals.counted
	is_string(approval.person)
	some role in approval.roles
	role in guardians
}

passing contains "trust" if input.evidence.trust.changed == []

passing contains "trust" if {
	is_array(input.evidence.trust.changed)
	is_number(input.evidence.trust.quorum)
	input.evidence.trust.quorum >= 1
	count(agreeing) >= input.evidence.trust.quorum
}

failing.trust contains sentence if {
	is_array(input.evidence.trust.changed)
	count(input.evidence.trust.changed) > 0
	is_number(input.evidence.trust.quorum)
	count(agreeing) < input.evidence.trust.quorum
	sentence := sprintf(
		"%s changed: %d of %d approvals by people of the recorded version: `mlops-infra approve %s`, or undo the change",
		[concat(", ", sort(input.evidence.trust.changed)), count(agreeing), input.evidence.trust.quorum, short(input.receipt)],
	)
}

# METADATA
# description: An id as people see it.
short(digest) := substring(digest, 0, 12)

# METADATA
# description: Seconds as an ISO 8601 duration.
span(seconds) := sprintf("PT%dS", [seconds]) if seconds < 120

span(seconds) := sprintf("PT%dM", [ceil(seconds / 60)]) if seconds >= 120
