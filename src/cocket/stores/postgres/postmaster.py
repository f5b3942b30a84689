# SPDX-License-Identifier: Apache-2.0
"""What a PostgreSQL server tells of itself, and how its processes are found and ended.

Its processes are known by a name we give it (`cluster_name`), which the postmaster carries as an argument and its
children in their titles. A process number alone proves nothing: numbers are used again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import msgspec

from cocket.errors import StoreError

_FAST_SHUTDOWN_S = 30.0
_ORPHANED_CHILDREN_S = 1.0
_KILL_S = 10.0


class Postmaster(msgspec.Struct, frozen=True):
    """What `postmaster.pid` says: the server writes it at start and at each change of its state.

    Attributes:
        pid: The postmaster's process number.
        port: Its port, part of the socket's name.
        socket_folder: Where its socket lies.
        status: `starting`, `ready`, `stopping` or `standby`.

    Source: PostgreSQL, src/include/utils/pidfile.h (the lines of postmaster.pid, from version 10 on).
    """

    pid: int
    port: int
    socket_folder: str
    status: str


def read_postmaster(data: Path) -> Postmaster | None:
    """What the server of this data folder says of itself; None if there is none, or it has not said enough yet.

    Raises:
        StoreError: The file cannot be read.
    """
    try:
        lines = (data / "postmaster.pid").read_text(errors="replace").splitlines()
        return Postmaster(int(lines[0]), int(lines[3]), lines[4], lines[7].strip())
    except (FileNotFoundError, IndexError, ValueError):
        return None
    except OSError as problem:
        raise StoreError(
            f"The database in {data} cannot be read: {problem.strerror}.",
            code="store-permission",
            hint="Run as the user who created it.",
        ) from problem


def is_postmaster(pid: int, name: str) -> bool:
    """Whether a process lives and is the postmaster of the server of this name."""
    return _is_postmaster(_command_line(pid), name)


def foreign_server(data: Path) -> int | None:
    """Process number of a server that somebody started by hand on this data folder; None if there is none.

    A live process that merely got the number of a dead server, another PostgreSQL included, works elsewhere.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        program = Path(f"/proc/{pid}/comm").read_text().strip()
        if program == "postgres" and Path(f"/proc/{pid}/cwd").samefile(data):
            return pid
    return None


def _is_postmaster(line: bytes, name: str) -> bool:
    return f"cluster_name={name}".encode() in line.split(b"\0")


def _is_child(line: bytes, name: str) -> bool:
    return line.startswith(f"postgres: {name}: ".encode())


def _command_line(pid: int) -> bytes:
    """Arguments or title of a process; empty once it has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def processes(name: str) -> list[int]:
    """Numbers of the living processes of the server of this name (0..n)."""
    running = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208 - polled, so it is lean
    lines = ((pid, _command_line(pid)) for pid in running)
    return [pid for pid, line in lines if _is_postmaster(line, name) or _is_child(line, name)]


def end_processes(name: str) -> None:
    """End every process of the server of this name: a fast shutdown first, then by force.

    A forced end is safe for the data: the next start recovers from the log. Children that lost their postmaster end
    by themselves, unless busy.

    Raises:
        StoreError: A process outlived even that, or belongs to somebody else.
    """
    living = processes(name)
    postmasters = [pid for pid in living if is_postmaster(pid, name)]
    _send(signal.SIGINT, postmasters)
    if not living or _gone(name, _FAST_SHUTDOWN_S if postmasters else _ORPHANED_CHILDREN_S):
        return
    _send(signal.SIGKILL, processes(name))
    if not _gone(name, _KILL_S):
        numbers = ", ".join(map(str, processes(name)))
        raise StoreError(
            f"An earlier PostgreSQL of this folder still runs and cannot be stopped (process {numbers}).",
            code="postgres-orphan",
            hint="Stop it manually.",
        )


def _send(what: signal.Signals, pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, what)


def _gone(name: str, patience_s: float) -> bool:
    """Whether all processes of the name ended in time."""
    deadline = time.monotonic() + patience_s
    while processes(name):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
