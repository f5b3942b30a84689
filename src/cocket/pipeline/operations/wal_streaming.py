# SPDX-License-Identifier: Apache-2.0
"""Streaming the embedded database's write-ahead log to the folder of backups, for a recovery point seconds ago."""

from __future__ import annotations

import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from cocket.errors import StoreError
from cocket.pipeline.base.wiring import key_folder
from cocket.pipeline.operations.backup_files import KEYS, WAL
from cocket.pipeline.operations.key_copies import recipients_of
from cocket.pipeline.operations.segment_copies import KeyCopies
from cocket.settings import Settings
from cocket.stores import Database
from cocket.stores.base.database import Connection
from cocket.stores.postgres.base_backups import SLOT, receive_log
from cocket.stores.postgres.binaries import find_binaries
from cocket.stores.postgres.cluster import major_of

_LOOK_S = 0.2

#: What is said where the log is streamed and the keys are not.
STREAM_WITHOUT_KEYS = (
    "The database's write-ahead log is streamed, but not the keys: what is sealed after the last cocket backup --keys could not be "
    "decrypted after a restore."
)


class Streaming:
    """Streams for as long as it is let; what the server wrote meanwhile is caught up with at the next start.

    Args:
        settings: The settings, with a folder of backups.
        dsn: The embedded database.
    """

    def __init__(self, settings: Settings, dsn: str) -> None:
        self._folder = Path(settings.backup_folder) / WAL
        self._major = major_of(settings.home / "postgres" / "data")
        self._dsn = dsn
        self._keys, self._safe = settings.subject_keys_folder, Path(settings.backup_keys_folder)
        named = settings.backup_keys_recipients if settings.backup_keys_folder else ""
        self._copies = KeyCopies(key_folder(settings), self._safe, recipients_of(named)) if named else None

    def run(self, is_stopping: threading.Event) -> None:
        """Stream until told to stop.

        Raises:
            StoreError: The stream broke, or the folder cannot be written; it can be begun again.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be written: {error.strerror}.") from error
        database = Database(self._dsn)
        try:
            with database.transaction() as connection:
                lost = _drop_lost(connection)
        finally:
            database.close()
        if lost:
            raise StoreError(
                "The database discarded write-ahead log that was not streamed. The stream starts again.",
                code="stream-gap",
                hint="Make a backup now: those before it can be restored up to the gap only.",
            )
        self._receive(is_stopping)

    def _receive(self, is_stopping: threading.Event) -> None:
        program = receive_log(find_binaries(self._major), self._dsn, self._folder)
        try:
            while program.poll() is None:
                self._copy_keys()
                if is_stopping.wait(_LOOK_S):
                    return
            said = (program.stderr.read() if program.stderr else b"").decode(errors="replace").strip()
            reason = said.splitlines()[-1] if said else "it gave no reason"
            raise StoreError(
                f"The database's write-ahead log is not streamed to {self._folder}: {reason}",
                code="stream-broken",
                hint="It continues by itself once that is fixed.",
            )
        finally:
            program.terminate()
            with suppress(subprocess.TimeoutExpired):
                program.wait(10)
            program.kill()
            program.wait()

    def _copy_keys(self) -> None:
        """Copy the keys of what is sealed, if any were added or destroyed and a backup has made a place for them.

        Raises:
            StoreError: They cannot be copied.
        """
        try:
            if self._copies is not None and (self._safe / KEYS).is_dir() and self._keys.is_dir():
                self._copies.follow()
        except OSError as error:
            raise StoreError(f"The keys cannot be copied to {self._safe}: {error.strerror}.") from error


def _drop_lost(connection: Connection) -> bool:
    """Give up a slot whose log the server had to throw away, so that the stream can begin anew; whether it was one."""
    rows = connection.execute(
        """select pg_drop_replication_slot(slot_name) from pg_replication_slots
        where slot_name = %s and wal_status = 'lost' and not active""",
        (SLOT,),
    ).fetchall()
    return bool(rows)


def why_keys_lag(settings: Settings) -> str | None:
    """Why the copy of the keys is not as new as the keys, where the log is streamed; None if it is."""
    if not settings.backup_keys_folder:
        return f"{STREAM_WITHOUT_KEYS} Set COCKET_BACKUP_KEYS_FOLDER."
    if not settings.backup_keys_recipients:
        return f"{STREAM_WITHOUT_KEYS} Set COCKET_BACKUP_KEYS_RECIPIENTS to the recipients they are encrypted to."
    recipients = recipients_of(settings.backup_keys_recipients)
    try:
        return KeyCopies(key_folder(settings), Path(settings.backup_keys_folder), recipients).lag()
    except OSError as error:
        return f"The copy of the keys cannot be checked: {error.strerror}."


def is_streamed(settings: Settings) -> bool:
    """Whether this house streams: it has a folder of backups, and a database of its own."""
    return bool(settings.backup_folder) and not settings.database_url
