# SPDX-License-Identifier: Apache-2.0
"""How a nomenclature's text speaks: what it names, what it leaves to other headings, and whether it takes the rest."""

from __future__ import annotations

import re
from typing import Final

_ELSEWHERE: Final = re.compile(
    r"(?:\bn\.e\.[cs]\.?\s*)?\b(?:in|of)\s+(?:items?|headings?|subheadings?|chapters?)\b(?:\s+nos?\.?)?[\d\s.,]*(?:(?:and|or|to)\s+[\d.]+)?",
    re.IGNORECASE,
)
_LEFT_OUT: Final = re.compile(
    r"\((?:not|other than|excluding|except|but not)\b[^)]*\)|\b(?:other than|excluding|except|not)\b[^;,)]*",
    re.IGNORECASE,
)
_REST: Final = re.compile(r"\bn\.e\.[cs]\b|\bother\s*$|\bnot elsewhere\b", re.IGNORECASE)


def parted(text: str) -> tuple[str, str]:
    """A text of the nomenclature as what it names and what it leaves out, without the numbers of other headings."""
    plain = _ELSEWHERE.sub(" ", text)
    return _LEFT_OUT.sub(" ", plain), " ".join(_LEFT_OUT.findall(plain))


def takes_the_rest(text: str) -> bool:
    """Whether a text takes what its neighbours do not name."""
    return _REST.search(text) is not None
