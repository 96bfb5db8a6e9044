"""What makes programs run faster changes nothing that they register."""

from __future__ import annotations

import contextvars
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pulumi
import pytest
from pulumi.runtime.proto import resource_pb2

from mlops_infra.engine.settling import no_stack_traces
from mlops_infra.engine.synth import SynthMonitor, run_program
from mlops_infra.providers.connection import AwsConnection


class Frames(SynthMonitor):
    """Notes how many frames each registration came with."""

    def __init__(self) -> None:
        super().__init__("p", "s", AwsConnection("111100000031", "eu-central-1"))
        self.seen: dict[str, int] = {}

    def RegisterResource(  # noqa: N802 - the names are the protocol's
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        self.seen[request.name] = len(request.stackTrace.frames)
        return super().RegisterResource(request)


def program() -> None:
    pulumi.ComponentResource("t:t:T", "made")


@pytest.mark.parametrize(("around", "traced"), [(nullcontext, True), (no_stack_traces, False)])
def test_a_stack_trace_is_sent_unless_nobody_wants_one(
    around: Callable[[], AbstractContextManager[None]], traced: bool
) -> None:
    monitor = Frames()
    with around():
        contextvars.Context().run(run_program, "p", "s", monitor, program)
    assert (monitor.seen["made"] > 0) is traced


def test_nested_or_not_the_limit_is_as_before() -> None:
    with no_stack_traces(), no_stack_traces():
        assert sys.tracebacklimit == 1
    assert not hasattr(sys, "tracebacklimit")
