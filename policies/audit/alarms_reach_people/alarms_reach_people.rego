# METADATA
# title: "Alarms reach somebody"
# description: >-
#   An alarm that nobody gets is a security incident that nobody answers.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-013
#   severity: high
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(6)(ii)"
#     - "GDPR Art. 33(1)"
#   remediation: >-
#     List at least one address in `monitoring.alert_emails`.
#   stack_key: "monitoring.alert_emails"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:sns/topic:Topic", "aws:cloudwatch/metricAlarm:MetricAlarm"]
#   on_unknown: defer
package mlops.audit.alarms_reach_people

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some topic in lib.of_type("aws:sns/topic:Topic")
	count(lib.sources(topic, "aws:sns/topicSubscription:TopicSubscription", "topic")) == 0
	finding := object.union(
		lib.fail(topic, ["name"], "nobody is told of alarms"),
		{"key": ["monitoring", "alert_emails"]},
	)
}

findings contains lib.fail(alarm, ["alarmActions"], "the alarm tells nobody") if {
	some alarm in lib.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
	count(lib.list(alarm, ["alarmActions"])) == 0
}
