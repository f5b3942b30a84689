# SPDX-License-Identifier: Apache-2.0
"""Finding and opening the files of a host's folder, whatever else lies in it.

Whoever may write into the folder may put anything there: links to files outside, pipes, devices, files that change
under the reader. Every step goes from one open folder to the next and never through a link, so that nothing can be
exchanged between a look and the opening; a file is judged by what was opened, not by its name.
"""

from __future__ import annotations

import errno
import os
import stat
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from cocket.errors import PartnerError, SenderError, StoreError
from cocket.feeds.patience import HANGS_SECONDS, Patience
from cocket.pipeline import HostFile, NewProblem, host_file

#: Ends of names of files that are looked into: messages, tables, and certificates (`.tt` is TradeTrust's own).
WANTED = (".xml", ".xml.gz", ".csv", ".json", ".json.gz", ".tt", ".sd-jwt")

#: Files looked at together (count), and folders within folders (count).
_CHUNK, _DEEPEST = 1000, 64

#: Parts that one packed file may have, and bytes read at once.
_MOST_PARTS, _READ_BYTES = 1000, 1 << 20

_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

#: The machine, not the file, is at fault.
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)

#: The file is there no more, or is another now: the next look will tell.
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)

_LINK = "is a link, and links are not followed. Put the file itself there, or configure the folder that it leads to."


class UntakenError(SenderError):
    """A file cannot be taken in as it is.

    Args:
        code: Kebab-case name of the reason.
        message: What is wrong and what to do, in words that follow the file's name.
        may_pass: Whether it may pass without the file changing, so that trying again makes sense.
    """

    def __init__(self, code: str, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message, code=code)
        self.may_pass = may_pass


class ChangedError(SenderError):
    """A file changed while it was being read."""

    code = "changing"


class GoneError(SenderError):
    """A file no longer exists."""

    code = "gone"


class Chunk(msgspec.Struct, frozen=True):
    """Some of what lies in one folder.

    Attributes:
        files: Regular files with a wanted name (0..n), in order of name.
        refused: What is not looked into (0..n): links, pipes, folders that may not be read.
        names: Wanted names met so far in this walk (count).
    """

    files: list[HostFile]
    refused: list[NewProblem]
    names: int


