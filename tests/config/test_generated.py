from __future__ import annotations

import pytest

from mlops_infra.config.generate import GENERATED, ROOT


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_made_from_the_model_is_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), "run `python -m mlops_infra.config.generate`"
