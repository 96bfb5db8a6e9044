"""Writes what is made from the models of this room: ``python -m mlops_infra.governance.generate``; tests keep the files current."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mlops_infra.governance.reports.json_report import schema as report_schema
from mlops_infra.governance.waivers import Waiver, WaiverFile

ROOT: Final = Path(__file__).resolve().parents[3]


def waivers_schema() -> str:
    """The JSON Schema of ``stacks/waivers.yaml``, for editors."""
    made = WaiverFile.model_json_schema()
    waiver = Waiver.model_json_schema()
    definitions = waiver.pop("$defs")
    made["properties"]["waivers"]["items"] = waiver
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "mlops-infra waivers",
        "$defs": definitions,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


GENERATED: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {"stacks/schema/waivers.schema.json": waivers_schema, "policies/schema/report.json": report_schema}
)
"""Files below the root of the checkout, and what makes their text."""


def main() -> None:
    for name, make in GENERATED.items():
        (ROOT / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
