# SPDX-License-Identifier: Apache-2.0
"""How following the log of a partner administration goes, beside what the monitor keeps of it: `FILE.followed`, one for each log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from cocket.errors import StoreError
from cocket.exchange.advice_files import put_file
from cocket.exchange.watch_files import KeptAlarm, WatchedLog, read_watched_file

_ENDING = ".followed"


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """How it went last.

    Attributes:
        agreement: The agreement that names the log.
        country: Of the partner.
        url: Where its files are.
        vkey: Its public key, as the agreement names it.
        looked: When it was last looked at, UTC.
        problem: What the last look met, in words; empty if all is well.
        is_grave: Whether that is about what the log says or who signs it, not only about its being late or away.
        since: Since when something is wrong, UTC; None if nothing is.
    """

    agreement: str
    country: str
    url: str
    vkey: str
    looked: datetime
    problem: str = ""
    is_grave: bool = False
    since: datetime | None = None


class FollowedLog(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's log as it is followed.

    Attributes:
        followed: How it went last.
        log: Its name; None before the first head was taken.
        size: Size of the last head taken for good (entries); None before the first.
        seen: When that head was first seen, UTC; None likewise.
        alarms: Those that were raised and not put away (0..n), each with its file, the newest first.
    """

    followed: Followed
    log: str | None = None
    size: int | None = None
    seen: datetime | None = None
    alarms: tuple[tuple[str, KeptAlarm], ...] = ()

    @property
    def is_grave(self) -> bool:
        """Whether the log is not to be believed as it stands: something grave now, or an alarm that nobody put away."""
        return self.followed.is_grave or bool(self.alarms)


def write_followed(watched: Path, followed: Followed) -> None:
    """Keep how it went.

    Args:
        watched: The monitor's file of the log.
        followed: How it went.

    Raises:
        StoreError: The disk refuses.
    """
    put_file(watched.with_suffix(_ENDING), msgspec.json.format(msgspec.json.encode(followed)) + b"\n")


def read_followed(watched: Path) -> Followed | None:
    """How it went last; None before the first look.

    Raises:
        StoreError: It cannot be read, or is none.
    """
    path = watched.with_suffix(_ENDING)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Followed)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} cannot be read: {error}.") from error


def followed_log(watched: Path, followed: Followed) -> FollowedLog:
    """A log with what the monitor keeps of it.

    Raises:
        StoreError: What the monitor keeps cannot be read.
    """
    known: WatchedLog | None = read_watched_file(watched)
    if known is None:
        return FollowedLog(followed=followed)
    head = known.seen.head
    return FollowedLog(
        followed=followed,
        log=known.log,
        size=head.size if head is not None else None,
        seen=datetime.fromtimestamp(known.seen.since, followed.looked.tzinfo) if head is not None else None,
        alarms=known.alarms,
    )
