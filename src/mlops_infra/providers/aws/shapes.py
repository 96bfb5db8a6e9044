"""Values of the program to parameters of the API and back, along botocore's shapes.

Forward, `to_api` walks the input shape and finds each member by name. Backward, `as_given` walks the value that the program gave and
finds the same members in the API's answer, so that what the program never mentioned is never reported as different.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mlops_infra.errors import UsageError
from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.aws.documents import same_document, text_of
from mlops_infra.providers.aws.naming import camel, matching
from mlops_infra.providers.aws.row import Kind

_IDENTIFYING: Final = ("name", "key", "id", "deviceName", "resourceType", "deviceIndex")


class UnmatchedError(UsageError):
    """A value has a member that the API's shape lacks. `path` is where."""

    def __init__(self, path: str, service: str) -> None:
        super().__init__(f"{path} cannot be carried to the API of {service}")
        self.path = path


def reveal(value: Any) -> Any:
    """The value with every `Secret` opened."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [reveal(item) for item in value]
    return value


def to_api(shape: Any, value: Any, path: str, service: str) -> Any:
    """`value` in the form of botocore's `shape`. Raises UnmatchedError where a member has no counterpart."""
    if value is UNKNOWN or value is None:
        return value
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, value, path, service)
    if kind == "list":
        return _list(shape, value, path, service)
    if kind == "map":
        return {str(key): to_api(shape.value, item, f"{path}.{key}", service) for key, item in value.items()}
    convert = _LEAVES.get(kind)
    return convert(value) if convert is not None else value


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | list):
        return text_of(value)
    return str(value)


def _truth(value: Any) -> Any:
    return value == "true" if isinstance(value, str) else value


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


_LEAVES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "boolean": _truth,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "blob": _bytes,
    "string": _text,
}


def _structure(shape: Any, value: Any, path: str, service: str) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        raise UnmatchedError(path, service)
    made: dict[str, Any] = {}
    for key, item in value.items():
        if item is None:
            continue
        member = matching(key, shape.members)
        if member is None:
            raise UnmatchedError(f"{path}.{key}", service)
        made[member] = to_api(shape.members[member], item, f"{path}.{key}", service)
    return made


def _list(shape: Any, value: Any, path: str, service: str) -> Any:
    element = shape.member
    if isinstance(value, Mapping):
        pair = _pair(element)
        if pair is not None and set(value) != {name.lower() for name in pair}:
            return [{pair[0]: str(key), pair[1]: _text(item)} for key, item in sorted(value.items())]
        value = [value]
    if not isinstance(value, list | tuple):
        value = [value]
    return [to_api(element, item, f"{path}[{index}]", service) for index, item in enumerate(value)]


def _pair(element: Any) -> tuple[str, str] | None:
    """The two members of a list of keys and values (tags, dimensions), where `element` is one."""
    if element.type_name == "structure":
        for key, value in (("Key", "Value"), ("Name", "Value")):
            if set(element.members) == {key, value}:
                return key, value
    return None


def camelled(live: Any) -> Any:
    """An answer of the API in Pulumi's spelling, for what no program gave."""
    if isinstance(live, Mapping):
        return {camel(str(key)): camelled(item) for key, item in live.items()}
    if isinstance(live, list | tuple):
        return [camelled(item) for item in live]
    return live


def as_given(given: Any, live: Any, kind: Kind = Kind.PLAIN) -> Any:
    """`live`, an answer of the API, in the form of `given`; equal to `given` where both mean the same."""
    if isinstance(given, Secret):
        inner = as_given(given.value, live, kind)
        return given if inner == given.value else Secret(inner)
    if given is None or given is UNKNOWN:
        return camelled(live)
    return _BACK[kind](given, live)


def _as_document(given: Any, live: Any) -> Any:
    if live is None or same_document(given, live):
        return given if live is not None else None
    return text_of(live)


def _as_reference(given: Any, live: Any) -> Any:
    return given if same_reference(given, live) else live


def _as_map(given: Any, live: Any) -> Any:  # noqa: ARG001 - one of `_BACK`
    return dict(live or {})


