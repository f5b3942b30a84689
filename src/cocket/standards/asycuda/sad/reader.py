# SPDX-License-Identifier: Apache-2.0
"""The file of a declaration → the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from cocket.codes import Ucr
from cocket.findings import Gathered
from cocket.model import Declaration, Extension, GovernmentAgencyGoodsItem, HostStatus, Reading, Reference
from cocket.standards.asycuda.form import form_of
from cocket.standards.asycuda.mapping import in_order
from cocket.standards.asycuda.profiles import PREFIX, Profile, choose
from cocket.standards.asycuda.sad.codecs import registered_on
from cocket.standards.asycuda.sad.fields import DECLARATION, ITEM, SAD_OUTLINE
from cocket.standards.asycuda.sad.paper import Sad
from cocket.standards.asycuda.sad.rules import check
from cocket.standards.asycuda.sad.taxes import unit_shown
from cocket.standards.asycuda.sheet import Paper, Sheet
from cocket.standards.asycuda.values import year
from cocket.standards.kind import Options, Source

NAME = "asycuda-sad"

OFFICE = "Identification/Office_segment/Customs_clearance_office_code"
_REGISTRATION = "Identification/Registration/"
_YEARS = ("Assessment_notice/Registration_year", "Declarant/Reference/Year")
_YEAR = re.compile(r"\d{4}")
_SPACE = re.compile(r"\s+")


def recognises(source: Source) -> bool:
    """Whether a message is a SAD file, by its root element.

    Source: public SAD files: root `ASYCUDA`, no namespace.
    """
    namespace, name = source.root_name
    return namespace is None and name is not None and name.lower() == "asycuda"


def read(source: Source, options: Options) -> Reading:
    """Read and check one declaration.

    Args:
        source: The message.
        options: How to read; a profile of another standard is as good as none.

    Returns:
        The reading. Its reference is office, declarant and the declarant's own number, which stay the same from
        storing to amendment; where the declarant gave none, the host's registration.

    Raises:
        SenderError: There is no such profile.

    Source: public SAD files; UNCTAD SAD XML message description.
    """
    paper = Paper(source.root, SAD_OUTLINE)
    items = paper.sheet.tables.get("Item", [])
    profile = choose(options.profile, paper.sheet.values.get(OFFICE, "").strip())
    unit = profile.rate_unit or unit_shown(items)
    judged_by = msgspec.structs.replace(profile, rate_unit=unit) if unit != profile.rate_unit else profile
    form = msgspec.structs.replace(
        form_of(paper, source.root, source.data),
        profile=profile.name,
        rates=None if unit == profile.rate_unit else unit,
    )
    document = _declaration(paper, judged_by, [form.as_extension(), *_attributes(source.root)])
    findings = Gathered(options.limit)
    findings.extend(check(Sad(paper, items, judged_by)))
    own_year = paper.sheet.values.get(_YEARS[1], "").strip()
    return Reading(
        standard=NAME,
        profile=PREFIX + profile.name,
        outcome="refused" if findings.has_error else "accepted",
        document=document,
        findings=findings.result(),
        reference=_reference(document, own_year),
    )


def _declaration(paper: Paper, profile: Profile, extensions: list[Extension]) -> Declaration:
    sheet = paper.sheet
    told = DECLARATION.read(sheet, profile, extensions)
    registration = told.get("status.registration")
    if registration is not None:
        told["id"] = _registered_as(sheet, told)
        registered = registered_on(registration)
        if registered is not None:
            told["status.registered"] = registered
    told.setdefault("status", HostStatus())
    carried: dict[int, list[str]] = {}
    for unit in told.get("shipment.equipment", ()):
        for number in unit.item_numbers:
            carried.setdefault(number, []).append(unit.id)
    items = tuple(
        _item(n, item, profile, tuple(dict.fromkeys(carried.get(n, ()))))
        for n, item in enumerate(sheet.tables.get("Item", ()), start=1)
    )
    if items:
        told["shipment.items"] = items
    told["references"] = _references(told, items, profile)
    told["extensions"] = in_order(extensions)
    return DECLARATION.build(told)  # type: ignore[no-any-return]  # a Record builds its own class


def _item(number: int, sheet: Sheet, profile: Profile, equipment: tuple[str, ...]) -> GovernmentAgencyGoodsItem:
    extensions: list[Extension] = []
    told = ITEM.read(sheet, profile, extensions)
    bills = tuple(Reference("BL", bill.id) for bill in told.get("previous_documents", ()) if bill.category_code == "X")
    return ITEM.build(  # type: ignore[no-any-return]  # a Record builds its own class
        told
        | {
            "sequence": number,
            "equipment_ids": equipment,
            "references": bills,
            "extensions": in_order(extensions),
        }
    )


def _attributes(root: Any) -> Iterator[Extension]:
    """Attributes of the root, such as the host's `id`; no other element has any."""
    return (Extension(f"@{name}", value) for name, value in root.attrib.items())


def _registered_as(sheet: Sheet, told: dict[str, Any]) -> str | None:
    """Office, year, serial and number of a registered declaration; None if a part is missing."""
    names = ("Serial_number", "Number", "Date")
    serial, number, on = (sheet.values.get(_REGISTRATION + name, "").strip() for name in names)
    years = (sheet.values.get(path, "").strip() for path in _YEARS)
    in_year = str(year(on) or "") or next(filter(_YEAR.fullmatch, years), "")
    parts = (told.get("office.code", ""), in_year, serial, number)
    return "/".join(parts) if all(parts) else None


def _references(
    told: dict[str, Any], items: tuple[GovernmentAgencyGoodsItem, ...], profile: Profile
) -> tuple[Reference, ...]:
    """Every name the declaration gives, without repeats, its own first."""
    declarant, exporter = told.get("declarant"), told.get("shipment.exporter")
    seller = exporter and (exporter.id or exporter.name)
    own = told.get("functional_reference")
    found = [Reference("SAD", told["id"])] if told.get("id") else []
    if own:
        found.append(Reference("LRN", own, declarant and declarant.id))
        ucr = Ucr.parse(own)
        if ucr is not None and ucr.country_code:
            found.append(Reference("UCR", own))
    found += [Reference("MANIFEST", name.value, told.get("office.code")) for name in told.get("references", ())]
    found += [name for item in items for name in item.references]
    found += [Reference("EQUIPMENT", unit.id) for unit in told.get("shipment.equipment", ())]
    papers = [document for item in items for document in item.documents if document.type_code in profile.invoice_codes]
    found += [Reference("INVOICE", paper.id, seller) for paper in papers if paper.id]
    found += [Reference("INVOICE", paper.id, paper.issuer) for paper in told.get("documents", ()) if paper.id]
    return tuple(dict.fromkeys(found))


def _reference(document: Declaration, own_year: str) -> str | None:
    own, office = document.functional_reference, document.office.code
    if own and office:
        declarant = document.declarant.id if document.declarant else None
        return _SPACE.sub(" ", "/".join(filter(None, (office, declarant, own_year, own))))
    return document.id
