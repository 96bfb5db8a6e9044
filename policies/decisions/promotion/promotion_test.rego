package mlops.decisions.promotion_test

import data.mlops.decisions.promotion

release := "aaaaaaaaaaaaaaaaaaaaaaaa"

receipt := "bbbbbbbbbbbbbbbbbbbbbbbb"

# A promotion to prod for which everything holds.
whole := {
	"version": 1,
	"kind": "promotion",
	"environment": "prod",
	"source": "staging",
	"release": release,
	"receipt": receipt,
	"required": {
		"fail_on": "high",
		"soak_seconds": 1800,
		"checks": ["latency", "errors"],
		"approvals": [{"role": "release-approver", "count": 1}, {"role": "compliance-officer", "count": 1}],
		"approvals_data": [{"role": "compliance-officer", "count": 1}],
		"freeze": true,
		"drift_free": true,
		"changes": 10,
	},
	"evidence": {
		"release": {"standing": "ready", "reason": null},
		"verdict": {
			"result": "pass", "judged": true, "deferred": 0, "problem": null,
			"failures": {"critical": 0, "high": 0, "medium": 0, "low": 0},
		},
		"source": {"release": release, "soaked_seconds": 1800, "simulated": true},
		"checks": [check("latency", "pass"), check("errors", "pass")],
		"approvals": {
			"counted": [
				{"person": "ada", "roles": ["release-approver"]},
				{"person": "cleo", "roles": ["compliance-officer", "auditor"]},
			],
			"refused": [],
		},
		"frozen": [],
		"drift": {"source": 0, "target": 0},
		"changes": {"total": 3, "losses": [], "reversibility": "reversible"},
		"trust": {"changed": [], "quorum": 2},
	},
}

check(name, result) := {"name": name, "result": result, "observed": "0.5", "threshold": "<= 1"}

with_evidence(changes) := object.union(whole, {"evidence": changes})

with_required(changes) := object.union(whole, {"required": changes})

rolling_back(changes) := object.union(whole, {"kind": "rollback", "source": null, "evidence": changes})

# The gate of a decision, as its result and what is missing.
gate(answer, name) := [found | some found in answer.gates; found.name == name][0]

blocks(document, name, result, sentence) if {
	answer := promotion.decision with input as document
	answer.allow == false
	found := gate(answer, name)
	found.result == result
	some told in found.missing
	contains(told, sentence)
	{other.name | some other in answer.gates; other.result != "pass"} == {name}
}

test_all_holds if {
	answer := promotion.decision with input as whole
	answer.allow == true
	{found.result | some found in answer.gates} == {"pass"}
	[found.name | some found in answer.gates] == promotion.names
	answer.receipt == receipt
	answer.environment == "prod"
	answer.version == 1
}

test_nothing_known if {
	answer := promotion.decision with input as object.union(whole, {"evidence": null, "required": null})
	answer.allow == false
	{found.result | some found in answer.gates} == {"unknown"}
	every found in answer.gates { count(found.missing) == 1 }
}

test_nothing_known_of_a_rollback if {
	document := object.union(whole, {"kind": "rollback", "source": null, "evidence": null, "required": null})
	answer := promotion.decision with input as document
	answer.allow == false
	contains(gate(answer, "release").missing[0], "mlops-infra rollback --env prod")
	{found.name | some found in answer.gates; found.result == "unknown"} == {"release", "policies", "approvals", "trust"}
}

test_release_held if {
	document := with_evidence({"release": {"standing": "held", "reason": "audit"}})
	blocks(document, "release", "fail", "held (audit): `mlops-infra release unhold aaaaaaaaaaaa")
}

test_release_held_for_no_known_reason if {
	blocks(with_evidence({"release": {"standing": "held", "reason": null}}), "release", "fail", "aaaaaaaaaaaa is held: ")
}

test_release_rejected if {
	blocks(with_evidence({"release": {"standing": "rejected", "reason": "slow"}}), "release", "fail", "deploy a mended one")
}

test_release_unheard_of if blocks(with_evidence({"release": null}), "release", "unknown", "was not observed")

test_grave_findings if {
	document := with_evidence({"verdict": {"result": "fail", "failures": {"high": 2}}})
	blocks(document, "policies", "fail", "2 findings of severity high: `mlops-infra check --env prod`")
}

test_light_findings_are_let_through if {
	answer := promotion.decision with input as with_evidence({"verdict": {"result": "fail", "failures": {"low": 2}}})
	answer.allow == true
}

test_deferred_findings_are_let_through if {
	answer := promotion.decision with input as with_evidence({"verdict": {"result": "unknown", "deferred": 2}})
	answer.allow == true
}

