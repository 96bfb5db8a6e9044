"""The access to an EKS cluster: what EKS tells, the form of the token, and what a preview says without a cluster."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pulumi.provider.experimental import provider as sdk

from mlops_infra.errors import OperationError
from mlops_infra.providers.connection import AwsConnection, Connection
from mlops_infra.providers.eks import TOKEN_SECONDS, ClusterEndpoint, EksCluster, kubeconfig
from mlops_infra.providers.kubernetes.access import NoClusterError
from mlops_infra.providers.kubernetes.provider import KubernetesProvider
from mlops_infra.providers.wire import plain_map, wired_map

ACCOUNT = "111100000099"
REAL = AwsConnection(ACCOUNT, "eu-central-1", access_key_id="AKIDEXAMPLE", secret_access_key="not-to-be-seen")
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "thing"}, "data": {"a": "b"}}
URN = "urn:pulumi:unit-platform::mlops-infra::kubernetes:core/v1:ConfigMap::thing"


@dataclass
class FakeEks:
    """Answers DescribeCluster."""

    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: int = 0
    aws: AwsConnection = REAL

    def add(self, name: str, *, account: str = ACCOUNT, status: str = "ACTIVE") -> None:
        known = {"endpoint": "https://1.2.3.4", "certificateAuthority": {"data": base64.b64encode(b"PEM").decode()}}
        arn = f"arn:aws:eks:eu-central-1:{account}:cluster/{name}"
        self.clusters[name] = {
            "name": name,
            "arn": arn,
            "status": status,
            **(known if status != "CREATING" else {}),
        }


@pytest.fixture
def eks() -> Iterator[FakeEks]:
    fake = FakeEks()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked += 1
            found = fake.clusters.get(self.path.rsplit("/", 1)[-1])
            self.send_response(200 if found else 404)
            if not found:
                self.send_header("x-amzn-ErrorType", "ResourceNotFoundException")
            self.end_headers()
            self.wfile.write(json.dumps({"cluster": found} if found else {"message": "none"}).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        fake.aws = AwsConnection(ACCOUNT, "eu-central-1", endpoint=endpoint, access_key_id="k", secret_access_key="s")
        yield fake
        server.shutdown()
        thread.join()


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def decoded(token: str) -> str:
    prefix, dot, body = token.partition(".")
    assert (prefix + dot, "=" in body) == ("k8s-aws-v1.", False)
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()


def test_a_token_is_a_signed_question_who_we_are_bound_to_the_cluster() -> None:
    url = urlsplit(decoded(EksCluster(REAL, "meridian-staging").token()))
    query = {key: value[0] for key, value in parse_qs(url.query).items()}
    assert (url.scheme, url.netloc, url.path) == ("https", "sts.eu-central-1.amazonaws.com", "/")
    assert (query["Action"], query["Version"]) == ("GetCallerIdentity", "2011-06-15")
    assert query["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-Credential"].endswith("/eu-central-1/sts/aws4_request")
    assert int(query["X-Amz-Expires"]) <= 900
    assert len(query["X-Amz-Signature"]) == 64
    assert "not-to-be-seen" not in url.query


def test_another_partition_has_its_own_sts() -> None:
    china = AwsConnection(ACCOUNT, "cn-north-1", "aws-cn", access_key_id="AKIDEXAMPLE", secret_access_key="s")
    assert urlsplit(decoded(EksCluster(china, "x").token())).netloc == "sts.cn-north-1.amazonaws.com.cn"


def test_the_cluster_is_part_of_what_is_signed() -> None:
    def signature(name: str, clock: Clock) -> list[str]:
        return parse_qs(urlsplit(decoded(EksCluster(REAL, name, clock).token())).query)["X-Amz-Signature"]

    assert signature("one", Clock()) != signature("two", Clock())


def test_a_token_is_kept_until_a_minute_before_its_end() -> None:
    clock = Clock()
    cluster = EksCluster(REAL, "x", clock)
    first = cluster.token()
    clock.now += TOKEN_SECONDS - 1
    assert cluster.token() is first
    clock.now += 1
    assert cluster.token() is not first


def test_eks_tells_where_the_cluster_answers(eks: FakeEks) -> None:
    eks.add("ours")
    assert EksCluster(eks.aws, "ours").find() == ClusterEndpoint("https://1.2.3.4", "PEM")


def test_one_that_is_missing_or_being_made_is_none_and_asked_for_again_later(eks: FakeEks) -> None:
    clock = Clock()
    cluster = EksCluster(eks.aws, "ours", clock)
    assert cluster.find() is None
    assert cluster.find() is None
    assert eks.asked == 1
    eks.add("ours", status="CREATING")
    clock.now += 10
    assert cluster.find() is None
    eks.add("ours")
    clock.now += 10
    assert cluster.find() is not None


def test_a_cluster_of_another_account_is_refused(eks: FakeEks) -> None:
    eks.add("ours", account="999999999999")
    with pytest.raises(OperationError, match="belongs to account 999999999999"):
        EksCluster(eks.aws, "ours").find()


def test_without_a_cluster_a_preview_says_so_and_nothing_is_made_or_thought_gone(
    eks: FakeEks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    inputs = wired_map(CONFIG_MAP)

    async def run() -> dict[str, Any]:
        provider = KubernetesProvider(Connection("unit", eks.aws, None, cluster="ours"))
        previewed = await provider.create(sdk.CreateRequest(URN, inputs, 0, True))
        with pytest.raises(NoClusterError, match="does not exist yet"):
            await provider.create(sdk.CreateRequest(URN, inputs, 0, False))
        with pytest.raises(NoClusterError):
            await provider.read(sdk.ReadRequest(URN, "default/thing", inputs, inputs))
        await provider.close()
        return plain_map(previewed.properties or {})

    assert asyncio.run(run())["data"] == {"a": "b"}
    assert "not checked before it is applied: the cluster does not exist yet" in caplog.text


def test_a_kubeconfig_gets_its_tokens_from_the_aws_cli() -> None:
    found = kubeconfig("ours", "eu-central-1", ClusterEndpoint("https://1.2.3.4", "PEM"))
    assert found["clusters"][0]["cluster"]["server"] == "https://1.2.3.4"
    program = found["users"][0]["user"]["exec"]
    assert [program["command"], *program["args"][:4]] == ["aws", "eks", "get-token", "--cluster-name", "ours"]
    assert kubeconfig("ours", "eu-central-1", None)["clusters"] == []
