# SPDX-License-Identifier: Apache-2.0
"""What people do about rows that differ from sealed records: see them, and set one right, from what was sealed alone.

A row is made again from records, and gets no new MAC for what they do not tell: either the MAC that stands with the row
agrees once the told columns are back, which proves the rest, or the rest stays a difference. To take it as it stands
(`adopt`), or to take the row away (`remove`), is an act of its own, with a reason, sealed with what stood there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
import zstandard

from cocket.consignment import consignments_of, summarise
from cocket.errors import CocketError, ProofError, RefusedDataError, RowDiffersError, SenderError, StoreError
from cocket.governance import Context, Principal
from cocket.measures.valuation import Doubt
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.sealing import check_sealed
from cocket.pipeline.base.unopenable import ROW_SET_RIGHT, given_up, lost_things, statements_of, taken_over_leaves
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import line_of
from cocket.pipeline.consignment.filed_claims import readings_of
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.control.officer_allocation import OfficerAllocation
from cocket.pipeline.ledger.derived_eras import eras_again
from cocket.pipeline.ledger.leaf_audit import LEAF_COLUMNS, altered_eras, forged_covers, proven_leaf
from cocket.pipeline.ledger.reimport import remade
from cocket.pipeline.measures.payments import PAYMENT, PAYMENT_ADVICE
from cocket.pipeline.operations.case_file_rows import made_again, shadow_names
from cocket.pipeline.operations.compared_rows import (
    COMPARED,
    Compared,
    filed_in,
    keyed_to,
    message_as_sealed,
    names_of_file,
)
from cocket.pipeline.operations.derived_sets import DERIVED_SETS, DerivedSet, keys_of_dossiers
from cocket.pipeline.operations.exchanged_rows import exchange_back
from cocket.pipeline.operations.message_rows import (
    adopt_promise,
    calls_again,
    identity_again,
    is_sender,
    promise_again,
    proven_message,
    sealed_sender,
    under_its_name,
)
from cocket.pipeline.operations.row_audit import AS_CREATED, AuditStatement, RowAudit
from cocket.pipeline.tracking.alert_effects import SealedAlert
from cocket.standards import read
from cocket.stores.base import record_months
from cocket.stores.base.database import ROW_AUDIT_LOCK, Connection, lock_appends
from cocket.stores.base.dossier_rows import LINKS, links_of
from cocket.stores.base.packing import pack, unpack
from cocket.stores.base.row_macs import Protected
from cocket.stores.base.table_shapes import TABLES
from cocket.stores.consignment.rows import ADVICE
from cocket.stores.control.case_files import CASE_FILE_KEYS, CASE_FILES
from cocket.stores.control.orders import ASSESSMENTS, HOST_DECISIONS, HOST_DRAWS, ORDERS
from cocket.stores.intake.messages import MESSAGES
from cocket.stores.ledger.leaf_repair import without_leaf
from cocket.stores.ledger.leaves import PROMISES, NewLeaf, StoredLeaf
from cocket.stores.ledger.yearly_logs import ERAS, ERAS_PLACE, LogYear, era_words
from cocket.stores.measures.permits import TAKEN, taken_of
from cocket.stores.operations.protected import AUDITED
from cocket.stores.operations.row_audits import RowAudits, RowDifference, RowName, Shadow, plain
from cocket.stores.tracking.journeys import PLANS
from cocket.tracking.journey import Journey

#: What is done about columns that no sealed record tells, and about rows of which none speaks.
Unproven = Literal["refuse", "adopt", "remove"]

#: What a record tells of a column in another form than it stands.
_TOLD_AS = {
    "password_hash": "secret",
    "secret_hash": "secret",
    "body": "digest",
    "value": "off_duty",
    "seed": "commitment",
}


#: Columns that some records tell and others do not, in which case a row that is put back says nothing there, or for a case
#: file what the line of its dossier says.
_LEFT_OUT = ("note", "place", "office", "score", "returned", "judged", "standing", "ordered", "acts")


class RowSetRight(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a row was set right.

    Attributes:
        table: Its table.
        id: Its key.
        who: Who set it right.
        reason: Why, in words.
        what: `changed`, `restored`, `removed`, `adopted` or `sealed again`, of what was given a leaf at a new index.
        columns: Column → what it says now, where it said something else.
        leaf: Index of the newest leaf that says so; None where no record speaks of the row.
        unproven: Columns that no sealed record has, with what stands there and was adopted or removed (0..n).
        earlier: Columns that no sealed record has of a row that the instance itself wrote at an earlier time: they stay as
            they were then (0..n).
        rows: The row itself, where no record speaks of it any more and it is left to its MAC alone: table, id and "" (0..1).
    """

    table: str
    id: str
    who: str
    reason: str
    what: str
    columns: dict[str, Any] = {}
    leaf: int | None = None
    unproven: dict[str, Any] = {}
    earlier: dict[str, Any] = {}
    rows: tuple[tuple[str, str, str], ...] = ()


#: Tables whose rows are made again from messages: what was done, and the row.
_MADE_AGAIN: Final[dict[str, Callable[[Stores, Connection, str], tuple[str, dict[str, Any]]]]] = {
    "identity": identity_again,
    "port_call": calls_again,
}


#: Tables on which others rest, and those that follow from others: these are repaired first, and those last.
_FIRST: Final = ("era", "cover", "leaf", "record", "message")
_LAST: Final = (*_MADE_AGAIN, LINKS.table, *(one.table for one in DERIVED_SETS), CASE_FILE_KEYS.table)

#: Messages and records without a leaf that are named, of many (count).
_NAMED: Final = 100

#: Most rounds of a repair of all rows (count): a row follows from another, which follows from a third at most.
_ROUNDS: Final = 5


class NotSetRight(msgspec.Struct, frozen=True, kw_only=True):
    """A row that differs still.

    Attributes:
        table: Its table.
        id: Its key.
        reason: Why it was not set right, in words.
        hint: What to do about it; None if nothing is known.
    """

    table: str
    id: str
    reason: str
    hint: str | None


class AllSetRight(msgspec.Struct, frozen=True, kw_only=True):
    """What came of setting right every row that differed.

    Attributes:
        done: What was done, in order (0..n).
        left: What differs still (0..n).
        rounds: Rounds that it took, each ended by an audit of everything (count).
        statement: What the last of these audits says.
    """

    done: tuple[RowSetRight, ...]
    left: tuple[NotSetRight, ...]
    rounds: int
    statement: AuditStatement


