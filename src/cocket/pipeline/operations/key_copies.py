# SPDX-License-Identifier: Apache-2.0
"""Copies of a house's keys, encrypted to recipients, so that the medium on which they lie opens nothing by itself.

Source: age-encryption.org/v1 (the C2SP specification of age), by the library pyrage. Whoever holds an identity file can
open them, with `cocket restore --identity` or with any other program for age.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyrage

from cocket.errors import SettingsError, StoreError

#: Instead of recipients: the copies are not encrypted.
CLEAR: Final = "clear"

#: What the name of an encrypted file ends with.
SUFFIX: Final = ".age"


def recipients_of(text: str) -> tuple[str, ...]:
    """Recipients as settings and commands name them.

    Args:
        text: `age1…` and `ssh-ed25519 …`, separated by commas; or `clear`.

    Returns:
        Them; none for `clear`.

    Raises:
        SettingsError: None is named, or one cannot be read.
    """
    named = tuple(one.strip() for one in text.split(",") if one.strip())
    if named == (CLEAR,):
        return ()
    if not named:
        raise SettingsError(
            "There is no recipient to encrypt the copy of the keys to.",
            code="backup-keys-clear",
            hint="Make an identity with `cocket backup-identity FILE`, keep FILE apart from both copies, and give its "
            "recipient with --recipient or COCKET_BACKUP_KEYS_RECIPIENTS. `clear` copies the keys without encryption.",
        )
    for one in named:
        _recipient(one)
    return named


def _recipient(text: str) -> pyrage.x25519.Recipient | pyrage.ssh.Recipient:
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError as error:
        raise SettingsError(
            f"{text[:80]} is not a recipient: {error}.", code="backup-recipient", expected="age1… or ssh-ed25519 …"
        ) from error


def make_identity(file: Path) -> str:
    """Make an identity in a file that only its owner may read; its recipient.

    Raises:
        SettingsError: The file is there already, or cannot be written.
    """
    identity = pyrage.x25519.Identity.generate()
    recipient = str(identity.to_public())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as written:
            written.write(f"# public key: {recipient}\n{identity}\n")
            written.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise SettingsError(f"{file} cannot be made: {error.strerror}.", code="backup-identity") from error
    return recipient


def put_copy(file: Path, to: Path, recipients: Sequence[str]) -> str:
    """Put a durable copy of a secret file in the place of an earlier one, at once or not at all.

    The copy bears the time of the file, so that it shows whether it is as new.

    Args:
        file: The file.
        to: Where; `.age` is added to the name of an encrypted copy.
        recipients: To whom it is encrypted; empty leaves it in clear.

    Returns:
        SHA-256 of what the file held, in hexadecimal.

    Raises:
        OSError: The disk failed.
        SettingsError: A recipient cannot be read.
    """
    place = copy_name(to, recipients)
    part = place.with_name(f".{place.name}.part")
    found, content = file.stat(), file.read_bytes()
    digest = sha256(content).hexdigest()
    if recipients:
        content = pyrage.encrypt(content, [_recipient(one) for one in recipients])
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as copy:
        copy.write(content)
        copy.flush()
        os.utime(descriptor, ns=(found.st_atime_ns, found.st_mtime_ns))
        os.fsync(descriptor)
    part.replace(place)
    return digest


def copy_name(to: Path, recipients: Sequence[str]) -> Path:
    """Under which name a copy lies."""
    return to.with_name(to.name + SUFFIX) if recipients else to


def encrypt_tree(folder: Path, recipients: Sequence[str]) -> None:
    """Encrypt every file of a folder, each in place of itself.

    Raises:
        OSError: The disk failed.
    """
    if recipients:
        for file in [one for one in folder.rglob("*") if one.is_file()]:
            put_copy(file, file, recipients)
            file.unlink()


class Opener:
    """Reads copied files, encrypted ones with an identity, which is first looked at when it is needed.

    Args:
        identity: Its file; None if there is none.
    """

    def __init__(self, identity: Path | None) -> None:
        self._file = identity
        self._key: pyrage.x25519.Identity | pyrage.ssh.Identity | None = None

    def __call__(self, file: Path) -> bytes:
        """What was copied to a file.

        Raises:
            OSError: The disk failed.
            SettingsError: It is encrypted, and there is no identity, or it is not one of its recipients'.
            StoreError: It was changed.
        """
        if file.suffix != SUFFIX:
            return file.read_bytes()
        if self._file is None:
            raise SettingsError(
                "The copy of the keys is encrypted.",
                code="keys-encrypted",
                hint="Give the identity file by --identity FILE.",
            )
        self._key = self._key or _identity(self._file)
        try:
            content: bytes = pyrage.decrypt(file.read_bytes(), [self._key])
        except pyrage.DecryptError as error:
            if "matching" in str(error).lower():
                raise SettingsError(
                    f"{self._file} does not decrypt the copy of the keys: it was encrypted to other recipients.",
                    code="keys-encrypted",
                ) from error
            raise StoreError(f"{file.name} cannot be decrypted: {error}.", code="backup-damaged") from error
        return content


def decrypt_tree(folder: Path, opener: Opener) -> None:
    """Decrypt every encrypted file of a folder, each in place of itself.

    Raises:
        OSError: The disk failed.
        SettingsError: There is no identity, or it is not one of theirs.
        StoreError: A file was changed.
    """
    for file in [one for one in folder.rglob(f"*{SUFFIX}") if one.is_file()]:
        content = opener(file)
        plain = file.with_name(file.name.removesuffix(SUFFIX))
        descriptor = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
        file.unlink()


def _identity(file: Path) -> pyrage.x25519.Identity | pyrage.ssh.Identity:
    try:
        text = file.read_text("utf-8")
        if "PRIVATE KEY" in text:
            return pyrage.ssh.Identity.from_buffer(text.encode())
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(lines[0])
    except (OSError, ValueError, IndexError, pyrage.IdentityError) as error:
        raise SettingsError(f"{file} cannot be read as an identity: {error}.", code="backup-identity") from error
