"""AWS without the official plugin: a declarative table of resource types over botocore's own service models.

`rows_*.py` say, one row a type, which operations make, read, change and remove it; `predict.py` answers what follows from inputs alone (no
botocore, for synth and previews); `lifecycle.py` carries a row out against the live API; `provider.py` speaks the engine's protocol.
Adding a type is one row and one round-trip example (tests/sandbox/aws), never a class.
"""

from __future__ import annotations

from typing import Final

_LACKING: Final = frozenset(
    {
        "aws:eks/addon:Addon",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    }
)


def recorded_only(emulated: bool) -> frozenset[str]:
    """Types that the emulator (moto) lacks: nothing is called for them, they exist in the state only. Empty on the real cloud."""
    return _LACKING if emulated else frozenset()