class RowRepair(Service):
    """Rows that differ, and setting them right."""

    def set_all_right(
        self,
        principal: Principal,
        reason: str,
        whole: Callable[[RowAudit], AuditStatement],
        tell: Callable[[RowSetRight], None] = lambda done: None,
    ) -> AllSetRight:
        """Let every row that differs say what sealed records say of it, as `set_row_right` does for one without a choice.

        A row may follow from another, so that it differs only, or can be repaired only, once that one is repaired. So an
        audit follows each round, and another round each audit that finds more, until nothing more can be done.

        Args:
            principal: Who does it.
            reason: Why, in words.
            whole: Takes an audit to the end of a pass.
            tell: Told of each repair once it is sealed.

        Raises:
            PolicyError: The principal may not, or gives no reason.
            StoreError: Another process audits just now, or the database does not answer.
        """
        self._access.require(principal, "rows:set-right", context=Context(reason=reason))
        audit = RowAudit(self._stores)
        audit.begin_anew()
        statement = whole(audit)
        done: list[RowSetRight] = []
        left: list[NotSetRight] = []
        rounds = 0
        while rounds < _ROUNDS and audit.differences():
            rounds, before, left = rounds + 1, len(done), []
            names = dict.fromkeys((one.table, one.id) for one in sorted(audit.differences(), key=_turn))
            for table, identity in names:
                try:
                    done.append(self.set_row_right(principal, table, identity, reason))
                    tell(done[-1])
                except NotFoundError:  # it agrees by what was done about another
                    continue
                except (SenderError, StoreError, ProofError) as error:
                    if error.code == "audit-taken":
                        raise
                    left.append(NotSetRight(table=table, id=identity, reason=error.message, hint=error.hint))
            if len(done) == before:
                break
            statement, left = whole(audit), []
        return AllSetRight(done=tuple(done), left=tuple(left), rounds=rounds, statement=statement)

    def set_row_right(
        self, principal: Principal, table: str, identity: str, reason: str, unproven: Unproven = "refuse"
    ) -> RowSetRight:
        """Let a row say what sealed records say of it; sealed.

        Args:
            principal: Who does it.
            table: Table of the row, as a difference names it.
            identity: Its key, as a difference names it.
            reason: Why, in words.
            unproven: Whether what no record tells is adopted as it stands, or the row removed of which none speaks.

        Returns:
            What was done, as sealed.

        Raises:
            NotFoundError: No difference of this name stands.
            PolicyError: The principal may not, or gives no reason.
            SenderError: Nothing sealed says what the row must be, or not all of it; or leaves are missing, so that no row
                can be judged (`leaves-missing`); or records are, so that none can be removed for want of one (`records-missing`).
            StoreError: Another process audits just now.
        """
        self._access.require(principal, "rows:set-right", context=Context(reason=reason))
        audit = RowAudit(self._stores)
        with audit.alone():
            if not _is_of_eras(table, identity):  # without them no leaf can be taken in
                self._catch_up(audit)
            try:
                done, names = self._settled(audit, principal, (table, identity), reason, unproven)
            except RowDiffersError:
                raise
            except RefusedDataError as error:
                raise SenderError(
                    f"{table} {identity} cannot be as it was sealed beside the rows that stand ({error.message}). Nothing was done.",
                    code="row-in-the-way",
                    hint="Repair the other rows that cocket ledger audit names first, then this one; otherwise restore a backup.",
                ) from error
            for name in names:
                audit.settle(*name)
        return done

    def _settled(
        self, audit: RowAudit, principal: Principal, name: RowName, reason: str, unproven: Unproven
    ) -> tuple[RowSetRight, list[RowName]]:
        """Set a row right and seal it, in one transaction; what was done, and the rows that agree by it."""
        audits, (table, identity) = RowAudits(), name
        with self._stores.database.transaction() as connection:
            connection.execute("select pg_advisory_xact_lock(%s)", (ROW_AUDIT_LOCK,))
            audits.hold(connection)
            if _is_of_eras(table, identity):
                self._stores.leaves.eras.load(connection)
                audits.note(connection, altered_eras(self._stores))
            else:
                self._refuse_without_leaves(connection)
                audit.check_shadows(connection)
            stand = [one for one in audits.differences(connection) if one.table == table]
            named = [one for one in stand if one.id == identity]
            if not named:
                raise NotFoundError(f"{table} {identity} has no open difference.")
            if table in TABLES:
                audits.hold_rows(connection, table)
            done = self._set_right(connection, named, unproven)
            done = msgspec.structs.replace(done, who=principal.id, reason=reason.strip())
            names = [name, *((table, one) for one in _settled_besides(connection, identity, stand))]
            if _is_of_eras(table, identity):  # all of them and their copy are written again together
                names = [
                    (one.table, one.id) for one in audits.differences(connection) if _is_of_eras(one.table, one.id)
                ]
            for settled in names:
                audits.settle(connection, settled[0], [settled[1]])
            record = self._stores.sealer.record(ROW_SET_RIGHT, principal.id, done, about=named[0].about)
            self._access.seal(connection, record)
        return done, names

    def _refuse_without_leaves(self, connection: Connection) -> None:
        """See that no leaf is missing: what it sealed would seem to be mentioned by nothing, and be removed."""
        missing = self._stores.leaves.missing(connection, 0, self._stores.leaves.size(connection))
        if missing:
            raise SenderError(
                f"Leaves are missing from the database ({len(missing)}, the first is {min(missing)}): until they are back, no "
                "row can be compared with what was sealed, and none is changed.",
                code="leaves-missing",
                found=str(min(missing)),
                hint="Run cocket ledger reimport, which restores leaves from what they sealed, then cocket ledger audit.",
            )

    def _refuse_without_records(self, connection: Connection, named: RowDifference, act: str) -> None:
        """See that everything sealed can be read: what cannot may be what a row rests on, and it is left as it is."""
        lost = self._unread(connection)
        if lost:
            raise SenderError(
                f"Sealed records are missing or altered, or have no leaf ({len(lost)}, the first is {lost[0]}), and one of them "
                f"may have mentioned {named.table} {named.id}; it is not {act}.",
                code="records-missing",
                found=lost[0],
                hint="Repair them first: cocket ledger audit names them, and --set-right repairs one or says how. Otherwise "
                "restore them from a backup, or record each leaf as lost with cocket set-aside leaf. A row that no record "
                "mentions and whose MAC does not agree can be removed with --remove.",
            )

    def _unread(self, connection: Connection) -> list[str]:
        """Leaves, records and messages that are not as they were sealed, or of which that is not known, by name (0..n)."""
        accepted = given_up(self._stores, connection)
        commitments = set(self._stores.leaves.only_commitments(connection))
        if commitments:
            commitments -= taken_over_leaves(self._stores, connection)
        lost = commitments.union(self._stores.leaves.without_content(connection))
        noted = {(one.table, one.id) for one in RowAudits().differences(connection) if _is_unread(one)}
        listed = RowAudits().names(connection)
        noted |= {name for name in connection.marks.noted() - listed if name[0] in ("leaf", "record")}  # hidden
        lost |= {int(identity) for table, identity in noted if table == "leaf"}
        named = {f"record {identity}" for table, identity in noted if table == "record"}
        named |= {f"{table} {one}" for table, one, *_ in without_leaf(connection, _NAMED)}
        return [*(f"leaf {index}" for index in sorted(lost - accepted)), *sorted(named)]

    def _catch_up(self, audit: RowAudit) -> None:
        """Know what every sealed record says, up to the newest."""
        while True:
            with self._stores.database.transaction() as connection:
                size = self._stores.leaves.size(connection)
            if audit.place().leaves >= size:
                return
            audit.step(only_leaves=True)

    def _set_right(self, connection: Connection, stand: Sequence[RowDifference], unproven: Unproven) -> RowSetRight:
        """Set a row right of which these differences stand (1..n)."""
        named = stand[0]
        if named.sealed == AS_CREATED:
            raise SenderError(
                f"No record has what {f'table {named.table}' if named.table != 'database' else 'the database'} must be: it "
                f"{named.stands}. Nothing was done.",
                code="schema-altered",
                hint="Undo it with psql: drop what is named (drop schema, function, trigger or rule), or restore what was altered or "
                "removed. Then restart the instance and run cocket ledger audit.",
            )
        parts = [one for one in AUDITED if one.table == named.table]
        if (derived := next((one for one in DERIVED_SETS if one.table == named.table), None)) is not None:
            return self._derived(connection, derived, named.id)
        if _is_of_eras(named.table, named.id):
            return self._eras_again(connection, named, unproven)
        if named.table == "cover":
            return self._uncovered(connection, named)
        if named.table == "leaf" and named.column == "include_by":
            return self._promised(connection, named, unproven)
        if named.table == "leaf" and named.column in LEAF_COLUMNS:
            return self._leaf_again(connection, named)
        if named.table == "leaf":
            return self._record_again(connection, named)
        if named.table == "record" and not named.column:
            return self._unsealed(connection, named, unproven)
        if named.table in _MADE_AGAIN:
            return self._made_again(connection, named)
        if named.table == "message" and not list(self._stores.leaves.of_records(connection, [UUID(named.id)])):
            return self._unreceived(connection, named.id, unproven)
        if named.table == "message":
            return self._message(
                connection, RowSetRight(table="message", id=named.id, who="", reason="", what="changed"), unproven
            )
        if not parts:
            raise _nothing_sealed(named.table, named.id)
        rows = {one.mac: _row(connection, one, named.id) for one in parts}
        whole = {name: value for row in rows.values() if row for name, value in row.items()}
        blank = RowSetRight(table=named.table, id=named.id, who="", reason="", what="")
        if unproven == "remove" and whole:
            return self._removed(connection, parts, rows, blank)
        if named.table == "consignment" and not whole:
            return self._dossier_again(connection, blank)
        if parts[0] is CASE_FILE_KEYS:
            return self._named(connection, whole, blank, unproven)
        if parts[0] is LINKS and (unproven != "adopt" or not whole):
            return self._linked(connection, whole, blank, unproven)
        told = {one.mac: self._shadow(connection, one, rows[one.mac], named.id) for one in parts}
        if not whole:
            return _put_back(self._stores, connection, told, blank, unproven)
        for compared, shadow in told.values():
            if compared is not None and shadow is None and compared.is_bound(whole):
                self._refuse_without_records(connection, named, "kept" if unproven == "adopt" else "removed")
                if unproven == "adopt":
                    return self._kept(connection, parts, whole, blank)
                _delete(connection, compared.protected, whole)
                return msgspec.structs.replace(blank, what="removed", unproven=_shown_all(whole))
        exchanged = self._exchanged(connection, parts, whole)
        if exchanged:
            whole |= exchanged
            rows = {one.mac: _row(connection, one, named.id) for one in parts}
        own = {one.mac for one in parts if one.mac and _agrees(connection, one, whole)}
        changed: dict[str, Any] = {}
        kept = {
            column for *name, column in lost_things(self._stores, connection).rows if name == [named.table, named.id]
        }
        for mac, (compared, shadow) in told.items():
            if compared is not None and shadow is not None:
                new = self._sealed_columns(connection, compared, rows[mac] or {}, shadow)
                left_alone = kept if mac in own else ()
                changed |= {
                    name: value for name, value in new.items() if value != whole[name] and name not in left_alone
                }
        older = [one for one in parts if one.mac in own and not changed.keys().isdisjoint(one.columns)]
        earlier: dict[str, Any] = {}
        bases = [self._basis(connection, whole, shadow) for one in older if (shadow := told[one.mac][1]) is not None]
        is_outdated = bool(bases) and all(base == "earlier" for base in bases)
        if (older and not is_outdated) or (changed and not any(one.mac for one in parts)):
            self._refuse_without_records(connection, named, "changed")
        if "lost" in bases:
            if unproven != "adopt":
                raise _rests_on_lost(named.table, named.id, whole, changed)
            rows_kept = tuple((one.table, one.id, one.column) for one in stand)
            stands_now = {name: whole[name] for name in changed}
            return msgspec.structs.replace(
                blank, what="adopted", columns=_shown_all(exchanged), unproven=_shown_all(stands_now), rows=rows_kept
            )
        for one in older:  # the instance itself wrote it, before what was sealed last: it is brought up to that
            shadow = told[one.mac][1]
            if shadow is not None:
                since = _since_its_record(one, shadow)
                changed |= {name: value for name, value in since.items() if value != whole[name]}
                earlier |= {name: whole[name] for name in _untold_columns(one, shadow, {*changed, *since})}
        if changed:
            _update(connection, parts[0], whole, changed)
        for one in older:
            _bless(connection, one, whole)
        left = [
            name for one in parts for name in self._proven(connection, one, whole | changed, told[one.mac][1], changed)
        ]
        leaves = [shadow.leaf for _, shadow in told.values() if shadow is not None]
        done = msgspec.structs.replace(
            blank,
            what="changed",
            columns=_shown_all(exchanged | changed),
            leaf=max(leaves) if leaves else None,
            earlier=_shown_all(earlier),
        )
        if not left:
            return done
        if unproven != "adopt":
            raise _unproven(named.table, named.id, left)
        for one in parts:
            _bless(connection, one, whole)
        return msgspec.structs.replace(
            done, what="adopted", unproven=_shown_all({name: whole[name] for name in left if name in whole})
        )

    def _basis(
        self, connection: Connection, row: Mapping[str, Any], shadow: Shadow
    ) -> Literal["earlier", "lost", "unknown"]:
        """What a row rests on that bears the MAC of the instance, against the newest record of it.

        Returns:
            `earlier` where it names a record that opens and came before the newest one that such a row names; `lost` where
            the one it names came later, or at an unknown time, and is recorded as lost; else `unknown`.
        """
        leaves, record = self._stores.leaves, row.get("record")
        if record is None:
            return "unknown"
        own = next(iter(leaves.of_records(connection, [record])), None)
        if own is None:
            told = statements_of(self._stores, connection, ROW_SET_RIGHT, RowSetRight)
            is_lost = any((one.what, one.table, one.id) == ("removed", "record", str(record)) for _, one in told)
            return "lost" if is_lost else "unknown"
        made_by = shadow.values.get("made_by")
        newest = next(iter(leaves.of_records(connection, [UUID(made_by)])), None) if made_by else None
        upto = newest.index if newest is not None else shadow.leaf
        if own.index > upto:
            return "lost" if own.index in given_up(self._stores, connection) else "unknown"
        if newest is None or own.index == upto:
            return "unknown"
        try:
            self._proven_leaf(connection, own)
            return "earlier" if leaves.body(connection, own.record) is not None else "unknown"
        except (ProofError, StoreError):
            return "unknown"

    def _kept(
        self, connection: Connection, parts: Sequence[Protected], row: Mapping[str, Any], blank: RowSetRight
    ) -> RowSetRight:
        """Leave a row to its MAC alone that the instance wrote, and of which no record speaks any more."""
        if not all(one.mac and _agrees(connection, one, row) for one in parts):
            raise SenderError(
                f"No sealed record mentions {blank.table} {blank.id}, and its MAC is not valid: another hand wrote it.",
                code="not-sealed",
                hint="Remove it: repair it without --adopt.",
            )
        kept = ((blank.table, blank.id, ""),)
        return msgspec.structs.replace(blank, what="adopted", unproven=_shown_all(row), rows=kept)

    def _exchanged(self, connection: Connection, parts: Sequence[Protected], row: Mapping[str, Any]) -> dict[str, Any]:
        """Take columns back that were exchanged with another row; what they say again."""
        found: dict[str, Any] = {}
        for one in parts:
            if one.mac and not _agrees(connection, one, row):
                found |= exchange_back(connection, one, row)
        return found

    def _shadow(
        self, connection: Connection, protected: Protected, row: Mapping[str, Any] | None, identity: str
    ) -> tuple[Compared | None, Shadow | None]:
        """How a table is compared, and what records say of a row of it."""
        compared = next((one for one in COMPARED if one.protected is protected), None)
        if compared is None:
            return None, None
        names: tuple[str, ...] = (compared.id_of(row, self._stores.sealer.subject) if row else identity,)
        if protected is CASE_FILES and not row:
            names = shadow_names(self._stores, identity)
        found = RowAudits().shadows(connection, [(protected.table, one) for one in names])
        return compared, next(iter(found.values()), None)

    def _proven(
        self,
        connection: Connection,
        protected: Protected,
        row: Mapping[str, Any],
        shadow: Shadow | None,
        changed: Mapping[str, Any],
    ) -> list[str]:
        """Give a row its MAC where everything under it is proven or made anew; else the columns that are not (0..n)."""
        if not protected.mac or _agrees(connection, protected, row):
            return []
        if protected is TAKEN:
            _update(
                connection, protected, row, dict(zip(TAKEN.columns[1:], taken_of(connection, row["id"]), strict=True))
            )
            _bless(connection, protected, row)
            return []
        left = _untold_columns(protected, shadow, changed)
        if shadow is not None and protected.table in ("officer", "api_key"):
            leaf = connection.execute("select at from leaf where idx = %s", (shadow.leaf,)).fetchone()
            at = leaf[0] if leaf else datetime.now(UTC)
            made = {"name": row["id"], "created": at}
            made |= {one: _since(shadow, f"is_{one}") for one in ("disabled", "revoked")}
            _update(connection, protected, row, {name: made[name] for name in left if name in made})
            left = [name for name in left if name not in made]
        if not left:
            _bless(connection, protected, row)
        return left

    def _sealed_columns(
        self, connection: Connection, compared: Compared, row: Mapping[str, Any], shadow: Shadow
    ) -> dict[str, Any]:
        """Columns as sealed records have them, where they differ from the row.

        Raises:
            SenderError: What was sealed tells only that the row is wrong, and not what it was.
        """
        try:
            told = compared.told(row, self._stores.sealer.subject)
        except (msgspec.MsgspecError, CocketError, ValueError, TypeError) as error:
            raise _nothing_sealed(compared.protected.table, str(row[compared.protected.key[0]])) from error
        wrong = {name: value for name, value in shadow.values.items() if name in told and told[name] != value}
        columns: dict[str, Any] = {name: value for name, value in wrong.items() if name in row}
        for name in wrong.keys() - columns.keys():
            if name == "secret":  # what was kept is gone: nobody gets in by what stands there now
                now = datetime.now(UTC)
                columns |= {"disabled": now, "password_hash": ""} if "disabled" in row else {"revoked": now}
            elif name in ("is_disabled", "is_revoked", "is_arrived"):
                columns.setdefault(name.removeprefix("is_"), _since(shadow, name))
            elif name == "shown":
                columns |= _spans(shadow)
            elif name == "examiner":
                drawn = msgspec.json.decode(row["body"], type=OfficerAllocation)
                columns["body"] = msgspec.json.encode(msgspec.structs.replace(drawn, examiner=wrong[name]))
            elif name == "off_duty":
                columns["value"] = msgspec.json.encode(wrong[name])
            elif name == "digest" and (body := self._body(connection, shadow)) is not None:
                columns["body"] = body
            else:
                raise _nothing_sealed(compared.protected.table, str(row[compared.protected.key[0]]))
        if compared.protected.table == "place" and "value" in wrong:
            columns["value"] = bytes.fromhex(wrong["value"])
        if compared.protected.table == "backup" and "digest" in wrong:
            columns["digest"] = bytes.fromhex(wrong["digest"])
        if compared.protected.table == "journey" and "plan" in wrong:
            columns["plan"] = shadow.values["plan_json"].encode()
        if compared.protected.table == "journey" and "state" in wrong:
            columns["discharged"] = _moment(shadow.values.get("discharged_at"))
            columns["discharged_by"] = shadow.values.get("ended_by")
        return columns

    def _body(self, connection: Connection, shadow: Shadow) -> bytes | None:
        """The body of a file as it was sealed; None where no record holds it as a whole."""
        if "body" in shadow.values:
            return self._stores.leaves.body(connection, UUID(shadow.values["body"]))
        whole = shadow.values.get("json") or shadow.values.get("wording")
        return whole.encode() if whole is not None else None

    def _named(
        self, connection: Connection, row: Mapping[str, Any], blank: RowSetRight, unproven: Unproven
    ) -> RowSetRight:
        """Let a case file be found by one name, or no longer, as the file itself says."""
        *words, file = blank.id.split(" ")
        stands = _row(connection, CASE_FILES, file)
        wanted = names_of_file(self._stores, connection, stands) if stands else ()
        if wanted is None:
            if unproven != "adopt":
                raise _unproven(blank.table, blank.id, list(CASE_FILE_KEYS.columns))
            _bless(connection, CASE_FILE_KEYS, row)
            return msgspec.structs.replace(blank, what="adopted", unproven=_shown_all(row))
        name = next((one for one in wanted if " ".join(one) == " ".join(words)), None)
        if name is None and not row:
            raise _nothing_sealed(blank.table, blank.id)
        if name is None:
            _delete(connection, CASE_FILE_KEYS, row)
            return msgspec.structs.replace(blank, what="removed", unproven=_shown_all(row))
        connection.row_macs.put(connection, CASE_FILE_KEYS, [(*name, UUID(file))])
        return msgspec.structs.replace(blank, what="put back", columns=dict(zip(("name", "value"), name, strict=True)))

    def _unreceived(self, connection: Connection, identity: str, unproven: Unproven) -> RowSetRight:
        """Give a message a leaf again that has none, where its content and MAC prove it; else take it away if that is asked for.

        Raises:
            SenderError: Neither can be done, or the message is the instance's own and was to be removed.
        """
        blank = RowSetRight(table="message", id=identity, who="", reason="", what="removed")
        leaf = remade(self._stores, connection, UUID(identity))
        is_own = leaf is not None and _agrees(connection, MESSAGES, {"id": UUID(identity)})
        if leaf is not None and (unproven == "adopt" or (is_own and unproven == "refuse")):
            return self._sealed_again(connection, leaf, blank)
        if is_own:
            raise SenderError(
                f"Message {identity} was sealed by this instance, and only its leaf was removed; the message is not removed.",
                code="not-removable",
                hint="Repair it without --remove: it is given a leaf again, at a new index.",
            )
        if unproven != "remove":
            raise SenderError(
                f"No leaf records that message {identity} was received; nothing was done.",
                code="not-sealed",
                hint="Its content opens under a key of this instance: check its columns and keep them with --adopt, which "
                "gives it a leaf again at a new index; or restore it from a backup."
                if leaf is not None
                else "No key of this instance opens it. Restore it from a backup, or remove it with --remove.",
            )
        columns = ("sender", "actor", "door", "received", "standard", "outcome", "reference")
        row = connection.execute(
            f"delete from message where id = %s returning {', '.join(columns)}", (identity,)
        ).fetchone()
        record_months.remove(connection, [UUID(identity)])
        connection.execute("delete from consignment_message where message = %s", (identity,))
        return msgspec.structs.replace(blank, unproven=_shown_all(dict(zip(columns, row or (), strict=False))))

    def _unsealed(self, connection: Connection, named: RowDifference, unproven: Unproven) -> RowSetRight:
        """Give a record a leaf again that has none, where that is adopted, or take it away where that is asked for.

        Raises:
            SenderError: Neither is asked for, or no key opens it.
        """
        row = connection.execute(
            "select kind, at, actor, subject, about from record where id = %s for update", (named.id,)
        ).fetchone()
        if row is None:
            raise NotFoundError(f"Record {named.id} is not there any more.")
        stands = _shown_all(dict(zip(("kind", "at", "actor", "subject", "about"), row, strict=True)))
        blank = RowSetRight(table="record", id=named.id, who="", reason="", what="removed", unproven=stands)
        if unproven == "remove":
            connection.execute("delete from record where id = %s", (named.id,))
            record_months.remove(connection, [UUID(named.id)])
            return blank
        leaf = remade(self._stores, connection, UUID(named.id))
        words = ", ".join(f"{name} {value}" for name, value in stands.items() if value)
        if leaf is None:
            raise SenderError(
                f"Record {named.id} ({words}) has no leaf, and no free key of this instance opens it: another hand wrote it, its "
                "content was altered, or its key is gone. It cannot be given a leaf again; nothing was done.",
                code="not-sealed",
                hint="Restore it with its leaf from a backup. Where no backup has it, record it as lost with --remove, which "
                "seals what stands there; the rows that rest on it can then be repaired.",
            )
        if unproven != "adopt":
            raise SenderError(
                f"The leaf of record {named.id} was removed before a signed head included it, and its index was given to another "
                "leaf. The content opens under a key of this instance, so the instance sealed it; only the leaf proved the rest.",
                code="not-sealed",
                hint=f"Check these: {words}. Then give it a leaf again, at a new index, with --adopt; or restore the database "
                "from a backup.",
            )
        return self._sealed_again(connection, leaf, blank)

    def _sealed_again(self, connection: Connection, leaf: NewLeaf, blank: RowSetRight) -> RowSetRight:
        """Give a message or record that has no leaf one at a new index; the append lock is held from here on."""
        (index,) = self._stores.leaves.append(connection, [leaf])
        return msgspec.structs.replace(blank, what="sealed again", columns={"leaf": index}, leaf=index)

    def _record_again(self, connection: Connection, named: RowDifference) -> RowSetRight:
        """Take the body of a record back that was exchanged with another's; what is a leaf's own alone opens under its key.

        Raises:
            SenderError: No other record has it.
        """
        index = int(named.id)
        others = [int(one.id) for one in RowAudits().differences(connection) if one.table == "leaf" and not one.column]
        other = self._stores.leaves.holder_of(connection, index, [one for one in others if one != index])
        if other is None:
            raise SenderError(
                f"Leaf {index} is not as it was sealed (found: {named.stands}), and no other record has what it sealed; nothing was "
                "done.",
                code="not-sealed",
                hint="Restore the record or message from a backup. Where no backup has it as it was sealed, let the leaf stand by "
                f"its commitment: cocket set-aside leaf {index} --reason …. The log then goes on, and what the leaf sealed counts "
                "as lost.",
            )
        self._stores.leaves.exchange_bodies(connection, index, other)
        columns = {"body": f"exchanged back with the record of leaf {other}"}
        return RowSetRight(table="leaf", id=named.id, who="", reason="", what="changed", columns=columns, leaf=index)

    def _message(self, connection: Connection, blank: RowSetRight, unproven: Unproven) -> RowSetRight:
        """Let a message's columns say what its leaf, what was read in it, and its MAC say.

        Raises:
            SenderError: Nothing proves what some of them were.
        """
        message = UUID(blank.id)
        again: dict[str, Any] = {}
        try:
            (stands,) = self._stores.messages.get_many(connection, [message], "take")
            reading = reading_of(stands)
        except (CocketError, ValueError, msgspec.DecodeError, zstandard.ZstdError):
            again = self._read_again(connection, message)
            (stands,) = self._stores.messages.get_many(connection, [message], "take")
            reading = reading_of(stands)
        leaf = next(iter(self._stores.leaves.of_records(connection, [message])), None)
        if leaf is not None:  # a leaf of another hand says nothing
            leaf = self._proven_leaf(connection, leaf)
        reading = under_its_name(self._stores, stands, leaf, reading)
        known = message_as_sealed(stands, reading, leaf)
        named = reading.standard, reading.reference
        if leaf is not None and not is_sender(self._stores, stands, leaf, named):
            sender = sealed_sender(self._stores, connection, leaf, named)
            if sender is None:
                raise _unproven("message", blank.id, ["sender"])
            known["sender"] = sender
        changed, left = proven_message(connection, message, known)
        if left and unproven != "adopt":
            raise _unproven("message", blank.id, left)
        _update(connection, MESSAGES, {"id": message}, changed)
        _bless(connection, MESSAGES, {"id": message})
        columns = _shown_all(again | changed)
        stands_now = {name: getattr(stands, name, None) for name in left}
        done = msgspec.structs.replace(blank, columns=columns, leaf=leaf.index if leaf else None)
        return msgspec.structs.replace(done, what="adopted", unproven=_shown_all(stands_now)) if left else done

    def _made_again(self, connection: Connection, named: RowDifference) -> RowSetRight:
        """Make a row again that follows from messages."""
        what, row = _MADE_AGAIN[named.table](self._stores, connection, named.id)
        blank = RowSetRight(table=named.table, id=named.id, who="", reason="", what=what)
        return msgspec.structs.replace(blank, **{"unproven" if what == "removed" else "columns": _shown_all(row)})

    def _promised(self, connection: Connection, named: RowDifference, unproven: Unproven) -> RowSetRight:
        """Let the receipt of a leaf promise what it promised.

        Raises:
            SenderError: Nothing proves what that was.
        """
        blank = RowSetRight(table="leaf", id=named.id, who="", reason="", what="changed", leaf=int(named.id))
        again = promise_again(connection, int(named.id))
        if again is not None:
            return msgspec.structs.replace(blank, columns=_shown_all(again))
        if unproven != "adopt":
            raise _unproven("leaf", named.id, PROMISES.columns[1:])
        left = _shown_all(adopt_promise(connection, int(named.id)))
        return msgspec.structs.replace(blank, what="adopted", unproven=left)

    def _leaf_again(self, connection: Connection, named: RowDifference) -> RowSetRight:
        """Let a leaf say what its commitment proves.

        Raises:
            ProofError: Nothing that is known gives its commitment.
        """
        index = int(named.id)
        for stands, _, _ in self._stores.leaves.sealed_between(connection, index, index + 1):
            proven = self._proven_leaf(connection, stands)
            changed = {
                one: getattr(proven, one) for one in LEAF_COLUMNS if getattr(proven, one) != getattr(stands, one)
            }
            sets = ", ".join(f"{one} = %s" for one in changed)
            connection.execute(f"update leaf set {sets} where idx = %s", [*changed.values(), index])
            columns = {one: _shown(plain(value)) for one, value in changed.items()}
            return RowSetRight(
                table="leaf", id=named.id, who="", reason="", what="changed", columns=columns, leaf=index
            )
        raise _nothing_sealed("leaf", named.id)

    def _proven_leaf(self, connection: Connection, leaf: StoredLeaf) -> StoredLeaf:
        """A leaf as its commitment proves that it was; one that nothing proves says nothing.

        Raises:
            ProofError: It is not what was sealed, or what it seals is not.
        """
        for stands, content, state in self._stores.leaves.sealed_between(connection, leaf.index, leaf.index + 1):
            proven = proven_leaf(self._stores, connection, stands, content)
            check_sealed(proven or stands, content, state)
            leaf = proven or stands
        return leaf

    def _uncovered(self, connection: Connection, named: RowDifference) -> RowSetRight:
        """Let no padding entry stand where leaves do whose proof holds."""
        lock_appends(connection)
        first, leaves = int(named.id), self._stores.leaves
        row = connection.execute("select upto from cover where first = %s", (first,)).fetchone()
        at = forged_covers(self._stores, connection, leaves.on_cover(connection, first, row[0]) if row else ())
        for index in at:
            leaves.uncover(connection, index)
        what = {"first": first, "upto": row[0] if row else None, "leaves": ", ".join(map(str, at))}
        return RowSetRight(table="cover", id=named.id, who="", reason="", what="removed", unproven=what)

    def _eras_again(self, connection: Connection, named: RowDifference, unproven: Unproven) -> RowSetRight:
        """Let the rows of `era`, and what is kept of them all, be as they were written, or as what is published proves them.

        Raises:
            ProofError: A published log does not hold, or leaves stand otherwise in it than any rows of `era` allow.
            SenderError: Nothing proves what was written.
        """
        stores, eras = self._stores, self._stores.leaves.eras
        lock_appends(connection)
        again, proven = eras_again(stores, connection)
        rest: dict[str, Any] = {}
        if not again:
            usual = LogYear(0, stores.settings.log_origin, 0, stores.settings.head_step, None)
            if unproven != "adopt":
                raise SenderError(
                    "The rows of era, and the copy that the instance keeps of them (place log/eras), were altered or removed, "
                    "and no head is published that would prove what was written.",
                    code="not-sealed",
                    hint="Restore a backup (cocket restore); or, where the setting head_step was never changed, use "
                    f"--adopt, which takes {era_words(usual)} and records that.",
                )
            again, rest = (usual,), {"row": era_words(usual)}
        written, authentic, _ = eras.written(connection)
        if not rest and again not in (written, authentic) and (size := stores.leaves.size(connection)) > proven:
            rest = {"places": f"of leaves {proven} to {size - 1}, which are in no signed head: by the newest step"}
        eras.restore(connection, again)
        columns = {} if rest or named.sealed is None else {"row": "; ".join(map(era_words, again))}
        return RowSetRight(
            table=named.table,
            id=named.id,
            who="",
            reason="",
            what="adopted" if not proven and rest else "put back" if rest else "changed" if columns else "removed",
            columns=columns,
            unproven=rest,
        )

    def _read_again(self, connection: Connection, message: UUID) -> dict[str, Any]:
        """Read a message again from its content as it was sealed, and keep what is read.

        Raises:
            ProofError: The content is not what was sealed.
            SenderError: It was erased, its key is lost, or it is not read as it was when it came.
        """
        leaf = next(iter(self._stores.leaves.of_records(connection, [message])), None)
        packed = self._stores.messages.content(connection, message) if leaf is not None else None
        if leaf is None or packed is None:
            raise SenderError(
                f"The content of message {message} was erased, or its key is lost, so it cannot be read again.",
                code="not-sealed",
                hint="Its leaf proves that it was received. Restore its row from a backup, or have it submitted again.",
            )
        check_sealed(leaf, packed, "kept")
        reading = read(unpack(packed))
        outcome = leaf.kind.removeprefix("message-")
        if outcome == "accepted" and reading.outcome != "accepted":
            raise SenderError(
                f"Message {message} was accepted on receipt, but is not accepted when it is read again: it was read "
                "by another profile, or by an earlier version.",
                code="not-sealed",
                hint="Restore its row from a backup (cocket restore).",
            )
        if outcome == "refused":  # also what only the door refused, such as another sender than the key's
            reading = msgspec.structs.replace(reading, outcome="refused")
        self._stores.messages.put_reading(connection, message, pack(msgspec.msgpack.encode(reading)))
        return {"reading": "read again from the sealed content"}

    def _linked(
        self, connection: Connection, row: Mapping[str, Any], blank: RowSetRight, unproven: Unproven
    ) -> RowSetRight:
        """Put a message's link to its dossier back, as what was advised on it says; remove one beside a good one."""
        _, message, part = blank.id.split(" ")
        links = connection.execute(
            f"select {LINKS.read} from consignment_message where message = %s and part = %s", (message, part)
        ).fetchall()
        good = [one for one in links if connection.row_macs.agrees(LINKS, one[:-1], one[-1])]
        if row and good and row["consignment"] not in {one[0] for one in good}:
            _delete(connection, LINKS, row)
            return msgspec.structs.replace(blank, what="removed", unproven=_shown_all(row))
        found = filed_in(connection, [UUID(message)]).get(UUID(message), set())
        _, shadow = self._advised(connection, UUID(message))
        dossier = next(iter(found)) if len(found) == 1 and not int(part) and shadow is not None else None
        if dossier is None:
            shadow, dossier = None, self._linked_again(connection, UUID(message), int(part))
        if dossier is None:
            return self._linked_by_keys(connection, (UUID(message), int(part)), bool(row), blank, unproven)
        moved = [one[0] for one in links if one[0] != dossier]
        connection.execute(
            "delete from consignment_message where message = %s and part = %s and consignment <> %s",
            (message, part, dossier),
        )
        connection.row_macs.put(connection, LINKS, [(dossier, UUID(message), int(part))])
        return msgspec.structs.replace(
            blank,
            what="changed" if links else "put back",
            leaf=shadow.leaf if shadow else None,
            columns={"consignment": str(dossier)},
            unproven={"consignment": ", ".join(map(str, moved))} if moved else {},
        )

    def _linked_again(self, connection: Connection, message: UUID, part: int) -> UUID | None:
        """The one dossier that a part of a message belongs to by its names; None where that is not sure.

        A dossier's names count as far as other papers filed in it bear them. Where none is filed in it any more, its names
        must be those of this paper.
        """
        claims = [
            claim
            for one in readings_of(self._stores, connection, [message])
            if not isinstance(one, UUID)
            for claim in consignments_of(one[1], one[0].sender)
            if claim.part == part
        ]
        own = {key.pair for claim in claims for key in claim.keys}
        strong = {key.pair for claim in claims for key in claim.strong}
        named = connection.execute(
            """select distinct coalesce(c.merged_into, c.id) from unnest(%s::text[], %s::text[]) as asked (kind, value)
            join consignment_key k using (kind, value) join consignment c on c.id = k.consignment""",
            ([kind for kind, _ in own], [value for _, value in own]),
        )
        sure = []
        for (dossier,) in named.fetchall():
            borne = {row[:2] for row in keys_of_dossiers(self._stores, connection, [dossier])[dossier].rows}
            rows = connection.execute("select kind, value from consignment_key where consignment = %s", (dossier,))
            stand = set(rows.fetchall())
            is_empty = not links_of(connection, "m.consignment = %s", (dossier,))
            if strong & borne or (is_empty and (strong & stand or (stand and stand <= own))):
                sure.append(dossier)
        return sure[0] if len(sure) == 1 else None

    def _dossier_again(self, connection: Connection, blank: RowSetRight) -> RowSetRight:
        """Make a dossier again that is gone: of the papers filed in it, and of what was advised."""
        dossier = UUID(blank.id)
        shadow = RowAudits().shadows(connection, [("consignment", blank.id)]).get(("consignment", blank.id))
        papers = papers_of(self._stores, connection, [dossier]).get(dossier, ())
        if shadow is None and not papers:
            raise _nothing_sealed(blank.table, blank.id)
        opened = min((paper.received for paper in papers), default=datetime.now(UTC))
        self._stores.consignments.create(connection, [(dossier, opened)])
        if papers:
            self._stores.consignments.describe(connection, [line_of(dossier, summarise(papers))])
        values = shadow.values if shadow is not None else {}
        if shadow is not None:
            uuids = [UUID(values[name]) if values.get(name) else None for name in ("assessment", "merged_into")]
            advice = (dossier, values["lane"], values.get("score"), *uuids)
            connection.row_macs.put(connection, ADVICE, [advice], {"created": opened, "received": opened})
        left = {} if "score" in values or shadow is None else {"score": None}
        return msgspec.structs.replace(
            blank,
            what="put back",
            columns={name: values[name] for name in ("lane", "assessment", "merged_into") if name in values},
            leaf=shadow.leaf if shadow is not None else None,
            unproven={**left, "created": str(opened), "number": "the newest"},
        )

    def _derived(self, connection: Connection, derived: DerivedSet, identity: str) -> RowSetRight:
        """Make a row again that follows from others."""
        done = derived.set_right(self._stores, connection, identity)
        if done is None:
            raise SenderError(
                f"Not everything that {derived.table} {identity} is derived from can be read: {derived.follows}.",
                code="not-sealed",
                hint="Repair that first, then this. If its content was erased, the next erasure removes the row.",
            )
        what, row = done
        told = _shown_all(dict(zip(derived.columns, row, strict=True)))
        blank = RowSetRight(table=derived.table, id=identity, who="", reason="", what=what)
        return msgspec.structs.replace(blank, **{"unproven" if what == "removed" else "columns": told})

    def _linked_by_keys(
        self, connection: Connection, part: tuple[UUID, int], stands: bool, blank: RowSetRight, unproven: Unproven
    ) -> RowSetRight:
        """Put a link back by the keys in its message, where it is adopted: no record tells which dossier bears them."""
        messages = self._stores.messages.get_many(connection, [part[0]])
        claims = [
            claim
            for one in messages
            for claim in consignments_of(reading_of(one), one.sender)
            if claim.part == part[1] and claim.strong
        ]
        found = {dossier for claim in claims for dossier in keyed_to(connection, claim)}
        if stands or len(found) != 1:
            raise _unproven(blank.table, blank.id, list(LINKS.columns))
        (dossier,) = found
        if unproven != "adopt":
            raise _untold(blank, {"consignment": str(dossier)})
        connection.row_macs.put(connection, LINKS, [(dossier, *part)])
        told = {"consignment": str(dossier)}
        return msgspec.structs.replace(blank, what="adopted", columns=told, unproven=told)

    def _advised(self, connection: Connection, message: UUID) -> tuple[str, Shadow | None]:
        """The newest assessment on a message, as sealed."""
        rows = connection.execute("select id::text from assessment where message = %s order by made desc", (message,))
        for (identity,) in rows.fetchall():
            shadow = RowAudits().shadows(connection, [("assessment", identity)]).get(("assessment", identity))
            if shadow is not None and shadow.values.get("message") == str(message):
                return identity, shadow
        return "", None

    def _removed(
        self,
        connection: Connection,
        parts: Sequence[Protected],
        rows: Mapping[str, Mapping[str, Any] | None],
        blank: RowSetRight,
    ) -> RowSetRight:
        """Take a row away that no record mentions and whose MAC is not the instance's; what stood there is sealed."""
        whole = {name: value for row in rows.values() if row for name, value in row.items()}
        stands = [_stands(connection, one, whole) for one in parts]
        agree = all(
            connection.row_macs.agrees(one, row[:-1], row[-1])
            for one, row in zip(parts, stands, strict=True)
            if one.mac
        )
        spoken = any(self._shadow(connection, one, rows[one.mac], blank.id)[1] for one in parts)
        if agree or spoken:
            raise SenderError(
                f"A sealed record mentions {blank.table} {blank.id}, or its MAC is valid: it was not removed.",
                code="not-removable",
                hint="Repair it without --remove.",
            )
        _delete(connection, parts[0], whole)
        return msgspec.structs.replace(blank, what="removed", unproven=_shown_all(whole))


