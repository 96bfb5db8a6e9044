"""Writes what is made from the models of this room: ``python -m mlops_infra.promotion.generate``; tests keep the files current."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mlops_infra.config.reference import page
from mlops_infra.config.schema import side_schema
from mlops_infra.promotion.evidence import GateInput
from mlops_infra.promotion.pipeline import Pipeline

ROOT: Final = Path(__file__).resolve().parents[3]
_HEAD: Final = """\
# Keys of the pipeline

<!-- Made from the model by `python -m mlops_infra.promotion.generate`. Edit the model, not this page. -->

`stacks/pipeline.yaml` says in which order releases move, and what must hold for each step. [Promotion](../promotion.md) tells how.
"""

GENERATED: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "stacks/schema/pipeline.schema.json": lambda: side_schema(Pipeline, "mlops-infra pipeline"),
        "policies/schema/promotion-input.json": lambda: side_schema(GateInput, "Input of the decision on a promotion"),
        "docs/reference/pipeline.md": lambda: page(_HEAD, Pipeline),
    }
)
"""Files below the root of the checkout, and what makes their text."""


def main() -> None:
    for name, make in GENERATED.items():
        (ROOT / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
