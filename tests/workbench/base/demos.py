# SPDX-License-Identifier: Apache-2.0
"""A demo that runs, for tests that look at the whole of it in a real browser."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

#: How long a demo may take to begin, and to end (seconds).
PATIENCE_S = 600
FREE_PORTS = {f"COCKET_{door}_PORT": "0" for door in ("API", "WORKBENCH", "ADMIN")}


class Demo(msgspec.Struct, frozen=True):
    """The demo running: its process, its home, and the file of what it says."""

    process: subprocess.Popen[bytes]
    home: Path
    said: Path

    def word(self, name: str) -> dict[str, Any]:
        """A file that it leaves in its home."""
        return dict(json.loads((self.home / name).read_bytes()))

    @property
    def address(self) -> str:
        """Where its workbench is."""
        return str(self.word("serving.json")["addresses"]["workbench"])

    @property
    def password(self) -> str:
        """The one password of all who work in it."""
        return str(self.word("sign-in.json")["password"])


@contextlib.contextmanager
def running(folder: Path, size: str) -> Iterator[Demo]:
    """A demo of so many declarations, as a newcomer starts it; it is ended with Ctrl-C, unless it has been."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COCKET_")}
    command = [sys.executable, "-m", "cocket", "demo", "--size", size, "--home", str(folder / "home")]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, env=clean | FREE_PORTS, stdout=said, stderr=said, start_new_session=True)
    demo = Demo(process, folder / "home", folder / "said")
    try:
        deadline = time.monotonic() + PATIENCE_S
        while "Ctrl-C ends it." not in demo.said.read_text():
            assert process.poll() is None, demo.said.read_text()
            assert time.monotonic() < deadline, demo.said.read_text()
            time.sleep(0.1)
        yield demo
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_S)
