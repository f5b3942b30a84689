# SPDX-License-Identifier: Apache-2.0
"""The audit of rows: every derived row is made again from sealed records, and compared.

It goes in small steps, each in one transaction that sees the database at one moment: first every leaf in the order of
the book, held against its commitment and what is published, and taken in; then every row of every table. New leaves
are taken in before each step, so that rows and records are always of the same moment. Its place, and what it knows so
far, bear MACs like the rows themselves, the place binds all that it knows so far as one set, and a digest of the newest
place is kept outside the database; whoever changes them, takes some out, or puts older ones back, makes it begin anew.
What a pass says is what it found itself, not what the table of differences holds: that is held against it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.errors import CocketError, ProofError, RefusedDataError, RowDiffersError, StoreError
from cocket.pipeline.base.sealing import check_sealed
from cocket.pipeline.base.unopenable import LEAF_STANDS, given_up, lost_things, unopenable_leaves
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.evidence_files import EVIDENCE, blob_fault
from cocket.pipeline.ledger.leaf_audit import leaf_differences, proven_leaf, record_differences, unpublished
from cocket.pipeline.ledger.refused_leaves import KnownLoss, known_losses, standing_leaves
from cocket.pipeline.operations.case_file_rows import with_name, with_name_gone
from cocket.pipeline.operations.compared_rows import COMPARED, FOLLOWING, Compared, Following, consignment_of
from cocket.pipeline.operations.lost_keys import EMPTYING, without_lost_rows
from cocket.pipeline.operations.sealed_rows import SealedRows
from cocket.stores.base.database import ROW_AUDIT_LOCK, Connection, try_lock
from cocket.stores.base.home_marks import AuditMark
from cocket.stores.base.row_macs import Protected, shown
from cocket.stores.base.table_shapes import odd_tables
from cocket.stores.control.case_files import CASE_FILES
from cocket.stores.ledger.leaf_repair import without_leaf
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.operations.protected import AUDITED
from cocket.stores.operations.row_audits import RowAudits, RowDifference, RowName, Shadow, ShadowSet, cursor_of

__all__ = ["AuditPlace", "AuditStatement", "RowAudit", "RowDifference"]

#: Where the database keeps how far an audit has got, and what the last whole one said.
PLACE: Final = "rows/audit"
LAST_PLACE: Final = "rows/audited"

#: Kind of the record that says what a whole audit found.
KIND: Final = "rows-audited"

#: Leaves, and rows, of one step (count), and most of them where much is known already: each step counts all that is known,
#: so that a pass with much of it goes in longer steps.
_LEAVES, _ROWS, _MOST = 512, 256, 8192

#: Comparisons of a pass, and at most how many of them in one step (count).
_COMPARISONS: Final = len(AUDITED) + len(COMPARED) + len(FOLLOWING)
_PARTS: Final = 12

#: How long to wait for another who audits (seconds).
PATIENCE: Final = 30.0

#: What a table must be, where one was altered.
AS_CREATED: Final = "an ordinary table, as created"

#: Differences of a pass that are carried by name (count); beyond them it is known that there are more.
_CARRIED = 500


class AuditPlace(msgspec.Struct, frozen=True, kw_only=True):
    """How far an audit has got.

    Attributes:
        began: When this pass began, UTC, by the clock of the database.
        leaves: Index up to which leaves were taken in.
        least: Index up to which every row compared so far agrees with records, at least; None before the first.
        part: Which table is gone over: first rows, then shadows of compared ones, then what follows from other rows.
        after: The last key seen of it; None at its start.
        rows: Rows compared so far (count).
        differences: Differences found so far (count).
        found: The differences themselves, the first of them (0..500).
        shadows: What binds the shadows kept so far; None in a place of before there was such a thing.
        since: The oldest transaction that may change a leaf after it was compared; None in a place of before there was such
            a thing.
        again: Index up to which leaves that were changed since are compared again.
        next_since: The oldest transaction that may change a leaf after that.
    """

    began: datetime
    leaves: int = 0
    least: int | None = None
    part: int = 0
    after: list[str] | None = None
    rows: int = 0
    differences: int = 0
    found: tuple[RowDifference, ...] = ()
    shadows: ShadowSet | None = None
    since: int | None = None
    again: int = 0
    next_since: int = 0

    def with_found(self, differences: Sequence[RowDifference]) -> AuditPlace:
        """The same, with differences that were found besides."""
        known = {(one.table, one.id, one.column) for one in self.found}
        new = [one for one in differences if (one.table, one.id, one.column) not in known]
        return msgspec.structs.replace(
            self, differences=self.differences + len(new), found=(*self.found, *new)[:_CARRIED]
        )

    def without_found(self, names: Collection[RowName]) -> AuditPlace:
        """The same, without what was found of some rows, which were settled since."""
        left = tuple(one for one in self.found if (one.table, one.id) not in names)
        return msgspec.structs.replace(self, found=left, differences=self.differences - (len(self.found) - len(left)))


class AuditStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole audit says; also the sealed record of it.

    Attributes:
        upto: Index up to which the rows agree with the leaves, or would but for the differences.
        rows: Rows compared (count).
        differences: Differences found (count).
        began: When it began, UTC.
        ended: When it ended, UTC.
    """

    upto: int
    rows: int
    differences: int
    began: datetime
    ended: datetime


