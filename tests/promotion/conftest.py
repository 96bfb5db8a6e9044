from __future__ import annotations

from pathlib import Path

import pytest
from promotion_world import PromotionWorld


@pytest.fixture
def project(tmp_path: Path) -> PromotionWorld:
    """Two environments with a step between them, in memory."""
    return PromotionWorld.make(tmp_path / "project")
