# SPDX-License-Identifier: Apache-2.0
"""Looking a house over: what is well, what is not, and what to do. Nothing is changed, nothing is upgraded.

Each check stands alone, so that what is wrong with one part does not hide the others.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from cocket.errors import CocketError
from cocket.findings.words import counted
from cocket.pipeline.base.database_identity import check_house, published_sizes
from cocket.pipeline.base.wiring import key_folder, open_stores
from cocket.pipeline.control.evidence_files import parts_named
from cocket.pipeline.operations.health import (
    ALTERED_HINT,
    ARCHIVE_HINT,
    SETTINGS_HINT,
    clock_check,
    clocks_of,
    look_at_records,
    sequence_check,
)
from cocket.pipeline.operations.lost_keys import SEGMENTS_HINT, segment_faults, without_keys
from cocket.pipeline.operations.restore import recovery_point
from cocket.pipeline.operations.wal_streaming import why_keys_lag
from cocket.settings import Settings
from cocket.stores import Database, read_keys
from cocket.stores.base import database_identity as rows
from cocket.stores.base.database import STANDBY_HINT, Connection, newest_revision, why_commits_wait
from cocket.stores.base.key_segments import by_segment
from cocket.stores.base.revisions import check_known, revision_of
from cocket.stores.base.subject_keys import SubjectKeys
from cocket.stores.base.table_shapes import TABLES, odd_tables
from cocket.stores.ledger.log_files import LogFiles
from cocket.stores.operations import backups
from cocket.stores.operations.row_audits import RowAudits, RowDifference
from cocket.stores.postgres.base_backups import SLOT
from cocket.stores.postgres.cluster import major_of
from cocket.stores.postgres.durability import hindrances, unsafe_settings
from cocket.stores.postgres.external_server import ExternalPostgres
from cocket.stores.postgres.server import find_database

#: Free space under which a warning is due, and under which the house is about to stop (bytes).
_LITTLE, _TOO_LITTLE = 5 * 1024**3, 512 * 1024**2

#: Age of the newest backup from which on a warning is due.
_OLD = timedelta(days=2)

#: Files, and rows that differ, which are named one by one (count).
_SHOWN, _MOST_ROWS = 20, 50


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found.

    Attributes:
        check: What was looked at.
        state: `good`, `warning` or `error`.
        said: What was found, in one sentence.
        do: What to do; empty where all is well.
    """

    check: str
    state: Literal["good", "warning", "error"]
    said: str
    do: str = ""


def diagnose(settings: Settings) -> list[Finding]:
    """Look a house over. The embedded database is started for as long as that takes, if none runs."""
    found = [
        *_guarded("keys", lambda: _keys(settings)),
        *_guarded("permissions", lambda: _permissions(settings)),
        *_guarded("space", lambda: _space(settings)),
    ]
    if not settings.database_url and major_of(settings.home / "postgres" / "data") is None:
        entries = sum(published_sizes(LogFiles(settings.log_folder)).values())
        said = f"There is no database in {settings.home}; its log has {counted(entries, 'entry', 'entries')}."
        return [*found, _bad("database", said, "Restore a backup: cocket restore --help.")]
    try:
        with _database(settings) as (database, warnings):
            found += [_warn("database", one, "Change that setting of the server.") for one in warnings]
            found += _of_database(settings, database)
    except CocketError as error:
        found.append(_bad("database", error.message, error.hint or ""))
    return found


@contextmanager
def _database(settings: Settings) -> Iterator[tuple[Database, tuple[str, ...]]]:
    server = find_database(settings.database_url, settings.home / "postgres")
    server.start()
    database = Database(server.dsn, home=settings.home)
    try:
        yield database, server.warnings if isinstance(server, ExternalPostgres) else ()
    finally:
        database.close()
        server.stop()


def _of_database(settings: Settings, database: Database) -> Iterator[Finding]:
    with database.transaction() as connection:
        found = revision_of(connection)
    if found != newest_revision():
        yield from _guarded("revision", lambda: _revision(found))
        return
    yield _good("revision", f"The tables are at revision {found}, the newest this program knows.")
    checks: dict[str, Callable[[Connection], Iterator[Finding]]] = {
        "tables": lambda connection: _tables(settings, connection),
        "rows": _rows,
        "mode": lambda connection: _mode(settings, connection),
        "checksums": _checksums,
        "durability": lambda connection: _durability(settings, connection),
        "settings": _settings,
        "standby": _standby,
        "sequences": _sequences,
        "subject keys": lambda connection: _subject_keys(settings, connection),
        "backup": lambda connection: _backup(settings, connection),
        "clock": _clock,
    }
    for name, check in checks.items():
        yield from _guarded(name, lambda check=check: _looked(database, check))  # type: ignore[misc]
    yield from _guarded("identity", lambda: _identity(settings, database))
    yield from _guarded("log", lambda: _log(settings, database))
    yield from _guarded("records", lambda: _records(settings, database))
    yield from _guarded("files", lambda: _files(settings, database))
    yield from _guarded("archive files", lambda: _archive_files(settings, database))