test_not_judged if {
	document := with_evidence({"verdict": {"result": "fail", "judged": false, "problem": "OPA is not there"}})
	blocks(document, "policies", "fail", "nothing could be judged (OPA is not there)")
}

test_failure_without_findings if blocks(with_evidence({"verdict": {"result": "fail"}}), "policies", "unknown", "were not asked")

test_severity_not_counted if {
	document := with_evidence({"verdict": {"failures": {"low": null}}})
	blocks(document, "policies", "unknown", "were not asked")
}

test_severity_unheard_of if blocks(with_required({"fail_on": "grave"}), "policies", "unknown", "were not asked")

test_other_release_in_source if {
	blocks(with_evidence({"source": {"release": "cccccccccccccccc"}}), "soak", "fail", "staging runs release cccccccccccc, not aaaaaaaaaaaa")
}

test_soak_too_short if {
	document := with_evidence({"source": {"soaked_seconds": 60}})
	blocks(document, "soak", "fail", "for PT60S of PT30M; wait PT29M, then promote again (`mlops-infra sandbox simulate")
}

test_soak_too_short_in_the_cloud if {
	document := with_evidence({"source": {"soaked_seconds": 60, "simulated": false}})
	blocks(document, "soak", "fail", "then promote again")
	not blocks(document, "soak", "fail", "simulate")
}

test_soak_unknown if blocks(with_evidence({"source": {"soaked_seconds": null}}), "soak", "unknown", "was not observed")

test_check_fails if {
	document := with_evidence({"checks": [check("latency", "fail"), check("errors", "pass")]})
	blocks(document, "checks", "fail", "check latency: fail (saw 0.5, asked for <= 1)")
}

test_check_saw_nothing if {
	nothing := object.union(check("latency", "unknown"), {"observed": null})
	document := with_evidence({"checks": [nothing, check("errors", "pass")]})
	blocks(document, "checks", "fail", "check latency: unknown (saw nothing")
}

test_check_not_made if blocks(with_evidence({"checks": [check("latency", "pass")]}), "checks", "fail", "check errors was not made")

test_checks_not_made if blocks(with_evidence({"checks": null}), "checks", "unknown", "were not made")

test_one_approval_of_two if {
	document := with_evidence({"approvals": {"counted": [{"person": "ada", "roles": ["release-approver"]}], "refused": ["ada approved already"]}})
	blocks(document, "approvals", "fail", "0 of 1 approvals by compliance-officer: `mlops-infra approve bbbbbbbbbbbb`")
	blocks(document, "approvals", "fail", "does not count: ada approved already")
}

test_one_person_in_two_roles if {
	both := {"person": "ada", "roles": ["release-approver", "compliance-officer"]}
	document := with_evidence({"approvals": {"counted": [both]}})
	blocks(document, "approvals", "fail", "1 of 2 approvals by compliance-officer and release-approver (different people)")
}

test_one_person_twice if {
	one := {"person": "ada", "roles": ["release-approver"]}
	document := object.union(
		with_required({"approvals": [{"role": "release-approver", "count": 2}]}),
		{"evidence": {"approvals": {"counted": [one, one]}}},
	)
	blocks(document, "approvals", "fail", "1 of 2 approvals by release-approver")
}

test_approvals_not_asked_for if {
	document := object.union(with_required({"approvals": []}), {"evidence": {"approvals": {"counted": []}}})
	answer := promotion.decision with input as document
	answer.allow == true
}

test_lost_data_takes_more if {
	document := with_evidence({"changes": {"losses": ["delete claims"], "reversibility": "irreversible"}})
	blocks(document, "approvals", "fail", "1 of 2 approvals by compliance-officer")
}

test_what_is_lost_is_unknown if blocks(with_evidence({"changes": {"losses": null}}), "approvals", "unknown", "were not looked at")

test_frozen if {
	document := with_evidence({"frozen": [{"name": "weekend", "until": "2026-11-30T07:00:00+00:00"}]})
	blocks(document, "freeze", "fail", "nothing moves during weekend, until 2026-11-30T07:00:00+00:00")
}

test_freeze_unknown if blocks(with_evidence({"frozen": null}), "freeze", "unknown", "were not looked at")

test_drift if {
	document := with_evidence({"drift": {"target": 1}})
	blocks(document, "drift", "fail", "1 resources of prod differ from what was deployed: `mlops-infra drift --env prod`")
}

test_drift_not_asked_for if {
	document := object.union(with_required({"drift_free": false}), {"evidence": {"drift": {"source": null, "target": 1}}})
	answer := promotion.decision with input as document
	answer.allow == true
}

test_drift_unknown if blocks(with_evidence({"drift": {"source": null}}), "drift", "unknown", "nobody looked")

