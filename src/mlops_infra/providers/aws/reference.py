"""Generates docs/reference/aws-types.md from the table: ``python -m mlops_infra.providers.aws.reference > docs/reference/aws-types.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from mlops_infra.providers.aws import recorded_only
from mlops_infra.providers.aws.invokes import ANSWERS
from mlops_infra.providers.aws.row import Prop, Row
from mlops_infra.providers.aws.table import ROWS

_HEAD = """# AWS resource types of the built-in provider

Generated from the table in `src/mlops_infra/providers/aws/rows_*.py`; do not edit. Types and properties are those of pulumi-aws. What
is not listed here is refused by name, before anything is changed: use the listed ones, or set `providers: official` in the stack file.

A property marked **!** makes a new resource when it changes; *cloud* says that AWS chooses a value where none is given. Types marked
*recorded only* are not in the sandbox's AWS: there they exist in the state alone, and `up`, `plan` and `status` say so.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_types(), "## Data sources", "", *(f"- `{token}`" for token in sorted(ANSWERS)), ""])


def _types() -> Iterator[str]:
    lacking = recorded_only(emulated=True)
    yield "## Types"
    yield ""
    yield "| type | properties | outputs |"
    yield "|---|---|---|"
    for token, row in sorted(ROWS.items()):
        note = " (*recorded only*)" if token in lacking else ""
        yield f"| `{token}`{note} | {_properties(row)} | {', '.join(out.name for out in row.outs)} |"
    yield ""


def _properties(row: Row) -> str:
    names = [_property(prop) for prop in row.props]
    if row.tags is not None:
        names.append("tags")
    if row.regional:
        names.append("region **!**")
    return ", ".join(names)


def _property(prop: Prop) -> str:
    return prop.name + (" **!**" if prop.replace else "") + (" *cloud*" if prop.computed else "")


if __name__ == "__main__":
    sys.stdout.write(page())
