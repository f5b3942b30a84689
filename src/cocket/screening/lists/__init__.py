# SPDX-License-Identifier: Apache-2.0
"""Readers of lists: the Security Council's XML, FollowTheMoney lines, and CSV, told apart by their content."""

from __future__ import annotations

import hashlib

from cocket.errors import UnreadableError
from cocket.screening.entries import WatchList
from cocket.screening.lists.follow_the_money import read_follow_the_money
from cocket.screening.lists.table import read_table
from cocket.screening.lists.unsc import read_unsc


def read_list(name: str, data: bytes) -> WatchList:
    """Read a list of any known form.

    Args:
        name: What the list is called in this house.
        data: Its bytes: XML of the Security Council, JSON lines of FollowTheMoney, or CSV with a heading.

    Returns:
        The list; what could not be read of it is told in `left_out`.

    Raises:
        UnreadableError: It is none of these, or has no entry that can be read.
    """
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    dated = None
    if start == b"<":
        entries, left_out, dated = read_unsc(data)
        form = "unsc-xml"
    elif start == b"{":
        entries, left_out = read_follow_the_money(data)
        form = "ftm-ndjson"
    else:
        entries, left_out = read_table(data)
        form = "csv"
    if not entries:
        why = f" ({left_out[0]})" if left_out else ""
        raise UnreadableError(f"The list has no entry that can be read{why}.", code="list-empty")
    version = hashlib.sha256(data).hexdigest()
    return WatchList(
        name=name, format=form, version=version, dated=dated, entries=tuple(entries), left_out=tuple(left_out)
    )


__all__ = ["read_list"]
