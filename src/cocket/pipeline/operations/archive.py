# SPDX-License-Identifier: Apache-2.0
"""The archive: bodies of advice and contents of messages of a month that is over go to files, and then out of the database.

The order is the point. The files are written, on disk, read back and held against what the log sealed; then a record of them is
sealed; only then the month's table is dropped. A crash leaves either the rows, or the rows and the files, or the files: the next
run goes on from there. Nothing is decrypted on the way: what a key destroyed stays unreadable in every copy of a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final, Literal, get_args
from uuid import UUID

import msgspec
import zstandard

from cocket.errors import PolicyError, SenderError, StoreError
from cocket.findings.words import counted
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.operations.retention import ENDED, standings_of
from cocket.stores.base.database import ROW_AUDIT_LOCK, Connection
from cocket.stores.base.packing import unpack
from cocket.stores.base.record_months import Month, month_at, month_named, month_of
from cocket.stores.base.subject_keys import SubjectKey
from cocket.stores.control.orders import StoredResult
from cocket.stores.ledger.archive_files import PART_BYTES, PART_ROWS, ArchivedBody, ArchivedMonth, ArchivePart, What
from cocket.stores.ledger.leaves import ARCHIVED_MONTH, StoredLeaf, open_body
from cocket.stores.operations.archiving import ArchiveRows

#: Dossiers that are judged at once, and those that are named where they keep a month (count).
_AT_ONCE, _NAMED = 2_000, 3

#: Kind of the record of an advice.
_ADVICE: Final = "assessment"

#: What of a month is archived, in this order.
_WHATS: Final[tuple[What, ...]] = get_args(What)

#: What is told of each step.
Tell = Callable[[str], None]

State = Literal["archived", "ready", "kept", "waits"]

#: Condition of a dossier that is not closed → what it has, in words.
_OPEN: Final = {
    "open-order": "an open control order",
    "open-doubt": "a value in doubt",
    "open-audit": "an audit of its trader",
    "open-journey": "a journey that is not discharged",
    "open-match": "a match with a list that no one has looked at",
}


class MonthPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A month, and whether it can be archived.

    Attributes:
        month: As `2026-03`.
        bodies: Bodies of advice and contents of messages that are in the database (count).
        state: `archived`, `ready`, `kept` by what `why` says, or `waits` until the setting's time is over.
        why: What keeps it, in sentences (0..n).
        files: Its files (0..n).
        bytes: Their size together.
    """

    month: str
    bodies: int
    state: State
    why: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    bytes: int = 0


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the archive: its month and name, how many bodies it has (count), and what is wrong with it; empty for nothing."""

    month: str
    file: str
    rows: int
    fault: str = ""


class AdviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One advice as a row of a table, without names, numbers or papers of anyone, and what came of its dossier until today.

    Attributes:
        leaf: Its index in the log.
        at: When it was sealed, UTC.
        consignment: The dossier, by our id.
        declaration: Message of the declaration, by our id; None in records of before.
        office: Customs office; None if not known.
        lane: Lane advised.
        why: Why it got it; None in records of before.
        score: 0–1, higher is worse; None if only rules were used.
        threshold: Score required for red; None where there was none.
        is_random: Whether the random share drew it.
        propensity: Chance with which it was selected, 0–1.
        shortfall: Duty and tax that a find would recover by the model, national currency; None if it does not tell.
        is_degraded: Whether something was missing.
        model: Version of the model; None if none was used.
        rules: Version of the rules; None if none was used.
        hits: Codes of rules that fired, in shadow too, with a comma between; None in records of before.
        is_examined: Whether the goods were examined; None while there is no result.
        is_found: Whether something was found; None likewise, or while it is not known.
        duty: Duty and tax recovered; None if none.
        currency: Of that, ISO 4217.
    """

    leaf: int
    at: datetime
    consignment: str
    declaration: str | None
    office: str | None
    lane: str
    why: str | None
    score: float | None
    threshold: float | None
    is_random: bool
    propensity: float
    shortfall: float | None
    is_degraded: bool
    model: str | None
    rules: str | None
    hits: str | None
    is_examined: bool | None
    is_found: bool | None
    duty: Decimal | None
    currency: str | None


