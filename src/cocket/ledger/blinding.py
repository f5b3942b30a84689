# SPDX-License-Identifier: Apache-2.0
"""What keeps the public log from telling how much happens in a house, and when.

The log grows by whole steps: what happened fills a part of a step, leaves that stand for nothing fill the rest, and the
order within a step is drawn from a secret. So neither the size of a head nor the place on a receipt tells how many
other leaves came before it; a cover leaf looks like any other, since both are 32 bytes that nobody can open.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import shake_256

_WORD = 8

#: A step of the resting log, in steps of the waking one: wide, because what is looked at meanwhile gathers in it, and
#: neither its end nor the place of the message that wakes the log in it may tell how much that was.
_RESTING_WIDTH = 32

#: Widest step of a resting log (leaves).
_WIDEST = 16_384


@lru_cache(maxsize=64)
def shuffle(key: bytes, step: int, number: int) -> tuple[int, ...]:
    """The order of the leaves within one step.

    Args:
        key: The secret of the order (32 bytes).
        step: Leaves of a step (1..n).
        number: Which step, from 0; any number that is never used twice with this key.

    Returns:
        The place (0..step − 1) of each leaf in the order in which they came; each place once.

    Source: Fisher and Yates; RFC 2104 (HMAC) and FIPS 202 (SHAKE256) make the draws.
    """
    stream = shake_256(hmac.digest(key, b"order %d" % number, "sha256")).digest(step * _WORD)
    places = list(range(step))
    for last in range(step - 1, 0, -1):
        drawn = int.from_bytes(stream[last * _WORD : (last + 1) * _WORD]) % (last + 1)
        places[last], places[drawn] = places[drawn], places[last]
    return tuple(places)


def cover(key: bytes, index: int) -> bytes:
    """The commitment of a leaf that stands for nothing (32 bytes): without the key, like any other.

    Source: RFC 2104; the output of HMAC-SHA-256 cannot be told from random without its key, nor can a blinded leaf.
    """
    return hmac.digest(key, b"cover %d" % index, "sha256")


def cover_count(key: bytes, name: str, count: int, step: int) -> int:
    """A count as it may be told: rounded to whole steps, up with a chance in proportion to the rest.

    Args:
        key: A secret (32 bytes).
        name: What is counted and when; the same name is always rounded alike, so that asking again tells nothing more.
        count: The count (0..n).
        step: The step (1..n).

    Returns:
        A multiple of the step; over many names its mean is that of the counts. One more or less changes it with a chance
        of 1 in `step`; none is told as none.

    Source: RFC 2104 (HMAC-SHA-256) makes the draw.
    """
    drawn = int.from_bytes(hmac.digest(key, f"cocket count v1\0{name}".encode(), "sha256")) % step
    return (count + drawn) // step * step


def steps_due(waiting: int, step: int, patience: int) -> int:
    """By how many steps the log grows next: by one, unless so much waits that it would wait too long.

    Args:
        waiting: Leaves that are not in the log yet (0..n).
        step: Leaves of a step (1..n).
        patience: Heads within which a leaf must be in the log (1..n).

    Returns:
        A power of two, so that the size of a busy log too tells no more than about how busy it is.

    Source: floor plan §4, first point.
    """
    wanted = -(-waiting // (step * patience))
    return 1 << max(0, wanted - 1).bit_length()


class Pace:
    """When the log grows, and by how much: set by time and by messages, which senders know of themselves.

    While messages come, and a while after, it grows each time it is asked; then it rests, and grows now and then by a
    wider step. What officers do never sets it.

    Args:
        step: Leaves of a step while the log is awake (2..n).
        patience: Heads within which a leaf must be in the log while it is awake (1..n).
        awake: How long it stays awake after a message.
        rest: How long it waits between two heads while it rests.

    Source: floor plan §4, first point.
    """

    def __init__(self, step: int, patience: int, awake: timedelta, rest: timedelta) -> None:
        self._step = step
        self._resting_step = max(step, min(_RESTING_WIDTH * step, _WIDEST))
        self._patience = patience
        self._awake = awake
        self._rest = rest
        self._awake_until: datetime | None = None
        self._rest_until: datetime | None = None

    def due(self, now: datetime, waiting: int, present: int, *, has_message: bool) -> tuple[int, int] | None:
        """What is due now.

        Args:
            now: The time, UTC.
            waiting: Leaves that are not in the log yet (0..n).
            present: Leaves of a step so far.
            has_message: Whether a message is among those that wait.

        Returns:
            By how many leaves the log grows, and the leaves of a step from now on; None if it does not grow.

        Source: floor plan §4, first point.
        """
        if has_message or self._awake_until is None:
            self._awake_until = now + self._awake
        is_awake = now < self._awake_until
        step = self._step if is_awake else self._resting_step
        is_due = is_awake or self._rest_until is None or now >= self._rest_until
        if not is_due and step == present:
            return None
        self._rest_until = now + self._rest
        return steps_due(waiting, step, self._patience if is_awake else 1) * step, step
