"""An object against the API server's own OpenAPI v3 schema, for previews where no dry run is possible.

That is where the namespace or the definition of a kind will only be made by the same run, or where values are not known yet. It finds wrong
types, missing and unknown fields; what admission and cross-field validation say is only told by a dry run.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError

from mlops_infra.graph.model import PropertyPath
from mlops_infra.providers.kubernetes.client import Json, KubeClient
from mlops_infra.providers.kubernetes.difference import printed
from mlops_infra.providers.kubernetes.discovery import Kind
from mlops_infra.providers.kubernetes.manifest import Asked


class Schemas:
    """The schemas of one API server, fetched by group and version when they are needed."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client
        self._index: dict[str, str] | None = None
        self._documents: dict[str, Json] = {}
        self._lock = asyncio.Lock()

    async def problems(self, kind: Kind, asked: Asked) -> list[str] | None:
        """What is wrong with an object, as ``path: reason``; None where the server has no schema of the kind."""
        components = await self._components(kind.api_version)
        schema = _named(components, kind)
        if schema is None:
            return None
        # OpenAPI 3.0 is JSON Schema draft 4 with extensions; references resolve within the document.
        validator = Draft4Validator({"$ref": f"#/components/schemas/{schema}", "components": {"schemas": components}})
        return await asyncio.to_thread(_problems, validator, asked)

    async def _components(self, api_version: str) -> Json:
        root = f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"
        async with self._lock:
            if self._index is None:
                paths = (await self._client.get("/openapi/v3")).get("paths", {})
                self._index = {path: found["serverRelativeURL"] for path, found in paths.items()}
            if root not in self._index:
                return {}
            if root not in self._documents:
                path, _, query = self._index[root].partition("?")
                parameters = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
                document = await self._client.get(path, **parameters)
                schemas = document.get("components", {}).get("schemas", {})
                self._documents[root] = {name: _strict(schema) for name, schema in schemas.items()}
        return self._documents[root]


def _named(components: Json, kind: Kind) -> str | None:
    version = kind.api_version.rpartition("/")[2]
    wanted = {"group": kind.group, "version": version, "kind": kind.name}
    for name, schema in components.items():
        if wanted in schema.get("x-kubernetes-group-version-kind", ()):
            return str(name)
    return None


def _strict(schema: Any) -> Any:
    """A schema that also refuses unknown fields, as the API server does with ``fieldValidation=Strict``."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _strict(value) for key, value in schema.items() if key not in ("default", "example", "description")}
    if isinstance(schema.get("properties"), dict):
        # A property may itself be called "default" (a LimitRange's is).
        found["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
    keeps = found.get("x-kubernetes-preserve-unknown-fields") or found.get("x-kubernetes-embedded-resource")
    if isinstance(found.get("properties"), dict) and "additionalProperties" not in found and not keeps:
        found["additionalProperties"] = False
    if found.get("nullable") and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def _problems(validator: Draft4Validator, asked: Asked) -> list[str]:
    errors = sorted(validator.iter_errors(asked.body), key=lambda error: [str(step) for step in error.absolute_path])
    return [text for error in errors if (text := _text(error, asked)) is not None]


def _text(error: ValidationError, asked: Asked) -> str | None:
    path: PropertyPath = tuple(error.absolute_path)
    if error.validator == "required":
        required: Any = error.validator_value
        instance: Any = error.instance
        missing = [name for name in required if name not in instance]
        missing = [name for name in missing if (*path, name) not in asked.unknown]
        if not missing:
            return None
        # One error a missing property comes from the validator; the text names it.
        if not any(repr(name) in error.message for name in missing):
            return None
    return f"{printed(path) or 'the object'}: {asked.redact(error.message)}"
