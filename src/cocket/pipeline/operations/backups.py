# SPDX-License-Identifier: Apache-2.0
"""Backups: log, database and files of a house in one folder, its keys in another, and a sealed statement of both.

The order is the point. The log comes first, then the database: a head is committed there before it is published, so the
copy of the database is never behind the copy of the log. The keys come last: every key that the database names is there.
A folder gets its name only once all of it is on disk and sealed.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import msgspec

from cocket import __version__, ledger
from cocket.errors import SettingsError, StoreError
from cocket.pipeline.base.wiring import Stores, key_folder, open_stores
from cocket.pipeline.operations.backup_files import (
    DATA,
    DUMP,
    HOME,
    KEYS,
    KEYS_MANIFEST,
    LOG,
    MANIFEST,
    RECEIPT,
    STATEMENT,
    KeysManifest,
    Kind,
    Manifest,
    Statement,
    as_json,
    copy_log,
    copy_tree,
    entries_of,
)
from cocket.pipeline.operations.bootstrap import open_database
from cocket.pipeline.operations.key_copies import encrypt_tree, recipients_of
from cocket.pipeline.operations.segment_copies import KeyCopies
from cocket.settings import Settings
from cocket.stores.base import database_identity as rows
from cocket.stores.base.database import newest_revision
from cocket.stores.ledger.leaves import NewRecord
from cocket.stores.operations import backups
from cocket.stores.postgres import base_backups
from cocket.stores.postgres.binaries import find_binaries
from cocket.stores.postgres.folder_lock import FolderLock

#: What of a home is not among its files: kept apart, made anew, or of the moment.
_APART = (
    "postgres",
    "log",
    "keys",
    "serving.json",
    "log.lock",
    "log.publishing",
    "rows.audit",
    "rows.accounts",
    "rows.noted",
    "history",
    "history-next",
    "history-former",
)

#: How long a tool may go on writing after its process was killed (seconds).
_TOOL_ENDS_S = 30.0


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was finished.

    Attributes:
        folder: Where it is.
        keys: Where the keys are; None if they were not copied.
        kind: How the database is in it.
        leaves: Leaves that it holds at least (count).
        files: How many files it has (count).
        bytes: Its size.
        key_faults: What is wrong with the keys of sealed things, in one sentence each (0..n): what the copy has of these stays.
        archive_files: Files of the archive, which are not in it (count): their folder is to be copied beside it.
    """

    folder: str
    keys: str | None
    kind: Kind
    leaves: int
    files: int
    bytes: int
    key_faults: tuple[str, ...] = ()
    archive_files: int = 0


def back_up(
    settings: Settings,
    target: Path,
    keys: Path | None,
    tell: Callable[[str], None],
    *,
    label: str = "",
) -> Finished:
    """Make a backup while the house runs.

    Args:
        settings: The settings; they name to whom the keys are encrypted.
        target: Folder of backups; the new one gets a folder of its own in it.
        keys: Folder for the keys, apart from it; None leaves them out.
        tell: Told in one sentence of each step.
        label: What those who back the database up call their backup; empty backs it up here.

    Raises:
        SettingsError: A folder is not one to back up to, or there is no house, or its keys are not in order.
        StoreError: Database, disk or tool failed; nothing that looks like a backup is left.
        ProofError: The log does not hold, or the database is behind it.
    """
    target, keys = target.absolute(), keys.absolute() if keys else None
    _check_folders(settings, target, keys)
    recipients = recipients_of(settings.backup_keys_recipients) if keys else ()
    # An older database is backed up as it is, by the version that made it, never upgraded on the way.
    with open_database(msgspec.structs.replace(settings, upgrade_at_start=False)) as server:
        stores = open_stores(settings, server.dsn)
        try:
            with _part(target) as part:
                finished = _Making(stores, part, tell, recipients).make(target, keys, label)
        finally:
            stores.database.close()
    return finished


