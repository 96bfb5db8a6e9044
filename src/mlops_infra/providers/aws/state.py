"""From what the API answered to a resource's inputs (for drift) and outputs (for the state)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jmespath

from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.aws.context import is_known
from mlops_infra.providers.aws.documents import text_of
from mlops_infra.providers.aws.naming import matching
from mlops_infra.providers.aws.predict import predict
from mlops_infra.providers.aws.row import MISSING, Kind, Prop, Row
from mlops_infra.providers.aws.shapes import as_given, camelled, is_empty
from mlops_infra.providers.aws.tagging import unformed
from mlops_infra.providers.aws.template import fill
from mlops_infra.providers.connection import AwsConnection


def live_value(prop: Prop, live: Mapping[str, Any]) -> Any:
    """What the API says of a property, in its own form; MISSING where it does not tell, None where there is nothing."""
    if prop.local or prop.read == "":
        return MISSING
    found = jmespath.search(prop.read, live) if prop.read is not None else _found(prop, live)
    return prop.receive(found) if prop.receive is not None and found is not None else found


def _found(prop: Prop, live: Mapping[str, Any]) -> Any:
    """By the create path's last name, then by the property's own, at the top or inside the structure that create nests it in."""
    prefix, _, leaf = (prop.at or "").rpartition(".")
    names = [name for name in (leaf, prop.name) if name]
    places: list[Any] = [live]
    if prefix:
        places.insert(0, live.get(prefix.rsplit(".", 1)[-1]))
    for place in places:
        if isinstance(place, Mapping):
            for name in names:
                member = matching(name, place)
                if member is not None:
                    return place[member]
    return None


def as_inputs(row: Row, inputs: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """`inputs` as they really are now: each given one with its live value, and what somebody else added."""
    found: dict[str, Any] = {}
    for prop in row.props:
        given = inputs.get(prop.name)
        value = live_value(prop, live)
        if value is MISSING:
            if given is not None:
                found[prop.name] = given
            continue
        if given is not None:
            value = as_given(given, value, prop.kind)
            if value is None and is_empty(_opened(given)):
                value = given
            if value is not None:
                found[prop.name] = value
        elif not prop.computed and not is_empty(value):
            found[prop.name] = _spelled(prop, value)
    if row.tags is not None:
        tags = unformed(jmespath.search(row.tags.read, live))
        if tags or inputs.get("tags"):
            found["tags"] = tags
    if row.regional and inputs.get("region") is not None:
        found["region"] = inputs["region"]
    return found


def _spelled(prop: Prop, value: Any) -> Any:
    """What no program gave, as a program would have given it: keys of documents and free keys are nobody's to respell."""
    if prop.kind is Kind.JSON:
        return value if isinstance(value, str) else text_of(value)
    return dict(value) if prop.kind is Kind.MAP and isinstance(value, Mapping) else camelled(value)


def _opened(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value


def as_outputs(
    row: Row, inputs: Mapping[str, Any], live: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """The state of a resource: its inputs as they are, what the cloud chose, and the row's outputs."""
    found = as_inputs(row, inputs, live)
    for prop in row.props:
        if prop.computed and prop.name not in found:
            value = live_value(prop, live)
            if value is not MISSING and value is not None:
                found[prop.name] = camelled(value)
        elif prop.members and isinstance(found.get(prop.name), Mapping):
            found[prop.name] = _with_members(prop, found[prop.name], live)
    for out in row.outs:
        value = jmespath.search(out.read, live) if out.read is not None else fill(out.predict, context)
        if value is not None and is_known(value):
            found[out.name] = _plain(value)
    if row.tags is not None:
        found["tagsAll"] = found.get("tags", {})
    if row.regional:
        found.setdefault("region", context["region"])
    return secreted(row, found)


def as_followed(row: Row, inputs: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any] | None:
    """The outputs of a resource that was just made, where all of them follow from its inputs and id; else None."""
    given = {name: value for name, value in inputs.items() if value is not None}
    if any(prop.members or (prop.computed and prop.name not in given) for prop in row.props):
        return None
    outs = {out.name: fill(out.predict, context) if out.predict is not None else MISSING for out in row.outs}
    if not all(is_known(value) for value in outs.values()):
        return None
    found = {**given, **outs}
    if row.tags is not None:
        found["tagsAll"] = found.get("tags", {})
        if not found["tagsAll"]:
            found.pop("tags", None)
    if row.regional:
        found.setdefault("region", context["region"])
    return secreted(row, found)


def _plain(value: Any) -> Any:
    """Timestamps as text: the state is JSON."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _with_members(prop: Prop, value: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    told = camelled(live_value(prop, live)) or {}
    return {**{key: told[key] for key in prop.members if told.get(key) is not None}, **value}


def secreted(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with those that must not be shown marked."""
    hidden = {prop.name for prop in row.props if prop.secret} | set(row.secret_outputs)
    return {
        key: Secret(value) if key in hidden and not isinstance(value, Secret) and value is not None else value
        for key, value in values.items()
    }


def previewed(
    row: Row, name: str, inputs: Mapping[str, Any], aws: AwsConnection, old: Mapping[str, Any] | None = None
) -> tuple[str, dict[str, Any]]:
    """The id (``""`` where unknown) and the outputs of a preview: predicted ones, with an update the old ones, the rest unknown."""
    predicted = predict(row.token, name, inputs, aws)
    resource_id = str(predicted.pop("id", ""))
    found: dict[str, Any] = {}
    for prop in row.props:
        if prop.computed and inputs.get(prop.name) is None:
            found[prop.name] = old.get(prop.name) if old is not None else UNKNOWN
    for out in row.outs:
        found[out.name] = UNKNOWN if old is None or out.volatile else old.get(out.name)
    found |= predicted
    found |= {key: value for key, value in inputs.items() if value is not None}
    if old is not None:
        for prop in row.props:
            before = old.get(prop.name)
            if prop.members and isinstance(before, Mapping) and isinstance(found.get(prop.name), Mapping):
                kept = {key: before[key] for key in prop.members if key in before}
                found[prop.name] = {**kept, **found[prop.name]}
    return resource_id, secreted(row, {key: value for key, value in found.items() if value is not None})
