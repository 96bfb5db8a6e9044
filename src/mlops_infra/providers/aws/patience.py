"""Errors that only mean "not yet": AWS shows what it was just told to make (or to remove) a little later to its other services.

The emulator is consistent at once, so there nothing is tried again. The rules follow hashicorp/terraform-provider-aws, which retries
the same errors for the same reason ("IAM is eventually consistent", IAM user guide, "Troubleshoot IAM").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential

from mlops_infra.errors import OperationError
from mlops_infra.providers.aws.clients import CallError

_Answer = TypeVar("_Answer")

EARLY: Final = (
    # A subnet, group or gateway whose last user is still being removed.
    ("DependencyViolation", ""),
    ("InvalidIPAddress.InUse", ""),
    ("DeleteConflict", ""),
    # A role or user that another service does not see yet.
    ("MalformedPolicy.*", "(?i)principal"),
    ("InvalidParameter.*", "(?i)(role|principal|not found|assume)"),
    ("InvalidRequest.*|ValidationError|ValidationException", "(?i)(role|principal).*(not|invalid|assume)"),
    ("(CloudTrailAccessDenied|InsufficientS3BucketPolicy|InsufficientEncryptionPolicy|InvalidCloudWatch).*", ""),
    ("InvalidTargetBucketForLogging", ""),
    # What EC2 has just answered the id of.
    (r"Invalid\w+\.NotFound", ""),
    # A change while the last one is still settling.
    ("OperationAborted|ConcurrentModification.*|OperationNotPermitted.*InProgress", ""),
)
"""Error codes and messages (regular expressions) that are tried again."""


class NotYetThereError(OperationError):
    """A resource was made and cannot be read yet."""


@dataclass(frozen=True)
class Patience:
    """How long an early answer is tried again, in seconds, and the first pause, which doubles up to ten."""

    seconds: float = 180
    pause: float = 1

    def __call__(self, work: Callable[[], _Answer]) -> _Answer:
        """Do `work` until it answers something else than "not yet", or patience ends: then its last error is raised."""
        tries = Retrying(
            stop=stop_after_delay(self.seconds),
            wait=wait_exponential(multiplier=self.pause, max=10),
            retry=retry_if_exception(is_early),
            reraise=True,
        )
        return tries(work)


def is_early(error: BaseException) -> bool:
    """Whether an error may be gone a little later."""
    if isinstance(error, NotYetThereError):
        return True
    if not isinstance(error, CallError):
        return False
    return any(re.fullmatch(code, error.code) and re.search(text, error.what) for code, text in EARLY)
