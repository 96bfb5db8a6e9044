"""Where this run keeps the names of all tests that it found, before marks left some out."""

from __future__ import annotations

import pytest

COLLECTED = pytest.StashKey[frozenset[str]]()
