"""Pseudonyms in place of names in the ledger (GDPR Art. 4(5)), and how a person is erased from it (Art. 17) without touching it.

Each person's pseudonym is an HMAC-SHA-256 of their name under a key of their own. Key, name and pseudonym stand in one file beside the
ledger (0600); with a person's line of it gone, nobody can tell any more whose pseudonym it was, not even by trying names.
"""

from __future__ import annotations

import hmac
import json
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from mlops_infra import durable
from mlops_infra.errors import OperationError

FILE: Final = "pseudonyms.json"
_KEY_BYTES: Final = 32
_SHOWN: Final = 16
_LOCK_SECONDS: Final = 10.0


class _Person(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    key: str
    pseudonym: str


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    version: int = 1
    people: dict[str, _Person] = {}


class Pseudonyms:
    """The file of one project on one machine; it is made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def of(self, name: str) -> str:
        """The pseudonym of a person, always the same until they are forgotten. Raises OperationError where the file cannot be kept."""
        with self._held():
            content = self._read()
            known = content.people.get(name)
            if known is None:
                key = secrets.token_bytes(_KEY_BYTES)
                known = _Person(key=key.hex(), pseudonym=pseudonym(name, key))
                content.people[name] = known
                self._write(content)
            return known.pseudonym

    def known(self, name: str) -> str | None:
        """The pseudonym of a person who has one already. Makes none, and no file."""
        person = self._read().people.get(name)
        return person.pseudonym if person else None

    def forget(self, name: str) -> bool:
        """Erase a person; whether they were known. Their pseudonym stays in the ledger and means nothing any more."""
        with self._held():
            content = self._read()
            known = content.people.pop(name, None)
            if known is not None:
                self._write(content)
            return known is not None

    def _held(self) -> FileLock:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS, mode=0o600)

    def _read(self) -> _Content:
        try:
            return _Content.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return _Content()
        except (OSError, ValidationError):
            raise OperationError(
                "the file of pseudonyms cannot be read, so nobody knows who is who",
                where=str(self.path),
                hint="restore it from a copy; without it people get new pseudonyms",
            ) from None

    def _write(self, content: _Content) -> None:
        durable.replace(self.path, json.dumps(content.model_dump(), ensure_ascii=False, indent=1).encode())


def pseudonym(name: str, key: bytes) -> str:
    """``person-`` and 64 bits of the HMAC."""
    return f"person-{hmac.new(key, name.encode(), sha256).hexdigest()[:_SHOWN]}"
