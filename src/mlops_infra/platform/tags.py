"""Free text as an AWS tag's value."""

from __future__ import annotations

import re

TAG_VALUE_LIMIT = 256
"""Longest value of a tag (AWS tagging rules)."""


def tag_text(text: str) -> str:
    """`text` in the characters that all AWS services take in tags, cut to the longest value.

    Parentheses of clauses become dots: ``Art. 9(2)(h)`` is ``Art. 9.2.h``. Everything else that is not allowed becomes a space.
    """
    clauses = re.sub(r"(?<=\S)\(([^()\s]*)\)", r".\1", text)
    plain = re.sub(r"[^\w+\-=._:/@ ]", " ", clauses, flags=re.ASCII)
    return re.sub(r" +", " ", plain).strip()[:TAG_VALUE_LIMIT].strip()
