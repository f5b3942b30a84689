# SPDX-License-Identifier: Apache-2.0
"""The pulse of one process: what it did last, told to the house about once a second, whatever its work costs.

Work notes its turns in memory. A thread writes them down, on a connection of its own and waiting for no disk, so that
no message pays for it. A process that is stopped or hangs falls silent here, and so it is seen.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import psutil

from cocket.errors import CocketError, SettingsError, StoreError
from cocket.pipeline.base.roles import BESIDE, ROLES
from cocket.pipeline.base.wiring import Stores
from cocket.stores import Database
from cocket.stores.base.role_states import Deeds, RoleStates, Worker

#: How often it is written down (seconds), and how long a failure may be told for (characters).
BEAT_SECONDS = 1.0
_LONGEST_WORDS = 500

#: How long to wait after a first failure, and at most: when the store is away, and when waiting alone repairs nothing.
_PAUSE_SECONDS, _LONGEST_OUTAGE, _LONGEST_PAUSE = 0.5, 5.0, 30.0

#: How long after it started a process may say that it started (seconds): a number that was given out later is another's.
_START_SECONDS = 60.0

_STATES = RoleStates()


class Doing:
    """What one thread of work did last, noted in memory.

    Args:
        name: Its name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._began = self._ended = self._worked = 0.0
        self._failures = 0
        self._failing_since = 0.0
        self._error: tuple[str, str, float] | None = None

    @property
    def failures(self) -> int:
        """Failures in a row (0..n)."""
        return self._failures

    def began(self) -> None:
        """A turn begins."""
        self._began = time.time()

    def ended(self, *, has_worked: bool) -> None:
        """A turn has ended well; whether it found work."""
        self._ended = time.time()
        if has_worked:
            self._worked = self._ended
        self._failures = 0

    def well(self) -> None:
        """What failed before goes on again."""
        self._failures = 0

    def failed(self, error: Exception) -> float:
        """Something failed.

        Returns:
            How long to wait before it is tried again, in seconds: longer from one failure to the next.
        """
        if not self._failures:
            self._failing_since = time.time()
        self._failures += 1
        self._began = self._ended  # the turn is over: what waits from now on is not within one
        code = error.code if isinstance(error, CocketError) else type(error).__name__
        self._error = (code, words_of(error), time.time())
        longest = _LONGEST_OUTAGE if type(error) is StoreError and error.code == "store" else _LONGEST_PAUSE
        return float(min(longest, _PAUSE_SECONDS * 2 ** min(self._failures - 1, 16)))

    def over(self) -> None:
        """It ended though nobody asked it to, and does nothing any more."""
        self.failed(CocketError("It ended, and begins again only when its process does.", code="ended"))
        self._failures = max(self._failures, 2)

    def deeds(self) -> Deeds:
        """What was done last."""
        code, words, at = self._error or (None, None, 0.0)
        return Deeds(
            began=_moment(self._began),
            ended=_moment(self._ended),
            worked=_moment(self._worked),
            failures=self._failures,
            failing_since=_moment(self._failing_since) if self._failures else None,
            error_code=code,
            error_words=words,
            error_at=_moment(at),
        )


