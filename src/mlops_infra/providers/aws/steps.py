"""Steps before a deletion or a change that are more than one call: emptying a bucket, a role, a policy's old versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mlops_infra.providers.aws.context import Context
from mlops_infra.providers.aws.naming import camel
from mlops_infra.providers.aws.rows_watch import send_notifications

Caller = Callable[..., Any]
"""`Resource.call`: operation, parameters, and what `Clients.call` takes besides."""

_DELETE_AT_ONCE: Final = 1000
"""Objects that one DeleteObjects call takes (S3 API reference)."""


def empty_bucket(call: Caller, context: Context) -> None:
    """Delete every version of every object, where ``forceDestroy`` says so."""
    if context.get("forceDestroy"):
        _delete_versions(call, {"Bucket": context["bucket"]})


def delete_object_versions(call: Caller, context: Context) -> None:
    """Delete every version of one object, where ``forceDestroy`` says so."""
    if context.get("forceDestroy"):
        key = context["key"]
        _delete_versions(call, {"Bucket": context["bucket"]}, key=key)


def _delete_versions(call: Caller, bucket: Mapping[str, Any], key: str | None = None) -> None:
    prefix = {"Prefix": key} if key is not None else {}
    listed = call(
        "list_object_versions",
        {**bucket, **prefix},
        root="[Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}",
        paginate=True,
    )
    versions = [item for item in listed or [] if key is None or item["Key"] == key]
    for start in range(0, len(versions), _DELETE_AT_ONCE):
        batch = versions[start : start + _DELETE_AT_ONCE]
        refused = call("delete_objects", {**bucket, "Delete": {"Objects": batch, "Quiet": True}}, root="Errors")
        if refused:
            # One by one, so that the error is the service's own (an object lock, for example).
            call("delete_object", {**bucket, "Key": refused[0]["Key"], "VersionId": refused[0]["VersionId"]})


def empty_role(call: Caller, context: Context) -> None:
    """Detach every policy and delete every inline policy, where ``forceDetachPolicies`` says so."""
    if not context.get("forceDetachPolicies"):
        return
    role = {"RoleName": context["name"]}
    for arn in call("list_attached_role_policies", role, root="AttachedPolicies[].PolicyArn", paginate=True) or []:
        call("detach_role_policy", {**role, "PolicyArn": arn})
    for name in call("list_role_policies", role, root="PolicyNames", paginate=True) or []:
        call("delete_role_policy", {**role, "PolicyName": name})


def drop_policy_versions(call: Caller, context: Context) -> None:
    """Delete every version but the default one: a policy with more cannot be deleted (IAM API reference, DeletePolicy)."""
    for version in _old_versions(call, context):
        call("delete_policy_version", {"PolicyArn": context["id"], "VersionId": version["VersionId"]})


def drop_oldest_policy_version(call: Caller, context: Context) -> None:
    """Make room for one more version: a policy has at most five (IAM quotas)."""
    old = _old_versions(call, context)
    if len(old) >= 4:
        oldest = min(old, key=lambda version: int(str(version["VersionId"]).removeprefix("v")))
        call("delete_policy_version", {"PolicyArn": context["id"], "VersionId": oldest["VersionId"]})


def _old_versions(call: Caller, context: Context) -> list[dict[str, Any]]:
    found = call(
        "list_policy_versions", {"PolicyArn": context["id"]}, root="Versions[?!IsDefaultVersion]", paginate=True
    )
    return list(found or [])


def budget_notifications(call: Caller, context: Context, notifications: Any) -> Any:
    """A budget's notifications with their subscribers, in Terraform's flat form."""
    budget = {"AccountId": context["account"], "BudgetName": context["name"]}
    found: list[dict[str, Any]] = []
    for item in notifications or []:
        # The state is computed, and no part of what names a notification.
        told = {key: value for key, value in item.items() if key != "NotificationState"}
        subscribers = call(
            "describe_subscribers_for_notification",
            {**budget, "Notification": told},
            root="Subscribers",
            paginate=True,
        )
        flat: dict[str, Any] = {camel(key): value for key, value in told.items()}
        flat["threshold"] = int(flat["threshold"]) if float(flat["threshold"]).is_integer() else flat["threshold"]
        for kind, name in (("EMAIL", "subscriberEmailAddresses"), ("SNS", "subscriberSnsTopicArns")):
            addresses = [one["Address"] for one in subscribers or [] if one["SubscriptionType"] == kind]
            if addresses:
                flat[name] = addresses
        found.append(flat)
    return found


def set_budget_notifications(call: Caller, context: Context) -> None:
    """Take away the notifications that are no longer wanted, then add the new ones."""
    budget = {"AccountId": context["account"], "BudgetName": context["name"]}
    for item in send_notifications(context.get("removed.notifications") or []):
        call("delete_notification", {**budget, "Notification": item["Notification"]})
    for item in send_notifications(context.get("added.notifications") or []):
        call("create_notification", {**budget, **item})


def _change_cluster_network(call: Caller, context: Context, members: tuple[str, ...]) -> None:
    old, new = context.get("old.vpcConfig") or {}, context["vpcConfig"]
    if any(old.get(name) != new.get(name) for name in members):
        wanted = {name: new[name] for name in members if new.get(name) is not None}
        call("update_cluster_config", {"name": context["name"], "resourcesVpcConfig": wanted})


def change_cluster_endpoint(call: Caller, context: Context) -> None:
    """How a cluster's endpoint is reached."""
    _change_cluster_network(call, context, ("endpointPrivateAccess", "endpointPublicAccess", "publicAccessCidrs"))


def change_cluster_subnets(call: Caller, context: Context) -> None:
    """Where a cluster's network interfaces are."""
    _change_cluster_network(call, context, ("subnetIds", "securityGroupIds"))


READINGS: Final[Mapping[str, Callable[[Caller, Context, Any], Any]]] = {"budget_notifications": budget_notifications}
"""Readings that take more than one call, by the names that rows use."""

STEPS: Final[Mapping[str, Callable[[Caller, Context], None]]] = {
    "empty_bucket": empty_bucket,
    "delete_object_versions": delete_object_versions,
    "empty_role": empty_role,
    "change_cluster_endpoint": change_cluster_endpoint,
    "change_cluster_subnets": change_cluster_subnets,
    "set_budget_notifications": set_budget_notifications,
    "drop_policy_versions": drop_policy_versions,
    "drop_oldest_policy_version": drop_oldest_policy_version,
}
"""Steps by the names that rows use."""