def _looked(database: Database, check: Callable[[Connection], Iterator[Finding]]) -> Iterator[Finding]:
    """What one check finds, in a transaction of its own."""
    with database.transaction() as connection:
        yield from check(connection)


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What a check finds; one that cannot be made is a finding too."""
    try:
        return list(check())
    except CocketError as error:
        return [_bad(name, error.message, error.hint or "")]
    except OSError as error:
        return [_bad(name, f"It cannot be checked: {error}.", "Check its permissions.")]


def _keys(settings: Settings) -> Iterator[Finding]:
    read_keys(settings.keys_folder, with_checkpoint=(settings.keys_folder / "checkpoint.key").exists())
    yield _good("keys", f"All keys are in {settings.keys_folder} and well-formed.")


def _permissions(settings: Settings) -> Iterator[Finding]:
    folder = settings.subject_keys_folder
    keys = [settings.keys_folder, *settings.keys_folder.glob("*"), folder, *folder.glob("*")]
    watched = dict.fromkeys([*keys, settings.home / "postgres" / "data"])
    open_to_others = [str(one) for one in watched if one.exists() and stat.S_IMODE(one.stat().st_mode) & 0o077]
    if open_to_others:
        yield _bad("permissions", f"Other users can read {', '.join(open_to_others)}.", "chmod go= them.")
    else:
        yield _good("permissions", "Only their owner may read the keys.")


def _space(settings: Settings) -> Iterator[Finding]:
    folders = {
        "the home folder": settings.home,
        "backups": Path(settings.backup_folder) if settings.backup_folder else None,
    }
    for what, folder in folders.items():
        if folder is None or not folder.exists():
            continue
        free = shutil.disk_usage(folder).free
        said = f"{free / 1e9:.1f} GB free for {what}."
        if free < _TOO_LITTLE:
            yield _bad("space", said, "Free some space now: on a full disk nothing is accepted.")
        elif free < _LITTLE:
            yield _warn("space", said, "Free some space.")
        else:
            yield _good("space", said)


def _revision(found: str | None) -> Iterator[Finding]:
    check_known(found)
    said = f"The tables are at revision {found or 'none'}; this program needs {newest_revision()}."
    yield _bad("revision", said, "Make a backup, then: cocket upgrade --yes.")


def _tables(settings: Settings, connection: Connection) -> Iterator[Finding]:
    odd = odd_tables(connection, is_own=not settings.database_url)
    if not odd:
        yield _good("tables", "Every table has the columns, constraints and indexes that this version creates.")
    for name, what in odd.items():
        for part in what.split("; "):
            yield _bad("tables", f"{name} {part}.", ALTERED_HINT)


def _rows(connection: Connection) -> Iterator[Finding]:
    listed = RowAudits().differences(connection)
    hidden = sorted(connection.marks.noted() - RowAudits().names(connection))
    if not listed and not hidden:
        yield _good("rows", "No row is known to differ from its sealed record.")
    for one in listed[:_MOST_ROWS]:
        yield _bad("rows", _said(one), "cocket ledger audit compares again, and shows both; --set-right repairs a row.")
    for table, identity in hidden[:_MOST_ROWS]:
        said = f"{table} {identity} was removed from the list of differences from outside."
        yield _bad("rows", said, "Run cocket ledger audit.")
    if (more := max(0, len(listed) - _MOST_ROWS) + max(0, len(hidden) - _MOST_ROWS)) > 0:
        yield _bad(
            "rows", f"{counted(more, 'further row differs', 'further rows differ')}.", "Run cocket ledger audit."
        )


def _said(one: RowDifference) -> str:
    """What does not agree, and since when that is known: it may have been repaired since."""
    at = f" when it was compared ({one.found:%Y-%m-%d %H:%M} UTC)" if one.found else ""
    if not one.id:
        return f"{'The table ' if one.table in TABLES else ''}{one.table} {one.stands}{at}."
    column = f", column {one.column}," if one.column else ""
    return f"{one.table} {one.id}{column} did not agree with its sealed record{at}."


def _mode(settings: Settings, connection: Connection) -> Iterator[Finding]:
    house = rows.read_house(connection)
    if house is None:
        yield _warn("mode", "No instance uses this database yet.", "It is initialised at the first start.")
    elif house.mode == rows.EXAMINATION:
        yield _warn(
            "mode",
            "This is a restored copy for examination: it accepts nothing and signs nothing.",
            f"If the original is gone for good: cocket restore --take-over --home {settings.home}.",
        )
    else:
        yield _good("mode", f"The instance {house.log} has used it since {house.since:%Y-%m-%d}.")


def _checksums(connection: Connection) -> Iterator[Finding]:
    row = connection.execute("select current_setting('data_checksums')").fetchone()
    if row and row[0] == "on":
        yield _good("checksums", "PostgreSQL has data checksums enabled.")
    else:
        yield _warn(
            "checksums",
            "PostgreSQL has data checksums disabled: bit rot goes unnoticed.",
            "Stop it, then pg_checksums -e.",
        )


def _durability(settings: Settings, connection: Connection) -> Iterator[Finding]:
    found = unsafe_settings(connection, is_own=not settings.database_url)
    if not found:
        yield _good("durability", "No setting lets the database lose what it acknowledged.")
    for one in found:
        yield _bad("durability", one, SETTINGS_HINT)


def _settings(connection: Connection) -> Iterator[Finding]:
    found = hindrances(connection)
    if not found:
        yield _good("settings", "No setting of the role or the database hinders Cocket.")
    for one in found:
        yield _warn("settings", one.words, f"Find out who set it. {one.act}")


def _sequences(connection: Connection) -> Iterator[Finding]:
    found = sequence_check(connection)
    yield _good("sequences", found.words) if found.state == "well" else _bad("sequences", found.words, found.hint or "")


def _standby(connection: Connection) -> Iterator[Finding]:
    if (why := why_commits_wait(connection)) is not None:
        yield _bad("standby", why, STANDBY_HINT)
    else:
        yield _good("standby", "No commit waits for a standby server.")


def _subject_keys(settings: Settings, connection: Connection) -> Iterator[Finding]:
    place, highest = key_folder(settings), rows.highest_slot(connection)
    slots, faults = place.slots(), segment_faults(settings, connection)
    if place.is_single:
        yield _warn(
            "subject keys",
            f"The keys are still in one file, {place.former}, as an earlier version kept them.",
            "Stop every Cocket of this instance and start this version: it moves them into segments.",
        )
    if highest is not None and highest >= slots:
        yield _bad(
            "subject keys",
            f"The database refers to key {highest}, but {place.folder} ends at {slots}.",
            "Put the newest segments there: without them that content cannot be decrypted.",
        )
    for fault in faults:
        yield _bad("subject keys", fault, SEGMENTS_HINT)
    altered = _altered(settings)
    for number, wrong in by_segment(altered):
        said = f"{counted(len(wrong), 'key', 'keys')} in {place.segment(number)} cannot be unwrapped"
        yield _bad("subject keys", f"{said}: {without_keys(connection, wrong)}.", SEGMENTS_HINT)
    if not faults and not altered and (highest is None or highest < slots):
        yield _good("subject keys", f"{place.folder} has every key that the database refers to.")


def _altered(settings: Settings) -> list[int]:
    """Slots whose keys cannot be unwrapped (0..n): every one is tried."""
    wrapping = read_keys(settings.keys_folder, with_checkpoint=False).wrapping
    return list(SubjectKeys(key_folder(settings), wrapping).altered())


def _backup(settings: Settings, connection: Connection) -> Iterator[Finding]:
    newest = backups.newest(connection)
    now = datetime.now(UTC)
    if newest is None:
        yield _warn("backup", "No backup was ever finished.", "cocket backup DIR --keys DIR, every night.")
    else:
        hours = (now - newest.at).total_seconds() / 3600
        said = f"The newest backup was finished {hours:.1f} hours ago, in {newest.place}."
        is_old = now - newest.at > _OLD
        yield _warn("backup", said, "cocket backup DIR --keys DIR, every night.") if is_old else _good("backup", said)
    if settings.backup_folder and not settings.database_url:
        row = connection.execute(
            """select active, wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
            from pg_replication_slots where slot_name = %s""",
            (SLOT,),
        ).fetchone()
        if row is None or not row[0]:
            yield _warn(
                "stream", "The database's write-ahead log is not being streamed.", "It is while cocket serve runs."
            )
        else:
            yield _good("stream", f"The database's write-ahead log is streamed to {settings.backup_folder}/wal.")
        if (why := why_keys_lag(settings)) is not None:
            yield _warn(
                "keys of the stream", why, "What is sealed in the meantime could not be decrypted after a restore."
            )


def _clock(connection: Connection) -> Iterator[Finding]:
    found = clock_check(connection, *clocks_of(connection))
    yield _good("clock", found.words) if found.state == "well" else _bad("clock", found.words, found.hint or "")


def _identity(settings: Settings, database: Database) -> Iterator[Finding]:
    with database.transaction() as connection:
        house = rows.read_house(connection)
    if house is not None:  # a look takes no database
        check_house(settings, database.dsn, with_checkpoint=True, is_look=True)
        yield _good("identity", "The keys belong to the instance that uses this database.")


def _log(settings: Settings, database: Database) -> Iterator[Finding]:
    stores = open_stores(settings, database.dsn)
    try:
        with stores.database.transaction() as connection:
            stores.leaves.eras.load(connection)
            stores.leaves.eras.check()
            point = recovery_point(stores, connection)
    finally:
        stores.database.close()
    if not point.published:
        yield _good("log", "No head was published from this home folder yet.")
    elif point.leaves == point.published and not point.missing:
        yield _good("log", f"The database has all {point.published} entries of {point.log}.")
    else:
        shown = ", ".join(map(str, point.missing[:20])) or "none"
        yield _bad(
            "log",
            f"The log {point.log} has {point.published} entries, the database {point.leaves} of them;"
            f" {len(point.missing)} acknowledged ones are missing, at places {shown}"
            f"{' and more' if len(point.missing) > 20 else ''}.",
            "Restore the newest backup. Then run cocket ledger reimport, which restores what is missing as commitments.",
        )


def _records(settings: Settings, database: Database) -> Iterator[Finding]:
    """What `status` says too of what is kept, and of log and assessment; that neither runs is no fault here."""
    stores = open_stores(settings, database.dsn)
    try:
        checks = look_at_records(stores)
    finally:
        stores.database.close()
    for one in checks:
        if one.state == "well":
            yield _good(one.name, one.words)
        elif one.name == "set-aside":
            yield _warn(one.name, one.words, one.hint or "")
        else:
            yield _bad(one.name, one.words, one.hint or "")


def _files(settings: Settings, database: Database) -> Iterator[Finding]:
    """Whether every file of an examination is where it is kept, and nothing else."""
    stores = open_stores(settings, database.dsn)
    try:
        with stores.database.transaction() as connection:
            wanted = parts_named(stores, connection)
        there = set(stores.blobs.all())
    finally:
        stores.database.close()
    place, missing, extra = stores.blobs.place, sorted(wanted - there), sorted(there - wanted)
    for record, part in missing[:_SHOWN]:
        yield _bad(
            "files",
            f"The file of record {record} ({part}) is not in {place}; its SHA-256 stays sealed.",
            "Copy it there from a backup: files lie in the folder home/blobs of each, or in the object store's own.",
        )
    if len(missing) > _SHOWN:
        yield _bad("files", f"So are {counted(len(missing) - _SHOWN, 'other file', 'other files')}.", "As above.")
    if extra:
        yield _warn(
            "files",
            f"{counted(len(extra), 'file', 'files')} in {place} belong to no record: an upload or an erasure was cut off.",
            "They cannot be decrypted or belong to nothing; remove them once no upload is under way.",
        )
    if not missing and not extra:
        yield _good("files", f"{counted(len(wanted), 'file', 'files')} of examinations in {place}, none missing.")


def _archive_files(settings: Settings, database: Database) -> Iterator[Finding]:
    """Whether every file of the archive is, byte for byte, what was sealed."""
    stores = open_stores(settings, database.dsn)
    try:
        with stores.database.transaction() as connection:
            months = stores.leaves.archived_months(connection)
        files = [(month.month, part) for month in months.values() for part in month.parts]
        faults = [(month, part, fault) for month, part in files if (fault := stores.leaves.archive.fault(part))]
    finally:
        stores.database.close()
    for month, part, fault in faults[:_SHOWN]:
        yield _bad("archive files", f"{part.file}, the archive of {month}, {fault}.", ARCHIVE_HINT)
    if len(faults) > _SHOWN:
        yield _bad(
            "archive files", f"So are {counted(len(faults) - _SHOWN, 'other file', 'other files')}.", "As above."
        )
    if files and not faults:
        yield _good("archive files", f"{counted(len(files), 'file')} of the archive, each as it was sealed.")


def _good(check: str, said: str) -> Finding:
    return Finding(check=check, state="good", said=said)


def _warn(check: str, said: str, do: str) -> Finding:
    return Finding(check=check, state="warning", said=said, do=do)


def _bad(check: str, said: str, do: str) -> Finding:
    return Finding(check=check, state="error", said=said, do=do)
