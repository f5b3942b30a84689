# SPDX-License-Identifier: Apache-2.0
"""The blinded leaf: what the public log keeps of a record, and how its holder opens it.

The log shows a commitment and nothing else. Whoever holds the opening and its nonce can show what was sealed, when,
by whom and about whom; nobody else can guess it, because the nonce is 32 secret random bytes. Destroying the nonce
erases the record from the log without changing one byte of it.

    commit = SHA-256(nonce ‖ SHA-256(JCS{actor, content, subject, time, type}))
    entry  = JCS{"commit": Base64(commit), "v": 1}
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from cocket.errors import ProofError
from cocket.ledger.encoding import from_base64, to_base64

NONCE_LENGTH = 32

_BEFORE, _AFTER = b'{"commit":"', b'","v":1}'


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a leaf commits to. The fields stand in JCS order, so that encoding them in order is the canonical form.

    Attributes:
        actor: Key id or role of who acted; never a person's name.
        content: SHA-256 of the record's bytes, 64 lower-case hexadecimal digits, as `sha256sum` prints it.
        subject: Blinded key of what the record is about, such as a consignment; empty if it is about nothing outside.
        time: When it happened, RFC 3339 in UTC, as text: the text itself is hashed.
        type: Kind of record, such as `message`, `decision` or `look`.
    """

    actor: str
    content: str
    subject: str
    time: str
    type: str


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed record, with the secret that opens it.

    Attributes:
        opening: What was sealed.
        nonce: 32 secret random bytes.
        commit: The commitment (32 bytes).
        entry: The bytes the public log keeps.
    """

    opening: Opening
    nonce: bytes
    commit: bytes
    entry: bytes


def content_hash(content: bytes) -> str:
    """The `Opening.content` of a record's bytes.

    Source: FIPS 180-4, SHA-256.
    """
    return sha256(content).hexdigest()


def commitment(opening: Opening, nonce: bytes) -> bytes:
    """The commitment to an opening under a nonce.

    Args:
        opening: What is sealed.
        nonce: 32 secret random bytes, never used twice.

    Returns:
        32 bytes.

    Raises:
        ProofError: The nonce is not 32 bytes, or the opening holds text that is not Unicode.

    Source: RFC 8785 (JCS); floor plan §4, first point.
    """
    if len(nonce) != NONCE_LENGTH:
        raise ProofError("A nonce must be 32 bytes.", code="nonce-length", expected="32", found=str(len(nonce)))
    try:
        canonical = msgspec.json.encode(opening)
    except UnicodeEncodeError as error:
        raise ProofError("The opening contains text that is not Unicode.", code="opening-text") from error
    return sha256(nonce + sha256(canonical).digest()).digest()


def seal_leaf(opening: Opening, nonce: bytes) -> Leaf:
    """Blind a record for the public log.

    Args:
        opening: What is sealed.
        nonce: 32 secret random bytes, never used twice.

    Returns:
        The leaf: its public entry and its commitment, with the opening and nonce to keep in secret.

    Raises:
        ProofError: The nonce is not 32 bytes, or the opening holds text that is not Unicode.

    Source: RFC 8785 (JCS); floor plan §4, first point.
    """
    commit = commitment(opening, nonce)
    return Leaf(opening=opening, nonce=nonce, commit=commit, entry=write_entry(commit))


def write_entry(commit: bytes) -> bytes:
    """The public entry of a commitment, in canonical form.

    Source: RFC 8785; Base64 needs no escape, so the form is fixed.
    """
    return _BEFORE + to_base64(commit).encode("ascii") + _AFTER


def read_entry(entry: bytes) -> bytes:
    """The commitment in a public entry.

    Returns:
        32 bytes.

    Raises:
        ProofError: The entry is not what `write_entry` gives.

    Source: floor plan §4, first point.
    """
    inner = entry[len(_BEFORE) : -len(_AFTER)].decode("ascii", "replace")
    if not (entry.startswith(_BEFORE) and entry.endswith(_AFTER)):
        raise ProofError("The entry is not a blinded leaf.", code="entry-form", found=repr(entry[:80]))
    commit = from_base64(inner, "commitment")
    if len(commit) != sha256().digest_size:
        raise ProofError("The commitment is not 32 bytes.", code="entry-form", expected="32", found=str(len(commit)))
    return commit
