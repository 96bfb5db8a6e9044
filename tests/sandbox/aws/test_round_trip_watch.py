"""Round trips of what watches: logs, alarms, notifications, the trail, budgets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_round_trip import Example, World, live

pytestmark = pytest.mark.sandbox

TAGS = {"owner": "platform", "environment": "unit"}
OTHER = {"owner": "ml", "more": "yes"}


def listed(tags: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def log_group(boto: Any, state: Any) -> Any:
    logs = boto("logs")
    found = logs.describe_log_groups(logGroupNamePrefix=state["name"])["logGroups"][0]
    return [found.get("retentionInDays"), logs.list_tags_for_resource(resourceArn=state["arn"])["tags"]]


def alarm(boto: Any, state: Any) -> Any:
    cloudwatch = boto("cloudwatch")
    found = cloudwatch.describe_alarms(AlarmNames=[state["name"]])["MetricAlarms"][0]
    tags = cloudwatch.list_tags_for_resource(ResourceARN=state["arn"])["Tags"]
    return [found["Threshold"], found["Dimensions"], listed(tags)]


def alarm_inputs(world: World) -> dict[str, Any]:
    return {
        "name": world.named("alarm"),
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 3,
        "metricName": "CPUUtilization",
        "namespace": "AWS/RDS",
        "period": 300,
        "statistic": "Average",
        "threshold": 80.5,
        "dimensions": {"DBInstanceIdentifier": "mlflow"},
        "alarmActions": ["arn:aws:sns:eu-central-1:111100000099:alarms"],
        "alarmDescription": "busy",
        "tags": TAGS,
    }


DIMENSIONS = [{"Name": "DBInstanceIdentifier", "Value": "mlflow"}]


def lower(boto: Any, state: Any) -> Any:
    boto("cloudwatch").put_metric_alarm(
        AlarmName=state["name"],
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=3,
        MetricName="CPUUtilization",
        Namespace="AWS/RDS",
        Period=300,
        Statistic="Average",
        Threshold=1,
        Dimensions=DIMENSIONS,
        AlarmActions=state["alarmActions"],
        AlarmDescription="busy",
        TreatMissingData="missing",
        Tags=[{"Key": key, "Value": value} for key, value in state["tags"].items()],
    )


def topic(boto: Any, state: Any) -> Any:
    sns = boto("sns")
    found = sns.get_topic_attributes(TopicArn=state["arn"])["Attributes"]
    return [found["DisplayName"], listed(sns.list_tags_for_resource(ResourceArn=state["arn"])["Tags"])]


def publish(topic_arn: str, sid: str) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic_arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def topic_policy(boto: Any, state: Any) -> Any:
    found = boto("sns").get_topic_attributes(TopicArn=state["arn"])["Attributes"]["Policy"]
    return json.loads(found)["Statement"][0]["Sid"]


def topic_policy_inputs(world: World) -> dict[str, Any]:
    arn = world.topic()
    return {"arn": arn, "policy": publish(arn, "one")}


def subscription(boto: Any, state: Any) -> Any:
    found = boto("sns").get_subscription_attributes(SubscriptionArn=state["arn"])["Attributes"]
    return [found["Protocol"], found["Endpoint"], found["RawMessageDelivery"]]


def trail_inputs(world: World) -> dict[str, Any]:
    return {
        "name": world.named("trail"),
        "s3BucketName": world.bucket(),
        "isMultiRegionTrail": True,
        "enableLogFileValidation": True,
        "kmsKeyId": world.key,
        "eventSelectors": [
            {
                "readWriteType": "All",
                "includeManagementEvents": True,
                "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::phi/"]}],
            }
        ],
        "tags": TAGS,
    }


def trail(boto: Any, state: Any) -> Any:
    cloudtrail = boto("cloudtrail")
    found = cloudtrail.get_trail(Name=state["arn"])["Trail"]
    selectors = cloudtrail.get_event_selectors(TrailName=state["arn"])["EventSelectors"]
    tags = cloudtrail.list_tags(ResourceIdList=[state["arn"]])["ResourceTagList"][0]["TagsList"]
    return [
        found["LogFileValidationEnabled"],
        cloudtrail.get_trail_status(Name=state["arn"])["IsLogging"],
        selectors[0]["ReadWriteType"],
        listed(tags),
    ]


def budget(boto: Any, state: Any) -> Any:
    budgets = boto("budgets")
    found = budgets.describe_budget(AccountId="111100000099", BudgetName=state["name"])["Budget"]
    told = budgets.describe_notifications_for_budget(AccountId="111100000099", BudgetName=state["name"])
    return [float(found["BudgetLimit"]["Amount"]), [item["Threshold"] for item in told["Notifications"]]]


def notification(threshold: int) -> dict[str, Any]:
    return {
        "comparisonOperator": "GREATER_THAN",
        "notificationType": "ACTUAL",
        "threshold": threshold,
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": ["ml@example.org"],
    }


def budget_inputs(world: World) -> dict[str, Any]:
    return {
        "name": world.named("budget"),
        "budgetType": "COST",
        "timeUnit": "MONTHLY",
        "limitAmount": "1000",
        "limitUnit": "USD",
        "costFilters": [{"name": "TagKeyValue", "values": ["user:team$fraud"]}],
        "notifications": [notification(80)],
        "tags": TAGS,
    }


EXAMPLES = (
    Example(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda world: {"name": world.named("/logs"), "retentionInDays": 30, "kmsKeyId": world.key, "tags": TAGS},
        log_group,
        [30, TAGS],
        {"retentionInDays": 90, "tags": OTHER},
        [90, OTHER],
        lambda boto, state: boto("logs").delete_retention_policy(logGroupName=state["name"]),
        "retentionInDays",
    ),
    Example(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        alarm_inputs,
        alarm,
        [80.5, DIMENSIONS, TAGS],
        {"threshold": 90, "tags": OTHER},
        [90, DIMENSIONS, OTHER],
        lower,
        "threshold",
    ),
    Example(
        "aws:sns/topic:Topic",
        lambda world: {"name": world.named("topic"), "displayName": "one", "kmsMasterKeyId": world.key, "tags": TAGS},
        topic,
        ["one", TAGS],
        {"displayName": "two", "tags": OTHER},
        ["two", OTHER],
        lambda boto, state: boto("sns").set_topic_attributes(
            TopicArn=state["arn"], AttributeName="DisplayName", AttributeValue="three"
        ),
        "displayName",
    ),
    Example(
        "aws:sns/topicPolicy:TopicPolicy",
        topic_policy_inputs,
        topic_policy,
        "one",
        drift=lambda boto, state: boto("sns").set_topic_attributes(
            TopicArn=state["arn"], AttributeName="Policy", AttributeValue=publish(state["arn"], "three")
        ),
        drifts="policy",
        outlives=True,
    ),
    Example(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda world: {"topic": world.topic(), "protocol": "email", "endpoint": "oncall@example.org"},
        subscription,
        ["email", "oncall@example.org", "false"],
        {"rawMessageDelivery": True},
        ["email", "oncall@example.org", "true"],
        lambda boto, state: boto("sns").set_subscription_attributes(
            SubscriptionArn=state["arn"], AttributeName="RawMessageDelivery", AttributeValue="false"
        ),
        "rawMessageDelivery",
    ),
    Example(
        "aws:cloudtrail/trail:Trail",
        trail_inputs,
        trail,
        [True, True, "All", TAGS],
        {"enableLogFileValidation": False, "tags": OTHER},
        [False, True, "All", OTHER],
        lambda boto, state: boto("cloudtrail").stop_logging(Name=state["arn"]),
        "enableLogging",
    ),
    Example(
        "aws:budgets/budget:Budget",
        budget_inputs,
        budget,
        [1000.0, [80.0]],
        {"limitAmount": "2000", "notifications": [notification(90), notification(100)], "tags": OTHER},
        [2000.0, [90.0, 100.0]],
        lambda boto, state: boto("budgets").untag_resource(ResourceARN=state["arn"], ResourceTagKeys=["owner"]),
        "tags",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_round_trip_of_watching_type(aws_world: World, example: Example) -> None:
    live(aws_world, example)
