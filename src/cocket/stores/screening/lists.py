# SPDX-License-Identifier: Apache-2.0
"""Lists to screen against, answers already found, and matches cleared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from cocket.screening import Cleared
from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import MAC_BYTES, Protected


class StoredList(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it was taken in, without its content.

    Attributes:
        name: What it is called here.
        version: Hash of its content.
        format: How it was read.
        dated: When its keeper made it, as written; None where it does not say.
        entries: How many (count).
        imported: When, UTC.
        officer: Who took it in.
    """

    name: str
    version: str
    format: str
    dated: str | None
    entries: int
    imported: datetime
    officer: str


_COLUMNS = "name, version, format, dated, entries, imported, officer"

CLEARANCES = Protected(table="screening_clearance", key=("subject", "list", "entry"), columns=Cleared.__struct_fields__)

#: What the MAC of an answer covers; it stands before the hits. An answer of another hand, or of before, is found again.
_ANSWERS = Protected(
    table="screening_answer", key=("version", "subject"), columns=("version", "subject", "hits"), mac="hits"
)
_CLEARED = ", ".join((*CLEARANCES.columns, CLEARANCES.mac))


class ScreeningLists:
    """Lists, answers and clearances, on a transaction of the caller."""

    def put(self, connection: Connection, stored: StoredList, content: bytes) -> None:
        """Keep a list in place of an earlier one of the same name, and forget answers under older lists."""
        connection.execute(
            f"""insert into screening_list ({_COLUMNS}, content) values (%s, %s, %s, %s, %s, %s, %s, %s)
            on conflict (name) do update set version = excluded.version, format = excluded.format, dated = excluded.dated,
            entries = excluded.entries, imported = excluded.imported, officer = excluded.officer,
            content = excluded.content""",
            (*msgspec.structs.astuple(stored), content),
        )
        connection.execute("delete from screening_answer")

    def lists(self, connection: Connection) -> list[StoredList]:
        """All lists by name (0..n)."""
        rows = connection.execute(f"select {_COLUMNS} from screening_list order by name")
        return [StoredList(**dict(zip(StoredList.__struct_fields__, row, strict=True))) for row in rows]

    def contents(self, connection: Connection) -> list[tuple[str, bytes]]:
        """Name and content of every list, by name (0..n)."""
        return list(connection.execute("select name, content from screening_list order by name").fetchall())

    def answers(self, connection: Connection, version: str, subjects: Collection[str]) -> dict[str, bytes]:
        """Subject → its hits as JSON, for those already screened under this version of all lists."""
        rows = connection.execute(
            "select subject, hits from screening_answer where version = %s and subject = any(%s)",
            (version, sorted(subjects)),
        )
        macs = connection.row_macs
        return {
            subject: bytes(hits[MAC_BYTES:])
            for subject, hits in rows.fetchall()
            if macs.agrees(_ANSWERS, (version, subject, bytes(hits[MAC_BYTES:])), bytes(hits[:MAC_BYTES]))
        }

    def keep_answers(self, connection: Connection, version: str, answers: Mapping[str, bytes]) -> None:
        """Keep what was found for subjects under this version of all lists."""
        ordered = [
            (subject, connection.row_macs.mac(_ANSWERS, (version, subject, hits)) + hits)
            for subject, hits in sorted(answers.items())
        ]
        connection.execute(
            """insert into screening_answer select %s, subject, hits
            from unnest(%s::text[], %s::bytea[]) as given (subject, hits)
            on conflict (version, subject) do update set hits = excluded.hits""",
            (version, [subject for subject, _ in ordered], [hits for _, hits in ordered]),
        )

    def clear(self, connection: Connection, cleared: Cleared) -> None:
        """Keep an officer's word, in place of an earlier one on the same match."""
        connection.row_macs.put(connection, CLEARANCES, [msgspec.structs.astuple(cleared)])

    def take_back(self, connection: Connection, match: tuple[str, str, str]) -> None:
        """Forget a clearance, named by subject, list and entry; one that is not there is no error."""
        connection.execute("delete from screening_clearance where subject = %s and list = %s and entry = %s", match)

    def cleared(self, connection: Connection, subjects: Collection[str]) -> list[Cleared]:
        """Words on matches of these subjects (0..n)."""
        rows = connection.execute(
            f"select {_CLEARED} from screening_clearance where subject = any(%s) order by at, list, entry",
            (sorted(subjects),),
        )
        believed = connection.row_macs.believed(connection, CLEARANCES, rows)
        return [Cleared(**dict(zip(CLEARANCES.columns, row, strict=True))) for row in believed]
