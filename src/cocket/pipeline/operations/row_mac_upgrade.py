# SPDX-License-Identifier: Apache-2.0
"""Giving the rows of an older house their MACs, once: at its first start with a version that knows of them.

What stands in the tables then is taken as it stands, sealed as taken over, and held against sealed records by the next
audit. It is done once for good: that it was done stands in the keys folder, in the database under a MAC, and in the book.
Tables that were covered later are taken over in a round of their own, of which the same holds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from cocket.errors import StoreError
from cocket.pipeline.base.wiring import Stores, open_stores
from cocket.settings import Settings
from cocket.stores.base.database import ROW_AUDIT_LOCK, Connection
from cocket.stores.base.keys import make_key
from cocket.stores.base.row_macs import Protected
from cocket.stores.ledger.yearly_logs import ERAS
from cocket.stores.operations.protected import FIRST_UNDER_MACS, LAST_UNDER_MACS, LATER_UNDER_MACS
from cocket.stores.operations.row_audits import RowAudits, cursor_of

_AT_ONCE = 1000


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """Tables whose rows are given their MACs together.

    Attributes:
        kind: Kind of the record that says which rows were taken over.
        place: Where the database keeps that it was done.
        mark: File beside the keys that says the same.
        tables: The tables.
    """

    kind: str
    place: str
    mark: str
    tables: tuple[Protected, ...]


#: In the order in which tables came under MACs.
ROUNDS: Final = (
    Round(kind="rows-adopted", place="rows/adopted", mark="rows.adopted", tables=FIRST_UNDER_MACS),
    Round(kind="messages-adopted", place="rows/adopted-messages", mark="messages.adopted", tables=LATER_UNDER_MACS),
    Round(kind="eras-adopted", place="rows/adopted-eras", mark="eras.adopted", tables=LAST_UNDER_MACS),
)


class RowsAdopted(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of rows that were given their MACs though they were written before.

    Attributes:
        rows: Table → rows (count).
        digests: Table → SHA-256 of their MACs in the order of their keys, in hexadecimal.
    """

    rows: dict[str, int]
    digests: dict[str, str]


def ensure_rows(settings: Settings, dsn: str) -> None:
    """See that the house has the key of rows, and that its rows bear MACs; quick where that was done before.

    Raises:
        StoreError: It was done before, and what says so was removed, or the key is another.
    """
    folder = settings.keys_folder
    if not folder.is_dir() or all((folder / one.mark).exists() for one in ROUNDS):
        return
    if not was_adopted(folder):
        make_key(folder, "rows")
    stores = open_stores(settings, dsn)
    try:
        adopt_rows(stores)
    finally:
        stores.database.close()
    _mark(folder)


def was_adopted(folder: Path) -> bool:
    """Whether the keys in a folder say that rows bear MACs."""
    return (folder / ROUNDS[0].mark).exists()


def adopt_rows(stores: Stores) -> int:
    """Give every row without a MAC its MAC, and seal that this was done; once in the life of a house, for each round.

    Returns:
        How many rows were taken over (count); 0 if it was done before.

    Raises:
        StoreError: It was done before, and what says so was removed, or the key is another.
    """
    with stores.database.transaction() as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (ROW_AUDIT_LOCK,))
        due = [one for one in ROUNDS if stores.places.get(connection, one.place) is None]
        bodies = _take_over(stores, connection, due)
    return sum(count for body in bodies for count in body.rows.values())


def _take_over(stores: Stores, connection: Connection, due: Sequence[Round]) -> list[RowsAdopted]:
    """Give the rows of some rounds their MACs, and seal that this was done; what was sealed, a record a round.

    Raises:
        StoreError: It was done before.
    """
    bodies = []
    for one in due:
        _refuse_again(connection, one)
    for one in due:
        if one is ROUNDS[0]:
            connection.execute("delete from session")  # none rests on a sealed sign-in
        done = {_name(table): _adopt(connection, table) for table in one.tables}
        if ERAS in one.tables and done[ERAS.table][0]:
            stores.leaves.eras.keep(connection)
        body = RowsAdopted(
            rows={name: count for name, (count, _) in done.items() if count},
            digests={name: digest for name, (count, digest) in done.items() if count},
        )
        stores.places.put(connection, one.place, datetime.now(UTC).isoformat().encode())
        bodies.append((one.kind, body))
    records = [stores.sealer.record(kind, "cli", body) for kind, body in bodies if body.rows]
    stores.leaves.append_records(connection, records)
    return [body for _, body in bodies]


