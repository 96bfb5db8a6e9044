"""Writes what is made from the model of ``access.yaml``: ``python -m mlops_infra.identity.generate``; tests keep the files current."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mlops_infra.config.reference import page
from mlops_infra.config.schema import side_schema
from mlops_infra.identity.access_file import AccessFile

ROOT: Final = Path(__file__).resolve().parents[3]
_HEAD: Final = """\
# Keys of `stacks/access.yaml`

<!-- Made from the model by `python -m mlops_infra.identity.generate`. Edit the model, not this page. -->

The people and machines that act on environments, and their roles. [Access](../access.md) tells how to set it up and what each role may do.
"""

GENERATED: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "stacks/schema/access.schema.json": lambda: side_schema(AccessFile, "mlops-infra access"),
        "docs/reference/access.md": lambda: page(_HEAD, AccessFile),
    }
)
"""Files below the root of the checkout, and what makes their text."""


def main() -> None:
    for name, make in GENERATED.items():
        (ROOT / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
