# SPDX-License-Identifier: Apache-2.0
"""Files that a user names: read and written whole, with an error that names the file."""

from __future__ import annotations

import sys
from pathlib import Path

from cocket.errors import SettingsError, StoreError


def read_file(path: Path) -> bytes:
    """The bytes of a file; those of standard input for `-`. Every command reads what a user names by this.

    Raises:
        SettingsError: It cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.", code="file-unreadable") from error


def write_file(path: Path, content: bytes) -> None:
    """Write a file, with the folders above it that are missing.

    Raises:
        StoreError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", code="file-unwritable") from error


def history_folder(data: Path) -> Path:
    """The folder of the past in a folder that `cocket simulate` wrote, or that folder itself."""
    return data / "history" if (data / "history").is_dir() else data
