"""How things look: the live tree, plain lines, values and differences."""

from __future__ import annotations

import io
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from fake_judge import failing
from fake_policies import rule
from fake_terminal import Terminal
from fake_world import FakeWorld
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mlops_infra.cli.output import Output
from mlops_infra.cli.views.live import Board, LiveView, PlainView, elapsed, view
from mlops_infra.cli.views.plan import show_plan
from mlops_infra.cli.views.policies import show_report
from mlops_infra.cli.views.values import differences, jsonable, shown
from mlops_infra.engine.plan import Change, Event, Operation, Plan, PropertyChange
from mlops_infra.governance.verdict import Verdict
from mlops_infra.graph import UNKNOWN, Graph, Secret
from mlops_infra.operations.deploy import Planned
from mlops_infra.progress import Step


def screen(width: int = 100, height: int = 30) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, height=height, color_system=None)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def started(name: str, *, part: str = "foundation", parent: str | None = "storage", kind: str = "started") -> Event:
    token = "mlops-infra:platform:Storage" if parent is None else "aws:s3/bucket:Bucket"
    return Event(kind, part, name, token, name, "create", parent)  # type: ignore[arg-type]


def test_the_board_groups_by_component_and_counts() -> None:
    board = Board()
    for event in (
        started("storage", parent=None),
        started("claims"),
        started("claims", kind="done"),
        started("icd10"),
        started("notes", kind="failed"),
        started("loose", parent="elsewhere", part="teams-00"),
        Event("part-started", "foundation"),
    ):
        board.take(event)
    storage = board.components["foundation › storage"]
    assert storage.counts() == "1 created"
    assert sorted(storage.running) == ["icd10", "storage"]
    assert storage.failed == ["notes"]
    assert "teams-00" in board.components


def test_a_resource_that_is_refreshed_and_then_changed_counts_once() -> None:
    board = Board()
    for name, operations in {
        "claims": ("refresh", "update"),
        "icd10": ("update", "same"),
        "notes": ("refresh", "same"),
    }.items():
        for operation in operations:
            board.take(replace(started(name, parent=None, kind="done"), operation=operation))
    assert board.total().counts() == "2 updated, 1 unchanged"


def test_the_live_tree_shows_components_and_what_runs_now() -> None:
    console = screen()
    with LiveView(console, "Deploying staging", changes=True) as live:
        live.step(Step("tools", "Building etcd", log=Path("etcd.log")))
        live.event(started("storage", parent=None))
        live.event(started("storage", parent=None, kind="done"))
        live.event(started("claims"))
        drawn = screen()
        drawn.print(live._draw())
        live.step(Step("tools", "etcd is there", done=True))
        live.event(started("claims", kind="failed"))
        live.notice("took over the lock")
    frame = text_of(drawn)
    for word in (
        "Deploying staging",
        "1 created",
        "Building etcd",
        "log: etcd.log",
        "foundation › storage",
        "+ aws:s3",
    ):
        assert word in frame
    for word in ("✓ etcd is there", "✗ aws:s3/bucket:Bucket claims", "took over the lock"):
        assert word in text_of(console)


def test_the_live_tree_fits_the_screen() -> None:
    live = LiveView(screen(), "Deploying", changes=True)
    for number in range(60):
        live.event(started(f"component-{number}", parent=None, kind="done"))
    for number in range(40):
        live.event(started(f"bucket-{number}", parent=f"component-{number % 20}"))
    drawn = screen(height=20)
    live._console = drawn
    drawn.print(live._draw())
    assert len(text_of(drawn).splitlines()) <= 20


def test_events_from_many_threads_do_not_block_the_drawing() -> None:
    with LiveView(screen(), "Deploying", changes=True) as live:

        def work(number: int) -> None:
            for index in range(50):
                live.event(started(f"{number}-{index}"))
                live.step(Step(f"{number}", "working", done=index % 5 == 0))
                live.event(started(f"{number}-{index}", kind="done"))

        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()


def test_nothing_is_drawn_while_a_person_is_asked() -> None:
    console = screen()
    with LiveView(console, "Planning", changes=False) as live, live.paused():
        live.stage("Deploying")
        before = text_of(console)
        live.event(started("claims"))
        assert text_of(console) == before


