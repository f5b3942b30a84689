# SPDX-License-Identifier: Apache-2.0
"""The data folder of our own PostgreSQL, in its language a *cluster*: made whole or not at all, and how it is served.

It is made under another name, and gets its own only once it is whole and on disk.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from cocket.errors import StoreError
from cocket.stores.postgres.binaries import Binaries
from cocket.stores.postgres.system_account import SystemAccount

#: Role and database that a cluster is made with.
OWN_NAME = "cocket"

#: Small on purpose: the whole house idles in 400 MB. Durable on purpose: what was acknowledged is never lost.
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    "shared_buffers": "32MB",
    "wal_buffers": "8MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "max_wal_senders": "4",
    "max_replication_slots": "4",
    "max_slot_wal_keep_size": "4GB",
    "max_logical_replication_workers": "0",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "effective_cache_size": "1GB",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

#: From version 18 on the server reads through workers of its own, unless told not to.
_SETTINGS_FROM_18 = {"io_method": "sync"}

#: With less free space than this, whatever failed, failed for want of it.
_FULL_BYTES = 32 * 1024 * 1024

_FULL = re.compile("No space left on device|Disk quota exceeded|could not extend file")
_REASON = re.compile(r"(?:FATAL|PANIC|ERROR|error): +(.+)")


def server_settings(binaries: Binaries, *, durable: bool) -> dict[str, str]:
    """What a server of ours is started with, by name.

    Args:
        binaries: The programs that will read it.
        durable: Whether commits are flushed to disk.
    """
    newer = _SETTINGS_FROM_18 if binaries.major >= 18 else {}
    return {**_SETTINGS, **newer, "fsync": "on" if durable else "off"}


def small_environment() -> dict[str, str]:
    """Environment for PostgreSQL's programs: no setting of the caller's (`PGPORT`, `TZ`, secrets) reaches them."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def major_of(data: Path) -> int | None:
    """Major version that made a cluster; None if there is none yet.

    Raises:
        StoreError: The folder holds something else, which is left alone.
    """
    try:
        if not data.exists() or not any(data.iterdir()):
            return None
        version = (data / "PG_VERSION").read_text().strip()
        if version.isdigit() and (data / "global" / "pg_control").is_file():
            return int(version)
    except FileNotFoundError:
        pass
    raise StoreError(
        f"{data} contains something that is not a complete PostgreSQL database; it was left unchanged.",
        code="postgres-foreign-data",
        hint="Move it away to start again, or restore it from a backup.",
    )


def make_cluster(data: Path, binaries: Binaries, account: SystemAccount, *, durable: bool = True) -> None:
    """Make a cluster with our role and database.

    Text is UTF-8 and sorts by code point, the same under every version. Everyone who reaches the socket is let in;
    only its owner does.

    Args:
        data: Where it shall be; absent or empty.
        binaries: The programs to make it with.
        account: Who will own it.
        durable: Whether it is flushed to disk before it gets its name.

    Raises:
        StoreError: It cannot be made; nothing of it is left.
    """
    for unfinished in data.parent.glob(f"{data.name}.part-*"):
        shutil.rmtree(unfinished, ignore_errors=True)  # its maker may be clearing it away too
    part = Path(tempfile.mkdtemp(prefix=f"{data.name}.part-", dir=data.parent))
    try:
        account.give(part)
        how = ["--username", OWN_NAME, "--auth-local=trust", "--auth-host=reject", "--data-checksums"]
        text = ["--encoding=UTF8", "--locale=C", "--no-instructions"]
        _run(account, data.parent, [binaries.program("initdb"), "-D", str(part), *how, *text, *_sync(durable)])
        alone = [binaries.program("postgres"), "--single", "-D", str(part), "-c", f"fsync={'on' if durable else 'off'}"]
        _run(account, data.parent, [*alone, "template1"], f"CREATE DATABASE {OWN_NAME}\n")
        part.rename(data)
        _flush(data.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def refusal(folder: Path, said: str) -> StoreError:
    """The error for a program of PostgreSQL's that failed.

    Args:
        folder: The server's folder.
        said: What the program printed.
    """
    if _FULL.search(said) or shutil.disk_usage(folder).free < _FULL_BYTES:
        return StoreError(
            f"The disk that holds {folder} is full.",
            code="store-full",
            hint="Free some space (200 MB at least), then start again.",
        )
    reasons = _REASON.findall(said) or said.strip().splitlines()[-1:] or ["it gave no reason"]
    return StoreError(
        f"PostgreSQL does not start: {reasons[0].strip().rstrip('.')}.",
        code="postgres-failed",
        hint=f"See {folder / 'postgres.log'}.",
    )


def _sync(durable: bool) -> list[str]:
    return [] if durable else ["--no-sync"]


def _run(account: SystemAccount, folder: Path, words: list[str], given: str = "") -> None:
    """Run one program to its end.

    Raises:
        StoreError: It failed.
    """
    done = subprocess.run(
        account.command(*words, dies_with_parent=True),
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=small_environment(),
        start_new_session=True,
        check=False,
    )
    if done.returncode or _REASON.search(done.stdout):
        raise refusal(folder, done.stdout)


def _flush(folder: Path) -> None:
    """Make a rename within a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
