# SPDX-License-Identifier: Apache-2.0
"""What everybody has who sends to others: one process that works at a time, a loop that nothing ends unseen, pauses, and bursts that
wait for nobody else's.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from cocket.pipeline.base.heartbeat import Doing, words_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.leases import Lease

_Result = TypeVar("_Result")

#: After which part of its time a lease is renewed.
_RENEWED: Final = 0.25


class OneAtWork:
    """That of several processes one works: a lease, which is taken when it is free and renewed now and then.

    Args:
        stores: The stores of this process.
        name: What for.
        seconds: After how long without a sign of life another process may go on (seconds).
    """

    def __init__(self, stores: Stores, name: str, seconds: float) -> None:
        self._stores, self._seconds = stores, seconds
        self._lease, self._term = Lease(name, seconds), 0
        self._renewed = -seconds

    def holds(self) -> bool:
        """Whether this process is the one that works.

        Raises:
            StoreError: The database does not answer.
        """
        moment = time.monotonic()
        if self._term and moment - self._renewed < self._seconds * _RENEWED:
            return True
        with self._stores.database.transaction() as connection:
            if not (self._term and self._lease.renew(connection, self._term)):
                holder = f"{socket.gethostname()} {os.getpid()}"
                self._term = self._lease.take(connection, holder, is_successor=False) or 0
        self._renewed = moment
        return bool(self._term)

    def release(self) -> None:
        """Let another process work at once.

        Raises:
            StoreError: The database does not answer.
        """
        if self._term:
            with self._stores.database.transaction() as connection:
                self._lease.end(connection, self._term)
            self._term = 0


class Bursts(Generic[_Result]):
    """Work for several, one piece for each at a time, in threads that nobody else waits for.

    Args:
        most: Pieces under way at a time (count).
        name: Of the threads.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._under_way: dict[str, _Burst[_Result]] = {}
        self._news = threading.Event()

    @property
    def names(self) -> frozenset[str]:
        """For whom work is under way."""
        return frozenset(self._under_way)

    def begin(self, name: str, work: Callable[[], _Result]) -> bool:
        """Begin a piece; False where one for him is under way, or there are too many."""
        if name in self._under_way or len(self._under_way) >= self._most:
            return False
        self._under_way[name] = _Burst(work, self._news, self._name)
        return True

    def results(self, seconds: float) -> list[_Result]:
        """What has come of the pieces that ended, after waiting for the first of them; what one raised is raised once."""
        if not self._under_way:
            return []
        if not any(one.is_over for one in self._under_way.values()):
            self._news.wait(seconds)
        self._news.clear()
        over = {name: one for name, one in self._under_way.items() if one.is_over}
        for name in over:
            del self._under_way[name]
        return [one.result() for one in over.values()]


class _Burst(Generic[_Result]):
    """One piece; its thread keeps no process from ending."""

    def __init__(self, work: Callable[[], _Result], news: threading.Event, name: str) -> None:
        self._work, self._news = work, news
        self._found: list[_Result] = []
        self._error: BaseException | None = None
        self.is_over = False
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the result is asked for
            self._error = error
        finally:
            self.is_over = True
            self._news.set()

    def result(self) -> _Result:
        if self._error is not None:
            raise self._error
        return self._found[0]


def go_on(turn: Callable[[], float], is_stopping: threading.Event, doing: Doing, tell: Callable[[str], None]) -> None:
    """Turn after turn until it is time to stop; whatever goes wrong is noted for health, told once, and tried again.

    Args:
        turn: Does what there is; how long to wait then (seconds).
        is_stopping: Set when it is to end.
        doing: Where turns are noted.
        tell: Told in one sentence of what goes wrong.
    """
    told = ""
    try:
        while not is_stopping.is_set():
            doing.began()
            try:
                pause = turn()
                doing.ended(has_worked=True)
                told = ""
            except Exception as error:  # noqa: BLE001 - the thread must not end unseen, whatever it meets
                pause = doing.failed(error)
                if (words := words_of(error)) != told:
                    told = words
                    tell(f"{doing.name} is stalled and retries. {words}")
            is_stopping.wait(pause)
    finally:
        if not is_stopping.is_set():
            doing.over()


def pause_after(pauses: Sequence[timedelta], failures: int, draw: Callable[[], float]) -> timedelta:
    """How long to wait after an attempt failed, the last pause again and again; up to a fifth shorter or longer.

    Args:
        pauses: After the first failure, the second, … (1..n).
        failures: Attempts that failed before this one (count).
        draw: Gives a number, 0–1.
    """
    return pauses[min(failures, len(pauses) - 1)] * (0.8 + 0.4 * draw())


def is_due(again: datetime | None, now: datetime, pauses: Sequence[timedelta], failures: int | None = None) -> bool:
    """Whether what is not to be tried before a moment may be tried now.

    Also where that moment is further ahead than any pause set it: then the clock was ahead when it was set, and was set right since.

    Args:
        again: That moment, UTC; None where nothing failed.
        now: Now, UTC.
        pauses: As for `pause_after`.
        failures: How many attempts failed, the one that set the moment with them (count); None where that does not say how long
            its pause was.
    """
    if again is None or again <= now:
        return True
    longest = pauses[-1] if failures is None else pauses[max(0, min(failures, len(pauses)) - 1)]
    return again > now + max(longest * 1.5, timedelta(seconds=2))
