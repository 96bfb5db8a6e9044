"""Graphs that synth made before, so that an unchanged stack file need not be synthesized again to be judged.

A graph follows from the environment's values and from the code that reads them, and the key is a digest over both: the merged stack
file, every source file of this tool (size and time of change), the versions of Python and of the provider SDKs. Environments with
extensions are not kept, because their code lies elsewhere. Origins are found anew: a line may move without any value changing. Secrets
are not written.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from mlops_infra.config.model import Environment
from mlops_infra.config.node import Origin
from mlops_infra.graph import UNKNOWN, Graph, Resource, Secret
from mlops_infra.graph.model import PropertyPath

FORMAT: Final = 1
KEPT: Final = 16
"""Graphs of a project that are kept, the newest ones."""
_UNKNOWN: Final = {"$unknown": True}
_SECRET: Final = {"$secret": True}


def remembered(
    folder: Path, env: Environment, origin: Callable[[PropertyPath], Origin | None], synthesize: Callable[[], Graph]
) -> Graph:
    """The graph of `env`: from `folder` if it is there, otherwise from `synthesize`, and kept.

    The two are equal but for values of secrets. A cache that cannot be read or written is none.
    """
    if env.extensions:
        return synthesize()
    file = folder / f"{env.environment}-{_key(env)}.json"
    try:
        told = json.loads(file.read_bytes())
        resources = [_resource(item, origin) for item in told]
        os.utime(file)
        return Graph.of(env.environment, resources)
    except (OSError, ValueError, KeyError, TypeError):
        graph = synthesize()
    with contextlib.suppress(OSError, TypeError, ValueError):
        _write(file, json.dumps([_told(resource) for resource in graph]))
    return graph


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = file.with_suffix(f".{os.getpid()}.tmp")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)
    kept = sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[KEPT:]:
        old.unlink(missing_ok=True)


def _key(env: Environment) -> str:
    return sha256(f"{_code()}\n{env.model_dump_json()}".encode()).hexdigest()[:32]


@cache
def _code() -> str:
    """A digest of the code that runs: what a process has imported does not change, so once is enough."""
    found = sha256(f"{FORMAT} {sys.version}\n".encode())
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        stat = path.stat()
        found.update(f"{path.relative_to(package)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    sdk = importlib.util.find_spec("pulumi")
    if sdk is not None and sdk.origin is not None:
        for path in sorted(Path(sdk.origin).parents[1].glob("pulumi*.dist-info")):
            found.update(f"{path.name} {path.stat().st_mtime_ns}\n".encode())
    return found.hexdigest()


def _told(resource: Resource) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "part": resource.part,
        "inputs": _plain(resource.inputs),
        "outputs": _plain(resource.outputs),
        "id": resource.id,
        "parent": resource.parent,
        "dependencies": resource.dependencies,
        "property_dependencies": resource.property_dependencies,
        "protect": resource.protect,
        "custom": resource.custom,
        "config_path": resource.config_path,
    }


def _resource(item: Mapping[str, Any], origin: Callable[[PropertyPath], Origin | None]) -> Resource:
    path = tuple(item["config_path"])
    return Resource(
        **{
            **item,
            "inputs": _value(item["inputs"]),
            "outputs": _value(item["outputs"]),
            "dependencies": tuple(item["dependencies"]),
            "property_dependencies": {key: tuple(urns) for key, urns in item["property_dependencies"].items()},
            "config_path": path,
            "origin": origin(path) if path else None,
        }
    )


def _plain(value: Any) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN
    if isinstance(value, Secret):
        return _SECRET
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        if value == _UNKNOWN:
            return UNKNOWN
        return Secret(None) if value == _SECRET else {key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value
