package mlops.encryption.key_deletion_window_test

import data.mlops.encryption.key_deletion_window as rule
import data.mlops.lib.testing as t

key(days) := t.res("k", "aws:kms/key:Key", {"deletionWindowInDays": days})

test_two_weeks if t.none(rule.findings) with input as t.doc([key(14)])

test_less if t.at(rule.findings, [["deletionWindowInDays"]]) with input as t.doc([key(13)])

test_unknown if t.unclear(rule.findings, ["k"]) with input as t.doc([key(t.unknown)])