class Archive(Service):
    """Archiving months, and telling whether their files are there."""

    def plan(self, principal: Principal) -> tuple[MonthPlan, ...]:
        """Every month of which there is advice or a message, the oldest first (0..n), and what keeps it; nothing is changed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "retention:read", Resource())
        with self._stores.database.transaction() as connection:
            done = self._stores.leaves.archived_months(connection)
            found = [self._planned(connection, month, done.get(str(month))) for month in self._months(connection, done)]
            self._access.seal(connection, self._access.record(principal, "retention", ("archive",)))
        return tuple(one for one in found if one.bodies or one.files)

    def check(self, principal: Principal) -> tuple[FileState, ...]:
        """Every file of the archive, read whole and compared with what was sealed (0..n).

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "retention:read", Resource())
        with self._stores.database.transaction() as connection:
            months = self._stores.leaves.archived_months(connection)
            self._access.seal(connection, self._access.record(principal, "retention", ("archive",)))
        return tuple(
            FileState(
                month=month.month, file=part.file, rows=part.rows, fault=self._stores.leaves.archive.fault(part) or ""
            )
            for month in months.values()
            for part in month.parts
        )

    def rows(self, principal: Principal, named: str, tell: Tell) -> Iterator[AdviceRow]:
        """The advice of a month as rows for analysts, from the database and from its files; what was erased is left out.

        Args:
            principal: Who asks: whoever may see statistics, and is bound to no office.
            named: The month, as `2026-03`.
            tell: Told in one sentence how far it is.

        Raises:
            PolicyError: The principal may not.
            SenderError: It is no month, or there is no advice of it.
            ArchiveAwayError: A file of it is not at hand, or not as it was sealed.
        """
        self._access.require(principal, "stats:read", Resource())
        if principal.office is not None:
            raise PolicyError("Advice of a month is for those who are bound to no office.", reasons=("advice-whole",))
        month = month_named(named)
        if month is None:
            raise SenderError("This is not a month such as 2026-03.", code="archive-month", found=named)
        with self._stores.database.transaction() as connection:
            records = ArchiveRows().records(connection, month, _ADVICE)
            if not records:
                raise SenderError(f"There is no advice of {month}.", code="archive-empty", found=str(month))
            self._access.seal(connection, self._access.record(principal, f"advice on every dossier of {month}", ()))
        for done, ids in enumerate(_batches(records)):
            with self._stores.database.transaction() as connection:
                bodies = self._stores.leaves.bodies(connection, ids)
                advised = [(leaf, msgspec.json.decode(body, type=SealedAdvice)) for leaf, body in bodies.values()]
                dossiers = list({UUID(one.consignment) for _, one in advised})
                results: dict[str, StoredResult] = {}
                for one in self._stores.orders.results_of(connection, dossiers):
                    results.setdefault(str(one.consignment), one)
            for leaf, advice in sorted(advised, key=lambda one: one[0].index):
                yield _row(leaf, advice, results.get(advice.consignment))
            tell(f"{month}: {min((done + 1) * _AT_ONCE, len(records)):,} of {len(records):,} read.")

    def due(self, principal: Principal) -> tuple[str, ...]:
        """Months that the settings would have archived now, the oldest first (0..n)."""
        return tuple(one.month for one in self.plan(principal) if one.state == "ready")

    def archive(self, principal: Principal, named: str, tell: Tell) -> ArchivedMonth:
        """Archive one month, and remove its bodies from the database; of one whose advice was archived before, its messages.

        Args:
            principal: Who has it done.
            named: The month, as `2026-03`.
            tell: Told in one sentence of each step.

        Returns:
            What was sealed: all files of the month.

        Raises:
            PolicyError: The principal may not.
            SenderError: It is no month, is archived, has nothing to archive, or something keeps it.
            StoreError: A file cannot be written, a body is not as it was sealed, or the database failed; nothing was removed
                that is not in a file and sealed.
        """
        self._access.require(principal, "instance:set", Resource())
        month = month_named(named)
        if month is None:
            raise SenderError("This is not a month such as 2026-03.", code="archive-month", found=named)
        self.finish(principal, tell)
        with self._stores.database.transaction() as connection:
            before = self._refuse(connection, month)
        parts = [*before, *self._write(month, {one.what for one in before}, tell)]
        made = ArchivedMonth(
            month=str(month), who=principal.id, rows=sum(one.rows for one in parts), parts=tuple(parts)
        )
        with self._stores.database.transaction() as connection:
            if self._refuse(connection, month) != before:
                raise SenderError(f"{month} is archived already.", code="archive-done", found=str(month))
            # a hold may have come on it meanwhile
            self._access.seal(connection, self._stores.sealer.record(ARCHIVED_MONTH, principal.id, made))
        tell(f"{month}: {counted(made.rows, 'body', 'bodies')} in {counted(len(parts), 'file')}, sealed in the log.")
        self._remove(month, made)
        tell(f"{month}: removed from the database.")
        return made

    def finish(self, principal: Principal, tell: Tell) -> tuple[str, ...]:
        """Remove from the database what was archived and sealed, where that was cut off; the months of which there was some.

        Raises:
            PolicyError: The principal may not.
            StoreError: A file is not at hand or not as it was sealed, or a row is not that of the file; nothing was removed then.
        """
        self._access.require(principal, "instance:set", Resource())
        with self._stores.database.transaction() as connection:
            done = self._stores.leaves.archived_months(connection)
            rows = ArchiveRows()
            left = [one for one in done.values() if any(rows.stands(connection, part) for part in one.parts)]
        finished = []
        for one in left:
            if self._remove(_month(one.month), one):
                tell(f"{one.month}: removed from the database; it was archived before.")
                finished.append(one.month)
        return tuple(finished)

    # What can be archived

    def _months(self, connection: Connection, done: dict[str, ArchivedMonth]) -> Iterator[Month]:
        oldest = ArchiveRows().oldest(connection)
        first = month_of(oldest) if oldest is not None else None
        known = [_month(one) for one in done]
        start = min([*known, *([first] if first is not None else [])], default=None)
        while start is not None and start <= month_at(datetime.now(UTC)):
            yield start
            start = start.after(1)

    def _planned(self, connection: Connection, month: Month, done: ArchivedMonth | None) -> MonthPlan:
        counts = ArchiveRows().counts(connection, month)
        count = sum(counts.values())
        files = tuple(one.file for one in done.parts) if done is not None else ()
        size = sum(one.bytes for one in done.parts) if done is not None else 0
        if done is not None and not _lacks(done, counts):
            return MonthPlan(month=str(month), bodies=count, state="archived", files=files, bytes=size)
        why = tuple(self._kept_by(connection, month))
        if why or not count:
            return MonthPlan(month=str(month), bodies=count, state="kept", why=why, files=files, bytes=size)
        state: State = "ready" if self._is_due(month) else "waits"
        return MonthPlan(month=str(month), bodies=count, state=state, files=files, bytes=size)

    def _is_due(self, month: Month) -> bool:
        after = self._stores.settings.archive_after
        return after > 0 and month.after(after + 1) <= month_at(datetime.now(UTC))

    def _refuse(self, connection: Connection, month: Month) -> tuple[ArchivePart, ...]:
        """See that a month can be archived; the files that it has already (0..n).

        Raises:
            SenderError: It cannot; the message says why.
        """
        done = self._stores.leaves.archived_months(connection).get(str(month))
        counts = ArchiveRows().counts(connection, month)
        if done is not None and not _lacks(done, counts):
            raise SenderError(f"{month} is archived already.", code="archive-done", found=str(month))
        if month < month_at(datetime.now(UTC)) and not sum(counts.values()):
            raise _nothing_of(month)
        if why := list(self._kept_by(connection, month)):
            raise SenderError(
                f"{month} cannot be archived. {' '.join(why)}",
                code="archive-kept",
                found=str(month),
                hint="It stays in the database until that is over; other months can be archived.",
            )
        return done.parts if done is not None else ()

    def _kept_by(self, connection: Connection, month: Month) -> Iterator[str]:
        """What keeps a month in the database, in sentences (0..n)."""
        if month >= month_at(datetime.now(UTC)):
            yield f"{month} is not over."
            return
        rows, leaves = ArchiveRows(), self._stores.leaves
        newest = rows.newest_leaf(connection, month)
        if newest is not None and newest >= leaves.signed(connection):
            yield "Not all of it is under a signed head."
        things: tuple[tuple[Literal["consignment", "message"], Sequence[UUID]], ...] = (
            ("consignment", rows.dossiers(connection, month)),
            ("message", rows.alone(connection, month)),
        )
        for class_, every in things:
            opened: Counter[str] = Counter()
            examples: dict[str, list[str]] = {}
            held: set[str] = set()
            for ids in _batches(every):
                for kept, standing in standings_of(self._stores, connection, ids, class_):
                    held |= set(kept.holds)
                    ended = ["ended"] if standing.state in ENDED else []
                    for what in (*kept.open, *(["held"] if kept.holds else []), *ended):
                        opened[what] += 1
                        examples.setdefault(what, []).append(kept.id)
            one, several = ("dossier", "dossiers") if class_ == "consignment" else ("message", "messages")
            for what, number in sorted(opened.items()):
                such = ", ".join(examples[what][:_NAMED])
                if what == "held":
                    words = f"under the legal hold {', '.join(sorted(held))}"
                    yield f"{counted(number, f'{one} is', f'{several} are')} {words}: {such}."
                elif what == "ended":
                    words = "due to be erased or looked at first"
                    yield f"{counted(number, f'{one} is', f'{several} are')} {words}: {such}."
                else:
                    yield f"{counted(number, f'{one} has', f'{several} have')} {_OPEN.get(what, what)}: {such}."

    # Writing and removing

    def _write(self, month: Month, there: Collection[What], tell: Tell) -> list[ArchivePart]:
        """Write the files of a month, each held against what the log sealed; none of what it has files of already."""
        parts = [part for what in _WHATS if what not in there for part in self._write_all(month, what, tell)]
        if not parts:
            raise _nothing_of(month)
        return parts

    def _write_all(self, month: Month, what: What, tell: Tell) -> Iterator[ArchivePart]:
        after, number = UUID(int=month.first.int - 1), 0
        while True:
            with self._stores.database.transaction() as connection:
                bodies = ArchiveRows().bodies(connection, what, (after, month.end), (PART_ROWS, PART_BYTES))
            if not bodies:
                return
            after = bodies[-1][0].id
            good = self._as_sealed(bodies, what)
            if good:
                number += 1
                name = f"{what}-{month}-{number:03}.parquet"
                yield self._stores.leaves.archive.write(name, good, what)
                tell(f"{month}: {name} is written and read back, {counted(len(good), 'body', 'bodies')}.")

    def _as_sealed(self, bodies: Sequence[tuple[ArchivedBody, bytes]], what: What) -> list[ArchivedBody]:
        """Bodies whose content is what their leaf sealed; those whose key was destroyed meanwhile are left out.

        Raises:
            StoreError: One is missing or altered.
        """
        keys, good = self._stores.leaves.keys.get_many(one.slot for one, _ in bodies), []
        for one, digest in bodies:
            key = keys.get(one.slot)
            if key is None:
                continue
            if not one.body or _digest(key, one.body, what) != digest:
                of = "record" if what == "advice" else "message"
                raise StoreError(
                    f"The content of {of} {one.id} is not in the database as it was sealed. Nothing was archived.",
                    code="archive-differs",
                    found=str(one.id),
                    hint="cocket ledger audit lists what differs; repair it first.",
                )
            good.append(one)
        return good

    def _remove(self, month: Month, archived: ArchivedMonth) -> int:
        """Remove the bodies of a month that its files have, and its table with them; how many were removed (count)."""
        rows, leaves, removed = ArchiveRows(), self._stores.leaves, 0
        for part in archived.parts:
            digests = leaves.archive.digests(archived, part)
            while True:
                with self._stores.database.transaction() as connection:
                    emptied = rows.empty_some(connection, part, digests)
                removed += emptied
                if not emptied:
                    break
        with self._stores.database.transaction() as connection:
            connection.execute("select pg_advisory_xact_lock(%s)", (ROW_AUDIT_LOCK,))
            return removed + rows.remove(
                connection, month, (leaves.archive.digests(archived, part) for part in archived.parts)
            )


