"""Which use case asks for which action, and which ask for none because they only look.

Every public function of `operations` and `promotion` that takes a `Context` and is called by commands stands in one of the two tables; a
test finds those that do not, runs each that asks with an actor who may nothing, and sees that nothing changed and the denial was recorded.
The actions are those of ``policies/decisions/actors``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ASKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "operations.audit_state.audit_state": "audit-state",
        "operations.checkpoints.make": "audit checkpoint",
        "operations.bootstrap.bootstrap": "bootstrap",
        "operations.deploy.destroy": "destroy",
        "operations.deploy.drift": "drift",
        "operations.deploy.plan": "plan",
        "operations.deploy.refresh": "refresh",
        "operations.deploy.up": "up",
        "operations.embedded.reset": "sandbox reset",
        "operations.embedded.simulate": "sandbox simulate",
        "operations.erasure.forget": "audit forget",
        "operations.policies.add_waiver": "waiver add",
        "operations.policies.renew_waiver": "waiver renew",
        "operations.state.adopt": "state import",
        "operations.state.backup": "state backup",
        "operations.state.move": "state move",
        "operations.state.restore": "state restore",
        "operations.state.unprotect": "state unprotect",
        "operations.unlock.unlock": "unlock",
        "promotion.approving.approve": "approve",
        "promotion.catalogue.create": "release create",
        "promotion.catalogue.judge": "release hold",
        "promotion.catalogue.pin": "data pin",
        "promotion.git.propose": "promote",
        "promotion.promote.abort": "promote",
        "promotion.promote.promote": "promote",
        "promotion.promote.resume": "promote",
        "promotion.rollback.rollback": "rollback",
    }
)
"""Use cases that ask first, and the action that they ask for; `catalogue.judge` asks for ``release unhold`` and ``release reject``, too.
Some only look, but through the engine and under the lock."""

LOOKS: Final = frozenset(
    {
        "operations.audit.export",
        "operations.audit.fetch",
        "operations.audit.log",
        "operations.audit.report",
        "operations.audit.verify",
        "operations.check.check",
        "operations.check.watch",
        "operations.checkpoints.from_bucket",
        "operations.embedded.status",
        "operations.embedded.variables",
        "operations.explain.explain",
        "operations.foreign.check_manifests",
        "operations.foreign.check_terraform",
        "operations.look.graph",
        "operations.look.outputs",
        "operations.look.status",
        "operations.policies.test",
        "operations.policies.today",
        "operations.policies.waivers",
        "operations.unlock.holder_of",
        "operations.whoami.whoami",
        "promotion.approving.listing",
        "promotion.approving.show",
        "promotion.catalogue.diff",
        "promotion.catalogue.listing",
        "promotion.catalogue.releases",
        "promotion.catalogue.show",
        "promotion.catalogue.verify",
        "promotion.status.history",
        "promotion.status.pipeline_status",
    }
)
"""Use cases that read files of the project and change nothing."""

LOCAL: Final = frozenset({"operations.embedded.start", "operations.embedded.stop", "operations.policies.manifest"})
"""Use cases that change this machine or this checkout only: its processes, whose data stays, and files that git reviews."""
