# SPDX-License-Identifier: Apache-2.0
"""What keeps the public log from telling how much happens in a house, and when.

The log grows by whole steps: what happened fills a part of a step, leaves that stand for nothing fill the rest, and the
order within a step is drawn from a secret. So neither the size of a head nor the place on a receipt tells how many
other leaves came before it; a cover leaf looks like any other, since both are 32 bytes that nobody can open.
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import shake_256

_WORD = 8


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
