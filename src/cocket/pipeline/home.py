# SPDX-License-Identifier: Apache-2.0
"""Making a house ready: keys, database and tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cocket import ledger
from cocket.pipeline.adopting import ensure_rows
from cocket.pipeline.sealing import Sealer
from cocket.settings import Settings
from cocket.stores import Database, read_keys
from cocket.stores.keys import drop_former_key, make_keys, rotate_checkpoint_key
from cocket.stores.postgres import EmbeddedPostgres, PostgresServer, find_database


def prepare_home(settings: Settings) -> None:
    """Make the keys that are not there yet.

    Raises:
        StoreError: The home folder cannot be written.
    """
    make_keys(settings.keys_folder)


@contextmanager
def open_database(settings: Settings) -> Iterator[PostgresServer]:
    """A database with this version's tables, for as long as the block runs.

    The embedded one is started if none runs for this house, and stopped again by whoever started it. If it dies in
    between, `start` brings it back.

    Raises:
        StoreError: It cannot be had.
        SettingsError: The address given is not one.
    """
    server = find_database(settings.database_url, settings.home / "postgres")
    server.start()
    try:
        database = Database(server.dsn)
        try:
            if not database.is_migrated():
                database.migrate()
        finally:
            database.close()
        ensure_rows(settings, server.dsn)
        yield server
    finally:
        server.stop()


def running_database(settings: Settings) -> str:
    """Connection URL of the database as it runs; nothing is started for it. A given one is not tried.

    Raises:
        StoreError: Our own does not run.
    """
    if settings.database_url:
        return settings.database_url
    return EmbeddedPostgres(settings.home / "postgres").attach()


def public_keys(settings: Settings) -> dict[str, str]:
    """Public keys of the house, in C2SP form: `log` signs heads, `receipts` signs promises.

    Raises:
        SettingsError: Keys are missing or not in order.
    """
    keys = read_keys(settings.keys_folder, with_checkpoint=True)
    signer = ledger.Signer.from_bytes(settings.log_origin, keys.checkpoint or b"")
    receipts = Sealer(keys, settings.log_origin, settings.merge_delay_seconds).receipt_vkey
    return {"log": signer.verifier.vkey, "receipts": receipts}


def change_log_key(settings: Settings) -> None:
    """Put a new key that signs heads beside the present one; both sign from the book's next start on.

    Raises:
        StoreError: The key before this one was not dropped yet, or the folder cannot be written.
    """
    rotate_checkpoint_key(settings.keys_folder)


def drop_former_log_key(settings: Settings) -> bool:
    """Destroy the key that signed heads before the present one; whether there was one.

    Raises:
        StoreError: The folder cannot be written.
    """
    return drop_former_key(settings.keys_folder)
