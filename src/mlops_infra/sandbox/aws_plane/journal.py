"""The journal of mutating requests: an append-only file that survives a kill at any byte.

Form: one header line (`MAGIC`, then the identifier seed in hexadecimal), then entries. An entry is eight bytes (length and CRC-32 of the
rest, big endian), four bytes (length of the description), the description (JSON: sequence number, time, status, WSGI environment) and the
request's body. A torn tail - an entry that is short or whose checksum is wrong, and all that follows it - is dropped when the journal is
opened. The file holds request bodies and therefore secrets: 0600.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from mlops_infra.errors import OperationError

MAGIC: Final = b"mlops-infra journal 1 "
_FRAME: Final = struct.Struct(">II")
_COUNT: Final = struct.Struct(">I")
_SEED_BYTES: Final = 16
_HEADER_SIZE: Final = len(MAGIC) + 2 * _SEED_BYTES + 1


@dataclass(frozen=True)
class Entry:
    """One mutating request that was answered.

    `number` counts up by at least one; `time` in seconds since the epoch is what the clock showed to the request; `status` is how it
    was answered; `environ` the WSGI environment's strings.
    """

    number: int
    time: float
    status: int
    account: str
    environ: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)

    def encoded(self) -> bytes:
        about = json.dumps(
            {
                "number": self.number,
                "time": self.time,
                "status": self.status,
                "account": self.account,
                "environ": self.environ,
            },
            ensure_ascii=True,
        ).encode("ascii")
        payload = _COUNT.pack(len(about)) + about + self.body
        return _FRAME.pack(len(payload), zlib.crc32(payload)) + payload

    @staticmethod
    def decoded(payload: bytes) -> Entry:
        (size,) = _COUNT.unpack_from(payload)
        about = json.loads(payload[_COUNT.size : _COUNT.size + size])
        return Entry(**about, body=payload[_COUNT.size + size :])


class Journal:
    """An open journal; use as a context manager, from one process at a time.

    Arguments: `path` of the file, made with a new seed where it does not exist. Raises `OperationError` where the file is not a journal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _open(path)
        try:
            self.seed = self._read_seed()
        except BaseException:
            self._file.close()
            raise
        self._start = self._file.tell()
        self.dropped = self._drop_torn_tail()
        """Bytes of a torn tail that were dropped."""

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, entry: Entry) -> None:
        """Write an entry; when this returns, the system has it (a kill of this process does not lose it)."""
        self._file.seek(0, os.SEEK_END)
        _write_all(self._file, entry.encoded())

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The entries whose number is above `after`, oldest first."""
        self._file.seek(self._start)
        for payload in _payloads(self._file):
            entry = Entry.decoded(payload)
            if entry.number > after:
                yield entry

    def keep(self, wanted: Callable[[Entry], bool]) -> None:
        """Rewrite the journal with only the entries that are wanted, atomically."""
        aside = self.path.with_name(f"{self.path.name}.new")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_header(self.seed))
            for entry in self.entries():
                if wanted(entry):
                    file.write(entry.encoded())
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)
        self._file.close()
        self._file = _open(self.path)

    def sync(self) -> None:
        """Have the disk hold all that was appended."""
        os.fsync(self._file.fileno())

    def _read_seed(self) -> str:
        line = self._file.read(_HEADER_SIZE)
        if len(line) < _HEADER_SIZE and _header("").startswith(line[: len(MAGIC)]):
            # New, or its making was interrupted before anything could be in it.
            seed = secrets.token_hex(_SEED_BYTES)
            self._file.truncate(0)
            self._file.seek(0)
            _write_all(self._file, _header(seed))
            return seed
        if not line.startswith(MAGIC) or not line.endswith(b"\n"):
            raise OperationError(
                "the journal of the AWS plane is not one of this version",
                where=str(self.path),
                hint="move the file away, or use the version of mlops-infra that wrote it",
            )
        return line[len(MAGIC) :].strip().decode("ascii")

    def _drop_torn_tail(self) -> int:
        self._file.seek(self._start)
        good = self._start
        for payload in _payloads(self._file):
            good += _FRAME.size + len(payload)
        size = self._file.seek(0, os.SEEK_END)
        if size > good:
            self._file.truncate(good)
        return size - good


def _header(seed: str) -> bytes:
    return MAGIC + seed.encode("ascii") + b"\n"


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Write all of it: a raw file may take fewer bytes than given."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _open(path: Path) -> BinaryIO:
    # Unbuffered: what is written is the system's at once.
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)


def _payloads(file: BinaryIO) -> Iterator[bytes]:
    """The intact payloads from here on, up to the first one that is not."""
    position = file.tell()
    while True:
        # Others may have moved the file's position between two of our results.
        file.seek(position)
        frame = file.read(_FRAME.size)
        if len(frame) < _FRAME.size:
            return
        length, checksum = _FRAME.unpack(frame)
        payload = _read_all(file, length)
        if len(payload) < length or zlib.crc32(payload) != checksum:
            return
        yield payload
        position += _FRAME.size + length


def _read_all(file: BinaryIO, length: int) -> bytes:
    """Up to `length` bytes: a raw file may answer with fewer than asked."""
    parts: list[bytes] = []
    left = length
    while left > 0:
        part = file.read(min(left, 1 << 20))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
