"""The ledger: the hash-chained record of who did what to an environment, and with which result.

Data flow: `operations` → `Ledger.append` → entries that machines share, if there are any → ``ledger/<environment>.jsonl``. Nothing here
knows what an operation is, or where shared entries lie.
"""

from mlops_infra.audit.entry import Actor, Entry
from mlops_infra.audit.ledger import Ledger, SharedEntries
from mlops_infra.audit.ledger_file import LedgerError, LedgerFile

__all__ = ["Actor", "Entry", "Ledger", "LedgerError", "LedgerFile", "SharedEntries"]
