"""Edges of what was changed: to whom a live value refers.

The state's edges hold as long as a property is what it was deployed as. One that was changed by hand refers to whoever has that ARN, id or
name now, or to nobody in the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from mlops_infra.graph import Resource
from mlops_infra.graph.model import walk

_NAMED: Final = {
    "bucket": "aws:s3/bucket:Bucket",
    "targetBucket": "aws:s3/bucket:Bucket",
    "role": "aws:iam/role:Role",
}
"""Properties that refer by name, and to what."""


def referring(live: Iterable[Resource], deployed: Mapping[str, Resource]) -> Iterator[Resource]:
    """The `live` resources with the edges that their values have; `deployed` are those of the state, by URN."""
    there = tuple(live)
    by_value, by_name = _indexes(there)
    for resource in there:
        before = deployed.get(resource.urn)
        if resource.plane != "aws" or before is None or resource.inputs == before.inputs:
            yield resource
            continue
        edges = dict(resource.property_dependencies)
        for name, value in resource.inputs.items():
            if value != before.inputs.get(name):
                edges[name] = tuple(sorted(_targets(name, value, by_value, by_name) - {resource.urn}))
        yield replace(resource, property_dependencies={name: urns for name, urns in edges.items() if urns})


def _indexes(resources: Iterable[Resource]) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    by_value: dict[str, str] = {}
    by_name: dict[tuple[str, str], str] = {}
    for resource in resources:
        if resource.plane == "aws" and resource.id:
            by_name[resource.type, resource.id] = resource.urn
            arn = resource.outputs.get("arn")
            if isinstance(arn, str):
                by_value[arn] = by_value[resource.id] = resource.urn
    return by_value, by_name


def _targets(name: str, value: Any, by_value: Mapping[str, str], by_name: Mapping[tuple[str, str], str]) -> set[str]:
    if name in _NAMED:
        found = by_name.get((_NAMED[name], str(value)))
        return {found} if found else set()
    return {by_value[leaf] for _, leaf in walk(value) if isinstance(leaf, str) and leaf in by_value}
