# SPDX-License-Identifier: Apache-2.0
"""What a table cannot ask of low-value trade: counts and masses, the reliefs claimed, and who the parties are.

Source: Commission Delegated Regulation (EU) 2015/2446, Annex B; Regulation (EC) 1186/2009, Articles 23 and 25, for the
limits of the reliefs; Directive 2006/112/EC, Title XII chapter 6 section 4 (import one-stop shop); WCO Immediate Release
Guidelines; WCO SAFE Framework, pre-loading data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cocket.standards.descriptions import is_vague
from cocket.standards.json_drawing import number, text
from cocket.standards.json_forms import Fault

SENTENCES = {
    "sequence": "the items are numbered {found} where {expected} is expected",
    "mass": "the parts weigh {found} kg, the total is {expected} kg",
    "party-incomplete": "this party must state {expected}",
    "relief-limit": "the goods are worth {found} in total, the relief claimed has a limit of {expected}",
    "relief-together": "the additional procedures {found} exclude each other",
    "vendor-missing": "goods under the import one-stop shop must state the seller's number: a fiscal reference {expected}",
    "vendor-number": "{found} is not an import one-stop shop number: IM and ten digits",
    "value-missing": "a consignment of category {found} must state its value",
    "category-value": "documents without value are category 1; this consignment states {found}",
    "vague": "{found} does not say what the goods are",
}
WARNINGS = frozenset({"relief-limit", "sequence", "mass", "vague", "category-value"})

#: Additional procedure → highest intrinsic value of a consignment in euro.
LIMITS = {"C07": Decimal(150), "C08": Decimal(45)}
_ONE_STOP, _SPECIAL, _VENDOR = "F48", "F49", "FR5"
_VENDOR_NUMBER = re.compile(r"IM[0-9]{10}")
#: Tolerance of sums of masses, kg.
_GRAM = Decimal("0.001")
#: Categories of the WCO guidelines: documents; low value, free; low value, dutiable; high value.
_DOCUMENTS, _OF_VALUE = "1", ("2", "3", "4")


def check_declaration(value: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a declaration whose form is sound.

    Args:
        value: The declaration.

    Source: as the module.
    """
    for role in ("exporter", "importer", "declarant"):
        yield from _check_party(value, role)
    for place, item in enumerate(value["items"]):
        if item["number"] != place + 1:
            yield "sequence", f"/items/{place}/number", str(place + 1), str(item["number"])
        if is_vague(item["description"]):
            yield "vague", f"/items/{place}/description", None, item["description"]
    masses = [number(item, "grossMass") for item in value["items"]]
    summed = sum((mass for mass in masses if mass is not None), Decimal())
    gross = number(value, "grossMass") or Decimal()
    if summed - gross > _GRAM or (None not in masses and gross - summed > _GRAM):
        yield "mass", "/grossMass", str(gross), str(summed)
    yield from _check_reliefs(value)


def _check_reliefs(value: dict[str, Any]) -> Iterator[Fault]:
    """The reliefs that the additional procedures claim, and how the tax is collected."""
    procedures = {code for item in value["items"] for code in item["procedures"]}
    worth = [item["intrinsicValue"] for item in value["items"]]
    if {each["currency"] for each in worth} == {"EUR"}:
        summed = sum((Decimal(each["amount"]) for each in worth), Decimal())
        for code in sorted(procedures & LIMITS.keys()):
            if summed > LIMITS[code]:
                yield "relief-limit", "/items", f"{LIMITS[code]} EUR ({code})", f"{summed} EUR"
    for pair in ((_ONE_STOP, _SPECIAL), tuple(LIMITS)):
        if procedures.issuperset(pair):
            yield "relief-together", "/items", None, " and ".join(pair)
    vendors = [
        (place, each["id"]) for place, each in enumerate(value.get("fiscalReferences", ())) if each["role"] == _VENDOR
    ]
    if _ONE_STOP in procedures and not vendors:
        yield "vendor-missing", "/fiscalReferences", _VENDOR, None
    for place, found in vendors:
        if not _VENDOR_NUMBER.fullmatch(found):
            yield "vendor-number", f"/fiscalReferences/{place}/id", None, found


def check_consignment(value: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a consignment whose form is sound.

    Args:
        value: The consignment.

    Source: as the module.
    """
    for role in ("shipper", "consignee"):
        yield from _check_party(value, role)
    if is_vague(value["description"]):
        yield "vague", "/description", None, value["description"]
    category, worth = value.get("category"), value.get("value")
    if category in _OF_VALUE and worth is None:
        yield "value-missing", "/value", None, category
    if category == _DOCUMENTS and worth is not None and worth["amount"] > 0:
        yield "category-value", "/value", None, f"{worth['amount']} {worth['currency']}"


def _check_party(value: dict[str, Any], role: str) -> Iterator[Fault]:
    """A party is known by its number, or by name, address and country."""
    if text(value, role, "id"):
        return
    lacking = [name for name in ("name", "country") if not text(value, role, name)]
    if not (value[role].get("address") or text(value, role, "city")):
        lacking.append("address")
    if lacking:
        yield "party-incomplete", f"/{role}", "its number, or " + ", ".join(lacking), None
