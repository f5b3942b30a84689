# SPDX-License-Identifier: Apache-2.0
"""What the tests of our own PostgreSQL share: questions to a server, other supervisors, an ordinary user."""

from __future__ import annotations

import os
import pickle
import pwd
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cocket.stores.postgres.postmaster import Postmaster, read_postmaster
from cocket.stores.postgres.server import EmbeddedPostgres

NOBODY = pwd.getpwnam("nobody")
IS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not IS_ROOT, reason="only root can do this")


def ask(url: str, statement: str) -> Any:
    """First value of the first row, None if there is no row."""
    with psycopg.connect(url, autocommit=True) as connection:
        answer = connection.execute(statement)
        row = answer.fetchone() if answer.description else None
        return row[0] if row else None


def keep(url: str) -> None:
    """Commit a table with one row, to be found again by `kept`."""
    ask(url, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS n")


def kept(url: str) -> bool:
    """Whether what `keep` committed is there, once."""
    return bool(ask(url, "SELECT array_agg(n) = ARRAY[7] FROM kept"))


def mark_of(server: EmbeddedPostgres) -> Postmaster:
    """What the running server says of itself."""
    found = read_postmaster(server.data)
    assert found is not None
    return found


def kill(server: EmbeddedPostgres) -> None:
    """Kill the postmaster, and only that."""
    pid = mark_of(server).pid
    os.kill(pid, signal.SIGKILL)
    assert ends(pid)


def ends(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(500):
        try:
            if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def supervisor(folder: Path, body: str) -> subprocess.Popen[str]:
    """Another process with a supervisor of the folder, called `server`."""
    script = "import os, signal, sys, threading, time\nfrom pathlib import Path\n"
    script += "from cocket.stores.postgres.server import EmbeddedPostgres\n"
    script += "server = EmbeddedPostgres(Path(sys.argv[1]))\n" + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def said(process: subprocess.Popen[str]) -> str:
    """The next line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def as_user(action: Callable[[], Any], uid: int | None = None) -> Any:
    """What an action gives when an ordinary user does it; in a forked child where we are root.

    Args:
        action: What to do.
        uid: User to do it as where we are root; None takes `nobody`.
    """
    if not IS_ROOT:
        return action()
    uid = NOBODY.pw_uid if uid is None else uid
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            answer = pickle.dumps(action())
        except BaseException as error:
            answer = pickle.dumps(f"{type(error).__name__}: {error}")
        os.write(writing, answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        got = answers.read()
    os.waitpid(child, 0)
    return pickle.loads(got)