class Heartbeat(Doing):
    """What a process tells of itself, and of the threads that work beside its own.

    Args:
        role: Its role.
        name: The same, with a number where there are several.
        dsn: The database.
        also: Called with each beat, in its thread.

    Attributes:
        served: Gives what a door did last, which has no turns of its own.
    """

    def __init__(self, role: str, name: str, dsn: str, also: Callable[[], None] = lambda: None) -> None:
        super().__init__(name)
        self.worker = Worker(role, socket.gethostname(), name, os.getpid(), datetime.now(UTC))
        self._database = Database(dsn, size=1, patience=2.0)
        self._also = also
        self._beside: dict[str, Doing] = {}
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="pulse", daemon=True)
        self.served: Callable[[], Deeds] = Deeds

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def beside(self, name: str) -> Doing:
        """Tell of a thread too, in a row of its own."""
        self._beside[name] = Doing(name)
        return self._beside[name]

    def deeds(self) -> Deeds:
        """What was done last; of a door that stands, what it served."""
        served = self.served()
        if not self._failures and (served.failures or served.worked):
            return served
        return super().deeds()

    def close(self) -> None:
        """End in order: nobody need look for this process any more."""
        self._is_ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * BEAT_SECONDS + 1)
        if not self._thread.is_alive():
            self._try(self._write_end)
            self._database.close()

    def _beat_on(self) -> None:
        has_begun = False
        while not self._is_ending.wait(BEAT_SECONDS if has_begun else 0.0):
            self._try(self._also)
            if not has_begun:
                self._try(self._forget_old)
                has_begun = True
            self._try(self._write)

    def _write(self) -> None:
        with self._database.alone() as connection:
            if not _STATES.put(connection, self.worker, self.deeds(), is_polite=True):
                # Another process of this name reports: each has a row of its own.
                own = f"{self.worker.name.partition(' (')[0]} (process {self.worker.pid})"
                self.worker = msgspec.structs.replace(self.worker, name=own)
                _STATES.put(connection, self.worker, self.deeds())
            for worker, doing in self._threads():
                _STATES.put(connection, worker, doing.deeds())

    def _threads(self) -> list[tuple[Worker, Doing]]:
        """Threads that work beside the process's own, as processes of roles of their own."""
        beside = list(self._beside.items())
        return [(msgspec.structs.replace(self.worker, role=name, name=name), doing) for name, doing in beside]

    def _forget_old(self) -> None:
        with self._database.transaction() as connection:
            _STATES.forget_gone(connection, self.worker.host, [self.worker.role, *self._beside], _is_there)
            _STATES.forget_old(connection, self.worker.role, (*ROLES, *BESIDE))

    def _write_end(self) -> None:
        with self._database.transaction() as connection:
            for worker in (self.worker, *(worker for worker, _ in self._threads())):
                _STATES.end(connection, worker)

    def _try(self, act: Callable[[], None]) -> None:
        """What fails now is seen by its absence, and is tried again with the next beat."""
        try:
            act()
        except Exception:  # noqa: BLE001 - the pulse must outlive whatever it cannot write now
            return


def forget_workers(stores: Stores, roles: Sequence[str]) -> None:
    """Forget the processes of these roles that are no longer on this machine before it starts them anew.

    Raises:
        StoreError: The database failed.
    """
    with stores.database.transaction() as connection:
        _STATES.forget_gone(connection, socket.gethostname(), roles, _is_there)


def _is_there(worker: Worker) -> bool:
    """Whether a process of this machine is still the one that reported; another may have got its number since."""
    try:
        process = psutil.Process(worker.pid)
        is_of_then = process.create_time() < worker.started.timestamp() + _START_SECONDS
        return is_of_then and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


class RoleRetired(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a role runs on a machine no more.

    Attributes:
        role: The role.
        host: The machine.
        workers: Names of its processes there (1..n).
    """

    role: str
    host: str
    workers: tuple[str, ...]


def retire_role(stores: Stores, role: str, host: str) -> RoleRetired:
    """Forget a role on one machine for good, where it was taken out of service; sealed.

    Raises:
        SettingsError: None is known of there, or it gave a sign of life just now.
        StoreError: The database failed.
    """
    with stores.database.transaction() as connection:
        workers = _STATES.retire(connection, role, host, stores.settings.late_seconds)
        if not workers:
            raise SettingsError(
                f"There is no silent process of the role {role} on {host}.",
                code="role-retired",
                hint="cocket status lists the processes that are gone. A running one must be stopped first.",
            )
        told = RoleRetired(role=role, host=host, workers=tuple(workers))
        stores.leaves.append_records(connection, [stores.sealer.record("role-retired", "cli", told)])
    return told


def words_of(error: Exception) -> str:
    """What went wrong as a sentence or two; of an error that nobody foresaw, its kind goes before."""
    said = " ".join(str(error).replace("\0", "").split())
    if not isinstance(error, CocketError):
        said = f"Unexpected error: {type(error).__name__}{': ' + said if said else ''}."
    return said if len(said) <= _LONGEST_WORDS else said[: _LONGEST_WORDS - 1] + "…"


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
