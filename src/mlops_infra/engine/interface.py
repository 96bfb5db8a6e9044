"""The interface through which operations use the engine; the real one is `engine.deploy.PulumiEngine`, tests bring an in-memory one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mlops_infra.engine.plan import OnEvent, Outcome, Plan
from mlops_infra.graph import Graph


class Engine(Protocol):
    """One environment's engine. All methods raise OperationError when the engine fails; none deploys after a failed preview.

    `everything` looks at all parts; otherwise parts whose program gives the same graph as when they were last deployed, that did not
    fail and that no drift was found in are left untouched. `targets` are URNs. `seen_within` (seconds): a part whose state is as it was
    when what really is was last compared with it, no longer ago than that and without finding drift, need not be looked at for drift.
    """

    def preview(
        self, *, everything: bool = False, targets: Sequence[str] = (), seen_within: float = 0.0, on_event: OnEvent
    ) -> Plan:
        """What `up` would do, after a look at what really is (refresh) of the parts that it touches."""

    def up(self, *, everything: bool = False, targets: Sequence[str] = (), on_event: OnEvent) -> Outcome:
        """Make it so; part after part, teams in parallel."""

    def preview_destroy(self, *, include_data: bool, on_event: OnEvent) -> Plan:
        """What `destroy` would delete."""

    def destroy(self, *, include_data: bool, on_event: OnEvent) -> Outcome:
        """Delete; without `include_data` resources that hold data stay and stay known."""

    def refresh(self, *, on_event: OnEvent) -> Outcome:
        """Take what really is into the state."""

    def drift(self, *, seen_within: float = 0.0, on_event: OnEvent) -> Plan:
        """What really is against the state, over all parts, changing neither; `Plan.drift` is the answer."""

    def unseen(self, within: float) -> tuple[str, ...]:
        """The deployed parts that `drift` would look at with this `seen_within` (seconds)."""

    def outputs(self) -> Mapping[str, Any]:
        """Outputs of all parts, secrets as `Secret`."""

    def deployed(self) -> Graph | None:
        """The graph of the deployed state, or None where nothing is deployed."""

    def break_locks(self) -> tuple[str, ...]:
        """Take the engine's own locks away, whoever holds them; returns the holders. Only for `unlock`."""

    def cancel(self) -> None:
        """Ask the running operation to stop; returns at once, may be called from another thread or a signal handler."""
