# SPDX-License-Identifier: Apache-2.0
"""Who a gateway is: its name, its office and the key that it signs with, in its own folder."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from cocket.errors import ProofError, SettingsError, StoreError
from cocket.ledger import Signer

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FILE: Final = "gateway.json"
_KEY: Final = "gateway.skey"
SPOOL: Final = "spool.sqlite3"

#: Beside the file of entries, once the first of them is in it: an identity that has numbered entries never begins again at 1.
NUMBERED: Final = "numbered"


class GatewayIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a gateway is.

    Attributes:
        name: Lower case letters, digits and hyphens.
        office: Customs office where it stands.
        vkey: Its public key, as a line to register at the house.
    """

    name: str
    office: str
    vkey: str


def make_identity(home: Path, name: str, office: str) -> GatewayIdentity:
    """Make a gateway's folder with a fresh key.

    Raises:
        SettingsError: There is one already, or the name cannot be one.
        StoreError: The folder cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            "The name of a gateway has at most 40 lower case letters, digits and hyphens.",
            code="gateway-name",
            found=name,
        )
    office = office.strip().upper()
    if not 0 < len(office) <= 20 or not office.isascii() or not office.isalnum():
        raise SettingsError("The office is a code of letters and digits.", code="office", found=office)
    if (home / _KEY).exists():
        raise SettingsError(f"There is a gateway at {home} already.", hint="Choose another folder.")
    signer = Signer.generate(name)
    made = GatewayIdentity(name=name, office=office, vkey=signer.verifier.vkey)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(home / _KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{signer.skey}\n")
            file.flush()
            os.fsync(file.fileno())
        (home / _FILE).write_bytes(msgspec.json.encode(made) + b"\n")
    except OSError as error:
        raise StoreError(f"{home} cannot be written: {error.strerror}.") from error
    return made


def read_identity(home: Path) -> GatewayIdentity:
    """Who the gateway of a folder is.

    Raises:
        SettingsError: There is none.
    """
    try:
        return msgspec.json.decode((home / _FILE).read_bytes(), type=GatewayIdentity)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"There is no gateway at {home}.", hint="Run cocket gateway init first.") from error


def read_signer(home: Path) -> Signer:
    """The key that the gateway of a folder signs with.

    Raises:
        SettingsError: It cannot be read, or is not that of this gateway.
    """
    known = read_identity(home)
    try:
        signer = Signer.from_skey((home / _KEY).read_text(encoding="utf-8").strip())
    except (OSError, ValueError, ProofError) as error:
        raise SettingsError(f"The key of the gateway at {home} cannot be read.") from error
    if signer.verifier.vkey != known.vkey:
        raise SettingsError("The key of the gateway is not the one that its gateway.json names.", code="gateway-key")
    return signer


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold a gateway's folder, so that no second process works with it.

    Raises:
        SettingsError: Another does.
        StoreError: The folder cannot be written.
    """
    try:
        file = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{home} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise SettingsError(f"A gateway runs at {home} already.", hint="Stop it first.") from error
    try:
        yield
    finally:
        os.close(file)
