# SPDX-License-Identifier: Apache-2.0
"""What was read in a stored message when it came, and what is said where nobody can read it any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from cocket.consignment.references import ending_reference, parts_in
from cocket.consignment.uses import Use, as_given, day_of
from cocket.errors import KeyMissingError, LostError
from cocket.model import Reading
from cocket.stores.base.packing import unpack
from cocket.stores.intake.messages import Behind, NumberUse, StoredMessage

_DECODE = msgspec.msgpack.Decoder(Reading)


def reading_of(message: StoredMessage) -> Reading:
    """What was read in a message when it came; where its reference was used before, under the name of its use."""
    reading = _DECODE.decode(unpack(message.reading))
    if message.reference != reading.reference and as_given(message.reference) == reading.reference is not None:
        return msgspec.structs.replace(reading, reference=message.reference)
    return reading


def use_of(packed: bytes, received: datetime, named: tuple[str | None, str | None]) -> NumberUse | None:
    """What number the reference of a message is that ends, and the day that the message is about.

    Args:
        packed: What was read when it came, packed.
        received: When it came, UTC.
        named: Standard and reference of that of its messages which is meant.

    Returns:
        The use; None if it has no such reference, or one that is given once.
    """
    for one in _DECODE.decode(unpack(packed)).readings:
        if (one.standard, one.reference) == named:
            number, day = ending_reference(one), day_of(one.document, received)
            return None if number is None else NumberUse(number, Use(day, day))
    return None


def each_in(message: StoredMessage, reading: Reading) -> Iterator[tuple[int, StoredMessage, Reading]]:
    """The messages that came in the same bytes, in order (1..n), each as if it had come alone.

    Args:
        message: What is stored of them; its columns are those of the first.
        reading: What was read when they came.

    Yields:
        Number of its first part, as in `Claim.part`; the message under its own standard, function and reference, a
        further one without a reference under a name made of the id, and with version 0 if it changes an earlier one,
        for versions are counted of the first alone; what was read in it.
    """
    for place, (part, _, one) in enumerate(parts_in(reading)):
        yield part, message if place == 0 else _further(message, part, reading, one), one


def alone(message: StoredMessage, part: int) -> StoredMessage:
    """A message as if that of its messages had come alone of which this is a part, as in `Claim.part`."""
    if part == 0:
        return message
    found = message
    for first, one, _ in each_in(message, reading_of(message)):
        if first <= part:
            found = one
    return found


def behind_in(reading: Reading) -> tuple[Behind, ...]:
    """Messages behind the first that have a reference of their own, the first of each."""
    seen = {(reading.standard, reading.reference)}
    found = []
    for part, _, one in parts_in(reading) if reading.further else ():
        if one.standard and one.reference and (one.standard, one.reference) not in seen:
            seen.add((one.standard, one.reference))
            found.append(Behind(part, one.standard, one.reference, one.function == "original"))
    return tuple(found)


def _further(message: StoredMessage, part: int, first: Reading, one: Reading) -> StoredMessage:
    """A further message under its own names. Where a file that changed made the first an amendment, it is one too."""
    is_changed_file = one.function == "original" and message.function != first.function
    return msgspec.structs.replace(
        message,
        standard=one.standard,
        function="amendment" if is_changed_file else one.function,
        version=1 if one.function == "original" and not is_changed_file else 0,
        reference=one.reference or f"{message.id}/{part}",
    )


def missing_key_error(message: StoredMessage) -> KeyMissingError:
    """What is said of a message whose key is missing with others, and may come back, to whoever may see it."""
    name = message.reference or str(message.id)
    return KeyMissingError(
        f"The content of message {name} of {message.received:%Y-%m-%d} cannot be decrypted: its key is missing here.",
        found=str(message.id),
        hint="The receipt still proves what was sent. The operator may have a copy of the key: cocket doctor names what is missing.",
    )


def lost_error(message: StoredMessage) -> LostError:
    """What is said of a message whose key is lost to whoever may see it."""
    name = message.reference or str(message.id)
    return LostError(
        f"The content of message {name} of {message.received:%Y-%m-%d} is lost: its key was not in the copy of the keys "
        "from which this instance was restored.",
        found=str(message.id),
        hint="The receipt still proves what was sent. Send the message again; it is accepted as new.",
    )
