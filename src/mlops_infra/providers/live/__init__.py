"""What really is: the resources of a deployed state read again from the live APIs, and what is there beside them.

Data flow: deployed graph → `aws` (rows) and `kubernetes` (discovery), both at once → `aws_beside` → `references` → `model.Live`. Nothing is
written, no engine runs, and an API that does not answer is an error, never an absence.
"""

from mlops_infra.providers.live.model import Live
from mlops_infra.providers.live.reading import read_live

__all__ = ["Live", "read_live"]
