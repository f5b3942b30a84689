# SPDX-License-Identifier: Apache-2.0
"""From stored messages to the papers of a dossier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from cocket.consignment import Paper, part_of
from cocket.consignment.paper import PaperStanding, said_at
from cocket.errors import RowDiffersError
from cocket.model import Reading
from cocket.model.message import Function
from cocket.pipeline.base.readings import lost_error, missing_key_error, reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage


def papers_of(
    stores: Stores,
    connection: Connection,
    consignments: Sequence[UUID],
    known: Mapping[UUID, StoredMessage] | None = None,
    readings: dict[UUID, Reading] | None = None,
) -> dict[UUID, tuple[Paper, ...]]:
    """All papers of several dossiers.

    Args:
        shelves: The stores.
        connection: The transaction.
        consignments: Dossiers.
        known: Messages that are at hand already, by id.
        readings: What was read in messages, as far as it is at hand; what is unpacked is added.

    Returns:
        Papers of each dossier, in index order.
    """
    links = stores.consignments.messages_of(connection, consignments)
    return papers_linked(stores, connection, links, known, readings)


def papers_linked(
    stores: Stores,
    connection: Connection,
    links: Mapping[UUID, Sequence[tuple[UUID, int]]],
    known: Mapping[UUID, StoredMessage] | None = None,
    readings: dict[UUID, Reading] | None = None,
) -> dict[UUID, tuple[Paper, ...]]:
    """All papers of several dossiers whose messages and parts are known; otherwise as `papers_of`."""
    messages = dict(known or {})
    wanted = {message for parts in links.values() for message, _ in parts} - messages.keys()
    if wanted:
        messages |= {message.id: message for message in stores.messages.get_many(connection, list(wanted))}
    unpacked = {} if readings is None else readings
    return {
        consignment: papers_from(
            [(messages[message], part) for message, part in parts if message in messages], unpacked
        )
        for consignment, parts in links.items()
    }


def filed_papers(stores: Stores, connection: Connection, consignment: UUID) -> tuple[Paper, ...]:
    """All papers of a dossier that is shown, in index order (1..n).

    Raises:
        LostError: Nobody can open any of them.
        KeyMissingError: The key of the first that cannot be opened is missing with its segment, and may come back with that.
        RowDiffersError: The database names none that the house filed, though no dossier is made without one.
    """
    papers = papers_of(stores, connection, [consignment]).get(consignment, ())
    if not papers:
        for message, _ in stores.consignments.messages_of(connection, [consignment]).get(consignment, ()):
            if (lost := stores.messages.lost(connection, message)) is not None:
                is_missing = stores.leaves.is_key_missing(connection, message)
                raise missing_key_error(lost) if is_missing else lost_error(lost)
        raise RowDiffersError(
            "The database lists no message of this consignment that agrees with its sealed records, so there is nothing "
            "to show. Ask the operator to run the audit of the tables and to restore the rows from a backup.",
            pointer=f"consignment_message {consignment}",
            hint="`cocket ledger audit --home HOME` lists the differences.",
        )
    return papers


def papers_from(parts: Iterable[tuple[StoredMessage, int]], readings: dict[UUID, Reading]) -> tuple[Paper, ...]:
    """Stored messages as papers, in index order.

    Args:
        parts: Messages, each with the place of the bill that is meant (1-based); 0 takes a manifest whole.
        readings: What was read in messages, as far as it is at hand; what is unpacked is added.
    """
    in_order = sorted(parts, key=lambda one: (one[0].index, one[1]))
    latest: dict[_Name, int] = {}
    newest: dict[_Name, tuple[datetime, bool, int]] = {}
    for message, part in in_order:
        reading = readings.get(message.id) or readings.setdefault(message.id, reading_of(message))
        name = _name(message, part, reading)
        if message.outcome == "accepted" and name is not None:
            said = part_of(reading, part)
            function = said.function if part else message.function
            order = (said_at(said.document, message.received), function != "original", message.index)
            if name not in newest or order >= newest[name]:
                newest[name], latest[name] = order, message.index
    return tuple(_paper(message, part, latest, readings) for message, part in in_order)


#: What a message is known by: its sender, its standard, its reference.
_Name = tuple[str, str | None, str]


def _name(message: StoredMessage, part: int, reading: Reading) -> _Name | None:
    """What the message is known by that a part is of, of several in the same bytes; None if it has no reference."""
    if not reading.further:
        return None if message.reference is None else (message.sender, message.standard, message.reference)
    said = part_of(reading, part)
    return None if said.reference is None else (message.sender, said.standard, said.reference)


def _paper(message: StoredMessage, part: int, latest: Mapping[_Name, int], readings: dict[UUID, Reading]) -> Paper:
    reading = readings.get(message.id) or readings.setdefault(message.id, reading_of(message))
    said = part_of(reading, part)
    return Paper(
        message_id=str(message.id),
        index=message.index,
        version=message.version,
        standing=_standing(message, _name(message, part, reading), latest),
        received=message.received,
        sender=message.sender,
        standard=said.standard if reading.further else message.standard,
        function=said.function if part else cast(Function, message.function),
        document=said.document,
        part=part,
    )


def _standing(message: StoredMessage, name: _Name | None, latest: Mapping[_Name, int]) -> PaperStanding:
    if message.outcome != "accepted":
        return "refused"
    newest = message.index if name is None else latest.get(name, message.index)
    return "accepted" if newest == message.index else "superseded"


def newest_messages(stores: Stores, connection: Connection, consignments: Iterable[UUID]) -> dict[UUID, StoredMessage]:
    """The message that changed each dossier last; dossiers without one that can be read are left out."""
    parts = stores.consignments.messages_of(connection, list(consignments))
    ids = {message for several in parts.values() for message, _ in several}
    messages = {one.id: one for one in stores.messages.get_many(connection, list(ids))}
    there = {
        consignment: [messages[message] for message, _ in several if message in messages]
        for consignment, several in parts.items()
    }
    return {
        consignment: max(several, key=lambda message: message.index)
        for consignment, several in there.items()
        if several
    }
