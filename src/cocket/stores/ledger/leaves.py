# SPDX-License-Identifier: Apache-2.0
"""The leaves of the book, dense from 0, and the one writer of records.

The order in which leaves become visible is their index order: the index is taken as the last act of a transaction
under a lock that is held until it is committed. So a reader that has seen leaf n has seen all before it, and "how far
have I got" is one number.

The index is the house's own. The place a leaf has in a public log follows from it: see `Era`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.errors import ProofError, StoreError
from cocket.ledger import write_entry
from cocket.stores.base import record_months
from cocket.stores.base.database import APPEND_LOCK, FRESH, Connection, check_written, lock_appends, old_snapshot
from cocket.stores.base.packing import pack, unpack_if_packed
from cocket.stores.base.row_macs import Protected
from cocket.stores.base.subject_keys import SubjectKey, SubjectKeys
from cocket.stores.ledger.archive_files import ArchivedMonth, ArchiveFolder, What
from cocket.stores.ledger.yearly_logs import NEWEST_ERA, LogYears


class NewLeaf(msgspec.Struct, frozen=True, gc=False):
    """One leaf to append; see `cocket.ledger` for what the fields mean.

    Attributes:
        key: Key of the record's content, from which the nonce follows; None if both are kept in clear.
    """

    record: UUID
    kind: str
    at: datetime
    actor: str
    subject: str
    digest: bytes
    nonce: bytes
    seal: bytes
    include_by: datetime
    key: SubjectKey | None = None


class StoredLeaf(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One leaf as it stands.

    Attributes:
        index: Its place in the book: the order in which things happened.
        nonce: Opens the commitment (32 bytes); None if it was destroyed.
        log: Origin of the log it is public in.
        place: Its place in that log, from 0.
        is_promised: Whether what its receipt promises is known to be what was promised; looked at only where one leaf or
            some are asked for by their records.
    """

    index: int
    record: UUID
    kind: str
    at: datetime
    actor: str
    subject: str
    digest: bytes
    nonce: bytes | None
    seal: bytes
    include_by: datetime
    is_degraded: bool
    log: str
    place: int
    is_promised: bool = False


class NewRecord(msgspec.Struct, frozen=True):
    """Something other than a message that is sealed: an assessment, a look, an override, a result.

    Attributes:
        leaf: Its leaf.
        about: Consignment or message it is about; None if about none.
        body: The sealed bytes (JSON).
    """

    leaf: NewLeaf
    about: UUID | None
    body: bytes


#: What a receipt promises, which is in no commitment: under a MAC, so that no other receipt is signed than was given.
PROMISES = Protected(table="leaf", key=("record",), columns=("record", "include_by", "is_degraded"), mac="promise_mac")

HEADS = Protected(table="heads", key=("log", "size"), columns=("log", "size", "root", "at", "upto"))

#: How far the assessment worker has got: the last index that it has worked.
ASSESSMENT_PLACE: Final = "desk"

#: Kind of the record of a month whose bodies were archived.
ARCHIVED_MONTH: Final = "archived-month"

#: Most indexes that are passed over because of a place (count).
_LEAP = 4096

#: One more than the highest index, cover leaves included. An index under a head, or that the assessment worker has passed, is
#: never given out again, even where the rows of leaves are gone: what stood there is missed, and what comes is worked. A place
#: that another hand wrote makes a small gap at most (count).
_SIZE = f"""greatest(coalesce((select max(idx) from leaf) + 1, 0),
coalesce((select upto from cover order by first desc limit 1), 0), coalesce((select max(upto) from heads), 0),
coalesce((select least(convert_from(value, 'LATIN1')::bigint, (select max(idx) from leaf) + {_LEAP}) + 1 from place
where name = '{ASSESSMENT_PLACE}' and convert_from(value, 'LATIN1') ~ '^[0-9]{{1,15}}$'), 0))"""

LEAF_COLUMNS = "record, kind, at, actor, subject, digest, nonce, seal, include_by, key"

#: Whether the size is that of now: in another isolation it is read from a snapshot older than the append lock.
_IS_FRESH = f"current_setting('transaction_isolation') = '{FRESH}'"

_APPEND = f"""
insert into leaf (idx, {LEAF_COLUMNS}, promise_mac, is_degraded)
select (select {_SIZE} - 1) + n, {LEAF_COLUMNS}, promise_mac, %s
from unnest(%b::uuid[], %b::text[], %b::timestamptz[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::bytea[],
            %b::timestamptz[], %s::bigint[], %b::bytea[])
     with ordinality as new ({LEAF_COLUMNS}, promise_mac, n)
 where {_IS_FRESH}
returning idx, ({NEWEST_ERA})
"""

#: The same for one leaf: to write a list of each column costs several times as much as the value.
_APPEND_ONE = f"""
insert into leaf (idx, is_degraded, {LEAF_COLUMNS}, promise_mac)
select {_SIZE}, %s, %b::uuid, %b::text, %b::timestamptz, %b::text, %b::text, %b::bytea, %b::bytea, %b::bytea,
       %b::timestamptz, %s::bigint, %b::bytea
 where {_IS_FRESH}
returning idx, ({NEWEST_ERA})
"""

_RECORD = "id, kind, at, actor, subject, about, body"

_ADD = f"""
insert into record ({_RECORD})
values (%b::uuid, %b::text, %b::timestamptz, %b::text, %b::text, %b::uuid, %b::bytea)
"""

#: Leaves looked through at a time (count).
_AT_A_TIME = 16_384

#: Up to how many records single statements are quicker than COPY (count).
_FEW = 8

