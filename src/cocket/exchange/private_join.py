# SPDX-License-Identifier: Apache-2.0
"""Which names two administrations both have, without either learning any name of the other's that it has not itself.

Each side raises the names to a secret of its own, as points of Curve25519; raised by both, a name is the same point whoever began.
Points tell nothing without the secrets. Three messages: *opening* (mine), *reply* (yours, and mine raised again), *closing* (yours raised
again). Both learn the names in common and about how many the other has, and nothing else, as long as both keep to the protocol.

Whoever does not can put guesses among his names: so sizes are bounded, runs are counted, and every run has secrets and a salt of its own.

Source: C. Meadows, A more efficient cryptographic matchmaking protocol (1986); Huberman, Franklin, Hogg, Enhancing privacy and trust in
electronic communities (1999); RFC 7748, X25519.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from cocket.errors import UnreadableError

#: The form of the messages.
FORM: Final = "cocket-private-join-1"

#: Names of one side at least, after padding, and at most (count).
LEAST: Final = 64
MOST: Final = 262_144

_PRIME: Final = 2**255 - 19
_A: Final = 486_662
_LENGTH: Final = 32


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The first message: the names of whoever begins, raised to its secret, padded, in the order of the points.

    Attributes:
        form: `FORM`.
        session: Salt and name of the run, hexadecimal (32 characters).
        first: First day of the consignments meant, ISO 8601.
        last: Last day.
        points: Points, base64 (1..n).
    """

    form: str
    session: str
    first: str
    last: str
    points: tuple[str, ...]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The second message.

    Attributes:
        form: `FORM`.
        session: Of the opening.
        raised: The points of the opening raised again, in its order.
        points: The names of whoever replies, raised to its secret, padded, in the order of the points (1..n).
    """

    form: str
    session: str
    raised: tuple[str, ...]
    points: tuple[str, ...]


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """The third message: the points of the reply raised again, in its order."""

    form: str
    session: str
    raised: tuple[str, ...]


def new_session() -> str:
    """Salt and name of a run."""
    return secrets.token_hex(16)


def padded_size(count: int) -> int:
    """To how many points so many names are padded: the next power of two."""
    size = LEAST
    while size < count:
        size *= 2
    return size


def points_of(names: Collection[str], session: str, secret: bytes) -> dict[bytes, str | None]:
    """The points of names under a secret, padded and sorted, each with its name; None for what pads. The same give the same.

    Args:
        names: Names (0..`MOST`), each once.
        session: Salt of the run.
        secret: 32 bytes, of this run alone.

    Raises:
        UnreadableError: They are too many.
    """
    if len(names) > MOST:
        raise _refused(f"{len(names):,} names are more than one run takes ({MOST:,})")
    key = X25519PrivateKey.from_private_bytes(secret)
    found: dict[bytes, str | None] = {_raised(key, _hashed(session, name)): name for name in names}
    while len(found) < padded_size(len(names)):
        padding = sha256(secret + len(found).to_bytes(4, "big")).hexdigest()
        found[_raised(key, _hashed(session, padding))] = None
    return dict(sorted(found.items()))


def raise_again(points: Sequence[str], secret: bytes, most: int) -> tuple[bytes, ...]:
    """Points of the other side raised to our secret, in their order.

    Args:
        points: As they came.
        secret: 32 bytes, of this run alone.
        most: How many are taken at most (count).

    Raises:
        UnreadableError: There are too many, one comes twice, or one is no point of the curve.
    """
    if not 0 < len(points) <= most:
        raise _refused(f"{len(points):,} points came, and at most {most:,} are taken")
    if len(set(points)) < len(points):
        raise _refused("a point comes twice")
    key = X25519PrivateKey.from_private_bytes(secret)
    return tuple(_raised(key, read_point(one)) for one in points)


def in_common(own: dict[bytes, str | None], raised: Sequence[bytes], theirs: Iterable[bytes]) -> frozenset[str]:
    """Names that both sides have.

    Args:
        own: Our points with their names, in the order in which they were sent.
        raised: The same points raised by the other side, in that order.
        theirs: Points of the other side raised by us.

    Raises:
        UnreadableError: Not every point of ours came back.
    """
    if len(raised) != len(own):
        raise _refused("not every point came back")
    known = set(theirs)
    return frozenset(
        name for name, point in zip(own.values(), raised, strict=True) if name is not None and point in known
    )


def commitment(names: Iterable[str], session: str, secret: bytes) -> str:
    """What seals the names that are put in before the run begins, and tells nothing of them, hexadecimal."""
    told = "\n".join(sorted(names)).encode()
    return sha256(secret + session.encode() + sha256(told).digest()).hexdigest()


def written(point: bytes) -> str:
    """A point as it is sent."""
    return base64.b64encode(point).decode()


def read_point(text: str) -> bytes:
    """A point that came.

    Raises:
        UnreadableError: It is no point of the curve in its one form.
    """
    try:
        point = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _refused("a point is not base64") from error
    if len(point) != _LENGTH or int.from_bytes(point, "little") >= _PRIME or not _is_on_curve(point):
        raise _refused("a point is not on the curve")
    return point


def _hashed(session: str, name: str) -> bytes:
    """A point that follows from a name: hashed until it is the abscissa of one."""
    counter = 0
    while True:
        digest = sha256(f"{FORM} {session} {counter} {name}".encode()).digest()
        value = int.from_bytes(digest, "little") & (2**255 - 1)
        point = value.to_bytes(_LENGTH, "little")
        if 1 < value < _PRIME and _is_on_curve(point):
            return point
        counter += 1


def _is_on_curve(point: bytes) -> bool:
    """Whether an abscissa is one of a point of the curve, and not of its twist (Euler's criterion)."""
    u = int.from_bytes(point, "little")
    return pow((u * u * u + _A * u * u + u) % _PRIME, (_PRIME - 1) // 2, _PRIME) == 1


def _raised(key: X25519PrivateKey, point: bytes) -> bytes:
    try:
        return key.exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError as error:
        raise _refused("a point is of small order") from error


def _refused(why: str) -> UnreadableError:
    return UnreadableError(f"The message of a private match cannot be used: {why}.", code="private-join")
