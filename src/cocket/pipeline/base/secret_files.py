# SPDX-License-Identifier: Apache-2.0
"""Secrets of parties and accounts as files: 32 bytes in hexadecimal, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from cocket.errors import SettingsError, StoreError

_LENGTH = 32


def make_secret(path: Path) -> None:
    """Make a secret that appears whole, and only if there is none; one that is there stays as it is.

    Raises:
        StoreError: It cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists():
            return
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_LENGTH) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(partial, path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)


def read_secret(path: Path) -> bytes:
    """Read a secret (32 bytes).

    Raises:
        SettingsError: It is missing, malformed, or others can read it; what it holds is never repeated.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError(f"{path} can be read by others.", hint="chmod 600 it.")
        secret = bytes.fromhex(path.read_text("ascii").strip().removeprefix("0x"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsError(f"{path} does not contain 32 bytes in hexadecimal.") from error
    if len(secret) != _LENGTH:
        raise SettingsError(f"{path} does not contain 32 bytes in hexadecimal.")
    return secret
