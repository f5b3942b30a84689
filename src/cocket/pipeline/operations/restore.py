# SPDX-License-Identifier: Apache-2.0
"""Restoring a backup into a home of its own, the point up to which it goes, and putting the restored house to work.

What is restored is a copy for examination: it takes nothing in and signs nothing, for the original may still do. Only
when somebody says that the original is gone, and which heads it published last, does the copy take its place.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cocket import ledger
from cocket.errors import ProofError, SettingsError, StoreError
from cocket.findings.words import counted
from cocket.pipeline.base.database_identity import check_house, published_sizes
from cocket.pipeline.base.unopenable import KEYS_LOST, TAKEN_OVER, LostThings, lost_things
from cocket.pipeline.base.wiring import Stores, key_folder, open_stores
from cocket.pipeline.ledger.reimport import reimport
from cocket.pipeline.operations import backup_files as backups
from cocket.pipeline.operations.backup_files import DATA, DUMP, HOME, KEYS, LOG, WAL, KeysManifest, Manifest
from cocket.pipeline.operations.bootstrap import in_place, make_ready, open_database, public_keys
from cocket.pipeline.operations.key_copies import Opener, decrypt_tree
from cocket.pipeline.operations.lost_keys import find_lost, is_of_message, note_lost, segment_faults
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.operations.segment_copies import bring_back
from cocket.settings import Settings
from cocket.stores import Database, read_keys
from cocket.stores.base import database_identity as rows
from cocket.stores.base.database import Connection
from cocket.stores.base.key_splitting import split_keys
from cocket.stores.base.revisions import cocket_sessions, revision_of
from cocket.stores.base.subject_keys import keys_behind
from cocket.stores.ledger.log_files import LogFiles
from cocket.stores.postgres import base_backups
from cocket.stores.postgres.binaries import find_binaries
from cocket.stores.postgres.server import EmbeddedPostgres, PostgresServer, find_database

#: Settings that must not be the same for a copy while the original runs.
_OF_THE_ORIGINAL = ("database_url", "subject_keys", "backup_folder", "backup_keys_folder", "feed", "write_back", "home")

Tell = Callable[[str], None]

#: How many leaves name a key that is not in the copy of the keys, and the messages (ids) among them.
Keyless = tuple[int, tuple[str, ...]]


class RecoveryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far a database goes, held against the log that was published.

    Attributes:
        log: Origin of the newest log that was published; empty if none was.
        published: Entries under its head (count).
        leaves: How many of these the database has (count).
        missing: Places of what was acknowledged and is missing, in the order of the log (0..n).
        cover: How many of the others are cover leaves, which stand for nothing (count).
    """

    log: str
    published: int
    leaves: int
    missing: tuple[int, ...]
    cover: int


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """A house that was restored, or put to work.

    Attributes:
        home: Its folder.
        mode: `examination` or `live`.
        point: How far it goes.
        segments: Pieces of streamed log by which the database was brought forward (count).
        brought_back: Leaves whose commitments were brought back from the log (count); 0 for examination.
        keyless: Leaves that the database has and whose keys the copy of the keys lacks: it is older, or lost segments.
            What they seal cannot be opened by anybody without them (count).
        unreadable: Messages (ids) among these (0..n).
        key_faults: What is wrong with which segment of the copied keys, and which leaves lose by it, in one sentence each (0..n).
        shared: Settings in its `cocket.toml` that name what belongs to the original (0..n).
    """

    home: str
    mode: str
    point: RecoveryPoint
    segments: int
    brought_back: int
    keyless: int = 0
    unreadable: tuple[str, ...] = ()
    key_faults: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


