# SPDX-License-Identifier: Apache-2.0
"""A token in software for tests: SoftHSM in a folder of its own, with keys made in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

#: Where packages put the module.
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)

PIN = "43210987"

#: Label of a key in the token → its id, and whether it can be read out.
KEYS = (
    ("log", b"\x01", False),
    ("twice", b"\x02", False),
    ("twice", b"\x03", False),
    ("loose", b"\x04", True),
    ("next", b"\x05", False),
)


class SoftToken:
    """A token and what names its keys.

    Args:
        folder: Where it is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.module = next((Path(one) for one in _MODULES if Path(one).is_file()), None)
        if self.module is None or shutil.which("softhsm2-util") is None:
            pytest.skip("SoftHSM is not installed (apt install softhsm2): keys in a token are not tested")
        pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed: keys in a token are not tested")
        self.folder = folder / "tokens"
        self.folder.mkdir()
        conf = folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(conf)
        self.pin = folder / "pin"
        self.pin.write_text(PIN + "\n")
        self.pin.chmod(0o600)
        made = ["softhsm2-util", "--init-token", "--free", "--label", "customs", "--so-pin", "12345678", "--pin", PIN]
        subprocess.run(made, check=True, capture_output=True)
        self._make()

    def _make(self) -> None:
        import pkcs11

        library = pkcs11.lib(str(self.module))
        library.reinitialize()
        token: Any = library.get_token(token_label="customs")
        attribute = pkcs11.Attribute
        with token.open(user_pin=PIN, rw=True) as session:
            for label, identity, is_loose in KEYS:
                curve = {attribute.EC_PARAMS: bytes.fromhex("06032b6570")}  # the object identifier of Ed25519
                parameters = session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True)
                more = {attribute.EXTRACTABLE: True, attribute.SENSITIVE: False} if is_loose else {}
                parameters.generate_keypair(
                    mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label=label, id=identity,
                    private_template=more,
                )  # fmt: skip

    def uri(self, key: str = "object=log", token: str = "token=customs", pin: Path | None = None) -> str:
        """The PKCS#11 URI of a key."""
        return f"pkcs11:{token};{key}?module-path={self.module}&pin-source=file:{pin or self.pin}"

    def away(self) -> None:
        """Take the token out."""
        self.folder.rename(self.folder.with_name("away"))

    def back(self) -> None:
        """Put it in again."""
        self.folder.with_name("away").rename(self.folder)
