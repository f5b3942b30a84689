# SPDX-License-Identifier: Apache-2.0
"""What a door could not store or look up for a reason that is not the sender's, counted for whoever asks how it is."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime

import msgspec
import psycopg

from cocket.errors import OF_ANOTHER_VERSION, CocketError, StoreError
from cocket.findings.words import counted
from cocket.pipeline.base.heartbeat import words_of
from cocket.stores.base.role_states import Deeds

#: How long after its last failure a sender's trouble is told, where the sender sends nothing more (seconds).
TOLD_SECONDS = 600.0

#: Senders kept and named at most (count).
_MOST_KEPT, _MOST_NAMED = 1000, 3

_SQLSTATE = re.compile(r"[0-9A-Z]{5}")

#: Classes of SQLSTATE by which the database is away: connection, resources, shut down. Source: PostgreSQL 17, appendix A.
_AWAY = ("08", "53", "57")

#: In place of a sender where the key could not be looked up.
_NO_SENDER = ""


class _Trouble(msgspec.Struct):
    """What failed for one sender since the last success for that sender.

    Attributes:
        first: When it first failed, Unix time.
        last: When it last failed, Unix time.
        count: How often.
    """

    first: float
    last: float
    count: int


class StoreTally:
    """Counts what was stored and what could not be, for one process of a door. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._troubles: dict[str, _Trouble] = {}
        self._stored = 0.0
        self._error: tuple[str, str] = ("", "")

    def stored(self, sender: str = _NO_SENDER) -> None:
        """A message of a sender was stored; without a sender, a key was looked up."""
        with self._lock:
            if sender != _NO_SENDER:
                self._stored = time.time()
            self._troubles.pop(sender, None)

    def failed(self, error: Exception, sender: str = _NO_SENDER) -> None:
        """A message of a sender could not be stored; without a sender, a key could not be looked up."""
        now, code = time.time(), _code_of(error)
        if isinstance(error, StoreError) and _is_away(code):
            return  # the database as a whole is away, or is another's: another check says so, and says when it is over
        with self._lock:
            self._error = code, words_of(error)
            trouble = self._troubles.setdefault(sender, _Trouble(first=now, last=now, count=0))
            trouble.last, trouble.count = now, trouble.count + 1
            while len(self._troubles) > _MOST_KEPT:
                del self._troubles[next(iter(self._troubles))]

    def deeds(self) -> Deeds:
        """What stands now: failures since the last success of their senders, the last of them, and the last success."""
        now = time.time()
        with self._lock:
            self._troubles = {name: one for name, one in self._troubles.items() if now - one.last <= TOLD_SECONDS}
            worked = _moment(self._stored) if self._stored else None
            if not self._troubles:
                return Deeds(worked=worked)
            code, words = self._error
            return Deeds(
                worked=worked,
                failures=sum(one.count for one in self._troubles.values()),
                failing_since=_moment(min(one.first for one in self._troubles.values())),
                error_code=code,
                error_words=f"{_named(list(self._troubles))}: {words}{f' (SQLSTATE {code})' if _SQLSTATE.fullmatch(code) else ''}",
                error_at=_moment(max(one.last for one in self._troubles.values())),
            )


def _named(senders: list[str]) -> str:
    named = sorted(one for one in senders if one != _NO_SENDER)
    if not named:
        return "keys cannot be looked up"
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    listed = ", ".join(one[:40] for one in named[:_MOST_NAMED])
    keys = "; keys cannot be looked up" if len(named) < len(senders) else ""
    return f"messages of {counted(len(named), 'sender')} ({listed}{more}) cannot be stored{keys}"


def _is_away(code: str) -> bool:
    """Whether the database as a whole refused, and not one statement or what is in its tables."""
    if _SQLSTATE.fullmatch(code) is not None:
        return code[:2] in _AWAY
    return code == StoreError.code or code in OF_ANOTHER_VERSION


def _code_of(error: Exception) -> str:
    """The SQLSTATE if the database said one, else the code of ours, else the kind of the error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, psycopg.Error) and cause.sqlstate:
            return cause.sqlstate
        cause = cause.__cause__
    return error.code if isinstance(error, CocketError) else type(error).__name__


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
