# SPDX-License-Identifier: Apache-2.0
"""Making a house ready: keys, database and tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from cocket import ledger
from cocket.errors import SettingsError, StoreError
from cocket.findings.words import counted
from cocket.pipeline.base.database_identity import (
    check_before_upgrade,
    check_house,
    check_whole,
    published_sizes,
    refuse_foreign,
)
from cocket.pipeline.base.sealing import Sealer
from cocket.pipeline.base.wiring import key_folder, open_stores
from cocket.pipeline.consignment.declared_days import ensure_days
from cocket.pipeline.consignment.key_days import ensure_key_days
from cocket.pipeline.consignment.marks import ensure_marks
from cocket.pipeline.operations.row_mac_upgrade import adopt_completed, ensure_rows, was_adopted
from cocket.settings import Settings
from cocket.stores import Database, read_keys
from cocket.stores.base.key_splitting import split_keys
from cocket.stores.base.keys import drop_former_key, make_key, make_keys, rotate_checkpoint_key
from cocket.stores.base.record_months import ensure_months
from cocket.stores.base.revisions import (
    Revision,
    check_known,
    cocket_sessions,
    newest_revision,
    pending,
    revision_of,
    upgrade,
)
from cocket.stores.base.table_shapes import complete, is_lack, odd_tables
from cocket.stores.ledger.log_files import LogFiles
from cocket.stores.postgres.cluster import major_of
from cocket.stores.postgres.external_server import check_url
from cocket.stores.postgres.server import EmbeddedPostgres, PostgresServer, find_database

#: How long others that still work with the one file of keys are waited for, and how often it is looked (seconds).
_OTHERS_END_S, _LOOK_AGAIN_S = 10.0, 0.2


def prepare_home(settings: Settings) -> None:
    """Make the keys that are not there yet.

    Raises:
        StoreError: The home folder cannot be written.
    """
    make_keys(settings.keys_folder, settings.log_key)


def make_new_keys(settings: Settings) -> None:
    """Make keys that this version has and the one before had not; where one is lost, it stays lost.

    Raises:
        StoreError: The folder cannot be written.
    """
    if settings.keys_folder.is_dir() and not was_adopted(settings.keys_folder):
        make_key(settings.keys_folder, "rows")


def in_place(check: Callable[[], object]) -> None:
    """Make a check in this process: for commands, which end soon and hold the secrets anyway."""
    check()


@contextmanager
def open_database(
    settings: Settings,
    *,
    to: Literal["work", "repair", "upgrade"] = "work",
    apart: Callable[[Callable[[], object]], None] = in_place,
    tell: Callable[[str], None] = lambda sentence: None,
    is_told: bool = False,
    others_s: float = float("inf"),
) -> Iterator[PostgresServer]:
    """This house's database with this version's tables, for as long as the block runs.

    The embedded one is started if none runs for this house, and stopped again by whoever started it. If it dies in
    between, `start` brings it back. What is refused is refused before anything is changed.

    Args:
        settings: The settings.
        to: `work` refuses a database that is behind the published log or a copy for examination; `repair` takes it as
            it is; `upgrade` also upgrades where the settings leave that to the operator.
        apart: Makes a check that reads secrets where none of them stays behind.
        tell: Told in one sentence of what takes time.
        is_told: Whether it is also told where tables are not as this version creates them.
        others_s: How long the embedded one is kept, when the block ends, for other commands that work with it (seconds).

    Raises:
        StoreError: It cannot be had; an upgrade left tables or columns out; it is of a newer version; it is empty, and
            this home says that it must not be.
        SettingsError: The address given is not one, or the database is another house's.
        ProofError: It is behind the published log.
    """
    make_new_keys(settings)
    server = find_database(settings.database_url, settings.home / "postgres", others_s)
    if not settings.database_url and major_of(settings.home / "postgres" / "data") is None:
        _refuse_unrestored(settings)
    server.start()
    try:
        make_ready(settings, server.dsn, is_asked=to == "upgrade", apart=apart, tell=tell)
        if to == "upgrade":
            complete_tables(settings, server.dsn, tell)
        if to == "upgrade" or is_told:
            check_tables(settings, server.dsn, tell, is_refused=to == "upgrade")
        apart(partial(check_house, settings, server.dsn, with_checkpoint=apart is not in_place))
        if to == "work":
            check_whole(settings, server.dsn)
        split_old_keys(settings, server.dsn, tell)
        ensure_rows(settings, server.dsn)
        ensure_marks(settings, server.dsn)
        ensure_key_days(settings, server.dsn)
        ensure_days(settings, server.dsn)
        ensure_parts(server.dsn)
        yield server
    finally:
        server.stop()


def ensure_parts(dsn: str) -> None:
    """See that bodies of records find the part of their month, of this one and the next.

    Raises:
        StoreError: The database refused, or another transaction held it up.
    """
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            ensure_months(connection, datetime.now(UTC))
    finally:
        database.close()


def running_database(settings: Settings) -> str:
    """Connection URL of the database as it runs; nothing is started for it. A given one is not tried.

    Raises:
        SettingsError: The address given is none.
        StoreError: Our own does not run.
    """
    if settings.database_url:
        check_url(settings.database_url)
        return settings.database_url
    return EmbeddedPostgres(settings.home / "postgres").attach()


def state_of(settings: Settings) -> tuple[str | None, tuple[Revision, ...]]:
    """The revision of this house's database, None if it is empty, and those that it does not have yet (0..n).

    Nothing is changed; the embedded database is started for as long as the look takes.

    Raises:
        StoreError: It cannot be had, or is of a newer version.
    """
    server = find_database(settings.database_url, settings.home / "postgres")
    if not settings.database_url and major_of(settings.home / "postgres" / "data") is None:
        _refuse_unrestored(settings)
    server.start()
    database = Database(server.dsn)
    try:
        with database.transaction() as connection:
            found = revision_of(connection)
        check_known(found)
        return found, pending(found)
    finally:
        database.close()
        server.stop()


def begin_anew(settings: Settings, now: datetime) -> Path:
    """Move the keys and the log of a house whose database is gone out of the way, so that another can begin here.

    Args:
        settings: The settings, with another name for the log: two logs of one name would be two histories of it.
        now: The time, UTC.

    Returns:
        The folder where they are now.

    Raises:
        SettingsError: The log's name is that of the log that was published.
        StoreError: The database is not empty, or they cannot be moved.
    """
    former = {ledger.family_of(log) for log in published_sizes(LogFiles(settings.log_folder))}
    if ledger.family_of(settings.log_origin) in former:
        raise SettingsError(
            f"The previous instance published {ledger.family_of(settings.log_origin)}; a new one needs another name.",
            code="log-name-taken",
            hint="Give another log_origin, in cocket.toml or by --log-origin.",
        )
    server = find_database(settings.database_url, settings.home / "postgres")
    if settings.database_url or major_of(settings.home / "postgres" / "data") is not None:
        server.start()
        database = Database(server.dsn)
        try:
            with database.transaction() as connection:
                if revision_of(connection) is not None:
                    raise StoreError("The database is not empty; nothing was changed.", code="database-not-empty")
        finally:
            database.close()
            server.stop()
    folder = settings.home / f"former-{now:%Y%m%dT%H%M%SZ}"
    try:
        folder.mkdir(mode=0o700)
        for one in (settings.log_folder, settings.keys_folder):
            if one.exists():
                one.rename(folder / one.name)
    except OSError as error:
        raise StoreError(f"The previous content of {settings.home} cannot be moved: {error.strerror}.") from error
    return folder


def make_ready(
    settings: Settings,
    dsn: str,
    *,
    is_asked: bool,
    apart: Callable[[Callable[[], object]], None],
    tell: Callable[[str], None],
) -> tuple[Revision, ...]:
    """Bring the tables to this version's shape, if they are older; the revisions that were made (0..n)."""
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            found = revision_of(connection)
        check_known(found)
        wanted = pending(found)
        if not wanted:
            return ()
        if found is None:
            _refuse_unrestored(settings)
            return upgrade(database.dsn, database.kwargs)
        apart(partial(check_before_upgrade, settings, dsn))
        if not (is_asked or settings.upgrade_at_start):
            raise StoreError(
                f"The database's tables are of revision {found}; this version needs {wanted[-1].number}.",
                code="database-older",
                expected=wanted[-1].number,
                found=found,
                hint="Make a backup with the version that created them, or stop Cocket and copy its whole home folder, keys "
                "included (with COCKET_DATABASE_URL also pg_dump). Then run cocket upgrade.",
            )
        made = upgrade(database.dsn, database.kwargs, lambda revision: tell(f"  {revision.number} {revision.title}"))
        if made:
            tell(
                f"The database was upgraded from revision {found} to {made[-1].number}; it can only be undone by restoring a backup."
            )
        return made
    finally:
        database.close()


