# SPDX-License-Identifier: Apache-2.0
"""The audit of rows as the book does it by itself: once a day, in small steps, with a note about it in the public log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cocket import ledger
from cocket.errors import CocketError
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.operations.row_audit import AuditStatement, RowAudit

#: How often it is looked whether an audit is due (seconds), and how long each step lets others go on, as a multiple of it.
_LOOK_SECONDS, _REST = 30.0, 4.0

#: How long after the start of a house that was never audited the first audit begins.
_FIRST_AFTER = timedelta(minutes=10)


class RowWatch:
    """Audits once a day.

    Args:
        shelves: The stores of its own, opened with the checkpoint key.
        tell: Told in one sentence of what goes wrong, and of differences found.
    """

    def __init__(self, stores: Stores, tell: Callable[[str], None]) -> None:
        self._stores, self._tell = stores, tell
        self._audit = RowAudit(stores)
        self._since = datetime.now(UTC)

    def run(self, is_stopping: threading.Event) -> None:
        """Look now and then whether an audit is due, and do it, until told to stop."""
        said = ""
        while not is_stopping.wait(_LOOK_SECONDS):
            try:
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
        if self._audit.place().leaves > 0:
            return True
        last = self._audit.last()
        if last is None:
            return now - self._since > _FIRST_AFTER
        at = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        return last.ended < (at if at <= now else at - timedelta(days=1))

    def _go(self, is_stopping: threading.Event) -> None:
        while not is_stopping.is_set():
            began = time.monotonic()
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
