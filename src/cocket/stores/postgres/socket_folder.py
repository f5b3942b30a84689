# SPDX-License-Identifier: Apache-2.0
"""A short private folder for a Unix socket.

The path of a Unix socket has room for 107 bytes, less than many a data folder's, so sockets live elsewhere: in the
user's runtime folder, else in `/tmp`. Others may write there, so the folder is trusted only if it is ours alone.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from cocket.errors import StoreError
from cocket.stores.postgres.system_account import SystemAccount

#: Most bytes of a socket's path.
#: Source: Linux, unix(7): sun_path holds 108 bytes, the last of them zero.
_PATH_BYTES = 107

#: Longest name that PostgreSQL gives a file there.
_LONGEST_NAME = ".s.PGSQL.65535.lock"


class SocketFolder:
    """The folder for one server's socket.

    Args:
        name: Its own name: short, and the server's alone.
        account: Who will put the socket there.

    Attributes:
        path: Where it is, or will be.
    """

    def __init__(self, name: str, account: SystemAccount) -> None:
        self.path = _home(name) / name
        self._account = account

    def make(self) -> None:
        """Make it anew, empty, for the account alone.

        Raises:
            StoreError: Somebody else holds the name.
            OSError: It cannot be made.
        """
        self.remove()
        self.path.mkdir(mode=0o700)
        self._account.give(self.path)

    def remove(self) -> None:
        """Remove it with what a killed server left in it; links are not followed.

        Raises:
            StoreError: It is not a private folder of the account or the caller.
            OSError: It cannot be removed.
        """
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return
        is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if not is_private or found.st_uid not in (os.geteuid(), self._account.uid):
            raise StoreError(
                f"{self.path} should be a private folder for the database's socket, but it belongs to another user.",
                code="store-socket",
                hint="Find out who created it, and remove it.",
            )
        shutil.rmtree(self.path)


def _home(name: str) -> Path:
    """The user's runtime folder if it is the caller's own and short enough, else `/tmp`."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
    is_short = len(os.fsencode(runtime / name / _LONGEST_NAME)) <= _PATH_BYTES
    if is_short and runtime.is_absolute() and runtime.is_dir() and runtime.stat().st_uid == os.geteuid():
        return runtime
    return Path("/tmp")  # noqa: S108 - short; the folder in it is private and checked
