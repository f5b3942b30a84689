# SPDX-License-Identifier: Apache-2.0
"""Rules of goods items: what each must say, its means of transport and its packages."""

from __future__ import annotations

from cocket.standards.ens.rules.header import AIR, BULK, BY_SHIP, IDENTITY, MASS, RAIL
from cocket.standards.ens.rules.parties import mentions_to_order
from cocket.standards.ens.rules.values import is_vessel_number
from cocket.standards.ens.rules.view import Message, Node

#: Kinds of packages that are no packages: such goods are counted in pieces.
UNPACKED = ("NE", "NF", "NG")

KIND = "KinOfPacGS23"
PACKAGES = "NumOfPacGS24"
PIECES = "NumOfPieGS25"
MARKS = "MarNumOfPacGSL21"


def rule_8103(item: Node, _around: Node, message: Message) -> bool:
    """The gross mass of the goods item is required if there is no total, unless the specific circumstance is E.

    Source: EU Import Control System, condition C592.
    """
    return not item.has("GroMasGDS46") and message.circumstance != "E" and not message.header.has(MASS)


def rule_8104(item: Node, _around: Node, message: Message) -> bool:
    """A place of loading is required, for the goods item or for the whole declaration.

    Source: EU Import Control System, condition C574.
    """
    return not item.has("PlaLoaGOOITE333") and not message.header.has("PlaLoaGOOITE334")


def rule_8170(item: Node, _around: Node, message: Message) -> bool:
    """The goods item needs a document, or a commercial reference of its own or of the whole declaration.

    Source: GB Import Control System, error 8170.
    """
    return not (item.has("PRODOCDC2") or item.has("ComRefNumGIM1") or message.header.has("ComRefNumHEA"))


def rule_8199(item: Node, _around: Node, message: Message) -> bool:
    """Unless it comes by air (4), the goods item or the header must name the means of transport.

    Source: GB Import Control System, error 8199.
    """
    return not (item.has("IDEMEATRAGI970") or message.header.has(IDENTITY) or message.mode == AIR)


def rule_8207(item: Node, _around: Node, _message: Message) -> bool:
    """The goods item needs a commodity code or a description.

    Source: EU Import Control System, condition C585.
    """
    return not item.has("GooDesGDS23") and not item.has("COMCODGODITM")


def rule_8612(item: Node, _around: Node, _message: Message) -> bool:
    """A goods item has 999 means of transport at most.

    Source: GB Import Control System, error 8612.
    """
    return len(item.all("IDEMEATRAGI970")) > 999


def rule_8622(item: Node, _around: Node, message: Message) -> bool:
    """If the goods item goes to order (special mention 10600), it or the declaration must name a party to notify.

    Source: EU Import Control System, condition C584.
    """
    return not item.has("PRTNOT640") and not message.has("NOTPAR670") and mentions_to_order(item)


def rule_8623(item: Node, _around: Node, message: Message) -> bool:
    """Unless the goods item goes to order (special mention 10600), it or the declaration must name a consignee.

    Source: EU Import Control System, condition C584.
    """
    return not item.has("TRACONCE2") and not message.has("TRACONCE1") and not mentions_to_order(item)


def rule_8687(item: Node, _around: Node, message: Message) -> bool:
    """Unless the specific circumstance is E, a place of unloading is required, of the goods item or the declaration.

    Source: EU Import Control System, condition C579.
    """
    has_place = item.has("PlaUnlGOOITE333") or message.header.has("PlaUnlGOOITE334")
    return not has_place and message.circumstance != "E"


def rule_8135(_payment: Node, _item: Node, message: Message) -> bool:
    """The method of payment of transport charges stands with the declaration or with the goods items, not with both.

    Source: EU Import Control System, condition C576.
    """
    return message.header.has("TraChaMetOfPayHEA1")


def rule_8136(_loading: Node, _item: Node, message: Message) -> bool:
    """The place of loading stands with the declaration or with the goods items, not with both.

    Source: EU Import Control System, condition C574.
    """
    return message.header.has("PlaLoaGOOITE334")


def rule_8171(_unloading: Node, _item: Node, message: Message) -> bool:
    """The place of unloading stands with the declaration or with the goods items, not with both.

    Source: EU Import Control System, condition C579.
    """
    return message.header.has("PlaUnlGOOITE334")


def rule_8114(identity: Node, _transport: Node, message: Message) -> bool:
    """A ship is named by its IMO number (7 figures) or ENI number (8 figures), not by {found}.

    Source: EU Import Control System, condition C514.
    """
    return message.mode in BY_SHIP and not is_vessel_number(identity.text)


def rule_8147(transport: Node, _item: Node, message: Message) -> bool:
    """Unless it is by rail (2), the means of transport of a goods item needs its nationality.

    Source: EU Import Control System, condition C020.
    """
    return not transport.has("NatIDEMEATRAGI973") and message.mode != RAIL


def rule_8198(_transport: Node, _item: Node, message: Message) -> bool:
    """A goods item states no means of transport if the header does, or if it comes by air (4).

    Source: EU Import Control System, condition C019.
    """
    return message.header.has(IDENTITY) or message.mode == AIR


def rule_8149(package: Node, _item: Node, _message: Message) -> bool:
    """Goods in bulk ({found}) have neither a number of packages nor a number of pieces.

    Source: EU Import Control System, condition C062; UN/ECE Recommendation 21.
    """
    return package.trimmed(KIND) in BULK and (package.has(PACKAGES) or package.has(PIECES))


def rule_8150(package: Node, _item: Node, _message: Message) -> bool:
    """Unpacked goods ({found}) have a number of pieces, and no number of packages.

    Source: EU Import Control System, condition C062; UN/ECE Recommendation 21.
    """
    return package.trimmed(KIND) in UNPACKED and (package.has(PACKAGES) or not package.has(PIECES))


def rule_8151(package: Node, _item: Node, _message: Message) -> bool:
    """Packed goods ({found}) have a number of packages, and no number of pieces.

    Source: EU Import Control System, condition C062; UN/ECE Recommendation 21.
    """
    return _is_packed(package) and (not package.has(PACKAGES) or package.has(PIECES))


def rule_8152(package: Node, _item: Node, message: Message) -> bool:
    """Unless there is a specific circumstance, packed goods need marks and numbers.

    Source: EU Import Control System, condition C062; UN/ECE Recommendation 21.
    """
    return _is_packed(package) and not package.has(MARKS) and not message.header.has("SpeCirIndHEA1")


def rule_8153(package: Node, _item: Node, message: Message) -> bool:
    """If the number of packages is 0, the same marks must stand with a number above 0 elsewhere.

    Source: EU Import Control System, rule TR0022.
    """
    if package.number(PACKAGES) != 0:
        return False
    return not package.has(MARKS) or package.trimmed(MARKS) not in message.marks_of_counted_packages


def _is_packed(package: Node) -> bool:
    return package.trimmed(KIND) not in (*BULK, *UNPACKED)
