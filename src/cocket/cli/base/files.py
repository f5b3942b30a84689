# SPDX-License-Identifier: Apache-2.0
"""Files that a user names: read and written whole, with an error that names the file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO, TextIO

from cocket.errors import SettingsError, StoreError

#: The standard input that a file of the command took; another command of the same process has another.
_taken: list[TextIO] = []


def standard_input() -> BinaryIO:
    """Standard input, for the one file of a command that is `-`.

    Raises:
        SettingsError: Another file of the same command was `-` too.
    """
    if any(stream is sys.stdin for stream in _taken):
        message = "Two files are -, and standard input can be read only once: name one of them."
        raise SettingsError(message, code="standard-input-twice")
    _taken[:] = [sys.stdin]
    return sys.stdin.buffer


def read_file(path: Path) -> bytes:
    """The bytes of a file; those of standard input for `-`. Every command reads what a user names by this.

    Raises:
        SettingsError: It cannot be read.
    """
    try:
        return standard_input().read() if str(path) == "-" else path.read_bytes()
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
