"""The table against botocore's own models: every operation, parameter, property and waiter that a row names exists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_infra.errors import UsageError
from mlops_infra.providers.aws import recorded_only
from mlops_infra.providers.aws.clients import Clients
from mlops_infra.providers.aws.parameters import place_of
from mlops_infra.providers.aws.reference import page
from mlops_infra.providers.aws.row import Call, Prop, Row
from mlops_infra.providers.aws.steps import READINGS, STEPS
from mlops_infra.providers.aws.table import ROWS, row_of
from mlops_infra.providers.connection import AwsConnection

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def clients() -> Clients:
    return Clients(
        AwsConnection("111100000000", REGION, endpoint="http://127.0.0.1:1", access_key_id="x", secret_access_key="x")
    )


def calls_of(row: Row) -> Iterator[Call]:
    yield row.read
    yield from (call for call in (row.create, row.adopt) if call is not None)
    yield from row.delete
    yield from (extra.call for extra in row.extras)
    for update in row.updates:
        yield from (*update.calls, *(update.off or ()))
    if row.tags is not None:
        yield from (row.tags.add, row.tags.remove)


def waiters_of(row: Row) -> Iterator[str]:
    yield from (name for name in (row.wait_create, row.wait_delete, *(update.wait for update in row.updates)) if name)


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.token)
def test_row_agrees_with_botocore(clients: Clients, row: Row) -> None:
    client = clients.client(row.service, REGION)
    for call in calls_of(row):
        shape = clients.input_shape(row.service, REGION, call.operation)
        unknown = set(call.params) - set(shape.members if shape else {})
        assert not unknown, f"{call.operation} has no {unknown}"
        assert not call.needs or call.needs in shape.members
        assert not call.paginate or client.can_paginate(call.operation), f"{call.operation} has no pages"
    for name in waiters_of(row):
        assert name in client.waiter_names
    if row.create is not None:
        shape = clients.input_shape(row.service, REGION, row.create.operation)
        for prop in row.props:
            if prop.at != "" and not prop.local:
                place_of(prop, shape, row.service)


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.token)
def test_row_is_consistent(row: Row) -> None:
    names = [prop.name for prop in row.props]
    assert len(names) == len(set(names))
    assert {name for update in row.updates for name in update.props} <= set(names)
    assert {update.step for update in row.updates} - {""} <= set(STEPS)
    assert {row.before_delete, row.before_update} - {""} <= set(STEPS)
    assert {extra.step for extra in row.extras} - {""} <= set(READINGS)
    assert row.create is not None or row.adopt is not None


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.token)
def test_every_change_of_a_row_has_a_way(row: Row) -> None:
    changeable = {name for update in row.updates for name in update.props}
    stuck = [prop.name for prop in row.props if not _has_a_way(row, prop, changeable)]
    assert not stuck


def _has_a_way(row: Row, prop: Prop, changeable: set[str]) -> bool:
    # A key's safety check and the like matter at the moment of the call alone, and follow from no earlier state.
    at_the_call = prop.read == "" and prop.at != "" and not prop.secret
    return prop.replace or prop.local or row.upsert or prop.name in changeable or at_the_call


def test_an_unknown_type_is_named_with_the_way_out() -> None:
    with pytest.raises(UsageError, match="aws:lex/bot:Bot") as refused:
        row_of("aws:lex/bot:Bot")
    assert "providers: official" in str(refused.value.hint)


def test_recorded_only_types_are_rows_and_only_emulated() -> None:
    assert recorded_only(emulated=True) <= set(ROWS)
    assert recorded_only(emulated=False) == frozenset()


def test_the_page_of_types_is_current() -> None:
    written = (Path(__file__).parents[3] / "docs" / "reference" / "aws-types.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m mlops_infra.providers.aws.reference > docs/reference/aws-types.md"
