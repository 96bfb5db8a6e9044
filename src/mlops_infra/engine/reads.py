"""What a program read of the values that it was given, so that it need not run again while these are the same.

A part's program is a pure function of its `Environment`. `Reads.noting` gives a stand-in for a value, which answers as the value does
and notes each leaf that is asked for; `Reads.hold` says whether other values have the same leaves. What is not a plain read of a field
(a method of a section, a comparison) counts as a read of the whole section, so nothing that a program could have seen is missing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel

ReadPath: TypeAlias = tuple[Hashable, ...]


class Reads:
    """Leaves that were asked for, by their path below named roots."""

    def __init__(self) -> None:
        self._shapes: dict[ReadPath, Any] = {}
        self._wholes: dict[ReadPath, Any] = {}

    def noting(self, root: str, value: Any) -> Any:
        """A stand-in for `value` (a section, or a mapping of which entries are looked up), whose reads are noted under `root`."""
        return _Entries(self, (root,), value) if isinstance(value, Mapping) else self.read((root,), value)

    def hold(self, roots: Mapping[str, Any]) -> bool:
        """Whether a program that was given these values would have read what it read."""
        try:
            return all(_shape(_at(roots, path)) == shape for path, shape in self._shapes.items()) and all(
                _told(_at(roots, path)) == told for path, told in self._wholes.items()
            )
        except (AttributeError, LookupError):
            return False

    def read(self, path: ReadPath, value: Any) -> Any:
        """Note that the value at `path` was asked for; returns what to answer."""
        self._shapes[path] = _shape(value)
        if isinstance(value, BaseModel):
            return _Section(self, path, value)
        if _of_sections(value):
            return [self.read((*path, index), item) for index, item in enumerate(value)]
        return value

    def whole(self, path: ReadPath, value: Any) -> None:
        """Note that all of the value at `path` may have been read."""
        if path not in self._wholes:
            self._wholes[path] = _told(value)


class _Section:
    """Stands for a section of a stack file: an instance of its class to all who ask."""

    __slots__ = ("_answers", "_path", "_reads", "_value")

    def __init__(self, reads: Reads, path: ReadPath, value: BaseModel) -> None:
        self._reads = reads
        self._path = path
        self._value = value
        self._answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self._answers:
            return self._answers[name]
        if name in type(self._value).model_fields:
            self._answers[name] = self._reads.read((*self._path, name), getattr(self._value, name))
            return self._answers[name]
        return getattr(self._all(), name)

    def _all(self) -> BaseModel:
        self._reads.whole(self._path, self._value)
        return self._value

    @property  # type: ignore[misc]  # Nobody writes it.
    def __class__(self) -> Any:
        return type(self._value)

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if type(other) is _Section else other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


class _Entries(Mapping[Any, Any]):
    """Stands for a mapping of which a program looks up some entries."""

    def __init__(self, reads: Reads, path: ReadPath, value: Mapping[Any, Any]) -> None:
        self._reads = reads
        self._path = path
        self._value = value

    def __getitem__(self, key: Any) -> Any:
        found = self._reads.read((*self._path, key), self._value.get(key, _ABSENT))
        if found is _ABSENT:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[Any]:
        self._reads.whole((*self._path, _KEYS), tuple(self._value))
        return iter(self._value)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Mark:
    """A word that no value of a stack file equals."""


_ABSENT = _Mark()
_KEYS = _Mark()


def _at(roots: Mapping[str, Any], path: ReadPath) -> Any:
    value: Any = roots
    for key in path:
        if key is _KEYS:
            value = tuple(value)
        elif isinstance(value, BaseModel):
            value = getattr(value, str(key))
        else:
            value = value.get(key, _ABSENT) if isinstance(value, Mapping) else value[key]
    return value


def _of_sections(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, BaseModel) for item in value)


def _shape(value: Any) -> Any:
    """What the reader of `value` has seen by then: of sections, which are read field by field, that they are there."""
    if isinstance(value, BaseModel):
        return type(value)
    return ("sections", len(value)) if _of_sections(value) else _told(value)


def _told(value: Any) -> Any:
    """`value` so that only the same value equals it: other than in Python ``1`` is not ``True``, and the order of keys counts."""
    if isinstance(value, BaseModel):
        return type(value), tuple((key, _told(item)) for key, item in vars(value).items())
    if isinstance(value, Mapping):
        return "mapping", tuple((key, _told(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return "list", tuple(_told(item) for item in value)
    return type(value), value
