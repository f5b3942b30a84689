# SPDX-License-Identifier: Apache-2.0
"""Rules of the header: mode of transport, means of transport, totals."""

from __future__ import annotations

import re
from math import isnan

from cocket.standards.ens.rules.values import has_leading_zero, has_sign, is_vessel_number
from cocket.standards.ens.rules.view import Message, Node

MODE = "TraModAtBorHEA76"
IDENTITY = "IdeOfMeaOfTraCroHEA85"
NATIONALITY = "NatOfMeaOfTraCroHEA87"
CONVEYANCE = "ConRefNumHEA"
CIRCUMSTANCE = "SpeCirIndHEA1"
ITEMS = "TotNumOfIteHEA305"
PACKAGES = "TotNumOfPacHEA306"
MASS = "TotGroMasHEA307"

# Modes of transport at the border.
SEA, RAIL, ROAD, AIR, WATERWAY, RORO_ACCOMPANIED, RORO_UNACCOMPANIED = MODES = (1, 2, 3, 4, 8, 10, 11)
BY_SHIP = (SEA, WATERWAY)
ON_WHEELS = (ROAD, RORO_ACCOMPANIED, RORO_UNACCOMPANIED)

#: Kinds of packages that are goods in bulk: each counts as one package.
BULK = ("VQ", "VG", "VL", "VY", "VR", "VS", "VO")

_FLIGHT = re.compile(r"\s*(?:[a-zA-Z0-9]{3}[0-9]{1,4}[a-zA-Z]?|[a-zA-Z0-9]{1,3}[0-9][a-zA-Z]?)\s*", re.ASCII)
_LINE_END = "\n\r\u0085\u2028\u2029"
_NO_TRANSFER = re.compile(rf"(?!\s*XFER)[^{_LINE_END}]+\s*", re.ASCII)
_TRANSFER = re.compile(r"\s*XFER[a-zA-Z0-9]+(?:[:-][a-zA-Z0-9]+)?\s*", re.ASCII)


def rule_8107(header: Node, _around: Node, _message: Message) -> bool:
    """For transport by sea (1) or inland waterway (8) the ship's identity is required.

    Source: EU Import Control System, condition C017.
    """
    return header.number(MODE) in BY_SHIP and not header.has(IDENTITY)


def rule_8108(header: Node, _around: Node, _message: Message) -> bool:
    """For transport by road (3, 10, 11) an identity of the vehicle requires its nationality.

    Source: EU Import Control System, condition C024.
    """
    # Compared as written, unlike everywhere else: 03 is not 3 here.
    is_on_wheels = header.trimmed(MODE) in ("3", "10", "11")
    return is_on_wheels and header.has(IDENTITY) and not header.has(NATIONALITY)


def rule_8109(header: Node, _around: Node, message: Message) -> bool:
    """If any goods item has packages, the total number of packages is required.

    Source: EU Import Control System, condition C582.
    """
    return message.items.has("PACGS2") and not header.has(PACKAGES)


def rule_8111(header: Node, _around: Node, _message: Message) -> bool:
    """Specific circumstance C (road) does not go with mode of transport {found}.

    Source: EU Import Control System, condition C529.
    """
    return header.trimmed(CIRCUMSTANCE) == "C" and header.number(MODE) in MODES and header.number(MODE) != ROAD


def rule_8112(header: Node, _around: Node, _message: Message) -> bool:
    """Specific circumstance D (rail) does not go with mode of transport {found}.

    Source: EU Import Control System, condition C529.
    """
    return header.trimmed(CIRCUMSTANCE) == "D" and header.number(MODE) in MODES and header.number(MODE) != RAIL


def rule_8113(header: Node, _around: Node, _message: Message) -> bool:
    """For transport by air (4) an identity of the means of transport must not be given.

    Source: EU Import Control System, condition C017.
    """
    return header.number(MODE) == AIR and header.has(IDENTITY)


def rule_8114(header: Node, _around: Node, _message: Message) -> bool:
    """A ship is named by its IMO number (7 figures) or ENI number (8 figures), not by {found}.

    Source: EU Import Control System, condition C514.
    """
    is_ship = header.number(MODE) in BY_SHIP
    return is_ship and header.has(IDENTITY) and not is_vessel_number(header.value(IDENTITY))


def rule_8115(header: Node, _around: Node, _message: Message) -> bool:
    """A nationality of the means of transport only stands beside its identity, and for transport by road (3, 10, 11).

    Source: EU Import Control System, condition C024.
    """
    is_allowed = header.number(MODE) in ON_WHEELS and header.has(IDENTITY)
    return header.has(NATIONALITY) and not is_allowed


def rule_8116(header: Node, _around: Node, message: Message) -> bool:
    """If no goods item has packages, the total number of packages must be left out.

    Source: EU Import Control System, condition C582.
    """
    return header.has(PACKAGES) and not message.items.has("PACGS2")


