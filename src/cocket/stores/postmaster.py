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
            f"The database in {data} cannot be looked at: {problem.strerror}.",
            code="store-permission",
            hint="Run as the user who made it.",
        ) from problem


def processes(name: str) -> dict[int, bool]:
    """Living processes of the server of this name: process number → whether it is the postmaster (0..n)."""
    found = {}
    as_argument, as_title = f"cluster_name={name}".encode(), f"postgres: {name}: ".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes()
            if line.startswith(as_title):
                found[int(entry.name)] = False
            elif as_argument in line.split(b"\0"):
                found[int(entry.name)] = True
    return found


def end_processes(name: str) -> None:
    """End every process of the server of this name: a fast shutdown first, then by force.

    A forced end is safe for the data: the next start recovers from the log. Children that lost their postmaster end
    by themselves, unless busy.

    Raises:
        StoreError: A process outlived even that, or belongs to somebody else.
    """
    living = processes(name)
    postmasters = [pid for pid, is_postmaster in living.items() if is_postmaster]
    _send(signal.SIGINT, postmasters)
    if not living or _gone(name, _FAST_SHUTDOWN_S if postmasters else _ORPHANED_CHILDREN_S):
        return
    _send(signal.SIGKILL, processes(name))
    if not _gone(name, _KILL_S):
        numbers = ", ".join(map(str, processes(name)))
        raise StoreError(
            f"An earlier PostgreSQL of this folder still runs and cannot be stopped (process {numbers}).",
            code="postgres-orphan",
            hint="Stop it by hand.",
        )


def _send(what: signal.Signals, pids: list[int] | dict[int, bool]) -> None:
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
