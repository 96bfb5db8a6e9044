"""What differs between two sets of inputs, as property paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from mlops_infra.graph import UNKNOWN
from mlops_infra.graph.model import PropertyPath
from mlops_infra.providers.kubernetes.naming import DEFAULT_NAMESPACE


@dataclass(frozen=True)
class Difference:
    """One property that was added, deleted or changed."""

    path: PropertyPath
    kind: Literal["add", "delete", "update"]


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    """Differences from `old` to `new`, both revealed and without nulls. A value that is not known yet counts as a change.

    No namespace and the namespace ``default`` are the same.
    """
    found: list[Difference] = []
    _compare(old, new, (), found)
    return [one for one in found if one.path != ("metadata", "namespace") or _namespace(old) != _namespace(new)]


def _namespace(inputs: dict[str, Any]) -> Any:
    metadata = inputs.get("metadata")
    return metadata.get("namespace", DEFAULT_NAMESPACE) if isinstance(metadata, dict) else DEFAULT_NAMESPACE


def _compare(old: Any, new: Any, path: PropertyPath, found: list[Difference]) -> None:
    if old is UNKNOWN or new is UNKNOWN:
        found.append(Difference(path, "update"))
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            at = (*path, key)
            if key not in new:
                found.append(Difference(at, "delete"))
            elif key not in old:
                found.append(Difference(at, "add"))
            else:
                _compare(old[key], new[key], at, found)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            if index >= len(new):
                found.append(Difference((*path, index), "delete"))
            elif index >= len(old):
                found.append(Difference((*path, index), "add"))
            else:
                _compare(old[index], new[index], (*path, index), found)
    elif type(old) is not type(new) or old != new:
        found.append(Difference(path, "update"))


def printed(path: PropertyPath) -> str:
    """A path as the engine writes it: ``spec.ports[0].name``, ``metadata.labels["app.kubernetes.io/name"]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step and all(char.isalnum() or char in "_$" for char in step) and not step[0].isdigit():
            text += f".{step}" if text else step
        else:
            quoted = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text
