"""A new rule: its Rego, its test and its examples, side by side, with the next free number of its family."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mlops_infra.errors import UsageError
from mlops_infra.governance.policyset import DECISIONS, is_test
from mlops_infra.governance.verdict import Severity

_NAME: Final = r"[a-z][a-z0-9_]{2,60}"

_RULE: Final = """\
# METADATA
# title: "{title}"
# description: >-
#   Say why it matters.
# schemas:
#   - input: schema.input
# custom:
#   id: {id}
#   severity: {severity}
#   family: {family}
#   controls:
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Name the key of the stack file, and what to set it to.
#   stack_key: "storage"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.{family}.{name}

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, ["versioning"], "say what is wrong") if {{
	some urn in lib.of_type("aws:s3/bucket:Bucket")
	lib.value(urn, ["bucket"]) == "replace-me"
}}
"""

_TEST: Final = """\
package mlops.{family}.{name}_test

import data.mlops.{family}.{name}
import data.mlops.lib.testing

test_bad if {{
	count({name}.findings) == 1 with input as testing.doc([bucket("replace-me")])
}}

test_good if {{
	count({name}.findings) == 0 with input as testing.doc([bucket("mine")])
}}

bucket(name) := {{"urn": "a", "type": "aws:s3/bucket:Bucket", "inputs": {{"bucket": name}}}}
"""

_EXAMPLES: Final = """\
# What breaks the rule, and what does not: fragments of a stack file, merged over staging, synthesized and judged by the tests.
# Where no stack file can break it, `patch` changes the graph: [{{select: {{type, name}}, set: {{path: value}}}}].
good:
  - name: the shipped staging environment
    stack: {{}}
bad:
  - name: replace this with a change of the stack file
    patch:
      - select: {{type: "aws:s3/bucket:Bucket"}}
        set: {{bucket: replace-me}}
"""


def new_rule(folder: Path, family: str, name: str, title: str, severity: Severity) -> tuple[Path, ...]:
    """Writes the three files of a rule; returns them.

    Arguments: `folder` of policies; `family`: one of its folders; `name`: the rule's package; `title`: what it asks for.
    Raises UsageError for a family that there is not, a name that is not fit, or files that are there already.
    """
    known = families(folder)
    if family not in known:
        raise UsageError(f"there is no family {family!r}", hint=f"choose one of: {', '.join(known)}")
    if re.fullmatch(_NAME, name) is None:
        raise UsageError(
            f"{name[:60]!r} is not fit as the name of a rule",
            hint="lower-case letters, digits and underscores, such as bucket_versioning",
        )
    target = folder / family / name
    if target.exists():
        raise UsageError("there is such a rule already", where=str(target), hint="choose another name")
    words = {
        "id": next_id(folder, family),
        "family": family,
        "name": name,
        "severity": severity,
        "title": title.replace('"', "'"),
    }
    files: Mapping[str, str] = {f"{name}.rego": _RULE, f"{name}_test.rego": _TEST, "examples.yaml": _EXAMPLES}
    target.mkdir()
    for file, text in files.items():
        (target / file).write_text(text.format(**words), encoding="utf-8")
    return tuple(target / file for file in files)


def families(folder: Path) -> list[str]:
    """The folders that hold rules; decisions about the tool itself are none."""
    found = {file.parent.parent.name for file in folder.glob("*/*/*.rego") if not is_test(file)}
    return sorted(found - {DECISIONS})


def next_id(folder: Path, family: str) -> str:
    """The number after the highest that the family has; numbers are never reused, so retired rules keep theirs (``retired.txt``)."""
    prefix = f"MLI-{family.upper()}-"
    text = [file.read_text(encoding="utf-8") for file in folder.glob(f"{family}/**/*.rego")]
    retired = folder / "retired.txt"
    text += [retired.read_text(encoding="utf-8")] if retired.is_file() else []
    numbers = [int(number) for item in text for number in re.findall(rf"{re.escape(prefix)}([0-9]{{3}})", item)]
    return f"{prefix}{max(numbers, default=0) + 1:03d}"
