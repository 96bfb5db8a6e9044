"""The collector is left as it was found, and what a program leaves behind goes when the next one runs or nobody waits."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

from mlops_infra.engine.garbage import collect, few_collections


class Circle:
    def __init__(self) -> None:
        self.itself = self


def enter_again() -> None:
    with few_collections():
        pass


@pytest.mark.parametrize("later", [collect, enter_again])
def test_circles_of_a_program_are_collected_later(later: Callable[[], None]) -> None:
    before = gc.get_threshold()
    with few_collections():
        left = weakref.ref(Circle())
        with few_collections():
            assert gc.get_threshold() > before
        collect()
        assert left() is not None
    assert gc.get_threshold() == before
    later()
    assert left() is None
