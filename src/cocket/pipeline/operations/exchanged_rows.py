# SPDX-License-Identifier: Apache-2.0
"""Columns that another hand exchanged between two rows of a table, with their MACs or without: what a row was is still there.

A MAC proves it: of the columns of other rows, only those that were this row's give this row's MAC, which covers its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected

#: Most other rows that are looked through (count), and most columns that are taken from one together (count).
_ROWS, _TOGETHER = 2000, 2


def exchange_back(connection: Connection, protected: Protected, row: Mapping[str, Any]) -> dict[str, Any]:
    """Exchange columns of a row back with the row that holds what was this one's.

    Args:
        connection: The transaction.
        protected: The table, whose rows bear MACs.
        row: The row as it stands, which does not agree with its MAC; its key is right.

    Returns:
        Column → what it says again; empty where no other row holds what proves this one.
    """
    key = [row[name] for name in protected.key]
    named = " and ".join(f"{name} = %s" for name in protected.key)
    found = connection.execute(f"select {protected.read} from {protected.table} where {named}", key).fetchone()
    if found is None:
        return {}
    others = connection.execute(
        f"select {protected.read} from {protected.table} where not ({named}) limit {_ROWS}", key
    ).fetchall()
    own, mac = list(found[:-1]), found[-1]
    free = [at for at, name in enumerate(protected.columns) if name not in protected.key]
    for other in others:
        differing = [at for at in free if other[at] != own[at]]
        for count in range(_TOGETHER + 1):
            for taken in combinations(differing, count):
                guess = [other[at] if at in taken else value for at, value in enumerate(own)]
                for proof in (mac, other[-1]):
                    if proof is not None and connection.row_macs.agrees(protected, guess, proof):
                        names = [protected.columns[at] for at in taken]
                        _put(connection, protected, guess, (names, proof))
                        back = [own[at] if at in taken else value for at, value in enumerate(other[:-1])]
                        if not connection.row_macs.agrees(protected, other[:-1], other[-1]):
                            _put(connection, protected, back, (names, mac if proof is other[-1] else other[-1]))
                        return {protected.columns[at]: guess[at] for at in taken}
    return {}


def _put(connection: Connection, protected: Protected, row: list[Any], new: tuple[list[str], bytes | None]) -> None:
    names, mac = new
    values = dict(zip(protected.columns, row, strict=True))
    sets = ", ".join(f"{name} = %s" for name in (*names, protected.mac))
    named = " and ".join(f"{name} = %s" for name in protected.key)
    connection.execute(
        f"update {protected.table} set {sets} where {named}",
        [*(values[name] for name in names), mac, *(values[name] for name in protected.key)],
    )
