"""Reading the deployed state: checkpoints → graph and outputs. Secrets are never decrypted here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_infra.engine.record import STACK_TYPE
from mlops_infra.graph import Resource, Secret
from mlops_infra.providers.structs import SECRET, SIGNATURE


def resources_of(deployment: Mapping[str, Any], part: str) -> list[Resource]:
    """The resources of an exported deployment, providers and the stack itself left out."""
    found: list[Resource] = []
    stack_urn = next((r["urn"] for r in deployment.get("resources") or () if r["type"] == STACK_TYPE), "")
    for state in deployment.get("resources") or ():
        if state["type"] == STACK_TYPE or state["type"].startswith("pulumi:providers:") or state.get("delete"):
            continue
        parent = state.get("parent")
        found.append(
            Resource(
                urn=state["urn"],
                type=state["type"],
                name=state["urn"].rsplit("::", 1)[-1],
                part=part,
                inputs=masked(state.get("inputs") or {}),
                outputs=masked(state.get("outputs") or {}),
                id=state.get("id"),
                parent=None if parent == stack_urn else parent,
                dependencies=tuple(sorted(state.get("dependencies") or ())),
                property_dependencies={
                    key: tuple(sorted(urns))
                    for key, urns in sorted((state.get("propertyDependencies") or {}).items())
                    if urns
                },
                protect=bool(state.get("protect")),
                custom=bool(state.get("custom")),
            )
        )
    return found


def outputs_of(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """The stack's outputs, secrets as `Secret`."""
    for state in deployment.get("resources") or ():
        if state["type"] == STACK_TYPE:
            found: dict[str, Any] = masked(state.get("outputs") or {})
            return found
    return {}


def masked(value: Any) -> Any:
    """A state value with its encrypted secrets turned into `Secret` markers without content."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return Secret(None)
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value