def test_plain_lines_off_a_terminal() -> None:
    console = Console(file=io.StringIO(), width=160)
    with view(console, "Planning staging", changes=False) as plain:
        assert isinstance(plain, PlainView)
        plain.step(Step("sandbox", "Starting", log=Path("x.log")))
        plain.step(Step("sandbox", "Starting", log=Path("x.log")))
        plain.step(Step("sandbox", "It is up", done=True))
        plain.event(started("claims"))
        plain.event(started("claims", kind="done"))
        plain.event(Event("message", "foundation", text="deprecated", severity="warning"))
        plain.event(Event("message", "foundation", text="chatter"))
        plain.stage("Deploying staging")
        plain.event(started("claims", kind="done"))
        plain.event(Event("part-done", "foundation"))
    lines = [line.rstrip() for line in text_of(console).splitlines()]
    assert lines[:5] == [
        "Planning staging",
        "  Starting (log: x.log)",
        "  done: It is up",
        "  warning: deprecated",
        "Deploying staging",
    ]
    assert "foundation done; 1 created" in lines[5]
    assert len(lines) == 6


def test_colour_only_on_a_terminal_and_without_no_color(
    capsys: pytest.CaptureFixture[str], run: Terminal, world: FakeWorld
) -> None:
    assert "\x1b[" not in run("plan", "--env", "staging").out
    output = Output(json=False, debug=False)
    assert not output.results.is_terminal
    assert output.results.width == 160 or os.environ.get("COLUMNS")


def a_plan(operation: Operation, token: str, *properties: PropertyChange) -> str:
    change = Change("urn::x::y::a", token, "a", "foundation", operation, None, properties)
    console = Console(file=io.StringIO(), width=160)
    plan = Plan("staging", (change,), Graph.of("staging", ()))
    show_plan(console, Planned(plan, Verdict("staging", "pass")), Path())
    return text_of(console)


def test_values_in_a_plan() -> None:
    text = a_plan(
        "replace",
        "aws:s3/bucket:Bucket",
        PropertyChange("password", "update", Secret("old"), Secret("new")),
        PropertyChange("arn", "update", "arn:1", UNKNOWN, forces_replacement=True),
        PropertyChange("gone", "delete", 1, None),
        PropertyChange("fresh", "add", None, ["a"]),
        PropertyChange("policy", "update", '{"a": 1, "b": [1, 2]}', '{"a": 1, "b": [1, 3]}'),
    )
    for line in (
        "± aws:s3/bucket:Bucket a  LOSES DATA",
        "password: [secret] → [secret]",
        'arn: "arn:1" → (known after up)  forces a replacement',
        "gone: 1 (taken away)",
        'fresh: ["a"]',
        "policy.b[1]: 2 → 3",
        "policies: pass",
    ):
        assert line in text


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=200) | st.just(UNKNOWN) | st.builds(Secret, st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(plain)
def test_every_value_is_one_short_line(value: object) -> None:
    assert len(shown(value)) <= 70
    assert "\n" not in shown(value)
    jsonable(value)


@given(st.text(min_size=8, alphabet="xyzw"))
def test_secrets_are_never_shown(text: str) -> None:
    value = {"a": [Secret(text)], "b": Secret({"c": text})}
    assert text not in shown(value, 10_000)
    assert text not in str(jsonable(value))


@given(plain, plain)
def test_differences_are_found_where_there_are_any(old: object, new: object) -> None:
    found = list(differences("p", old, new))
    assert all(path.startswith("p") for path, _, _ in found)
    assert found or old == new or isinstance(old, str)


def test_elapsed() -> None:
    assert (elapsed(3.21), elapsed(65)) == ("3.2 s", "1 min 05 s")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_in_an_orderly_way(run: Terminal, world: FakeWorld, number: int) -> None:
    wait = threading.Event()

    def interrupt(engine: FakeEngine, urn: str) -> None:
        if len(world.cloud.state) == 3 and not engine.cancelled:
            os.kill(os.getpid(), number)
            while not engine.cancelled:
                wait.wait(0.001)

    world.cloud.before_step = interrupt
    ran = run("up", "--env", "staging", "--yes")
    assert ran.code == 1
    assert "stopping in an orderly way" in ran.err
    assert "error: interrupted" in ran.err
    assert world.kinds() == ["intent up", "result up interrupted"]
    assert signal.getsignal(number) != interrupt
    assert run("up", "--env", "staging", "--yes").code == 0


def test_a_terminal_folds_the_report_below_its_text_and_keeps_lines_of_files_whole(tmp_path: Path) -> None:
    console = screen(width=40)
    told = failing(rule(), "claims-history keeps what nobody needs for longer than the law allows")
    shown = " ".join(["days:", *["value"] * 20])
    root = tmp_path
    (root / "stacks").mkdir()
    (root / "stacks" / "staging.yaml").write_text(f"a: 1\nb: 2\n{shown}\n")
    show_report(console, [told], root)
    lines = text_of(console).splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("  - claims-history"))
    assert lines[begin + 1].startswith(" " * 6)
    assert f"        3 | {shown}" in lines
    assert all(len(line) <= 40 for line in lines if shown not in line)
