# SPDX-License-Identifier: Apache-2.0
"""The random share: drawn by a keyed function from a seed committed to beforehand, so that nobody can steer it.

Before a period begins, the SHA-256 of the seed is published; afterwards the seed itself. Anyone can then check each
draw: it depends on the seed and the consignment alone, never on when, by whom or how often a declaration was sent.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from cocket.errors import ProofError, SettingsError

#: What the hash is of, so that a seed used elsewhere gives no draw here.
_COMMIT_LABEL = b"cocket draw seed v1\x00"
_DRAW_LABEL = b"cocket draw v1\x00"

#: Shortest seed (bytes): below this the commitment could be guessed open.
SEED_BYTES = 32

_SCALE = 1 << 64


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """A draw that was checked.

    Attributes:
        consignment: Stable id of the consignment.
        number: The number drawn, at least 0 and below 1.
        commitment: The commitment it was made under.
    """

    consignment: str
    number: float
    commitment: str


def commit_seed(seed: bytes) -> str:
    """The commitment to a seed, to be published before its period begins.

    Args:
        seed: At least 32 secret random bytes.

    Returns:
        SHA-256 as 64 hexadecimal digits.

    Raises:
        SettingsError: The seed is too short.

    Source: FIPS 180-4 (SHA-256).
    """
    if len(seed) < SEED_BYTES:
        raise SettingsError(
            "The seed of the draw is too short.",
            code="seed-short",
            expected=f"{SEED_BYTES} bytes",
            found=str(len(seed)),
        )
    return hashlib.sha256(_COMMIT_LABEL + seed).hexdigest()


def draw_number(seed: bytes, consignment: str) -> float:
    """The number drawn for a consignment: the same at every amendment, at every desk, at every replay.

    Args:
        seed: The secret seed of the period.
        consignment: Stable id of the consignment.

    Returns:
        At least 0 and below 1, uniform over consignments.

    Source: RFC 2104 (HMAC) with SHA-256; the first 64 bits as a fraction.
    """
    digest = hmac.digest(seed, _DRAW_LABEL + consignment.encode(), "sha256")
    # 53 bits, so that the fraction is exact and can never round up to 1.
    return (int.from_bytes(digest[:8]) >> 11) / (_SCALE >> 11)


def verify_draw(seed: bytes, commitment: str, consignment: str, number: float) -> Draw:
    """Check a draw after the seed was revealed.

    Args:
        seed: The revealed seed.
        commitment: What was published before the period.
        consignment: Stable id of the consignment.
        number: The number that was logged.

    Returns:
        The draw, checked.

    Raises:
        ProofError: The seed is not the one committed to, or the number is not the one it gives.
    """
    given = commit_seed(seed)
    if not hmac.compare_digest(given, commitment):
        raise ProofError("This is not the committed seed.", code="seed-other", expected=commitment, found=given)
    due = draw_number(seed, consignment)
    if due != number:
        raise ProofError(
            "The draw does not follow from the seed.", code="draw-other", expected=repr(due), found=repr(number)
        )
    return Draw(consignment=consignment, number=number, commitment=commitment)
