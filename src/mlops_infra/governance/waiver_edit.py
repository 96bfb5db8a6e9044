"""Changes to ``stacks/waivers.yaml`` that keep its comments: add a waiver, renew one."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mlops_infra import durable
from mlops_infra.errors import UsageError
from mlops_infra.governance.verdict import Rule
from mlops_infra.governance.waivers import FILE, Waiver, load_waivers, malformed, why_not

_NEW: Final = """\
# yaml-language-server: $schema=schema/waivers.schema.json
# Expiring, reasoned exceptions from single rules (docs/policies.md). `mlops-infra waiver add` writes them.
version: 1
waivers: []
"""


def add(stacks: Path, waiver: Waiver, rules: Mapping[str, Rule]) -> Path:
    """Appends a waiver; returns the file. Raises UsageError where it would not hold from its first day on."""
    wrong = why_not(waiver, rules.get(waiver.rule), waiver.granted)
    if wrong:
        raise UsageError(f"this waiver would not hold: {wrong}", hint="docs/policies.md tells what a waiver needs")
    entry = waiver.model_dump(mode="python")

    def append(content: Any) -> None:
        content["waivers"].append(entry)

    return _edit(stacks, append)


def renew(stacks: Path, number: int, expires: date, approver: str, today: date, rules: Mapping[str, Rule]) -> Path:
    """Gives the waiver `number` (from 1, as `waiver list` counts) a new term from `today` on; returns the file.

    Raises UsageError for a number that there is not, and where the renewed waiver would not hold.
    """
    place, before = numbered(stacks, number)
    try:
        after = Waiver.model_validate(
            {**before.model_dump(), "granted": today, "expires": expires, "approver": approver}
        )
    except ValidationError as error:
        raise UsageError(f"the renewed waiver is malformed: {malformed(error)}") from None
    wrong = why_not(after, rules.get(after.rule), today)
    if wrong:
        raise UsageError(f"the renewed waiver would not hold: {wrong}", where=place)

    def change(content: Any) -> None:
        content["waivers"][number - 1].update({"granted": today, "expires": expires, "approver": approver})

    return _edit(stacks, change)


def numbered(stacks: Path, number: int) -> tuple[str, Waiver]:
    """The waiver `number`, from 1, and its place. Raises UsageError where there is none, or where it is malformed."""
    entries = load_waivers(stacks).entries
    if not 1 <= number <= len(entries):
        raise UsageError(f"there is no waiver {number}", hint=f"`mlops-infra waiver list` shows {len(entries)}")
    found = entries[number - 1]
    if found.waiver is None:
        raise UsageError(f"waiver {number} is malformed", where=found.place, hint="mend it by hand")
    return found.place, found.waiver


def _edit(stacks: Path, change: Callable[[Any], None]) -> Path:
    load_waivers(stacks)  # Refuses a file that cannot be read, before anything is written.
    file = stacks / FILE
    text = file.read_text(encoding="utf-8") if file.exists() else _NEW
    yaml = YAML()
    yaml.width = 140
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        content = yaml.load(text)
    except YAMLError:
        raise UsageError("the file of waivers cannot be edited", where=str(file), hint="edit it by hand") from None
    if not content.get("waivers"):
        content["waivers"] = []  # In place of a flow-style `[]`, which would put the first waiver on one line.
    change(content)
    out = io.StringIO()
    yaml.dump(content, out)
    with durable.replacing(file, mode=None if file.exists() else 0o644) as whole:
        whole.write(out.getvalue().encode())
    return file
