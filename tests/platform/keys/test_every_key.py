"""Every key of a stack file changes what is deployed: no padding in either direction."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mlops_infra.config import load_environment
from mlops_infra.config.model import Environment
from mlops_infra.engine.synth import synthesize_part
from mlops_infra.graph import Secret, Unknown
from mlops_infra.platform import part_names

ELSEWHERE = {
    "version": "the file format",
    "providers": "who does the work, not what it is",
    "state.backend": "where the engine keeps its state",
    "state.secrets_provider": "where the engine keeps its state",
    "policies": "what the rules ask, not what is deployed",
}
"""Keys that are not the platform's, and what they are."""

GIVEN = {
    "aws": {
        "identity_provider": "arn:aws:iam::111100000032:saml-provider/meridian",
        "ci": {"issuer": "https://ci.example", "subjects": ["repo:ml"]},
    }
}
"""Keys that the shipped file leaves out."""

WORDS = (
    "phi",
    "pii",
    "write",
    "read",
    "NoExecute",
    "baseline",
    "aws-eu",
    "aws",
    "auditor",
    "derogation",
    "high",
    "limited",
    "accuracy-difference",
)
"""Other values for keys that take one of a few words."""


def environment_data() -> dict[str, Any]:
    data = load_environment(Path(__file__).parents[3] / "stacks", "staging").environment.model_dump()
    data["aws"] |= GIVEN["aws"]
    data["datasets"][0]["version"] = "sha256:" + "0" * 64
    data["models"][0]["lineage"] = {"commit": "0" * 40, "data": "sha256:" + "0" * 64, "run": "run-1"}
    data["datasets"][0]["transfer"] = {"to": ["eu-west-1"], "mechanism": "adequacy"}
    validated: dict[str, Any] = Environment.model_validate(data).model_dump()
    return validated


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif value is not None and value not in ([], {}):
        yield path


def pattern(path: tuple[str | int, ...]) -> str:
    return ".".join("*" if isinstance(part, int) else part for part in path)


def elsewhere(key: str) -> bool:
    return any(key == other or key.startswith(f"{other}.") for other in ELSEWHERE)


DATA = environment_data()
PATHS = {pattern(path): path for path in reversed(list(leaves(DATA))) if not elsewhere(pattern(path))}


def others(value: Any) -> Iterator[Any]:
    """Values that are not `value`, some of which the key may take."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, float):
        yield value / 2
    else:
        yield re.sub(r"\d+", lambda found: str(int(found[0]) + 1), value, count=1)
        yield re.sub(r"\d+$", lambda found: str(int(found[0]) - 1), value)
        yield value[:-1] + ("b" if value[-1] == "a" else "a")
        yield from WORDS


def replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, dict):
        return {key: replaced(item, path[1:], new) if key == path[0] else item for key, item in value.items()}
    return [replaced(item, path[1:], new) if index == path[0] else item for index, item in enumerate(value)]


def renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, old, new) for item in value]
    return new if value == old else value


def changed(path: tuple[str | int, ...]) -> Environment:
    """The environment with another value at `path`; what refers to a name by that name follows it."""
    old: Any = DATA
    for part in path:
        old = old[part]
    for new in others(old):
        if new != old:
            data = renamed(DATA, old, new) if path[-1] == "name" else replaced(DATA, path, new)
            try:
                return Environment.model_validate(data)
            except ValidationError:
                continue
    raise AssertionError(f"no other value for {pattern(path)}")


def marked(value: Any) -> Any:
    if isinstance(value, Unknown):
        return "unknown"
    assert isinstance(value, Secret)
    return ["secret", value.value]


def asked_for(env: Environment) -> Iterator[str]:
    """What each part registers, as text, part after part."""
    given: dict[str, Any] = {}
    for part in part_names(env):
        recorder = synthesize_part(env, part, given)
        given.update(recorder.given)
        told = [[r.urn, r.inputs, r.protect, r.dependencies] for r in recorder.resources]
        yield json.dumps(told, sort_keys=True, default=marked)


@pytest.fixture(scope="module")
def unchanged() -> list[str]:
    return list(asked_for(Environment.model_validate(DATA)))


@pytest.mark.deep
@pytest.mark.parametrize("key", sorted(PATHS))
def test_a_key_changes_what_is_deployed(unchanged, key):
    now = asked_for(changed(PATHS[key]))
    assert any(before != after for before, after in zip(unchanged, now, strict=False)) or next(now, None) is not None


def test_keys_that_are_not_the_platforms_are_keys():
    known = {pattern(path) for path in leaves(DATA)}
    assert set(ELSEWHERE) - known - set(DATA) <= {"state.backend", "state.secrets_provider"}
