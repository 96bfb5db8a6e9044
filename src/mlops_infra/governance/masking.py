"""What a finding may show: no secret, no personal data, one short line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

LONGEST: Final = 120
HIDDEN: Final = ("[secret]", "[personal data]", "[e-mail]", "[number]")
"""What stands in the place of values, or parts of them, that may not be shown."""
_SECRET: Final = re.compile(
    r"pass(word|phrase|wd)|secret|token|credential|private_?key|access_?key|\bpwd\b|auth", re.IGNORECASE
)
_NAMES: Final = re.compile(r"(arn|id|name|mode|policy|ref|kind|version|days)s?$", re.IGNORECASE)
"""What ends a key that only speaks of a secret: `secretArn`, `authenticationMode`."""
_PERSONAL: Final = (
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"), "[e-mail]"),
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), "[number]"),  # US social security number
    (
        re.compile(r"\b(?:\d[ -]?){13,19}\b"),
        "[number]",
    ),  # payment cards (ISO/IEC 7812: up to 19 digits), health-card numbers
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), "[secret]"),  # AWS access key ids
    # What MLI-PII-008 looks for in names and tags: numbers of records and members, dates of birth, telephone numbers.
    (re.compile(r"\bmrn[ _:#-]?[0-9]{5,}", re.IGNORECASE), "[number]"),
    (re.compile(r"\b(?:member|patient|insured)(?:-?id)?[ _:#-]+[0-9]{5,}", re.IGNORECASE), "[number]"),
    (re.compile(r"\b(?:dob|born)[ _:#-]*(?:19|20)[0-9]{2}-?[0-9]{2}-?[0-9]{2}", re.IGNORECASE), "[personal data]"),
    (re.compile(r"\+[0-9]{1,3}[ -][0-9]{2,4}[ -][0-9]{3,}"), "[number]"),
)


def masked(value: Any, path: tuple[str | int, ...], *, personal: bool = False) -> str | None:
    """A value for people, on one line; None for none.

    `path` is where it stands: a key that may hold a secret hides the value, and so does `personal` (the rule found personal data in it).
    """
    if value is None:
        return None
    if not isinstance(value, bool) and _may_hold_secret(path):
        return "[secret]"
    if personal:
        return "[personal data]"
    safe = _hidden(value)
    text = safe if isinstance(safe, str) else json.dumps(safe, ensure_ascii=False, default=str)
    text = masked_text(" ".join(text.split()))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def masked_text(text: str) -> str:
    """A sentence, or a line of a file, without e-mail addresses and numbers of people."""
    for pattern, stand_in in _PERSONAL:
        text = pattern.sub(stand_in, text)
    return text


def _may_hold_secret(path: tuple[str | int, ...]) -> bool:
    return any(isinstance(part, str) and _SECRET.search(part) and not _NAMES.search(part) for part in path)


def _hidden(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    if isinstance(value, str) and _may_hold_secret(path):
        return "[secret]"
    if isinstance(value, Mapping):
        if value == {"$secret": True}:
            return "[secret]"
        if value == {"$unknown": True}:
            return "(known after up)"
        return {key: _hidden(item, (*path, str(key))) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item, path) for item in value]
    return value
