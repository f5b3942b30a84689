# SPDX-License-Identifier: Apache-2.0
"""A family of logs, one a year: each after the first begins with the last checkpoint of the one before.

So whoever trusts the newest log trusts them all: its signed root covers its first entry, and that entry fixes every
byte of the year before. The first log stands in the folder itself, each later one in a folder named after its year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from cocket.errors import ProofError
from cocket.ledger.audit import CHECKPOINT_FILE, LogVerdict, verify_log
from cocket.ledger.checkpoint import read_checkpoint
from cocket.ledger.descent import Problem
from cocket.ledger.note import split_note
from cocket.ledger.tiles import TILE_WIDTH, Read, Tile, read_entries

_YEAR = re.compile(r"(.+)/(\d{4})")
_FOLDER = re.compile(r"(\d{4})/(.+)", re.DOTALL)


class FamilyVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading all logs of an administration.

    Attributes:
        logs: Folder within the folder, empty for the first log, with the verdict on the log in it; oldest first (1..n).
        problems: Where a log does not go on from the one before (0..n).
    """

    logs: tuple[tuple[str, LogVerdict], ...]
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        """Whether every log holds and goes on from the one before.

        Source: floor plan §3, one log a year per administration.
        """
        return not self.problems and all(verdict.holds for _, verdict in self.logs)


def family_of(origin: str) -> str:
    """The family a log belongs to: its origin without the year at the end.

    Source: floor plan §3, one log a year per administration.
    """
    match = _YEAR.fullmatch(origin)
    return match[1] if match else origin


def log_of_year(origin: str, year: int) -> str:
    """The origin of a family's log of another year.

    Args:
        origin: Origin of any log of the family.
        year: The year, four digits.

    Source: floor plan §3, one log a year per administration.
    """
    return f"{family_of(origin)}/{year:04}"


def year_of(origin: str) -> int | None:
    """The year an origin ends with; None if it names none.

    Source: floor plan §3, one log a year per administration.
    """
    match = _YEAR.fullmatch(origin)
    return int(match[2]) if match else None


def year_folders(paths: Iterable[str]) -> dict[str, list[str]]:
    """Files of a folder by the log they belong to.

    Args:
        paths: Paths of all files below the folder.

    Returns:
        Folder of each log, empty for the first, oldest first; with the paths within it.

    Source: floor plan §3, one log a year per administration.
    """
    logs: dict[str, list[str]] = {"": []}
    for path in paths:
        match = _FOLDER.fullmatch(path)
        logs.setdefault(match[1] if match else "", []).append(match[2] if match else path)
    return dict(sorted(logs.items()))


def verify_family(read: Read, list_files: Callable[[], Iterable[str]], vkeys: Iterable[str] = ()) -> FamilyVerdict:
    """Check a folder with the logs of one or several years: every byte of it counts.

    Args:
        read: Gives the bytes of a file by its path below the folder, None if there is none.
        list_files: Gives the path of every file below the folder.
        vkeys: Public keys as one knows them from elsewhere (0..n); each is for the log whose name it has. A log without
            one is vouched for by the log that follows on it, if there is one.

    Returns:
        The verdict on each log, and on each passage from one year to the next.

    Raises:
        ProofError: A key is not one.

    Source: C2SP tlog-tiles; floor plan §3, one log a year per administration.
    """
    keys = list(vkeys)
    logs = []
    problems = []
    before: tuple[str, LogVerdict] | None = None
    for folder, paths in year_folders(list_files()).items():
        within = _within(read, folder)
        own = _own_key(keys, within)
        verdict = verify_log(within, paths.copy, own)
        if before is not None:
            problems += _passage(read, before, (folder, verdict))
        before = (folder, verdict)
        logs.append(before)
    return FamilyVerdict(logs=tuple(logs), problems=tuple(problems))


def _within(read: Read, folder: str) -> Read:
    return (lambda path: read(f"{folder}/{path}")) if folder else read


def _origin(read: Read) -> str | None:
    note = read(CHECKPOINT_FILE)
    try:
        return read_checkpoint(split_note(note)[0]).origin if note is not None else None
    except ProofError:
        return None


def _own_key(keys: list[str], read: Read) -> str | None:
    """The key for this log among those given; where only one is given, it is for a log of any name but another year's."""
    origin = _origin(read)
    named = [key for key in keys if key.partition("+")[0] == origin]
    if named:
        return named[0]
    others = [key for key in keys if origin is None or family_of(key.partition("+")[0]) != family_of(origin)]
    return others[0] if others else None


def _passage(read: Read, before: tuple[str, LogVerdict], after: tuple[str, LogVerdict]) -> list[Problem]:
    """Whether a log begins with the last checkpoint of the one before, to which witnesses may have added since."""
    old, new = before[1], after[1]
    place = f"{after[0]}/{Tile(None, 0).folder}"
    last = read(f"{before[0]}/{CHECKPOINT_FILE}".lstrip("/"))
    try:
        bundle = Tile(None, 0, min(TILE_WIDTH, new.size or 0) or 1)
        first = read_entries(_within(read, after[0]), bundle)[0]
    except ProofError:
        return [Problem(file=place, code="unreadable", message="Its first entry cannot be read.", entry=0)]
    if last is None or not _is_of_same(first, last):
        message = "It does not begin with the last checkpoint of the preceding log, as stored in its folder."
        return [Problem(file=place, code="altered", message=message, entry=0)]
    if old.origin is None or new.origin is None or family_of(old.origin) != family_of(new.origin):
        message = f"{new.origin} does not continue {old.origin}: they belong to different families."
        return [Problem(file=f"{after[0]}/{CHECKPOINT_FILE}", code="altered", message=message)]
    return []


def _is_of_same(earlier: bytes, later: bytes) -> bool:
    """Whether two notes have the same text, and the later one every signature of the earlier."""
    try:
        text, signatures = split_note(earlier)
        later_text, later_signatures = split_note(later)
    except ProofError:
        return earlier == later
    return text == later_text and set(signatures) <= set(later_signatures)
