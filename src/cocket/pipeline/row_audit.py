# SPDX-License-Identifier: Apache-2.0
"""The audit of rows: every derived row is made again from sealed records, and compared.

It goes in small steps, each in one transaction that sees the database at one moment: first every leaf in the order of
the book, held against its commitment and what is published, and taken in; then every row of every table. New leaves
are taken in before each step, so that rows and records are always of the same moment. Its place, and what it knows so
far, bear MACs like the rows themselves; whoever changes them makes it begin anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket import ledger
from cocket.errors import CocketError, ProofError, RowDiffersError, StoreError
from cocket.pipeline.compared_rows import COMPARED, Compared, consignment_of
from cocket.pipeline.erasure import erased_leaves
from cocket.pipeline.sealed_rows import SealedRows
from cocket.pipeline.sealing import check_sealed
from cocket.pipeline.shelves import Shelves
from cocket.stores.database import ROW_AUDIT_LOCK, Connection, try_lock
from cocket.stores.leaves import StoredLeaf
from cocket.stores.protected import PROTECTED
from cocket.stores.row_audits import RowAudits, RowDifference, Shadow, cursor_of, plain
from cocket.stores.row_macs import Protected, shown

__all__ = ["AuditPlace", "AuditStatement", "RowAudit", "RowDifference"]

#: Where the database keeps how far an audit has got, and what the last whole one said.
PLACE: Final = "rows/audit"
LAST_PLACE: Final = "rows/audited"

#: Kind of the record that says what a whole audit found.
KIND: Final = "rows-audited"

#: Leaves, and rows, of one step (count).
_LEAVES, _ROWS = 512, 256


class AuditPlace(msgspec.Struct, frozen=True, kw_only=True):
    """How far an audit has got.

    Attributes:
        began: When this pass began, UTC.
        leaves: Index up to which leaves were taken in.
        least: Index up to which every row compared so far agrees with records, at least; None before the first.
        part: Which table is gone over: 0 to n-1 rows of protected tables, then shadows of compared ones.
        after: The last key seen of it; None at its start.
        rows: Rows compared so far (count).
        differences: Differences found so far (count).
        is_erased: Whether a sealed erasure was met: then what a permit lacks may have been erased.
    """

    began: datetime
    leaves: int = 0
    least: int | None = None
    part: int = 0
    after: list[str] | None = None
    rows: int = 0
    differences: int = 0
    is_erased: bool = False


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

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._audits = RowAudits()

    def step(self) -> AuditStatement | None:
        """One small step; the statement if it was the last of a pass.

        Raises:
            StoreError: The database does not answer, or another process audits just now.
        """
        with self._shelves.database.transaction() as connection:
            self._audits.begin(connection)
            if not try_lock(connection, ROW_AUDIT_LOCK):
                raise StoreError("Another process audits the rows just now.", code="audit-taken")
            place = self._place(connection)
            try:
                after, statement = self._step(connection, place)
            except RowDiffersError:  # a shadow was changed by another hand
                after, statement = self._anew(connection), None
                self._note_meddling(connection, "row_shadow", "")
            self._shelves.places.put(connection, PLACE, msgspec.json.encode(after))
        return self._end(after, statement) if statement is not None else None

    def place(self) -> AuditPlace:
        """How far it has got."""
        with self._shelves.database.transaction() as connection:
            return self._place(connection)

    def begin_anew(self) -> None:
        """Forget how far it has got."""
        with self._shelves.database.transaction() as connection:
            self._shelves.places.put(connection, PLACE, msgspec.json.encode(self._anew(connection)))

    def differences(self) -> list[RowDifference]:
        """Every difference that stands."""
        with self._shelves.database.transaction() as connection:
            return self._audits.differences(connection)

    def last(self) -> AuditStatement | None:
        """What the last whole audit said; None before the first."""
        with self._shelves.database.transaction() as connection:
            packed = self._shelves.places.learnt(connection, LAST_PLACE)
        return msgspec.json.decode(packed, type=AuditStatement) if packed else None

    def _place(self, connection: Connection) -> AuditPlace:
        try:
            packed = self._shelves.places.get(connection, PLACE)
        except StoreError as error:
            if error.code != "row-differs":
                raise
            anew = self._anew(connection)
            self._note_meddling(connection, "place", f"{PLACE} of before")
            return anew
        return msgspec.json.decode(packed, type=AuditPlace) if packed else self._anew(connection)

    def _anew(self, connection: Connection) -> AuditPlace:
        self._audits.forget(connection)
        return AuditPlace(began=datetime.now(UTC))

    def _note_meddling(self, connection: Connection, table: str, identity: str) -> None:
        what = "the audit's own place or shadows were changed by another hand; it began anew"
        self._audits.note(
            connection, [RowDifference(table=table, id=identity, column="", stands="changed", sealed=what)]
        )

    def _step(self, connection: Connection, place: AuditPlace) -> tuple[AuditPlace, AuditStatement | None]:
        size = self._shelves.leaves.size(connection)
        if size < place.leaves:
            place = self._anew(connection)
        if place.leaves < size:
            place = self._take_leaves(connection, place, min(size, place.leaves + _LEAVES))
        if place.leaves < size:
            return place, None
        least = size if place.least is None else place.least
        place = msgspec.structs.replace(place, least=least)
        if place.part < len(PROTECTED):
            return self._compare_rows(connection, place, PROTECTED[place.part]), None
        missing = place.part - len(PROTECTED)
        if missing < len(COMPARED):
            return self._look_for_rows(connection, place, COMPARED[missing]), None
        now = datetime.now(UTC)
        statement = AuditStatement(
            upto=least, rows=place.rows, differences=place.differences, began=place.began, ended=now
        )
        return place, statement

    def _end(self, place: AuditPlace, statement: AuditStatement) -> AuditStatement:
        """Say and seal what a whole pass found; in a transaction that sees the newest leaf."""
        with self._shelves.database.transaction() as connection:
            self._audits.settle_before(connection, place.began)
            statement = msgspec.structs.replace(statement, differences=self._audits.count(connection))
            anew = self._anew(connection)
            self._shelves.places.put(connection, PLACE, msgspec.json.encode(anew))
            self._shelves.places.put(connection, LAST_PLACE, msgspec.json.encode(statement))
            record = self._shelves.sealer.record(KIND, "audit", statement)
            self._shelves.leaves.append_records(connection, [record])
        return statement

    # Leaves

    def _take_leaves(self, connection: Connection, place: AuditPlace, upto: int) -> AuditPlace:
        """Check a range of leaves, and take in what they seal."""
        rows = SealedRows(
            lambda name: self._audits.shadows(connection, [name]).get(name),
            lambda about: self._audits.shadows_about(connection, about),
        )
        erased = erased_leaves(self._shelves, connection)
        sealed = self._shelves.leaves.sealed_between(connection, place.leaves, upto)
        differences = self._unpublished(connection, sealed, (place.leaves, upto))
        for leaf, content, state in sealed:
            if leaf.index in erased or (leaf.kind == "recovered" and not leaf.digest):
                continue
            try:
                check_sealed(leaf, content, state)
            except ProofError as error:
                differences.append(self._leaf_difference(connection, leaf, error))
                continue
            if not leaf.kind.startswith("message-") and content is not None:
                differences += self._record_differences(connection, leaf)
                try:
                    rows.take(leaf, content)
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
        self._audits.keep_shadows(connection, rows.changed)
        self._audits.note(connection, differences)
        return msgspec.structs.replace(
            place,
            leaves=upto,
            differences=place.differences + len(differences),
            is_erased=place.is_erased or bool(erased),
        )

    def _leaf_difference(self, connection: Connection, leaf: StoredLeaf, error: ProofError) -> RowDifference:
        """What is wrong with a leaf: the column, where what stands beside it in its record or message shows which."""
        beside = connection.execute(
            """select kind, at, actor, subject from record where id = %(id)s
            union all select 'message-' || outcome, received, actor, null from message where id = %(id)s""",
            {"id": leaf.record},
        ).fetchone()
        for column, value in zip(("kind", "at", "actor", "subject"), beside or (), strict=False):
            if value is None or value == getattr(leaf, column):
                continue
            if _opens(msgspec.structs.replace(leaf, **{column: value})):
                stands = str(plain(getattr(leaf, column)))
                return RowDifference(
                    table="leaf",
                    id=str(leaf.index),
                    column=column,
                    stands=stands,
                    sealed=str(plain(value)),
                    leaf=leaf.index,
                )
        return RowDifference(
            table="leaf", id=str(leaf.index), column="", stands=error.message, sealed=None, leaf=leaf.index
        )

    def _record_differences(self, connection: Connection, leaf: StoredLeaf) -> list[RowDifference]:
        """Columns of a record's row that are not those of its leaf; what it is about is held against its subject."""
        row = connection.execute(
            """select r.kind, r.at, r.actor, r.subject, r.about, array(select id from consignment where merged_into = r.about)
            from record r where r.id = %s""",
            (leaf.record,),
        ).fetchone()
        if row is None:
            return []
        found = [
            (name, plain(stands), plain(getattr(leaf, name)))
            for name, stands in zip(("kind", "at", "actor", "subject"), row, strict=False)
            if stands != getattr(leaf, name)
        ]
        subject = self._shelves.sealer.subject
        abouts = [str(one) for one in (row[4], *row[5]) if one is not None]
        if leaf.subject != "" and leaf.subject not in map(subject, abouts):
            found.append(("about", plain(row[4]), f"subject {leaf.subject}"))
        return [
            RowDifference(
                table="record", id=str(leaf.record), column=name, stands=str(stands), sealed=str(told), leaf=leaf.index
            )
            for name, stands, told in found
        ]

    def _unpublished(
        self, connection: Connection, sealed: Sequence[tuple[StoredLeaf, bytes | None, str]], bounds: tuple[int, int]
    ) -> list[RowDifference]:
        """Leaves of a range that are not the ones published, and places in it where there is none."""
        covers = self._shelves.leaves.covers(connection, *bounds)
        eras = self._shelves.leaves.eras
        eras.load(connection)
        known = {leaf.index: leaf.seal for leaf, _, _ in sealed}
        published = _Published(self._shelves)
        if not known and not covers:
            return [_of_leaf(index, None, "a leaf") for index in range(*bounds)]
        found = []
        for index in range(*bounds):
            era = eras.of(index)
            if index == era.log_first and era.begins_with is not None:
                continue
            seal = known.get(index, eras.cover(index) if index in covers else None)
            told = published.seal(eras.folder(era.log), eras.place(index))
            if seal is None:
                found.append(_of_leaf(index, None, "a leaf"))
            elif told is not None and told != seal:
                found.append(_of_leaf(index, f"commitment {seal.hex()}", f"published {told.hex()}"))
        return found

    # Rows

    def _compare_rows(self, connection: Connection, place: AuditPlace, protected: Protected) -> AuditPlace:
        """Check some rows of a table: their MACs, and where records speak of them, what they say."""
        rows = self._audits.rows(connection, protected, place.after, _ROWS)
        compared = next((one for one in COMPARED if one.protected is protected), None)
        named = [dict(zip(protected.columns, row, strict=False)) for row in rows]
        subject = self._shelves.sealer.subject
        ids = [compared.id_of(row, subject) if compared else "" for row in named]
        table = protected.table
        shadows = self._audits.shadows(connection, [(table, one) for one in ids]) if compared else {}
        differences: list[RowDifference] = []
        for row, values, identity in zip(rows, named, ids, strict=True):
            found = self._of_row(values, protected, compared, shadows.get((table, identity))) if compared else []
            if not found and not connection.row_macs.agrees(protected, row[:-1], row[-1]):
                told = "the MAC of the row is not the house's"
                found = [_difference(protected, values, "", (shown(row[:-1]), told))]
            differences += found
        self._audits.settle(
            connection, table, [_key(protected, row) for row in named] if protected.mac == "mac" else []
        )
        self._audits.note(connection, differences)
        if len(rows) < _ROWS:
            part, after = place.part + 1, None
        else:
            part, after = place.part, cursor_of(protected, rows[-1])
        return msgspec.structs.replace(
            place,
            part=part,
            after=after,
            rows=place.rows + len(rows),
            differences=place.differences + len(differences),
        )

    def _of_row(
        self, row: Mapping[str, Any], protected: Protected, compared: Compared, shadow: Shadow | None
    ) -> list[RowDifference]:
        if shadow is None:
            if not compared.is_bound(row):
                return []
            return [_difference(protected, row, "", (shown(list(row.values())), "no sealed record speaks of it"))]
        told = compared.told(row, self._shelves.sealer.subject)
        return [
            _difference(protected, row, name, (_in_words(told[name]), _in_words(sealed)), shadow.leaf)
            for name, sealed in shadow.values.items()
            if name in told and told[name] != sealed
        ]

    def _look_for_rows(self, connection: Connection, place: AuditPlace, compared: Compared) -> AuditPlace:
        """Look for the rows of which some records speak."""
        following = msgspec.structs.replace(place, part=place.part + 1, after=None)
        if not compared.lasts:
            return following
        table, protected = compared.protected.table, compared.protected
        shadows = self._audits.shadows_after(connection, table, place.after[0] if place.after else "", _ROWS)
        ids = [identity for _, identity in shadows]
        subject = self._shelves.sealer.subject
        there = {
            compared.id_of(dict(zip(protected.columns, row, strict=False)), subject)
            for row in self._audits.rows_named(connection, protected, compared.id_sql, ids)
        }
        differences = [
            RowDifference(
                table=table,
                id=identity,
                column="",
                stands=None,
                sealed=", ".join(f"{name} {_in_words(value)}" for name, value in shadow.values.items())[:500],
                leaf=shadow.leaf,
                about=UUID(shadow.about) if shadow.about else None,
            )
            for (_, identity), shadow in shadows.items()
            if identity not in there
        ]
        self._audits.note(connection, differences)
        counted = place.differences + len(differences)
        if len(shadows) < _ROWS:
            return msgspec.structs.replace(following, differences=counted)
        return msgspec.structs.replace(place, after=[ids[-1]], differences=counted)


