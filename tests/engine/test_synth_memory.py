"""What synth remembers is what a cold run gives: a piece runs again if, and only if, something that it reads is another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from mlops_infra.config import load_environment
from mlops_infra.config.model import Environment
from mlops_infra.engine.reads import Reads
from mlops_infra.engine.synth import Piece, SynthMemory, run_piece, synthesize
from mlops_infra.platform import Given, Relations, pieces
from mlops_infra.resources import data_dir

Path = tuple[str | int, ...]


@pytest.fixture(scope="module")
def env() -> Environment:
    return load_environment(data_dir("stacks"), "staging").environment


@pytest.fixture(scope="module")
def memory(env: Environment) -> SynthMemory:
    memory = SynthMemory()
    synthesize(env, memory=memory)
    return memory


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The values of a section that another one could stand for: scalars, whole mappings and lists of scalars; lists of sections too."""
    if isinstance(value, BaseModel):
        for key, item in vars(value).items():
            yield from leaves(item, (*path, key))
        return
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    yield path, value


def other(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "0"
        case list():
            return value[:-1]
        case dict():
            return dict(list(value.items())[:-1])
        case _:
            return None


def changed(section: Any, path: Path, value: Any) -> Any:
    """The section with another value at `path`."""
    if not path:
        return value
    if isinstance(section, list):
        return [changed(item, path[1:], value) if index == path[0] else item for index, item in enumerate(section)]
    key = str(path[0])
    return section.model_copy(update={key: changed(getattr(section, key), path[1:], value)})


def test_what_a_piece_did_not_read_changes_nothing_of_it(env: Environment) -> None:
    """All that a piece did not read is changed at once, and it registers the same."""
    known: dict[str, Given] = {}
    kept = 0
    for part, found in pieces(env).items():
        for position, team in enumerate(found):
            piece = Piece(part, env, team, Relations.of(env), dict(known))
            reads = Reads()
            before = run_piece(piece.noted(reads))
            known.update(before.given)
            assert reads.hold(piece.roots())
            after = env
            for path, value in leaves(env):
                edited = changed(after, path, other(value)) if path and _there(after, path) else after
                if edited is not after and reads.hold(_same_piece(piece, edited).roots()):
                    after, kept = edited, kept + 1
            again = run_piece(_same_piece(piece, after))
            assert (again.resources, again.given) == (before.resources, before.given), (part, position)
    assert kept > 500


def _there(env: Environment, path: Path) -> bool:
    """Whether the place is still there after earlier edits."""
    value: Any = env
    for key in path:
        if isinstance(value, list):
            if not isinstance(key, int) or key >= len(value):
                return False
            value = value[key]
        elif isinstance(value, BaseModel):
            value = getattr(value, str(key))
        else:
            return False
    return True


def _same_piece(piece: Piece, env: Environment) -> Piece:
    team = next((team for team in env.teams if piece.team and team.name == piece.team.name), None)
    return replace(piece, env=env, team=team, relations=Relations.of(env))


def test_after_edits_memory_gives_what_a_cold_run_gives(env: Environment) -> None:
    memory = SynthMemory()
    first = synthesize(env, memory=memory)
    edited = env
    for path, value in [
        (("teams", 0, "budget"), 12345),
        (("datasets", 0, "retention"), "P9Y"),
        (("models", 1), env.models[1].model_copy(update={"version": "9.9.9", "port": 9100})),
        (("teams", 2, "flows"), []),
    ]:
        edited = changed(edited, path, value)
        last = synthesize(edited, memory=memory)
    assert last == synthesize(edited)
    assert synthesize(env, memory=memory) == first


@pytest.mark.deep
@settings(max_examples=60, deadline=None)
@given(choice=st.data())
def test_any_edit_gives_what_a_cold_run_gives(env: Environment, memory: SynthMemory, choice: st.DataObject) -> None:
    path, value = choice.draw(st.sampled_from([leaf for leaf in leaves(env) if leaf[0]]))
    edited = changed(env, path, other(value))
    try:
        cold = synthesize(edited)
    except Exception:  # noqa: BLE001 - a value that no stack file may have
        return
    assert synthesize(edited, memory=memory) == cold
