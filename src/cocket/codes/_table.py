# SPDX-License-Identifier: Apache-2.0
"""The tables beside this code: one CSV an edition, with its source told in the same folder."""

from __future__ import annotations

import csv
from importlib.resources import files


def rows(code_list: str, edition: str) -> list[dict[str, str]]:
    """All rows of one edition of a list, by column name; an empty cell is an empty text.

    Source: `data/<code_list>/SOURCE.md`.
    """
    path = files("cocket.codes") / "data" / code_list / f"{edition}.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def key(text: str) -> str:
    """A code as the tables and shapes write it: outer white space gone, upper case; nothing if it is no text, or not ASCII.

    Source: every list here is ASCII; Unicode would fold strangers into it ("ß" to "SS").
    """
    bare = text.strip() if isinstance(text, str) else ""
    return bare.upper() if bare.isascii() else ""
