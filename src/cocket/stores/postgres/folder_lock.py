# SPDX-License-Identifier: Apache-2.0
"""A lock that one process holds on a folder, or several share, and that ends with each of these."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FolderLock:
    """A lock on a folder by a file in it, which stays: to remove it would let two processes in.

    The lock is its taker's alone: a forked child neither holds it nor keeps it from ending.

    Args:
        path: The lock file, made at need.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        os.register_at_fork(after_in_child=self.release)

    @property
    def is_held(self) -> bool:
        """Whether this process holds it."""
        return self._handle is not None

    def take(self, *, shared: bool = False) -> bool:
        """Take it, at once or not at all; True if this process holds it now.

        Args:
            shared: Whether others may hold it so too, and none alone.
        """
        if self._handle is not None:
            return True
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Let go of it. In a child, closing its copy leaves the parent's lock as it is."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
