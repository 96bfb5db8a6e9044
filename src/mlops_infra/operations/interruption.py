"""Ctrl-C as data: the first one asks what is running to stop in an orderly way, further ones insist.

`cli` owns the signals and calls `request`; operations say what can be asked (`stoppable`) and look between their steps (`check`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from mlops_infra.errors import OperationError

INSISTED: Final = 2
"""After the first request the engine is asked, after the second it is told; who asks once more is not made to wait for it."""


class InterruptedOperationError(OperationError):
    """The operation was stopped by its user."""

    def __init__(self) -> None:
        super().__init__("interrupted", hint="what was done is kept; the next `up` goes on from there")


class Interruption:
    """Whether somebody asked to stop, and whom to ask."""

    def __init__(self) -> None:
        self._requests = 0
        self._ask: Callable[[], None] | None = None

    @property
    def requested(self) -> bool:
        """Whether somebody asked to stop."""
        return self._requests > 0

    def request(self) -> bool:
        """Ask to stop. True where something is running that will stop by itself; False where the caller must end it.

        Safe to call from a signal handler: the asking happens in a thread of its own, because the interrupted code may hold locks.
        """
        self._requests += 1
        ask = self._ask
        if ask is None or self._requests > INSISTED:
            return False
        threading.Thread(target=ask, name="interruption", daemon=True).start()
        return True

    def check(self) -> None:
        """Raise InterruptedOperationError if somebody asked to stop."""
        if self.requested:
            raise InterruptedOperationError

    @contextmanager
    def stoppable(self, ask: Callable[[], None]) -> Iterator[None]:
        """While inside, `request` calls `ask`. A failure after a request comes out as an interruption."""
        self.check()
        self._ask = ask
        try:
            yield
        except OperationError as error:
            if self.requested:
                raise InterruptedOperationError from error
            raise
        finally:
            self._ask = None
