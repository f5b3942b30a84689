# SPDX-License-Identifier: Apache-2.0
"""What a table cannot ask of a form: numbers of ships and containers, days that can be, people listed once.

Source: FAL Convention, annex, section 2; IMO resolution A.1117(30); ISO 6346; IMDG Code 5.4.1.4.3 and 5.4.1.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from cocket.codes import EquipmentNumber, ShipNumber
from cocket.standards.json_drawing import number, objects, text
from cocket.standards.json_forms import Fault
from cocket.standards.json_nouns import day, moment

SENTENCES = {
    "ship": "{found} is not an IMO number: its check digit is wrong",
    "equipment": "{found} is not a container number, or its check digit is wrong",
    "port-missing": "a form of {found} must state {expected}",
    "sequence": "the people are numbered {found} where {expected} is expected",
    "person-repeated": "two people have the same identity document",
    "birth-date": "a date of birth is after the date of the form",
    "document-expired": "an identity document expires before the ship {expected}",
    "flash-point": "liquids of class 3 must state their flash point",
    "net-mass": "the net mass {found} is more than the gross mass {expected}",
    "radioactive": "goods of UN {found} are of class {expected}",
}
WARNINGS = frozenset({"ship", "equipment", "person-repeated", "document-expired", "flash-point", "net-mass"})

#: UN numbers of radioactive material, which are of class 7 alone.
_RADIOACTIVE = frozenset(
    {"2908", "2909", "2910", "2911", "2912", "2913", "2915", "2916", "2917", "2919", "2977", "2978"}
    | {"3321", "3322", "3323", "3324", "3325", "3326", "3327", "3328", "3329", "3330", "3331", "3332", "3333"}
)


def check_call(value: dict[str, Any], _count: int = 0) -> Iterator[Fault]:
    """What is wrong with what every form begins with.

    Args:
        value: The form.
        _count: Entries that it has.

    Source: FAL Convention, form 1, boxes 1.2 and 6.
    """
    written = text(value, "ship", "imoNumber")
    found = ShipNumber.parse(written) if written else None
    if written and (found is None or not found.check_digit_ok):
        yield "ship", "/ship/imoNumber", None, written
    wanted = "lastPort" if value["movement"] == "arrival" else "nextPort"
    if value["falForm"] == "FAL1" and wanted not in value:
        yield "port-missing", f"/{wanted}", wanted, value["movement"]


def check_people(value: dict[str, Any], count: int = 0) -> Iterator[Fault]:
    """What is wrong with a list of people. What is told of them names the place in the list, and nobody.

    Args:
        value: The form.
        count: Entries that it has.

    Source: FAL Convention, forms 4, 5 and 6.
    """
    yield from check_call(value, count)
    made, at = moment(value, "prepared"), moment(value, "at")
    seen = set[tuple[str | None, str | None]]()
    for place, person in enumerate(objects(value, "persons")):
        where = f"/persons/{place}"
        if person["number"] != place + 1:
            yield "sequence", f"{where}/number", str(place + 1), str(person["number"])
        name = text(person, "documentIssuer"), text(person, "documentNumber")
        if name[1] and name in seen:
            yield "person-repeated", f"{where}/documentNumber", None, None
        seen.add(name)
        if _is_after(day(person, "birthDate"), made.date() if made else None):
            yield "birth-date", f"{where}/birthDate", None, None
        if _is_after(at.date() if at else None, day(person, "documentExpiry")):
            yield (
                "document-expired",
                f"{where}/documentExpiry",
                "arrives" if value["movement"] == "arrival" else "departs",
                None,
            )


def _is_after(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one > other


def check_consignment(value: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a consignment of form 2.

    Args:
        value: The consignment.

    Source: ISO 6346.
    """
    for place, each in enumerate(objects(value, "containers")):
        if not _is_container(each["id"]):
            yield "equipment", f"/containers/{place}/id", None, each["id"]


def check_dangerous(value: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a line of form 7.

    Args:
        value: The line.

    Source: IMDG Code, chapters 2 and 5.4; ISO 6346.
    """
    container = value.get("container")
    if container is not None and not _is_container(container):
        yield "equipment", "/container", None, container
    if value["hazardClass"] == "3" and "flashPoint" not in value:
        yield "flash-point", "/flashPoint", None, None
    if (value["unNumber"] in _RADIOACTIVE) and value["hazardClass"] != "7":
        yield "radioactive", "/hazardClass", "7", value["unNumber"]
    net, gross = number(value, "netMass"), number(value, "grossMass")
    if net is not None and gross is not None and net > gross:
        yield "net-mass", "/netMass", str(gross), str(net)


def _is_container(text: str) -> bool:
    found = EquipmentNumber.parse(text)
    return found is not None and found.check_digit_ok
