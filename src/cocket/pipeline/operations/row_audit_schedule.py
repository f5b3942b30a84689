# SPDX-License-Identifier: Apache-2.0
"""The audit of rows as the book does it by itself: once a day, in small steps, with a note about it in the public log.

Twice a minute it looks besides at what would hide that the instance does not work: the list of what was set aside, and
the years of the log; and whether a row that was found different was changed since, so that it is compared anew at once.
Tables of months ahead are made here too, so that each stands before the audit compares what tables there are.
What is stated of each day is published here too, since it tells what the audit found.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from cocket import ledger
from cocket.errors import CocketError
from cocket.pipeline.base.unopenable import unopenable_leaves
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.ledger.leaf_audit import altered_eras
from cocket.pipeline.operations.compared_rows import COMPARED
from cocket.pipeline.operations.day_statements import DayStatements
from cocket.pipeline.operations.row_audit import AS_CREATED, AuditStatement, RowAudit
from cocket.pipeline.operations.sealed_rows import ASIDE_KINDS, SealedRows
from cocket.stores.base.database import Connection
from cocket.stores.base.record_months import ensure_months
from cocket.stores.base.table_shapes import odd_tables
from cocket.stores.ledger.yearly_logs import ERAS, ERAS_PLACE
from cocket.stores.operations.protected import AUDITED, SET_ASIDE
from cocket.stores.operations.row_audits import RowAudits, RowDifference, RowName, Shadow

#: How often it is looked whether an audit is due (seconds), and how long each step lets others go on, as a multiple of it.
_LOOK_SECONDS, _REST = 30.0, 4.0

#: How long after the start of a house that was never audited the first audit begins.
_FIRST_AFTER = timedelta(minutes=10)


class Lookout:
    """Looks at the few rows that would hide that the instance does not work, between two audits.

    Args:
        stores: The stores.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores, self._audit, self._audits = stores, RowAudit(stores), RowAudits()
        self._shadows: dict[RowName, Shadow] = {}
        self._upto = 0
        self._compared = next(one for one in COMPARED if one.protected is SET_ASIDE)
        self._noted: dict[tuple[str, str, str], str] = {}

    def look(self) -> bool:
        """Note what differs, and forget what of it agrees again; whether other rows are to be compared anew.

        Raises:
            StoreError: The database does not answer.
        """
        stores = self._stores
        with stores.database.transaction() as connection:
            self._audits.begin(connection)
            self._learn(connection)
            stores.leaves.eras.load(connection)
            odd = odd_tables(connection, is_own=not stores.settings.database_url)
            found = altered_eras(stores)
            found += self._audit.held(connection, self._compared, {name[1]: one for name, one in self._shadows.items()})
            known = self._audits.differences(connection)
            again = {(one.table, one.id) for one in found}
            decided = [one for one in known if _is_decided_here(one)]
            agree = [
                (one.table, one.id)
                for one in decided
                if (one.table not in odd if one.sealed == AS_CREATED else (one.table, one.id) not in again)
            ]
            for table, identity in agree:
                self._audits.settle(connection, table, [identity])
            self._audits.note(connection, found)
            is_changed = self._is_changed(connection, [one for one in known if not _is_decided_here(one)])
        for table, identity in agree:
            self._audit.settle(table, identity)
        return is_changed

    def _learn(self, connection: Connection) -> None:
        """Take in what was sealed since, of things set aside; what was erased since is forgotten."""
        size = self._stores.leaves.size(connection)
        if size < self._upto:
            self._shadows, self._upto = {}, 0
        told = self._stores.leaves.records_between(connection, self._upto, size - 1, ASIDE_KINDS)
        rows = SealedRows(self._shadows.get, lambda about: {})
        for leaf, body in told:
            rows.take(leaf, body)
        self._shadows |= {name: one for name, one in rows.changed.items() if one is not None}
        self._upto = size
        erased = self._stores.leaves.without_record(connection, [one.leaf for one in self._shadows.values()])
        gone = erased | unopenable_leaves(self._stores, connection)
        self._shadows = {name: one for name, one in self._shadows.items() if one.leaf not in gone}

    def _is_changed(self, connection: Connection, noted: Sequence[RowDifference]) -> bool:
        """Whether a difference is new here, or its row stands otherwise than at the last look."""
        stands = {(one.table, one.id, one.column): self._stands(connection, one) for one in noted}
        before, self._noted = self._noted, stands
        return any(name not in before or before[name] != value for name, value in stands.items())

    def _stands(self, connection: Connection, one: RowDifference) -> str:
        """A row as it stands now."""
        stands = []
        for protected in AUDITED:
            if protected.table == one.table:
                key = " || ' ' || ".join(f"{name}::text" for name in protected.key)
                stands += self._audits.rows_named(connection, protected, key, [one.id])
        return repr(stands)


