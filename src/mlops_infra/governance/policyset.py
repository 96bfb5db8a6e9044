"""The rules on the disk: which files they are, what they say about themselves, and whether they are all there.

``manifest.json`` beside the rules holds the number of rules, the digest of every Rego file and each rule's METADATA. `load` compares it
with the folder, so that a set that lost a rule, or in which somebody changed one on the quiet, is refused instead of passing everything.
`build` makes it (``mlops-infra policy manifest``) and checks what METADATA must say.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlops_infra.errors import OperationError, UsageError
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.verdict import Input, Rule, Severity

MANIFEST: Final = "manifest.json"
ROOT_PACKAGE: Final = "mlops"
DECISIONS: Final = "decisions"
"""The folder of the decisions about the tool itself (`decision`), which are no rules: they have no id, no waiver, and judge no graph."""
INSPECT_SECONDS: Final = 60.0
SUBJECT: Final = r"^(stack|pods|any|[A-Z][A-Za-z]+|aws:[a-z0-9]+/[A-Za-z0-9]+:[A-Za-z0-9]+)$"
"""What a rule may look at: the stack file, everything that makes pods, everything, a Kubernetes kind, or a type of AWS."""
RULE_ID: Final = r"^MLI-[A-Z]+-[0-9]{3}$"


class RuleEntry(BaseModel):
    """One rule in the manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Annotated[str, Field(pattern=RULE_ID)]
    title: Annotated[str, Field(min_length=1)]
    description: Annotated[str, Field(min_length=1)]
    severity: Severity
    family: Annotated[str, Field(min_length=1)]
    package: str
    file: str
    controls: Annotated[list[str], Field(min_length=1)]
    remediation: Annotated[str, Field(min_length=1)]
    stack_key: str = ""
    points: Annotated[list[Literal["synth", "preview", "live"]], Field(min_length=1)]
    inputs: Annotated[list[Input], Field(min_length=1)]
    subjects: Annotated[list[Annotated[str, Field(pattern=SUBJECT)]], Field(min_length=1)]
    on_unknown: Literal["defer", "deny"]

    def rule(self) -> Rule:
        """As the rest of the room uses it."""
        values = self.model_dump()
        return Rule(**{**values, **{key: tuple(values[key]) for key in _LISTS}})


