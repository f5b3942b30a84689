# SPDX-License-Identifier: Apache-2.0
"""What a backup consists of as files: copied, listed with their digests, sealed, and read again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from cocket import ledger
from cocket.errors import ProofError, StoreError
from cocket.findings.words import counted
from cocket.pipeline.base.database_identity import published_sizes
from cocket.pipeline.operations.key_copies import copy_name
from cocket.pipeline.operations.segment_copies import LOCK, SEGMENTS, SINGLE, SUBJECTS, check_there
from cocket.stores.ledger.log_files import LogFiles

Kind = Literal["files", "dump", "elsewhere"]

#: Files of a backup.
MANIFEST, STATEMENT, RECEIPT = "manifest.json", "statement.json", "receipt.json"
DATA, DUMP, LOG, HOME = "database", "database.dump", "log", "home"
KEYS, KEYS_MANIFEST, WAL = "keys", "keys.json", "wal"

#: How often a log that is being written is copied again before it is given up.
_ATTEMPTS = 8


class FileEntry(msgspec.Struct, frozen=True):
    """One file of a backup.

    Attributes:
        size: Its size in bytes.
        sha256: SHA-256 of its content, in hexadecimal.
    """

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a backup.

    Attributes:
        format: 1.
        version: Version of Cocket that made it.
        house: Id of the house.
        log: Name of its logs, without the year.
        revision: Revision of the tables.
        kind: How the database is in it; `elsewhere` where others back it up.
        label: What these call their backup; empty otherwise.
        postgres: Major version of PostgreSQL whose files these are; 0 unless `files`.
        began: When it was begun, UTC.
        finished: When it was finished, UTC.
        leaves: Leaves of the book that the database holds at least (count).
        logs: Entries of each log under its head, by origin.
        marks: Marks of the house's keys, by name.
        files: All files by path.
    """

    format: int
    version: str
    house: str
    log: str
    revision: str
    kind: Kind
    label: str
    postgres: int
    began: datetime
    finished: datetime
    leaves: int
    logs: dict[str, int]
    marks: dict[str, str]
    files: dict[str, FileEntry]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed of a backup.

    Attributes:
        manifest: SHA-256 of the manifest, in hexadecimal.
        house: Id of the house.
        leaves: Leaves that it holds at least (count).
        bytes: Its size.
        kind: How the database is in it.
    """

    manifest: str
    house: str
    leaves: int
    bytes: int
    kind: Kind


class KeysManifest(msgspec.Struct, frozen=True, kw_only=True):
    """Which keys are in a folder of them.

    Attributes:
        house: Id of the house.
        marks: Marks of the keys, by name.
        copied: When, UTC.
        files: All files by path.
        recipients: To whom the files are encrypted; empty where they are in clear.
    """

    house: str
    marks: dict[str, str]
    copied: datetime
    files: dict[str, FileEntry]
    recipients: tuple[str, ...] = ()


def copy_log(files: LogFiles, to: Path) -> dict[str, int]:
    """Copy a log that is being written, so that every byte of the copy is covered by its head or carries it on.

    Args:
        files: The log.
        to: Where; absent.

    Returns:
        Entries of each log under its head in the copy, by origin (0..n).

    Raises:
        ProofError: The copy does not hold.
        OSError: The disk failed.
    """
    to.mkdir(mode=0o700)
    copy = LogFiles(to)
    for _ in range(_ATTEMPTS):
        paths = files.paths() if files.folder.is_dir() else []
        heads = {path: files.read(path) for path in paths if path.endswith(ledger.CHECKPOINT_FILE)}
        for path in paths:
            if path not in heads and (content := files.read(path)) is not None:
                (to / path).parent.mkdir(parents=True, exist_ok=True)
                (to / path).write_bytes(content)
        for path, note in heads.items():
            if note is not None:
                (to / path).write_bytes(note)
        if not heads or ledger.verify_family(copy.read, copy.paths).holds:
            return published_sizes(copy)
    raise ProofError(
        "The copy of the log is not valid.", code="log-broken", hint="Check the log with cocket ledger verify."
    )


def copy_tree(source: Path, to: Path, left_out: tuple[str, ...]) -> None:
    """Copy regular files; links and what is hidden, of the moment or left out are not copied.

    Args:
        source: A folder.
        to: Where; absent.
        left_out: Names at the top that are left out.
    """

    def ignored(folder: str, names: list[str]) -> set[str]:
        top = Path(folder) == source
        return {
            name
            for name in names
            if (top and (name in left_out or name.startswith("former-")))
            or name.startswith(".")
            or not ((one := Path(folder) / name).is_dir() or one.is_file())
            or one.is_symlink()
        }

    shutil.copytree(source, to, ignore=ignored)


def entries_of(folder: Path, left_out: str = "") -> dict[str, FileEntry]:
    """Every file of a folder by its path, with size and SHA-256; but for those in a folder in it that is left out."""
    return {
        path.relative_to(folder).as_posix(): FileEntry(path.stat().st_size, _digest(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != left_out
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def as_json(value: Any) -> bytes:
    """A value as JSON that people can read."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def read_backup(folder: Path, tell: Callable[[str], None] = lambda sentence: None) -> Manifest:
    """Read a backup, and see that every byte of it is what was sealed.

    Whose seal it is, only the house's public receipt key tells: `check_sealed_by` does.

    Raises:
        StoreError: It is no finished backup, or a file is missing, changed or too many; each is named.
    """
    try:
        data, said = (folder / MANIFEST).read_bytes(), (folder / STATEMENT).read_bytes()
        manifest, statement = (
            msgspec.json.decode(data, type=Manifest),
            msgspec.json.decode(said, type=Statement),
        )
    except FileNotFoundError as error:
        raise StoreError(
            f"{folder} is not a finished backup: {Path(str(error.filename)).name} is missing.", code="backup-unfinished"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(f"{folder} cannot be read as a backup: {error}.", code="backup-damaged") from error
    if statement.manifest != sha256(data).hexdigest():
        raise StoreError(f"{folder}/{MANIFEST} does not match what was sealed.", code="backup-damaged")
    tell(f"{counted(len(manifest.files), 'file is', 'files are')} read and compared.")
    check_entries(folder, manifest.files, {MANIFEST, STATEMENT, RECEIPT})
    return manifest


def check_entries(folder: Path, wanted: dict[str, FileEntry], besides: set[str], left_out: str = "") -> None:
    """Hold a folder against what is to be in it; a folder in it that is left out is not looked at.

    Raises:
        StoreError: Files are missing, changed or too many; the first ones are named.
    """
    try:
        found = entries_of(folder, left_out)
    except OSError as error:
        raise StoreError(f"{folder} cannot be read: {error.strerror}.", code="backup-damaged") from error
    problems = [f"{path} is missing" for path in wanted if path not in found]
    problems += [f"{path} was changed" for path, one in wanted.items() if path in found and found[path] != one]
    problems += [f"{path} is not part of it" for path in found if path not in wanted and path not in besides]
    if problems:
        more = f", and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise StoreError(
            f"{folder} is damaged: " + "; ".join(problems[:5]) + more + ".",
            code="backup-damaged",
            hint="Take another backup.",
        )


