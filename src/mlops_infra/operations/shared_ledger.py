"""The entries of an environment's ledger in the state's bucket: ``ledger/<environment>/<number>.json``, each the line's very bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, ParamSpec, TypeVar

from mlops_infra.audit import LedgerError
from mlops_infra.config.state_folders import LEDGER
from mlops_infra.errors import OperationError
from mlops_infra.operations.bucket import StateBucket

_DIGITS: Final = 12
_AT_ONCE: Final = 32
"""Entries that are fetched at the same time."""
_BATCH: Final = 256
_P = ParamSpec("_P")
_T = TypeVar("_T")


class BucketEntries:
    """Implements `audit.SharedEntries`."""

    def __init__(self, bucket: StateBucket, environment: str) -> None:
        self._bucket = bucket
        self._folder = f"{LEDGER}/{environment}/"

    @property
    def where(self) -> str:
        """``s3://bucket/prefix/ledger/environment``."""
        return f"{self._bucket.where}/{self._folder}".rstrip("/")

    def put_new(self, seq: int, line: bytes) -> bool:
        """See `audit.SharedEntries`."""
        return _reached(self._bucket.put_new, self._key(seq), line)

    def get(self, seq: int) -> bytes | None:
        """See `audit.SharedEntries`."""
        found = _reached(self._bucket.get, self._key(seq))
        return None if found is None else found.data

    def after(self, seq: int) -> Iterator[tuple[int, bytes]]:
        """See `audit.SharedEntries`. Lists from there on only, and fetches side by side."""
        keys = self._bucket.keys(self._folder, self._key(seq))
        while batch := _reached(lambda: list(islice(keys, _BATCH))):
            numbers = [self._number(key) for key in batch]
            if len(batch) == 1:
                yield numbers[0], self._there(numbers[0])
                continue
            with ThreadPoolExecutor(min(_AT_ONCE, len(batch)), thread_name_prefix="ledger") as threads:
                yield from zip(numbers, threads.map(self._there, numbers), strict=True)

    def _there(self, seq: int) -> bytes:
        found = self.get(seq)
        if found is None:
            raise LedgerError(
                f"shared entry {seq} was there and is gone", where=self.where, hint="somebody deletes entries"
            )
        return found

    def _key(self, seq: int) -> str:
        return f"{self._folder}{seq:0{_DIGITS}d}.json"

    def _number(self, key: str) -> int:
        told = key.removeprefix(self._folder).removesuffix(".json")
        if not told.isdecimal() or self._key(int(told)) != key:
            raise LedgerError(
                f"{key} lies among the shared entries and is none", where=self.where, hint="find out who put it there"
            )
        return int(told)


def _reached(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    try:
        return call(*args, **kwargs)
    except OperationError as error:
        raise LedgerError(
            f"the ledger cannot be reached: {error.what}",
            where=error.where,
            hint=f"nothing is done that cannot be recorded; {error.hint}" if error.hint else None,
        ) from error
