"""Watching: log groups, alarms, notifications, the trail and budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mlops_infra.providers.aws.row import Call, Extra, Kind, Out, Prop, Row, TagForm, Tags, Update

_LOG_GROUP: Final = {"logGroupName": "{name}"}
_TOPIC: Final = {"TopicArn": "{id}"}
_SUBSCRIPTION: Final = {"SubscriptionArn": "{id}"}
_TRAIL: Final = {"Name": "{id}"}
_BUDGET: Final = {"AccountId": "{account}", "BudgetName": "{name}"}
_ARN_TAGS: Final = Tags(
    add=Call("tag_resource", {"ResourceARN": "{arn}", "Tags": "{tags}"}),
    remove=Call("untag_resource", {"ResourceARN": "{arn}", "TagKeys": "{keys}"}),
)


def _topic_attribute(prop: str, attribute: str) -> Update:
    call = {**_TOPIC, "AttributeName": attribute}
    return Update(
        (prop,),
        (Call("set_topic_attributes", {**call, "AttributeValue": f"{{{prop}|text}}"}),),
        off=(Call("set_topic_attributes", {**call, "AttributeValue": ""}),),
    )


def _subscription_attribute(prop: str, attribute: str) -> Update:
    return Update(
        (prop,),
        (
            Call(
                "set_subscription_attributes",
                {**_SUBSCRIPTION, "AttributeName": attribute, "AttributeValue": f"{{{prop}|text}}"},
            ),
        ),
    )


def send_cost_filters(filters: Any) -> Any:
    """Terraform's list of name and values to the API's map."""
    return {item["name"]: list(item["values"]) for item in filters}


def receive_cost_filters(filters: Any) -> Any:
    """The API's map to Terraform's list."""
    return [{"name": name, "values": values} for name, values in (filters or {}).items()]


def send_notifications(notifications: Any) -> Any:
    """Terraform's flat notifications to the API's pairs of notification and subscribers."""
    return [
        {
            "Notification": {
                "NotificationType": item["notificationType"],
                "ComparisonOperator": item["comparisonOperator"],
                "Threshold": float(item["threshold"]),
                "ThresholdType": item["thresholdType"],
            },
            "Subscribers": [
                *({"SubscriptionType": "EMAIL", "Address": to} for to in item.get("subscriberEmailAddresses") or []),
                *({"SubscriptionType": "SNS", "Address": to} for to in item.get("subscriberSnsTopicArns") or []),
            ],
        }
        for item in notifications
    ]


def send_dimensions(dimensions: Mapping[str, Any]) -> Any:
    """A map to CloudWatch's list of name and value."""
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def receive_dimensions(dimensions: Any) -> Any:
    """CloudWatch's list of name and value to a map."""
    return {item["Name"]: item["Value"] for item in dimensions or []}