def read_copied_keys(folder: Path) -> KeysManifest:
    """Read a folder of copied keys, and see that they are whole.

    Raises:
        StoreError: There are none, or a file is missing or changed.
    """
    try:
        manifest = msgspec.json.decode((folder / KEYS_MANIFEST).read_bytes(), type=KeysManifest)
    except FileNotFoundError as error:
        raise StoreError(
            f"There are no keys in {folder}: without them nothing in a backup can be decrypted.",
            code="keys-missing",
            hint="Give --keys the folder that cocket backup --keys wrote.",
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(f"{folder}/{KEYS_MANIFEST} cannot be read: {error}.", code="backup-damaged") from error
    name = copy_name(Path(SINGLE), manifest.recipients).name
    grown = f"{KEYS}/{name}"  # of an earlier version; it went on growing while a house streamed, and each key in it proves itself
    besides = {KEYS_MANIFEST, SEGMENTS, f".{SEGMENTS}.part", LOCK, grown, f"{KEYS}/.{name}.part"}
    check_entries(folder, {path: one for path, one in manifest.files.items() if path != grown}, besides, SUBJECTS)
    if grown in manifest.files and not (folder / grown).is_file() and not (folder / SUBJECTS).is_dir():
        raise StoreError(f"{folder}/{grown} is missing.", code="backup-damaged", hint="Take another copy of the keys.")
    check_there(folder)
    return manifest


def check_sealed_by(folder: Path, vkey: str) -> ledger.Receipt:
    """See that a backup's statement was sealed by the house that has a receipt key.

    Args:
        folder: The backup.
        vkey: Public receipt key of the house, in C2SP form.

    Returns:
        The receipt of the statement, which names its place in the log.

    Raises:
        ProofError: It was not.
    """
    try:
        receipt = ledger.read_proof((folder / RECEIPT).read_bytes())
        said = (folder / STATEMENT).read_bytes()
    except OSError as error:
        raise ProofError(f"{folder} has no receipt: {error.strerror}.", code="backup-unsealed") from error
    if not isinstance(receipt, ledger.Receipt):
        raise ProofError(f"{folder}/{RECEIPT} is not a receipt.", code="backup-unsealed")
    verdict = ledger.verify_receipt(receipt, [vkey], said)
    if not verdict.holds:
        why = " ".join(check.reason for check in verdict.checks if check.outcome == "failed")
        raise ProofError(f"{folder} was not sealed by this instance: {why}", code="backup-of-another")
    return receipt