def _lacks(done: ArchivedMonth, counts: dict[What, int]) -> bool:
    """Whether a month that was archived has no files of something that the database has: of its messages, as one of before."""
    return any(number and what not in {part.what for part in done.parts} for what, number in counts.items())


def _digest(key: SubjectKey, closed: bytes, what: What) -> bytes | None:
    """SHA-256 of what a leaf seals, of its content as it is stored; None where that is no whole one."""
    if what == "advice":
        return sha256(open_body(key, closed)).digest()
    try:
        return sha256(unpack(key.open("content", closed))).digest()
    except zstandard.ZstdError:
        return None


def _nothing_of(month: Month) -> SenderError:
    return SenderError(f"There is no advice of {month}, and no message.", code="archive-empty", found=str(month))


def _row(leaf: StoredLeaf, advice: SealedAdvice, result: StoredResult | None) -> AdviceRow:
    return AdviceRow(
        leaf=leaf.index,
        at=leaf.at,
        consignment=advice.consignment,
        declaration=advice.declaration,
        office=advice.office,
        lane=advice.lane,
        why=advice.why,
        score=advice.score,
        threshold=advice.threshold,
        is_random=advice.is_random,
        propensity=advice.propensity,
        shortfall=advice.shortfall,
        is_degraded=advice.is_degraded,
        model=advice.model_version,
        rules=advice.rules_version,
        hits=None if advice.hits is None else ",".join(sorted({one.rule for one in advice.hits})),
        is_examined=result.is_examined if result else None,
        is_found=result.is_found if result else None,
        duty=result.duty if result else None,
        currency=result.currency if result else None,
    )


def _month(text: str) -> Month:
    month = month_named(text)
    if month is None:
        raise StoreError(f"The record of an archived month gives {text}, which is not a month.")
    return month


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