def rule_8117(header: Node, _around: Node, message: Message) -> bool:
    """The total number of packages, {found}, is not that of the items: packages, pieces and one for each bulk: {expected}.

    Source: EU Import Control System, rule R105.
    """
    if not header.has(PACKAGES):
        return False
    declared, counted = header.number(PACKAGES), packages_counted(message)
    return declared != counted and not (isnan(declared) and isnan(counted))


def packages_counted(message: Message) -> float:
    """Packages and pieces of all goods items, and one for each kind of package in bulk; NaN if one is no number.

    Source: EU Import Control System, rule R105.
    """
    packages = message.packages
    in_bulk = sum(kind in BULK for kind in packages.trimmed_values("KinOfPacGS23"))
    return packages.total("NumOfPacGS24") + packages.total("NumOfPieGS25") + in_bulk


def rule_8118(header: Node, _around: Node, _message: Message) -> bool:
    """For transport by air (4) the conveyance reference must be the flight: airline, number, and a letter if it has one.

    Source: EU Import Control System, rule TR0518.
    """
    return header.number(MODE) == AIR and _FLIGHT.fullmatch(header.value(CONVEYANCE)) is None


def rule_8206(header: Node, _around: Node, message: Message) -> bool:
    """The total number of goods items, {found}, is not that of the items present, {expected}.

    Source: GB Import Control System, error 8206.
    """
    return header.number(ITEMS) != len(message.all("GOOITEGDS"))


def rule_8206_if_given(header: Node, around: Node, message: Message) -> bool:
    """The total number of goods items, {found}, is not that of the items present, {expected}.

    Source: GB Import Control System, error 8206.
    """
    return header.has(ITEMS) and rule_8206(header, around, message)


def rule_8671(header: Node, _around: Node, _message: Message) -> bool:
    """The total number of goods items must not begin with a zero.

    Source: GB Import Control System, error 8671.
    """
    return has_leading_zero(header.value(ITEMS))


def rule_8672(header: Node, _around: Node, _message: Message) -> bool:
    """The total number of packages must not begin with a zero.

    Source: GB Import Control System, error 8672.
    """
    return has_leading_zero(header.value(PACKAGES))


def rule_8673(header: Node, _around: Node, _message: Message) -> bool:
    """The total gross mass must not have a sign.

    Source: GB Import Control System, error 8673.
    """
    return has_sign(header.value(MASS))


def rule_8685(header: Node, _around: Node, _message: Message) -> bool:
    """A conveyance reference by sea that begins with XFER goes on with letters and figures, split by one : or - at most.

    Source: EU Import Control System, rule TR0519.
    """
    if header.number(MODE) != SEA or not header.has(CONVEYANCE):
        return False
    reference = header.value(CONVEYANCE)
    return not (_NO_TRANSFER.fullmatch(reference) or _TRANSFER.fullmatch(reference))


def rule_8686(header: Node, _around: Node, message: Message) -> bool:
    """The total gross mass, {found} kg, is less than the items weigh together, {expected} kg.

    Source: EU Import Control System, rule TR0812.
    """
    # A plus sign anywhere is another rule's matter (8673, 8679), and so is a total that is no number.
    masses = message.items.all("GroMasGDS46")
    if not header.has(MASS) or "+" in header.value(MASS) or any("+" in mass.text for mass in masses):
        return False
    declared = header.number(MASS)
    rounding = 1 + 0.0000000000000001 * len(masses)
    return not isnan(declared) and not declared * rounding + 0.0001 >= message.items.total("GroMasGDS46")


def rule_8689(header: Node, _around: Node, _message: Message) -> bool:
    """{found} is no mode of transport at the border.

    Source: GB Import Control System, error 8689.
    """
    return header.number(MODE) not in MODES


def rule_8690(header: Node, _around: Node, _message: Message) -> bool:
    """The mode of transport at the border must not begin with a zero.

    Source: GB Import Control System, error 8690.
    """
    return has_leading_zero(header.value(MODE))


def rule_8691(header: Node, _around: Node, _message: Message) -> bool:
    """{found} is no specific circumstance that may be declared.

    Source: GB Import Control System, error 8691.
    """
    return header.has(CIRCUMSTANCE) and header.trimmed(CIRCUMSTANCE) not in ("C", "D", "E")


def items_present(message: Message) -> str:
    """Number of goods items present, for people.

    Source: GB Import Control System, error 8206.
    """
    return str(len(message.all("GOOITEGDS")))


def packages_present(message: Message) -> str:
    """Number of packages counted, for people.

    Source: EU Import Control System, rule R105.
    """
    return format(packages_counted(message), ".14g")


def mass_of_items(message: Message) -> str:
    """Gross mass of all goods items together in kg, for people.

    Source: EU Import Control System, rule TR0812.
    """
    return format(message.items.total("GroMasGDS46"), ".14g")
