# SPDX-License-Identifier: Apache-2.0
"""A signing key in a hardware security module or another token, used by PKCS#11: it signs there and never leaves.

The key is named by a PKCS#11 URI. Exactly one private Ed25519 key must have that name, and it must be one that cannot be read
out. The module is loaded by the process that signs, when it first signs; a child process loads it again, for a session does not
survive a fork.
Source: RFC 7512 (PKCS#11 URI); PKCS#11 3.0, 2.3.14 (CKM_EDDSA), 5.6 (sessions and fork); RFC 8032 (Ed25519).
"""

from __future__ import annotations

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from cocket.errors import SettingsError, StoreError

#: How a PKCS#11 URI begins.
SCHEME: Final = "pkcs11:"

#: Attributes of a URI that are understood here.
_PATH: Final = frozenset({"token", "serial", "object", "id"})
_QUERY: Final = frozenset({"module-path", "pin-source"})

_PUBLIC_LENGTH: Final = 32
_SIGNATURE_LENGTH: Final = 64


class TokenUri(msgspec.Struct, frozen=True, kw_only=True):
    """Where a key is, as a PKCS#11 URI says it.

    Attributes:
        module: Path of the PKCS#11 module.
        token: Label of the token; None for any.
        serial: Its serial number; None for any.
        object: Label of the key; None for any.
        id: Id of the key; None for any.
        pin_source: File that holds the PIN.
    """

    module: Path
    token: str | None = None
    serial: str | None = None
    object: str | None = None
    id: bytes | None = None
    pin_source: Path


def read_uri(text: str) -> TokenUri:
    """Read a PKCS#11 URI.

    Raises:
        SettingsError: It is not one, leaves the token or the key open, or holds a PIN, which belongs into a file.

    Source: RFC 7512, 2.3 and 2.4.
    """
    if not text.startswith(SCHEME):
        raise _wrong("it does not begin with pkcs11:")
    path, _, query = text.removeprefix(SCHEME).partition("?")
    told = {**_attributes(path, ";", _PATH), **_attributes(query, "&", _QUERY)}
    if "module-path" not in told or "pin-source" not in told:
        raise _wrong("module-path and pin-source are needed, behind a question mark")
    if not ({"token", "serial"} & told.keys()) or not ({"object", "id"} & told.keys()):
        raise _wrong("it names the token (token or serial) and the key (object or id)")
    source = told["pin-source"].removeprefix("file:")
    return TokenUri(
        module=Path(told["module-path"]),
        token=told.get("token"),
        serial=told.get("serial"),
        object=told.get("object"),
        id=told["id"].encode("latin-1") if "id" in told else None,
        pin_source=Path(source.removeprefix("//") if source.startswith("///") else source),
    )


def _attributes(text: str, divider: str, known: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(divider)):
        name, is_given, value = part.partition("=")
        if name == "pin-value":
            raise _wrong("a PIN does not belong into settings: name a file by pin-source")
        if name not in known or not is_given or not value:
            raise _wrong(f"{name[:40]} is not understood here; known are {', '.join(sorted(known))}")
        if name in found:
            raise _wrong(f"{name} stands twice")
        found[name] = unquote(value, encoding="latin-1" if name == "id" else "utf-8")
    return found


def _wrong(why: str) -> SettingsError:
    return SettingsError(
        f"This is not a PKCS#11 URI that names a key: {why}.",
        code="token-uri",
        expected="pkcs11:token=LABEL;object=KEY?module-path=/path/to/module.so&pin-source=file:/path/to/pin",
    )


class TokenKey:
    """An Ed25519 key in a token.

    Args:
        uri: Where it is.

    Raises:
        SettingsError: The token or the key is not as it should be; what is wrong is said, never the PIN.
        StoreError: The token is not there, or does not answer.
    """

    def __init__(self, uri: TokenUri) -> None:
        self._uri = uri
        self._mutex = threading.Lock()
        self._session: Any = None
        self._key: Any = None
        self._process = 0
        with self._mutex:
            self.public = self._open()

    def __repr__(self) -> str:
        return f"TokenKey({self._uri.token or self._uri.serial}, {self._uri.object or ''})"

    def sign(self, message: bytes) -> bytes:
        """The signature over a message (64 bytes).

        Raises:
            StoreError: The token is not there any more, or refuses.
        """
        pkcs11, failed = _library()
        with self._mutex:
            try:
                if self._process != os.getpid() or self._key is None:
                    present = self._open()
                    if present != self.public:
                        raise StoreError(
                            "The token holds another key than before; nothing is signed.", code="token-key-changed"
                        )
                signature = bytes(self._key.sign(message, mechanism=pkcs11.Mechanism.EDDSA))
            except failed as error:
                with suppress(*failed):
                    self._session.close()
                self._key = self._session = None
                _STALE.add(str(self._uri.module))
                raise _gone(error) from error
        if len(signature) != _SIGNATURE_LENGTH:
            raise StoreError("The token gave something that is not an Ed25519 signature.", code="token-signature")
        return signature

    def close(self) -> None:
        """Let go of the session."""
        with self._mutex:
            if self._session is not None and self._process == os.getpid():
                self._session.close()
            self._session = self._key = None

    def _open(self) -> bytes:
        """Open a session and find the key; its public part (32 bytes)."""
        pkcs11, failed = _library()
        from pkcs11 import exceptions

        pin = _pin(self._uri.pin_source)
        try:
            self._process = os.getpid()
            token = _token(_load(pkcs11, self._uri.module), self._uri)
            try:
                self._session = token.open(user_pin=pin)
            except exceptions.UserAlreadyLoggedIn:  # a login is of a process, not of a session
                self._session = token.open()
            try:
                self._key, public = _keys(pkcs11, self._session, self._uri)
            except BaseException:
                self._session.close()
                self._session = self._key = None
                raise
        except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange) as error:
            raise SettingsError(
                "The token refuses the PIN.",
                code="token-pin",
                hint=f"Check {self._uri.pin_source}. Several wrong ones lock the token.",
            ) from error
        except exceptions.PinLocked as error:
            raise SettingsError("The token is locked: too many wrong PINs.", code="token-locked") from error
        except failed as error:
            raise _gone(error) from error
        return public


