# SPDX-License-Identifier: Apache-2.0
"""Copies of the database by PostgreSQL's own tools: whole with its files, as a dump, and its log as it is written.

Source: PostgreSQL 17, chapter 26 (backup and restore), pg_basebackup, pg_receivewal, pg_verifybackup, pg_dump.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec

from cocket.errors import StoreError
from cocket.stores.postgres.binaries import Binaries
from cocket.stores.postgres.cluster import small_environment
from cocket.stores.postgres.sessions import pinned_address

#: The slot by which the server keeps what was not streamed yet.
SLOT = "cocket_backup"

_SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?")
_START = re.compile(r"START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)")

#: All of the log is at hand already, and nobody is let in before it is read.
_RECOVERY = ("restore_command = 'false'\n", "hot_standby = 'off'\n")

#: Segments of 16 MB in one logical file of 4 GB (count).
_PER_FILE = 256


class Segment(msgspec.Struct, frozen=True, order=True):
    """One file of the write-ahead log.

    Attributes:
        timeline: Timeline.
        number: Its place, counted from the beginning of all.
        is_partial: Whether it was still being written.
        name: What the file is called.
    """

    timeline: int
    number: int
    is_partial: bool
    name: str


def copy_files(binaries: Binaries, dsn: str, folder: Path) -> None:
    """Copy a running database with its files, and all of its log that is needed to start from them.

    Args:
        binaries: Programs of the server's major version.
        dsn: A connection that may replicate.
        folder: Where; absent.

    Raises:
        StoreError: It cannot be copied.
    """
    how = ["--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256", "--no-password"]
    _run([binaries.program("pg_basebackup"), "--dbname", dsn, "--pgdata", str(folder), *how], "The database", dsn)


def check_files(binaries: Binaries, folder: Path) -> None:
    """Hold copied files against the manifest that PostgreSQL wrote, and see that their log is whole.

    Raises:
        StoreError: A file is missing or was changed.
    """
    _run([binaries.program("pg_verifybackup"), "--exit-on-error", str(folder)], "The copy of the database")


def dump(binaries: Binaries, dsn: str, file: Path) -> None:
    """Dump one database as it is at one moment.

    Raises:
        StoreError: It cannot be dumped.
    """
    words = ["--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    _run([binaries.program("pg_dump"), *words, "--file", str(file), "--dbname", dsn], "The database", dsn)


def load(binaries: Binaries, dsn: str, file: Path) -> None:
    """Load a dump into an empty database, in one transaction.

    Raises:
        StoreError: It cannot be loaded; nothing of it is there.
    """
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"]
    _run([binaries.program("pg_restore"), *words, "--dbname", dsn, str(file)], "The dump", dsn)


def receive_log(binaries: Binaries, dsn: str, folder: Path) -> subprocess.Popen[bytes]:
    """Begin to write the server's log to a folder, each piece durable as soon as it has come.

    Args:
        binaries: Programs of the server's major version.
        dsn: A connection that may replicate.
        folder: Where the segments go; it exists.

    Returns:
        The program, which ends when the connection does; standard error is a pipe.

    Raises:
        StoreError: It cannot be started.
    """
    program = binaries.program("pg_receivewal")
    to = ["--dbname", dsn, "--directory", str(folder), "--slot", SLOT, "--no-password"]
    with contextlib.suppress(StoreError):  # the slot may be there
        _run([program, *to, "--create-slot", "--if-not-exists"], "The slot", dsn)
    words, environment = _opened([program, *to, "--synchronous", "--no-loop"], dsn)
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise StoreError(f"{program} cannot be run: {error.strerror}.") from error


def segments(folder: Path) -> list[Segment]:
    """Segments in a folder, oldest first; of one that is there whole and partial, the whole (0..n)."""
    found: dict[tuple[int, int], Segment] = {}
    names = sorted((one.name for one in folder.iterdir()), reverse=True) if folder.is_dir() else []
    for name in names:  # a partial one comes before its whole, which takes its place
        match = _SEGMENT.fullmatch(name)
        if match:
            number = int(match[2], 16) * _PER_FILE + int(match[3], 16)
            one = Segment(int(match[1], 16), number, bool(match[4]), name)
            found[one.timeline, one.number] = one
    return sorted(found.values())


def first_needed(data: Path) -> Segment:
    """The segment from which copied files have to be brought forward.

    Raises:
        StoreError: The copy does not say.
    """
    try:
        match = _START.search((data / "backup_label").read_text("utf-8", "replace"))
    except OSError as error:
        raise StoreError(f"{data} is not a copy of a database: {error.strerror}.") from error
    if match is None:
        raise StoreError(f"{data}/backup_label does not state where its write-ahead log begins.")
    name = match[1]
    return Segment(int(name[:8], 16), int(name[8:16], 16) * _PER_FILE + int(name[16:], 16), False, name)


def gap(have: list[Segment], start: Segment) -> Segment | None:
    """The first segment from a start on that is missing while later ones are there; None if none is.

    Args:
        have: What there is.
        start: From where on; segments of other timelines are left out.
    """
    numbers = {one.number for one in have if one.timeline == start.timeline and one.number >= start.number}
    if not numbers:
        return None
    missing = min(set(range(start.number, max(numbers))) - numbers, default=None)
    if missing is None:
        return None
    name = f"{start.timeline:08X}{missing // _PER_FILE:08X}{missing % _PER_FILE:08X}"
    return Segment(start.timeline, missing, False, name)


def prepare_recovery(data: Path, log: Path | None, upto: Segment | None) -> int:
    """Let copied files be brought forward by all of the log there is, at the server's next start.

    Args:
        data: The copied files.
        log: Where the log was streamed to; None for what is in the copy alone.
        upto: A missing segment, before which to stop; None if none is missing.

    Returns:
        How many segments were added (0..n).

    Raises:
        StoreError: They cannot be copied.
    """
    start = first_needed(data)
    more = [one for one in segments(log) if one.timeline == start.timeline] if log else []
    wanted = [one for one in more if one.number >= start.number and (upto is None or one.number < upto.number)]
    try:
        for one in wanted:
            target = data / "pg_wal" / one.name.removesuffix(".partial")
            if not (one.is_partial and target.exists()):
                shutil.copyfile((log or data) / one.name, target)
                target.chmod(0o600)
        # A new timeline: what this copy writes from now on is never taken for the original's.
        (data / "recovery.signal").touch(mode=0o600)
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as conf:
            conf.write("".join(_RECOVERY))
    except OSError as error:
        raise StoreError(f"The database's write-ahead log cannot be copied: {error.strerror}.") from error
    return len(wanted)


def end_recovery(data: Path) -> None:
    """Forget what `prepare_recovery` wrote down, once the server has come up."""
    conf = data / "postgresql.auto.conf"
    lines = conf.read_text("utf-8").splitlines(keepends=True)
    conf.write_text("".join(line for line in lines if line not in _RECOVERY), "utf-8")


def _run(words: list[str], what: str, dsn: str = "") -> None:
    """Run one program to its end; a password in a connection is not told.

    Raises:
        StoreError: It failed.
    """
    words, environment = _opened(words, dsn)
    try:
        done = subprocess.run(
            words,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise StoreError(f"{words[0]} cannot be run: {error.strerror}.") from error
    if done.returncode:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        said = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "it gave no reason")
        raise StoreError(f"{what} cannot be copied or read: {said.strip().rstrip('.')}.", code="backup-tool")


def _opened(words: list[str], dsn: str) -> tuple[list[str], dict[str, str]]:
    """A command line whose connection is opened as every session of ours is, and its environment."""
    environment = small_environment()
    if not dsn:
        return words, environment
    address, password = pinned_address(dsn)
    if password:
        environment["PGPASSWORD"] = password
    return [address if word == dsn else word for word in words], environment


def sync_folder(folder: Path) -> None:
    """Make all files of a folder durable.

    Raises:
        StoreError: The disk refused.
    """
    try:
        for place, _, names in os.walk(folder, topdown=False):
            for one in [*(Path(place) / name for name in names), Path(place)]:
                descriptor = os.open(one, os.O_RDONLY | os.O_NOFOLLOW)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made durable: {error.strerror}.") from error
