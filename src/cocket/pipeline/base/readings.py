# SPDX-License-Identifier: Apache-2.0
"""What was read in a stored message when it came, and what is said where nobody can read it any more."""

from __future__ import annotations

import msgspec

from cocket.errors import LostError
from cocket.model import Reading
from cocket.stores.base.packing import unpack
from cocket.stores.intake.messages import StoredMessage

_DECODE = msgspec.msgpack.Decoder(Reading)


def reading_of(message: StoredMessage) -> Reading:
    """What was read in a message when it came."""
    return _DECODE.decode(unpack(message.reading))


def lost_error(message: StoredMessage) -> LostError:
    """What is said of a message whose key is lost to whoever may see it."""
    name = message.reference or str(message.id)
    return LostError(
        f"The content of message {name} of {message.received:%Y-%m-%d} is lost: its key was not in the copy of the keys "
        "from which this instance was restored.",
        found=str(message.id),
        hint="The receipt still proves what was sent. Send the message again; it is accepted as new.",
    )
