"""check of what somebody else made: Kubernetes manifests, or a plan or state of Terraform, judged by the rules that apply to them.

Steps: read → judge. The environment says whose parameters, account, region and waivers hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlops_infra.config import load_environment
from mlops_infra.governance import baseline as baselines
from mlops_infra.governance.foreign import Foreign, read_manifests, read_terraform
from mlops_infra.governance.judge import judge_foreign, refused
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.verdict import Verdict
from mlops_infra.operations.check import judging_with
from mlops_infra.operations.ports import Context


def check_manifests(context: Context, environment: str, folder: Path, baseline: Path | None = None) -> Verdict:
    """The verdict on the manifests in a folder, as part of an environment.

    Arguments: `baseline`: an earlier report whose findings do not count. Raises UsageError for manifests that cannot be read.
    """
    return _judged(context, environment, read_manifests(folder, context.project.root), baseline)


def check_terraform(context: Context, environment: str, file: Path, baseline: Path | None = None) -> Verdict:
    """The verdict on what ``terraform show -json`` said, as part of an environment.

    Arguments as in `check_manifests`. Raises UsageError for a file that is neither plan nor state.
    """
    return _judged(context, environment, read_terraform(file, context.project.root), baseline)


def _judged(context: Context, environment: str, given: Foreign, baseline: Path | None) -> Verdict:
    known: Mapping[str, frozenset[str]] = baselines.load_baseline(baseline) if baseline else {}
    loaded = load_environment(context.project.stacks, environment)
    try:
        with judging_with(context) as (policies, opa, waivers):
            verdict = judge_foreign(given, loaded, policies, opa, waivers, context.ports.clock())
    except Refusal as refusal:
        verdict = refused(environment, refusal)
    return baselines.without_known(verdict, known.get(environment, frozenset()))
