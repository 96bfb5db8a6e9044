"""What a killed run made is taken over by the next one, never made twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.provider.experimental import provider as sdk

from mlops_infra.providers.made import Adopting, MadeJournal
from mlops_infra.providers.wire import DeleteRequest, InitFailedError, plain_map, wired_map

URN = "urn:pulumi:dev-foundation::mlops-infra::aws:ec2/vpc:Vpc::vpc"


class Cloud(sdk.Provider):
    """A provider whose things have random ids."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, object]] = {}
        self.half = False

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        name = f"vpc-{len(self.things)}"
        self.things[name] = plain_map(request.properties)
        if self.half:
            raise InitFailedError(name, request.properties, ["no tags"])
        return sdk.CreateResponse(name, request.properties)

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        found = self.things.get(request.resource_id)
        if found is None:
            return sdk.ReadResponse("")
        return sdk.ReadResponse(request.resource_id, wired_map(found), wired_map(found))

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        self.things[request.resource_id] = plain_map(request.news)
        return sdk.UpdateResponse(request.news)

    async def delete(self, request: sdk.DeleteRequest) -> None:
        del self.things[request.resource_id]


def create(provider: sdk.Provider, **inputs: object) -> str:
    request = sdk.CreateRequest(URN, wired_map(inputs), 60, False)
    return str(asyncio.run(provider.create(request)).resource_id)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made"


def test_an_interrupted_create_is_taken_over_and_brought_in_line(path: Path) -> None:
    cloud = Cloud()
    made = create(Adopting(cloud, MadeJournal(path)), cidr="10.0.0.0/16")
    assert create(Adopting(cloud, MadeJournal(path)), cidr="10.1.0.0/16") == made
    assert cloud.things == {made: {"cidr": "10.1.0.0/16"}}


def test_one_that_is_half_done_is_taken_over_too(path: Path) -> None:
    cloud = Cloud()
    cloud.half = True
    with pytest.raises(InitFailedError):
        create(Adopting(cloud, MadeJournal(path)))
    cloud.half = False
    assert create(Adopting(cloud, MadeJournal(path))) == "vpc-0"


def test_what_the_state_has_is_not_taken_for_an_interrupted_create(path: Path) -> None:
    cloud = Cloud()
    made = create(Adopting(cloud, MadeJournal(path)))
    MadeJournal(path).settle(lambda urn, resource_id: (urn, resource_id) == (URN, made))
    assert create(Adopting(cloud, MadeJournal(path))) != made
    assert len(cloud.things) == 2


def test_what_is_gone_is_made_again(path: Path) -> None:
    cloud = Cloud()
    create(Adopting(cloud, MadeJournal(path)), cidr="10.0.0.0/16")
    cloud.things = {"other": {}}
    assert create(Adopting(cloud, MadeJournal(path)), cidr="10.0.0.0/16") == "vpc-1"


def test_what_was_deleted_is_forgotten(path: Path) -> None:
    cloud = Cloud()
    provider = Adopting(cloud, MadeJournal(path))
    made = create(provider)
    asyncio.run(provider.delete(DeleteRequest(URN, made, {}, timeout=60)))
    assert MadeJournal(path).find(URN) is None


def test_a_preview_notes_nothing(path: Path) -> None:
    asyncio.run(Adopting(Cloud(), MadeJournal(path)).create(sdk.CreateRequest(URN, {}, 60, True)))
    assert not path.exists()


@given(cut=st.integers(0, 200))
def test_a_torn_last_line_costs_only_itself(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("made") / "made"
    journal = MadeJournal(path)
    for number in range(4):
        journal.note(f"urn:{number}", f"id-{number}")
    whole = path.read_bytes()
    path.write_bytes(whole[: max(0, len(whole) - cut)])
    kept = path.read_bytes().count(b"\n")
    assert [MadeJournal(path).find(f"urn:{n}") for n in range(4)] == [f"id-{n}" if n < kept else None for n in range(4)]


def test_the_file_is_private(path: Path) -> None:
    MadeJournal(path).note(URN, "vpc-1")
    assert path.stat().st_mode & 0o777 == 0o600