test_too_many_changes if {
	blocks(with_evidence({"changes": {"total": 11}}), "blast_radius", "fail", "11 resources would change, 10 at most")
}

test_changes_unknown if blocks(with_evidence({"changes": {"total": null}}), "blast_radius", "unknown", "was not observed")

test_trust_changed if {
	document := with_evidence({"trust": {"changed": ["access.yaml"], "quorum": 3}})
	blocks(document, "trust", "fail", "access.yaml changed: 2 of 3 approvals by people of the recorded version")
}

test_trust_change_agreed if {
	answer := promotion.decision with input as with_evidence({"trust": {"changed": ["access.yaml"], "quorum": 2}})
	answer.allow == true
}

test_trust_unknown if blocks(with_evidence({"trust": {"changed": null}}), "trust", "unknown", "were not compared")

test_rollback_waits_for_little if {
	document := rolling_back({
		"source": null, "checks": null, "drift": null, "approvals": {"counted": [], "refused": []},
		"frozen": [{"name": "weekend", "until": "x"}], "changes": {"total": 500},
	})
	answer := promotion.decision with input as document
	answer.allow == true
}

test_lossy_rollback if {
	document := rolling_back({"approvals": {"counted": []}, "changes": {"reversibility": "lossy"}})
	blocks(document, "approvals", "fail", "0 of 1 approvals by compliance-officer")
}

test_irreversible_rollback if {
	lost := ["delete claims: the bucket's objects are deleted with it"]
	document := rolling_back({"approvals": {"counted": []}, "changes": {"losses": lost, "reversibility": "irreversible"}})
	blocks(document, "approvals", "fail", "0 of 1 approvals by compliance-officer")
	blocks(document, "approvals", "fail", "would be lost: delete claims: the bucket's objects are deleted with it")
	approved := object.union(document, {"evidence": {"approvals": whole.evidence.approvals}})
	answer := promotion.decision with input as approved
	answer.allow == true
}

test_irreversible_rollback_that_nobody_may_approve if {
	document := object.union(
		rolling_back({"changes": {"losses": ["delete claims: gone"], "reversibility": "irreversible"}}),
		{"required": {"approvals_data": []}},
	)
	blocks(document, "approvals", "fail", "under blast_radius.data_replacements")
	blocks(document, "approvals", "fail", "would be lost: delete claims: gone")
	lossy := object.union(document, {"evidence": {"changes": {"reversibility": "lossy"}}})
	answer := promotion.decision with input as lossy
	answer.allow == true
}

# Documents in which each gate fails, beside the one in which all pass.
documents contains whole

documents contains object.union(whole, {"kind": "rollback", "source": null})

documents contains rolling_back({"changes": {"losses": ["delete claims"], "reversibility": "irreversible"}})

documents contains with_evidence(changes) if {
	some changes in [
		{"release": {"standing": "held", "reason": "audit"}},
		{"verdict": {"result": "fail", "failures": {"critical": 1, "low": 1}}},
		{"verdict": {"result": "fail", "judged": false, "problem": "x"}},
		{"source": {"release": "other"}},
		{"source": {"soaked_seconds": 1}},
		{"checks": [check("latency", "fail"), check("errors", "pass"), check("more", "fail")]},
		{"approvals": {"counted": [{"person": "ada", "roles": ["release-approver"]}], "refused": ["x"]}},
		{"frozen": [{"name": "w", "until": "u"}]},
		{"drift": {"source": 1, "target": 2}},
		{"changes": {"total": 11, "losses": ["delete claims"], "reversibility": "irreversible"}},
		{"trust": {"changed": ["access.yaml"], "quorum": 3}},
	]
}

# Whatever was observed, not having observed a part of it opens no gate. What is left out is a whole value, not an entry of a list:
# a list of troubles with one entry less is another observation.
test_less_evidence_opens_no_gate if {
	every document in documents {
		before := promotion.passing with input as document
		every path in {path | walk(document.evidence, [path, _]); count(path) > 0; every step in path { is_string(step) }} {
			absent := json.remove(document, [array.concat(["evidence"], path)])
			opened := promotion.passing with input as absent
			count(opened - before) == 0
			unknown := json.patch(document, [{"op": "replace", "path": array.concat(["evidence"], path), "value": null}])
			revealed := promotion.passing with input as unknown
			count(revealed - before) == 0
		}
	}
}

test_less_of_what_is_asked_for_opens_no_gate if {
	every document in documents {
		before := promotion.passing with input as document
		every key in object.keys(document.required) {
			opened := promotion.passing with input as json.remove(document, [["required", key]])
			count(opened - before) == 0
			revealed := promotion.passing with input as object.union(document, {"required": {key: null}})
			count(revealed - before) == 0
		}
	}
}
