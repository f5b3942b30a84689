# SPDX-License-Identifier: Apache-2.0
"""Files of an archive: encrypted bodies of one month's advice, or contents of its messages, as Parquet, found by their ids.

A file says of a record or message its id, kind, time, leaf, and the slot of its key: what its leaf says too, for ever. The body is as it
stood in the database, under a key of its own that is not here; whoever destroys that key erases it in every copy of the file.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import ArchiveAwayError, StoreError

#: What a file has: bodies of advice, or contents of messages.
What = Literal["advice", "messages"]

#: Bodies that one file has at most (count, and bytes before they are written), and those that are read from a disk at once.
PART_ROWS: Final = 20_000
PART_BYTES: Final = 128 << 20
_GROUP_ROWS: Final = 512

#: Bytes read at once for a digest.
_CHUNK: Final = 1 << 20


class ArchivedBody(msgspec.Struct, frozen=True, gc=False):
    """One body, as a file has it.

    Attributes:
        id: Its record or message.
        leaf: Index of its leaf.
        kind: Of the leaf.
        at: When it was sealed, UTC.
        slot: Slot of its key.
        body: The bytes, encrypted.
    """

    id: UUID
    leaf: int
    kind: str
    at: datetime
    slot: int
    body: bytes


class ArchivePart(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a month, as it was sealed.

    Attributes:
        file: Its name in the folder.
        sha256: Of the whole file, 64 hexadecimal digits.
        bytes: Its size.
        rows: Bodies in it (count).
        first: Id of the first of them.
        last: Id of the last of them.
        what: What they are.
    """

    file: str
    sha256: str
    bytes: int
    rows: int
    first: UUID
    last: UUID
    what: What = "advice"


