"""The files of a new project: stack files that are ready to be edited, and what makes the folder work with git and Pulumi."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mlops_infra.config.model.types import FORMS, NAME_PATTERN
from mlops_infra.errors import UsageError
from mlops_infra.resources import data_dir

LAYERS = ("base.yaml", "dev.yaml", "staging.yaml", "prod.yaml")
SIDE_FILES = ("access.yaml", "access/allowed_signers", "access/revoked_keys", "pipeline.yaml", "waivers.yaml")
"""Files beside the layers: who may act on environments, how releases move between them, and what is excused for a while."""
_PROGRAM = "__main__.py"
_POLICIES = "policies"
_SHIPPED_PROJECT = "meridian"

PULUMI_YAML = """\
# For somebody with the ordinary Pulumi CLI and its Python language host. `mlops-infra` itself does not need this file.
#
#   eval "$(mlops-infra sandbox env --env staging)"     # state, passphrase, both planes
#   pulumi preview -s staging-foundation                # one part: <environment>-<part>
#
# What is changed this way is noticed and recorded by the next `mlops-infra` run.
name: mlops-infra
description: One part of an ML platform's environment
runtime:
  name: python
  options:
    virtualenv: .venv
main: stacks/__main__.py
stackConfigDir: .mlops-infra/engine
"""

GITIGNORE = """\
# Engine state, sandbox data, logs and ledgers of this machine.
.mlops-infra/
.venv/
"""

README = """\
# {project}

An ML platform, described in `stacks/` and provisioned with `mlops-infra`.

    mlops-infra config validate       # are the stack files right?
    mlops-infra check --env dev       # do they keep the rules in `policies/`?
    mlops-infra up --env dev          # provision the environment `dev` in the sandbox on this machine
    mlops-infra plan --env staging    # what would change?
    mlops-infra whoami                # who the tool takes you for, and what you may do
    mlops-infra status --pipeline     # which release runs where, and what the next environment waits for

`stacks/base.yaml` says what all environments share; `dev.yaml`, `staging.yaml` and `prod.yaml` say what is different. The teams,
datasets and models in them are examples: replace them with yours. `target: aws` in an environment's file moves it from
the sandbox to the account that its `aws:` names, once `state:` is filled in.

| file | says |
|---|---|
| `stacks/access.yaml`, `stacks/access/` | who may act on environments, and their SSH keys |
| `stacks/pipeline.yaml` | how a release gets from one environment to the next, and what must hold before |
| `stacks/waivers.yaml` | which findings are excused, by whom and until when |
| `policies/` | the rules, yours to edit: `mlops-infra policy list` |
"""


def scaffold(directory: Path, project: str) -> tuple[Path, ...]:
    """Writes a new project into `directory`, which is made if it is missing.

    Arguments: `project`: the prefix of every resource's name. Result: the files written, in order, without those of the
    policies, which are many.
    Raises `UsageError` if the name is not fit, or if any of the files exists already; nothing is written then.
    """
    if re.fullmatch(NAME_PATTERN, project) is None:
        raise UsageError(
            f"{project[:60]!r} is not fit as the name of a project",
            hint=f"choose {FORMS[NAME_PATTERN]}, for example with `--name`",
        )
    files = dict(_files(project))
    if directory.exists() and not directory.is_dir():
        raise UsageError("there is a file of this name", where=str(directory), hint="choose another folder")
    existing = [name for name in files if (directory / name).exists()]
    if existing:
        raise UsageError(
            f"files of a project are there already: {', '.join(existing)}",
            where=str(directory),
            hint="choose an empty folder, or edit the project that is there",
        )
    try:
        for name, text in files.items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as out:
                out.write(text)
    except OSError as error:
        where = str(error.filename or directory)
        raise UsageError(f"cannot be written: {error.strerror}", where=where, hint="choose another folder") from None
    return tuple(directory / name for name in files if not name.startswith(f"{_POLICIES}/"))


def _files(project: str) -> Iterator[tuple[str, str]]:
    shipped = data_dir("stacks")
    for layer in LAYERS:
        yield f"stacks/{layer}", _renamed((shipped / layer).read_text(encoding="utf-8"), project)
    for name in SIDE_FILES:
        yield f"stacks/{name}", _renamed((shipped / name).read_text(encoding="utf-8"), project)
    yield f"stacks/{_PROGRAM}", (shipped / _PROGRAM).read_text(encoding="utf-8")
    for schema in sorted(data_dir("schema").glob("*.json")):
        yield f"stacks/schema/{schema.name}", schema.read_text(encoding="utf-8")
    yield from _policies()
    yield "Pulumi.yaml", PULUMI_YAML
    yield ".gitignore", GITIGNORE
    yield "README.md", README.format(project=project)


def _policies() -> Iterator[tuple[str, str]]:
    """The shipped rules as they are, so that their manifest holds. Not their examples, which are about the shipped stack files."""
    shipped = data_dir("policies")
    for file in sorted(shipped.rglob("*")):
        if file.is_file() and file.name != "examples.yaml":
            yield f"{_POLICIES}/{file.relative_to(shipped).as_posix()}", file.read_text(encoding="utf-8")


def _renamed(text: str, project: str) -> str:
    """A shipped layer for another project; its addresses become ones of the reserved domain ``.example`` (RFC 2606)."""
    text = text.replace("Meridian Health's ML platform", f"the ML platform {project}")
    text = text.replace(f"{_SHIPPED_PROJECT}-health.example", f"{project}.example")
    return re.sub(rf"\b{_SHIPPED_PROJECT}\b", project, text)