def split_old_keys(settings: Settings, dsn: str, tell: Callable[[str], None]) -> None:
    """Make segments of the one file in which an earlier version kept the keys, once nobody else works with it.

    Args:
        settings: The settings.
        dsn: The database: whoever works with the keys is connected to it, on whatever machine.
        tell: Told of it in one sentence.

    Raises:
        StoreError: Another Cocket works with them, or the disk failed; no key is lost.
    """
    place = key_folder(settings)
    if not place.former.is_file() and not place.gone.is_file():
        return
    database = Database(dsn)
    try:
        until = time.monotonic() + _OTHERS_END_S
        while place.is_single:
            with database.transaction() as connection:
                others = cocket_sessions(connection)
            if not others:
                break
            if time.monotonic() > until:
                raise StoreError(
                    f"The keys in {place.former} must be moved into segments, and "
                    f"{counted(others, 'connection', 'connections')} of other Cockets use this database. Nothing was changed.",
                    code="subject-keys-used",
                    hint="Stop every Cocket of this instance, on all machines, and start this version again.",
                )
            time.sleep(_LOOK_AGAIN_S)
    finally:
        database.close()
    split_keys(place, tell)


def complete_tables(settings: Settings, dsn: str, tell: Callable[[str], None]) -> None:
    """Add what migrations of an earlier version left out of the tables, with the MACs of the rows concerned.

    Args:
        settings: The settings.
        dsn: The database, at the newest revision.
        tell: Told of each addition, in one sentence.

    Raises:
        StoreError: It cannot be added.
    """
    refuse_foreign(settings, dsn)
    stores = open_stores(settings, dsn)
    try:
        with stores.database.transaction() as connection:
            added = complete(connection)
            columns = [(table, name) for table, kind, name, _ in added if kind == "column"]
            rows = adopt_completed(stores, connection, columns) if was_adopted(settings.keys_folder) else {}
    finally:
        stores.database.close()
    for table, kind, name, _ in added:
        tell(f"Added to {table} what an earlier version left out: the {kind} {name}.")
    for table, count in rows.items():
        tell(f"{counted(count, 'row')} of {table} taken over as they stand.")


