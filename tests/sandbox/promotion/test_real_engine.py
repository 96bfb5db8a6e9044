"""dev → prod with the real engine and the real embedded cloud: two keys, an edit after approval, a bad release, and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cloud_tools import sandbox_programs
from evidence_world import PEOPLE, trust_files
from fake_judge import FakeJudge
from fake_policies import rule
from fake_terminal import Ran
from kubernetes import client, config
from promotion_world import PromotionWorld, image

from mlops_infra.cli import main
from mlops_infra.cli.invocation import Invocation
from mlops_infra.governance.verdict import Verdict
from mlops_infra.operations.real import real_ports
from mlops_infra.promotion.binding import release_guard
from mlops_infra.resources import data_dir
from mlops_infra.sandbox import Sandbox

pytestmark = [pytest.mark.sandbox, pytest.mark.deep, pytest.mark.timeout(900)]

PROMOTE = ("promote", "--from", "dev", "--to", "prod")
PIPELINE = """version: 1
environments: [dev, prod]
steps:
  - from: dev
    to: prod
    gates:
      policies: {{fail_on: high}}
      checks: [{{name: answers, http: {{url: "{url}"}}}}]
      approvals: [{{role: release-approver, count: 1}}, {{role: compliance-officer, count: 1}}]
"""


@dataclass
class Service:
    """Answers as `statuses` says, one after the other, and then with 200."""

    statuses: list[int] = field(default_factory=list)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(service.statuses.pop(0) if service.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@dataclass
class Team:
    """A project with two environments, its people, and the command line."""

    made: PromotionWorld
    service: Service
    sandbox: Sandbox
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> Ran:
        fine = Verdict("prod", "pass", rules=(rule(),), resources=4, judged_as="prod", digest="sha256:1")
        judge = FakeJudge({"before": fine, "after": fine})
        ports = replace(real_ports(), judge=judge, guard=release_guard())
        invocation = Invocation(self.made.world.project.root, lambda: ports)
        self.capture.readouterr()
        code = main(["--yes", "--policies", str(data_dir("policies")), *words], invocation)
        return Ran(code, *self.capture.readouterr())

    def does(self, code: int, *words: str) -> str:
        """Run a command that must end with `code`; returns what it told people."""
        ran = self.run(*words)
        assert ran.code == code, ran.err
        return ran.err

    def approved(self) -> None:
        asked = self.does(4, *PROMOTE)
        receipt = next(line.split()[1] for line in asked.splitlines() if line.startswith("receipt "))
        for name in ("bob", "cleo"):
            key = PEOPLE[name].write(self.made.world.project.root / f"key-{name}")
            self.does(0, "approve", receipt, "--key", str(key))

    @property
    def deployed(self) -> str:
        """The image that the cluster of prod was told to run."""
        kubeconfig = self.sandbox.connection("prod").kubeconfig
        with config.new_client_from_config(str(kubeconfig)) as api:
            found: Any = client.AppsV1Api(api).read_namespaced_deployment("mlflow", "mlflow")
            return str(found.spec.template.spec.containers[0].image)


@pytest.fixture
def team(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Team]:
    made = PromotionWorld.make(tmp_path / "project", ("dev", "prod"))
    service = Service()
    trust_files(made.stacks)
    url = f"http://127.0.0.1:{service.server.server_address[1]}/"
    (made.stacks / "pipeline.yaml").write_text(PIPELINE.format(url=url))
    sandbox = Sandbox(made.world.project.state_dir(), sandbox_programs)
    yield Team(made, service, sandbox, capsys)
    sandbox.stop()
    service.server.shutdown()
    service.server.server_close()


def test_a_release_goes_to_prod_and_back(team: Team) -> None:
    for environment in ("dev", "prod"):
        team.does(0, "up", "--env", environment)
    team.made.edit("dev", "image", image(2))
    team.does(0, "up", "--env", "dev")
    team.approved()

    team.made.edit("prod", "cost_centre", "CC-9")
    assert "configuration: cost_centre" in team.does(4, *PROMOTE)
    team.made.edit("prod", "cost_centre", "CC-1")
    assert team.deployed == image(1)

    team.service.statuses = [200, 503]  # It answers in the source, and no longer once it is deployed.
    failed = team.does(1, *PROMOTE)
    assert "was taken back: verification failed: answers (fail" in failed
    assert "is rejected" in failed
    assert team.deployed == image(1)

    team.made.edit("dev", "image", image(3))
    team.does(0, "up", "--env", "dev")
    team.approved()
    team.does(0, *PROMOTE)
    assert team.deployed == image(3)

    team.does(0, "rollback", "--env", "prod")
    assert team.deployed == image(1)
    team.does(0, "audit", "verify", "--env", "prod")
