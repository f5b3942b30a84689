# SPDX-License-Identifier: Apache-2.0
"""Signed notes: a text for people with signatures for programs, one a line.

A note may carry several signatures. Those of keys we know must hold; those of keys we do not know are kept and
ignored, so that witnesses can add theirs.
Source: C2SP signed-note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cocket.errors import ProofError
from cocket.ledger.encoding import from_base64, to_base64

_ED25519 = b"\x01"
_KEY_LENGTH = 32
_SECRET = "PRIVATE+KEY+"
_DASH = "\N{EM DASH} "
_MOST_SIGNATURES = 100
_MOST_BYTES = 1 << 20


class Signature(msgspec.Struct, frozen=True):
    """One signature line of a note.

    Attributes:
        name: Name of the key.
        key_id: Id of the key, 8 hexadecimal digits.
        data: The signature itself (1..n bytes; 64 for Ed25519).
    """

    name: str
    key_id: str
    data: bytes

    @property
    def line(self) -> str:
        """The line as the note holds it.

        Source: C2SP signed-note, Signatures.
        """
        return f"{_DASH}{self.name} {to_base64(bytes.fromhex(self.key_id) + self.data)}\n"


class Note(msgspec.Struct, frozen=True):
    """A note at least one of whose signatures is that of a known key.

    Attributes:
        text: What was signed, ending in a newline.
        verified: Signatures of known keys, all of which hold (1..n).
        unknown: Signatures of other keys, not checked (0..n).
    """

    text: str
    verified: tuple[Signature, ...]
    unknown: tuple[Signature, ...]


class Verifier:
    """The public half of a named Ed25519 key.

    Args:
        name: Name of the key, such as `example.org/log/2026`; no spaces, no plus.
        public: The public key (32 bytes).

    Raises:
        ProofError: The name or the key cannot be one.

    Source: C2SP signed-note, Ed25519 signatures.
    """

    def __init__(self, name: str, public: bytes) -> None:
        if not _is_name(name):
            raise ProofError("A key name is not empty and has no space or plus.", code="key-name", found=name)
        if len(public) != _KEY_LENGTH:
            raise ProofError("A public key must be 32 bytes.", code="key-length", found=str(len(public)))
        self.name = name
        self._public = public
        self._key = Ed25519PublicKey.from_public_bytes(public)
        self.key_id = sha256(name.encode() + b"\n" + _ED25519 + public).hexdigest()[:8]

    @property
    def vkey(self) -> str:
        """The key as one line to hand to others.

        Source: C2SP signed-note; the `vkey` text of Go's golang.org/x/mod/sumdb/note.
        """
        return f"{self.name}+{self.key_id}+{to_base64(_ED25519 + self._public)}"

    @classmethod
    def from_vkey(cls, vkey: str) -> Verifier:
        """The key that a vkey line spells.

        Raises:
            ProofError: It is not a vkey of an Ed25519 key, or its id is not that of the key.

        Source: C2SP signed-note; the `vkey` text of Go's golang.org/x/mod/sumdb/note.
        """
        name, public = _split_key(vkey, "public key")
        verifier = cls(name, public)
        if verifier.vkey != vkey:
            raise ProofError(
                "The public key's id does not match it.", code="key-id", expected=verifier.vkey, found=vkey
            )
        return verifier

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature over a message is this key's.

        Source: RFC 8032 §5.1.7.
        """
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey(Protocol):
    """An Ed25519 key that signs somewhere else, such as in a hardware security module, and whose secret is not known here.

    Source: RFC 8032 §5.1.
    """

    @property
    def public(self) -> bytes:
        """The public key (32 bytes)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over a message (64 bytes)."""
        ...


class Signer:
    """A named Ed25519 key that signs.

    Args:
        name: Name of the key; no spaces, no plus.
        key: The secret (32 bytes), or a key that signs somewhere else.

    Source: RFC 8032 §5.1.5; C2SP signed-note, Ed25519 signatures.
    """

    def __init__(self, name: str, key: bytes | SigningKey) -> None:
        self._secret: Ed25519PrivateKey | None = None
        self._sign: Callable[[bytes], bytes]
        if isinstance(key, bytes):
            if len(key) != _KEY_LENGTH:
                raise ProofError("A secret key must be 32 bytes.", code="key-length", found=str(len(key)))
            self._secret = Ed25519PrivateKey.from_private_bytes(key)
            self._sign = self._secret.sign
            self.verifier = Verifier(name, self._secret.public_key().public_bytes_raw())
        else:
            self._sign = key.sign
            self.verifier = Verifier(name, key.public)

    @classmethod
    def generate(cls, name: str) -> Signer:
        """A new key.

        Deviation: rooms draw no randomness; a key is the one thing that must never come from a seed a test could
        share, so the cryptographic library draws it.

        Source: RFC 8032 §5.1.5.
        """
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_bytes(cls, name: str, seed: bytes | SigningKey) -> Signer:
        """The key with this secret (32 bytes), or one that signs somewhere else.

        Raises:
            ProofError: The name or the secret cannot be one.

        Source: RFC 8032 §5.1.5.
        """
        return cls(name, seed)

    @classmethod
    def from_skey(cls, skey: str) -> Signer:
        """The key that an skey line spells.

        Raises:
            ProofError: It is not an skey of an Ed25519 key, or its id is not that of the key. The error never shows
                the secret.

        Source: The `skey` text of Go's golang.org/x/mod/sumdb/note.
        """
        if not skey.startswith(_SECRET):
            raise ProofError("The secret key does not begin with PRIVATE+KEY+.", code="key-form")
        name, seed = _split_key(skey.removeprefix(_SECRET), "secret key")
        signer = cls(name, seed)
        if signer.skey != skey:
            raise ProofError("The secret key's id does not match it.", code="key-id")
        return signer

    @property
    def skey(self) -> str:
        """The key as one line to keep in secret.

        Raises:
            ProofError: The secret is not known here.

        Source: The `skey` text of Go's golang.org/x/mod/sumdb/note.
        """
        if self._secret is None:
            raise ProofError("The secret of this key is in a token and never leaves it.", code="key-in-token")
        secret = to_base64(_ED25519 + self._secret.private_bytes_raw())
        return f"{_SECRET}{self.verifier.name}+{self.verifier.key_id}+{secret}"

    def sign(self, message: bytes) -> bytes:
        """The signature over a message (64 bytes); the same message gives the same signature.

        Source: RFC 8032 §5.1.6.
        """
        return self._sign(message)


