# SPDX-License-Identifier: Apache-2.0
"""To whom and to which offices things belong: the facts on which each decision to give one out rests.

A dossier belongs to every office at which it was declared, and to every office where an order on it is carried out.
What is advised is of fewer: of the office of the newest declaration, which it is about, and of the office where an
order on it is carried out. An order that ended before the newest advice, and its results, stay with the offices that
they were for. A message belongs to its sender, to the offices of the dossiers it is part of, and to the office that
it names itself. What belongs to no office known is in nobody's office, and so for those bound to none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

import msgspec

from cocket.governance import Resource
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.readings import lost_error, missing_key_error, reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.tracking.alerts import StoredAlert
from cocket.stores.tracking.journeys import StoredJourney


class Belonging(msgspec.Struct, frozen=True, kw_only=True):
    """Where a dossier belongs.

    Attributes:
        papers: The dossier itself: its papers, and what follows from them alone.
        advice: What was advised last: its lane, score, reasons and overrides.
        order: Its control order of today; each result is of the offices that it names itself.
    """

    papers: Resource
    advice: Resource
    order: Resource


def of_dossiers(stores: Stores, connection: Connection, dossiers: Iterable[UUID]) -> dict[UUID, Resource]:
    """Dossiers as policy sees them, by id; those that there are none of are left out."""
    return {dossier: where.papers for dossier, where in belongings(stores, connection, dossiers).items()}


def belongings(stores: Stores, connection: Connection, dossiers: Iterable[UUID]) -> dict[UUID, Belonging]:
    """Dossiers, and what was advised on them, as policy sees them, by id; those that there are none of are left out."""
    found = stores.consignments.offices_of(connection, list(dict.fromkeys(dossiers)))
    return {
        dossier: Belonging(
            papers=Resource(offices=offices.every),
            advice=Resource(offices=offices.advised),
            order=Resource(offices=offices.ordered),
        )
        for dossier, offices in found.items()
    }


def of_result(office: str | None, carried_out_at: str | None, order: Resource) -> Resource:
    """A result as policy sees it: of the office of the declaration that it is about, and of that of its order.

    Args:
        office: Office of the declaration; None if not known.
        carried_out_at: Office where the order was carried out; None if not known, and in records of before.
        order: The order of today, which speaks for results that do not say.
    """
    if carried_out_at is not None or (office is not None and office not in order.offices):
        return Resource(offices=_known(office, carried_out_at))
    return order


def of_messages(stores: Stores, connection: Connection, messages: Iterable[StoredMessage]) -> dict[UUID, Resource]:
    """Messages as policy sees them, by id. One with goods of several offices belongs to each of these, whole."""
    every = list(messages)
    filed = stores.consignments.offices_of_messages(connection, [one.id for one in every])
    return {
        one.id: Resource(sender=one.sender, lodged=one.received, offices=_of_message(one, filed.get(one.id, ())))
        for one in every
    }


def of_filed(stores: Stores, connection: Connection, messages: Iterable[UUID]) -> dict[UUID, Resource]:
    """Messages by the dossiers they are part of alone, by id; one that is part of none belongs to no office known."""
    every = list(messages)
    filed = stores.consignments.offices_of_messages(connection, every)
    return {one: Resource(offices=filed.get(one, ())) for one in every}


def of_journey(journey: StoredJourney) -> Resource:
    """A journey as policy sees it: of its office of departure, and of its destination."""
    return Resource(offices=_known(journey.departure, journey.destination))


def of_alert(alert: StoredAlert, journey: StoredJourney | None) -> Resource:
    """An alert as policy sees it: of the offices of its journey, else of that of its manifest.

    One of no journey and no office is about a device that nobody follows, or several together. Whoever is near must act,
    so it is the whole house's.
    """
    if journey is not None:
        return of_journey(journey)
    return Resource(offices=_known(alert.office), is_house_wide=alert.office is None)


def ids_of(texts: Iterable[str | None]) -> list[UUID]:
    """Ids of dossiers among texts that may be none (0..n)."""
    return [identity for text in texts if text and (identity := parse_id(text))]


def stated_offices(message: StoredMessage) -> tuple[str, ...]:
    """Codes of the customs offices that a message names, each of several in the same bytes (0..n); none if it cannot be read."""
    named = (getattr(one, "office", None) for one in reading_of(message).documents) if message.reading else ()
    return _known(*(getattr(office, "code", None) for office in named))


def _of_message(message: StoredMessage, filed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*filed, *stated_offices(message))))


def _known(*offices: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(office for office in offices if office))


def refuse_lost(
    stores: Stores,
    connection: Connection,
    message: UUID | None,
    may: Callable[[Resource], bool],
    senders: tuple[str, ...] | None = None,
) -> None:
    """Say of a message that was not found that its key is lost, if that is why, to whoever may see it.

    Args:
        stores: The stores.
        connection: The transaction.
        message: Which; None where it has not the shape of an id.
        may: Whether he may see it.
        senders: Those whose messages alone he may see; None where he may see others' too.

    Raises:
        LostError: It is.
        KeyMissingError: It is missing with its segment, and may come back with that.
    """
    lost = stores.messages.lost(connection, message, senders) if message else None
    if lost is not None and may(of_messages(stores, connection, [lost])[lost.id]):
        is_missing = stores.leaves.is_key_missing(connection, lost.id)
        raise missing_key_error(lost) if is_missing else lost_error(lost)
