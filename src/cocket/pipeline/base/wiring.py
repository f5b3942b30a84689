# SPDX-License-Identifier: Apache-2.0
"""Everything the steps keep things in, wired once a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cocket.errors import SettingsError
from cocket.ledger import SigningKey
from cocket.pipeline.base.policies import PolicyInForce
from cocket.pipeline.base.sealing import Sealer
from cocket.pipeline.base.secret_box import SecretBox
from cocket.settings import Settings
from cocket.standards.asycuda.profiles import adopt, read_profile
from cocket.stores import (
    CaseFiles,
    Consignments,
    Database,
    Figures,
    Leaves,
    LogFiles,
    Messages,
    Orders,
    People,
    Permits,
    Places,
    ScreeningLists,
    SetAside,
    read_keys,
)
from cocket.stores.base.database_identity import highest_slot
from cocket.stores.base.key_segments import KeyFolder
from cocket.stores.base.subject_keys import SubjectKeys
from cocket.stores.control.blobs import Blobs, open_blobs
from cocket.stores.intake.feed_files import FeedFiles
from cocket.stores.ledger.archive_files import ArchiveFolder
from cocket.stores.ledger.yearly_logs import LogYears


@dataclass(frozen=True)
class Stores:
    """The stores of one process, with what seals into them.

    Attributes:
        settings: The settings of the house.
        database: PostgreSQL.
        leaves: Leaves and records.
        messages: Messages.
        consignments: Dossiers.
        orders: Advice, orders, results.
        case_files: Doubts, audits, intelligence, standings.
        figures: Counts for statistics.
        people: Keys, officers, sessions.
        permits: Permits and what is written off them.
        screening: Lists to screen against, and matches cleared.
        set_aside: What roles set aside because it could not be worked on.
        places: How far roles have got.
        feed_files: Files of a host's folder, taken in or not.
        log_files: The public log.
        blobs: Files of examinations, encrypted.
        sealer: Makes leaves and receipts.
        secrets_box: Wraps the secrets of devices.
        policies: Which policy decides.
        draw_key: Makes the daily seeds of the random share.
        checkpoint_keys: Sign heads, the present one first and the former while both sign; none but in the role that signs the log.
    """

    settings: Settings
    database: Database
    leaves: Leaves
    messages: Messages
    consignments: Consignments
    orders: Orders
    case_files: CaseFiles
    figures: Figures
    people: People
    permits: Permits
    screening: ScreeningLists
    set_aside: SetAside
    places: Places
    feed_files: FeedFiles
    log_files: LogFiles
    blobs: Blobs
    sealer: Sealer
    secrets_box: SecretBox
    policies: PolicyInForce
    draw_key: bytes
    checkpoint_keys: tuple[bytes | SigningKey, ...] = field(default=(), repr=False)


def open_stores(settings: Settings, dsn: str, *, signs_heads: bool = False) -> Stores:
    """Wire the stores of one process.

    Args:
        settings: The settings of the house.
        dsn: The database.
        signs_heads: Whether this role signs the log, and so reads the checkpoint key.

    Returns:
        The shelves; no connection is opened yet.

    Raises:
        SettingsError: Keys or a profile are missing or not in order.
    """
    adopt_profiles(settings)
    keys = read_keys(settings.keys_folder, with_checkpoint=signs_heads)
    database = Database(dsn, row_key=keys.rows, is_watched=True, home=settings.home)
    subjects = SubjectKeys(key_folder(settings), keys.wrapping, partial(_highest_slot, dsn))
    archive = ArchiveFolder(Path(settings.archive_folder) if settings.archive_folder else None)
    leaves = Leaves(subjects, LogYears(settings.log_origin, settings.head_step, keys.order), archive)
    case_files = CaseFiles()
    return Stores(
        settings=settings,
        database=database,
        leaves=leaves,
        messages=Messages(database, leaves),
        consignments=Consignments(),
        orders=Orders(),
        case_files=case_files,
        figures=Figures(),
        people=People(),
        permits=Permits(),
        screening=ScreeningLists(),
        set_aside=SetAside(),
        places=Places(),
        feed_files=FeedFiles(),
        log_files=LogFiles(settings.log_folder),
        blobs=open_blobs(settings.blob_store, settings.blobs_folder, settings.blob_store_endpoint),
        sealer=Sealer(keys, settings.log_origin, settings.merge_delay_seconds, subjects),
        secrets_box=SecretBox(keys.wrapping),
        policies=PolicyInForce(database, leaves, case_files),
        draw_key=keys.draw,
        checkpoint_keys=tuple(key for key in (keys.checkpoint, keys.former) if key is not None),
    )


def key_folder(settings: Settings) -> KeyFolder:
    """Where the keys of sealed things are."""
    return KeyFolder(settings.subject_keys_folder, settings.subject_keys_former)


def _highest_slot(dsn: str) -> int | None:
    """The highest slot of the keys that the database names, on a connection of its own."""
    database = Database(dsn, is_watched=True)
    try:
        with database.transaction() as connection:
            return highest_slot(connection)
    finally:
        database.close()


def adopt_profiles(settings: Settings) -> None:
    """Make the administration's own profiles of its host's files known to this process and those it starts.

    Raises:
        SettingsError: A profile is not in order; `problems` lists everything that is wrong with it.
    """
    for path in sorted(settings.profiles_folder.glob("*.toml")):
        try:
            adopt(read_profile(path.read_bytes()))
        except OSError as error:
            raise SettingsError(f"The profile {path} cannot be read: {error.strerror}.") from error
