# SPDX-License-Identifier: Apache-2.0
"""The administration's own secrets, as files that only its account can read; never in the database or its backups.

The key that signs heads may be in a token instead: then its file holds the PKCS#11 URI that names it, and no secret.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

import msgspec

from cocket.errors import SettingsError, StoreError
from cocket.ledger import SigningKey
from cocket.stores.base.tokens import SCHEME, TokenKey, read_uri

#: Each secret has one use. Only the role `log` reads `checkpoint`.
NAMES = ("identity", "subject", "receipt", "checkpoint", "draw", "order", "wrapping", "rows")

#: The checkpoint key before the present one, while heads are signed with both.
_FORMER = "checkpoint.former"


class Keys(msgspec.Struct, frozen=True):
    """Secrets of 32 bytes each.

    Attributes:
        identity: Recognises content seen before (HMAC).
        subject: Hides subjects in openings (HMAC).
        receipt: Signs promises (Ed25519 seed).
        checkpoint: Signs heads (Ed25519 seed, or a key in a token); None in roles that do not sign heads.
        draw: Makes the daily seeds of the random share (HMAC).
        order: Makes cover leaves and the order within a step of the log (HMAC).
        wrapping: Wraps the key of each sealed thing (AES-256-GCM).
        rows: Makes the MACs of derived rows (BLAKE2b).
        former: The checkpoint key before this one, of either kind, while both sign; else None.
    """

    identity: bytes
    subject: bytes
    receipt: bytes
    checkpoint: bytes | SigningKey | None
    draw: bytes
    order: bytes
    wrapping: bytes
    rows: bytes
    former: bytes | SigningKey | None = None

    def __repr__(self) -> str:
        return "Keys(…)"


def make_keys(folder: Path, log_key: str = "") -> None:
    """Make the secrets that are not there yet; those that are stay as they are.

    Args:
        folder: Where they are kept.
        log_key: PKCS#11 URI of the key in a token that signs heads; empty for one of our own in a file.

    Raises:
        SettingsError: The token or its key is not as it should be.
        StoreError: The folder cannot be written.
    """
    if log_key and not (folder / "checkpoint.key").exists():
        TokenKey(read_uri(log_key)).close()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in NAMES:
            if not (folder / f"{name}.key").exists():
                _make_key(folder / f"{name}.key", log_key if name == "checkpoint" else "")
    except OSError as error:
        raise StoreError(f"Keys cannot be written to {folder}: {error.strerror}.") from error


def make_key(folder: Path, name: str) -> None:
    """Make one secret that a house of before lacks; one that is there stays as it is.

    Raises:
        StoreError: The folder cannot be written.
    """
    try:
        if not (folder / f"{name}.key").exists():
            _make_key(folder / f"{name}.key")
    except OSError as error:
        raise StoreError(f"Keys cannot be written to {folder}: {error.strerror}.") from error


def _make_key(path: Path, content: str = "") -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write((content or secrets.token_hex(32)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_keys(folder: Path, *, with_checkpoint: bool = False) -> Keys:
    """Read the secrets.

    Args:
        folder: Where `make_keys` put them.
        with_checkpoint: Whether this role signs heads.

    Returns:
        The secrets.

    Raises:
        SettingsError: A key is missing, malformed, or readable by others; all problems at once.
    """
    problems: list[str] = []
    found: dict[str, bytes | SigningKey] = {}
    names = [name for name in NAMES if with_checkpoint or name != "checkpoint"]
    if with_checkpoint and (folder / f"{_FORMER}.key").exists():
        names.append(_FORMER)
    for name in names:
        path = folder / f"{name}.key"
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                problems.append(f"{path} can be read by others: chmod 600 it")
            found[name] = _key_of(name, path.read_text("ascii").strip())
        except FileNotFoundError:
            problems.append(f"{path} is missing: run cocket init")
        except (OSError, ValueError) as error:
            problems.append(f"{path} cannot be read: {error}")
        secret = found.get(name, b"\0" * 32)
        if isinstance(secret, bytes) and len(secret) != 32:
            problems.append(f"{path} does not contain 32 bytes in hexadecimal")
    if problems:
        raise SettingsError("The keys are not valid: " + "; ".join(problems) + ".", problems=tuple(problems))
    return Keys(**{name: found.get(name) for name in NAMES}, former=found.get(_FORMER))  # type: ignore[arg-type]


def _key_of(name: str, text: str) -> bytes | SigningKey:
    """A secret, or the key in a token that stands in its place; of all keys those that sign heads can be in one."""
    if name in ("checkpoint", _FORMER) and text.startswith(SCHEME):
        return TokenKey(read_uri(text))
    return bytes.fromhex(text)


def rotate_checkpoint_key(folder: Path, log_key: str = "") -> None:
    """Put a new checkpoint key in the place of the present one, which goes on to sign beside it until it is dropped.

    Args:
        folder: Where the keys are kept.
        log_key: PKCS#11 URI of the key in a token that signs from now on; empty for one of our own in a file.

    Raises:
        SettingsError: The token or its key is not as it should be.
        StoreError: The key before this one was not dropped yet, or the folder cannot be written.
    """
    present, former = folder / "checkpoint.key", folder / f"{_FORMER}.key"
    if former.exists():
        raise StoreError("The previous checkpoint key still signs.", hint="Drop it before the next rotation.")
    if log_key:
        if present.read_text("ascii").strip() == log_key:
            raise SettingsError("This key in the token signs the log already.", code="token-key-present")
        TokenKey(read_uri(log_key)).close()
    try:
        os.link(present, former)
        _make_key(present, log_key)
    except OSError as error:
        raise StoreError(f"Keys cannot be written to {folder}: {error.strerror}.") from error


def drop_former_key(folder: Path) -> bool:
    """Destroy the former checkpoint key; whether there was one.

    Raises:
        StoreError: The folder cannot be written.
    """
    former = folder / f"{_FORMER}.key"
    try:
        former.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(f"{former} cannot be removed: {error.strerror}.") from error
    return True
