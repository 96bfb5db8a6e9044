package mlops.audit.alarms_reach_people_test

import data.mlops.audit.alarms_reach_people as rule
import data.mlops.lib.testing as t

topic := t.res("s", "aws:sns/topic:Topic", {"name": "alerts"})

subscription := t.ref("u", "aws:sns/topicSubscription:TopicSubscription", {}, {"topic": "s"})

alarm(actions) := t.res("a", "aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": actions})

test_somebody if t.none(rule.findings) with input as t.doc([topic, subscription, alarm(["arn"])])

test_nobody if t.fails(rule.findings, ["s"]) with input as t.doc([topic])

test_names_the_key if {
	{finding.key | some finding in rule.findings} == {["monitoring", "alert_emails"]} with input as t.doc([topic])
}

test_no_action if t.at(rule.findings, [["alarmActions"]]) with input as t.doc([alarm([])])
