"""When Python's cyclic garbage collector comes, while Pulumi programs run.

It walks over every imported class of the provider SDKs each time that a program has made some objects. `few_collections` takes these out of
its sight and lets it come less often. A program leaves thousands of circles behind: they are collected before the next one runs, or in a
moment in which nobody waits (`collect`), so that a process which runs one program never pays for it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_THRESHOLDS: Final = (50_000, 20, 100)
"""Allocations before a young collection, and how many of each kind before an older one (CPython: 700, 10, 10)."""
_FULL_EVERY: Final = 8
"""After so many times everything is looked at: what outlasts the collection after its own program would pile up."""
_guard = threading.Lock()
_inside = 0
_times = 0
_due = False
_before = gc.get_threshold()


@contextmanager
def few_collections() -> Iterator[None]:
    """While inside, the garbage collector comes seldom and does not look at what was there before. May be nested, in several threads."""
    global _inside, _before, _due  # noqa: PLW0603 - the collector is the process's
    with _guard:
        if _inside == 0:
            _collect()
            _before = gc.get_threshold()
            gc.freeze()
            gc.set_threshold(*_THRESHOLDS)
        _inside += 1
    try:
        yield
    finally:
        with _guard:
            _inside -= 1
            if _inside == 0:
                gc.set_threshold(*_before)
                _due = True


def collect() -> None:
    """Collect what programs left behind, where any has run since the last time and none runs now."""
    with _guard:
        if _inside == 0:
            _collect()


def _collect() -> None:
    global _times, _due  # noqa: PLW0603
    if not _due:
        return
    _due = False
    _times += 1
    if _times % _FULL_EVERY == 0:
        gc.unfreeze()
    gc.collect()
