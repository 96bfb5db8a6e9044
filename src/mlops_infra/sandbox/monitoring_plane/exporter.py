"""A simulated model server: ``python -m mlops_infra.sandbox.monitoring_plane.exporter --simulation FILE --targets FILE --port N``.

Serves the simulation's metrics on loopback until it ends, says where in a file that Prometheus' file discovery reads, and takes
that file away at the end: the model is then as absent as one whose pods are gone. Started by `plane`; not meant for the command
line.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.registry import Collector

from mlops_infra.sandbox.monitoring_plane.simulation import Labels, Names, Simulation, metrics
from mlops_infra.sandbox.processes import LOOPBACK, write_private


class Live(Collector):
    """The simulation at this moment."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def collect(self) -> Iterable[Metric]:
        return metrics(self._simulation, [time.time()], past=False)


def read(file: Path) -> Simulation:
    """The simulation that `plane` wrote."""
    told = json.loads(file.read_text(encoding="utf-8"))
    return Simulation(**{**told, "labels": Labels(**told["labels"]), "names": Names(**told["names"])})


def main() -> None:
    parser = argparse.ArgumentParser(prog="mlops_infra.sandbox.monitoring_plane.exporter")
    parser.add_argument("--simulation", type=Path, required=True)
    parser.add_argument("--targets", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    simulation = read(chosen.simulation)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Live(simulation))
    server, _ = start_http_server(chosen.port, LOOPBACK, registry)
    group = {"targets": [f"{LOOPBACK}:{chosen.port}"], "labels": simulation.labels.pairs()}
    write_private(chosen.targets, json.dumps([group]))
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait(max(0.0, simulation.end - time.time()))
    chosen.targets.unlink(missing_ok=True)
    server.shutdown()


if __name__ == "__main__":
    main()