class RowAudit:
    """Goes over a house in steps.

    Args:
        shelves: The stores.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._audits = RowAudits()
        self._mark = AuditMark(stores.settings.row_audit_file)
        self._found: tuple[RowDifference, ...] = ()
        self._hidden: set[str] = set()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one who audits; another is waited for.

        Raises:
            StoreError: Another audits all that time.
        """
        with self._mark.alone(PATIENCE):
            yield

    def step(self, *, only_leaves: bool = False) -> AuditStatement | None:
        """One small step; the statement if it was the last of a pass.

        Args:
            only_leaves: Whether only to take in leaves, and to leave rows for later.

        Raises:
            StoreError: The database does not answer, or another process audits just now.
        """
        try:
            with self.alone():
                return self._stepped(only_leaves=only_leaves)
        except StoreError as error:
            if error.code in ("audit-taken", "row-differs"):
                raise
            if (told := self._with_shapes(error)) is None:
                raise
            raise told from error

    def _with_shapes(self, error: StoreError) -> StoreError | None:
        """The error that broke a step off, with the tables that were altered, one of which may be why; None if none was."""
        try:
            with self._stores.database.transaction() as connection:
                odd = odd_tables(connection, is_own=not self._stores.settings.database_url)
        except StoreError:
            return None
        if not odd:
            return None
        words = "; ".join(f"{name} {what}" for name, what in odd.items())
        hint = "Undo the change, restart the instance, then run the audit again: it goes on where it was."
        kind = RefusedDataError if isinstance(error, RefusedDataError) else StoreError
        return kind(f"{error.message} Tables were altered: {words}.", code=error.code, hint=hint)

    def _stepped(self, *, only_leaves: bool) -> AuditStatement | None:
        with self._stores.database.transaction() as connection:
            self._audits.begin(connection)
            if not try_lock(connection, ROW_AUDIT_LOCK):
                raise StoreError("Another process is auditing the rows.", code="audit-taken")
            place = self._checked_shapes(connection, self._place(connection))
            try:
                self._audits.check_shadows(connection, place.shadows or ShadowSet())
                after, is_whole = self._step(connection, place, only_leaves=only_leaves)
            except RowDiffersError:  # shadows were changed by another hand
                after, is_whole = self._meddled(connection, "row_shadow", ""), False
            after = msgspec.structs.replace(after, shadows=self._audits.shadow_set)
            packed = self._put(connection, after)
            last = self._learnt(connection)
        self._mark.keep(packed, last)
        return self._end(after) if is_whole else None

    def check_shadows(self, connection: Connection) -> None:
        """Hold what is known so far of rows against the place; inside `alone`, in a transaction that sees one moment.

        Raises:
            RowDiffersError: Another hand changed it; the next step begins anew.
        """
        place = self._place(connection)
        if not place.leaves:
            raise RowDiffersError("The stored state of the row audit was changed from outside.", pointer="row_shadow")
        self._audits.check_shadows(connection, place.shadows or ShadowSet())

    def place(self) -> AuditPlace:
        """How far it has got."""
        with self.alone(), self._stores.database.transaction() as connection:
            return self._place(connection)

    def begin_anew(self) -> None:
        """Forget how far it has got, and what of it was changed by another hand stays noted."""
        with self.alone():
            with self._stores.database.transaction() as connection:
                place = self._place(connection)
                packed = self._put(connection, self._anew(connection, place.found if not place.leaves else ()))
                last = self._learnt(connection)
            self._mark.keep(packed, last)

    def settle(self, table: str, identity: str) -> None:
        """Let a pass on its way forget what it found of a row, which was set right.

        Raises:
            StoreError: The database does not answer, or the file of the mark cannot be written.
        """
        with self.alone():
            with self._stores.database.transaction() as connection:
                place = self._place(connection)
                packed = self._put(connection, place.without_found({(table, identity)}))
                last = self._learnt(connection)
            self._mark.keep(packed, last)

    def accept_lost(self) -> tuple[tuple[str, str, str], ...]:
        """Go over everything, and leave to their MACs the rows that only lost records could vouch for.

        What was known to differ before is not among them.

        Returns:
            Table, id and column (empty for the whole row) of each, to be sealed (0..n).

        Raises:
            StoreError: The database does not answer.
        """
        before = {(one.table, one.id, one.column) for one in self.differences()}
        self.begin_anew()
        while self.step() is None:
            pass
        with self._stores.database.transaction() as connection:
            found = [one for one in self._audits.differences(connection) if one.table not in ("leaf", "row_difference")]
            rows = [row for one in found if (row := (one.table, one.id, one.column)) not in before]
            for table, identity, _ in rows:
                self._audits.settle(connection, table, [identity])
        self._found = ()
        self.begin_anew()
        return tuple(rows)

    def differences(self) -> list[RowDifference]:
        """Every difference that stands, with those that the pass ended here found, whatever the table of them holds."""
        with self._stores.database.transaction() as connection:
            stand = self._audits.differences(connection)
            stand += _lacking(self._found, stand)
            known = {(one.table, one.id) for one in stand}
            hidden = connection.marks.noted() - known
        return [*stand, *(_hidden(*name) for name in sorted(hidden))]

    def losses(self) -> list[KnownLoss]:
        """Leaves whose sealed content is recorded as lost; they are no difference any more (0..n)."""
        with self._stores.database.transaction() as connection:
            return known_losses(self._stores, connection)

    def last(self) -> AuditStatement | None:
        """What the last whole audit said; None before the first, or if it is not the one that was kept."""
        with self.alone(), self._stores.database.transaction() as connection:
            packed = self._learnt(connection)
            if not packed or not self._mark.agrees(self._stores.places.learnt(connection, PLACE), packed):
                return None
        return msgspec.json.decode(packed, type=AuditStatement)

    def _learnt(self, connection: Connection) -> bytes | None:
        return self._stores.places.learnt(connection, LAST_PLACE)

    def _put(self, connection: Connection, place: AuditPlace) -> bytes:
        packed = msgspec.json.encode(place)
        self._stores.places.put(connection, PLACE, packed)
        return packed

    def _place(self, connection: Connection) -> AuditPlace:
        try:
            packed = self._stores.places.get(connection, PLACE)
        except StoreError as error:
            if error.code != "row-differs":
                raise
            return self._meddled(connection, "place", f"{PLACE} of before")
        is_kept = self._mark.agrees(packed, self._learnt(connection))
        if is_kept is False:
            return self._meddled(connection, "place", f"{PLACE} of before")
        if is_kept is None or packed is None:
            return self._anew(connection)
        place = msgspec.json.decode(packed, type=AuditPlace)
        return place if place.shadows is not None and place.since is not None else self._anew(connection)

    def _anew(self, connection: Connection, found: Sequence[RowDifference] = ()) -> AuditPlace:
        self._audits.forget(connection)
        began = self._audits.moment(connection)
        since = self._audits.oldest_transaction(connection)
        return AuditPlace(
            began=began, found=tuple(found), differences=len(found), shadows=ShadowSet(), since=since, next_since=since
        )

    def _meddled(self, connection: Connection, table: str, identity: str) -> AuditPlace:
        """Begin anew, and say so: the audit's own place or shadows are not those it kept."""
        what = (
            "the last stored state of the audit; its own records (its position, or what it had read so far) were changed, "
            "removed or restored from outside, or it was interrupted, and it started again"
        )
        anew = self._anew(connection)
        noted = [RowDifference(table=table, id=identity, column="", stands="changed", sealed=what)]
        self._audits.note(connection, noted)
        return anew.with_found(noted)

    def _checked_shapes(self, connection: Connection, place: AuditPlace) -> AuditPlace:
        """Whether tables are tables, and nothing hangs on them."""
        differences = [
            RowDifference(table=name, id="", column="", stands=odd, sealed=AS_CREATED)
            for name, odd in odd_tables(connection, is_own=not self._stores.settings.database_url).items()
        ]
        self._audits.note(connection, differences)
        return place.with_found(differences)

    def _step(self, connection: Connection, place: AuditPlace, *, only_leaves: bool) -> tuple[AuditPlace, bool]:
        size = self._stores.leaves.size(connection)
        if size < place.leaves:
            place = self._anew(connection, place.found)
        if place.leaves < size:
            place = self._take_leaves(connection, place, min(size, place.leaves + self._portion(_LEAVES)))
        if place.leaves < size or only_leaves:
            return place, False
        least = size if place.least is None else place.least
        place = msgspec.structs.replace(place, least=least)
        most = place.rows + self._portion(_ROWS)
        for _ in range(_PARTS):  # small tables together, for each step looks at the shapes of all tables
            if place.part >= _COMPARISONS:
                break
            part = place.part
            place = self._compare_part(connection, place)
            if place.part <= part or place.rows >= most:  # more of it is left, or the pass began anew, or it is enough
                return place, False
        if place.part < _COMPARISONS:
            return place, False
        return self._compare_again(connection, place)

    def _compare_part(self, connection: Connection, place: AuditPlace) -> AuditPlace:
        """One portion of one comparison."""
        if place.part < len(AUDITED):
            return self._compare_rows(connection, place, AUDITED[place.part])
        missing = place.part - len(AUDITED)
        if missing < len(COMPARED):
            return self._look_for_rows(connection, place, COMPARED[missing])
        return self._look_at_following(connection, place, FOLLOWING[missing - len(COMPARED)])

    def _compare_again(self, connection: Connection, place: AuditPlace) -> tuple[AuditPlace, bool]:
        """Compare leaves again that were written to since they were compared; whether that was all, at one moment.

        A pass may have been interrupted for long. PostgreSQL keeps with each row which transaction wrote it last, so that
        nothing else needs to be read again.
        """
        since = place.next_since if place.again else self._audits.oldest_transaction(connection)
        most = self._portion(_LEAVES)
        months = self._stores.leaves.archived_months(connection).values()
        archived = [(part.what, part.first, part.last) for month in months for part in month.parts]
        changed = self._audits.leaves_written(
            connection, (place.again, place.leaves), place.since or 0, most + 1, archived
        )
        for index in changed[:most]:
            sealed = self._stores.leaves.sealed_between(connection, index, index + 1)
            differences, _ = self._check_leaves(connection, sealed, (index, index + 1))
            self._audits.note(connection, differences)
            place = place.with_found(differences)
        if len(changed) > most:
            return msgspec.structs.replace(place, again=changed[most], next_since=since), False
        missing = sorted(self._stores.leaves.missing(connection, 0, place.leaves))[:_CARRIED]
        for index in missing:
            differences, _ = self._check_leaves(connection, [], (index, index + 1))
            self._audits.note(connection, differences)
            place = place.with_found(differences)
        unsealed = _without_leaf(connection)
        self._audits.note(connection, unsealed)
        return msgspec.structs.replace(place.with_found(unsealed), again=0, since=since), place.again == 0

    def _portion(self, least: int) -> int:
        """How many leaves or rows are gone through in one step (count)."""
        return min(_MOST, max(least, self._audits.shadow_set.count // 8))

    def _end(self, place: AuditPlace) -> AuditStatement:
        """Say and seal what a whole pass found; in a transaction that sees the newest leaf.

        Where the database refuses the record, as by a constraint that another hand put there, it is said all the same: that
        the record was refused is one of the differences, and nothing is sealed.
        """
        try:
            return self._end_once(place, is_sealed=True)
        except StoreError as error:
            refused = RowDifference(
                table="record",
                id="",
                column="",
                stands=f"refuses the statement of this audit, which is not sealed. {error.message}",
                sealed="a table that takes every record",
            )
            return self._end_once(place.with_found([refused]), is_sealed=False)

    def _end_once(self, place: AuditPlace, *, is_sealed: bool) -> AuditStatement:
        with self._stores.database.transaction() as connection:
            self._audits.settle_before(connection, place.began, place.found)
            found = [*place.found, *self._tampered(connection, place)]
            stand = self._audits.differences(connection)
            rows = {(one.table, one.id) for one in (*found, *stand)} | self._audits.names(connection)
            statement = AuditStatement(
                upto=place.least or 0,
                rows=place.rows,
                differences=len(rows),
                began=place.began,
                ended=datetime.now(UTC),
            )
            packed = self._put(connection, self._anew(connection))
            last = msgspec.json.encode(statement)
            self._stores.places.put(connection, LAST_PLACE, last)
            if is_sealed:
                record = self._stores.sealer.record(KIND, "audit", statement)
                self._stores.leaves.append_records(connection, [record])
            connection.marks.keep_noted(rows)
        self._mark.keep(packed, last)
        self._found = tuple(found)
        return statement

    def _tampered(self, connection: Connection, place: AuditPlace) -> list[RowDifference]:
        """Whether the table of differences lacks some that this pass found: then another hand took them out."""
        lacking = self._audits.lacking(connection, place.found)
        if not lacking:
            return []
        noted = RowDifference(
            table="row_difference",
            id="",
            column="",
            stands=f"was changed from outside: {lacking} of the differences found are not in it",
            sealed="every difference that the audit found",
        )
        self._audits.note(connection, [noted])
        return [noted]

    # Leaves

    def _take_leaves(self, connection: Connection, place: AuditPlace, upto: int) -> AuditPlace:
        """Check a range of leaves, and take in what they seal."""
        unopenable = unopenable_leaves(self._stores, connection)
        rows = SealedRows(
            lambda name: self._audits.shadows(connection, [name]).get(name),
            lambda about: self._audits.shadows_about(connection, about),
            self._stores.leaves.first_of_each(connection, "assessment", unopenable),
        )
        sealed = self._stores.leaves.sealed_between(connection, place.leaves, upto)
        differences, records = self._check_leaves(connection, sealed, (place.leaves, upto))
        for leaf, content in records:
            try:
                rows.take(leaf, content)
            except RowDiffersError:  # it is not the record that cannot be believed, but a shadow
                raise
            except (msgspec.DecodeError, KeyError, IndexError, ValueError, CocketError):
                differences.append(
                    RowDifference(
                        table="record",
                        id=str(leaf.record),
                        column="body",
                        stands="cannot be read",
                        sealed=None,
                        leaf=leaf.index,
                    )
                )
        accepted = given_up(self._stores, connection)
        gone = [leaf for leaf, _, state in sealed if state == "missing"]
        if any(leaf.kind == LEAF_STANDS for leaf, _, _ in sealed):  # what was taken in before may be given up since
            for index in sorted(one for one in accepted if one < place.leaves):
                before = self._stores.leaves.sealed_between(connection, index, index + 1)
                gone += [leaf for leaf, _, state in before if state == "missing"]
            settled = {("leaf", str(index)) for index in accepted}
            settled |= {(table, one) for table, one, _ in lost_things(self._stores, connection).rows}
            place = place.without_found(settled)
        for leaf in gone:
            rows.miss(leaf, is_given_up=leaf.index in accepted)
        self._audits.keep_shadows(connection, rows.changed)
        if any(leaf.kind in EMPTYING for leaf, _, _ in sealed):  # what was taken in before may be gone since
            self._audits.forget_leaves(connection, unopenable)
        if unopenable:
            differences = without_lost_rows(differences, set(lost_things(self._stores, connection).rows))
        self._audits.note(connection, differences)
        return msgspec.structs.replace(
            place,
            leaves=upto,
        ).with_found(differences)

    def _check_leaves(
        self,
        connection: Connection,
        sealed: Sequence[tuple[StoredLeaf, bytes | None, str]],
        bounds: tuple[int, int],
    ) -> tuple[list[RowDifference], list[tuple[StoredLeaf, bytes]]]:
        """What differs in a range of leaves, and the records of it that are what was sealed."""
        unopenable, records = unopenable_leaves(self._stores, connection), []
        standing = standing_leaves(self._stores, connection)
        differences = unpublished(self._stores, connection, sealed, bounds)
        for leaf, content, state in sealed:
            if leaf.index in unopenable or (leaf.kind == "recovered" and not leaf.digest):
                continue
            try:
                check_sealed(leaf, content, state)
            except ProofError as error:
                if standing.get(leaf.index) == leaf.seal:  # what it sealed is recorded as lost
                    continue
                proven = proven_leaf(self._stores, connection, leaf, content)
                differences += leaf_differences(leaf, proven, error)
                if proven is None or content is None or sha256(content).digest() != proven.digest:
                    continue
                leaf = proven  # what it seals is believed all the same
            if not leaf.kind.startswith("message-") and content is not None:
                differences += record_differences(self._stores, connection, leaf)
                if leaf.kind == EVIDENCE:
                    differences += _blob_differences(self._stores, connection, leaf, content)
                records.append((leaf, content))
        return differences, records

    # Rows

    def _compare_rows(self, connection: Connection, place: AuditPlace, protected: Protected) -> AuditPlace:
        """Check some rows of a table: their MACs, and where records speak of them, what they say."""
        most = self._portion(_ROWS)
        rows = self._audits.rows(connection, protected, place.after, most)
        compared = next((one for one in COMPARED if one.protected is protected), None)
        named = [dict(zip(protected.columns, row, strict=False)) for row in rows]
        subject = self._stores.sealer.subject
        ids = [compared.id_of(row, subject) if compared else "" for row in named]
        table = protected.table
        shadows = self._audits.shadows(connection, [(table, one) for one in ids]) if compared else {}
        differences: list[RowDifference] = []
        lost = set(lost_things(self._stores, connection).rows)
        for row, values, identity in zip(rows, named, ids, strict=True):
            found = self._of_row(values, protected, compared, shadows.get((table, identity))) if compared else []
            found = without_lost_rows(found, lost)
            if not found and not connection.row_macs.agrees(protected, row[:-1], row[-1]):
                told = "the MAC of the row was not made by this instance"
                found = [_difference(protected, values, "", (shown(list(values.values()), list(values)), told))]
            differences += [with_name(one, values) for one in found] if protected is CASE_FILES else found
        self._audits.settle(
            connection, table, [_key(protected, row) for row in named] if protected.mac == "mac" else []
        )
        self._audits.note(connection, differences)
        if len(rows) < most:
            part, after = place.part + 1, None
        else:
            part, after = place.part, cursor_of(protected, rows[-1])
        return msgspec.structs.replace(
            place,
            part=part,
            after=after,
            rows=place.rows + len(rows),
        ).with_found(differences)

    def _of_row(
        self, row: Mapping[str, Any], protected: Protected, compared: Compared, shadow: Shadow | None
    ) -> list[RowDifference]:
        if shadow is None:
            if not compared.is_bound(row):
                return []
            return [
                _difference(protected, row, "", (shown(list(row.values()), list(row)), "no sealed record mentions it"))
            ]
        try:
            told = compared.told(row, self._stores.sealer.subject)
        except (msgspec.MsgspecError, CocketError, ValueError, TypeError):
            return [_difference(protected, row, "", ("cannot be read", "a row that can be read"), shadow.leaf)]
        return [
            _difference(protected, row, name, (_in_words(told[name]), _in_words(sealed)), shadow.leaf)
            for name, sealed in shadow.values.items()
            if name in told and told[name] != sealed
        ]

    def held(self, connection: Connection, compared: Compared, shadows: Mapping[str, Shadow]) -> list[RowDifference]:
        """Differences of a whole table, of few rows, against shadows that are known already: id → shadow (0..n)."""
        protected, subject = compared.protected, self._stores.sealer.subject
        rows = connection.execute(f"select {', '.join(protected.columns)} from {protected.table}").fetchall()
        named = {}
        for row in rows:
            values = dict(zip(protected.columns, row, strict=True))
            named[compared.id_of(values, subject)] = values
        found = [
            one
            for identity, values in named.items()
            for one in self._of_row(values, protected, compared, shadows.get(identity))
        ]
        found += [_gone(protected.table, one, shadow) for one, shadow in shadows.items() if one not in named]
        return without_lost_rows(found, set(lost_things(self._stores, connection).rows))

    def _look_for_rows(self, connection: Connection, place: AuditPlace, compared: Compared) -> AuditPlace:
        """Look for the rows of which some records speak."""
        most = self._portion(_ROWS)
        following = msgspec.structs.replace(place, part=place.part + 1, after=None)
        if not compared.lasts:
            return following
        if place.after is None:
            self._hidden = set()
        table = compared.protected.table
        shadows = self._audits.shadows_after(connection, table, place.after[0] if place.after else "", most)
        ids = [identity for _, identity in shadows]
        there = self._there(connection, compared, ids)
        differences = [
            _gone(table, one, shadow)
            for (_, one), shadow in shadows.items()
            if one not in there and not shadow.values.get("is_given_up")
        ]
        lost = set(lost_things(self._stores, connection).rows)
        differences = without_lost_rows(differences, lost)
        if compared.protected is CASE_FILES:
            told = {one: shadows[(table, one.id)] for one in differences}
            differences = [with_name_gone(self._stores, connection, one, shadow) for one, shadow in told.items()]
            differences = without_lost_rows(differences, lost)
        self._audits.note(connection, differences)
        going = following if len(shadows) < most else msgspec.structs.replace(place, after=[ids[-1]])
        return going.with_found(differences)

    def _look_at_following(self, connection: Connection, place: AuditPlace, following: Following) -> AuditPlace:
        """Look at what follows from some rows of a table."""
        most = self._portion(_ROWS)
        source = following.source
        rows = self._audits.rows(connection, source, place.after, most)
        named = [dict(zip(source.columns, row, strict=False)) for row in rows]
        differences = following.look(self._stores, connection, named)
        is_known = place.differences == len(place.found) and all(
            one.table != following.waits_for for one in place.found
        )
        if following.waits_for and not is_known:
            differences = [one for one in differences if one.stands is None]
        differences = without_lost_rows(differences, set(lost_things(self._stores, connection).rows))
        self._audits.note(connection, differences)
        is_last = len(rows) < most
        part, after = (place.part + 1, None) if is_last else (place.part, cursor_of(source, rows[-1]))
        return msgspec.structs.replace(place, part=part, after=after).with_found(differences)

    def _there(self, connection: Connection, compared: Compared, ids: Sequence[str]) -> set[str]:
        """Those ids of shadows whose rows are there; names that are hidden are learnt once, and again if one is missing."""
        protected, subject = compared.protected, self._stores.sealer.subject
        if not compared.is_hidden:
            found = self._audits.rows_named(connection, protected, compared.id_sql, ids)
        elif self._hidden.issuperset(ids):
            return self._hidden
        else:
            found = connection.execute(f"select {protected.read} from {protected.table}").fetchall()
        names = {compared.id_of(dict(zip(protected.columns, row, strict=False)), subject) for row in found}
        if compared.is_hidden:
            self._hidden = names
        return names


def _without_leaf(connection: Connection) -> list[RowDifference]:
    """Records of which no leaf says that they were sealed (0..n); messages are looked at with what follows from them."""
    return [
        RowDifference(
            table="record",
            id=str(record),
            column="",
            stands=f"{kind} of {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC by {actor or 'the instance'}, which has no leaf",
            sealed="no leaf records it: the leaf was removed, or the record is forged (--set-right says which)",
            about=about,
        )
        for table, record, kind, at, actor, about in without_leaf(connection, _CARRIED)
        if table == "record"
    ]


def _blob_differences(stores: Stores, connection: Connection, leaf: StoredLeaf, body: bytes) -> list[RowDifference]:
    """The file of a record of evidence, where it is not in the blob store as it was sealed (0..1)."""
    fault = blob_fault(stores, connection, leaf, body)
    if fault is None:
        return []
    difference = RowDifference(
        table="blob", id=str(leaf.record), column="", stands=fault, sealed="the file as it was taken", leaf=leaf.index
    )
    return [difference]


def _gone(table: str, identity: str, shadow: Shadow) -> RowDifference:
    """A row of which records speak, and that is not there."""
    return RowDifference(
        table=table,
        id=identity,
        column="",
        stands=None,
        sealed=", ".join(f"{name} {_in_words(value)}" for name, value in shadow.values.items())[:500],
        leaf=shadow.leaf,
        about=UUID(shadow.about) if shadow.about else None,
    )


def _hidden(table: str, identity: str) -> RowDifference:
    """A row that was found different, and is not in the table of differences any more."""
    return RowDifference(
        table=table,
        id=identity,
        column="",
        stands="was removed from the list of differences from outside",
        sealed=None,
    )


def _lacking(found: Sequence[RowDifference], stand: Sequence[RowDifference]) -> list[RowDifference]:
    """Differences found that are not among those that stand."""
    known = {(one.table, one.id, one.column) for one in stand}
    return [one for one in found if (one.table, one.id, one.column) not in known]


def _key(protected: Protected, row: Mapping[str, Any]) -> str:
    return protected.key_of([row[name] for name in protected.columns])


def _difference(
    protected: Protected, row: Mapping[str, Any], column: str, says: tuple[str | None, str], leaf: int | None = None
) -> RowDifference:
    """What is wrong with a row: `says` is what stands there, and what sealed records say."""
    return RowDifference(
        table=protected.table,
        id=_key(protected, row),
        column=column,
        stands=says[0],
        sealed=says[1],
        leaf=leaf,
        about=consignment_of(row, protected),
    )


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