class Manifest(BaseModel):
    """``manifest.json``. `digest` covers the names and contents of all `files`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = 1
    count: Annotated[int, Field(ge=1)]
    digest: str
    files: dict[str, str]
    rules: list[RuleEntry]


@dataclass(frozen=True)
class PolicySet:
    """Rules that are all there. `files` are absolute paths of what OPA loads, `digest` names the set."""

    folder: Path
    files: tuple[Path, ...]
    digest: str
    rules: Mapping[str, Rule]


def load(folder: Path) -> PolicySet:
    """The rules of a folder, compared with its manifest. Raises Refusal where anything is missing or different."""
    if not folder.is_dir():
        raise Refusal(
            "no-policies",
            "there are no policies: the folder does not exist",
            where=str(folder),
            hint="say `--policies DIR`, or bring the folder back; without rules nothing is allowed",
        )
    files = _files(folder)
    if not files:
        raise Refusal(
            "no-rules", "the folder of policies holds no rule", where=str(folder), hint="bring the rules back"
        )
    manifest = _manifest(folder)
    found = _digests(folder, files)
    missing = sorted(manifest.files.keys() - found.keys())
    if missing or len(manifest.rules) != manifest.count:
        raise Refusal(
            "missing-policies",
            f"the set of policies has shrunk: {len(missing) or manifest.count - len(manifest.rules)} missing"
            + (f" ({_some(missing)})" if missing else ""),
            where=str(folder),
            hint="bring them back; if a rule was retired on purpose, run `mlops-infra policy manifest`",
        )
    changed = sorted(name for name, digest in found.items() if manifest.files.get(name) != digest)
    if changed or manifest.digest != _digest(found):
        raise Refusal(
            "changed-policies",
            f"policies differ from their manifest: {_some(changed) or 'its own digest'}",
            where=str(folder / MANIFEST),
            hint="review the change, then run `mlops-infra policy manifest` and commit both",
        )
    return PolicySet(folder, tuple(files), manifest.digest, {entry.id: entry.rule() for entry in manifest.rules})


def build(folder: Path, opa: Path) -> Manifest:
    """The manifest of a folder as it is now, from the METADATA of its rules.

    Arguments: `opa`: the program, which reads the annotations. Raises UsageError with every mistake of the METADATA, OperationError where
    the policies do not parse.
    """
    files = _files(folder)
    entries, problems = _entries(folder, _inspect(folder, opa, files))
    seen: dict[str, str] = {}
    for entry in entries:
        if entry.id in seen:
            problems.append(f"{entry.file}: the id {entry.id} is taken by {seen[entry.id]}")
        seen[entry.id] = entry.file
    if problems or not entries:
        told = "".join(f"\n  {problem}" for problem in problems or ["no rule has METADATA with an id"])
        raise UsageError(f"the METADATA of policies is incomplete:{told}", where=str(folder))
    return manifest_of(folder, entries)


def manifest_of(folder: Path, entries: Iterable[RuleEntry]) -> Manifest:
    """The manifest of a folder that holds the rules `entries`."""
    digests = _digests(folder, _files(folder))
    ordered = sorted(entries, key=lambda entry: entry.id)
    return Manifest(count=len(ordered), digest=_digest(digests), files=digests, rules=ordered)


def write(folder: Path, manifest: Manifest) -> Path:
    """Writes the manifest into its folder; returns the file."""
    file = folder / MANIFEST
    file.write_text(json.dumps(manifest.model_dump(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def is_test(file: Path) -> bool:
    """Whether a Rego file holds tests."""
    return file.name.endswith("_test.rego")


def _files(folder: Path) -> list[Path]:
    return sorted(file.resolve() for file in folder.rglob("*.rego") if file.is_file() and not is_test(file))


def _digests(folder: Path, files: list[Path]) -> dict[str, str]:
    root = folder.resolve()
    return {file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _digest(digests: Mapping[str, str]) -> str:
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _manifest(folder: Path) -> Manifest:
    file = folder / MANIFEST
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise Refusal(
            "no-manifest",
            "the policies have no manifest, so nobody knows whether they are all there",
            where=str(file),
            hint="run `mlops-infra policy manifest` and commit the file",
        ) from None
    except (OSError, ValidationError) as error:
        what = error.strerror if isinstance(error, OSError) else f"{error.error_count()} mistakes in it"
        raise Refusal(
            "bad-manifest",
            f"the manifest of the policies cannot be read: {what}",
            where=str(file),
            hint="run `mlops-infra policy manifest`",
        ) from None


def _inspect(folder: Path, opa: Path, files: list[Path]) -> list[dict[str, Any]]:
    command = [str(opa), "inspect", "--annotations", "--format", "json", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=INSPECT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperationError(f"OPA cannot read the policies: {type(error).__name__}", where=str(folder)) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    if done.returncode or "namespaces" not in answer:
        errors = [_error(item) for item in answer.get("errors", [])]
        told = "".join(f"\n  {line}" for line in errors or done.stderr.decode(errors="replace").splitlines()[:10])
        raise OperationError(f"OPA does not accept the policies:{told}", where=str(folder), hint="mend the Rego")
    found: list[dict[str, Any]] = answer.get("annotations", [])
    return found if files else []


def _error(item: Mapping[str, Any]) -> str:
    place = item.get("location", {})
    return f"{place.get('file', '')}:{place.get('row', 0)}: {item.get('message', '')}"


def _entries(folder: Path, annotations: list[dict[str, Any]]) -> tuple[list[RuleEntry], list[str]]:
    entries: list[RuleEntry] = []
    problems: list[str] = []
    root = folder.resolve()
    for item in annotations:
        said = item.get("annotations", {})
        custom = said.get("custom", {})
        if "id" not in custom:
            continue
        file = Path(item["location"]["file"])
        name = (file if file.is_absolute() else Path.cwd() / file).resolve().relative_to(root).as_posix()
        package = ".".join(_package(item))
        if package.removeprefix(f"{ROOT_PACKAGE}.").replace(".", "/") != str(Path(name).parent.as_posix()):
            problems.append(f"{name}: its package {package} is not that of its folder")
        fields = {key: custom.get(key) for key in _FROM_CUSTOM if key in custom}
        try:
            entries.append(
                RuleEntry(
                    title=said.get("title", ""),
                    description=said.get("description") or custom.get("why", ""),
                    package=package,
                    file=name,
                    **{"family": Path(name).parts[0], **fields},
                )
            )
        except ValidationError as error:
            problems.extend(f"{name}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    return entries, problems


_FROM_CUSTOM: Final = (
    "id",
    "severity",
    "family",
    "controls",
    "remediation",
    "stack_key",
    "points",
    "inputs",
    "subjects",
    "on_unknown",
)
_LISTS: Final = ("controls", "points", "inputs", "subjects")


def _package(item: Mapping[str, Any]) -> list[str]:
    words = [str(part.get("value", "")) for part in item.get("path", [])]
    words = [word for word in words if word != "data"]
    # METADATA of a rule has the rule's name at the end of its path.
    return words[:-1] if item.get("annotations", {}).get("scope") in ("rule", "document") else words


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
