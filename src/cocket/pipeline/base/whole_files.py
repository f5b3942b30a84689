# SPDX-License-Identifier: Apache-2.0
"""Files that are written whole and durably, or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cocket.errors import StoreError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole and durably, or not at all.

    Raises:
        StoreError: It cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise StoreError(f"{path} cannot be written: {error.strerror}.") from error