class HostFolder:
    """A host's folder, only read.

    Args:
        folder: The folder; if it is itself a link, that was the operator's choice and is followed.
        home: Cocket's own home, which is never looked into, even if it lies in the folder.
        only: Name of the one file in it that is looked at; None looks at all.
    """

    def __init__(self, folder: Path, home: Path, only: str | None = None) -> None:
        self._only = None if only is None else os.fsencode(only)
        self._folder = folder
        self._home = home
        self._patience = Patience(f"The host's folder {folder}", HANGS_SECONDS)
        self.root = os.fsencode(self._patience.within(folder.resolve))

    def walk(self) -> Iterator[Chunk]:
        """Everything in the folder and the folders within it, in a stable order. Names that begin with a dot are left.

        Raises:
            PartnerError: The folder is not there, or may not be read.
            StoreError: This machine has no more memory or open files to give.
        """
        own = _identity(self._home)
        pending = [b""]
        names = 0
        while pending:
            below = pending.pop()
            try:
                handle = self._patience.within(partial(self._open_folder, below), os.close)
            except OSError as error:
                if not below:
                    raise _no_folder(self._folder, error) from error
                _unless_ours(error)
                if error.errno not in _GONE:
                    yield Chunk([], [self._refused(below, None, "unreadable", _words(error))], names)
                continue
            try:
                if own is not None and own == _pair(os.fstat(handle)):
                    reason = "is Cocket's own home folder, not the host's. Watch another folder."
                    yield Chunk([], [self._refused(below, None, "own-file", reason)], names)
                    continue
                folders: list[bytes] = []
                for chunk in self._chunks(handle, below, folders):
                    names += len(chunk.files)
                    yield Chunk(chunk.files, chunk.refused, names)
                pending += reversed(folders)
            finally:
                os.close(handle)

    def read(self, file: HostFile, most: int) -> bytes:
        """The content of a file, unpacked.

        Args:
            file: As it was found.
            most: Largest content (bytes), packed or not.

        Raises:
            UntakenError: It cannot be taken in as it is.
            ChangedError: It is not as it was found, or changed while it was read.
            GoneError: It no longer exists.
            StoreError: This machine has no more memory or open files to give.
        """
        below = file.path[len(self.root) + 1 :] if self.root != b"/" else file.path[1:]
        try:
            data = self._patience.within(partial(self._read_whole, below, file, most))
        except OSError as error:
            if error.errno in _GONE:
                raise GoneError("no longer exists.") from error
            _unless_ours(error)
            raise UntakenError("unreadable", _words(error), may_pass=True) from error
        return _unpacked(data, most) if below.lower().endswith(b".gz") else data

    def _read_whole(self, below: bytes, file: HostFile, most: int) -> bytes:
        handle = self._open_file(below)
        try:
            return self._read(handle, file, most)
        finally:
            os.close(handle)

    def _read(self, handle: int, file: HostFile, most: int) -> bytes:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode) or host_file(file.path, before) != file:
            raise ChangedError("changes while it is read.")
        if before.st_nlink > 1 and _pair(before) in _own_files(self._home):
            raise UntakenError("own-file", "is one of Cocket's own files under another name.")
        if before.st_size > most:
            raise UntakenError("too-large", f"has {before.st_size} bytes; the limit is {most}.")
        parts = []
        while part := os.read(handle, _READ_BYTES):
            parts.append(part)
            if sum(map(len, parts)) > before.st_size:
                raise ChangedError("changes while it is read.")
        data = b"".join(parts)
        if len(data) != before.st_size or host_file(file.path, os.fstat(handle)) != file:
            raise ChangedError("changes while it is read.")
        if not data:
            raise UntakenError("empty", "is empty.")
        return data

    def _chunks(self, handle: int, below: bytes, folders: list[bytes]) -> Iterator[Chunk]:
        """The files of one open folder; folders in it are added to `folders`."""
        try:
            listed = sorted(map(os.fsencode, self._patience.within(partial(os.listdir, handle))))
        except OSError as error:
            _unless_ours(error)
            yield Chunk([], [self._refused(below, None, "unreadable", _words(error))], 0)
            return
        wanted = [name for name in listed if not name.startswith(b".") and self._only in (None, name)]
        for start in range(0, len(wanted), _CHUNK):
            names = wanted[start : start + _CHUNK]
            files, refused, more = self._patience.within(partial(self._chunk, handle, below, names))
            folders += more
            yield Chunk(files, refused, 0)

    def _chunk(
        self, handle: int, below: bytes, names: list[bytes]
    ) -> tuple[list[HostFile], list[NewProblem], list[bytes]]:
        """Files, what is refused, and folders among some names of an open folder."""
        files: list[HostFile] = []
        refused: list[NewProblem] = []
        folders: list[bytes] = []
        for name in names:
            path = below + b"/" + name if below else name
            try:
                seen = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except OSError as error:
                _unless_ours(error)
                if error.errno not in _GONE:
                    refused.append(self._refused(path, None, "unreadable", _words(error)))
                continue
            self._sort(path, seen, (files, refused, folders))
        return files, refused, folders

    def _sort(
        self, path: bytes, seen: os.stat_result, places: tuple[list[HostFile], list[NewProblem], list[bytes]]
    ) -> None:
        """Put one name where it belongs, by its kind; what has no wanted name and is no folder is left without a word."""
        files, refused, folders = places
        is_wanted = path.lower().endswith(tuple(map(str.encode, WANTED)))
        if stat.S_ISDIR(seen.st_mode):
            if path.count(b"/") + 1 >= _DEEPEST:
                reason = f"is more than {_DEEPEST} folders deep."
                refused.append(self._refused(path, seen, "too-deep", reason))
            else:
                folders.append(path)
        elif stat.S_ISLNK(seen.st_mode):
            if is_wanted or self._leads_to_folder(path):
                refused.append(self._refused(path, seen, "link", _LINK))
        elif is_wanted and stat.S_ISREG(seen.st_mode):
            files.append(host_file(self._absolute(path), seen))
        elif is_wanted:
            reason = f"is {_kind(seen)}, not a file."
            refused.append(self._refused(path, seen, "not-regular", reason))

    def _refused(self, below: bytes, seen: os.stat_result | None, code: str, reason: str) -> NewProblem:
        path = self._absolute(below)
        file = HostFile(path=path, size=0, modified=0, changed=0) if seen is None else host_file(path, seen)
        return NewProblem(file, code, reason)

    def _absolute(self, below: bytes) -> bytes:
        return self.root.rstrip(b"/") + b"/" + below if below else self.root

    def _leads_to_folder(self, below: bytes) -> bool:
        """Whether a link leads to a folder: only asked, never gone through."""
        try:
            return Path(os.fsdecode(self._absolute(below))).is_dir()
        except OSError:
            return False

    def _open_folder(self, below: bytes) -> int:
        """Open a folder step by step, none of which is a link; its handle is the caller's to close."""
        handle = os.open(self._folder, _FOLDER)
        for name in filter(None, below.split(b"/")):
            try:
                inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=handle)
            finally:
                os.close(handle)
            handle = inner
        return handle

    def _open_file(self, below: bytes) -> int:
        above, _, name = below.rpartition(b"/")
        folder = self._open_folder(above)
        try:
            return os.open(name, _FILE, dir_fd=folder)
        finally:
            os.close(folder)


