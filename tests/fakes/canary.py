"""Looks for a secret in everything that somebody could read, in the forms in which secrets escape."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote


def forms(secret: str) -> dict[str, bytes]:
    """The secret as it is, in JSON, for a URL, in hexadecimal, and in base64 wherever it may begin inside of other text."""
    raw = secret.encode()
    found = {
        "plain": raw,
        "JSON": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "JSON in ASCII": json.dumps(secret)[1:-1].encode(),
        "URL": quote(secret, safe="").encode(),
        "hex": raw.hex().encode(),
        "reversed": raw[::-1],
    }
    for shift in range(3):
        # What surrounds the secret changes the first and the last characters only.
        inner = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]
        found[f"base64+{shift}"] = inner
        found[f"base64url+{shift}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def leaks(secret: str, places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Where the secret stands, and in which form."""
    wanted = forms(secret)
    return sorted(
        {f"{place} ({form})" for place, content in places for form, text in wanted.items() if text in content}
    )


def files(folder: Path, *, without: Iterable[Path] = ()) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, names included, except what lies below `without`."""
    left_out = tuple(without)
    for path in sorted(folder.rglob("*")):
        if any(path.is_relative_to(other) for other in left_out):
            continue
        yield f"the name of {path.relative_to(folder)}", str(path).encode()
        if path.is_file() and not path.is_symlink():
            try:
                yield str(path.relative_to(folder)), path.read_bytes()
            except FileNotFoundError:
                continue