def adopt_completed(stores: Stores, connection: Connection, added: Collection[tuple[str, str]]) -> dict[str, int]:
    """Give rows the MACs they would have if their columns had not been left out when their tables were made.

    A row that bore a MAC is given another only where it agrees with the one it has. Sealed as taken over, after the rounds
    of tables that came under MACs since, without which nothing can be sealed.

    Args:
        stores: The stores.
        connection: The transaction in which the columns were added.
        added: Table and name of each column that was.

    Returns:
        Table → rows (count).
    """
    folder = stores.settings.keys_folder
    later = [one for one in ROUNDS[1:] if not (folder / one.mark).exists()]
    _take_over(stores, connection, [one for one in later if stores.places.get(connection, one.place) is None])
    done = {}
    for table in FIRST_UNDER_MACS:
        new = {column for name, column in added if name == table.table}
        if table.mac in new:
            done[table.table] = _adopt(connection, table)
        elif new & set(table.columns):
            done[table.table] = _adopt(connection, table, new)
    body = RowsAdopted(
        rows={name: count for name, (count, _) in done.items() if count},
        digests={name: digest for name, (count, digest) in done.items() if count},
    )
    if body.rows:
        stores.leaves.append_records(connection, [stores.sealer.record(ROUNDS[0].kind, "cli", body)])
    return body.rows


def _refuse_again(connection: Connection, a_round: Round) -> None:
    """Whoever removes the note that rows were taken over does not get forged rows taken over.

    Raises:
        StoreError: A row bears a MAC, or the book says that it was done.
    """
    marked = any(
        connection.execute(f"select 1 from {one.table} where {one.mac} is not null limit 1").fetchone()
        for one in a_round.tables
    )
    said = connection.execute("select 1 from leaf where kind = %s limit 1", (a_round.kind,)).fetchone()
    if marked or said:
        raise StoreError(
            "The rows of this instance have MACs, but the file that records since when was removed or cannot be read.",
            code="rows-adopted-before",
            hint=f"Restore `rows.key` and `{a_round.mark}` in the keys folder from your copy of the keys.",
        )


def _adopt(connection: Connection, protected: Protected, new: Collection[str] = ()) -> tuple[int, str]:
    """Give the rows of a table their MACs; how many, and the digest of these.

    With columns that are new in it only the rows that agree with the MACs they had without these.
    """
    digest, count, after = sha256(), 0, None
    named = " and ".join(f"{name} = %s" for name in protected.key)
    while rows := RowAudits().rows(connection, protected, after, _AT_ONCE):
        after = cursor_of(protected, rows[-1])
        if new:
            agreeing = connection.row_macs.agrees_without(protected, new, rows)
            rows = [row for row, is_ours in zip(rows, agreeing, strict=True) if is_ours]
        macs = [connection.row_macs.mac(protected, row[:-1]) for row in rows]
        keys = [[row[protected.columns.index(name)] for name in protected.key] for row in rows]
        with connection.cursor() as cursor:
            cursor.executemany(
                f"update {protected.table} set {protected.mac} = %s where {named}",
                [(mac, *key) for mac, key in zip(macs, keys, strict=True)],
            )
        for mac in macs:
            digest.update(mac)
        count += len(rows)
    return count, digest.hexdigest()


def _name(protected: Protected) -> str:
    return protected.table if protected.mac == "mac" else f"{protected.table} ({protected.mac})"


def _mark(folder: Path) -> None:
    try:
        for one in ROUNDS:
            (folder / one.mark).touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"The keys folder {folder} cannot be written: {error.strerror}.") from error
