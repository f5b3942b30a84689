# SPDX-License-Identifier: Apache-2.0
"""The keys with which this administration signs certificates: files beside its other keys, never in the database."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cocket.credentials import IssuerKey, SigningKey
from cocket.errors import ProofError, SettingsError, StoreError
from cocket.settings import Settings

_NAME = re.compile(r"issuer-([1-9][0-9]{0,5})\.key")


def issuer_did(settings: Settings) -> str:
    """The DID of this administration: that of the host in the name of its log.

    Raises:
        SettingsError: The log is not named after a host.
    """
    host = settings.log_origin.partition("/")[0].lower()
    if "." not in host:
        raise SettingsError("Certificates need a log_origin that begins with a host.", problems=("log_origin",))
    return f"did:web:{host.replace(':', '%3A')}"


class IssuingKeys(msgspec.Struct, frozen=True):
    """The keys that sign now, both made from the one secret in the file.

    Attributes:
        fragment: Name of the first within our document, such as `key-1`.
        own: Ed25519, which signs credentials and status lists.
        selective: P-256, which signs what a holder may show in parts; its name is the other's with `-p256` behind it.
    """

    fragment: str
    own: IssuerKey
    selective: IssuerKey


def present_keys(settings: Settings) -> IssuingKeys | None:
    """The keys that sign now; None before the first certificate.

    Raises:
        SettingsError: Their file cannot be read, or others can read it.
    """
    number = _newest(settings.keys_folder)
    if not number:
        return None
    path = settings.keys_folder / f"issuer-{number}.key"
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others: chmod 600 it.", problems=(str(path),))
        secret = bytes.fromhex(path.read_text("ascii").strip())
        own = SigningKey("Ed25519", secret)
        selective = SigningKey("P-256", HKDF(hashes.SHA256(), 32, None, b"cocket issuer P-256").derive(secret))
    except (OSError, ValueError, ProofError) as error:
        raise SettingsError(f"{path} cannot be read.", problems=(str(error),)) from error
    method = f"{issuer_did(settings)}#key-{number}"
    return IssuingKeys(f"key-{number}", IssuerKey(method, own), IssuerKey(f"{method}-p256", selective))


def make_keys(settings: Settings) -> IssuingKeys:
    """New keys, which sign from now on; those before them are destroyed.

    Raises:
        StoreError: It cannot be written.
    """
    folder, number = settings.keys_folder, _newest(settings.keys_folder)
    path = folder / f"issuer-{number + 1}.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        for former in range(1, number + 1):
            (folder / f"issuer-{former}.key").unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"The issuer's key cannot be written to {folder}: {error.strerror}.") from error
    keys = present_keys(settings)
    if keys is None:
        raise StoreError(f"The issuer's key is missing in {folder}.")
    return keys


def _newest(folder: Path) -> int:
    """Number of the present key; 0 if there is none."""
    names = (_NAME.fullmatch(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
    return max((int(name[1]) for name in names if name), default=0)
