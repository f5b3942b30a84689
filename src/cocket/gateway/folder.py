# SPDX-License-Identifier: Apache-2.0
"""The folder of a host in the office: its files are stored as messages of one sender. Nothing is written in the folder."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cocket.errors import CocketError
from cocket.exchange.gateway_calls import LONGEST_MESSAGE
from cocket.gateway.spool import NewEntry, Spool

#: A file is taken once it has not changed for so long (seconds), and the folder is looked at as often.
_SETTLED: Final = 2.0


class HostFolder:
    """Takes in the files of a folder, each once; a file that changes is taken in again.

    Args:
        spool: The gateway's file.
        folder: The folder.
        sender: Sender whose files they are.
        key: Id of the API key under which they are brought: the gateway's own.

    Attributes:
        tell: Told once, in a sentence, of each file that is left out.
        left_out: Path → why it was left out (0..n).
    """

    def __init__(self, spool: Spool, folder: Path, sender: str, key: str) -> None:
        self.tell: Callable[[str], None] = lambda _: None
        self._spool = spool
        self._folder = folder
        self._sender = sender
        self._key = key
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="folder", daemon=True)
        self.left_out: dict[str, str] = {}

    def start(self) -> None:
        """Go on until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the file that is under way."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(timeout=60)

    def turn(self, now: float | None = None) -> int:
        """Take in what is new; how many files that were (count). What cannot be read is in `left_out`, by its path.

        Args:
            now: The moment, in seconds since 1970; None for now.
        """
        now = time.time() if now is None else now
        taken = 0
        try:
            paths = sorted(one for one in self._folder.rglob("*") if not _is_hidden(one.relative_to(self._folder)))
        except OSError as error:
            self._leave(str(self._folder), f"It cannot be read: {error.strerror}.")
            return 0
        for path in paths:
            name = os.fsencode(path.relative_to(self._folder)).decode("utf-8", "backslashreplace")
            try:
                taken += self._take(path, name, now)
            except OSError as error:
                self._leave(name, f"It cannot be read: {error.strerror}.")
            except CocketError as error:
                self._leave(name, error.message)
        return taken

    def _take(self, path: Path, name: str, now: float) -> int:
        if path.is_symlink() or not path.is_file():
            return 0
        found = path.stat()
        stamp = f"{found.st_size} {found.st_mtime_ns}"
        if 0 <= now - found.st_mtime < _SETTLED or self._spool.stamp_of(name) == stamp:
            return 0
        if found.st_size > LONGEST_MESSAGE:
            self._leave(name, f"It is larger than {LONGEST_MESSAGE} bytes.")
            return 0
        body = path.read_bytes()
        new = NewEntry(key=self._key, sender=self._sender, media="", profile="", body=body)
        self._spool.store(new).result(timeout=60)
        self._spool.keep_stamp(name, stamp)
        self.left_out.pop(name, None)
        return 1

    def _leave(self, name: str, why: str) -> None:
        if self.left_out.get(name) != why:
            self.left_out[name] = why
            self.tell(f"{name}: {why}")

    def _run(self) -> None:
        while not self._end.is_set():
            if not self._spool.stopped():
                self.turn()
            self._end.wait(_SETTLED)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts) or path.suffix in (".tmp", ".part", ".filepart")
