"""One resource type's whole life against the live API, told by an `Example` and checked through boto3 instead of the provider."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pulumi.provider.experimental import provider as sdk

from mlops_infra.graph import UNKNOWN
from mlops_infra.providers.aws.provider import AwsProvider
from mlops_infra.providers.aws.shapes import reveal
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.wire import plain_map, wired_map

Boto = Callable[..., Any]
ZONES = ("a", "b")
ACCOUNT = "111100000099"


@dataclass(frozen=True)
class Example:
    """What one type is tried with.

    `inputs` are made from a `World`; `look` tells through boto3 what there is (given boto and the outputs), which must equal `sees`,
    after `change` `then`; `drift` changes it behind the provider's back, which must show in the property `drifts`. `gone` raises or
    returns nothing once it is deleted.
    """

    token: str
    inputs: Callable[[World], dict[str, Any]]
    look: Callable[[Boto, Mapping[str, Any]], Any]
    sees: Any
    change: Mapping[str, Any] = field(default_factory=dict)
    then: Any = None
    drift: Callable[[Boto, Mapping[str, Any]], Any] | None = None
    drifts: str = ""
    outlives: bool = False
    """AWS keeps it after its deletion (a key that waits for the end of its window)."""
    case: str = ""

    @property
    def name(self) -> str:
        return self.token.rsplit(":", 1)[-1] + self.case


class World:
    """What the tried resources need around them, made through boto3 when first asked for."""

    def __init__(self, connection: Connection, boto: Boto) -> None:
        self.boto = boto
        self.connection = connection
        self.provider = AwsProvider(connection)

    def named(self, prefix: str = "t") -> str:
        """A name that nothing else has."""
        return f"{prefix}-{uuid.uuid4().hex[:10]}"

    @cached_property
    def vpc(self) -> str:
        return str(self.fresh_vpc())

    def fresh_vpc(self) -> Any:
        return self.boto("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]

    @cached_property
    def subnets(self) -> list[str]:
        ec2 = self.boto("ec2")
        region = ec2.meta.region_name
        return [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.9.{i}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"][
                "SubnetId"
            ]
            for i, zone in enumerate(ZONES)
        ]

    @cached_property
    def gateway(self) -> str:
        ec2 = self.boto("ec2")
        gateway = str(ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        return gateway

    @cached_property
    def groups(self) -> list[str]:
        ec2 = self.boto("ec2")
        return [
            ec2.create_security_group(GroupName=self.named(), Description="x", VpcId=self.vpc)["GroupId"]
            for _ in range(2)
        ]

    def route_table(self) -> Any:
        return self.boto("ec2").create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]

    def address(self) -> Any:
        return self.boto("ec2").allocate_address(Domain="vpc")["AllocationId"]

    @cached_property
    def key(self) -> str:
        return str(self.boto("kms").create_key()["KeyMetadata"]["Arn"])

    @cached_property
    def other_key(self) -> str:
        return str(self.boto("kms").create_key()["KeyMetadata"]["Arn"])

    def bucket(self, **settings: Any) -> str:
        name = self.named("bucket")
        s3 = self.boto("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}, **settings)
        return name

    def role(self) -> str:
        name = self.named("role")
        self.boto("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust("eks.amazonaws.com"))
        return name

    @cached_property
    def role_arn(self) -> str:
        return str(self.boto("iam").get_role(RoleName=self.role())["Role"]["Arn"])

    def policy(self) -> str:
        document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
        return str(self.boto("iam").create_policy(PolicyName=self.named(), PolicyDocument=document)["Policy"]["Arn"])

    @cached_property
    def cluster(self) -> str:
        name = self.named("cluster")
        self.boto("eks").create_cluster(
            name=name, roleArn=self.role_arn, resourcesVpcConfig={"subnetIds": self.subnets}
        )
        return name

    def repository(self) -> str:
        name = self.named("repo")
        self.boto("ecr").create_repository(repositoryName=name)
        return name

    def topic(self) -> str:
        return str(self.boto("sns").create_topic(Name=self.named("topic"))["TopicArn"])

    def secret(self) -> str:
        return str(self.boto("secretsmanager").create_secret(Name=self.named("secret"))["ARN"])

    @cached_property
    def subnet_group(self) -> str:
        name = self.named("group")
        self.boto("rds").create_db_subnet_group(
            DBSubnetGroupName=name, DBSubnetGroupDescription="x", SubnetIds=self.subnets
        )
        return name


def trust(service: str, sid: str = "Trust") -> str:
    """A trust policy as compact JSON."""
    return (
        '{"Version":"2012-10-17","Statement":[{"Sid":"' + sid + '","Effect":"Allow","Action":"sts:AssumeRole",'
        '"Principal":{"Service":"' + service + '"}}]}'
    )


class Life:
    """The provider's operations on one resource, as the engine calls them."""

    def __init__(self, provider: AwsProvider, token: str, name: str = "thing") -> None:
        self.provider = provider
        self.urn = f"urn:pulumi:unit-foundation::mlops-infra::{token}::{name}"

    def _run(self, work: Any) -> Any:
        return asyncio.run(work)

    def check(self, inputs: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> sdk.CheckResponse:
        request = sdk.CheckRequest(self.urn, wired_map(old or {}), wired_map(inputs), b"seed")
        response: sdk.CheckResponse = self._run(self.provider.check(request))
        return response

    def checked(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        response = self.check(inputs)
        assert not response.failures, [(f.property, f.reason) for f in response.failures]
        return plain_map(response.inputs or {})

    def create(self, inputs: Mapping[str, Any], *, preview: bool = False) -> tuple[str, dict[str, Any]]:
        response = self._run(self.provider.create(sdk.CreateRequest(self.urn, wired_map(inputs), 0, preview)))
        return response.resource_id or "", plain_map(response.properties)

    def read(
        self, resource_id: str, state: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        response = self._run(
            self.provider.read(sdk.ReadRequest(self.urn, resource_id, wired_map(state), wired_map(inputs)))
        )
        return response.resource_id or "", plain_map(response.properties), plain_map(response.inputs)

    def diff(self, resource_id: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> sdk.DiffResponse:
        response: sdk.DiffResponse = self._run(
            self.provider.diff(sdk.DiffRequest(self.urn, resource_id, wired_map(state), wired_map(inputs), []))
        )
        return response

    def update(
        self, resource_id: str, state: Mapping[str, Any], inputs: Mapping[str, Any], *, preview: bool = False
    ) -> dict[str, Any]:
        request = sdk.UpdateRequest(self.urn, resource_id, wired_map(state), wired_map(inputs), 0, [], preview)
        return plain_map(self._run(self.provider.update(request)).properties)

    def delete(self, resource_id: str, state: Mapping[str, Any]) -> None:
        self._run(self.provider.delete(sdk.DeleteRequest(self.urn, resource_id, wired_map(state), 0)))


def live(world: World, example: Example) -> None:
    """The whole round trip of one example; asserts at every station."""
    life, boto = Life(world.provider, example.token), world.boto
    inputs = life.checked(example.inputs(world))
    predicted_id, predicted = life.create(inputs, preview=True)

    resource_id, state = life.create(inputs)
    assert resource_id
    assert predicted_id in ("", resource_id), "the preview promised another id"
    promised = {name: value for name, value in predicted.items() if value is not UNKNOWN}
    broken = {name: (value, state.get(name)) for name, value in promised.items() if state.get(name) != value}
    assert not broken, f"the preview promised other outputs: {broken}"
    assert example.look(boto, state) == example.sees

    again, read_state, read_inputs = life.read(resource_id, state, inputs)
    assert (again, read_inputs) == (resource_id, inputs)
    assert read_state == state
    assert not _differences(life, resource_id, state, inputs)

    if example.change:
        changed = life.checked({**inputs, **example.change})
        diff = life.diff(resource_id, state, changed)
        assert diff.changes
        assert not diff.replaces
        assert set(diff.diffs) == set(example.change)
        assert {path.split(".")[0].split("[")[0] for path in diff.detailed_diff} == set(example.change)
        foreseen = life.update(resource_id, state, changed, preview=True)
        state, inputs = life.update(resource_id, state, changed), changed
        seen = example.look(boto, state)
        assert seen == example.then, seen
        broken = {name: (foreseen[name], state.get(name)) for name in changed if foreseen[name] != state.get(name)}
        assert not broken, f"the preview of the update promised otherwise: {broken}"
        assert life.read(resource_id, state, inputs)[2] == inputs
        assert not _differences(life, resource_id, state, inputs)

    if example.drift is not None:
        example.drift(boto, reveal(state))
        _, found, found_inputs = life.read(resource_id, state, inputs)
        assert set(_differences(life, resource_id, found, inputs)) == {example.drifts}
        assert found_inputs.get(example.drifts) != inputs.get(example.drifts)
        state = life.update(resource_id, found, inputs)
        assert not _differences(life, resource_id, state, inputs)
        assert example.look(boto, state) == (example.then if example.change else example.sees)

    life.delete(resource_id, state)
    if not example.outlives:
        assert life.read(resource_id, state, inputs)[0] == ""
        life.delete(resource_id, state)


def _differences(life: Life, resource_id: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    return list(life.diff(resource_id, state, inputs).diffs)
