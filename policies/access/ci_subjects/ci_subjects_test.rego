package mlops.access.ci_subjects_test

import data.mlops.access.ci_subjects as rule
import data.mlops.lib.testing as t

judged(subject) := result if result := rule.findings with input as t.with_config([], {"aws": {"ci": {"subjects": [subject]}}})

test_exact if t.none(judged("repo:meridian-health/ml-platform:environment:staging"))

test_star if t.at(judged("repo:meridian-health/*"), [["aws", "ci", "subjects", 0]])

test_question_mark if t.at(judged("repo:meridian-health/ml-platform?"), [["aws", "ci", "subjects", 0]])

test_pull_request if t.at(judged("repo:meridian-health/ml-platform:pull_request"), [["aws", "ci", "subjects", 0]])

test_no_pipeline if t.none(rule.findings) with input as t.with_config([], {"aws": {"ci": null}})
