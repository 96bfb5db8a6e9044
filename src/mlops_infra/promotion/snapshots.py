"""The stack files of what was deployed last, release by release, so that going back deploys what ran and nothing else.

The files in git may say something else by then: somebody edits them, and a shared layer changes for all environments at once.
``.mlops-infra/promotions/<environment>.d/<release id>.json`` holds the text of each layer by its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import OperationError
from mlops_infra.operations.project import Project
from mlops_infra.promotion.disk import Disk
from mlops_infra.promotion.journal import folder


def texts(loaded: LoadedEnvironment) -> dict[str, str]:
    """The text of each layer of an environment, by its name. Raises OperationError where one cannot be read."""
    try:
        return {name: (loaded.stacks / name).read_bytes().decode() for name in loaded.layers}
    except (OSError, UnicodeDecodeError) as error:
        raise OperationError(
            f"the stack files cannot be read: {type(error).__name__}", where=str(loaded.stacks)
        ) from error


def keep(disk: Disk, project: Project, environment: str, release: str, files: Mapping[str, str]) -> None:
    """Remember the files of a deployed release."""
    disk.replace(_file(project, environment, release), json.dumps(dict(files), indent=1).encode())


def load(project: Project, environment: str, release: str) -> dict[str, str] | None:
    """The files of a release as it was deployed last; None where it was not deployed from here."""
    try:
        told = json.loads(_file(project, environment, release).read_bytes())
        return {str(name): str(text) for name, text in told.items()}
    except (OSError, ValueError, AttributeError):
        return None  # What cannot be read is as good as gone; whoever needs it says so.


def _file(project: Project, environment: str, release: str) -> Path:
    return folder(project) / f"{environment}.d" / f"{release}.json"
