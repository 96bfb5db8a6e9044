"""The Kubernetes part of `up` beside ``kubectl apply --server-side`` of the same objects, on the same control plane, in the same run.

    python benchmarks/kubernetes_objects.py [--sizes 50 500] [--json FILE]

Both create the objects (small ConfigMaps in a fresh namespace), then go over them again without a change. Ours runs the real engine
with the attached provider, once as teams' parts run (state saved at the end) and once with the engine's checkpoint after each step, which
is what the file backend costs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
import yaml
from measure import table

from mlops_infra.config import load_environment
from mlops_infra.engine.attached import SAVED_ONCE, attaching
from mlops_infra.engine.deploy import ENGINE_VERSION
from mlops_infra.engine.process import EngineCommand
from mlops_infra.engine.workspace import EngineFolder, PartStack, PartWorkspace
from mlops_infra.providers import ProviderHost
from mlops_infra.sandbox import Sandbox
from mlops_infra.toolchain import ensure

ROOT = Path(__file__).resolve().parent.parent


def objects(namespace: str, size: int) -> list[dict[str, object]]:
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"settings-{number:04d}", "namespace": namespace, "labels": {"app": "bench"}},
            "data": {"model": f"model-{number}", "threshold": "0.5"},
        }
        for number in range(size)
    ]


def program(namespace: str, size: int) -> Callable[[], None]:
    def run() -> None:
        space = k8s.core.v1.Namespace(namespace, metadata={"name": namespace})
        for wanted in objects(namespace, size):
            metadata = wanted["metadata"]
            k8s.core.v1.ConfigMap(
                metadata["name"],
                metadata=metadata,
                data=wanted["data"],
                opts=pulumi.ResourceOptions(depends_on=[space]),
            )

    return run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    results: list[dict[str, object]] = []
    env = load_environment(ROOT / "stacks", "dev").environment

    def programs(names: object) -> dict[str, Path]:
        return {name: found.path for name, found in ensure(names).items()}

    with tempfile.TemporaryDirectory(prefix="mlops-infra-bench-") as name:
        folder = Path(name)
        sandbox = Sandbox(folder, programs)
        paths = programs(["pulumi", "kubectl"])
        try:
            connection = sandbox.start(env)
            if connection.kubeconfig is None:
                raise SystemExit("the sandbox has no cluster")
            for size in told.sizes:
                kubectl = _kubectl(paths["kubectl"], connection.kubeconfig, size, folder)
                results.append({"tool": "kubectl apply --server-side", "objects": size, **kubectl})
                for label, saving in (("mlops-infra", SAVED_ONCE), ("mlops-infra, checkpoint after each step", {})):
                    host = ProviderHost.start(connection, folder / "providers.log", folder / "made")
                    command = EngineCommand(paths["pulumi"], ENGINE_VERSION, folder / "engine.log")
                    space = f"ours-{size}-{len(saving)}"
                    workspace = PartWorkspace(
                        env,
                        EngineFolder.of(folder),
                        command,
                        {**attaching(host), **saving},
                        {"aws:region": env.aws.region},
                    )
                    workspace.program = program(space, size)
                    stack = PartStack(space, workspace)
                    seconds = [_timed(lambda stack=stack: stack.up(color="never")) for _ in range(2)]
                    results.append({"tool": label, "objects": size, "create": seconds[0], "again": seconds[1]})
                    host.close()
        finally:
            sandbox.stop()
    rows = [("tool", "objects", "create s", "x kubectl", "again s")]
    base = {r["objects"]: float(str(r["create"])) for r in results if str(r["tool"]).startswith("kubectl")}
    for result in results:
        create = float(str(result["create"]))
        rows.append(
            (
                str(result["tool"]),
                str(result["objects"]),
                f"{create:.1f}",
                f"{create / base[result['objects']]:.2f}",
                f"{float(str(result['again'])):.1f}",
            )
        )
    print(table(rows))
    if told.json:
        told.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0


def _kubectl(kubectl: Path, kubeconfig: Path, size: int, folder: Path) -> dict[str, float]:
    space = f"kubectl-{size}"
    manifest = folder / f"{space}.yaml"
    first = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}}
    manifest.write_text(yaml.safe_dump_all([first, *objects(space, size)]))
    apply = [str(kubectl), f"--kubeconfig={kubeconfig}", "apply", "--server-side", "-f", str(manifest)]
    return {
        name: _timed(lambda: subprocess.run(apply, check=True, stdout=subprocess.DEVNULL))
        for name in ("create", "again")
    }


def _timed(action: Callable[[], object]) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
