"""A state's bucket in memory that picks one of two who write at once, as S3 does, and may fail or lose a process at any call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

from mlops_infra.errors import OperationError
from mlops_infra.operations.bucket import Kept

_T = TypeVar("_T")


def nothing_happens(moment: str, call: str, key: str) -> None:
    """The default of `FakeStateBucket.happens`."""


@dataclass
class FakeStateBucket:
    """Implements `operations.bucket.StateBucket`. `happens` is told each call, ``before`` and ``after`` it takes effect, and may raise.

    A version is of the content, as an ETag may be.
    """

    kept: dict[str, bytes] = field(default_factory=dict)
    happens: Callable[[str, str, str], None] = nothing_happens
    page: int = 3
    where: str = "s3://meridian-state/pulumi"
    calls: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put_new(self, key: str, data: bytes) -> bool:
        def done() -> bool:
            return self.kept.setdefault(key, data) is data

        return self._call("put_new", key, done)

    def get(self, key: str) -> Kept | None:
        def done() -> Kept | None:
            data = self.kept.get(key)
            return None if data is None else Kept(data, _version(data))

        return self._call("get", key, done)

    def replace(self, key: str, data: bytes, version: str) -> bool:
        def done() -> bool:
            if not self._is(key, version):
                return False
            self.kept[key] = data
            return True

        return self._call("replace", key, done)

    def remove(self, key: str, version: str) -> bool:
        def done() -> bool:
            if not self._is(key, version):
                return False
            del self.kept[key]
            return True

        return self._call("remove", key, done)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        def page() -> list[str]:
            return sorted(key for key in self.kept if key.startswith(prefix) and key > after)[: self.page]

        while found := self._call("keys", prefix, page):
            yield from found
            after = found[-1]

    def unreachable(self) -> None:
        """From now on it does not answer."""

        def refuse(moment: str, call: str, key: str) -> None:
            raise OperationError("the state's bucket refused: AccessDenied", where=self.where, hint="ask who may")

        self.happens = refuse

    def _is(self, key: str, version: str) -> bool:
        return key in self.kept and _version(self.kept[key]) == version

    def _call(self, call: str, key: str, done: Callable[[], _T]) -> _T:
        self.happens("before", call, key)
        with self._lock:
            self.calls.append(f"{call} {key}")
            found = done()
        self.happens("after", call, key)
        return found


def _version(data: bytes) -> str:
    return sha256(data).hexdigest()
