"""The AWS process: ``python -m mlops_infra.sandbox.aws_plane.server --folder DIR --port N``.

Binds the loopback port first (a caller that connects waits until the state is back), restores the state, serves until SIGTERM, then
saves a snapshot. Started by `plane`; not meant for the command line.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_infra.errors import MlopsInfraError
from mlops_infra.sandbox.aws_plane import patches
from mlops_infra.sandbox.aws_plane.journal import Journal
from mlops_infra.sandbox.aws_plane.plane import control_planes
from mlops_infra.sandbox.processes import LOOPBACK

if TYPE_CHECKING:
    from mlops_infra.sandbox.aws_plane.app import AwsApp

JOURNAL = "journal"
SNAPSHOT = "snapshot"
WARM = (
    "ec2",
    "iam",
    "sts",
    "kms",
    "s3",
    "logs",
    "eks",
    "ecr",
    "rds",
    "secretsmanager",
    "sns",
    "cloudtrail",
    "cloudwatch",
    "budgets",
)


def application(folder: Path, journal: Journal) -> AwsApp:
    """moto inside of our layer, over the state in `folder`."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

    from mlops_infra.sandbox.aws_plane.app import AwsApp  # noqa: PLC0415
    from mlops_infra.sandbox.aws_plane.snapshot import Snapshots  # noqa: PLC0415

    patches.apply(lambda name: f"{journal.seed} {name}", lambda: control_planes(folder))
    moto = DomainDispatcherApplication(create_backend_app)
    return AwsApp(moto, journal, Snapshots(folder / SNAPSHOT))


def serve(folder: Path, port: int) -> None:
    """Serve the state in `folder` on a loopback port until SIGTERM."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    class Handler(MotoRequestHandler):
        """moto's handler, without a line per request: the journal has the changes."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            if str(code).startswith("5"):
                super().log_request(code, size)

    began = time.monotonic()
    with Journal(folder / JOURNAL) as journal:
        app = application(folder, journal)
        server = make_server(LOOPBACK, port, app, threaded=True, request_handler=Handler)
        count = app.restore()
        print(f"serving on {port} after {time.monotonic() - began:.2f} s; {count} requests replayed", flush=True)
        for sentence in app.lost:
            print(f"lost: {sentence}", flush=True)
        threading.Thread(target=_warm_up, daemon=True).start()
        # `shutdown` waits for the loop that the signal interrupted, so it has to come from another thread.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever()
        app.close()


def _warm_up() -> None:
    """Load what an `up` will need while the control plane is still starting; the modules take seconds, once."""
    from moto import backends  # noqa: PLC0415

    for service in WARM:
        backends.get_backend(service)  # type: ignore[call-overload]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="mlops_infra.sandbox.aws_plane.server")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args(arguments)
    try:
        serve(chosen.folder, chosen.port)
    except MlopsInfraError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    # All is saved and closed; Python would take seconds to take moto's modules apart.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
