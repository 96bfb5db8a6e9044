"""What is changed in moto, and why; nothing else is. Applied once, in the AWS process, before the first request.

Each function is one change with one reason.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from mlops_infra.sandbox.aws_plane.additions import apply_additions
from mlops_infra.sandbox.aws_plane.bucket_policy import Decision, Request, decide, object_action

SETTINGS: Final = {
    # The console's cross-origin access: web pages have no business here.
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    # A bucket of another account is out of reach, as on AWS without a policy that says otherwise.
    "MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS": "false",
    # Hundreds of machine images that nobody here asks for; they cost half a second per account and region.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    # Roles attach AWS's managed policies (EKS, audit), which moto leaves out unless asked.
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    # Sets iterate alike in every run, so that a replay makes the same things in the same order.
    "PYTHONHASHSEED": "0",
}
"""Environment variables of the AWS process; moto reads them when it is imported."""

current = threading.local()
"""``current.request``: the `Request` that this thread is answering; ``current.denied``: why it was denied, or None."""


def apply(creation_seed: Callable[[str], str], control_planes: Callable[[], Mapping[str, Mapping[str, str]]]) -> None:
    """Apply all changes.

    Arguments: `creation_seed` makes the seed for what a backend creates at its birth, from its name; `control_planes` says for each
    account the ``endpoint`` and the ``certificate_authority`` (base64) of its embedded control plane.
    """
    _seed_randomness_of_the_system()
    _seed_new_backends(creation_seed)
    _judge_bucket_policies()
    _spare_key_pairs()
    _look_for_keys_where_they_are()
    _point_at_control_planes(control_planes)
    apply_additions()


def reseed(seed: str) -> None:
    """Make all identifiers and key material that follow, in this thread's request, a function of `seed`."""
    from moto.moto_api._internal import mock_random  # noqa: PLC0415 only the AWS process loads moto

    mock_random.seed(seed)
    random.seed(seed)
    _system.seed(f"system {seed}")


_system = random.Random()  # noqa: S311 identifiers of an emulator, to be the same after a replay


def _seed_randomness_of_the_system() -> None:
    """`uuid.uuid4` and KMS key material come from `os.urandom`: after a replay they have to be what they were."""
    os.urandom = _system.randbytes


def _seed_new_backends(creation_seed: Callable[[str], str]) -> None:
    """A backend is born by whichever request comes first, also by a read, which is not replayed: what it makes at its birth (a default
    VPC, for example) gets a seed of its own, and the request's own sequence goes on as if nothing had happened."""
    from moto.core.base_backend import AccountSpecificBackend  # noqa: PLC0415
    from moto.moto_api._internal import mock_random  # noqa: PLC0415

    original = AccountSpecificBackend.__getitem__

    def born_alike(self: Any, region: str) -> Any:
        if region in self.keys():
            return original(self, region)
        before = (mock_random.getstate(), random.getstate(), _system.getstate())
        reseed(creation_seed(f"{self.service_name} {self.account_id} {region}"))
        try:
            return original(self, region)
        finally:
            mock_random.setstate(before[0])
            random.setstate(before[1])
            _system.setstate(before[2])

    AccountSpecificBackend.__getitem__ = born_alike  # type: ignore[method-assign]


def _judge_bucket_policies() -> None:
    """moto denies every object call where a policy has a condition that it does not know; see `bucket_policy`."""
    from moto.iam.access_control import PermissionResult  # noqa: PLC0415
    from moto.s3.models import FakeBucket  # noqa: PLC0415

    results = {
        Decision.ALLOW: PermissionResult.PERMITTED,
        Decision.DENY: PermissionResult.DENIED,
        Decision.NEITHER: PermissionResult.NEUTRAL,
    }

    def get_permission(self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        request: Request = current.request
        verdict = decide(self.policy, object_action(action, request.query), resource, request)
        if verdict.decision is Decision.DENY:
            current.denied = verdict.reason
        return results[verdict.decision]

    FakeBucket.get_permission = get_permission  # type: ignore[method-assign]


def _spare_key_pairs() -> None:
    """moto makes an RSA key pair for every symmetric KMS key too: a tenth of a second each, never used, not reproducible."""
    from moto import kms  # noqa: PLC0415

    models: Any = kms.models
    original = models.generate_private_key

    def only_where_used(key_spec: str) -> Any:
        return None if key_spec.startswith(("SYMMETRIC", "HMAC")) else original(key_spec)

    models.generate_private_key = only_where_used


def _look_for_keys_where_they_are() -> None:
    """To find an access key's account, moto makes an IAM of every partition for every account, each with a thousand managed policies."""
    from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: PLC0415
    from moto.iam import models  # noqa: PLC0415

    def get_account_id_from(access_key: str) -> str:
        for account, partitions in list(models.iam_backends.items()):
            if any(access_key in backend.access_keys for backend in list(partitions.values())):
                return account
        return DEFAULT_ACCOUNT_ID

    models.get_account_id_from = get_account_id_from


def _point_at_control_planes(control_planes: Callable[[], Mapping[str, Mapping[str, str]]]) -> None:
    """An EKS cluster of the sandbox is the embedded control plane of its account; and moto draws the made-up addresses once per process
    rather than per cluster."""
    from moto.eks import models  # noqa: PLC0415
    from moto.moto_api._internal import mock_random  # noqa: PLC0415

    class Address:
        """Stands for moto's text templates, whose `format` it calls."""

        def __init__(self, text: str) -> None:
            self._text = text

        def format(self, *, region: str) -> str:
            return self._text.format(region=region, id=mock_random.get_random_hex(32).upper())

    def real(name: str, of: Callable[[Mapping[str, str]], Any]) -> property:
        """An attribute that says what the control plane says, if there is one."""

        def get(cluster: Any) -> Any:
            plane = control_planes().get(cluster.arn.split(":")[4])
            return of(plane) if plane else vars(cluster)[name]

        return property(get, lambda cluster, value: vars(cluster).update({name: value}))

    eks: Any = models
    eks.ISSUER_TEMPLATE = Address("https://oidc.eks.{region}.amazonaws.com/id/{id}")
    eks.ENDPOINT_TEMPLATE = Address("https://{id}.gr7.{region}.eks.amazonaws.com")
    eks.Cluster.endpoint = real("endpoint", lambda plane: plane["endpoint"])
    eks.Cluster.certificate_authority = real(
        "certificate_authority", lambda plane: {"data": plane["certificate_authority"]}
    )
