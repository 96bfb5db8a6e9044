"""The ledger: the hash-chained record of who did what to an environment, and with which result.

Data flow: `operations` → `Ledger.append` → ``ledger/<environment>.jsonl``. Nothing here knows what an operation is.
"""

from mlops_infra.audit.entry import Actor, Entry
from mlops_infra.audit.ledger import Ledger, LedgerError

__all__ = ["Actor", "Entry", "Ledger", "LedgerError"]