def same_reference(one: Any, other: Any) -> bool:
    """Whether an ARN and a bare id or name (or two equal texts) are of the same thing."""
    if one == other:
        return True
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    arn, bare = (one, other) if one.startswith("arn:") else (other, one)
    return arn.startswith("arn:") and bool(bare) and arn.removesuffix(":*").endswith((f"/{bare}", f":{bare}"))


def _as_plain(given: Any, live: Any) -> Any:
    if isinstance(given, Mapping):
        if isinstance(live, list | tuple):
            pairs = _paired(live)
            if pairs is not None and set(given) not in ({"key", "value"}, {"name", "value"}):
                return pairs
            live = live[0] if live else None
        if not isinstance(live, Mapping):
            return camelled(live)
        return _members(given, live)
    if isinstance(given, list | tuple):
        if live is None:
            return []
        items = list(live) if isinstance(live, list | tuple) else [live]
        return _items(list(given), items)
    return _scalar(given, live)


def _paired(live: Sequence[Any]) -> dict[str, Any] | None:
    """A list of keys (or names) and values as a map; None where it is something else."""
    for key in ("Key", "Name"):
        if live and all(isinstance(item, Mapping) and set(item) == {key, "Value"} for item in live):
            return {item[key]: item["Value"] for item in live}
    return None


def _members(given: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in given.items():
        if item is None:
            continue
        member = matching(key, live)
        value = as_given(item, live[member]) if member is not None else None
        if value is None and item in (False, 0, "", [], {}):
            value = item
        if value is not None:
            found[key] = value
    return found


def _items(given: list[Any], live: list[Any]) -> list[Any]:
    if not any(isinstance(item, Mapping) for item in given):
        return [_scalar(given[index], item) if index < len(given) else item for index, item in enumerate(live)]
    key = next((name for name in _IDENTIFYING if all(isinstance(i, Mapping) and name in i for i in given)), None)
    if key is None:
        return [as_given(given[index] if index < len(given) else None, item) for index, item in enumerate(live)]
    rest = list(live)
    paired: list[Any] = []
    for item in given:
        partner = next((other for other in rest if _member(other, key) == reveal(item[key])), None)
        if partner is not None:
            rest.remove(partner)
            paired.append(as_given(item, partner))
    return [*paired, *(camelled(item) for item in rest)]


def _member(value: Any, name: str) -> Any:
    member = matching(name, value) if isinstance(value, Mapping) else None
    return value[member] if member is not None else None


def _as_set(given: Any, live: Any) -> Any:
    items = list(live or [])
    wanted = list(given)
    if any(isinstance(item, Mapping) for item in wanted):
        paired: list[Any] = []
        for item in wanted:
            partner = next((other for other in items if as_given(item, other) == item), None)
            if partner is not None:
                items.remove(partner)
                paired.append(item)
        return [*paired, *(camelled(item) for item in items)]
    kept = [item for item in wanted if item in items]
    return [*kept, *(item for item in items if item not in wanted)]


def _scalar(given: Any, live: Any) -> Any:
    if isinstance(given, bool) and isinstance(live, str) and live in ("true", "false"):
        return live == "true"
    if isinstance(given, int | float) and not isinstance(given, bool) and isinstance(live, str):
        return _number(live)
    if isinstance(given, str) and isinstance(live, int | float):
        number = str(live).lower() if isinstance(live, bool) else f"{live:g}" if isinstance(live, float) else str(live)
        return given if _same_number(given, live) else number
    return live


def _number(text: str) -> Any:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _same_number(text: str, number: float) -> bool:
    if isinstance(number, bool):
        return text == str(number).lower()
    try:
        return float(text) == float(number)
    except ValueError:
        return False


_BACK: Final[Mapping[Kind, Callable[[Any, Any], Any]]] = {
    Kind.PLAIN: _as_plain,
    Kind.JSON: _as_document,
    Kind.REFERENCE: _as_reference,
    Kind.MAP: _as_map,
    Kind.SET: _as_set,
}


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, false, zero, or without content."""
    return value is None or value is False or value == 0 or (isinstance(value, str | Sequence | Mapping) and not value)