class ArchivedMonth(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a month that was archived.

    Attributes:
        month: As `2026-03`.
        who: Who had it archived.
        rows: Bodies in all its files (count).
        parts: Its files, those of one kind of content in the order of ids (1..n).
    """

    month: str
    who: str
    rows: int
    parts: tuple[ArchivePart, ...]

    def parts_with(self, ids: Collection[UUID], what: What) -> dict[ArchivePart, list[UUID]]:
        """Its files in which some records or messages can be, with those of them."""
        found = {
            part: [one for one in ids if part.first <= one <= part.last] for part in self.parts if part.what == what
        }
        return {part: ids for part, ids in found.items() if ids}


class ArchiveFolder:
    """The folder in which files of the archive are.

    Args:
        folder: Where it is; None where the settings name none.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._compared: dict[str, tuple[int, int, int]] = {}

    def write(self, name: str, bodies: Sequence[ArchivedBody], what: What) -> ArchivePart:
        """Write one file, have it on disk, and read it back; one of that name is replaced once the new one is whole.

        Args:
            name: Its name.
            bodies: In the order of ids (1..20,000).
            what: What they are.

        Raises:
            StoreError: It cannot be written, or is not read back as it was given.
        """
        pl = _polars()
        folder = self._made()
        part = folder / f".{name}.part"
        frame = pl.DataFrame(
            {
                "id": [str(one.id) for one in bodies],
                "leaf": [one.leaf for one in bodies],
                "kind": [one.kind for one in bodies],
                "at": [one.at for one in bodies],
                "slot": [one.slot for one in bodies],
                "body": [one.body for one in bodies],
            },
            schema={
                "id": pl.String,
                "leaf": pl.Int64,
                "kind": pl.String,
                "at": pl.Datetime("us", "UTC"),
                "slot": pl.Int64,
                "body": pl.Binary,
            },
        )
        try:
            frame.write_parquet(part, compression="zstd", row_group_size=_GROUP_ROWS, statistics=True)
            _flush(part)
            if not pl.read_parquet(part).equals(frame):
                raise StoreError(f"{name} is not read back as it was written: the disk is not to be trusted.")
            told = ArchivePart(
                file=name,
                sha256=_digest(part),
                bytes=part.stat().st_size,
                rows=len(bodies),
                first=bodies[0].id,
                last=bodies[-1].id,
                what=what,
            )
            part.replace(folder / name)
            _flush(folder)
        except OSError as error:
            raise StoreError(f"{folder / name} cannot be written: {error.strerror}. Nothing was removed.") from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return told

    def fault(self, part: ArchivePart, *, is_whole: bool = True) -> str | None:
        """What is wrong with a file, in words that follow its name; None if it is as it was sealed.

        Args:
            part: The file.
            is_whole: Whether all of it is read; else only that it is there, in its size.
        """
        if self.folder is None:
            return "cannot be looked for: COCKET_ARCHIVE_FOLDER is not set"
        path = self.folder / part.file
        try:
            size = path.stat().st_size
            if size == part.bytes and (not is_whole or _digest(path) == part.sha256):
                return None
        except FileNotFoundError:
            return f"is not in {self.folder}"
        except OSError as error:
            return f"cannot be read in {self.folder}: {error.strerror}"
        return "is not as it was sealed"

    def read(self, month: ArchivedMonth, ids: Collection[UUID], what: What) -> dict[UUID, bytes]:
        """Bodies of some records or contents of some messages of a month, encrypted; those that no file has are left out.

        Raises:
            ArchiveAwayError: A file is not there, cannot be read, or is not as it was sealed.
        """
        found: dict[UUID, bytes] = {}
        for part, wanted in month.parts_with(ids, what).items():
            found |= self._read_part(month, part, wanted)
        return found

    def digests(self, month: ArchivedMonth, part: ArchivePart) -> dict[UUID, bytes]:
        """SHA-256 of each body of a file.

        Raises:
            ArchiveAwayError: As for `read`.
        """
        frame = _polars().read_parquet(self._checked(month, part), columns=["id", "body"])
        return {UUID(one): sha256(body).digest() for one, body in frame.iter_rows()}

    def _read_part(self, month: ArchivedMonth, part: ArchivePart, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        pl, path = _polars(), self._checked(month, part)
        names = [str(one) for one in ids]
        one = pl.col("id")
        rows = (
            pl.scan_parquet(path)
            .filter(one.ge(min(names)) & one.le(max(names)) & one.is_in(names))
            .select("id", "body")
            .collect()
        )
        return {UUID(name): body for name, body in rows.iter_rows()}

    def _checked(self, month: ArchivedMonth, part: ArchivePart) -> Path:
        """A file that is as it was sealed: compared when it is first read, and when it was written to since."""
        if self.folder is None:
            raise _away(month, part, "COCKET_ARCHIVE_FOLDER is not set.")
        path = self.folder / part.file
        try:
            stands = path.stat()
            marks = (stands.st_ino, stands.st_size, stands.st_mtime_ns)
            if self._compared.get(part.sha256) != marks:
                if stands.st_size != part.bytes or _digest(path) != part.sha256:
                    raise ArchiveAwayError(
                        f"The archive file {part.file} of {month.month} is not as it was sealed.",
                        code="archive-altered",
                        expected=part.sha256,
                        hint="Put a copy of it back; cocket archive check says which file is in order. Nothing is read from it.",
                    )
                self._compared[part.sha256] = marks
        except FileNotFoundError as error:
            raise _away(month, part, "The archive folder does not have it.") from error
        except OSError as error:
            raise _away(month, part, f"It cannot be read: {error.strerror}.") from error
        return path

    def _made(self) -> Path:
        if self.folder is None:
            raise StoreError(
                "There is no folder for the archive.", code="archive-folder", hint="Set COCKET_ARCHIVE_FOLDER."
            )
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The archive folder {self.folder} cannot be written: {error.strerror}.", code="archive-folder"
            ) from error
        return self.folder


def _away(month: ArchivedMonth, part: ArchivePart, why: str) -> ArchiveAwayError:
    of = "advice" if part.what == "advice" else "content of messages"
    return ArchiveAwayError(
        f"The {of} of {month.month} is archived in the file {part.file}, which is not at hand. {why}",
        found=part.file,
        hint="Mount the archive folder (COCKET_ARCHIVE_FOLDER), or copy the file back to it. Nothing was erased.",
    )


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _flush(path: Path) -> None:
    """Have a file, or the names in a folder, on disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _polars() -> ModuleType:
    """Polars, loaded when a file is first read or written: most processes never do."""
    try:
        import polars as pl
    except ImportError as error:
        raise StoreError(
            "Files of the archive need Polars, which is not installed.", hint="pip install 'cocket[risk]'"
        ) from error
    return pl
