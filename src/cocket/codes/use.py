# SPDX-License-Identifier: Apache-2.0
"""Which fields of a message hold codes of which list, and what the lists say of them.

What is said here is never more than a warning: lists lag behind life, hosts keep codes of their own, and a verdict by
a standard must not depend on which lists someone has imported.
Source: WCO Data Model 3.6, the code list named for each element (R009 Incoterms, 140 UNECE Recommendation 21, …).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from cocket.codes.codebook import Codebook
from cocket.codes.hs import HsCode
from cocket.codes.locode import UnLocode
from cocket.findings import Finding

#: Class and field of the model, and the list whose codes it holds.
FIELDS = {
    ("Amount", "currency"): "currency",
    ("BillOfLading", "hs_codes"): "hs",
    ("BillOfLading", "loading_place"): "unlocode",
    ("BillOfLading", "unloading_place"): "unlocode",
    ("Classification", "id"): "hs",
    ("CommercialInvoice", "currency"): "currency",
    ("CustomsOffice", "code"): "customs-office",
    ("GoodsLocation", "country_code"): "country",
    ("GoodsShipment", "destination_country_code"): "country",
    ("GoodsShipment", "export_country_code"): "country",
    ("GoodsShipment", "itinerary"): "country",
    ("GoodsShipment", "loading_place"): "unlocode",
    ("GoodsShipment", "unloading_place"): "unlocode",
    ("GovernmentAgencyGoodsItem", "destination_country_code"): "country",
    ("GovernmentAgencyGoodsItem", "export_country_code"): "country",
    ("HandlingUnit", "type_code"): "package",
    ("InvoiceLine", "origin_country_code"): "country",
    ("InvoiceLine", "quantity_unit"): "unit",
    ("Manifest", "departure_place"): "unlocode",
    ("Manifest", "destination_place"): "unlocode",
    ("Origin", "country_code"): "country",
    ("Packaging", "type_code"): "package",
    ("PackingLine", "origin_country_code"): "country",
    ("PackingLine", "quantity_unit"): "unit",
    ("Party", "country_code"): "country",
    ("SupplementaryQuantity", "unit_code"): "unit",
    ("TradeTerms", "code"): "incoterms",
    ("TransportMeans", "mode_code"): "transport-mode",
    ("TransportMeans", "nationality_code"): "country",
}


class Use(msgspec.Struct, frozen=True):
    """A code as a message uses it.

    Attributes:
        list: The list it should be of.
        code: The code.
        where: Place in the model, such as `shipment.items[0].origins[0].country_code`.
    """

    list: str
    code: str
    where: str


def codes_used(content: Any, where: str = "") -> Iterator[Use]:
    """Every code in a message of which the list is known, in the order of the model.

    Args:
        content: A declaration, a manifest, or any part of one.
        where: Place of that part in the whole.

    Source: the module's table `FIELDS`.
    """
    if isinstance(content, tuple):
        for number, part in enumerate(content):
            yield from codes_used(part, f"{where}[{number}]")
    elif isinstance(content, msgspec.Struct):
        for name in content.__struct_fields__:
            value, place = getattr(content, name), f"{where}.{name}" if where else name
            code_list = FIELDS.get((type(content).__name__, name))
            if code_list is None:
                yield from codes_used(value, place)
            else:
                texts = value if isinstance(value, tuple) else (value,)
                yield from (Use(code_list, text, place) for text in texts if isinstance(text, str) and text)


def day_of(content: Any) -> date | None:
    """The day by which the codes of a message are judged.

    Args:
        content: A declaration, a manifest or another message.

    Returns:
        The day of registration, else of issue, arrival or departure; None if it states none of these.

    Source: Revised Kyoto Convention, general annex, standard 3.11: the day on which the declaration is lodged.
    """
    stated = (
        getattr(getattr(content, "status", None), "registered", None),
        *(getattr(content, name, None) for name in ("issued", "arrives", "departed")),
    )
    day = next((one for one in stated if isinstance(one, date)), None)
    return day.date() if isinstance(day, datetime) else day


def check_codes(content: Any, book: Codebook, day: date | None) -> tuple[Finding, ...]:
    """What the lists at hand say against the codes of a message, once for each code of a list.

    Args:
        content: A declaration or a manifest as read.
        book: The lists to ask; a list that is not in it says nothing.
        day: The day that counts, such as that of lodging; None asks only whether any edition has the code.

    Returns:
        Warnings (0..n), in the order of the model: `code-not-in-list`, `code-not-valid-then`.

    Source: UNECE Recommendation 16 and the other lists, whose editions name what was valid when.
    """
    findings: dict[tuple[str, str], Finding | None] = {}
    for use in codes_used(content):
        code = _judged(use)
        if code is not None and (use.list, code) not in findings:
            findings[use.list, code] = _finding(use, code, book, day)
    return tuple(finding for finding in findings.values() if finding is not None)


def _judged(use: Use) -> str | None:
    """The code to look up; None where the field plainly holds something else, such as a national code of a place."""
    if use.list == "unlocode":
        place = UnLocode.parse(use.code)
        return place.canonical if place else None
    if use.list == "hs":
        code = HsCode.parse(use.code)
        return code.subheading if code and code.realm == "harmonized" else None
    return use.code


def _finding(use: Use, code: str, book: Codebook, day: date | None) -> Finding | None:
    verdict: Literal["unknown", "not-then", "fine"] = "fine"
    if day is None:
        editions = book.editions(use.list)
        is_known = not editions or editions[-1].edition.is_subset or bool(book.find(use.list, code))
        verdict = "fine" if is_known else "unknown"
    else:
        answer = book.look_up(use.list, code, day)
        if answer.verdict == "unknown-code" and not answer.is_subset:
            verdict = "unknown"
        elif answer.verdict == "not-valid-then":
            verdict = "not-then"
    if verdict == "fine" or (verdict == "unknown" and _is_elsewhere(use.list, code, book)):
        return None
    arguments = {"list": use.list, "where": use.where} | ({"day": day.isoformat()} if day else {})
    if verdict == "unknown":
        name, message = "code-not-in-list", "the list {list} has no code {found} ({where})"
    else:
        name, message = "code-not-valid-then", "{found} of the list {list} was not valid on {day} ({where})"
    return Finding(code=name, severity="warning", message=message, found=code[:200], arguments=arguments)


def _is_elsewhere(name: str, code: str, book: Codebook) -> bool:
    """Whether a customs office is of a country that the lists at hand do not cover; each union publishes its own."""
    return name == "customs-office" and not any(edition.has_any(code[:2].upper()) for edition in book.editions(name))
