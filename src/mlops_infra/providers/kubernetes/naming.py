"""Names and ids: generated where the program gives none, and the ids by which the engine knows objects.

A generated name is marked by the annotation that the official provider uses, so that it stays when the program is run again.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from mlops_infra.graph import UNKNOWN, Secret

AUTONAMED: Final = "pulumi.com/autonamed"
URN: Final = "mlops-infra.dev/urn"
"""Annotation that holds the URN of the resource whose object it is: a create that was interrupted finds its object by it."""
SKIP_AWAIT: Final = "pulumi.com/skipAwait"
TIMEOUT_SECONDS: Final = "pulumi.com/timeoutSeconds"
DELETION_PROPAGATION: Final = "pulumi.com/deletionPropagationPolicy"
DEFAULT_NAMESPACE: Final = "default"
_SUFFIX = 8
_LONGEST: Final = 63
"""RFC 1123 label."""


def generated_name(prefix: str, urn: str, previous: str) -> str:
    """`prefix` and eight hexadecimal digits that follow from the URN and, for a replacement, from the name that is replaced.

    No randomness: a create that was interrupted comes to the same name again and finds its object.
    """
    digits = hashlib.sha256(f"{urn}\n{previous}".encode()).hexdigest()[:_SUFFIX]
    base = re.sub(r"[^a-z0-9-]+", "-", prefix.lower()).strip("-")[: _LONGEST - _SUFFIX - 1].rstrip("-")
    return f"{base or 'x'}-{digits}"


def with_name(inputs: dict[str, Any], old_inputs: dict[str, Any], urn: str, replaced: str) -> dict[str, Any]:
    """The inputs with a name: the given one, the one generated before, or a new one. `generateName` is taken as the prefix.

    `replaced` is the name of the object that these inputs will replace, empty where there is none.
    """
    metadata = inputs.get("metadata")
    if metadata is UNKNOWN or isinstance(metadata, Secret):
        return inputs
    metadata = dict(metadata or {})
    if metadata.get("name") is not None:
        return inputs
    prefix = metadata.pop("generateName", None)
    if prefix is UNKNOWN:
        return inputs
    name = name_of(old_inputs) if is_autonamed(old_inputs) else ""
    annotations = metadata.get("annotations")
    metadata["annotations"] = {**(annotations if isinstance(annotations, dict) else {}), AUTONAMED: "true"}
    metadata["name"] = name or generated_name(prefix or urn.rsplit("::", 1)[-1], urn, replaced)
    return {**inputs, "metadata": metadata}


def name_of(manifest: dict[str, Any]) -> str:
    """The name in an object or in inputs, empty where there is none or it is not known."""
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


def is_autonamed(inputs: dict[str, Any]) -> bool:
    """Whether the name in these inputs was generated."""
    return annotations_of(inputs).get(AUTONAMED) == "true"


def annotations_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """The annotations of an object or of inputs, empty where there are none or they are not known."""
    metadata = manifest.get("metadata")
    found = metadata.get("annotations") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def object_id(namespace: str, name: str) -> str:
    """The id of an object, as the official provider writes it: ``namespace/name``, or ``name`` outside of namespaces."""
    return f"{namespace}/{name}" if namespace else name


def split_id(resource_id: str) -> tuple[str, str]:
    """Namespace (may be empty) and name in an id. Names of RBAC roles may hold colons but no slash."""
    namespace, _, name = resource_id.rpartition("/")
    return namespace, name