def _settled_besides(connection: Connection, identity: str, stand: Sequence[RowDifference]) -> list[str]:
    """Ids of other rows of links or derived sets that agree by the same act: a row that was moved is two differences."""
    tables = {one.table: one.rows for one in DERIVED_SETS} | {LINKS.table: LINKS}
    ids = []
    for one in stand:
        protected = tables.get(one.table)
        if protected is None or one.id == identity:
            continue
        if one.stands is not None:
            is_settled = _row(connection, protected, one.id) is None
        else:
            is_settled = one.table == LINKS.table and one.id.split(" ")[1:] == identity.split(" ")[1:]
        if is_settled:
            ids.append(one.id)
    return ids


def _agrees(connection: Connection, protected: Protected, row: Mapping[str, Any]) -> bool:
    """Whether a row, or the part of it that a MAC covers, is one that the instance wrote."""
    stands = _stands(connection, protected, row)
    return connection.row_macs.agrees(protected, stands[:-1], stands[-1])


def _untold_columns(protected: Protected, shadow: Shadow | None, changed: Iterable[str]) -> list[str]:
    """Columns under a MAC that no record tells, and that were not made anew."""
    spoken = {*(shadow.values if shadow else ()), *changed, *protected.key}
    return [name for name in protected.columns if name not in spoken and _TOLD_AS.get(name, name) not in spoken]


