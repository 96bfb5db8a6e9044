package mlops.model.released_version_test

import data.mlops.lib.testing as t
import data.mlops.model.released_version as rule

judged(environment, version) := result if result := rule.findings with input as t.env_config(environment, [], {"models": [{"name": "m", "version": version}]})

at_the_key := [["models", "m", "version"]]

test_release if {
	every version in ["3.4.1", "v3.4.1", "3.4.1+build.7"] { t.none(judged("staging", version)) }
}

test_candidate if {
	every version in ["3.4.1-rc1", "3.4", "latest", "3.4.1.dev0", "x3.4.1"] { t.at(judged("staging", version), at_the_key) }
}

test_in_development if t.none(judged("dev", "latest"))
