# SPDX-License-Identifier: Apache-2.0
"""Several administrations learn the sum of their tables, and none learns the table of another.

Each party makes a key for the one round (*opening*). When all openings are there, each masks its counts: for every other party a stream of
numbers that only the two of them can draw, added by one and subtracted by the other, modulo 2^64. In the sum of all masked tables
(*masked*) the streams cancel; any fewer are numbers drawn evenly, that tell nothing. So who drops out stops the round: there is no partial
sum, and a round is never run again under the same keys.

This protects against parties that keep to the protocol and look at what they get. All others together can take their own tables out of
the sum and are left with the one that remains; so two parties have no secret from each other, and fewer than three are refused unless
that is said to be known. Whoever lies about his own counts is not found out.

Source: Bonawitz et al., Practical Secure Aggregation for Privacy-Preserving Machine Learning, CCS 2017 (pairwise masks; here without the
recovery of those that drop out); RFC 7748 (X25519), RFC 5869 (HKDF), RFC 8439 (ChaCha20).
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
from array import array
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cocket.errors import SenderError, UnreadableError

#: Forms of the messages.
ROUND: Final = "cocket-sum-round-1"
OPENING: Final = "cocket-sum-opening-1"
MASKED: Final = "cocket-sum-masked-1"

#: Parties without which nothing is hidden, and at most (count); numbers in a table at most (count).
LEAST_PARTIES: Final = 3
MOST_PARTIES: Final = 32
MOST_NUMBERS: Final = 100_000

#: Counts are below this; a sum that is not shows that the masks did not cancel.
MOST_COUNT: Final = 2**40

_MODULUS: Final = 2**64
_KEY: Final = 32
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class SumOpening(msgspec.Struct, frozen=True, kw_only=True):
    """A party's key for one round.

    Attributes:
        form: `OPENING`.
        round: Digest of the round, hexadecimal.
        party: Who it is.
        key: X25519 public key, base64.
    """

    form: str = OPENING
    round: str
    party: str
    key: str


class SumMasked(msgspec.Struct, frozen=True, kw_only=True):
    """A party's counts, masked.

    Attributes:
        form: `MASKED`.
        round: Digest of the round, hexadecimal.
        party: Who it is.
        openings: Digest of all openings that it was masked with, hexadecimal.
        numbers: Masked counts, 64 bits each, the lowest byte first, base64.
    """

    form: str = MASKED
    round: str
    party: str
    openings: str
    numbers: str


def check_parties(parties: Sequence[str], *, is_two_allowed: bool = False) -> tuple[str, ...]:
    """Parties of a round, in order.

    Raises:
        SenderError: One is named twice or is no country, or they are too few to hide anything.
    """
    found = tuple(sorted(parties))
    if len(set(found)) != len(found) or not all(_COUNTRY.fullmatch(one) for one in found):
        raise SenderError(
            "Parties are countries, each once, such as XA.", code="sum-parties", found=" ".join(found)[:80]
        )
    if len(found) < 2 or len(found) > MOST_PARTIES:
        raise SenderError(f"A sum is of 2 to {MOST_PARTIES} parties.", code="sum-parties", found=str(len(found)))
    if len(found) < LEAST_PARTIES and not is_two_allowed:
        raise SenderError(
            "With two parties the sum shows each the table of the other, once it takes its own out. Name a third.",
            code="sum-two",
            hint="If both may know the other's table, say so when the round is begun; or give the tables as they are.",
        )
    return found


def open_key(secret: bytes, round_digest: str, party: str) -> SumOpening:
    """The opening of a party from its secret for the round (32 bytes)."""
    raw = X25519PrivateKey.from_private_bytes(secret).public_key()
    public = raw.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return SumOpening(round=round_digest, party=party, key=base64.b64encode(public).decode())


def digest_of_openings(openings: Mapping[str, SumOpening]) -> str:
    """What all parties must have masked with: the digest of every opening, by party."""
    return sha256(b"".join(msgspec.json.encode(openings[party]) for party in sorted(openings))).hexdigest()


def mask(secret: bytes, party: str, openings: Mapping[str, SumOpening], counts: Sequence[int]) -> SumMasked:
    """The masked counts of a party.

    Args:
        secret: Its own, from which its opening was made (32 bytes).
        party: Who it is.
        openings: Of all parties, its own among them.
        counts: Its counts, in the order that the round fixes (1..n).

    Raises:
        SenderError: A count is none.
        UnreadableError: A key of another party is none.
    """
    if not counts or len(counts) > MOST_NUMBERS or not all(0 <= one < MOST_COUNT for one in counts):
        raise SenderError("The counts cannot be summed: one is negative or too large.", code="sum-counts")
    round_digest = openings[party].round
    together = digest_of_openings(openings)
    own = X25519PrivateKey.from_private_bytes(secret)
    if openings[party] != open_key(secret, round_digest, party):
        raise SenderError("The opening of this party was made with another key.", code="sum-key")
    totals = list(counts)
    for other in sorted(openings):
        if other == party:
            continue
        stream = _stream(own, _public(openings[other]), (together, *sorted((party, other))), len(totals))
        if party < other:
            totals = [(a + b) % _MODULUS for a, b in zip(totals, stream, strict=True)]
        else:
            totals = [(a - b) % _MODULUS for a, b in zip(totals, stream, strict=True)]
    numbers = base64.b64encode(_written(totals)).decode()
    return SumMasked(round=round_digest, party=party, openings=together, numbers=numbers)


def read_numbers(masked: SumMasked, size: int) -> array[int]:
    """The masked counts of a message.

    Raises:
        UnreadableError: They are not as many as the round fixes.
    """
    try:
        content = base64.b64decode(masked.numbers, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable("its numbers are not base64") from error
    if len(content) != 8 * size:
        raise _unreadable(f"it does not hold the {size:,} numbers of the round")
    numbers = array("Q", content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def sum_of(parties: Sequence[str], masked: Mapping[str, SumMasked], size: int) -> list[int]:
    """The sum of all tables.

    Args:
        parties: All that take part.
        masked: The message of each.
        size: Numbers in each (count).

    Raises:
        SenderError: One is missing, so that there is no sum; or they were not masked with the same keys, or do not cancel.
    """
    missing = [party for party in parties if party not in masked]
    if missing:
        raise SenderError(
            f"There is no sum without {', '.join(missing)}; a part of it would be noise.",
            code="sum-missing",
            found=missing[0],
        )
    if len({masked[party].openings for party in parties}) != 1:
        raise SenderError("The parties did not mask with the same keys; begin another round.", code="sum-keys")
    totals = [0] * size
    for party in parties:
        totals = [(a + b) % _MODULUS for a, b in zip(totals, read_numbers(masked[party], size), strict=True)]
    if any(one >= MOST_COUNT * len(parties) for one in totals):
        raise SenderError("The masks do not cancel; nothing was taken. Begin another round.", code="sum-noise")
    return totals


def _stream(own: X25519PrivateKey, other: X25519PublicKey, named: tuple[str, ...], size: int) -> array[int]:
    """Numbers that only two parties can draw, evenly spread over 64 bits."""
    try:
        shared = own.exchange(other)
    except ValueError as error:
        raise _unreadable("the key of a party is of low order") from error
    info = "cocket-sum-1 " + " ".join(named)
    key = HKDF(algorithm=hashes.SHA256(), length=_KEY, salt=None, info=info.encode()).derive(shared)
    numbers = array("Q", Cipher(ChaCha20(key, bytes(16)), mode=None).encryptor().update(bytes(8 * size)))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _public(opening: SumOpening) -> X25519PublicKey:
    try:
        raw = base64.b64decode(opening.key, validate=True)
        return X25519PublicKey.from_public_bytes(raw)
    except (binascii.Error, ValueError) as error:
        raise _unreadable(f"the key of {opening.party[:4]} is not an X25519 key") from error


def check_opening(opening: SumOpening) -> SumOpening:
    """An opening whose key is one.

    Raises:
        UnreadableError: It is none.
    """
    _public(opening)
    return opening


def _written(numbers: Sequence[int]) -> bytes:
    written = array("Q", numbers)
    if sys.byteorder == "big":
        written.byteswap()
    return written.tobytes()


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"This is not a message of a sum: {why}.", code="sum-message")
