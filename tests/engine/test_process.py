"""The engine as a child process: chatty, hung, cancelled, orphaned."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import psutil
import pytest
from pulumi.automation import CommandError

from mlops_infra.engine.process import TAIL_LINES, EngineCommand


@pytest.fixture
def engine(tmp_path: Path):
    """Makes an engine out of a Python program."""

    def make(program: str, **limits: float) -> EngineCommand:
        path = tmp_path / "engine"
        path.write_text(f"#!{sys.executable}\n{textwrap.dedent(program)}")
        path.chmod(0o755)
        return EngineCommand(path, "3.250.0", tmp_path / "log", **limits)

    return make


def test_a_chatty_engine_does_not_fill_memory(engine, tmp_path: Path) -> None:
    result = engine("for n in range(20000): print('line', n)").run(["up"], str(tmp_path), {})
    lines = result.stdout.splitlines()
    assert len(lines) == TAIL_LINES
    assert lines[-1] == "line 19999"
    assert "line 0\n" in (tmp_path / "log").read_text()


def test_what_is_asked_for_as_a_document_comes_whole_and_is_not_logged(engine, tmp_path: Path) -> None:
    result = engine("for n in range(1000): print('state', n)").run(["stack", "export"], str(tmp_path), {})
    assert len(result.stdout.splitlines()) == 1000
    assert "state" not in (tmp_path / "log").read_text()


def test_a_failure_is_an_error(engine, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such thing"):
        engine("import sys; print('no such thing', file=sys.stderr); sys.exit(255)").run(["up"], str(tmp_path), {})


def test_a_hung_engine_is_ended(engine, tmp_path: Path) -> None:
    hung = engine(
        """
        import signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("ready", flush=True)
        signal.pause()
        """,
        quiet_limit=0.2,
        grace=0.2,
    )
    with pytest.raises(CommandError):
        hung.run(["up"], str(tmp_path), {})


def test_cancel_asks_the_engine_to_stop_and_waits(engine, tmp_path: Path) -> None:
    command = engine(
        """
        import signal, sys
        # Blocked, so that one that comes before we wait is not lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        print("ready", flush=True)
        signal.sigwait({signal.SIGINT})
        print("stopped in order", flush=True)
        sys.exit(1)
        """
    )
    told: list[str] = []

    def heard(line: str) -> None:
        told.append(line)
        if line == "ready":
            command.cancel()

    with pytest.raises(CommandError):
        command.run(["up"], str(tmp_path), {}, on_output=heard)
    assert told == ["ready", "stopped in order"]


def test_an_engine_does_not_outlive_us(tmp_path: Path) -> None:
    path = tmp_path / "engine"
    path.write_text(
        f"#!{sys.executable}\nimport os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGINT}})\n"
        "print(os.getpid(), flush=True)\nsignal.sigwait({signal.SIGINT})\n"
    )
    path.chmod(0o755)
    program = f"""
from pathlib import Path
from mlops_infra.engine.process import EngineCommand
EngineCommand(Path({str(path)!r}), "3.250.0", Path({str(tmp_path / "log")!r})).run(
    ["up"], {str(tmp_path)!r}, {{}}, on_output=lambda line: print(line, flush=True))
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        child = psutil.Process(int(ours.stdout.readline()))
        ours.kill()
    gone, alive = psutil.wait_procs([child], timeout=20)
    assert (len(gone), alive) == (1, [])


def test_several_commands_run_at_once(engine, tmp_path: Path) -> None:
    (tmp_path / "gate").mkdir()
    command = engine(
        """
        import os, sys
        here = sys.argv[-1]
        open(here, "x").close()
        other = here[:-1] + ("b" if here.endswith("a") else "a")
        while not os.path.exists(other):
            pass
        print(here)
        """
    )
    threads = [
        threading.Thread(target=command.run, args=(["up", str(tmp_path / "gate" / name)], str(tmp_path), {}))
        for name in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(path.name for path in (tmp_path / "gate").iterdir()) == ["a", "b"]
    assert not any(thread.is_alive() for thread in threads)
