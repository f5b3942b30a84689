# SPDX-License-Identifier: Apache-2.0
"""Groups that declarations and answers share, taken and put: traders, means of transport, documents.

Source: ICS functional specification (DDNIA ICS), data groups of IE315 and IE328.
"""

from __future__ import annotations

from datetime import datetime

from cocket.model import AdditionalDocument, Party, TransportMeans
from cocket.standards.ens.fields import TRADERS
from cocket.standards.ens.tree import Node, branches, minute, moment, peek, put, take

_CENTURY = "20"


def take_preparation(tree: Node) -> datetime | None:
    """Take when a message was made, which is a day and a time of their own; the century is this one.

    Returns:
        The moment, without offset; None, and both are left, if one is missing or there is no such moment.
    """
    day, time = peek(tree, "DatOfPreMES9"), peek(tree, "TimOfPreMES10")
    made = moment(f"{_CENTURY}{day}{time}") if day and time else None
    if made is not None:
        take(tree, "DatOfPreMES9")
        take(tree, "TimOfPreMES10")
    return made


def put_preparation(tree: Node, made: datetime | None) -> None:
    """Put when a message was made into it; None puts nothing."""
    if made is not None:
        text = minute(made)
        put(tree, "DatOfPreMES9", text[len(_CENTURY) : -4])
        put(tree, "TimOfPreMES10", text[-4:])


def take_trader(node: Node, name: str) -> Party | None:
    """Take the trader of a name; None if there is none. Its language is left."""
    found = branches(node, name)
    if not found:
        return None
    trader = found[0]
    own_name, street, postcode, city, country, _, identification = TRADERS[name]
    line = take(trader, street)
    return Party(
        id=take(trader, identification),
        name=take(trader, own_name),
        address=(line,) if line else (),
        city=take(trader, city),
        postcode=take(trader, postcode),
        country_code=take(trader, country),
    )


def trader_node(name: str, party: Party | None) -> Node | None:
    """The group of a trader; None if there is none."""
    if party is None:
        return None
    own_name, street, postcode, city, country, _, identification = TRADERS[name]
    node: Node = {}
    put(node, own_name, party.name)
    put(node, street, ", ".join(party.address) or None)
    put(node, postcode, party.postcode)
    put(node, city, party.city)
    put(node, country, party.country_code)
    put(node, identification, party.id)
    return node


def take_means(header: Node, nationality: str) -> TransportMeans | None:
    """Take the means of transport at the border out of a header; None if nothing is said of it.

    Args:
        header: The header.
        nationality: Name of the element that holds its nationality, which is not the same in all messages.
    """
    means = TransportMeans(
        id=take(header, "IdeOfMeaOfTraCroHEA85"),
        mode_code=take(header, "TraModAtBorHEA76"),
        nationality_code=take(header, nationality),
        voyage=take(header, "ConRefNumHEA"),
    )
    return None if means == TransportMeans() else means


def put_means(header: Node, nationality: str, means: TransportMeans | None) -> None:
    """Put the means of transport at the border into a header; None puts nothing."""
    if means is not None:
        put(header, "IdeOfMeaOfTraCroHEA85", means.id or means.name)
        put(header, "TraModAtBorHEA76", means.mode_code)
        put(header, nationality, means.nationality_code)
        put(header, "ConRefNumHEA", means.voyage)


def take_documents(item: Node) -> tuple[AdditionalDocument, ...]:
    """Take the documents produced for an item (0..n)."""
    return tuple(
        AdditionalDocument(type_code=take(each, "DocTypDC21"), id=take(each, "DocRefDC23"))
        for each in branches(item, "PRODOCDC2")
    )


def document_node(document: AdditionalDocument) -> Node:
    """The group of a document; the category, where another standard parts it, stands before the type."""
    node: Node = {}
    put(node, "DocTypDC21", "".join(filter(None, (document.category_code, document.type_code))) or None)
    put(node, "DocRefDC23", document.id)
    return node
