# SPDX-License-Identifier: Apache-2.0
"""Rules of parties beyond their identification: which must have a TIN, and which may stand together."""

from __future__ import annotations

from collections.abc import Sequence

from cocket.standards.ens.rules.fields import CARRIER, CONSIGNEE, ITEM_CONSIGNEE, ITEM_CONSIGNOR, LODGER
from cocket.standards.ens.rules.header import AIR, RORO_ACCOMPANIED, RORO_UNACCOMPANIED, SEA, WATERWAY
from cocket.standards.ens.rules.view import Message, Node

#: Special mention of a negotiable bill of lading to order: the consignee is not known yet.
TO_ORDER = "10600"


def mentions_to_order(item: Node) -> bool:
    """Whether one special mention of an item, or of several taken together, is that of a bill of lading to order.

    Source: EU Import Control System, conditions C583 and C584.
    """
    return TO_ORDER in item.together("SPEMENMT2").trimmed_values("AddInfCodMT23")


def rule_8105(consignee: Node, _around: Node, message: Message) -> bool:
    """In specific circumstance E (authorised economic operator) the TIN of the consignee is required.

    Source: EU Import Control System, condition C562.
    """
    return not consignee.has(CONSIGNEE.tin) and message.circumstance == "E"


def rule_8119(_consignor: Node, _around: Node, message: Message) -> bool:
    """Consignors stand either once for the whole declaration or with the goods items, not in both places.

    Source: EU Import Control System, condition C511.
    """
    return message.has("TRACONCO1") and message.items.has("TRACONCO2")


def rule_8164(carrier: Node, _around: Node, message: Message) -> bool:
    """For transport by sea, air or inland waterway (1, 4, 8, 10, 11) the TIN of the entry carrier is required.

    Source: EU Import Control System, condition C502.
    """
    needs_tin = (SEA, AIR, WATERWAY, RORO_ACCOMPANIED, RORO_UNACCOMPANIED)
    return not carrier.has(CARRIER.tin) and message.mode in needs_tin


def rule_8193(_root: Node, _around: Node, message: Message) -> bool:
    """If consignors stand with the goods items, there must be two at least, and not all the same.

    Source: GB Import Control System, error 8193.
    """
    consignors = message.items.all(ITEM_CONSIGNOR.place)
    return len(consignors) == 1 or (len(consignors) > 1 and _are_same(consignors, message.items))


def rule_8195(tin: Node, _carrier: Node, message: Message) -> bool:
    """An entry carrier is only named if it is not the person lodging the declaration.

    Source: EU Import Control System, rule R806.
    """
    return tin.text == message.together(LODGER.place).value("TINPLD1")


def rule_8204(_consignee: Node, _around: Node, message: Message) -> bool:
    """If any goods item goes to order (special mention 10600), no consignee is named for the whole declaration.

    Source: EU Import Control System, condition C583.
    """
    return mentions_to_order(message.items)


def rule_8208(consignee: Node, _item: Node, message: Message) -> bool:
    """In specific circumstance E (authorised economic operator) the TIN of the goods item's consignee is required.

    Source: EU Import Control System, condition C562.
    """
    return not consignee.has(ITEM_CONSIGNEE.tin) and message.circumstance == "E"


def rule_8619(_notified: Node, _around: Node, message: Message) -> bool:
    """A party to notify is only named for the whole declaration if every goods item goes to order (mention 10600).

    Source: EU Import Control System, condition C583.
    """
    return not all(map(mentions_to_order, message.all("GOOITEGDS")))


def rule_8620(_notified: Node, item: Node, _message: Message) -> bool:
    """A goods item names a party to notify only if it goes to order (special mention 10600).

    Source: EU Import Control System, condition C584.
    """
    return not mentions_to_order(item)


def rule_8621(_notified: Node, _item: Node, message: Message) -> bool:
    """Parties to notify stand either once for the whole declaration or with the goods items, not in both places.

    Source: EU Import Control System, condition C584.
    """
    return message.has("NOTPAR670")


def rule_8624(_consignee: Node, item: Node, _message: Message) -> bool:
    """A goods item that goes to order (special mention 10600) has no consignee.

    Source: EU Import Control System, condition C584.
    """
    return mentions_to_order(item)


def rule_8625(_consignee: Node, _item: Node, message: Message) -> bool:
    """Consignees stand either once for the whole declaration or with the goods items, not in both places.

    Source: EU Import Control System, condition C584.
    """
    return message.has(CONSIGNEE.place)


def _are_same(consignors: Sequence[Node], items: Node) -> bool:
    """Whether nothing tells the consignors of the goods items apart: neither a value nor how many there are."""
    merged = items.together(ITEM_CONSIGNOR.place)
    shown = [set(merged.trimmed_values(name)) for name in (*ITEM_CONSIGNOR.details, "NADLNGGTCO")]
    shown.append({tin.text for tin in merged.all(ITEM_CONSIGNOR.tin)})
    sizes = {sum(map(len, consignor.children.values())) for consignor in consignors}
    return len(sizes) == 1 and all(len(values) <= 1 for values in shown)
