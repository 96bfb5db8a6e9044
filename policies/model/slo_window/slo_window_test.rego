package mlops.model.slo_window_test

import data.mlops.lib.testing as t
import data.mlops.model.slo_window as rule

judged(window) := result if result := rule.findings with input as t.with_config([], {"models": [{"name": "m", "slo": {"window": window}}]})

test_short if {
	every window in ["PT30M", "PT1H", "PT24H", "P1D", "PT23H59M60S"] { t.none(judged(window)) }
}

test_long if {
	every window in ["P2D", "P1W", "P1DT1S", "PT25H", "PT1440M1S"] { t.at(judged(window), [["models", "m", "slo", "window"]]) }
}
