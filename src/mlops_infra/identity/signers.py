"""``stacks/access/allowed_signers`` and ``stacks/access/revoked_keys``: whose key is whose, since when, until when, and for what.

Both are files of OpenSSH (ssh-keygen(1), "ALLOWED SIGNERS"; a plain list of revoked public keys), so that ``ssh-keygen -Y verify`` gives an
auditor the same answer without us. Stricter than OpenSSH where it leaves doubt about a person: principals are names, not patterns; moments
end in ``Z``, because without it each machine's own time zone would decide; and there are no certificate authorities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from sshsig.allowed_signers import AllowedSigner

from mlops_infra.errors import UsageError
from mlops_infra.identity import public_keys

FOLDER: Final = "access"
SIGNERS_FILE: Final = f"{FOLDER}/allowed_signers"
REVOKED_FILE: Final = f"{FOLDER}/revoked_keys"
_MOMENTS: Final = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_PRINCIPAL: Final = re.compile(r"[A-Za-z0-9._%+@-]{1,128}")


@dataclass(frozen=True)
class Entry:
    """One line of ``allowed_signers``. `namespaces` are patterns (None: all); the moments are UTC, both still valid themselves."""

    principals: tuple[str, ...]
    fingerprint: str
    namespaces: tuple[str, ...] | None
    valid_after: datetime | None
    valid_before: datetime | None
    line: int

    def serves(self, namespace: str) -> bool:
        """Whether the key may sign in a namespace."""
        return self.namespaces is None or any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)


@dataclass(frozen=True)
class AllowedSigners:
    """The keys that may sign, and the fingerprints of those that no longer may."""

    entries: tuple[Entry, ...] = ()
    revoked: frozenset[str] = frozenset()

    def of(self, fingerprint: str) -> tuple[Entry, ...]:
        """The lines about a key."""
        return tuple(entry for entry in self.entries if entry.fingerprint == fingerprint)


def load_signers(stacks: Path) -> AllowedSigners:
    """The keys of a folder of stack files; none where there are no files. Raises UsageError with file and line for what cannot be read."""
    entries = tuple(_entry(text, number, place) for text, number, place in _lines(stacks, SIGNERS_FILE))
    owners: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if owners.setdefault(entry.fingerprint, entry.principals) != entry.principals:
            where = f"{stacks.name}/{SIGNERS_FILE}:{entry.line}"
            raise UsageError("this key belongs to somebody else above", where=where, hint="a key is one person's")
    revoked = frozenset(_fingerprint(text, place) for text, _, place in _lines(stacks, REVOKED_FILE))
    return AllowedSigners(entries, revoked)


def _lines(stacks: Path, name: str) -> list[tuple[str, int, str]]:
    """Lines that say something, with their number and their place for people."""
    try:
        text = (stacks / name).read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the file cannot be read: {type(error).__name__}", where=f"{stacks.name}/{name}") from None
    found = ((line.strip(), number) for number, line in enumerate(text.split("\n"), 1))
    return [(line, number, f"{stacks.name}/{name}:{number}") for line, number in found if line and line[0] != "#"]


def _entry(text: str, number: int, place: str) -> Entry:
    try:
        parsed = AllowedSigner.parse(text)
    except (ValueError, IndexError):
        raise UsageError(
            "this is no line of allowed_signers",
            where=place,
            hint='write: NAME [valid-after="…Z",valid-before="…Z",namespaces="…"] ssh-ed25519 KEY',
        ) from None
    options = parsed.options or {}
    principals = tuple(parsed.principals.split(","))
    if not all(_PRINCIPAL.fullmatch(name) for name in principals):
        raise UsageError("a principal is a name, not a pattern", where=place, hint="name each person on a line")
    if "cert-authority" in options:
        raise UsageError("certificate authorities are not supported", where=place, hint="name each key on a line")
    namespaces = options.get("namespaces")
    return Entry(
        principals,
        _fingerprint(f"{parsed.key_type} {parsed.base64_key}", place),
        tuple(namespaces.split(",")) if namespaces is not None else None,
        _moment(options.get("valid-after"), place),
        _moment(options.get("valid-before"), place),
        number,
    )


def _fingerprint(text: str, place: str) -> str:
    try:
        return public_keys.fingerprint(public_keys.read(text))
    except public_keys.UnknownTypeError:
        raise UsageError("keys of this type are not supported", where=place, hint=public_keys.SUGGESTED) from None
    except ValueError:
        raise UsageError("this is no public key", where=place, hint="copy the line of the .pub file whole") from None


def _moment(text: str | None, place: str) -> datetime | None:
    if text is None:
        return None
    digits = text.removesuffix("Z")
    try:
        if digits == text or not digits.isdigit():
            raise ValueError(text)
        return datetime.strptime(digits, _MOMENTS[len(digits)]).replace(tzinfo=UTC)
    except (ValueError, KeyError):
        raise UsageError("this is no moment", where=place, hint="write YYYYMMDDZ or YYYYMMDDhhmmZ, in UTC") from None
