# SPDX-License-Identifier: Apache-2.0
"""Under which account of the machine PostgreSQL runs.

PostgreSQL refuses to run as root, and as a user without a name. An ordinary user simply runs it. Root, and a user who
is but a number (containers know many), run it inside a user namespace, where their own files belong to `nobody`. Where
the machine forbids that, root runs it under an unprivileged account that keeps a single power of root's: to pass the
folders on the way to its data.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Literal

import msgspec

from cocket.errors import StoreError

#: How the server gets its account: as the caller, in a user namespace, or by dropping root's powers.
Way = Literal["caller", "namespace", "dropped"]

#: Accounts to drop to, best first; `initdb` wants one that the machine knows by name.
_UNPRIVILEGED = ("postgres", "nobody")


class SystemAccount(msgspec.Struct, frozen=True):
    """An account to run PostgreSQL under.

    Attributes:
        way: How it is taken on.
        uid: Who must own the server's files, as seen from outside.
        gid: Group of the same.
        prefix: Words that go before a command to run it under this account (0..n).
    """

    way: Way
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def command(self, *words: str, dies_with_parent: bool = False) -> list[str]:
        """A command as this account runs it; the process keeps its id through every word of the prefix.

        Args:
            words: The program and its arguments.
            dies_with_parent: Whether the kernel shall end it when we end. It watches the thread that started the
                process, not the whole process, so this holds only from the main thread.
        """
        watched = dies_with_parent and threading.current_thread() is threading.main_thread()
        leash = ("setpriv", "--pdeathsig", "INT", "--") if watched and shutil.which("setpriv") else ()
        return [*self.prefix, *leash, *words]

    def give(self, path: Path) -> None:
        """Make this account the owner of one file or folder, links not followed."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def give_all(self, folder: Path) -> None:
        """Make this account the owner of a folder and all in it, unless it is already."""
        if folder.stat().st_uid != self.uid:
            for inside in folder.rglob("*"):
                self.give(inside)
            self.give(folder)  # last, so that an interrupted change is done again


def choose_account(folder: Path, data: Path, program: str, way: Way | None = None) -> SystemAccount:
    """The account to run a server under: the first that may and can.

    Args:
        folder: The server's folder; it exists.
        data: Its data, which only their owner may serve; they may not exist yet.
        program: Full path of `postgres`, which the account must be able to run.
        way: Try only this way; None tries what fits.

    Raises:
        StoreError: The caller may not run a server, and can take on no other account for it.
    """
    for account in _choices(data.stat() if data.exists() else None):
        if way in (None, account.way) and _works(account, folder, program):
            return account
    who = "root" if os.geteuid() == 0 else f"user {os.geteuid()}, who has no name here"
    raise StoreError(
        f"PostgreSQL refuses to run as {who}, and no other account can be used on this machine.",
        code="postgres-account",
        hint="Run Cocket as an ordinary user, or give the URL of a server.",
    )


def _choices(owner: os.stat_result | None) -> list[SystemAccount]:
    """Accounts that may serve data of this owner (None: nobody's yet), best first."""
    caller = SystemAccount("caller", os.geteuid(), os.getegid())
    if caller.uid != 0:
        return [caller if _has_name(caller.uid) else _namespace(caller)]
    if owner and owner.st_uid != 0:
        return [_dropped(owner.st_uid, owner.st_gid)]
    return [_namespace(caller), *(_dropped(known.pw_uid, known.pw_gid) for known in _unprivileged())]


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False


def _namespace(caller: SystemAccount) -> SystemAccount:
    """The caller seen as `nobody` in a user namespace of its own; files stay the caller's outside."""
    nobody = pwd.getpwnam("nobody")
    as_nobody = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    return SystemAccount("namespace", caller.uid, caller.gid, ("unshare", "--user", *as_nobody, "--"))


def _dropped(uid: int, gid: int) -> SystemAccount:
    """Another account, with the one power to pass folders that only root may enter."""
    names = (f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    powers = ("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override")
    return SystemAccount("dropped", uid, gid, ("setpriv", *names, *powers, "--"))


def _unprivileged() -> list[pwd.struct_passwd]:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return [known[name] for name in _UNPRIVILEGED if name in known]


def _works(account: SystemAccount, folder: Path, program: str) -> bool:
    """Whether the account can enter the folder and run the program."""
    trial = account.command("sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(folder), program)
    try:
        return subprocess.run(trial, check=False, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
