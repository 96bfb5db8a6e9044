package mlops.model.readable_card_test

import data.mlops.lib.testing as t
import data.mlops.model.readable_card as rule

judged(record) := result if result := rule.findings with input as t.with_config([], {"models": [{"name": "m", "record": record}]})

located(location) := judged({"risk_class": "high", "card": {"location": location}})

test_readable if {
	every location in ["cards/m.md", "m.PDF", "https://x.example/m/card.html", "https://x.example/m/card", "a/card.txt", "a.htm"] {
		t.none(located(location))
	}
}

test_for_machines if {
	every location in ["cards/m.json", "https://x.example/m/card.yaml", "m.bin", "cards/m", "https://x.example/m.xml/"] {
		t.at(located(location), [["models", "m", "record", "card", "location"]])
	}
}

test_no_card if t.at(judged({"risk_class": "high", "card": null}), [["models", "m", "record", "card"]])

test_not_said if t.at(judged({"risk_class": "high"}), [["models", "m", "record", "card"]])

test_limited if {
	t.none(judged({"risk_class": "limited", "card": null}))
	t.none(judged({"risk_class": "limited", "card": {"location": "m.json"}}))
}