def _unpacked(data: bytes, most: int) -> bytes:
    """The content of a packed file, every part of it, and not a byte more than is allowed."""
    parts: list[bytes] = []
    room = most
    for _ in range(_MOST_PARTS):
        inflater = zlib.decompressobj(wbits=31)
        try:
            part = inflater.decompress(data, room + 1)
        except zlib.error as error:
            raise UntakenError("damaged", f"is not a valid packed file: {error}.") from error
        room -= len(part)
        if room < 0:
            raise UntakenError("too-large", f"has more than {most} bytes when unpacked, which is the limit.")
        if not inflater.eof:
            raise UntakenError("damaged", "is a truncated packed file.")
        parts.append(part)
        data = inflater.unused_data.lstrip(b"\0")
        if not data:
            break
    else:
        raise UntakenError("damaged", f"has more than {_MOST_PARTS} packed parts.")
    whole = b"".join(parts)
    if whole.startswith(b"\x1f\x8b"):
        raise UntakenError("packed-twice", "is packed twice; pack it once.")
    if not whole:
        raise UntakenError("empty", "is empty when unpacked.")
    return whole


def _own_files(home: Path) -> set[tuple[int, int]]:
    """Which files are the administration's own secrets."""
    found = set()
    for place in (home, home / "keys"):
        try:
            with os.scandir(place) as entries:
                found |= {_pair(entry.stat(follow_symlinks=False)) for entry in entries}
        except OSError:
            continue
    return found


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        return _pair(path.stat())
    except OSError:
        return None


def _pair(seen: os.stat_result) -> tuple[int, int]:
    return seen.st_dev, seen.st_ino


def _kind(seen: os.stat_result) -> str:
    kinds = {
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(seen.st_mode), "something else")


def _unless_ours(error: OSError) -> None:
    """Raise if the machine is at fault, so that every other file would fail as well.

    Raises:
        StoreError: It is.
    """
    if error.errno in _OURS:
        raise StoreError(f"The host's folder cannot be read: {error.strerror}.") from error


def _words(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}."


def _no_folder(folder: Path, error: OSError) -> PartnerError:
    _unless_ours(error)
    return PartnerError(
        f"The host's folder {folder} cannot be read: {error.strerror}.",
        code="feed-folder",
        hint="Check that it exists, is mounted, and that Cocket may read it.",
    )
