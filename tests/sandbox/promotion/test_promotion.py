"""dev → staging → prod as people do it on the command line: real rules, real keys and signatures, real evidence; the cloud is in memory."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from evidence_world import pipeline
from fake_engine import FakeEngine
from fake_judge import FakeJudge
from fake_policies import rule
from fake_terminal import Ran
from fake_world import FakeWorld
from promotion_world import PromotionWorld, image, whole

from mlops_infra.cli import main
from mlops_infra.cli.invocation import Invocation
from mlops_infra.governance.verdict import Verdict
from mlops_infra.operations.authorising import by_policies, by_proof
from mlops_infra.operations.ports import Ports
from mlops_infra.operations.real import RealToolchain, stock_opa
from mlops_infra.promotion.binding import release_guard
from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

CHECKS = 'checks: [{name: errors, promql: max(ml_request_error_ratio), operator: "<=", threshold: 0.01}]'
PEOPLE = {"ada": "release-approver", "grace": "compliance-officer"}


@dataclass
class Metrics:
    """A Prometheus that says one number for everything."""

    value: float = 0.001
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        metrics = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                start, end, step = (float(asked[key][0]) for key in ("start", "end", "step"))
                times = [start + number * step for number in range(int((end - start) / step) + 1)]
                values = [[at, str(metrics.value)] for at in times]
                data = {"resultType": "matrix", "result": [{"metric": {}, "values": values}]}
                body = json.dumps({"status": "success", "data": data}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@dataclass
class Team:
    """A project with three environments, its people, and the command line."""

    made: PromotionWorld
    metrics: Metrics
    capture: pytest.CaptureFixture[str]

    @property
    def world(self) -> FakeWorld:
        return self.made.world

    @property
    def ports(self) -> Ports:
        return replace(
            self.world.ports,
            opa=stock_opa,
            toolchain=RealToolchain(),
            identify=by_proof,
            authorise=by_policies,
            guard=release_guard(),
        )

    def run(self, *words: str, ports: Ports | None = None) -> Ran:
        invocation = Invocation(self.world.project.root, lambda: ports or self.ports)
        self.capture.readouterr()
        code = main(["--yes", "--policies", str(data_dir("policies")), *words], invocation)
        return Ran(code, *self.capture.readouterr())

    def up(self, environment: str) -> None:
        """Deploy without asking the rules whether somebody may, which costs an OPA each time."""
        access = self.world.access
        ports = replace(self.ports, identify=access.identify, authorise=access.authorise)
        done = self.run("up", "--env", environment, ports=ports)
        assert done.code == 0, done.err

    def approved(self, *words: str) -> str:
        """Ask for something, and let both approve it; returns the receipt."""
        asked = self.run(*words)
        assert asked.code == 4, asked.err
        receipt = next(line.split()[1] for line in asked.err.splitlines() if line.startswith("receipt "))
        for name in PEOPLE:
            signed = self.run("approve", receipt, "--key", str(self.world.project.root / name))
            assert signed.code == 0, signed.err
        return receipt

    def document(self, *words: str) -> Any:
        return self.run("--output", "json", *words).document


@pytest.fixture
def team(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Team]:
    root = tmp_path / "project"
    made = PromotionWorld.make(root, ("dev", "staging", "prod"))
    metrics = Metrics()
    fine = Verdict("prod", "pass", rules=(rule(),), resources=4, judged_as="prod", digest="sha256:1")
    made.world.judge = FakeJudge({"before": fine, "after": fine})
    made.world.embedded.prometheus = metrics.url
    stacks = root / "stacks"
    (stacks / "pipeline.yaml").write_text(pipeline(CHECKS))
    (stacks / "access").mkdir()
    lines, actors = [], []
    for name, role in PEOPLE.items():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", root / name], check=True)
        lines.append(f"{name}@example.org {' '.join((root / f'{name}.pub').read_text().split()[:2])}\n")
        actors.append(
            f"  - {{name: {name}, ssh: [{name}@example.org], roles: [{{role: {role}, environments: [prod]}}]}}\n"
        )
    (stacks / "access" / "allowed_signers").write_text("".join(lines))
    (stacks / "access.yaml").write_text(f"version: 1\nactors:\n{''.join(actors)}")
    yield Team(made, metrics, capsys)
    metrics.server.shutdown()
    metrics.server.server_close()


@pytest.fixture
def in_staging(team: Team) -> Team:
    """All three are up, and a new image came as far as staging."""
    for environment in ("dev", "staging", "prod"):
        team.up(environment)
    team.made.edit("dev", "image", image(2))
    team.up("dev")
    promoted = team.run("promote", "--from", "dev", "--to", "staging")
    assert promoted.code == 0, promoted.err
    return team


def test_to_prod_with_two_keys_and_back(in_staging: Team) -> None:
    team, asked = in_staging, ("promote", "--from", "staging", "--to", "prod")
    team.approved(*asked)
    team.made.edit("prod", "cost_centre", "CC-9")
    edited = team.run(*asked)
    assert edited.code == 4
    assert "configuration: cost_centre" in edited.err
    assert team.made.deployed("prod") == image(1)
    team.made.edit("prod", "cost_centre", "CC-1")
    done = team.document(*asked)
    assert (done["result"], done["checks"][0]["result"]) == ("done", "pass")
    assert team.made.deployed("prod") == image(2)
    team.up("prod")

    back = team.document("rollback", "--env", "prod")
    assert back["result"] == "done"
    assert team.made.deployed("prod") == image(1)
    told = team.document("status", "--pipeline")["environments"]
    assert [item["release"] for item in told] == [done["release"], done["release"], back["release"]]
    assert told[2]["waits"][0].startswith(f"release {done['release'][:12]} of staging")
    past = team.document("history", "--env", "prod")["entries"]
    assert [(item["what"], item["result"]) for item in past[:2]] == [("rollback", "succeeded"), ("up", "observed")]
    assert whole(team.world.ledger("prod"))


def test_a_bad_release_goes_back_by_itself(in_staging: Team) -> None:
    team, asked = in_staging, ("promote", "--from", "staging", "--to", "prod")
    team.approved(*asked)
    step = team.made.cloud.before_step

    def breaks(engine: FakeEngine, urn: str) -> None:
        team.metrics.value = 0.3
        step(engine, urn)

    team.made.cloud.before_step = breaks
    failed = team.run(*asked)
    assert failed.code == 1
    assert "was taken back: verification failed: errors (fail" in failed.err
    assert team.made.deployed("prod") == image(1)
    team.up("prod")
    again = team.run(*asked)
    assert again.code == 4
    assert "is rejected" in again.err
    team.made.edit("prod", "image", image(3))
    refused = team.run("up", "--env", "prod")
    assert refused.code == 4
    assert "promote --from staging --to prod" in refused.err
    jump = team.run("promote", "--from", "dev", "--to", "prod")
    assert jump.code == 2
    assert "releases do not move from dev to prod" in jump.err