def _since_its_record(protected: Protected, shadow: Shadow) -> dict[str, Any]:
    """By which record a row is as it is, and since when, of those of which records tell it."""
    if "made_by" not in shadow.values:
        return {}
    since: dict[str, Any] = {"record": UUID(shadow.values["made_by"])}
    if protected is ORDERS:
        since["created"] = datetime.fromisoformat(shadow.values["opened"])
    return since


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _spans(shadow: Shadow) -> dict[str, Any]:
    """What a look that lasts has shown since when; until when is in no record before its end, so at least until then."""
    shown: dict[str, str] = shadow.values["shown"]
    return {
        "spans": msgspec.json.encode({name: (at, at) for name, at in shown.items()}),
        "last": datetime.fromisoformat(max(shown.values())),
    }


def _since(shadow: Shadow, name: str) -> datetime | None:
    """Since when an account is revoked or disabled, by the record of it; None if it is not."""
    at = shadow.values.get(f"{name.removeprefix('is_')}_at")
    return datetime.fromisoformat(at) if shadow.values.get(name) and at else None


def _row(connection: Connection, protected: Protected, identity: str) -> dict[str, Any] | None:
    """A row by its key as a difference names it; None if there is none."""
    key = " || ' ' || ".join(f"{name}::text" for name in protected.key)
    found = RowAudits().rows_named(connection, protected, key, [identity])
    return dict(zip(protected.columns, found[0], strict=False)) if found else None