def _check_folders(settings: Settings, target: Path, keys: Path | None) -> None:
    home = settings.home.absolute()
    for one, what in ((target, "The backup"), (keys, "The copy of the keys")):
        if one is not None and _overlap(one, home):
            raise SettingsError(f"{what} must not be inside the home folder, nor contain it.", code="backup-place")
    if keys is not None and _overlap(target, keys):
        raise SettingsError(
            "Keys and backup must not be in the same folder: whoever has both can read everything.",
            code="backup-place",
            hint="Give --keys a folder elsewhere, on another medium, in other hands.",
        )


def _overlap(one: Path, other: Path) -> bool:
    one, other = one.resolve(), other.resolve()
    return one == other or one in other.parents or other in one.parents


def _keys_in(settings: Settings) -> tuple[str, ...]:
    """Under which name the keys of sealed things lie in the home itself, if they do (0..1)."""
    folder = settings.subject_keys_folder
    return (folder.name,) if folder.absolute().parent == settings.home.absolute() else ()


@contextmanager
def _part(target: Path) -> Iterator[Path]:
    """A folder for a backup that is being made; gone when the block ends without having given it its name."""
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FolderLock(target / ".lock")
        if not lock.take():
            raise StoreError(f"Another backup is being made in {target}.", code="backup-taken")
        for left in (*target.glob(".part-*"), *target.glob(".gone-*")):
            _clear_away(left)
        part = target / f".part-{os.getpid()}"
        part.mkdir(mode=0o700)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.") from error
    try:
        yield part
    except OSError as error:
        raise StoreError(f"The backup cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        lock.release()


def _clear_away(left: Path) -> None:
    """Remove a backup that was cut off, whose tool may outlive its process and still write for a moment.

    Raises:
        OSError: It cannot be removed.
    """
    gone = left.with_name(f".gone-{uuid4().hex}")
    left.rename(gone)  # whatever still writes by the old name fails now, and ends
    until = time.monotonic() + _TOOL_ENDS_S
    while gone.exists():
        try:
            shutil.rmtree(gone)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


class _Making:
    """One backup being made."""

    def __init__(self, stores: Stores, part: Path, tell: Callable[[str], None], recipients: Sequence[str]) -> None:
        self._recipients = tuple(recipients)
        self._stores = stores
        self._settings = stores.settings
        self._part = part
        self._tell = tell
        self._key_faults: tuple[str, ...] = ()

    def make(self, target: Path, keys: Path | None, label: str) -> Finished:
        began = datetime.now(UTC)
        self._tell("The log is copied.")
        logs = copy_log(self._stores.log_files, self._part / LOG)
        house, leaves = self._known()
        kind: Kind = "elsewhere" if label else "dump" if self._settings.database_url else "files"
        self._tell("The database is copied." if not label else "The database is backed up by other means.")
        postgres = self._copy_database(kind)
        self._tell("Models, settings and lists are copied.")
        copy_tree(
            self._settings.home,
            self._part / HOME,
            (*_APART, *_keys_in(self._settings), *(one.name for one in self._settings.home.glob("serving-*.json"))),
        )
        if keys is not None:
            self._tell("The keys are copied, apart from the rest.")
            self._copy_keys(keys, str(house.id))
        self._tell("Everything was read back, sealed and made durable.")
        manifest = Manifest(
            format=1,
            version=__version__,
            house=str(house.id),
            log=house.log,
            revision=newest_revision(),
            kind=kind,
            label=label,
            postgres=postgres,
            began=began,
            finished=datetime.now(UTC),
            leaves=leaves,
            logs=logs,
            marks=self._marks(),
            files=entries_of(self._part),
        )
        return self._seal(target, keys, manifest)

    def _known(self) -> tuple[rows.HouseRow, int]:
        """The house, and how many leaves its book has by now."""
        with self._stores.database.transaction() as connection:
            house = rows.read_house(connection)
            leaves = self._stores.leaves.size(connection)
        if house is None:
            raise StoreError("The database does not identify its instance.")
        return house, leaves

    def _marks(self) -> dict[str, str]:
        with self._stores.database.transaction() as connection:
            return rows.read_marks(connection)

    def _copy_database(self, kind: Kind) -> int:
        """Copy the database; the major version of its files, 0 if these are not copied."""
        dsn = self._stores.database.dsn
        if kind == "elsewhere":
            return 0
        if kind == "dump":
            base_backups.dump(find_binaries(), dsn, self._part / DUMP)
            return 0
        major = int((self._settings.home / "postgres" / "data" / "PG_VERSION").read_text())
        binaries = find_binaries(major)
        base_backups.copy_files(binaries, dsn, self._part / DATA)
        base_backups.check_files(binaries, self._part / DATA)
        return major

    def _copy_keys(self, keys: Path, house: str) -> None:
        """Copy the keys in place of those copied before: what was erased since is not kept by an older copy.

        Those of sealed things come first, and only the segments that changed.
        """
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = key_folder(self._settings)
        self._key_faults = tuple(KeyCopies(place, keys, self._recipients).copy(is_whole=True))
        part, former = keys / ".part", keys / ".former"
        for left in (part, former):
            shutil.rmtree(left, ignore_errors=True)
        part.mkdir(mode=0o700)
        copy_tree(self._settings.keys_folder, part / KEYS, (place.folder.name,))
        for file in (part / KEYS).rglob("*"):
            file.chmod(0o700 if file.is_dir() else 0o600)
        encrypt_tree(part / KEYS, self._recipients)
        wanted = KeysManifest(
            house=house,
            marks=self._marks(),
            copied=datetime.now(UTC),
            files=entries_of(part),
            recipients=self._recipients,
        )
        (part / KEYS_MANIFEST).write_bytes(as_json(wanted))
        base_backups.sync_folder(part)
        if (keys / KEYS).exists():
            former.mkdir(mode=0o700)
            for name in (KEYS_MANIFEST, KEYS):
                (keys / name).rename(former / name)
        for name in (KEYS, KEYS_MANIFEST):
            (part / name).rename(keys / name)
        base_backups.sync_folder(keys)
        for left in (part, former):
            shutil.rmtree(left, ignore_errors=True)

    def _record(self, statement: Statement) -> tuple[NewRecord, ledger.Receipt]:
        """Seal what is said of a backup; its record and receipt."""
        stores = self._stores
        record = stores.sealer.record("backup", "cli", statement)
        with stores.database.transaction() as connection:
            stores.leaves.append_records(connection, [record])
        with stores.database.transaction() as connection:
            leaf = stores.leaves.of_record(connection, record.leaf.record)
        if leaf is None:
            raise StoreError("The record of the backup is not in the database.")
        return record, stores.sealer.receipt(leaf)

    def _seal(self, target: Path, keys: Path | None, manifest: Manifest) -> Finished:
        """Seal what was copied, then give it its name."""
        data = as_json(manifest)
        size = sum(one.size for one in manifest.files.values())
        statement = Statement(
            manifest=sha256(data).hexdigest(),
            house=manifest.house,
            leaves=manifest.leaves,
            bytes=size,
            kind=manifest.kind,
        )
        record, receipt = self._record(statement)
        (self._part / MANIFEST).write_bytes(data)
        (self._part / STATEMENT).write_bytes(record.body)
        (self._part / RECEIPT).write_bytes(ledger.write_proof(receipt))
        base_backups.sync_folder(self._part)
        folder = target / f"backup-{manifest.finished:%Y%m%dT%H%M%S.%fZ}"
        self._part.rename(folder)
        base_backups.sync_folder(folder)
        made = backups.MadeBackup(
            id=record.leaf.record,
            at=manifest.finished,
            leaves=manifest.leaves,
            size_bytes=size,
            kind=manifest.kind,
            place=str(target),
            digest=bytes.fromhex(statement.manifest),
        )
        with self._stores.database.transaction() as connection:
            backups.remember(connection, made)
            months = self._stores.leaves.archived_months(connection)
        return Finished(
            folder=str(folder),
            keys=str(keys) if keys else None,
            kind=manifest.kind,
            leaves=manifest.leaves,
            files=len(manifest.files),
            bytes=size,
            key_faults=self._key_faults,
            archive_files=sum(len(one.parts) for one in months.values()),
        )
