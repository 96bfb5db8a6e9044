package mlops.access.somebody_audits_test

import data.mlops.access.somebody_audits as rule
import data.mlops.lib.testing as t

judged(access) := result if result := rule.findings with input as t.with_config([], {"access": access})

test_somebody if t.none(judged([{"role": "auditor", "groups": ["a"]}]))

test_nobody if t.at(judged([{"role": "platform-admin", "groups": ["a"]}]), [["access"]])

test_nobody_at_all if t.at(judged([]), [["access"]])