def _where(protected: Protected, row: Mapping[str, Any]) -> tuple[str, list[Any]]:
    return " and ".join(f"{name} = %s" for name in protected.key), [row[name] for name in protected.key]


def _stands(connection: Connection, protected: Protected, row: Mapping[str, Any]) -> tuple[Any, ...]:
    where, key = _where(protected, row)
    found = connection.execute(f"select {protected.read} from {protected.table} where {where}", key).fetchone()
    if found is None:
        raise StoreError("The row is gone.")
    return tuple(found)


def _is_unread(one: RowDifference) -> bool:
    """Whether a difference says that something sealed cannot be read, so that nothing is known of what it told."""
    return (one.table == "leaf" and not one.column) or (one.table == "record" and one.column in ("", "body"))


def _turn(one: RowDifference) -> int:
    """When a row that differs is repaired, of several."""
    return -1 if one.table in _FIRST else int(one.table in _LAST)


def _is_of_eras(table: str, identity: str) -> bool:
    """Whether a row is one of `era`, or the copy of them all."""
    return table == ERAS.table or (table, identity) == ("place", ERAS_PLACE)


def _delete(connection: Connection, protected: Protected, row: Mapping[str, Any]) -> None:
    if protected is CASE_FILES:
        connection.execute("delete from case_file_key where file = %s", (row["id"],))
    where, key = _where(protected, row)
    connection.execute(f"delete from {protected.table} where {where}", key)