def _library() -> tuple[Any, Any]:
    """The package, and the root of its errors."""
    try:
        import pkcs11
    except ImportError as error:
        raise SettingsError(
            "A key in a token needs the package python-pkcs11, which is not installed.", hint="Install cocket[hsm]."
        ) from error
    return pkcs11, (pkcs11.exceptions.PKCS11Error, RuntimeError)


#: Modules by process and path: each is loaded once a process.
_LOADED: dict[tuple[int, str], Any] = {}

#: Modules whose token failed: they are begun again, for some know no token that came back.
_STALE: set[str] = set()


def _load(pkcs11: Any, module: Path) -> Any:
    name = os.getpid(), str(module)
    if name not in _LOADED:
        if not module.is_file():
            raise SettingsError(f"There is no PKCS#11 module at {module}.", code="token-module")
        try:
            library = pkcs11.lib(str(module))
            if any(path == str(module) for process, path in _LOADED if process != name[0]):
                library.reinitialize()  # loaded by the process that this one was forked from
        except (RuntimeError, pkcs11.exceptions.PKCS11Error) as error:
            raise SettingsError(f"{module} is not a PKCS#11 module.", code="token-module") from error
        _LOADED[name] = library
    elif name[1] in _STALE:
        _LOADED[name].reinitialize()
    _STALE.discard(name[1])
    return _LOADED[name]


def _token(library: Any, uri: TokenUri) -> Any:
    """The one token that a URI names."""
    wanted = {"token_label": uri.token, "token_serial": uri.serial.encode() if uri.serial else None}
    found = list(library.get_tokens(**{name: value for name, value in wanted.items() if value is not None}))
    what = f"token {uri.token or uri.serial}"
    if not found:
        raise StoreError(
            f"There is no {what}.", code="token-gone", hint="Is it plugged in, and is its service running?"
        )
    if len(found) > 1:
        raise SettingsError(
            f"There are {len(found)} tokens of that name ({what}): add its serial.", code="token-several"
        )
    return found[0]


def _keys(pkcs11: Any, session: Any, uri: TokenUri) -> tuple[Any, bytes]:
    """The one private Ed25519 key that a URI names, and its public part."""
    attribute, classes = pkcs11.Attribute, pkcs11.ObjectClass
    template: dict[Any, Any] = {attribute.KEY_TYPE: pkcs11.KeyType.EC_EDWARDS}
    if uri.object is not None:
        template[attribute.LABEL] = uri.object
    if uri.id is not None:
        template[attribute.ID] = uri.id
    private = list(session.get_objects({**template, attribute.CLASS: classes.PRIVATE_KEY}))
    what = f"private Ed25519 key {uri.object or (uri.id or b'').hex()}"
    if not private:
        raise SettingsError(f"There is no {what} in the token.", code="token-key")
    if len(private) > 1:
        raise SettingsError(
            f"There are {len(private)} keys of that name ({what}); nothing is signed.",
            code="token-key-several",
            hint="Add the id of the right one to the URI (id=%01), or remove the other.",
        )
    if not private[0][attribute.SENSITIVE] or private[0][attribute.EXTRACTABLE]:
        raise SettingsError(
            f"The {what} can be read out of the token; nothing is signed with it.",
            code="token-key-extractable",
            hint="Make a key in the token that is sensitive and not extractable.",
        )
    public = list(session.get_objects({**template, attribute.CLASS: classes.PUBLIC_KEY}))
    if len(public) != 1:
        raise SettingsError(
            f"There are {len(public)} public keys beside the {what}; there must be one.", code="token-public"
        )
    return private[0], _public(bytes(public[0][attribute.EC_POINT]))


def _public(point: bytes) -> bytes:
    """The public key (32 bytes) in an EC_POINT: bare, or as an octet string of DER. Modules differ."""
    if len(point) == _PUBLIC_LENGTH + 2 and point[:2] == bytes((0x04, _PUBLIC_LENGTH)):
        return point[2:]
    if len(point) == _PUBLIC_LENGTH:
        return point
    raise SettingsError("The public key in the token is not one of Ed25519.", code="token-public")


def _pin(source: Path) -> str:
    """The PIN in a file that others cannot read; it is never repeated."""
    try:
        if stat.S_IMODE(source.stat().st_mode) & 0o077:
            raise SettingsError(f"{source} can be read by others.", code="token-pin", hint="chmod 600 it.")
        pin = source.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The PIN cannot be read from {source}.", code="token-pin") from error
    if not pin:
        raise SettingsError(f"{source} holds no PIN.", code="token-pin")
    return pin


def _gone(error: Exception) -> StoreError:
    """The token does not answer; the class of the error says how, and no more."""
    return StoreError(
        f"The token does not sign: {type(error).__name__}.",
        code="token-gone",
        hint="The signed head before this one stands. It goes on when the token is back.",
    )
