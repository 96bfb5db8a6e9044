"""Role × environment × every use case, decided by the real OPA: whoever may not is refused, changes nothing, and is recorded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from entry_points import RUN, on_aws, picture, waived
from fake_policies import ENTRIES, make_policies
from fake_world import FakeWorld

from mlops_infra import toolchain
from mlops_infra.errors import GateError
from mlops_infra.governance import policyset
from mlops_infra.governance.actors import Question, actions_of, permission
from mlops_infra.governance.decision import DecisionError, decide
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.server import OpaServer
from mlops_infra.identity.access_file import ROLES
from mlops_infra.identity.actor import Identity, Role
from mlops_infra.operations import deploy
from mlops_infra.operations.authorising import by_policies
from mlops_infra.operations.mutating import ASKS
from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

ENVIRONMENTS = ("dev", "staging", "prod")
PAGE = Path(__file__).parents[3] / "docs" / "access.md"


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    """The decisions alone, without the rules about graphs, so that OPA starts at once."""
    folder = make_policies(tmp_path_factory.mktemp("decisions") / "policies")
    (folder / "main.rego").write_text("package mlops.governance\n\nfindings := set()\n")
    shutil.copytree(data_dir("policies") / "decisions" / "actors", folder / "decisions" / "actors")
    policyset.write(folder, policyset.manifest_of(folder, ENTRIES))
    return policyset.load(folder)


@pytest.fixture(scope="module")
def opa(policies: PolicySet) -> Iterator[OpaServer]:
    with OpaServer(toolchain.ensure(["opa"])["opa"].path, policies) as server:
        yield server


def asked(
    action: str, environment: str, role: str | None, *, verified: bool = True, target: str = "aws", where: str = "*"
) -> Question:
    roles = {role: (where,)} if role else {}
    how, name = ("ssh", "ada") if verified else ("local", None)
    return Question(action, environment, target, name, roles, how, verified, "bob" if action == "approve" else None)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_role_by_environment_by_use_case(tmp_path: Path, policies: PolicySet, opa: OpaServer, environment: str) -> None:
    world = FakeWorld.make(tmp_path / "project")
    shutil.copytree(policies.folder, world.project.root / "policies")
    waived(world, environment)
    refused = allowed = 0
    before = picture(world)
    for role in (None, *ROLES):
        may = actions_of(opa, asked("whoami", environment, role, where=environment))
        for name, run in RUN.items():
            action = ASKS[name]
            if name == "operations.bootstrap.bootstrap":
                continue
            grants = (Role(role, (environment,)),) if role else ()
            who = Identity("ada", grants, "ssh", verified=True)
            if action in may:
                allowed += 1
                continue
            context = world.context(
                identify=lambda context, loaded, operation, who=who: who,
                authorise=by_policies,
                opa=lambda policies, programs: nullcontext(opa),
            )
            with pytest.raises(GateError, match="ada may not"):
                run(context, environment)
            last = next(world.ledger(environment).newest_first())
            assert (last.kind, last.data["operation"], last.actor.identity) == ("denied", action, "ada")
            refused += 1
    assert picture(world) == before
    assert sum(1 for _ in world.ledger(environment).entries()) == refused
    assert refused > 80
    assert allowed > 20


def test_a_role_elsewhere_is_none_here(opa: OpaServer) -> None:
    for action in sorted(set(ASKS.values())):
        for role in ROLES:
            assert not permission(opa, asked(action, "prod", role, where="staging")).allowed


def test_without_a_proof_only_the_sandbox_lets_one_act(opa: OpaServer) -> None:
    for action in sorted(set(ASKS.values())):
        inside = permission(opa, asked(action, "dev", "platform-admin", verified=False, target="sandbox"))
        assert inside.allowed == (action != "approve")
        assert not permission(opa, asked(action, "dev", "platform-admin", verified=False)).allowed


def test_bootstrap_without_a_proof_is_refused(tmp_path: Path, policies: PolicySet, opa: OpaServer) -> None:
    world = FakeWorld.make(tmp_path / "project")
    shutil.copytree(policies.folder, world.project.root / "policies")
    on_aws(world, "dev")
    world.access.who = Identity(None, (), "local", verified=False)
    context = world.context(authorise=by_policies, opa=lambda policies, programs: nullcontext(opa))
    with pytest.raises(GateError, match="a verified identity is needed"):
        RUN["operations.bootstrap.bootstrap"](context, "dev")
    assert world.kinds("dev") == ["denied bootstrap"]


@pytest.mark.parametrize("how", ["changed", "missing", "none"])
def test_without_whole_policies_nobody_may_anything(tmp_path: Path, policies: PolicySet, how: str) -> None:
    world = FakeWorld.make(tmp_path / "project")
    folder = world.project.root / "policies"
    if how != "none":
        shutil.copytree(policies.folder, folder)
    file = folder / "decisions" / "actors" / "actors.rego"
    if how == "changed":
        file.write_text(file.read_text().replace("default allow := false", "default allow := true"))
    if how == "missing":
        file.unlink()
    with pytest.raises(DecisionError):
        deploy.up(world.context(authorise=by_policies), "staging", confirm=lambda _: True)
    assert world.cloud.state == {}
    assert world.kinds() == ["denied up"]


def test_a_decision_that_is_not_there_is_none(opa: OpaServer) -> None:
    with pytest.raises(DecisionError) as caught:
        decide(opa, "actors", {})
    assert caught.value.code == "undefined"


def table(opa: OpaServer) -> str:
    """Action by role, as docs/access.md shows it."""
    may = {role: set(actions_of(opa, asked("whoami", "dev", role))) for role in ROLES}
    lines = [f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    for action in sorted(set().union(*may.values())):
        lines.append(f"| `{action}` | {' | '.join('yes' if action in may[role] else '' for role in ROLES)} |")
    return "\n".join(lines)


def test_the_page_shows_what_rego_says(opa: OpaServer) -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = text.split("<!-- table -->\n")[1]
    assert shown == table(opa) + "\n", f"docs/access.md must show:\n{table(opa)}"


def test_every_action_that_is_asked_for_is_known_to_rego(opa: OpaServer) -> None:
    known = set(actions_of(opa, asked("whoami", "dev", "platform-admin")))
    assert set(ASKS.values()) | {"release unhold", "release reject"} == known