def check_tables(settings: Settings, dsn: str, tell: Callable[[str], None], *, is_refused: bool) -> None:
    """Compare the tables themselves with what this version creates, whatever revision the database says it has.

    Args:
        settings: The settings.
        dsn: The database, at the newest revision.
        tell: Told of each table that differs, in one sentence.
        is_refused: Whether tables that lack something are an error.

    Raises:
        StoreError: Something is missing.
    """
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            odd = odd_tables(connection, is_own=not settings.database_url)
    finally:
        database.close()
    for name, what in odd.items():
        tell(f"Altered: {name} {what}.")
    lacking = [f"{name} {part}" for name, what in odd.items() for part in what.split("; ") if is_lack(part)]
    if lacking and is_refused:
        raise StoreError(
            f"The database says that it is at revision {newest_revision()}, but {'; '.join(lacking)}.",
            code="tables-incomplete",
            hint="The tables were altered, or an upgrade was made by hand. Restore what is missing, or the backup made before "
            "the upgrade (cocket restore --help). cocket doctor lists every difference.",
        )


def _refuse_unrestored(settings: Settings) -> None:
    """Refuse an empty database in a home that has a history.

    Raises:
        StoreError: Log or keys of this home say that there was a database.
    """
    entries = sum(published_sizes(LogFiles(settings.log_folder)).values())
    keys = key_folder(settings).slots()
    if entries or keys:
        what = (
            f"a log of {counted(entries, 'entry', 'entries')}" if entries else f"{counted(keys, 'key')} of its content"
        )
        raise StoreError(
            f"The database is empty, but {settings.home} has {what}. Nothing was changed.",
            code="database-unrestored",
            hint="Restore it: cocket restore --help. To create a new instance here: cocket init --begin-anew.",
        )


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

    The database learns which key is the signing key from now on. If it cannot be told just then, it is at the next start of a house
    that has both keys.

    Raises:
        SettingsError: The present key is not the one that signs this house's log.
        StoreError: The key before this one was not dropped yet, or database or folder cannot be written.
    """
    with open_database(settings, to="repair") as server:
        check_house(settings, server.dsn, with_checkpoint=True)
        rotate_checkpoint_key(settings.keys_folder, settings.log_key)
        check_house(settings, server.dsn, with_checkpoint=True)


def drop_former_log_key(settings: Settings) -> bool:
    """Destroy the key that signed heads before the present one; whether there was one.

    Raises:
        SettingsError: The present key is not the one that signs this house's log.
        StoreError: Database or folder cannot be written.
    """
    with open_database(settings, to="repair") as server:
        check_house(settings, server.dsn, with_checkpoint=True)  # which knows the present key by the former
    return drop_former_key(settings.keys_folder)
