"""All commands: importing a module registers what it has. The command line and its reference both start here."""

from mlops_infra.cli import (  # noqa: F401
    approve,
    audit,
    audit_state,
    check,
    config,
    data,
    environment,
    history,
    look,
    policy,
    project,
    promote,
    release,
    sandbox,
    state,
    waiver,
    whoami,
)
