# SPDX-License-Identifier: Apache-2.0
"""What is stated of each day in public, once it is over: made by the role that signs the log, published beside its heads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from cocket import ledger
from cocket.errors import ProofError
from cocket.governance import policy_digest
from cocket.pipeline.base.policies import in_force_at
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.ledger.published import published_head
from cocket.stores.base.database import Connection
from cocket.stores.ledger.log_files import LogFiles

#: How many days a log that stood still states afterwards.
_MOST_DAYS = 7


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What was sealed on a day, and what came of its promises: exact, and so never to be published as it is.

    Attributes:
        messages: Messages.
        advice: Advice.
        draws: Consignments first drawn for.
        looks: Accesses.
        kept: Promises whose leaf was under a head in time.
        open: Promises not due yet.
        broken: Promises that were due, and whose leaf was under no head in time.
    """

    messages: int
    advice: int
    draws: int
    looks: int
    kept: int
    open: int
    broken: int


class DayStatements:
    """States days.

    Args:
        stores: The stores, opened with the checkpoint key.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._done: set[date] = set()

    def publish_due(self, now: datetime) -> list[date]:
        """Publish what is due: of each of the last days since the log began that has no statement yet.

        Args:
            now: The time, UTC.

        Returns:
            The days stated just now, oldest first (0..7).

        Raises:
            ProofError: What is published is not signed by this instance.
            StoreError: Database or disk failed.
        """
        days = [now.date() - timedelta(days=back) for back in range(_MOST_DAYS, 0, -1)]
        return [day for day in days if day not in self._done and self.publish(day, now) is not None]

    def publish(self, day: date, now: datetime) -> ledger.DayStatement | None:
        """Publish the statement of a day, unless it stands already.

        Args:
            day: The day, UTC.
            now: The time, UTC.

        Returns:
            What was stated; None where nothing is: the day is not over, is stated already or lies before the log, or no
            head is published yet.

        Raises:
            ProofError: What is published is not signed by this instance.
            StoreError: Database or disk failed.
        """
        if day >= now.date():
            return None
        # The time comes first, so that the newest head is no older than it.
        at = now.replace(microsecond=0)
        with self._stores.database.transaction() as connection:
            eras = self._stores.leaves.eras
            eras.load(connection)
            begun = self._stores.leaves.begun(connection, 0)
            newest = self._stores.leaves.newest_head(connection)
            if begun is None or newest is None:
                return None
            size, root, upto = newest
            log = eras.of(upto - 1).log
            files = self._stores.log_files.of(eras.folder(log))
            if day < begun.date() or self._is_stated(day):
                self._done.add(day)
                return None
            published = published_head(self._stores, log)
            if published is None or published.head.size < size:
                return None
            counts = self._counts(connection, day, at)
            version = in_force_at(self._stores.policies.versions(connection), at)
        told = self._covered(
            day,
            counts,
            log=log,
            at=at,
            head=(size, root),
            tables=self._tables(log, files),
            policies=policy_digest() if version is None else version.digest,
        )
        files.put(ledger.statement_file(day), ledger.write_statement(told, self._signers(log, size, files)))
        self._done.add(day)
        return told

    def _is_stated(self, day: date) -> bool:
        return ledger.find_statement(day, self._stores.log_files.read) is not None

    def _counts(self, connection: Connection, day: date, at: datetime) -> Counts:
        first = datetime.combine(day, time(), UTC)
        within = (first, first + timedelta(days=1))
        rows = connection.execute(
            """select case when kind like 'message-%%' then 'message' else kind end, count(*) from leaf
            where at >= %s and at < %s and (kind like 'message-%%' or kind in ('assessment', 'look')) group by 1""",
            within,
        ).fetchall()
        by_kind = {str(kind): int(count) for kind, count in rows}
        drawn = connection.execute(
            """select count(distinct r.about) from leaf l join record r on r.id = l.record
            where l.at >= %s and l.at < %s and l.kind = 'assessment' and not exists (
                select from record r2 join leaf l2 on l2.record = r2.id
                where r2.about = r.about and r2.kind = 'assessment' and l2.at < %s)""",
            (*within, first),
        ).fetchone()
        promises = connection.execute(
            """select idx, include_by from leaf where at >= %s and at < %s and kind like 'message-%%' order by idx""",
            within,
        ).fetchall()
        kept, is_open, broken = _promises(promises, _heads(connection, promises), at)
        return Counts(
            messages=by_kind.get("message", 0),
            advice=by_kind.get("assessment", 0),
            draws=drawn[0] if drawn else 0,
            looks=by_kind.get("look", 0),
            kept=kept,
            open=is_open,
            broken=broken,
        )

    def _covered(
        self,
        day: date,
        counts: Counts,
        *,
        log: str,
        at: datetime,
        head: tuple[int, bytes],
        tables: ledger.TablesStated | None,
        policies: str,
    ) -> ledger.DayStatement:
        """The counts as they may be told: under cover, but for what was broken."""
        told = cover_counts(self._stores.draw_key, day, counts)
        return ledger.DayStatement(
            log=log,
            day=day,
            at=at,
            size=head[0],
            root=head[1],
            policies=policies,
            tables=tables,
            **msgspec.structs.asdict(told),
        )

    def _tables(self, log: str, files: LogFiles) -> ledger.TablesStated | None:
        """What the newest audit of tables found, as it is published in the same log."""
        note = files.read(ledger.TABLES_FILE)
        if note is None:
            return None
        keys = [ledger.Signer.from_bytes(log, key).verifier for key in self._stores.checkpoint_keys]
        try:
            told = ledger.read_tables_note(note, keys)
        except ProofError:  # by a key from before the last two: it says nothing of now
            return None
        return ledger.TablesStated(is_equal=told.is_equal, size=told.size, at=told.at)

    def _signers(self, log: str, size: int, files: LogFiles) -> Sequence[ledger.Signer]:
        """The keys that a head of this size may rest on, of those that the instance has."""
        first = (files.read(ledger.KEY_FILE) or b"").decode("ascii", "replace").strip()
        good = {one.vkey for one in ledger.verifiers_for(ledger.read_tenures(first, files.read), size)}
        signers = [ledger.Signer.from_bytes(log, key) for key in self._stores.checkpoint_keys]
        return [one for one in signers if one.verifier.vkey in good]


def cover_counts(key: bytes, day: date, counts: Counts) -> Counts:
    """Counts of a day as they may be told: each rounded to whole steps by a draw of its own, what was broken left exact.

    Args:
        key: A secret (32 bytes).
        day: The day.
        counts: The counts.
    """
    steps = {"looks": ledger.LOOK_STEP, "broken": 1}
    return Counts(
        **{
            name: ledger.cover_count(key, f"{day.isoformat()} {name}", count, steps.get(name, ledger.COUNT_STEP))
            for name, count in msgspec.structs.asdict(counts).items()
        }
    )


def _heads(connection: Connection, promises: Sequence[tuple[int, datetime]]) -> Iterator[tuple[int, datetime]]:
    """Up to which leaf each head reaches that may cover some promises, and when it was committed to; in their order."""
    if promises:
        last = connection.execute("select min(upto) from heads where upto > %s", (promises[-1][0],)).fetchone()
        yield from connection.execute(
            "select upto, at from heads where upto > %s and (%s::bigint is null or upto <= %s) order by upto",
            (promises[0][0], *((last[0], last[0]) if last else (None, None))),
        ).fetchall()


def _promises(
    promises: Iterable[tuple[int, datetime]], heads: Iterator[tuple[int, datetime]], at: datetime
) -> tuple[int, int, int]:
    """How many promises were kept, are open, are broken; a leaf is first covered by the first head that reaches beyond it."""
    kept = is_open = broken = 0
    head = next(heads, None)
    for index, include_by in promises:
        while head is not None and head[0] <= index:
            head = next(heads, None)
        if head is not None and head[1] <= include_by:
            kept += 1
        elif include_by > at:
            is_open += 1
        else:
            broken += 1
    return kept, is_open, broken
