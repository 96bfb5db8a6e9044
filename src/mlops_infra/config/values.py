"""A validated environment as a list of values, each with its key path and who set it; and the differences of two.

Entries of lists that merge by name are addressed by name, as they are in origins, edits and messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlops_infra.config.fields import places
from mlops_infra.config.load import LoadedEnvironment
from mlops_infra.config.node import IDENTITIES, Origin, Path, Plain, dotted
from mlops_infra.config.problems import is_secret

HIDDEN = "[not shown]"
"""What stands for a value whose key may hold a secret."""


@dataclass(frozen=True)
class Value:
    """One value: a scalar, or a list or mapping that has no values inside. `origin` None means the model's default."""

    path: Path
    value: Plain
    origin: Origin | None

    def as_json(self) -> dict[str, object]:
        """The value for ``--output json``."""
        return {"path": dotted(self.path), "value": self.value, "origin": origin_json(self.origin)}


@dataclass(frozen=True)
class Difference:
    """A key path at which two environments say different things; `before` or `after` is None where one says nothing."""

    path: Path
    before: Value | None
    after: Value | None

    def as_json(self) -> dict[str, object]:
        """The difference for ``--output json``."""
        return {
            "path": dotted(self.path),
            "from": self.before.as_json() if self.before else None,
            "to": self.after.as_json() if self.after else None,
        }


def origin_json(origin: Origin | None) -> dict[str, object] | None:
    """An origin for ``--output json``."""
    if origin is None:
        return None
    return {"file": origin.file, "line": origin.line, "column": origin.column, "layer": origin.layer}


def data(loaded: LoadedEnvironment) -> dict[str, Any]:
    """The environment as plain data in the order of the model, defaults included; keys that are not set are left out."""
    dump = loaded.environment.model_dump(exclude_none=True)
    return {key: _shown(value, (key,)) for key, value in dump.items()}


def _shown(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _shown(child, (*path, key)) for key, child in value.items()}
    if isinstance(value, list):
        return [_shown(child, (*path, index)) for index, child in enumerate(value)]
    return HIDDEN if _free(path) and is_secret(path[-1:]) else value


def _free(path: Path) -> bool:
    """Whether the path leads to a key that the model does not name: settings, tags, labels."""
    known = places(path)
    return bool(path) and known[-1].path != path and isinstance(path[-1], str)


def values(loaded: LoadedEnvironment) -> Iterator[Value]:
    """Every value of the environment in the order of the model, with who set it."""
    yield from _values(data(loaded), (), loaded)


def _values(value: Any, path: Path, loaded: LoadedEnvironment) -> Iterator[Value]:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _values(child, (*path, key), loaded)
    elif isinstance(value, list) and value and any(isinstance(child, dict) for child in value):
        names = entry_names(value)
        for index, child in enumerate(value):
            yield from _values(child, (*path, names[index] if names else index), loaded)
    else:
        yield Value(path, value, loaded.written(path))


def entry_names(entries: list[Any]) -> list[str] | None:
    """The names that tell the entries of a list of mappings apart, None if nothing does."""
    for key in IDENTITIES:
        names = [entry.get(key) for entry in entries if isinstance(entry, dict)]
        if len(names) == len(entries) == len(set(names)) and all(isinstance(name, str) for name in names):
            return [str(name) for name in names]
    return None


def difference(before: LoadedEnvironment, after: LoadedEnvironment) -> tuple[Difference, ...]:
    """What `after` says otherwise than `before`, value by value; the order of entries with names does not count.

    The order is that of `before`, with what only `after` says behind it.
    """
    old = {value.path: value for value in values(before)}
    new = {value.path: value for value in values(after)}
    return tuple(
        Difference(path, old.get(path), new.get(path))
        for path in {**old, **new}
        if path not in old or path not in new or _other(old[path].value, new[path].value)
    )


def _other(one: Plain, two: Plain) -> bool:
    return type(one) is not type(two) or one != two
