"""Names: Pulumi's camelCase beside the API's own spelling, and names that are made where the program gives none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Final

_WORDS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[0-9]+")
_SUFFIX_LENGTH: Final = 7


@lru_cache(maxsize=8192)
def _forms(name: str) -> tuple[str, frozenset[str]]:
    """The name without case and separators, and that name in the singular and plural spellings that it may have."""
    flat = re.sub(r"[^a-z0-9]", "", name.lower())
    forms = {flat}
    if flat.endswith("ies"):
        forms.add(flat[:-3] + "y")
    if flat.endswith("es"):
        forms.add(flat[:-2])
    if flat.endswith("s"):
        forms.add(flat[:-1])
    return flat, frozenset(forms)


def matching(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that means `name`: the same ignoring case, else the same in singular or plural; None where there is none."""
    flat, forms = _forms(name)
    second: str | None = None
    for candidate in candidates:
        other, other_forms = _forms(candidate)
        if other == flat:
            return candidate
        if second is None and forms & other_forms:
            second = candidate
    return second


def camel(name: str) -> str:
    """The API's name in Pulumi's spelling: ``KMSMasterKeyID`` → ``kmsMasterKeyId``."""
    words = _WORDS.findall(name)
    return "".join(word.capitalize() if index else word.lower() for index, word in enumerate(words)) or name


def generated(name: str, seed: bytes, longest: int) -> str:
    """``<name>-<seven hexadecimal digits>``, at most `longest` characters; the digits follow from the engine's seed."""
    digits = sha256(seed).hexdigest()[:_SUFFIX_LENGTH]
    return f"{name[: longest - _SUFFIX_LENGTH - 1]}-{digits}"
