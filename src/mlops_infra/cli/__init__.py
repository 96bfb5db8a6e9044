"""The command line: one Typer module per noun, and the Rich views. No logic.

Data flow: ``app`` (options, exit codes) → a command in ``environment``, ``look``, ``project``, ``config``, ``sandbox`` or ``state`` → one
function of `operations` or `config` → ``views`` (text) or ``documents`` (JSON).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_infra.cli.invocation import Invocation


def main(args: Sequence[str] | None = None, invocation: Invocation | None = None) -> int:
    """The console script ``mlops-infra``; returns the exit code. `args` and `invocation` are for tests."""
    from mlops_infra.cli import commands  # noqa: F401, PLC0415 - registers them
    from mlops_infra.cli.app import run  # noqa: PLC0415
    from mlops_infra.cli.invocation import Invocation  # noqa: PLC0415

    return run(sys.argv[1:] if args is None else args, invocation or Invocation())
