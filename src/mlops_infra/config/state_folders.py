"""What lies in the bucket of an environment's state, by folder below the state's prefix, and what may be removed from there again.

Those who write there and those who grant rights must mean the same places.
"""

from __future__ import annotations

from typing import Final

ENGINE: Final = ".pulumi"
"""Pulumi's state and its locks."""
LOCKS: Final = "locks"
"""Who works on the environment."""
LEDGER: Final = "ledger"
"""What was done to the environment."""
EVIDENCE: Final = "evidence"
"""Receipts, approvals and trust files."""
PROMOTIONS: Final = "promotions"
"""Promotions that are unfinished."""

REMOVABLE: Final = (ENGINE, LOCKS, PROMOTIONS)
LASTING: Final = (LEDGER, EVIDENCE)
