"""What templates of a row are filled from: inputs, state, the parts of an id, answers of earlier calls, and a few derived values.

Dotted names reach into structures: ``{accessConfig.authenticationMode}``. During an update ``old.x``, ``added.x``, ``removed.x`` and
``changed.x`` are the previous value, what a list or map gained and lost, and the value only if it changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mlops_infra.graph import UNKNOWN
from mlops_infra.providers.aws.predict import base_context
from mlops_infra.providers.aws.row import MISSING, Row
from mlops_infra.providers.aws.shapes import reveal
from mlops_infra.providers.connection import AwsConnection


class Context(Mapping[str, Any]):
    """A mapping that knows dotted names and derived values; names without a value are absent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    @classmethod
    def of(
        cls, row: Row, inputs: Mapping[str, Any], aws: AwsConnection, *, resource_id: str = "", **more: Any
    ) -> Context:
        """The context of a resource with these inputs (opened secrets) and this id."""
        values: dict[str, Any] = {}
        if resource_id and row.id_parts:
            match = re.fullmatch(row.id_parts, resource_id)
            values |= match.groupdict() if match else {}
        values |= base_context({**values, **reveal(inputs)}, aws)
        if resource_id:
            values["id"] = resource_id
        return cls({**values, **more})

    def having(self, **more: Any) -> Context:
        """The same with more names."""
        return Context({**self._values, **more})

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        head, dot, rest = name.partition(".")
        if dot:
            inner = self._values.get(head)
            found = Context(inner).get(rest, MISSING) if isinstance(inner, Mapping) else MISSING
        else:
            derive = DERIVED.get(name)
            found = derive(self) if derive is not None else MISSING
        if found is MISSING:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def gained(old: Any, new: Any) -> Any:
    """What a list has and had not; MISSING where that is nothing."""
    before = old if isinstance(old, list) else []
    found = [item for item in new if item not in before] if isinstance(new, list) else []
    return found or MISSING


def lost(old: Any, new: Any) -> Any:
    """What a list had and has not (a map: the keys); MISSING where that is nothing."""
    if isinstance(old, Mapping):
        found = [key for key in old if key not in (new or {})]
    else:
        found = [item for item in old if item not in (new or [])] if isinstance(old, list) else []
    return found or MISSING


def _location(context: Context) -> Any:
    """us-east-1 is the one region that must not be named (S3 API reference, CreateBucket)."""
    return context["region"] if context["region"] != "us-east-1" else MISSING


def _latest_if_default(context: Context) -> Any:
    made = context.get("last.LaunchTemplateVersion.VersionNumber")
    return str(made) if made and context.get("updateDefaultVersion") else MISSING


def _gone_parameters(context: Context) -> Any:
    wanted = {item["name"] for item in context.get("parameters") or []}
    return [
        {"ParameterName": item["name"], "ApplyMethod": item.get("applyMethod") or "immediate"}
        for item in context.get("old.parameters") or []
        if item["name"] not in wanted
    ] or MISSING


def _recovery_window(context: Context) -> Any:
    return context.get("recoveryWindowInDays") or MISSING


def _without_recovery(context: Context) -> Any:
    return True if context.get("recoveryWindowInDays") == 0 else MISSING


def _owner_policy(context: Context) -> str:
    """The policy that SNS gives a new topic: its owner's account may do everything (SNS developer guide, "Default policy")."""
    manage = ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"]
    use = ["Subscribe", "ListSubscriptionsByTopic", "Publish"]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in (*manage, *use)],
        "Resource": context["arn"],
        "Condition": {"StringEquals": {"AWS:SourceOwner": context["account"]}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


DERIVED: Final[Mapping[str, Callable[[Context], Any]]] = {
    "location_constraint": _location,
    "latest_if_default": _latest_if_default,
    "gone_parameters": _gone_parameters,
    "recovery_window": _recovery_window,
    "without_recovery": _without_recovery,
    "owner_policy": _owner_policy,
}
"""Values that rows use and no input has."""


def is_known(value: Any) -> bool:
    """Whether a filled template may be sent."""
    return value is not UNKNOWN and value is not MISSING
