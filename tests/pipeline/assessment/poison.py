# SPDX-License-Identifier: Apache-2.0
"""Messages that no reader should let through, stored as if one had: what a role does about them must not rest on readers."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import msgspec

from cocket.model import Declaration, Reading, TransportEquipment
from cocket.model.declaration import CustomsOffice
from cocket.pipeline.intake.messages import Answer, Intake, prepare, read_envelope
from tests.houses import Built, envelope
from tests.messages import declaration

Change = Callable[[Declaration], Declaration]


def with_nul(one: Declaration) -> Declaration:
    """An office with NUL in it, which PostgreSQL keeps in no text."""
    return msgspec.structs.replace(one, office=CustomsOffice(code="KE\0MBA"))


def with_long_reference(one: Declaration) -> Declaration:
    """A container number of 9,000 characters that do not compress, which no index takes."""
    noise = random.Random(7)
    long = "".join(noise.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(9_000))
    unit = TransportEquipment(id=long)
    shipment = msgspec.structs.replace(one.shipment, equipment=(*one.shipment.equipment, unit))
    return msgspec.structs.replace(one, shipment=shipment)


def crafted(name: str, change: Change) -> Reading:
    """What a reader would have read in a declaration, changed."""
    reading = read_envelope(envelope(declaration(name)))
    assert isinstance(reading.document, Declaration)
    return msgspec.structs.replace(reading, document=change(reading.document))


def lodge_crafted(built: Built, name: str, change: Change, sender: str = "ACME") -> Answer:
    """Store a declaration as if this had been read in it."""
    intake = Intake(built.stores.messages, built.stores.sealer, threading.Event())
    one = prepare(envelope(declaration(name), sender), crafted(name, change), built.stores.sealer)
    return intake.store([one])[0]
