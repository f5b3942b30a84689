# SPDX-License-Identifier: Apache-2.0
"""What a monitor keeps between two looks: a small file, the leaf hashes beside it, and a folder of alarms.

`FILE` is JSON and names the last good head. `FILE.leaves` has 32 bytes for each entry; what lies beyond that head is of
a look that was not finished, and is written over. `FILE.alarms/` has a file for each alarm, which is never changed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from cocket.errors import ProofError, SettingsError, StoreError
from cocket.exchange.advice_files import put_file
from cocket.ledger import Verifier
from cocket.ledger.monitoring import Alarm, Seen, Sight

_LENGTH = 32
_ALARMS = ".alarms"


class KeptAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as it is kept.

    Attributes:
        time: When it was raised, RFC 3339 in UTC.
        alarm: What is wrong, with the evidence if there is any.
        before: The last good head, a note; empty if there was none.
        shown: The checkpoint that was shown, as it came; empty if none was.
    """

    time: str
    alarm: Alarm
    before: str
    shown: str


class WatchedLog(msgspec.Struct, frozen=True, kw_only=True):
    """A log as its monitor left it.

    Attributes:
        log: Its name.
        seen: What is known of it.
        alarms: Those that were raised and not put away (0..n), each with its file, the newest first.
        unreadable: Files beside them that are no alarms (0..n).
    """

    log: str
    seen: Seen
    alarms: tuple[tuple[str, KeptAlarm], ...]
    unreadable: tuple[str, ...]


class WatchFiles:
    """What a monitor knows of one log; one monitor at a time.

    Args:
        path: The file; it and its folder are made at need.

    Raises:
        SettingsError: Another monitor uses it.
        StoreError: It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._alarms = path.with_name(f"{path.name}{_ALARMS}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            leaves = path.with_name(f"{path.name}.leaves")
            self._leaves = os.open(leaves, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(self._leaves, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._leaves)
            raise SettingsError(f"Another monitor is using {path}.", hint="Give each its own --state.") from error

    def close(self) -> None:
        """Let another monitor use it."""
        os.close(self._leaves)

    def read(self) -> Seen | None:
        """What is known of the log; None before the first look.

        Raises:
            StoreError: It cannot be read, or is not such a file.
        """
        return _read_seen(self._path)

    def write(self, seen: Seen) -> None:
        """Keep what is known, once the leaves below it are durable.

        Raises:
            StoreError: The disk refuses.
        """
        try:
            os.fsync(self._leaves)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}.") from error
        put_file(self._path, msgspec.json.format(msgspec.json.encode(seen)) + b"\n")

    def get(self, first: int, end: int) -> list[bytes]:
        """Hashes of the leaves from `first` to before `end`; fewer if fewer are known.

        Raises:
            StoreError: The disk refuses.
        """
        try:
            data = os.pread(self._leaves, max(0, end - first) * _LENGTH, first * _LENGTH)
        except OSError as error:
            raise StoreError(f"{self._path}.leaves cannot be read: {error.strerror}.") from error
        return [data[at : at + _LENGTH] for at in range(0, len(data) - _LENGTH + 1, _LENGTH)]

    def put(self, first: int, hashes: Sequence[bytes]) -> None:
        """Keep hashes of leaves from `first` on.

        Raises:
            StoreError: The disk refuses.
        """
        data, at = b"".join(hashes), first * _LENGTH
        try:
            while data:
                written = os.pwrite(self._leaves, data, at)
                data, at = data[written:], at + written
        except OSError as error:
            raise StoreError(f"{self._path}.leaves cannot be written: {error.strerror}.") from error

    def keep_alarm(self, sight: Sight, alarm: Alarm, now: int) -> Path:
        """Keep an alarm, unless the same one about the same heads is kept already.

        Returns:
            Its file.

        Raises:
            StoreError: The disk refuses.
        """
        of = msgspec.json.encode([alarm.kind, alarm.file, alarm.entry, sight.seen.note, sight.note])
        name = f"{alarm.kind}-{sha256(of).hexdigest()[:16]}.json"
        path = self._alarms / name
        if not path.exists():
            put_file(path, _kept(alarm, sight.seen.note, sight.note, now))
        return path


def write_alarm(path: Path, alarm: Alarm, shown: str, now: int) -> None:
    """Write an alarm that no monitor raised, in the form of those that monitors keep.

    Args:
        path: The file.
        alarm: The alarm, with what convicts the log.
        shown: The note that it rests on.
        now: The time (POSIX seconds, UTC).

    Raises:
        StoreError: The disk refuses.
    """
    put_file(path, _kept(alarm, "", shown, now))


def watch_folder(home: Path) -> Path:
    """Where the monitors of a house keep what they know, unless they are told otherwise."""
    return home / "monitor"


def read_watched(folder: Path) -> tuple[WatchedLog, ...]:
    """All logs that monitors watch with their state in a folder (0..n), by name; it may be read while they work.

    Raises:
        StoreError: What is known of one cannot be read.
    """
    found = [read_watched_file(path) for path in sorted(folder.glob("*.json")) if path.is_file()]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.log))


def read_alarm(path: Path) -> KeptAlarm:
    """An alarm from its file.

    Raises:
        SettingsError: It cannot be read, or is not one.
    """
    try:
        return decode_alarm(path.read_bytes(), str(path))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def decode_alarm(content: bytes, name: str) -> KeptAlarm:
    """An alarm from what its file holds.

    Args:
        content: The file.
        name: Its name, for the error.

    Raises:
        SettingsError: It is not one.
    """
    try:
        return msgspec.json.decode(content, type=KeptAlarm)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} is not an alarm of a monitor: {error}.") from error


def _kept(alarm: Alarm, before: str, shown: str, now: int) -> bytes:
    time = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = KeptAlarm(time=time, alarm=alarm, before=before, shown=shown)
    return msgspec.json.format(msgspec.json.encode(kept)) + b"\n"


def read_watched_file(path: Path) -> WatchedLog | None:
    """A log that a monitor watches with its state in a file; None where there is none.

    Raises:
        StoreError: What is known of it cannot be read.
    """
    seen = _read_seen(path)
    if seen is None:
        return None
    alarms, unreadable = [], []
    for file in sorted(path.with_name(f"{path.name}{_ALARMS}").glob("*.json")):
        try:
            alarms.append((str(file), read_alarm(file)))
        except SettingsError:
            unreadable.append(str(file))
    try:
        log = Verifier.from_vkey(seen.vkey).name
    except ProofError as error:
        raise StoreError(f"{path} is not a monitor's state file: {error}") from error
    alarms.sort(key=lambda one: one[1].time, reverse=True)
    return WatchedLog(log=log, seen=seen, alarms=tuple(alarms), unreadable=tuple(unreadable))


def _read_seen(path: Path) -> Seen | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Seen)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} is not a monitor's state file: {error}.") from error