ROWS: Final = (
    Row(
        token="aws:cloudwatch/logGroup:LogGroup",  # noqa: S106
        service="logs",
        id="{name}",
        id_parts="(?P<name>.+)",
        create=Call("create_log_group", _LOG_GROUP),
        read=Call(
            "describe_log_groups",
            {"logGroupNamePrefix": "{name}"},
            root="logGroups[?logGroupName=='{name}'] | [0]",
            paginate=True,
        ),
        delete=(Call("delete_log_group", _LOG_GROUP),),
        exists=("ResourceAlreadyExistsException",),
        gone=("ResourceNotFoundException",),
        props=(
            Prop("name", at="", read="logGroupName", replace=True, auto_name=512),
            Prop("kmsKeyId", kind=Kind.REFERENCE),
            Prop("logGroupClass", replace=True, computed=True),
            Prop("retentionInDays", at="", read="retentionInDays"),
            Prop("skipDestroy", local=True, default=False),
        ),
        extras=(
            Extra(
                "tags",
                Call(
                    "list_tags_for_resource",
                    {"resourceArn": "arn:{partition}:logs:{region}:{account}:log-group:{name}"},
                    root="tags",
                ),
            ),
        ),
        updates=(
            Update(
                ("retentionInDays",),
                (Call("put_retention_policy", {**_LOG_GROUP, "retentionInDays": "{retentionInDays}"}),),
                off=(Call("delete_retention_policy", _LOG_GROUP),),
                on_create=True,
                unless=0,
            ),
            Update(
                ("kmsKeyId",),
                (Call("associate_kms_key", {**_LOG_GROUP, "kmsKeyId": "{kmsKeyId}"}),),
                off=(Call("disassociate_kms_key", _LOG_GROUP),),
            ),
        ),
        tags=Tags(
            at="tags",
            form=TagForm.MAP,
            read="tags",
            add=Call("tag_resource", {"resourceArn": "{arn}", "tags": "{tags}"}),
            remove=Call("untag_resource", {"resourceArn": "{arn}", "tagKeys": "{keys}"}),
        ),
        outs=(Out("arn", None, "arn:{partition}:logs:{region}:{account}:log-group:{name}"),),
    ),
    Row(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",  # noqa: S106
        service="cloudwatch",
        id="{name}",
        id_parts="(?P<name>.+)",
        create=Call("put_metric_alarm", {"AlarmName": "{name}"}),
        read=Call("describe_alarms", {"AlarmNames": ["{name}"]}, root="MetricAlarms[0]"),
        delete=(Call("delete_alarms", {"AlarmNames": ["{name}"]}, tolerate=("ResourceNotFound",)),),
        gone=("ResourceNotFound",),
        upsert=True,
        props=(
            Prop("name", at="", read="AlarmName", replace=True, auto_name=255),
            Prop("alarmDescription"),
            Prop("comparisonOperator"),
            Prop("evaluationPeriods"),
            Prop("datapointsToAlarm"),
            Prop("metricName"),
            Prop("namespace"),
            Prop("period"),
            Prop("statistic"),
            Prop("extendedStatistic"),
            Prop("threshold"),
            Prop("unit"),
            Prop("treatMissingData", default="missing"),
            Prop("actionsEnabled", default=True),
            Prop("alarmActions", kind=Kind.SET),
            Prop("okActions", at="OKActions", kind=Kind.SET),
            Prop("insufficientDataActions", kind=Kind.SET),
            Prop("dimensions", kind=Kind.MAP, send=send_dimensions, receive=receive_dimensions),
        ),
        extras=(Extra("Tags", Call("list_tags_for_resource", {"ResourceARN": "{live.AlarmArn}"}, root="Tags")),),
        tags=_ARN_TAGS,
        outs=(Out("arn", "AlarmArn", "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"),),
    ),
    Row(
        token="aws:sns/topic:Topic",  # noqa: S106
        service="sns",
        id="arn:{partition}:sns:{region}:{account}:{name}",
        id_parts=r"arn:[^:]+:sns:[^:]+:\d+:(?P<name>.+)",
        create=Call("create_topic", {"Name": "{name}"}),
        read=Call("get_topic_attributes", _TOPIC, root="Attributes"),
        delete=(Call("delete_topic", _TOPIC),),
        gone=("NotFound", "NotFoundException"),
        props=(
            Prop("name", at="", read="", replace=True, auto_name=256),
            Prop("displayName", at="Attributes.DisplayName"),
            Prop("kmsMasterKeyId", at="Attributes.KmsMasterKeyId", kind=Kind.REFERENCE),
            Prop("policy", at="Attributes.Policy", kind=Kind.JSON, computed=True),
            Prop("deliveryPolicy", at="Attributes.DeliveryPolicy", kind=Kind.JSON),
            Prop("fifoTopic", at="", read="", replace=True, default=False),
        ),
        extras=(Extra("Tags", Call("list_tags_for_resource", {"ResourceArn": "{id}"}, root="Tags")),),
        updates=(
            _topic_attribute("displayName", "DisplayName"),
            _topic_attribute("kmsMasterKeyId", "KmsMasterKeyId"),
            _topic_attribute("policy", "Policy"),
            _topic_attribute("deliveryPolicy", "DeliveryPolicy"),
        ),
        tags=Tags(
            add=Call("tag_resource", {"ResourceArn": "{id}", "Tags": "{tags}"}),
            remove=Call("untag_resource", {"ResourceArn": "{id}", "TagKeys": "{keys}"}),
        ),
        outs=(
            Out("arn", "TopicArn", "arn:{partition}:sns:{region}:{account}:{name}"),
            Out("owner", "Owner", "{account}"),
        ),
    ),
    Row(
        token="aws:sns/topicPolicy:TopicPolicy",  # noqa: S106
        service="sns",
        id="{arn}",
        id_parts="(?P<arn>arn:.+)",
        create=Call("set_topic_attributes", {"TopicArn": "{arn}", "AttributeName": "Policy"}),
        read=Call("get_topic_attributes", {"TopicArn": "{arn}"}, root="Attributes"),
        # A topic always has a policy; without one of ours it is the owner's alone, as the official provider leaves it.
        delete=(
            Call(
                "set_topic_attributes",
                {"TopicArn": "{arn}", "AttributeName": "Policy", "AttributeValue": "{owner_policy}"},
                tolerate=("NotFound", "NotFoundException"),
            ),
        ),
        gone=("NotFound", "NotFoundException"),
        upsert=True,
        props=(
            Prop("arn", at="", read="TopicArn", replace=True),
            Prop("policy", at="AttributeValue", read="Policy", kind=Kind.JSON),
        ),
        outs=(Out("owner", "Owner", "{account}"),),
    ),
    Row(
        token="aws:sns/topicSubscription:TopicSubscription",  # noqa: S106
        service="sns",
        id="SubscriptionArn",
        create=Call("subscribe", {"ReturnSubscriptionArn": True}),
        read=Call("get_subscription_attributes", _SUBSCRIPTION, root="Attributes"),
        delete=(Call("unsubscribe", _SUBSCRIPTION, tolerate=("NotFound", "InvalidParameter")),),
        gone=("NotFound", "NotFoundException"),
        props=(
            Prop("topic", at="TopicArn", replace=True),
            Prop("protocol", replace=True),
            Prop("endpoint", replace=True),
            Prop("rawMessageDelivery", at="Attributes.RawMessageDelivery", default=False),
            Prop("filterPolicy", at="Attributes.FilterPolicy", kind=Kind.JSON),
        ),
        updates=(
            _subscription_attribute("rawMessageDelivery", "RawMessageDelivery"),
            _subscription_attribute("filterPolicy", "FilterPolicy"),
        ),
        outs=(
            Out("arn", None, "{id}"),
            Out("ownerId", "Owner", "{account}"),
            Out("pendingConfirmation", "PendingConfirmation == 'true'"),
        ),
    ),
    Row(
        token="aws:cloudtrail/trail:Trail",  # noqa: S106
        service="cloudtrail",
        id="TrailARN",
        id_parts="arn:.+:trail/(?P<name>.+)",
        create=Call("create_trail"),
        read=Call("get_trail", _TRAIL, root="Trail"),
        delete=(Call("delete_trail", {"Name": "{name}"}),),
        exists=("TrailAlreadyExistsException",),
        gone=("TrailNotFoundException",),
        props=(
            Prop("name", replace=True, auto_name=128),
            Prop("s3BucketName"),
            Prop("s3KeyPrefix"),
            Prop("snsTopicName"),
            Prop("includeGlobalServiceEvents", default=True),
            Prop("isMultiRegionTrail", default=False),
            Prop("isOrganizationTrail", default=False),
            Prop("enableLogFileValidation", read="LogFileValidationEnabled", default=False),
            Prop("cloudWatchLogsGroupArn", at="CloudWatchLogsLogGroupArn"),
            Prop("cloudWatchLogsRoleArn"),
            Prop("kmsKeyId", kind=Kind.REFERENCE),
            Prop("enableLogging", at="", read="Logging", default=True),
            Prop("eventSelectors", at="", read="Selectors.EventSelectors", computed=True),
            Prop("advancedEventSelectors", at="", read="Selectors.AdvancedEventSelectors", computed=True),
        ),
        extras=(
            Extra("Logging", Call("get_trail_status", _TRAIL, root="IsLogging")),
            Extra("Selectors", Call("get_event_selectors", {"TrailName": "{id}"})),
            Extra("TagsList", Call("list_tags", {"ResourceIdList": ["{id}"]}, root="ResourceTagList[0].TagsList")),
        ),
        updates=(
            Update(
                (
                    "s3BucketName",
                    "s3KeyPrefix",
                    "snsTopicName",
                    "includeGlobalServiceEvents",
                    "isMultiRegionTrail",
                    "isOrganizationTrail",
                    "enableLogFileValidation",
                    "cloudWatchLogsGroupArn",
                    "cloudWatchLogsRoleArn",
                    "kmsKeyId",
                ),
                (Call("update_trail", _TRAIL),),
                send=("*",),
            ),
            Update(
                ("eventSelectors",),
                (Call("put_event_selectors", {"TrailName": "{id}"}),),
                send=("eventSelectors",),
                on_create=True,
            ),
            Update(
                ("advancedEventSelectors",),
                (Call("put_event_selectors", {"TrailName": "{id}"}),),
                send=("advancedEventSelectors",),
                on_create=True,
            ),
            Update(
                ("enableLogging",),
                (Call("start_logging", _TRAIL),),
                off=(Call("stop_logging", _TRAIL),),
                on_create=True,
            ),
        ),
        tags=Tags(
            at="TagsList",
            read="TagsList",
            add=Call("add_tags", {"ResourceId": "{id}", "TagsList": "{tags}"}),
            remove=Call("remove_tags", {"ResourceId": "{id}", "TagsList": "{removed}"}),
        ),
        outs=(
            Out("arn", "TrailARN", "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}"),
            Out("homeRegion", None, "{region}"),
        ),
    ),
    Row(
        token="aws:budgets/budget:Budget",  # noqa: S106
        service="budgets",
        regional=False,
        id="{account}:{name}",
        id_parts="(?P<account>[0-9]{12}):(?P<name>.+)",
        create=Call(
            "create_budget",
            {"AccountId": "{account}", "Budget": {"BudgetName": "{name}"}},
        ),
        read=Call("describe_budget", _BUDGET, root="Budget"),
        delete=(Call("delete_budget", _BUDGET),),
        exists=("DuplicateRecordException",),
        gone=("NotFoundException",),
        props=(
            Prop("name", at="", read="BudgetName", replace=True, auto_name=100),
            Prop("budgetType", at="Budget.", replace=True),
            Prop("timeUnit", at="Budget."),
            Prop("limitAmount", at="Budget.BudgetLimit.Amount", read="BudgetLimit.Amount"),
            Prop("limitUnit", at="Budget.BudgetLimit.Unit", read="BudgetLimit.Unit"),
            Prop(
                "costFilters",
                at="Budget.CostFilters",
                read="CostFilters",
                kind=Kind.SET,
                send=send_cost_filters,
                receive=receive_cost_filters,
            ),
            Prop(
                "notifications",
                at="NotificationsWithSubscribers",
                read="Notifications",
                kind=Kind.SET,
                send=send_notifications,
            ),
        ),
        extras=(
            Extra(
                "Notifications",
                Call("describe_notifications_for_budget", _BUDGET, root="Notifications", paginate=True),
                step="budget_notifications",
            ),
            Extra(
                "ResourceTags",
                Call(
                    "list_tags_for_resource",
                    {"ResourceARN": "arn:{partition}:budgets::{account}:budget/{name}"},
                    root="ResourceTags",
                ),
            ),
        ),
        updates=(
            Update(
                ("timeUnit", "limitAmount", "limitUnit", "costFilters"),
                (
                    Call(
                        "update_budget",
                        {"AccountId": "{account}", "NewBudget": {"BudgetName": "{name}", "BudgetType": "{budgetType}"}},
                    ),
                ),
                send=("*",),
            ),
            Update(("notifications",), (), step="set_budget_notifications"),
        ),
        tags=Tags(
            at="ResourceTags",
            read="ResourceTags",
            add=Call("tag_resource", {"ResourceARN": "{arn}", "ResourceTags": "{tags}"}),
            remove=Call("untag_resource", {"ResourceARN": "{arn}", "ResourceTagKeys": "{keys}"}),
        ),
        outs=(Out("arn", None, "arn:{partition}:budgets::{account}:budget/{name}"),),
    ),
)
"""Rows of watching and spending."""
