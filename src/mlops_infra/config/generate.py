"""Writes what is made from the model: ``stacks/schema/stack.schema.json`` and ``docs/reference/configuration.md``.

``python -m mlops_infra.config.generate`` in a checkout; tests keep both files current.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from mlops_infra.config.reference import text as reference_text
from mlops_infra.config.schema import text as schema_text

ROOT = Path(__file__).resolve().parents[3]

GENERATED: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"stacks/schema/stack.schema.json": schema_text, "docs/reference/configuration.md": reference_text}
)
"""Files below the root of the checkout, and what makes their text."""


def main() -> None:
    for name, make in GENERATED.items():
        file = ROOT / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
