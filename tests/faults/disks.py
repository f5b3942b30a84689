# SPDX-License-Identifier: Apache-2.0
"""Disks for faults: one that can be cut from power, and a small one that can be filled. Both need root."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.faults.serving import until

#: XFS_IOC_GOINGDOWN with XFS_FSOP_GOING_FLAGS_NOLOGFLUSH: from now on the disk takes nothing, and what was not flushed
#: is gone, as after a power cut. Source: Linux, fs/xfs/libxfs/xfs_fs.h; xfstests uses it in the same way (`godown`).
_GOING_DOWN, _NO_LOG_FLUSH = 0x8004587D, 2


class CutDisk:
    """An XFS of its own that can lose power.

    Args:
        image: The file that holds it, made anew.
        at: Where it is mounted.
    """

    def __init__(self, image: Path, at: Path) -> None:
        self._image = image
        self.at = at
        with image.open("wb") as file:
            file.truncate(800 * 1024 * 1024)
        at.mkdir()
        _run("mkfs.xfs", "-q", str(image))

    def mount(self) -> None:
        """Put it in place."""
        _run("mount", "-o", "loop", str(self._image), str(self.at))

    def unmount(self) -> None:
        """Take it away, once nobody uses it any more."""
        _unmount(self.at)

    def flush(self) -> None:
        """Bring everything to the disk that is there so far."""
        _run("sync", "-f", str(self.at))

    def cut(self) -> None:
        """Cut the power."""
        folder = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, _GOING_DOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(folder)


@contextmanager
def cut_disk(folder: Path) -> Iterator[CutDisk]:
    """A disk that can lose power, mounted for as long as the block runs; skips where that cannot be had."""
    need_root_and("mkfs.xfs", "mount", "umount", "sync")
    disk = CutDisk(folder / "disk.img", folder / "disk")
    if not _tried("mount", "-o", "loop", str(folder / "disk.img"), str(disk.at)):
        pytest.skip("this machine mounts no XFS image")
    try:
        yield disk
    finally:
        disk.unmount()


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[Path]:
    """A disk of little room for as long as the block runs; skips where it cannot be had."""
    need_root_and("mount", "umount")
    at.mkdir()
    if not _tried("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(at)):
        pytest.skip("this machine mounts no tmpfs")
    try:
        yield at
    finally:
        _unmount(at)


def fill(folder: Path) -> Path:
    """Fill the disk of a folder to the last byte; the file that does so."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        piece = bytes(1024 * 1024)
        while piece:
            try:
                file.write(piece)
            except OSError:
                piece = piece[: len(piece) // 2]
    return filler


def need_root_and(*programs: str) -> None:
    """Skip the calling test, saying why, unless it runs as root and finds these programs."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    if missing := [program for program in programs if not shutil.which(program)]:
        pytest.skip(f"not installed here: {', '.join(missing)}")


def _unmount(at: Path) -> None:
    """Take a disk away; one that stays in use is detached all the same, so that no folder is left that cannot go."""
    try:
        until(lambda: _tried("umount", str(at)), f"{at} cannot be unmounted")
    except AssertionError as error:
        holders = _holders(at)
        _run("umount", "--lazy", str(at))
        raise AssertionError(f"{error}: {holders or 'nobody seen here'} holds it") from error


def _holders(at: Path) -> list[str]:
    """Processes that work in a folder or have a file of it open."""
    return [
        f"{process.pid} {' '.join(process.cmdline())}"
        for process in psutil.process_iter()
        if any(Path(path).is_relative_to(at) for path in _used(process))
    ]


def _used(process: psutil.Process) -> list[str]:
    try:
        return [process.cwd(), *(file.path for file in process.open_files())]
    except psutil.Error:
        return []


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _tried(*words: str) -> bool:
    return subprocess.run(words, check=False, capture_output=True).returncode == 0
