"""JSON Schema 2020-12 of a stack file, for editors. Made from the model; `generate` writes it.

An editor looks at one layer, not at the merged environment. So nothing is required that another layer may bring, ``null``
takes a key away, ``$remove`` takes an entry of a list that merges by name away, and ``extends`` names the layers below.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from mlops_infra.config.fields import all_sections, element, is_section, merges_by_name
from mlops_infra.config.layers import EXTENDS, REMOVE
from mlops_infra.config.model import Environment
from mlops_infra.config.model.types import Section

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of one layer as plain data."""
    made = Environment.model_json_schema()
    definitions: dict[str, Any] = made.pop("$defs")
    by_name, whole = _roles()
    for section in all_sections():
        if section is not Environment:
            _layered(definitions[section.__name__], section, by_name, whole)
    _layered(made, Environment, by_name, whole)
    properties = {
        EXTENDS: {
            "description": "Files in the same folder that this one builds on; later ones win over earlier ones.",
            "examples": [["base.yaml"]],
            "type": "array",
            "items": {"type": "string", "pattern": r"^[^/\\]+\.yaml$"},
        },
        **made.pop("properties"),
    }
    return {
        "$schema": DIALECT,
        "title": "mlops-infra stack file",
        "description": "One layer of an environment. docs/configuration.md tells how layers merge.",
        **{key: value for key, value in made.items() if key not in {"title", "description"}},
        "properties": properties,
        "$defs": definitions,
    }


def _roles() -> tuple[set[type[Section]], set[type[Section]]]:
    """Sections that are entries of lists that merge by name, and sections that are entries of lists that replace."""
    by_name: set[type[Section]] = set()
    whole: set[type[Section]] = set()
    for section in all_sections():
        for field in section.model_fields.values():
            inner = element(field.annotation)
            if is_section(inner) and str(field.annotation).startswith("list"):
                (by_name if merges_by_name(field.annotation) else whole).add(inner)
    return by_name, whole


def _layered(
    definition: dict[str, Any], section: type[Section], by_name: set[type[Section]], whole: set[type[Section]]
) -> None:
    definition.pop("title", None)
    if section in whole:
        return
    definition.pop("required", None)
    definition["properties"] = {
        key: value if key == "name" and section in by_name else _or_null(value)
        for key, value in definition["properties"].items()
    }
    if section in by_name:
        definition["required"] = ["name"]
        definition["properties"][REMOVE] = {
            "description": "Takes the entry of this name, which a lower layer made, away.",
            "const": True,
        }


def _or_null(value: dict[str, Any]) -> dict[str, Any]:
    """The same, or null. Without ``anyOf`` where that can be, so that editors tell what is wrong with a value."""
    value.pop("title", None)
    if "anyOf" in value and {"type": "null"} in value["anyOf"]:
        options = [option for option in value.pop("anyOf") if option != {"type": "null"}]
        value = {**value, **options[0]} if len(options) == 1 else {**value, "anyOf": options}
    if value.get("default", 0) is None:
        del value["default"]
    if "const" in value:
        value["enum"] = [value.pop("const")]
    if "enum" in value:
        value["enum"] = [*value["enum"], None]
    if isinstance(value.get("type"), str):
        value["type"] = [value["type"], "null"]
        return value
    options = value.pop("anyOf", None) or [{"$ref": value.pop("$ref")}]
    return {**value, "anyOf": [*options, {"type": "null"}]}


def text() -> str:
    """The schema as the file that is shipped."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def side_schema(model: type[BaseModel], title: str) -> str:
    """The schema of a file beside the stack files (``access.yaml``, ``pipeline.yaml``), as the text that is shipped."""
    document: dict[str, Any] = {"$schema": DIALECT, **model.model_json_schema(), "title": title}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
