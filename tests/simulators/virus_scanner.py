# SPDX-License-Identifier: Apache-2.0
"""A clamd that knows one virus: the test file that every scanner knows."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

#: The test file of the European Institute for Computer Antivirus Research, put together so that no scanner takes this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """One scanner on a socket of its own.

    Attributes:
        path: The socket.
        asked: Files that it was shown (count).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked = 0
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        """Stop; whoever asks then finds nobody."""
        if self._thread.is_alive():
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._thread.join(10)
            self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            with caller, caller.makefile("rb") as read:
                if read.read(len(b"zINSTREAM\0")) != b"zINSTREAM\0":
                    continue
                content = b""
                while length := struct.unpack("!L", read.read(4))[0]:
                    content += read.read(length)
                self.asked += 1
                caller.sendall(b"stream: Eicar-Test FOUND\0" if EICAR in content else b"stream: OK\0")


@contextlib.contextmanager
def clamd(folder: Path) -> Iterator[Clamd]:
    """A scanner for as long as the block lasts."""
    folder.mkdir(parents=True)
    made = Clamd(folder / "s")
    try:
        yield made
    finally:
        made.stop()
