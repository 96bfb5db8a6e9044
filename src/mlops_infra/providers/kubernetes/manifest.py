"""Property values → the object that is sent, and the live object → property values, with secrets kept secret both ways."""

from __future__ import annotations

import base64
import binascii
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pulumi.provider.experimental.property_value import PropertyValue

from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.graph.model import PropertyPath
from mlops_infra.providers.kubernetes.naming import AUTONAMED, SKIP_AWAIT, URN
from mlops_infra.providers.wire import wired_map

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
SERVER_FIELDS: Final = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
"""Fields of ``metadata`` that the API server sets (apimachinery ``ObjectMeta``)."""
_UNSUPPORTED: Final = ("pulumi.com/waitFor", "pulumi.com/replaceUnready")
_DEFINITION: Final = "CustomResourceDefinition"
_SHORTEST_SECRET: Final = 3
"""Shorter secrets are not looked for in texts: masking them would only make the text unreadable, and tell the secret by its gaps."""


@dataclass(frozen=True)
class Asked:
    """What the program asks for. `body` is plain JSON without what is not known yet, `unknown` and `secret` are paths into the inputs,
    `secret_texts` the secret strings themselves, for masking."""

    body: dict[str, Any]
    unknown: frozenset[PropertyPath] = frozenset()
    secret: frozenset[PropertyPath] = frozenset()
    secret_texts: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def api_version(self) -> str:
        return str(self.body.get("apiVersion", ""))

    @property
    def kind(self) -> str:
        return str(self.body.get("kind", ""))

    @property
    def name(self) -> str:
        return str(self.body.get("metadata", {}).get("name", ""))

    @property
    def namespace(self) -> str:
        return str(self.body.get("metadata", {}).get("namespace", ""))

    def signed(self, urn: str) -> dict[str, Any]:
        """The body with its URN, as it is sent."""
        metadata = self.body.get("metadata", {})
        annotations = {**metadata.get("annotations", {}), URN: urn}
        return {**self.body, "metadata": {**metadata, "annotations": annotations}}

    def renamed(self, name: str) -> Asked:
        """The same object under another name."""
        return replace(self, body={**self.body, "metadata": {**self.body["metadata"], "name": name}})

    def redact(self, text: str) -> str:
        """`text` without the secrets."""
        for secret in sorted(self.secret_texts, key=len, reverse=True):
            text = text.replace(secret, "[secret]")
        return text


def refusal(token: str, inputs: dict[str, Any]) -> str | None:
    """Why this provider cannot serve a resource of this type, None where it can."""
    kind = token.rsplit(":", 1)[-1]
    official = "; set `providers: official` in the stack file to use the official provider"
    if kind.endswith("Patch") and inputs.get("kind") != kind:
        return (
            f"{token} patches an object that somebody else manages, which the attached provider does not do{official}"
        )
    if kind.endswith("List") and "items" in inputs:
        return f"{token} is a list of objects; declare them one by one"
    if "apiVersion" not in inputs or "kind" not in inputs:
        return f"{token} is not a Kubernetes object: it has no apiVersion and kind{official}"
    metadata = inputs.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    for name in _UNSUPPORTED:
        if isinstance(annotations, dict) and name in annotations:
            return f"the annotation {name} means nothing to the attached provider{official} (or {SKIP_AWAIT})"
    return None


def asked_of(inputs: dict[str, Any]) -> Asked:
    """The object that inputs (plain, with markers) ask for."""
    unknown: set[PropertyPath] = set()
    secret: set[PropertyPath] = set()
    texts: set[str] = set()
    definition = inputs.get("kind") == _DEFINITION

    def strip(value: Any, path: PropertyPath, hidden: bool) -> Any:
        if isinstance(value, Secret):
            secret.add(path)
            return strip(value.value, path, True)
        if isinstance(value, dict):
            found = {}
            for key, item in value.items():
                at = (*path, key)
                if _is_unknown(item):
                    unknown.add(at)
                elif item is not None:
                    found[_sent_key(key) if definition else key] = strip(item, at, hidden)
            return found
        if isinstance(value, list):
            known = []
            for index, item in enumerate(value):
                if _is_unknown(item):
                    unknown.add((*path, index))
                else:
                    known.append(strip(item, (*path, index), hidden))
            return known
        if hidden and isinstance(value, str):
            texts.update(_spellings(value))
        return value

    body = strip(inputs, (), False)
    if body.get("kind") == "Secret" and body.get("apiVersion") == "v1":
        for part in ("data", "stringData"):
            if isinstance(body.get(part), dict):
                secret.add((part,))
                texts.update(text for value in body[part].values() for text in _spellings(str(value)))
    return Asked(body, frozenset(unknown), frozenset(secret), frozenset(t for t in texts if len(t) >= _SHORTEST_SECRET))