class _Published:
    """Commitments as published, bundle by bundle."""

    def __init__(self, shelves: Shelves) -> None:
        self._files = shelves.log_files
        self._sizes: dict[str, int] = {}
        self._bundles: dict[tuple[str, int], list[bytes]] = {}

    def seal(self, folder: str, place: int) -> bytes | None:
        """The commitment at a place of a log; None where none is published yet."""
        files = self._files.of(folder)
        if folder not in self._sizes:
            note = files.read(ledger.CHECKPOINT_FILE)
            self._sizes[folder] = ledger.read_checkpoint(ledger.split_note(note)[0]).size if note else 0
        size, number = self._sizes[folder], place // ledger.TILE_WIDTH
        if place >= size:
            return None
        if (folder, number) not in self._bundles:
            start = number * ledger.TILE_WIDTH
            end = min(size, start + ledger.TILE_WIDTH)
            self._bundles[(folder, number)] = ledger.log_entries(start, end, files.read)
        return ledger.read_entry(self._bundles[(folder, number)][place % ledger.TILE_WIDTH])


def _opens(leaf: StoredLeaf) -> bool:
    """Whether a leaf's opening gives its commitment."""
    if leaf.nonce is None:
        return False
    opening = ledger.Opening(
        actor=leaf.actor,
        content=leaf.digest.hex(),
        subject=leaf.subject,
        time=leaf.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        type=leaf.kind,
    )
    return ledger.commitment(opening, leaf.nonce) == leaf.seal


def _of_leaf(index: int, stands: str | None, sealed: str) -> RowDifference:
    return RowDifference(table="leaf", id=str(index), column="", stands=stands, sealed=sealed, leaf=index)


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
