# SPDX-License-Identifier: Apache-2.0
"""A witness's two secrets, beside those of a house and apart from them: it may witness without being one."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from cocket.errors import SettingsError, StoreError

#: One secret for each kind of cosignature, in the order in which they sign.
NAMES = ("witness", "witness-ml-dsa-44")

_LENGTH = 32


def make_witness_keys(folder: Path) -> None:
    """Make the secrets that are not there yet; those that are stay as they are.

    Raises:
        StoreError: The folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in NAMES:
            _make(folder / f"{name}.key")
    except OSError as error:
        raise StoreError(f"Keys cannot be written to {folder}: {error.strerror}.") from error


def read_witness_keys(folder: Path) -> tuple[bytes, ...]:
    """Read the secrets.

    Returns:
        32 bytes for each of `NAMES`.

    Raises:
        SettingsError: One is missing, malformed, or readable by others.
    """
    return tuple(_read(folder / f"{name}.key") for name in NAMES)


def _make(path: Path) -> None:
    """Make a secret that appears whole, and only if there is none."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_LENGTH) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError(f"{path} can be read by others.", hint="chmod 600 it.")
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError as error:
        raise SettingsError(f"{path} is missing.", hint="Run cocket witness add-log first.") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error
    if len(secret) != _LENGTH:
        raise SettingsError(f"{path} does not contain 32 bytes in hexadecimal.")
    return secret