def _update(connection: Connection, protected: Protected, row: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    if new:
        where, key = _where(protected, row)
        sets = ", ".join(f"{name} = %s" for name in new)
        connection.execute(f"update {protected.table} set {sets} where {where}", [*new.values(), *key])


def _bless(connection: Connection, protected: Protected, row: Mapping[str, Any]) -> None:
    """Give a row the MAC over what it says."""
    if protected.mac:
        where, key = _where(protected, row)
        mac = connection.row_macs.mac(protected, _stands(connection, protected, row)[:-1])
        connection.execute(f"update {protected.table} set {protected.mac} = %s where {where}", [mac, *key])


def _put_back(
    stores: Stores,
    connection: Connection,
    told: Mapping[str, tuple[Compared | None, Shadow | None]],
    blank: RowSetRight,
    unproven: Unproven,
) -> RowSetRight:
    """Put a row back that is gone, made of what was sealed; what of an order no record tells, only if it is adopted."""
    for compared, shadow in told.values():
        if compared is not None and shadow is not None:
            taken = _untold_of_order(stores, connection, shadow) if compared.protected is ORDERS else {}
            if taken and unproven != "adopt":
                raise _untold(blank, taken)
            made = _made(stores, connection, compared, shadow, taken)
            if blank.table in ("device", "device_credential"):
                _refuse_beside(connection, blank, dict(zip(compared.protected.columns, made, strict=True)))
            more: dict[str, Any] = {"at": datetime.now(UTC)} if blank.table == "permit_use" else {}
            if blank.table == "set_aside":
                more = _of_aside(connection, shadow)
            if blank.table == "journey":
                plan = shadow.values["plan_json"].encode()
                more = {"plan": plan, "plan_mac": connection.row_macs.mac(PLANS, (made[0], plan))}
            connection.row_macs.put(connection, compared.protected, [made], more)
            if blank.table == "case_file":
                row = dict(zip(CASE_FILES.columns, made, strict=True))
                names = names_of_file(stores, connection, row) or set()
                connection.row_macs.put(connection, CASE_FILE_KEYS, [(*one, row["id"]) for one in sorted(names)])
            if blank.table == "permit":
                taken_now = dict(zip(TAKEN.columns[1:], taken_of(connection, made[0]), strict=True))
                _update(connection, TAKEN, {"id": made[0]}, taken_now)
                _bless(connection, TAKEN, {"id": made[0]})
            told_of = dict(zip(compared.protected.columns, made, strict=True))
            columns = shadow.values | {
                name: _shown(told_of[name])
                for name in ("id", "office", "created", "record", "disabled", "revoked")
                if name in told_of
            }
            what = "adopted" if taken else "put back"
            taken |= {name: told_of[name] for name in _LEFT_OUT if name in told_of and name not in shadow.values}
            return msgspec.structs.replace(
                blank, what=what, columns=columns, leaf=shadow.leaf, unproven=_shown_all(taken)
            )
    raise _nothing_sealed(blank.table, blank.id)


def _refuse_beside(connection: Connection, blank: RowSetRight, made: Mapping[str, Any]) -> None:
    """See that a device's name is free as the register compares it, without case, and that a credential's device is there."""
    device = made["device" if blank.table == "device_credential" else "id"]
    row = connection.execute(
        "select id from device where lower(id) = lower(%s) order by id = %s desc", (device, device)
    ).fetchone()
    if blank.table == "device" and row is not None:
        raise SenderError(
            f"Device {device} cannot be put back: device {row[0]} stands, and names that differ in case alone are the same. "
            "Nothing was done.",
            code="row-in-the-way",
            found=str(row[0]),
            hint=f"Both are sealed, and one name stands for one device only. Restore a backup of before {row[0]} was added; or go "
            f"on with {row[0]}: give the device its key (cocket device rotate {row[0]}), and revoke it if it was not yours.",
        )
    if blank.table == "device_credential" and (row is None or row[0] != device):
        raise SenderError(
            f"The credential cannot be put back: its device {device} is gone. Nothing was done.",
            code="row-in-the-way",
            found=str(device),
            hint=f"Repair the device first: cocket ledger audit --set-right 'device {device}' --reason …, then this.",
        )


def _of_aside(connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """What else a thing set aside has: what it is about, by its record, and since when it is set aside, by its leaf."""
    row = connection.execute(
        "select l.at, r.about from leaf l join record r on r.id = l.record where l.idx = %s", (shadow.leaf,)
    ).fetchone()
    at, about = row or (datetime.now(UTC), None)
    return {"about": about, "first": at, "last": at, "attempts": 1, "mark": "restored"}


def _untold_of_order(stores: Stores, connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """What no sealed record tells of an order that is gone, with what it is restored as where that is adopted.

    The id stands in the record of whoever took it over, and in the file of its draw, which bears a MAC; the office in the
    record of whoever moved it.
    """
    about = shadow.values["consignment"]
    taken: dict[str, Any] = {}
    if "order" not in shadow.values:
        rows = connection.execute(
            f"select {CASE_FILES.read} from case_file where kind = 'allocation' and consignment = %s", (about,)
        )
        drawn = connection.row_macs.believed(connection, CASE_FILES, rows.fetchall())
        bodies = [msgspec.json.decode(row[CASE_FILES.columns.index("body")]) for row in drawn]
        named = {body["order"] for body in bodies if body["drawn"]["consignment"] == about}
        if len(named) == 1:
            shadow.values["order"] = named.pop()
        else:
            taken["id"] = str(new_id())
    if "office" not in shadow.values:
        line = connection.execute("select office from consignment where id = %s", (about,)).fetchone()
        taken["office"] = line[0] if line else None
    return taken


def _rests_on_lost(table: str, identity: str, row: Mapping[str, Any], changed: Mapping[str, Any]) -> SenderError:
    words = ", ".join(
        f"{one} {_shown(row[one])} instead of {_shown(new)}" for one, new in changed.items() if one != "record"
    )
    return SenderError(
        f"This instance wrote {table} {identity} ({words}), and the record it rests on is recorded as lost: the newest record "
        "that opens came before it. The row was not changed.",
        code="rests-on-lost",
        hint="Restore the record from a backup; or check the row, and keep it as it stands with --adopt: only its MAC proves "
        "it from then on.",
    )


def _untold(blank: RowSetRight, taken: Mapping[str, Any]) -> SenderError:
    words = ", ".join(f"{name} ({'none' if value is None else value})" for name, value in taken.items())
    return SenderError(
        f"No sealed record has {', '.join(taken)} of {blank.table} {blank.id}, which is gone; nothing was done.",
        code="not-sealed",
        hint=f"Restore it from a backup; or restore it with --adopt, which uses {words} and records that.",
    )


def _made(
    stores: Stores, connection: Connection, compared: Compared, shadow: Shadow, taken: Mapping[str, Any]
) -> tuple[Any, ...]:
    """A whole row, made of what was sealed, and of what is adopted besides.

    Raises:
        SenderError: Not all of it was sealed.
    """
    protected, values = compared.protected, dict(shadow.values)
    if protected in (ASSESSMENTS, HOST_DECISIONS, HOST_DRAWS):
        values = {
            "score": None,
            "returned": None,
            "is_random": None,
            "chance": None,
        } | values  # some records do not tell these
    leaf = connection.execute("select at from leaf where idx = %s", (shadow.leaf,)).fetchone()
    if protected is ORDERS:
        values |= {"id": values.get("order"), "created": values["opened"], "record": values["made_by"], **taken}
    if protected.table == "override":
        values["record"] = values["made_by"]
    if protected.table == "case_file":
        values |= _made_file(connection, shadow) or made_again(stores, connection, shadow)
        if isinstance(values.get("body"), str):
            values["body"] = stores.leaves.body(connection, UUID(values["body"]))
    at = leaf[0] if leaf else datetime.now(UTC)
    if protected.table == "set_aside":
        values.setdefault("reason", "It was set aside; the row was restored from its sealed records.")
    if protected.table == "laid_down":
        values |= {"body": values["wording"].encode(), "changed": at}
    if protected.table == "device":
        values |= {"created": at, "changed": at}
    if protected.table == "device_credential":
        values |= {"digest": bytes.fromhex(values["digest"]), "since": at}
    if protected.table == "device_standing":
        values["note"] = ""
    if protected.table == "journey":
        values |= _made_journey(connection, shadow)
    if protected.table == "alert":
        values |= _made_alert(stores, connection, shadow)
    if protected.table == "watch":
        values |= _spans(shadow)
    if protected.table == "permit":
        values["body"] = values["json"].encode()
    if protected.table in ("officer", "api_key"):  # shut, for its secret is not sealed: until it is given a new one
        values |= {"name": values["id"], "password_hash": "", "secret_hash": b"", "created": at}
        values |= {"disabled": datetime.now(UTC), "revoked": datetime.now(UTC)}
    if protected.table == "backup":
        values |= {"at": at, "place": "", "digest": bytes.fromhex(values["digest"])}
    if missing := [name for name in protected.columns if name not in values]:
        raise SenderError(
            f"The sealed records do not have {', '.join(missing)} of the {protected.table}; it cannot be restored.",
            code="not-sealed",
            hint="Restore it from a backup, or have its author create it again: a list is imported again from its file.",
        )
    types = ", ".join(f"(null::{protected.table}).{name}" for name in protected.columns)
    marks = ", ".join(["%s"] * len(protected.columns))
    made = connection.execute(
        f"select {', '.join(protected.columns)} from (select {types} limit 0) t union all select {marks}",
        [values[name] for name in protected.columns],
    ).fetchone()
    if made is None:
        raise StoreError("The row could not be rebuilt.")
    return tuple(made)


def _made_journey(connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """What records have of a journey that is gone; where it is, the tracker finds out again."""
    plan = msgspec.json.decode(shadow.values["plan_json"], type=Journey)
    row = connection.execute(
        "select r.about from leaf l join record r on r.id = l.record where l.idx = %s", (shadow.leaf,)
    ).fetchone()
    about = row[0] if row and str(row[0]) != shadow.values["id"] else None
    return {
        "consignment": about,
        "departure": plan.departure.name,
        "destination": plan.destination.name,
        "starts_at": plan.starts_at,
        "time_limit": plan.time_limit,
        "arrived": _moment(shadow.values.get("arrived_at")),
        "discharged": _moment(shadow.values.get("discharged_at")),
        "discharged_by": shadow.values.get("ended_by"),
        "judged": None,
        "standing": b"{}",
    }


def _made_alert(stores: Stores, connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """What records have of an alert that is gone, by the record of it that is the newest."""
    record = UUID(shadow.values["sealed_in"])
    body = stores.leaves.body(connection, record)
    if body is None:
        return {}
    told = msgspec.json.decode(body, type=SealedAlert)
    row = connection.execute("select at from leaf where record = %s", (record,)).fetchone()
    at = row[0] if row else datetime.now(UTC)
    journey = UUID(told.alert.journey) if told.alert.journey else None
    office = connection.execute("select destination from journey where id = %s", (journey,)).fetchone()
    acts = {"assigned_to": None, "unit": None} | {
        name: shadow.values[name] for name in ("assigned_to", "unit") if name in shadow.values
    }
    return {
        "found": told.id,
        "told": "raised-late" if told.what == "raised-late" else "raised",
        "journey": journey,
        "devices": told.alert.subject.split(","),
        "consignment": UUID(told.consignment) if told.consignment else None,
        "office": office[0] if office else None,
        "since": told.alert.since,
        "raised": at,
        "changed": at,
        "ordered": False,
        "body": msgspec.json.encode(told.alert),
        "acts": b"[]",
        "manifest": told.alert.reference,
        **acts,
    }


def _made_file(connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """What is told of a case file that is gone: by the steps of a doubt, or by the record that is its body."""
    if "is_whole" in shadow.values:
        doubt = msgspec.json.decode(shadow.values["json"], type=Doubt)
        line = connection.execute("select office from consignment where id = %s", (doubt.consignment,)).fetchone()
        return {
            "id": doubt.id,
            "kind": "value-doubt",
            "office": line[0] if line else None,
            "opened": doubt.steps[0].at,
            "changed": doubt.steps[-1].at,
            "body": shadow.values["json"].encode(),
        }
    if shadow.values.get("kind") in (PAYMENT_ADVICE, PAYMENT):
        at = connection.execute("select at from record where id = %s", (shadow.values["body"],)).fetchone()
        about, when = shadow.values["consignment"], at[0] if at else None
        of = connection.execute("select office from consignment where id = %s", (about,)).fetchone()
        is_advice = shadow.values["kind"] == PAYMENT_ADVICE
        return {"office": of[0] if of and is_advice else None, "opened": when, "changed": when} if when else {}
    return {}


def _shown_all(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(value) for name, value in values.items()}


def _shown(value: Any) -> Any:
    return (
        value if isinstance(value, str | int | float | bool | None) else "…" if isinstance(value, bytes) else str(value)
    )


def _nothing_sealed(table: str, identity: str) -> SenderError:
    return SenderError(
        f"No sealed record has the content of {table} {identity}.",
        code="not-sealed",
        hint="Restore it from a backup, or have its author create it again: a list is imported again from its file.",
    )


def _unproven(table: str, identity: str, columns: Sequence[str]) -> SenderError:
    return SenderError(
        f"No sealed record has {', '.join(columns)} of {table} {identity}, and its MAC does not prove the current value; "
        "it would still differ, so nothing was done.",
        code="not-sealed",
        hint="Restore it from a backup; or check it, and keep it as it is with --adopt, or remove it with --remove.",
    )
