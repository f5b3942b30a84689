# SPDX-License-Identifier: Apache-2.0
"""A crew of processes: forked from one parent that has imported everything and used nothing, and kept running."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import FrameType

import msgspec

from cocket.errors import CocketError

#: One role's whole life: runs until the event is set.
Work = Callable[[threading.Event], None]

_ENDING = (signal.SIGTERM, signal.SIGINT)
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_GRACE_SECONDS = 15.0
_LONGEST_PAUSE = 5.0
_CANNOT_RUN = 2
_LONGEST_WORD = 4096  # a pipe keeps as much without anybody reading

#: A role makes many short-lived values and keeps few; collecting less often saves a fifth of the assessment worker's time.
_COLLECTOR = (100_000, 50, 1000)


class Member(msgspec.Struct):
    """One process of the crew.

    Attributes:
        name: Role, with a number where there are several.
        work: What it does.
        pid: Its process; 0 while it is not running.
        started: When it was started, monotonic seconds.
        falls: How often in a row it ended soon after its start (count).
        ear: Where it says why it cannot run; -1 while it is not running.
    """

    name: str
    work: Work
    pid: int = 0
    started: float = 0.0
    falls: int = 0
    ear: int = -1


class Crew:
    """Starts its members, restarts those that fall, and stops them together.

    Args:
        tell: Told in one sentence what happened to a member.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._members: list[Member] = []
        self._tell = tell
        self._is_stopping = threading.Event()

    def add(self, name: str, work: Work) -> None:
        """Start one more member."""
        member = Member(name, work)
        self._members.append(member)
        self._start(member)

    @property
    def pids(self) -> dict[str, int]:
        """Process of each member."""
        return {member.name: member.pid for member in self._members}

    def tend(self, interval_seconds: float = 0.2) -> None:
        """Look once after the members: restart those that ended, with growing pauses if they keep ending."""
        for member in self._members:
            if member.pid and (ended := _ended(member.pid)) is not None:
                self._fallen(member, ended)
            if not member.pid and not self._is_stopping.is_set():
                pause = min(_LONGEST_PAUSE, 0.1 * 2**member.falls) if member.falls else 0.0
                if time.monotonic() - member.started >= pause:
                    self._start(member)
        time.sleep(interval_seconds)

    def stop(self) -> None:
        """Ask all members to end, wait, and end those that do not."""
        self._is_stopping.set()
        for member in self._members:
            _signal(member.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        for member in self._members:
            while member.pid and _ended(member.pid) is None:
                if time.monotonic() > deadline:
                    _signal(member.pid, signal.SIGKILL)
                time.sleep(0.02)
            if member.pid:
                _hear(member.ear)
            member.pid = 0

    def _fallen(self, member: Member, status: int) -> None:
        lasted = time.monotonic() - member.started
        member.pid = 0
        why = _hear(member.ear)
        if self._is_stopping.is_set():
            return
        code = os.waitstatus_to_exitcode(status)
        member.falls = member.falls + 1 if lasted < 2 * _LONGEST_PAUSE else 0
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        self._tell(f"{member.name} {how}; restarting it. {why}".rstrip())

    def _start(self, member: Member) -> None:
        gc.freeze()
        parent = os.getpid()
        member.started = time.monotonic()
        with _ending_held():  # whoever stops the crew must know of this child
            member.pid, member.ear = _fork(lambda: _live(member.work, parent))


def check_apart(check: Callable[[], object]) -> None:
    """Make a check in a process of its own, so that no secret it reads stays in this one, or in what is forked from it.

    Raises:
        CocketError: What the check raised, in its words.
    """

    def life() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        check()

    with _ending_held():
        pid, ear = _fork(life)
    why = _hear(ear)
    if os.waitpid(pid, 0)[1]:
        raise CocketError(why or "A check ended without a result.", code="check")


@contextlib.contextmanager
def _ending_held() -> Iterator[None]:
    """Hold back the signals that end a process until the block has ended, or until a child of it lets them in.

    A child is born with its parent's handlers. One that is told to end before it has its own would end in the parent's
    way, or not at all: what a hook of the fork raises, Python throws away.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fork(life: Callable[[], None]) -> tuple[int, int]:
    """A child that lives this life and no other; its process, and where to hear why it could not.

    The signals that end a process are held back by the caller; the child's life lets them in.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    ear, mouth = os.pipe()
    pid = os.fork()
    if pid:
        os.close(mouth)
        return pid, ear
    code = 1
    try:
        life()
        code = 0
    except CocketError as error:
        code = _CANNOT_RUN
        os.write(mouth, str(error).encode()[:_LONGEST_WORD])
    except KeyboardInterrupt:
        code = 0  # told to end before it had begun
    except BaseException:  # noqa: BLE001 - the last line of defence of a process: say it, and end with a code
        traceback.print_exc()
    finally:
        os._exit(code)


def _hear(ear: int) -> str:
    """What a child has said before it ended."""
    with os.fdopen(ear, "rb") as said:
        return said.read().decode(errors="replace")


def _live(work: Work, parent: int) -> None:
    """A member's life, from the fork to its end."""
    is_stopping = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        is_stopping.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    gc.set_threshold(*_COLLECTOR)
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
    if os.getppid() == parent:
        work(is_stopping)


def _ended(pid: int) -> int | None:
    """Wait status of a child that has ended; None while it runs."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return status if found else None


def _signal(pid: int, number: signal.Signals) -> None:
    if pid:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