def _is_decided_here(one: RowDifference) -> bool:
    """Whether a look decides by itself whether a difference still stands."""
    return one.sealed == AS_CREATED or one.table in (ERAS.table, SET_ASIDE.table) or one.id == ERAS_PLACE


class RowWatch:
    """Audits once a day.

    Args:
        shelves: The stores of its own, opened with the checkpoint key.
        tell: Told in one sentence of what goes wrong, and of differences found.
    """

    def __init__(self, stores: Stores, tell: Callable[[str], None]) -> None:
        self._stores, self._tell = stores, tell
        self._audit = RowAudit(stores)
        self._lookout = Lookout(stores)
        self._statements = DayStatements(stores)
        self._since = datetime.now(UTC)
        self._is_changed, self._looked = False, 0.0

    def run(self, is_stopping: threading.Event) -> None:
        """Look now and then whether an audit is due, and do it, until told to stop."""
        said = ""
        while not is_stopping.wait(_LOOK_SECONDS):
            try:
                self._look()
                self._statements.publish_due(datetime.now(UTC))
                if self.is_due(datetime.now(UTC)):
                    self._go(is_stopping)
                said = ""
            except Exception as error:  # noqa: BLE001 - the audit must not end unseen, whatever it meets
                words = str(error) if isinstance(error, CocketError) else f"a defect in Cocket, {type(error).__name__}"
                if words != said:
                    self._tell(f"The row audit is stalled: {words}")
                said = words
        self._stores.database.close()

    def is_due(self, now: datetime) -> bool:
        """Whether its hour has come since it was last done, by this process or another, or it was left half done."""
        hour = self._stores.settings.row_audit_hour
        if hour < 0:
            return False
        if self._is_changed or self._audit.place().leaves > 0:
            return True
        last = self._audit.last()
        if last is None:
            return now - self._since > _FIRST_AFTER
        at = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        return last.ended < (at if at <= now else at - timedelta(days=1))

    def _look(self) -> None:
        """Look at what must be noticed soon; what else was changed is compared by an audit that begins at once."""
        with self._stores.database.transaction() as connection:
            ensure_months(connection, datetime.now(UTC))
        self._is_changed |= self._lookout.look()
        self._looked = time.monotonic()

    def _go(self, is_stopping: threading.Event) -> None:
        self._is_changed = False
        while not is_stopping.is_set():
            began = time.monotonic()
            if began - self._looked > _LOOK_SECONDS:
                self._look()
            statement = self._audit.step()
            if statement is not None:
                publish_statement(self._stores, statement)
                if statement.differences:
                    self._tell(
                        f"{statement.differences} rows differ from sealed records: list them with cocket ledger audit."
                    )
                return
            is_stopping.wait(_REST * (time.monotonic() - began))


def publish_statement(stores: Stores, statement: AuditStatement) -> bool:
    """Publish what an audit found, under the log's key, in the log's folder; False if no head reaches so far yet.

    Args:
        shelves: The stores, opened with the checkpoint key.
        statement: What it found. The size published is that of a signed head, so that it tells nothing of the pace.

    Raises:
        StoreError: The log cannot be written.
    """
    with stores.database.transaction() as connection:
        stores.leaves.eras.load(connection)
        row = connection.execute(
            "select log, size from heads where upto <= %s order by upto desc limit 1", (statement.upto,)
        ).fetchone()
    if row is None:
        return False
    log, size = row
    told = ledger.TablesNote(origin=log, is_equal=not statement.differences, size=size, at=statement.ended)
    signer = ledger.Signer.from_bytes(log, stores.checkpoint_keys[0])
    files = stores.log_files.of(stores.leaves.eras.folder(log))
    files.put(ledger.TABLES_FILE, ledger.write_tables_note(told, [signer]))
    return True
