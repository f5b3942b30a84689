# SPDX-License-Identifier: Apache-2.0
"""What all forms begin with: the ship, the port, and whether she arrives or departs. And form 1, which says no more.

Source: FAL Convention, annex, standard 2.2 and form 1.
"""

from __future__ import annotations

from typing import Any

from cocket.errors import SenderError
from cocket.model import Declaration, Document, GoodsLocation, GoodsShipment, Movement, Reference, TransportMeans
from cocket.standards.json_drawing import objects, text
from cocket.standards.json_nouns import (
    function_code,
    function_name,
    moment,
    moment_value,
    named,
    party,
    party_value,
    references,
    stated,
)

_SEA = "1"
_IMO = "IMO"
_ARRIVAL, _DEPARTURE = "arrival", "departure"


def ship(value: dict[str, Any]) -> TransportMeans:
    """The ship of a form, by her IMO number.

    Args:
        value: The form, right or wrong.

    Source: FAL Convention, form 1, boxes 1.1 to 1.4 and 4.
    """
    number = text(value, "ship", "imoNumber")
    return TransportMeans(
        id=number,
        id_type_code=_IMO if number else None,
        name=text(value, "ship", "name"),
        mode_code=_SEA,
        nationality_code=text(value, "ship", "flag"),
        voyage=text(value, "voyage"),
    )


def ship_value(means: TransportMeans | None) -> dict[str, Any]:
    """The ship as members of a form: `ship` and `voyage`.

    Args:
        means: The ship; None if none is stated.

    Source: as `ship`.
    """
    found = means or TransportMeans()
    told = stated(
        name=found.name,
        imoNumber=found.id if found.id_type_code == _IMO else None,
        flag=found.nationality_code,
    )
    return stated(ship=told, voyage=found.voyage)


def is_arrival(value: dict[str, Any]) -> bool | None:
    """Whether a ship arrives; None if the form does not say.

    Args:
        value: The form, right or wrong.

    Source: FAL Convention, form 1.
    """
    return {_ARRIVAL: True, _DEPARTURE: False}.get(text(value, "movement") or "")


def names(value: dict[str, Any]) -> tuple[Reference, ...]:
    """The sender's reference and the number of the visit (0..2).

    Args:
        value: The form, right or wrong.

    Source: FAL Convention, annex; IMO Compendium, port call identifier.
    """
    return references(("LRN", text(value, "id")), ("DOCUMENT", text(value, "visit")))


def read_declaration(value: dict[str, Any]) -> Declaration:
    """A form as a declaration without goods: form 1 whole, and what others begin with.

    Args:
        value: The form, right or wrong.

    Source: FAL Convention, form 1.
    """
    arrives, port = is_arrival(value), text(value, "port")
    return Declaration(
        function_code=function_code(value),
        functional_reference=text(value, "id"),
        type_code=text(value, "falForm"),
        flow="other",
        issued=moment(value, "prepared"),
        declarant=party(value.get("agent")),
        shipment=GoodsShipment(
            border_transport=ship(value),
            expected_arrival=moment(value, "at") if arrives else None,
            unloading_place=port if arrives else None,
            loading_place=port if arrives is False else None,
        ),
        references=names(value),
    )


def write_declaration(document: Document, form: str) -> dict[str, Any]:
    """A declaration as the beginning of a form.

    Args:
        document: A declaration.
        form: The form, such as `FAL1`.

    Raises:
        SenderError: It is none.

    Source: FAL Convention, form 1.
    """
    if not isinstance(document, Declaration):
        raise SenderError(f"Form {form} is a declaration.", found=type(document).__name__)
    shipment = document.shipment
    arrives, departs = shipment.unloading_place, shipment.loading_place
    is_known = bool(arrives) != bool(departs)
    return stated(
        falForm=form,
        id=document.functional_reference,
        function=function_name(document),
        prepared=moment_value(document.issued),
        movement=(_ARRIVAL if arrives else _DEPARTURE) if is_known else None,
        visit=next(named(document.references, "DOCUMENT"), None),
        port=(arrives or departs) if is_known else None,
        at=moment_value(shipment.expected_arrival),
        agent=party_value(document.declarant),
        **ship_value(shipment.border_transport),
    )


def read_notice(value: dict[str, Any], people: str) -> Movement:
    """A list of people as a notice of the ship: how many they are, and not who.

    Args:
        value: The form, right or wrong.
        people: What they are: `crew` or `passengers`.

    Returns:
        The arrival or departure. The list itself is not drawn.

    Source: FAL Convention, forms 5 and 6.
    """
    arrives, at, port = is_arrival(value), moment(value, "at"), text(value, "port")
    count = len(list(objects(value, "persons")))
    return Movement(
        message_name=text(value, "falForm"),
        functional_reference=text(value, "id"),
        location=GoodsLocation(id=port) if port else None,
        arrived=at if arrives else None,
        departed=at if arrives is False else None,
        transport=ship(value),
        agent=party(value.get("agent")),
        statuses=((people, str(count)),),
        references=names(value),
    )


def write_notice(document: Document, form: str) -> dict[str, Any]:
    """A notice as the beginning of a form.

    Args:
        document: An arrival or departure.
        form: The form, such as `FAL5`.

    Raises:
        SenderError: It is none.

    Source: FAL Convention, forms 5 and 6.
    """
    if not isinstance(document, Movement):
        raise SenderError(f"Form {form} is a notice of a ship's arrival or departure.", found=type(document).__name__)
    at = document.arrived or document.departed
    return stated(
        falForm=form,
        id=document.functional_reference,
        movement=None if at is None else _ARRIVAL if document.arrived else _DEPARTURE,
        visit=next(named(document.references, "DOCUMENT"), None),
        port=document.location.id if document.location else None,
        at=moment_value(at),
        agent=party_value(document.agent),
        **ship_value(document.transport),
    )