_COLUMNS = (
    "l.idx, l.record, l.kind, l.at, l.actor, l.subject, l.digest, l.nonce, l.seal, l.include_by, l.is_degraded, l.key"
)

#: Leaves of things that are kept under a number or name; the index `leaf_subject` is over these alone.
_OF_THINGS = """l.kind not like 'message-%%'
and l.kind not in ('assessment', 'look', 'look-ended', 'merged', 'device-batches')"""

_ERA = "(select max(first) from era where first <= l.idx)"

#: What a leaf seals, as it is stored: a message's bytes, or a record's; whether either has a row; what its month has of it.
_SEALED = f"""
select {_COLUMNS}, {_ERA}, coalesce(m.content, r.body), r.id is not null, m.id is not null, b.body from leaf l
left join message m on m.id = l.record left join record r on r.id = l.record
left join {record_months.BODIES} b on b.id = l.record where l.idx >= %s and l.idx < %s order by l.idx
"""


class Leaves:
    """Appending and reading leaves and records, on a transaction of the caller.

    Args:
        keys: Keys of what is sealed.
        eras: Which leaves stand in which log, and where.
        archive: The folder of bodies that were archived; None where nothing ever was.

    Attributes:
        keys: Keys of what is sealed.
        eras: Which leaves stand in which log, and where.
        archive: The folder of bodies that were archived.
    """

    def __init__(self, keys: SubjectKeys, eras: LogYears, archive: ArchiveFolder | None = None) -> None:
        self.keys = keys
        self.eras = eras
        self.archive = archive or ArchiveFolder(None)
        self._archived: dict[str, ArchivedMonth] = {}

    def append(
        self,
        connection: Connection,
        leaves: Sequence[NewLeaf],
        contents: Sequence[tuple[UUID, bytes]] = (),
        *,
        is_degraded: bool = False,
    ) -> range:
        """Append leaves as the last act of a transaction.

        Args:
            connection: The transaction; nothing but its commit may follow.
            leaves: What to append, in order (0..n).
            contents: Contents of messages that they are of, encrypted, for the tables of months (0..n).
            is_degraded: Whether the promise is marked as given while the book lags.

        Returns:
            The indexes taken, in the order of `leaves`.

        Raises:
            StoreError: The transaction sees the database at one moment, which may be before the newest leaf.
        """
        return self._append(connection, leaves, (), contents, is_degraded=is_degraded)

    def _append(
        self,
        connection: Connection,
        leaves: Sequence[NewLeaf],
        rows: Sequence[_RecordRow],
        contents: Sequence[tuple[UUID, bytes]] = (),
        *,
        is_degraded: bool,
    ) -> range:
        """Append leaves, with rows of records or contents of messages in the same round trip."""
        if not leaves:
            return range(0)
        placing = [(*leaf_row(leaf), _promise(connection, leaf, is_degraded=is_degraded)) for leaf in leaves]
        with connection.pipeline():
            added = [connection.execute(_ADD, row) for row, _ in rows]
            apart = [record_months.add_one(connection, row[0], body) for row, body in rows if body is not None]
            kept = record_months.add_all(connection, contents) if contents else None
            # A statement of its own: the next ones must see the leaves and eras of whoever held the lock before.
            connection.execute("select pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
            if len(leaves) == 1:
                cursor = connection.execute(_APPEND_ONE, (is_degraded, *placing[0]))
            else:
                columns = map(list, zip(*placing, strict=True))
                cursor = connection.execute(_APPEND, (is_degraded, *columns))
        check_written("record", len(rows), sum(one.rowcount for one in added))
        check_written(record_months.BODIES, len(apart), sum(one.rowcount for one in apart))
        check_written(record_months.BODIES, len(contents), kept.rowcount if kept is not None else 0)
        placed = cursor.fetchall()
        if len(placed) != len(leaves):
            isolation = connection.execute("show transaction_isolation").fetchone()
            if isolation != (FRESH,):
                raise old_snapshot()
            check_written("leaf", len(leaves), len(placed))
        first = min(row[0] for row in placed)
        self.eras.learn(connection, placed[0][1], first)
        return range(first, first + len(leaves))

    def append_records(
        self, connection: Connection, records: Sequence[NewRecord], *, is_degraded: bool = False
    ) -> range:
        """Write records and append their leaves, as the last act of a transaction.

        Returns:
            The indexes taken, in the order of `records`.
        """
        if not records:
            return range(0)
        rows = [_record_row(new) for new in records]
        leaves = [new.leaf for new in records]
        if len(rows) <= _FEW:
            return self._append(connection, leaves, rows, is_degraded=is_degraded)
        types = ["uuid", "text", "timestamptz", "text", "text", "uuid", "bytea"]
        connection.copy_rows("record", _RECORD, types, (row for row, _ in rows))
        if apart := [(row[0], body) for row, body in rows if body is not None]:
            record_months.add_many(connection, apart)
        return self.append(connection, leaves, is_degraded=is_degraded)

    def stored(self, leaf: NewLeaf, index: int, *, is_degraded: bool) -> StoredLeaf:
        """A leaf just appended, as it now stands."""
        era = self.eras.of(index)
        fields = msgspec.structs.asdict(leaf)
        del fields["key"]
        return StoredLeaf(
            index=index, is_degraded=is_degraded, log=era.log, place=self.eras.place(index), is_promised=True, **fields
        )

    def size(self, connection: Connection) -> int:
        """How many leaves the book has, cover leaves included."""
        row = connection.execute(f"select {_SIZE}").fetchone()
        return int(row[0]) if row else 0

    def seal_at(self, connection: Connection, index: int) -> bytes | None:
        """What the leaf at an index seals; None where none stands, or one that only fills the log."""
        row = connection.execute("select seal from leaf where idx = %s", (index,), binary=True).fetchone()
        return bytes(row[0]) if row else None

    def latest_moment(self, connection: Connection) -> datetime:
        """The time that no promise may be behind, UTC: of the newest leaf or of the database's clock, whichever is later."""
        row = connection.execute(
            "select greatest((select at from leaf order by idx desc limit 1), clock_timestamp())"
        ).fetchone()
        return row[0] if row else datetime.now(UTC)

    def of_record(self, connection: Connection, record: UUID) -> StoredLeaf | None:
        """The leaf of one message or record; None if there is none."""
        found = self.of_records(connection, [record])
        return found[0] if found else None

    def of_records(self, connection: Connection, records: Sequence[UUID]) -> list[StoredLeaf]:
        """The leaves of several messages or records, in index order (0..n)."""
        rows = connection.execute(
            f"select {_COLUMNS}, {_ERA} from leaf l where l.record = any(%s) order by l.idx", (list(records),)
        ).fetchall()
        kept = dict(
            connection.execute(
                "select record, promise_mac from leaf where record = any(%s)", (list(records),), binary=True
            ).fetchall()
        )
        return [
            msgspec.structs.replace(leaf, is_promised=_is_promised(connection, leaf, kept.get(leaf.record)))
            for leaf, _ in self._leaves(connection, rows)
        ]

    def sealed_between(
        self, connection: Connection, start: int, upto: int
    ) -> list[tuple[StoredLeaf, bytes | None, str]]:
        """What is stored of a range of leaves: each leaf, the bytes it seals, and the state of these.

        Returns:
            In index order (0..n), cover leaves left out. Bytes are those of the message as stored (zstd) or of the
            record, None if there are none. The state is `kept`, `missing` or `altered`.
        """
        rows = connection.execute(_SEALED, (start, upto), binary=True).fetchall()
        archived = self._archived_of(connection, [row for row in rows if _is_away(row)])
        found = []
        for row, (leaf, key) in zip(rows, self._leaves(connection, rows), strict=True):
            content, state = row[13], "kept"
            if content is None and _stands_apart(row):
                content = row[16] if row[16] is not None else archived.get(row[1])
            try:
                if content is not None and row[11] is not None:
                    content = _opened(key, leaf.kind, content) if key else None
            except StoreError:
                content, state = None, "altered"
            found.append((leaf, content, "missing" if state == "kept" and content is None else state))
        return found

    def records_about(
        self, connection: Connection, about: UUID, kinds: Sequence[str] = ()
    ) -> list[tuple[StoredLeaf, bytes]]:
        """Records about one consignment or message with their leaves, oldest first (0..n); of some kinds, if any are named."""
        rows = connection.execute(
            f"""select {_COLUMNS}, {_ERA}, r.body from record r join leaf l on l.record = r.id
            where r.about = %s and (%s or r.kind = any(%s)) order by l.idx""",
            (about, not kinds, list(kinds)),
        ).fetchall()
        return self._with_bodies(connection, rows)

    def moments_about(
        self, connection: Connection, consignments: Sequence[UUID], kinds: Sequence[str]
    ) -> list[tuple[UUID, str, datetime, UUID]]:
        """When records of some kinds about some consignments were sealed, oldest first (0..n); nothing of them is opened.

        Returns:
            Consignment, or the one it went up in; kind; when, UTC; record.
        """
        return connection.execute(
            """select coalesce(c.merged_into, c.id), l.kind, l.at, l.record from consignment c
            join record r on r.about = c.id join leaf l on l.record = r.id
            where (c.id = any(%s) or c.merged_into = any(%s)) and r.kind = any(%s) order by l.idx""",
            (list(consignments), list(consignments), list(kinds)),
        ).fetchall()

    def key_of(self, connection: Connection, record: UUID) -> SubjectKey | None:
        """The key of one record, under which its blob is encrypted too; None if it was destroyed, or there is none."""
        row = connection.execute("select key from leaf where record = %s", (record,)).fetchone()
        return self.keys.get(row[0]) if row and row[0] is not None else None

    def is_key_missing(self, connection: Connection, record: UUID) -> bool:
        """Whether the key of a record is lost with its segment, and is known again once that is copied back."""
        row = connection.execute("select key from leaf where record = %s", (record,)).fetchone()
        return row is not None and row[0] is not None and self.keys.is_missing(row[0])

    def records_between(
        self, connection: Connection, first: int, last: int, kinds: Sequence[str]
    ) -> list[tuple[StoredLeaf, bytes]]:
        """Records of some kinds among a range of leaves, in index order (0..n)."""
        rows = connection.execute(
            f"""select {_COLUMNS}, {_ERA}, r.body from leaf l join record r on r.id = l.record
            where l.idx between %s and %s and l.kind = any(%s) order by l.idx""",
            (first, last, list(kinds)),
        ).fetchall()
        return self._with_bodies(connection, rows)

    def kinds_between(self, connection: Connection, first: int, last: int) -> frozenset[str]:
        """Kinds of the leaves of a range of indexes (0..n)."""
        rows = connection.execute("select distinct kind from leaf where idx between %s and %s", (first, last))
        return frozenset(row[0] for row in rows.fetchall())

    def between(self, connection: Connection, first: datetime | None, last: datetime | None) -> tuple[int, int] | None:
        """Indexes of the first and last leaf of a time, UTC; None where there is none. Without a bound it has none."""
        row = connection.execute(
            "select min(idx), max(idx) from leaf where at >= coalesce(%s, at) and at <= coalesce(%s, at)", (first, last)
        ).fetchone()
        return None if row is None or row[0] is None else (row[0], row[1])

    def records_below(
        self,
        connection: Connection,
        wanted: tuple[str, str],
        below: int | None,
        span: tuple[datetime | None, datetime | None],
        most: int,
    ) -> tuple[list[tuple[StoredLeaf, bytes]], int, int | None]:
        """Records of a kind, the newest first.

        Args:
            connection: The transaction.
            wanted: Of which kind, and by whom; "" for by anybody.
            below: Those whose leaf has a lower index; None for the newest.
            span: From when, and until before when, UTC; None for no bound.
            most: Records that are read (count).

        Returns:
            Those that can be opened with their leaves (0..most), how many were read (count), and the index of the last of these,
            below which to go on; None where nothing is left.
        """
        rows = connection.execute(
            f"""select {_COLUMNS}, {_ERA}, r.body from record r join leaf l on l.record = r.id
            where r.kind = %s and %s::text in ('', l.actor) and l.idx < coalesce(%s::bigint, l.idx + 1)
            and l.at >= coalesce(%s::timestamptz, l.at) and l.at < coalesce(%s::timestamptz, 'infinity')
            order by l.idx desc limit %s""",
            (*wanted, below, *span, most),
        ).fetchall()
        found: list[tuple[StoredLeaf, bytes]] = []
        try:
            found = self._with_bodies(connection, rows)
        except StoreError:
            for row in rows:
                with suppress(StoreError):
                    found += self._with_bodies(connection, [row])
        return found, len(rows), rows[-1][0] if len(rows) == most else None

    def readable_of_kind(self, connection: Connection, kind: str) -> list[tuple[StoredLeaf, bytes]]:
        """All records of a kind that can be opened, with their leaves, oldest first (0..n)."""
        rows = self._rows_of_kind(connection, kind)
        with suppress(StoreError):
            return self._with_bodies(connection, rows)
        found = []
        for row in rows:
            with suppress(StoreError):
                found += self._with_bodies(connection, [row])
        return found

    def with_records_of_kind(self, connection: Connection, kind: str) -> list[tuple[StoredLeaf, bytes]]:
        """All records of a kind with their leaves, oldest first (0..n)."""
        return self._with_bodies(connection, self._rows_of_kind(connection, kind))

    def _rows_of_kind(self, connection: Connection, kind: str) -> list[tuple[Any, ...]]:
        return connection.execute(
            f"""select {_COLUMNS}, {_ERA}, r.body from record r join leaf l on l.record = r.id
            where r.kind = %s order by l.idx""",
            (kind,),
        ).fetchall()

    def without_record(self, connection: Connection, indexes: Collection[int]) -> set[int]:
        """Those of some leaves whose record is not there any more, as after an erasure (0..n)."""
        if not indexes:
            return set()
        rows = connection.execute(
            """select asked.idx from unnest(%s::bigint[]) as asked (idx) left join leaf l using (idx)
            left join record r on r.id = l.record where r.id is null""",
            (list(indexes),),
        )
        return {index for (index,) in rows}

    def of_subject(self, connection: Connection, subject: str) -> list[int]:
        """Leaves of records about a thing, whether the records are there or not, in order (0..n).

        Args:
            connection: The transaction.
            subject: As it stands in the leaves; not of a dossier or message, of which most leaves are left out.
        """
        rows = connection.execute(
            f"select l.idx from leaf l where l.subject = %s and {_OF_THINGS} order by l.idx", (subject,)
        )
        return [index for (index,) in rows]

    def of_no_subject(self, connection: Connection, kind: str) -> list[tuple[StoredLeaf, bytes | None]]:
        """Leaves of a kind that name nothing they are about, in order (0..n), each with its record's body.

        The body is None where the record is gone, or its key.
        """
        rows = connection.execute(
            f"""select {_COLUMNS}, {_ERA}, r.body from leaf l left join record r on r.id = l.record
            where l.subject = '' and l.kind = %s and {_OF_THINGS} order by l.idx""",
            (kind,),
        ).fetchall()
        found = {leaf.index: body for leaf, body in self._with_bodies(connection, [row for row in rows if row[13]])}
        return [(leaf, found.get(leaf.index)) for leaf, _ in self._leaves(connection, rows)]

    def of_others(
        self, connection: Connection, kind: str, abouts: Collection[UUID]
    ) -> tuple[list[tuple[StoredLeaf, bytes]], list[tuple[int, str]]]:
        """What was sealed of a kind about other things than some.

        Args:
            connection: The transaction.
            kind: Kind of the records; not one about dossiers or messages, of which most leaves are left out.
            abouts: What is left out (0..n).

        Returns:
            The records that are there, each with its leaf; and of leaves whose record is gone index and subject, whatever
            they are about (0..n each).
        """
        rows = connection.execute(
            f"""select {_COLUMNS}, {_ERA}, r.body from record r join leaf l on l.record = r.id where r.kind = %s
            and r.about is not null and not exists (select from unnest(%s::uuid[]) as known (id) where known.id = r.about)
            order by l.idx""",
            (kind, list(abouts)),
        ).fetchall()
        gone = connection.execute(
            f"""select l.idx, l.subject from leaf l where l.kind = %s and l.subject <> '' and {_OF_THINGS}
            and not exists (select from record r where r.id = l.record) order by l.idx""",
            (kind,),
        ).fetchall()
        return self._with_bodies(connection, rows), [(int(index), str(subject)) for index, subject in gone]

    def without_content(self, connection: Connection) -> list[int]:
        """Leaves of records whose record is gone, though it was not erased, in order (0..n); goes over the whole log."""
        rows = connection.execute(
            """select l.idx from leaf l where l.kind not like 'message-%' and octet_length(l.digest) > 0
            and not exists (select from record r where r.id = l.record) order by l.idx"""
        )
        return [index for (index,) in rows]

    def only_commitments(self, connection: Connection) -> list[int]:
        """Leaves that were restored as commitments alone, so that nobody knows what they seal, in order (0..n)."""
        rows = connection.execute(
            "select idx from leaf where kind = 'recovered' and octet_length(digest) = 0 order by idx"
        )
        return [index for (index,) in rows]

    def holder_of(self, connection: Connection, index: int, others: Collection[int]) -> int | None:
        """Which of some leaves has, in its record, the body that another leaf sealed; None if none has.

        Args:
            connection: The transaction.
            index: The leaf whose body is looked for.
            others: Leaves of the records that are looked through (0..n).
        """
        rows = connection.execute(
            f"select {_COLUMNS}, {_ERA} from leaf l where l.idx = %s and l.kind not like 'message-%%'", (index,)
        ).fetchall()
        for row, (leaf, key) in zip(rows, self._leaves(connection, rows), strict=True):
            for other, _, body in self._stored(connection, others):
                with suppress(StoreError):
                    content = body if row[11] is None else open_body(key, body) if key else b""
                    if sha256(content).digest() == leaf.digest:
                        return int(other)
        return None

    def exchange_bodies(self, connection: Connection, index: int, other: int) -> None:
        """Exchange the bodies of the records of two leaves, which were exchanged by another hand."""
        (_, one, first), (_, two, second) = self._stored(connection, (index, other))
        record_months.put_again(connection, one, second)
        record_months.put_again(connection, two, first)

    def _stored(self, connection: Connection, indexes: Collection[int]) -> list[tuple[int, UUID, bytes]]:
        """Of some leaves index, record, and its body as the database has it, in order; those without one are left out."""
        rows = connection.execute(
            "select l.idx, r.id, r.body from leaf l join record r on r.id = l.record where l.idx = any(%s) order by l.idx",
            (list(indexes),),
        ).fetchall()
        apart = record_months.read_many(connection, [record for _, record, body in rows if body is None])
        stored = [(index, record, apart.get(record) if body is None else body) for index, record, body in rows]
        return [(index, record, body) for index, record, body in stored if body is not None]

    def first_of_each(self, connection: Connection, kind: str, indexes: Collection[int]) -> dict[str, int]:
        """The first of some leaves of a kind about each subject: subject → index."""
        if not indexes:
            return {}
        rows = connection.execute(
            "select subject, min(idx) from leaf where kind = %s and idx = any(%s) group by subject",
            (kind, list(indexes)),
        )
        return {subject: index for subject, index in rows if subject}

    def newest_of_kind(
        self, connection: Connection, kind: str, abouts: Sequence[UUID]
    ) -> dict[UUID, tuple[StoredLeaf, bytes]]:
        """The newest record of a kind about each of these; those without one are left out."""
        rows = connection.execute(
            f"""select distinct on (r.about) {_COLUMNS}, {_ERA}, r.body, r.about from record r
            join leaf l on l.record = r.id where r.kind = %s and r.about = any(%s) order by r.about, l.idx desc""",
            (kind, list(abouts)),
        ).fetchall()
        bodies = {leaf.index: (leaf, body) for leaf, body in self._with_bodies(connection, rows)}
        return {row[14]: bodies[row[0]] for row in rows if row[0] in bodies}

    def ids_about(self, connection: Connection, abouts: Sequence[UUID]) -> list[UUID]:
        """Ids of records about any of these (0..n)."""
        rows = connection.execute("select id from record where about = any(%s)", (list(abouts),))
        return [row[0] for row in rows]

    def ids_about_none(self, connection: Connection, kinds: Sequence[str]) -> list[UUID]:
        """Ids of records of some kinds that name nothing they are about (0..n)."""
        rows = connection.execute("select id from record where about is null and kind = any(%s)", (list(kinds),))
        return [row[0] for row in rows]

    def body(self, connection: Connection, record: UUID) -> bytes | None:
        """The sealed bytes of one record; None if there is none."""
        found = self.bodies(connection, [record]).get(record)
        return found[1] if found else None

    def bodies(self, connection: Connection, records: Sequence[UUID]) -> dict[UUID, tuple[StoredLeaf, bytes]]:
        """The sealed bytes of several records with their leaves; those that are not there are left out."""
        rows = connection.execute(
            f"select {_COLUMNS}, {_ERA}, r.body from record r join leaf l on l.record = r.id where r.id = any(%s)",
            (list(records),),
        ).fetchall()
        return {leaf.record: (leaf, body) for leaf, body in self._with_bodies(connection, rows)}

    def _with_bodies(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> list[tuple[StoredLeaf, bytes]]:
        """Leaves with the bodies behind them; what was erased is left out."""
        found = []
        rows = self._filled(connection, rows)
        for row, (leaf, key) in zip(rows, self._leaves(connection, rows), strict=True):
            if row[13] is None:
                if row[11] is None or key is not None:
                    raise _no_body(leaf.record)
            elif row[11] is None:
                found.append((leaf, row[13]))
            elif key is not None:
                found.append((leaf, open_body(key, row[13])))
        return found

    def _filled(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """Rows of `_COLUMNS`, `_ERA` and a record's body, with the bodies that stand in the tables of months, or are archived.

        Raises:
            ArchiveAwayError: One is in a file that is not at hand, or not as it was sealed.
        """
        lacking = [row[1] for row in rows if row[13] is None and record_months.is_apart(row[2])]
        if not lacking:
            return list(rows)
        bodies = self.apart(connection, lacking, "advice")
        return [(*row[:13], bodies[row[1]], *row[14:]) if row[1] in bodies and row[13] is None else row for row in rows]

    def _archived_of(self, connection: Connection, away: Sequence[Sequence[Any]]) -> dict[UUID, bytes]:
        """Of rows of `_SEALED` what was archived, encrypted; what no archived month has is left out."""
        found: dict[UUID, bytes] = {}
        if ids := [row[1] for row in away if row[15]]:
            found |= self._from_archive(connection, ids, "messages")
        if ids := [row[1] for row in away if not row[15]]:
            found |= self._from_archive(connection, ids, "advice")
        return found

    def apart(self, connection: Connection, ids: Sequence[UUID], what: What) -> dict[UUID, bytes]:
        """Bodies of records or contents of messages, encrypted, from the tables of months or the archive.

        Those that neither has are left out.

        Raises:
            ArchiveAwayError: One is in a file that is not at hand, or not as it was sealed.
        """
        bodies = record_months.read_many(connection, ids)
        if missing := [one for one in ids if one not in bodies]:
            bodies |= self._from_archive(connection, missing, what)
        return bodies

    def _from_archive(self, connection: Connection, ids: Sequence[UUID], what: What) -> dict[UUID, bytes]:
        """Bodies that were archived, encrypted; those that no archived month has are left out."""
        by_month: dict[str, list[UUID]] = {}
        for one in ids:
            by_month.setdefault(str(record_months.month_of(one)), []).append(one)
        if any(what not in self._whats(month) for month in by_month):
            self._archived = self.archived_months(connection)
        found: dict[UUID, bytes] = {}
        for month, wanted in by_month.items():
            if (archived := self._archived.get(month)) is not None:
                found |= self.archive.read(archived, wanted, what)
        return found

    def _whats(self, month: str) -> set[str]:
        """What of a month is known to be archived: a month of before may get files of messages later."""
        known = self._archived.get(month)
        return {part.what for part in known.parts} if known is not None else set()

    def archived_months(self, connection: Connection) -> dict[str, ArchivedMonth]:
        """Months that were archived, as they were sealed last: month → its files."""
        sealed = self.of_no_subject(connection, ARCHIVED_MONTH)
        told = [msgspec.json.decode(body, type=ArchivedMonth) for _, body in sealed if body is not None]
        return {one.month: one for one in told}

    def _leaves(
        self, connection: Connection, rows: Sequence[Sequence[Any]]
    ) -> Iterable[tuple[StoredLeaf, SubjectKey | None]]:
        """Leaves from rows of `_COLUMNS` and `_ERA`, each with its key as far as that is there."""
        known = self.keys.get_many(row[11] for row in rows if row[11] is not None)
        if any(not self.eras.knows(row[12]) for row in rows):
            self.eras.load(connection)
        for row in rows:
            key = known.get(row[11])
            log, place = self.eras.standing(row[0])
            leaf = StoredLeaf(
                index=row[0],
                record=row[1],
                kind=row[2],
                at=row[3],
                actor=row[4],
                subject=row[5],
                digest=row[6],
                nonce=(key.nonce if key else None) if row[11] is not None else row[7] or None,
                seal=row[8],
                include_by=row[9],
                is_degraded=row[10],
                log=log,
                place=place,
            )
            yield leaf, key

    def signed(self, connection: Connection) -> int:
        """How many leaves of the book are under a signed head."""
        row = connection.execute("select coalesce(max(upto), 0) from heads").fetchone()
        return int(row[0]) if row else 0

    def waiting_since(self, connection: Connection) -> datetime | None:
        """When the oldest message came that is under no head yet; None if all are."""
        row = connection.execute(
            """select at from leaf where idx >= (select coalesce(max(upto), 0) from heads)
            and kind like 'message-%%' order by idx limit 1"""
        ).fetchone()
        return row[0] if row else None

    def begun(self, connection: Connection, index: int) -> datetime | None:
        """When the first leaf from an index on came; None if there is none, cover leaves aside."""
        row = connection.execute("select at from leaf where idx >= %s order by idx limit 1", (index,)).fetchone()
        return row[0] if row else None

    def first_since(self, connection: Connection, since: datetime) -> int:
        """Index of the first leaf since a moment, by halving: leaves stand in the order of time."""
        low, high = 0, self.size(connection)
        while low < high:
            middle = (low + high) // 2
            begun = self.begun(connection, middle)
            if begun is not None and begun < since:
                low = middle + 1
            else:
                high = middle
        return low

    def size_with_news(self, connection: Connection, start: int) -> tuple[int, bool]:
        """How many leaves the book has, cover leaves included, and whether a message is among those from an index on."""
        row = connection.execute(
            f"""select {_SIZE}, coalesce((select true from leaf where idx >= %(start)s and kind like 'message-%%'
            order by idx limit 1), false)""",
            {"start": start},
        ).fetchone()
        return (int(row[0]), bool(row[1])) if row else (0, False)

    def add_head(self, connection: Connection, log: str, head: tuple[int, bytes, int], at: datetime) -> bytes:
        """Commit to the root of one size of a log, once and for all.

        Args:
            connection: The transaction.
            log: Origin of the log.
            head: Size of the log, its root, and the book's index of the first leaf not under it.
            at: When.

        Returns:
            The root that stands for that size: the one given, or an earlier one if there was.
        """
        size, root, upto = head
        row = connection.execute(
            """with put as (insert into heads (log, size, root, at, upto, mac)
            values (%(log)s, %(size)s, %(root)s, %(at)s, %(upto)s, %(mac)s) on conflict do nothing returning root)
            select root from put union all select root from heads where log = %(log)s and size = %(size)s limit 1""",
            {
                "log": log,
                "size": size,
                "root": root,
                "at": at,
                "upto": upto,
                "mac": connection.row_macs.mac(HEADS, (log, size, root, at, upto)),
            },
        ).fetchone()
        return row[0] if row else root

    def newest_head(self, connection: Connection) -> tuple[int, bytes, int] | None:
        """The newest head committed to, as in `add_head`; None before the first."""
        row = connection.execute(
            "select size, root, upto from heads where upto is not null order by upto desc, size desc limit 1"
        ).fetchone()
        return (row[0], row[1], row[2]) if row else None

    def head_over(self, connection: Connection, size: int | None) -> tuple[str, int, bytes, int, datetime] | None:
        """A head committed to: log, size, root, index of the first leaf not under it, and when; None if there is none.

        Args:
            connection: The transaction.
            size: Entries of its log (count); of two logs with such a head the newer; None for the newest of all.
        """
        row = connection.execute(
            """select log, size, root, upto, at from heads where upto is not null and (%(size)s::bigint is null or size = %(size)s)
            order by upto desc, size desc limit 1""",
            {"size": size},
        ).fetchone()
        return (row[0], int(row[1]), row[2], int(row[3]), row[4]) if row else None

    def counted_by_kind(self, connection: Connection, upto: int) -> dict[str, tuple[int, datetime, datetime]]:
        """Kind → leaves of it below an index (count), and when the first and the last of them came, UTC."""
        rows = connection.execute(
            "select kind, count(*), min(at), max(at) from leaf where idx < %s group by kind order by kind", (upto,)
        )
        return {row[0]: (int(row[1]), row[2], row[3]) for row in rows}

    def fill(self, connection: Connection, upto: int) -> int:
        """Let cover leaves stand up to an index, if the book does not reach it yet; no leaf is appended meanwhile.

        Returns:
            How many leaves the book has now.
        """
        lock_appends(connection)
        return self.fill_up(connection, self.size(connection), upto)

    def fill_up(self, connection: Connection, size: int, upto: int) -> int:
        """The same where the append lock is held, and so it is known how many leaves the book has."""
        if size < upto:
            # Cover that follows on cover is one row, so that an idle book does not grow in the database.
            connection.execute(
                """insert into cover (first, upto) select coalesce(
                (select first from (select * from cover order by first desc limit 1) as last where upto = %(size)s),
                %(size)s), %(upto)s on conflict (first) do update set upto = excluded.upto""",
                {"size": size, "upto": upto},
            )
        return max(size, upto)

    def let_stand(self, connection: Connection, index: int, seal: bytes, kind: str) -> None:
        """Let a leaf stand by a commitment; one that is gone gets a row that says nothing else."""
        connection.execute(
            """insert into leaf (idx, record, kind, at, actor, subject, digest, nonce, seal, include_by)
            values (%s, gen_random_uuid(), %s, now(), '', '', '', '', %s, now())
            on conflict (idx) do update set seal = excluded.seal""",
            (index, kind, seal),
        )

    def covers(self, connection: Connection, start: int, upto: int) -> set[int]:
        """Indexes of cover leaves in a range."""
        rows = connection.execute(
            """select greatest(first, %(start)s), least(upto, %(upto)s) from cover
            where first >= coalesce((select max(first) from cover where first <= %(start)s), 0)
            and first < %(upto)s and upto > %(start)s""",
            {"start": start, "upto": upto},
        )
        return {index for first, last in rows for index in range(first, last)}

    def on_cover(self, connection: Connection, start: int, upto: int) -> list[int]:
        """Indexes of leaves in a range that stand at the place of a cover leaf, in order (0..n): there should be none."""
        rows = connection.execute(
            """select l.idx from cover c join leaf l on l.idx >= c.first and l.idx < c.upto
            where c.first >= coalesce((select max(first) from cover where first <= %(start)s), 0)
            and c.first < %(upto)s and l.idx >= %(start)s and l.idx < %(upto)s order by 1""",
            {"start": start, "upto": upto},
        )
        return [index for (index,) in rows]

    def covered(self, connection: Connection, indexes: Collection[int]) -> list[tuple[int, bytes, int]]:
        """Of some leaves, those at the place of a cover leaf: index, commitment, first index of the row of `cover` (0..n)."""
        if not indexes:
            return []
        return connection.execute(
            """select l.idx, l.seal, c.first from leaf l join cover c on l.idx >= c.first and l.idx < c.upto
            where l.idx = any(%s) and l.idx >= (select min(first) from cover) order by 1""",
            (list(indexes),),
        ).fetchall()

    def move(self, connection: Connection, index: int) -> int:
        """Let a leaf stand at the end of the log instead; the append lock is held.

        Returns:
            Its new index.
        """
        place = self.size(connection)
        connection.execute("update leaf set idx = %s where idx = %s", (place, index))
        return place

    def uncover(self, connection: Connection, index: int) -> None:
        """Let no cover leaf stand at a place, where a leaf does; the append lock is held."""
        connection.execute(
            """insert into cover (first, upto) select %(at)s + 1, upto from cover
            where first <= %(at)s and upto > %(at)s + 1""",
            {"at": index},
        )
        connection.execute("update cover set upto = %(at)s where first < %(at)s and upto > %(at)s", {"at": index})
        connection.execute("delete from cover where first = %s", (index,))

    def missing(self, connection: Connection, start: int, upto: int) -> set[int]:
        """Indexes in a range at which neither a leaf stands nor a cover leaf."""
        found: set[int] = set()
        for first in range(start, upto, _AT_A_TIME):
            last = min(upto, first + _AT_A_TIME)
            row = connection.execute("select count(*) from leaf where idx >= %s and idx < %s", (first, last)).fetchone()
            covers = self.covers(connection, first, last)
            twice = len(self.on_cover(connection, first, last))
            if (row[0] if row else 0) + len(covers) - twice < last - first:
                rows = connection.execute("select idx from leaf where idx >= %s and idx < %s", (first, last)).fetchall()
                found |= set(range(first, last)) - covers - {index for (index,) in rows}
        return found

    def entries(
        self, connection: Connection, start: int, upto: int, known: Mapping[int, bytes] | None = None
    ) -> list[bytes]:
        """The public entries of a range of leaves of one log that consists of whole steps, in the order of the log.

        Args:
            connection: The transaction.
            start: Index of the first leaf.
            upto: Index behind the last one.
            known: Commitments of all leaves of the range that are no cover leaves, where these were just read.

        Raises:
            ProofError: A leaf is missing.
        """
        seals = self._seals(connection, start, upto) if known is None else known
        if len(seals) < upto - start:
            seals = {index: self.eras.cover(index) for index in self.covers(connection, start, upto)} | dict(seals)
        era = self.eras.of(start)
        if start == era.log_first > 0 and era.begins_with is None:
            raise ProofError(f"The log preceding {era.log} is not closed yet.", code="log-open")
        first = {era.log_first: era.begins_with} if era.begins_with is not None else {}
        found = [first.get(at) or write_entry(seals[at]) for at in range(start, upto) if at in seals or at in first]
        if len(found) != upto - start:
            gap = next(at for at in range(start, upto) if at not in seals and at not in first)
            raise ProofError(
                f"Leaf {gap} is not in the database.",
                code="leaf-missing",
                found=str(gap),
                hint="Run cocket ledger reimport: it restores the leaf from what it sealed, or else puts padding in its place. "
                "Before that, where it is under no head and its sender has the receipt: cocket set-aside leaf "
                f"{gap} --receipt FILE --reason …",
            )
        return self.eras.in_order(found, start)

    def _seals(self, connection: Connection, start: int, upto: int) -> dict[int, bytes]:
        """Commitments of a range of leaves by their index, cover leaves left out."""
        rows = connection.execute(
            "select idx, seal from leaf where idx >= %s and idx < %s", (start, upto), binary=True
        ).fetchall()
        return dict(rows)


def _stands_apart(row: Sequence[Any]) -> bool:
    """Whether what a row of `_SEALED` has no content for can stand in the tables of months: its message or record is there."""
    return bool(row[15] or (row[14] and record_months.is_apart(row[2])))


def _is_away(row: Sequence[Any]) -> bool:
    """Whether what a row of `_SEALED` is of stands neither beside its message or record nor in the table of its month."""
    return row[13] is None and row[16] is None and _stands_apart(row)


def _no_body(record: UUID) -> StoreError:
    """The error for a record whose body is nowhere."""
    return StoreError(
        f"The content of record {record} is not in the database.",
        code="content-missing",
        hint="cocket ledger audit lists what is missing; restore it from a backup.",
    )


def _promise(connection: Connection, leaf: NewLeaf, *, is_degraded: bool) -> bytes:
    """The MAC over what the receipt of a leaf promises."""
    return connection.row_macs.mac(PROMISES, (leaf.record, leaf.include_by, is_degraded))


def _is_promised(connection: Connection, leaf: StoredLeaf, mac: bytes | None) -> bool:
    return connection.row_macs.agrees(PROMISES, (leaf.record, leaf.include_by, leaf.is_degraded), mac)


def keep_promise(connection: Connection, leaf: NewLeaf) -> None:
    """Give a leaf that was put back at its place the MAC over what its receipt promises from now on."""
    connection.execute(
        "update leaf set promise_mac = %s where record = %s",
        (_promise(connection, leaf, is_degraded=False), leaf.record),
    )


def close_body(key: SubjectKey, kind: str, body: bytes) -> bytes:
    """The body of a new record as it is stored: encrypted, and packed before where it is advice, which is as large as all else."""
    return key.close("body", pack(body) if record_months.is_apart(kind) else body)


def open_body(key: SubjectKey, closed: bytes) -> bytes:
    """The body of a record, whether it was packed before it was encrypted or not.

    Raises:
        StoreError: It was changed, or was encrypted under another key.
    """
    return unpack_if_packed(key.open("body", closed))


def _opened(key: SubjectKey, kind: str, closed: bytes) -> bytes:
    """What the leaf of a kind seals: the message as stored, or the body of the record."""
    return key.open("content", closed) if kind.startswith(record_months.OF_MESSAGES) else open_body(key, closed)


#: The row of a record, and its body where that stands in the table of its month.
_RecordRow = tuple[tuple[UUID, str, datetime, str, str, UUID | None, bytes | None], bytes | None]


def _record_row(new: NewRecord) -> _RecordRow:
    """A record as its row, its body encrypted."""
    leaf = new.leaf
    body = close_body(leaf.key, leaf.kind, new.body) if leaf.key else new.body
    named = (leaf.record, leaf.kind, leaf.at, leaf.actor, leaf.subject, new.about)
    return ((*named, None), body) if record_months.is_apart(leaf.kind) else ((*named, body), None)


def leaf_row(leaf: NewLeaf) -> tuple[object, ...]:
    """A leaf as its row; of one with a key, the nonce is not kept: it follows from the key."""
    *fields, key = msgspec.structs.astuple(leaf)
    return (*fields, None) if key is None else (*fields[:6], b"", *fields[7:], key.slot)
