# SPDX-License-Identifier: Apache-2.0
"""A real house for faults: `cocket serve` as a process of its own, in a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

SENDER = "ACME"
PATIENCE_S = 180.0

#: How the command is called; a control may call it otherwise.
COMMAND = (sys.executable, "-m", "cocket")


def settings(home: Path, **given: object) -> dict[str, str]:
    """An environment in which every command works in this home, on free ports."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COCKET_")}
    wanted = {"home": home, "api_port": 0, "workbench_port": 0, "admin_port": 0, "head_interval_seconds": 0.2, **given}
    return plain | {f"COCKET_{name.upper()}": str(value) for name, value in wanted.items()}


def cocket(*words: str, home: Path, before: Iterable[str] = (), **given: Any) -> subprocess.CompletedProcess[str]:
    """Run one command to its end.

    Args:
        words: The command and its arguments.
        home: Its home.
        before: Words that go before, such as those of another account.
        given: Settings, by name.
    """
    return subprocess.run(
        [*before, *COMMAND, *words],
        env=settings(home, **given),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def make_home(home: Path, **given: Any) -> Path:
    """A home with keys, a database and one trader's key, which is kept beside it in `trader.txt`."""
    made = cocket("init", home=home, **given)
    assert made.returncode == 0, made.stderr
    key = cocket("key", "add", "acme", "--role", "trader", "--sender", SENDER, home=home, **given)
    assert key.returncode == 0, key.stderr
    (home / "trader.txt").write_text(key.stdout.strip())
    return home


def copy_home(home: Path, to: Path) -> Path:
    """The same home once more, elsewhere; nobody may be serving it."""
    return Path(shutil.copytree(home, to, symlinks=True))


def until(what: Callable[[], object], why: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + patience_s
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.02)


class Served:
    """`cocket serve` running in a home.

    Args:
        home: The home.
        words: A role and further arguments of `cocket serve`.
        command: How `cocket` is called.
        said: File that keeps what it says; None for one beside the home.
        given: Settings, by name.
    """

    def __init__(
        self, home: Path, *words: str, command: tuple[str, ...] = COMMAND, said: Path | None = None, **given: object
    ) -> None:
        self.home = home
        self._words = (*command, "serve", *words)
        self._environment = settings(home, **given)
        self._said = said or home.parent / f"{home.name}.said"
        self._known: dict[int, psutil.Process] = {}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def key(self) -> str:
        """The trader's key."""
        return (self.home / "trader.txt").read_text()

    @property
    def said(self) -> str:
        """All that the house has said on standard error so far, over all its starts."""
        return self._said.read_text() if self._said.is_file() else ""

    def start(self) -> Self:
        """Start it and wait until its doors are open."""
        self.launch()
        until(lambda: self.has_ended or self._is_up(), f"the house does not come up: {self.said}")
        assert not self.has_ended, self.said
        return self

    def _is_up(self) -> bool:
        word = self.word()
        return word.get("pid") == self.pid and bool(word["roles"])

    def launch(self) -> None:
        """Start it without waiting."""
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(
                self._words,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The parent's process number."""
        assert self.process is not None
        return self.process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the parent has ended."""
        return self.process is None or self.process.poll() is not None

    def word(self) -> dict[str, Any]:
        """What the house leaves for `cocket status`; empty if nothing."""
        for path in self.home.glob("serving*.json"):
            with suppress(OSError, ValueError):
                word = dict(json.loads(path.read_bytes()))
                if word["pid"] == self.pid:
                    return word
        return {}

    def address(self, door: str = "api") -> str:
        """Address of a door as `host:port`; empty while it is not known."""
        return str(self.word().get("addresses", {}).get(door, "")).removeprefix("http://")

    def pid_of(self, role: str) -> int:
        """Process of a role, or of the database's postmaster; 0 while there is none."""
        if role == "parent":
            return self.pid
        if role == "postgres":
            lines = _lines(self.home / "postgres" / "data" / "postmaster.pid")
            return int(lines[0]) if len(lines) > 7 and lines[7].strip() == "ready" else 0
        return int(str(self.word().get("roles", {}).get(role, 0)))

    def family(self) -> list[psutil.Process]:
        """Every process that belongs to this house and lives, those found earlier included."""
        try:
            parent = psutil.Process(self.pid)
            found = [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            found = []
        self._known |= {one.pid: one for one in found}
        return [one for one in self._known.values() if _lives(one)]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to end, and wait; how long that took in seconds."""
        assert self.process is not None
        self.family()
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)
        return time.monotonic() - started

    def kill(self) -> None:
        """End the parent by force, and only it."""
        assert self.process is not None
        self.family()
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def kill_all(self) -> None:
        """End every process of the house by force, as a power cut does."""
        for one in [*self.family(), *self.family()]:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        if self.process is not None:
            self.process.wait(PATIENCE_S)
        until(lambda: not self.family(), "processes outlive a kill")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.has_ended:
            self.family()
            if kind is None:
                self.stop()
        self.kill_all()
        self._clear_socket()

    def _clear_socket(self) -> None:
        """Remove the socket's folder if the database was killed; its next start would, but there may be none."""
        lines = _lines(self.home / "postgres" / "data" / "postmaster.pid")
        if len(lines) > 4 and Path(lines[4]).name.startswith("cocket-"):
            shutil.rmtree(lines[4], ignore_errors=True)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
