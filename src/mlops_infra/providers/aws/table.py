"""All rows, by token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mlops_infra.errors import UsageError
from mlops_infra.providers.aws import rows_data, rows_ec2, rows_eks, rows_iam, rows_kms, rows_s3, rows_vpc, rows_watch
from mlops_infra.providers.aws.row import Row

_MODULES: Final = (rows_vpc, rows_ec2, rows_kms, rows_s3, rows_iam, rows_eks, rows_data, rows_watch)

ROWS: Final[Mapping[str, Row]] = MappingProxyType({row.token: row for module in _MODULES for row in module.ROWS})
"""Every resource type that the attached provider serves."""


def row_of(token: str) -> Row:
    """The row of a type. Raises UsageError naming the type where there is none."""
    # The SDK takes the type from the URN, where the types of the components that contain the resource come first.
    token = token.rpartition("$")[2]
    row = ROWS.get(token)
    if row is None:
        raise UsageError(
            f"the built-in AWS provider does not know the type {token}",
            hint="set `providers: official` in the stack file, or use one of the types in docs/reference/aws-types.md",
        )
    return row
