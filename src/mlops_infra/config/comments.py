"""Comments at the end of a collection, as ruamel.yaml keeps them.

ruamel.yaml hangs the lines between two keys onto the last value before them. A new last entry would come behind them, between
the next key and the comment that belongs to it; so they are taken off before, and hung onto the new entry after.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.tokens import CommentToken

_AFTER_VALUE = 2
_AFTER_ENTRY = 0


def last_key(collection: CommentedMap | CommentedSeq) -> Any:
    """The key of the last entry of a collection that has some."""
    return len(collection) - 1 if isinstance(collection, CommentedSeq) else next(reversed(collection))


def take_tail(collection: CommentedMap | CommentedSeq, key: Any) -> str | None:
    """Takes the whole lines behind the end of an entry off; None if there are none."""
    holder, key, slot = _end(collection, key)
    comments = holder.ca.items.get(key)
    token = comments[slot] if comments is not None and len(comments) > slot else None
    if token is None:
        return None
    beside, newline, tail = token.value.partition("\n")
    if not tail:
        return None
    if beside:
        token.value = beside + newline
    else:
        comments[slot] = None
    return str(tail)


def give_tail(collection: CommentedMap | CommentedSeq, key: Any, tail: str) -> None:
    """Hangs whole lines behind the end of an entry."""
    holder, key, slot = _end(collection, key)
    comments = holder.ca.items.setdefault(key, [None, None, None, None])
    comments[slot] = CommentToken("\n" + tail, CommentMark(0), None)


def _end(holder: Any, key: Any) -> tuple[Any, Any, int]:
    """The innermost block collection whose end is the end of an entry, its last key, and where that one's comments are."""
    while True:
        value = holder[key]
        if not isinstance(value, CommentedMap | CommentedSeq) or not value or value.fa.flow_style():
            return holder, key, _AFTER_ENTRY if isinstance(holder, CommentedSeq) else _AFTER_VALUE
        holder, key = value, last_key(value)