class TakenOver(LostThings, frozen=True, kw_only=True):
    """That a copy was put to work: the body of the record that seals it. Which leaves were lost, an earlier one says.

    Attributes:
        point: How far its database went.
        keyless: Leaves whose keys were given up for lost (count).
        unreadable: Messages (ids) among these (0..n).
        restored: Ranges of leaves that came back as commitments alone, each with its first and the one behind its last (0..n).
    """

    point: RecoveryPoint
    keyless: int
    unreadable: tuple[str, ...]
    restored: tuple[tuple[int, int], ...]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be restored.

    Attributes:
        backup: The backup's folder.
        keys: Folder of copied keys.
        wal: Where the database's log was streamed to; None for `wal` beside the backup, if it is there.
        log: A newer copy of the published log; None for the one in the backup.
        upto_gap: Whether to stop before a piece of streamed log that is missing.
        identity: File of the identity that opens the copy of the keys; None where that is in clear.
    """

    backup: Path
    keys: Path
    wal: Path | None = None
    log: Path | None = None
    upto_gap: bool = False
    identity: Path | None = None


def restore(settings: Settings, wanted: Wanted, tell: Tell) -> Restored:
    """Restore a backup for examination.

    Args:
        settings: The settings: home, which must not be there yet, and the database, if others run it.
        wanted: What.
        tell: Told in one sentence of each step.

    Raises:
        SettingsError: The home is in use, or the keys are another house's.
        StoreError: The backup is not whole, or a disk or tool failed; nothing is left in the home.
        ProofError: The backup was not sealed by the house whose keys these are, or a log does not hold.
    """
    _refuse_in_use(settings.home)
    tell(f"{wanted.backup} has been checked.")
    manifest = backups.read_backup(wanted.backup, tell)
    if settings.database_url:
        _refuse_live(settings, manifest)
    keys = backups.read_copied_keys(wanted.keys)
    _check_together(manifest, keys)
    wal = wanted.wal or wanted.backup.parent / WAL
    gap = _gap(wanted, manifest, wal)
    with _making(settings.home) as part:
        there = msgspec.structs.replace(settings, home=part, subject_keys="")
        faults = _lay_out(wanted, part, there, tell)
        origin = _origin_of(part, manifest)
        there = msgspec.structs.replace(there, log_origin=origin)
        backups.check_sealed_by(wanted.backup, public_keys(there)["receipts"])
        if manifest.kind == "elsewhere" and not settings.database_url:
            raise SettingsError(
                f"The database of this backup was backed up by other means, under the label {manifest.label}.",
                hint="Restore it by those means, then set COCKET_DATABASE_URL.",
            )
        tell("The database is restored.")
        segments = _bring_forward(part, wal, gap) if manifest.kind == "files" else 0
        with _running(there) as server:
            if manifest.kind == "dump":
                _load(server.dsn, wanted.backup / DUMP)
            point, (keyless, unreadable), lacking = _settle(there, server.dsn, tell)
    return Restored(
        home=str(settings.home),
        mode=rows.EXAMINATION,
        point=point,
        segments=segments,
        brought_back=0,
        keyless=keyless,
        unreadable=unreadable,
        key_faults=(*faults, *lacking),
        shared=_shared_settings(settings.home),
    )


def _shared_settings(home: Path) -> tuple[str, ...]:
    """Settings of a restored home that still name the original's database, folders and ports."""
    try:
        found = tomllib.loads((home / "cocket.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(name for name in found if name in _OF_THE_ORIGINAL or name.endswith("_port"))


def _refuse_in_use(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise SettingsError(
            f"{home} is in use: restore a backup into an empty home folder.",
            code="home-in-use",
            hint="Give --home another folder, or move that one away.",
        )


def _refuse_live(settings: Settings, manifest: Manifest) -> None:
    """Refuse a given database that is not empty; one that others restored, if a house is at work on it."""
    server = find_database(settings.database_url, settings.home)
    server.start()
    database = Database(server.dsn)
    try:
        with database.transaction() as connection:
            is_empty, at_work = revision_of(connection) is None, cocket_sessions(connection)
    finally:
        database.close()
    if manifest.kind != "elsewhere" and not is_empty:
        raise SettingsError(
            "The database of COCKET_DATABASE_URL is not empty: nothing is restored over it.",
            code="home-in-use",
            hint="Give an empty database.",
        )
    if at_work:
        raise SettingsError(
            "Another Cocket is using the database of COCKET_DATABASE_URL.", code="home-in-use", hint="Stop it first."
        )


def _check_together(manifest: Manifest, keys: KeysManifest) -> None:
    """See that keys and backup are of one house, and the keys not older than what they are to open."""
    other = [name for name, mark in manifest.marks.items() if keys.marks.get(name) not in (mark, None)]
    if keys.house != manifest.house or [name for name in other if name != "checkpoint"]:
        raise SettingsError(
            "These keys belong to another instance than the backup.",
            code="keys-of-another",
            expected=manifest.house,
            found=keys.house,
            hint="Give --keys the folder that cocket backup --keys wrote for this instance.",
        )


def _gap(wanted: Wanted, manifest: Manifest, wal: Path) -> base_backups.Segment | None:
    """The first piece of streamed log that is missing, if the operator goes without what follows.

    Raises:
        StoreError: One is missing, and he did not say so.
    """
    if manifest.kind != "files":
        return None
    data = wanted.backup / DATA
    start = base_backups.first_needed(data)
    have = [*base_backups.segments(wal), *base_backups.segments(data / "pg_wal")]
    gap = base_backups.gap(have, start)
    if gap is not None and not wanted.upto_gap:
        raise StoreError(
            f"The segment {gap.name} of the database's write-ahead log is missing in {wal}, and later ones are present.",
            code="wal-gap",
            hint="Find it, or restore up to it with --up-to-gap: everything after it is then missing.",
        )
    return gap


@contextmanager
def _making(home: Path) -> Iterator[Path]:
    """A home that is being made; gone if the block fails, under its name if it ends well."""
    part = home.with_name(f".{home.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        yield part
        if home.exists():
            home.rmdir()
        part.rename(home)
    except OSError as error:
        raise StoreError(f"{home} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _lay_out(wanted: Wanted, home: Path, settings: Settings, tell: Tell) -> list[str]:
    """Put every part of a backup in its place; a folder in which nothing was yet may have been lost on the way.

    Returns:
        What is wrong with which segment of the copied keys (0..n).
    """
    if (wanted.backup / HOME).is_dir():
        shutil.copytree(wanted.backup / HOME, home, dirs_exist_ok=True)
    shutil.copytree(wanted.keys / KEYS, home / "keys")
    (home / "keys").chmod(0o700)
    opener, place = Opener(wanted.identity), key_folder(settings)
    decrypt_tree(home / "keys", opener)
    wrapping = read_keys(home / "keys", with_checkpoint=False).wrapping
    faults = bring_back(wanted.keys, place, wrapping, opener)
    split_keys(place, tell)  # of an earlier version
    if wanted.log or (wanted.backup / LOG).is_dir():
        _put_log(wanted.log or wanted.backup / LOG, home / "log")
    if (wanted.backup / DATA).is_dir():
        data = home / "postgres" / "data"
        data.parent.mkdir(mode=0o700)
        shutil.copytree(wanted.backup / DATA, data)
        data.chmod(0o700)
    return faults


def _put_log(source: Path, log: Path) -> None:
    """Copy a published log, and see that every byte of it holds.

    Raises:
        ProofError: It does not.
    """
    if not source.is_dir():
        raise StoreError(f"{source} is not the folder of a log.")
    part = log.with_name("log.part")
    shutil.rmtree(part, ignore_errors=True)
    backups.copy_log(LogFiles(source), part)
    if log.exists():
        shutil.rmtree(log)
    part.rename(log)


def _origin_of(home: Path, manifest: Manifest) -> str:
    """Origin of the first log of a house: its published log says, else the name of its family is all that counts."""
    return next(iter(published_sizes(LogFiles(home / "log"))), manifest.log)


def _bring_forward(home: Path, wal: Path, gap: base_backups.Segment | None) -> int:
    data = home / "postgres" / "data"
    return base_backups.prepare_recovery(data, wal if wal.is_dir() else None, gap)


@contextmanager
def _running(settings: Settings) -> Iterator[PostgresServer]:
    server = find_database(settings.database_url, settings.home / "postgres")
    server.start()
    try:
        if isinstance(server, EmbeddedPostgres) and (server.data / "postgresql.auto.conf").exists():
            base_backups.end_recovery(server.data)
        yield server
    finally:
        server.stop()


def _load(dsn: str, dump: Path) -> None:
    base_backups.load(find_binaries(), dsn, dump)


def _settle(settings: Settings, dsn: str, tell: Tell) -> tuple[RecoveryPoint, Keyless, list[str]]:
    """Make a copy for examination of what was restored; how far it goes, which leaves lack their keys, and by which segments."""
    make_ready(settings, dsn, is_asked=True, apart=in_place, tell=tell)
    check_house(settings, dsn, with_checkpoint=True)
    stores = open_stores(settings, dsn, signs_heads=True)
    try:
        with stores.database.transaction() as connection:
            rows.set_mode(connection, rows.EXAMINATION)
            _destroy_unnamed(stores, connection)
            lost = find_lost(stores, connection)
            keyless = len(lost), tuple(str(leaf.record) for leaf in lost if is_of_message(leaf))
            return recovery_point(stores, connection), keyless, segment_faults(settings, connection)
    finally:
        stores.database.close()


def _destroy_unnamed(stores: Stores, connection: Connection) -> None:
    """Destroy every key that this database has no use for: of what was erased, or is not in it.

    An older copy of the keys has those of what was erased since; they must not come back.
    """
    keys = stores.leaves.keys
    for there in keys.place.ranges():
        named = {
            slot
            for (slot,) in connection.execute(
                "select key from leaf where key >= %s and key < %s and digest <> ''", (there.start, there.stop)
            )
        }
        keys.destroy(slot for slot in there if slot not in named)


def recovery_point(stores: Stores, connection: Connection) -> RecoveryPoint:
    """Hold a database against the log in its home: which places of the log were acknowledged, and are missing.

    Raises:
        ProofError: The log cannot be read.
    """
    leaves, eras = stores.leaves, stores.leaves.eras
    eras.load(connection)
    size = leaves.size(connection)
    published = published_sizes(stores.log_files)
    if not published:
        return RecoveryPoint(log="", published=0, leaves=0, missing=(), cover=0)
    missing: list[int] = []
    cover = 0
    firsts = {era.log: era.log_first for era in eras.logs()}
    for (origin, entries), folder in zip(published.items(), ["", *list(published)[1:]], strict=True):
        read = stores.log_files.of(folder.rpartition("/")[2]).read
        if origin not in firsts:
            missing += range(1 if folder else 0, entries)
            continue
        first = firsts[origin]
        seals = ledger.log_entries(0, entries, read) if size < first + entries else []
        for index in range(max(size, first), first + entries):
            place = eras.place(index)
            if ledger.read_entry(seals[place]) == eras.cover(index):
                cover += 1
            else:
                missing.append(place)
    origin, entries = list(published.items())[-1]
    has = max(0, min(entries, size - firsts[origin])) if origin in firsts else 0
    return RecoveryPoint(log=origin, published=entries, leaves=has, missing=tuple(sorted(missing)), cover=cover)


def take_over(settings: Settings, log: Path | None, tell: Tell, *, without_keys: bool = False) -> Restored:
    """Put a restored copy to work in place of the original, which is gone for good.

    Args:
        settings: The settings of the restored home.
        log: The newest log that the original published; None if the one in the home is.
        tell: Told in one sentence of each step.
        without_keys: Whether keys that the copy of the keys lacks are given up for lost, which is sealed.

    Raises:
        StoreError: The house is at work already, its keys are older than the database, or a disk failed.
        ProofError: The log given is older than that in the home, does not hold, or tells otherwise than the database.
    """
    with open_database(settings, to="repair") as server:
        stores = open_stores(settings, server.dsn, signs_heads=True)
        try:
            with stores.database.transaction() as connection:
                house = rows.read_house(connection)
            if house is None or house.mode != rows.EXAMINATION:
                raise StoreError(f"{settings.home} is already in service; nothing was changed.", code="house-live")
            _check_keys(stores, without_keys=without_keys)
            if log is not None:
                tell("The newest log replaces the one in the backup.")
                _check_newer(stores.log_files, LogFiles(log))
                _put_log(log, settings.log_folder)
            with stores.database.transaction() as connection:
                point = recovery_point(stores, connection)
                before = stores.leaves.only_commitments(connection)
            tell("Published leaves that are missing are restored from the log, as commitments.")
            back = reimport(stores)
            keyless, unreadable = _give_up(stores)
            with stores.database.transaction() as connection:
                restored = _ranges(stores.leaves.only_commitments(connection), set(before))
            lost = _rows_of_lost(stores, tell)
            told = TakenOver(point=point, keyless=keyless, unreadable=unreadable, rows=lost, restored=restored)
            record = stores.sealer.record(TAKEN_OVER, "cli", told)
            with stores.database.transaction() as connection:
                rows.set_mode(connection, rows.LIVE)
                stores.leaves.append_records(connection, [record])
        finally:
            stores.database.close()
    return Restored(
        home=str(settings.home),
        mode=rows.LIVE,
        point=point,
        segments=0,
        brought_back=back.missing,
        keyless=keyless,
        unreadable=unreadable,
    )


def _ranges(indexes: Sequence[int], but: Collection[int]) -> tuple[tuple[int, int], ...]:
    """Leaves in order, but for some, as ranges: first, and the one behind the last."""
    ranges: list[tuple[int, int]] = []
    for index in (one for one in indexes if one not in but):
        first = ranges.pop()[0] if ranges and ranges[-1][1] == index else index
        ranges.append((first, index + 1))
    return tuple(ranges)


def _check_keys(stores: Stores, *, without_keys: bool) -> None:
    """Refuse keys that are older than the database, unless what they lack is given up; nobody gets its slots then."""
    keys, folder = stores.leaves.keys, stores.settings.subject_keys_folder
    with stores.database.transaction() as connection:
        highest = rows.highest_slot(connection)
        slots = keys.count()
        lost = find_lost(stores, connection)
        if lost and not without_keys:
            refusal = keys_behind(folder, highest or 0, slots)
            if highest is None or highest < slots:
                refusal.message = (
                    f"{counted(len(lost), 'key is', 'keys are')} missing from {folder} that the database refers to."
                )
            refusal.hint = f"{refusal.hint} If there is no newer one, --without-keys records the content as lost."
            raise refusal
        _destroy_unnamed(stores, connection)
        if highest is not None:
            keys.pad(highest + 1)


def _give_up(stores: Stores) -> Keyless:
    """Seal which leaves are lost, and note what follows; those that an earlier try sealed are left out."""
    with stores.database.transaction() as connection:
        if lost := find_lost(stores, connection):
            record = stores.sealer.record(KEYS_LOST, "cli", LostThings(leaves=tuple(leaf.place for leaf in lost)))
            note_lost(stores, connection, lost, record)
            stores.leaves.append_records(connection, [record])
    return len(lost), tuple(str(leaf.record) for leaf in lost if is_of_message(leaf))


def _rows_of_lost(stores: Stores, tell: Tell) -> tuple[tuple[str, str, str], ...]:
    """Rows that rested on lost records alone (0..n)."""
    with stores.database.transaction() as connection:
        if not lost_things(stores, connection).leaves:
            return ()
    tell("Every row of the database is compared with the remaining records.")
    return RowAudit(stores).accept_lost()


def _check_newer(own: LogFiles, given: LogFiles) -> None:
    here, there = published_sizes(own), published_sizes(given)
    for origin, entries in here.items():
        if there.get(origin, 0) < entries:
            raise ProofError(
                f"The given log has {there.get(origin, 0)} entries of {origin}, the one in this home {entries}.",
                code="log-older",
                hint="Give the newest log that was published.",
            )
