package mlops.pii.transfer_mechanism_test

import data.mlops.lib.testing as t
import data.mlops.pii.transfer_mechanism as rule

judged(class, region, mechanism) := result if {
	result := rule.findings with input as t.with_config([], {"datasets": [{
		"name": "claims", "classification": class, "transfer": {"to": [region], "mechanism": mechanism},
	}]})
}

path := ["datasets", "claims", "transfer", "mechanism"]

test_clauses if t.none(judged("phi", "us-east-1", "standard-contractual-clauses"))

test_derogation if t.at(judged("pii", "us-east-1", "derogation"), [path])

test_adequacy_of_no_country if t.at(judged("phi", "us-east-1", "adequacy"), [path])

test_adequacy if {
	every region in ["eu-west-2", "eu-central-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "il-central-1"] {
		t.none(judged("phi", region, "adequacy"))
		t.at(judged("phi", region, "derogation"), [path])
	}
}

test_inside_of_europe if t.none(judged("phi", "eu-west-1", "derogation"))

test_sovereign_cloud if t.none(judged("phi", "eusc-de-east-1", "adequacy"))

test_not_personal if t.none(judged("internal", "us-east-1", "derogation"))

test_no_transfer if {
	t.none(rule.findings) with input as t.with_config([], {"datasets": [{"name": "x", "classification": "phi", "transfer": null}]})
}