def revealed(value: Any) -> Any:
    """A plain value without secret markers and without nulls, for comparing; unknown values stay."""
    if isinstance(value, Secret):
        return revealed(value.value)
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [revealed(item) for item in value]
    return value


def outputs_of(live: dict[str, Any], asked: Asked) -> dict[str, PropertyValue]:
    """The live object as outputs: without managed fields, and secret where the inputs are or where the value is one of theirs."""
    metadata = {key: value for key, value in live.get("metadata", {}).items() if key != "managedFields"}
    secret = set(asked.secret)
    if live.get("kind") == "Secret" and live.get("apiVersion") == "v1":
        secret |= {("data",), ("stringData",)}
    if secret and LAST_APPLIED in metadata.get("annotations", {}):
        metadata["annotations"] = {k: v for k, v in metadata["annotations"].items() if k != LAST_APPLIED}

    def mark(value: Any, path: PropertyPath) -> Any:
        if path in secret:
            return Secret(value)
        if isinstance(value, dict):
            return {key: mark(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [mark(item, (*path, index)) for index, item in enumerate(value)]
        known = isinstance(value, str) and value in asked.secret_texts and not _is_name(path)
        return Secret(value) if known else value

    return wired_map(mark(wire_form({**live, "metadata": metadata}), ()))


def imported_inputs(live: dict[str, Any]) -> dict[str, Any]:
    """Inputs that would describe a live object that nobody asked for yet: all of it but what the server sets."""
    found = {key: value for key, value in live.items() if key != "status"}
    metadata = {key: value for key, value in live.get("metadata", {}).items() if key not in SERVER_FIELDS}
    annotations = {
        key: value
        for key, value in metadata.pop("annotations", {}).items()
        if key not in (LAST_APPLIED, URN, AUTONAMED) and not key.startswith("deployment.kubernetes.io/")
    }
    found["metadata"] = {**metadata, "annotations": annotations} if annotations else metadata
    if found.get("kind") == "Secret" and "data" in found:
        found["data"] = Secret(found["data"])
    return wire_form(found)


def wire_form(live: dict[str, Any]) -> dict[str, Any]:
    """A live object with its keys as the engine spells them."""
    if live.get("kind") != _DEFINITION:
        return live
    found: dict[str, Any] = _renamed(live)
    return found


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {_wire_key(key): _renamed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    return value


def _is_unknown(value: Any) -> bool:
    return value is UNKNOWN or (isinstance(value, Secret) and value.value is UNKNOWN)


def _is_name(path: PropertyPath) -> bool:
    """Whether a value at `path` names something in the open anyway; a secret of the same spelling must not make names secret."""
    return path[:1] == ("metadata",) and path[1:2] != ("annotations",)


def _sent_key(key: str) -> str:
    """Pulumi's schema spells the vendor extensions of JSON schemas with underscores (pulumi-kubernetes, ``JSONSchemaProps``)."""
    return key.replace("_", "-") if key.startswith("x_kubernetes_") else key


def _wire_key(key: str) -> str:
    return key.replace("-", "_") if key.startswith("x-kubernetes-") else key


def _spellings(value: str) -> set[str]:
    """A secret as it is, quoted, in base64 and out of base64: error messages and live objects may hold any of them."""
    quoted = {json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    found = {value, *quoted, base64.b64encode(value.encode()).decode()}
    with suppress(binascii.Error, ValueError):
        found.add(base64.b64decode(value, validate=True).decode())
    return found
