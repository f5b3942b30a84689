# SPDX-License-Identifier: Apache-2.0
"""Machines with lines of their own that can be cut and listened to: network namespaces joined by a bridge (Linux, as root)."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

_Given = TypeVar("_Given")

_ALL_FRAMES = 3
_NEW_NET = 0x40000000
_SPACES = Path("/run/netns")


def why_none() -> str:
    """Why this machine has no such networks; empty if it has."""
    if os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root"
    if not shutil.which("ip") or not shutil.which("nsenter"):
        return "network namespaces need ip (iproute2) and nsenter (util-linux)"
    name = f"ck{os.getpid()}try"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:
        return "this machine makes no network namespaces"
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return ""


class Network:
    """Machines on one net; `with` makes and removes it.

    Args:
        names: Of the machines, a few letters each.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._mark = f"ck{os.getpid() % 100_000}"
        self._places = {name: place for place, name in enumerate(names, start=1)}

    def __enter__(self) -> Self:
        try:
            self._ip("netns", "add", self._space("hub"))
            self._ip("-n", self._space("hub"), "link", "add", "bridge", "type", "bridge")
            self._ip("-n", self._space("hub"), "link", "set", "bridge", "up")
            for name in self._places:
                here, hub = self._space(name), self._space("hub")
                self._ip("netns", "add", here)
                self._ip("-n", here, "link", "add", "line", "type", "veth", "peer", "name", name, "netns", hub)
                self._ip("-n", hub, "link", "set", name, "master", "bridge", "up")
                self._ip("-n", here, "address", "add", f"{self.address(name)}/24", "dev", "line")
                self._ip("-n", here, "link", "set", "lo", "up")
                self._ip("-n", here, "link", "set", "line", "up")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the net; who still runs on it is cut off."""
        for name in (*self._places, "hub"):
            subprocess.run(["ip", "netns", "del", self._space(name)], capture_output=True, check=False)

    def address(self, name: str) -> str:
        """Address of a machine."""
        return f"10.77.0.{self._places[name]}"

    def at(self, name: str) -> tuple[str, ...]:
        """What goes before a command that is to run on a machine; the process becomes that command."""
        return ("nsenter", f"--net={_SPACES / self._space(name)}", "--")

    def cut(self, name: str) -> None:
        """Cut the line of a machine: what is under way is lost, and nobody is told."""
        self._ip("-n", self._space("hub"), "link", "set", name, "down")

    def join(self, name: str) -> None:
        """Join it again."""
        self._ip("-n", self._space("hub"), "link", "set", name, "up")

    def do(self, name: str, work: Callable[[], _Given]) -> _Given:
        """Do something as if on a machine: sockets that it makes are that machine's."""
        found: list[Any] = []

        def run() -> None:
            try:
                self._enter(name)
                found.append((work(), None))
            except BaseException as error:  # it is raised again where it was asked for
                found.append((None, error))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        ((result, error),) = found
        if error is not None:
            raise error
        given: _Given = result
        return given

    def tap(self, name: str) -> Tap:
        """Listen to the line of a machine, from now on."""

        def open_tap() -> socket.socket:
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_FRAMES))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 2**20)
            made.bind((name, 0))
            return made

        return Tap(self.do("hub", open_tap))

    def _enter(self, name: str) -> None:
        handle = os.open(_SPACES / self._space(name), os.O_RDONLY | os.O_CLOEXEC)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, _NEW_NET):
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(handle)

    def _space(self, name: str) -> str:
        return f"{self._mark}{name}"

    @staticmethod
    def _ip(*words: str) -> None:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


class Tap:
    """Every frame on a line, as it went."""

    def __init__(self, ear: socket.socket) -> None:
        self.frames: list[bytes] = []
        self._ear, self._is_over = ear, threading.Event()
        ear.settimeout(0.2)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                self.frames.append(self._ear.recv(1 << 17))
            except TimeoutError:
                continue

    def close(self) -> list[bytes]:
        """Stop listening; what was heard."""
        self._is_over.set()
        self._thread.join()
        self._ear.close()
        return self.frames
