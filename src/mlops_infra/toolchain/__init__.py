"""The external programs: one manifest, and how each is found, downloaded or built.

``manifest`` says what there is; ``find`` looks where it may be already (explicit setting, PATH, our cache); ``install``
fetches what is missing (``download``: official release, verified; ``build``: pinned Go module, with a Go from ``golang``)
into ``<cache>/programs/<name>/<version>/<name>``. Everything outside of the process is named by one `Places`.
"""

from __future__ import annotations

from mlops_infra.toolchain.find import Inspection, inspect, locate
from mlops_infra.toolchain.install import How, ensure
from mlops_infra.toolchain.manifest import MANIFEST, Tool
from mlops_infra.toolchain.places import Places, Program, Source, Timeouts

__all__ = [
    "MANIFEST",
    "How",
    "Inspection",
    "Places",
    "Program",
    "Source",
    "Timeouts",
    "Tool",
    "ensure",
    "inspect",
    "locate",
]
