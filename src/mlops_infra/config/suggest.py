"""Names that exist, and the closest of them to one that does not, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_CLOSE = 0.6
_MOST_CANDIDATES = 2_000
_MOST_SUGGESTIONS = 50
_MOST_SHOWN = 20
_LONGEST = 128


class Known:
    """A set of existing names. Bounded, so that a file of thousands of wrong names costs no more than one of a few: at
    most 50 suggestions from 2,000 candidates each."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = dict.fromkeys(names)
        self._asked = 0

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def closest(self, wrong: object) -> str | None:
        """The existing name that `wrong` is most likely a slip of; None if nothing is close.

        Case and the kind of word separator do not count as differences.
        """
        self._asked += 1
        if self._asked > _MOST_SUGGESTIONS or not isinstance(wrong, str) or len(wrong) > _LONGEST:
            return None
        folded = {_folded(name): name for name, _ in zip(self.names, range(_MOST_CANDIDATES), strict=False)}
        found = get_close_matches(_folded(wrong), folded, n=1, cutoff=_CLOSE)
        return folded[found[0]] if found and folded[found[0]] != wrong else None

    def listed(self) -> str:
        """The names for a message, the first 20 of them; ``none`` if there are none."""
        shown = [name for name, _ in zip(self.names, range(_MOST_SHOWN), strict=False)]
        more = f" and {len(self.names) - _MOST_SHOWN} more" if len(self.names) > _MOST_SHOWN else ""
        return ", ".join(shown) + more if shown else "none"


def closest(wrong: object, existing: Iterable[str]) -> str | None:
    """`Known.closest` for a single question."""
    return Known(existing).closest(wrong)


def _folded(text: str) -> str:
    return text.lower().replace("-", "_").replace(" ", "_")