def sign_note(text: str, signers: Sequence[Signer], kept: Iterable[Signature] = ()) -> bytes:
    """Sign a text.

    Args:
        text: The text, ending in a newline.
        signers: Who signs (0..n), in the order of the lines.
        kept: Signatures the note already has, put behind ours.

    Returns:
        The note, as it is published.

    Raises:
        ProofError: The text cannot be that of a note, or nobody signs it.

    Source: C2SP signed-note, Format.
    """
    _check_text(text)
    message = text.encode()
    ours = [Signature(by.verifier.name, by.verifier.key_id, by.sign(message)) for by in signers]
    lines = [signature.line for signature in (*ours, *kept)]
    if not lines:
        raise ProofError("A note must have a signature.", code="note-unsigned")
    return (text + "\n" + "".join(lines)).encode()


def open_note(data: bytes, verifiers: Sequence[Verifier]) -> Note:
    """Read a note and check the signatures of the keys we know.

    Args:
        data: The note as published.
        verifiers: The keys we know.

    Returns:
        Its text and its signatures.

    Raises:
        ProofError: It is not a note, no known key signed it, or the signature of a known key does not hold or is
            there twice.

    Source: C2SP signed-note, Format and Signatures.
    """
    text, signatures = split_note(data)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    verified: list[Signature] = []
    unknown: list[Signature] = []
    for signature in signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            unknown.append(signature)
        elif any(other.key_id == signature.key_id and other.name == signature.name for other in verified):
            raise ProofError(f"{signature.name} signed twice.", code="note-signature")
        elif verifier.signed(text.encode(), signature.data):
            verified.append(signature)
        else:
            raise ProofError(f"The signature of {signature.name} is not valid.", code="note-signature")
    if not verified:
        raise ProofError(
            "No known key signed this.",
            code="note-unknown-key",
            expected=", ".join(f"{name}+{key_id}" for name, key_id in known) or None,
            found=", ".join(f"{signature.name}+{signature.key_id}" for signature in signatures),
        )
    return Note(text, tuple(verified), tuple(unknown))


def split_note(data: bytes) -> tuple[str, tuple[Signature, ...]]:
    """The text and signatures of a note, none of them checked: nothing in it may be trusted yet.

    Raises:
        ProofError: It is not a note.

    Source: C2SP signed-note, Format.
    """
    if len(data) > _MOST_BYTES:
        raise ProofError("The note is too long.", code="note-form", expected=f"at most {_MOST_BYTES} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProofError("The note is not UTF-8.", code="note-form", pointer=f"@{error.start}") from error
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise ProofError("The note has no signatures below its text, or does not end with a line.", code="note-form")
    text = head + "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise ProofError("The note has too many signatures.", code="note-form", expected=f"at most {_MOST_SIGNATURES}")
    return text, tuple(_read_line(line) for line in lines)


def _read_line(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _is_name(name):
        raise ProofError("A signature line of the note is malformed.", code="note-form", found=line[:200])
    data = from_base64(encoded, "signature")
    if len(data) <= 4:
        raise ProofError("A signature of the note is too short.", code="note-form", found=line[:200])
    return Signature(name, data[:4].hex(), data[4:])


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise ProofError("A note's text ends in a newline and has no other control characters.", code="note-form")


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(char.isspace() or char < " " for char in name)


def _split_key(line: str, what: str) -> tuple[str, bytes]:
    """Name and 32 bytes of a key line, `name+id+Base64`; whether the id fits is for the caller to see."""
    name, _, rest = line.partition("+")
    _, _, encoded = rest.partition("+")
    data = from_base64(encoded, what)
    if data[:1] != _ED25519 or len(data) != 1 + _KEY_LENGTH:
        raise ProofError(f"The {what} is not an Ed25519 key.", code="key-form")
    return name, data[1:]
