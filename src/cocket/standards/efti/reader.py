# SPDX-License-Identifier: Apache-2.0
"""From a consignment of eFTI to a manifest with one transport document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from lxml import etree

from cocket.findings import Finding, Gathered
from cocket.model import BillOfLading, Manifest, Party, Seal, TransportEquipment, TransportMeans
from cocket.model.goods import Packaging
from cocket.model.party import Amount
from cocket.standards.efti.subsets import ROOT, elements
from cocket.standards.xml import location_of

_LOCODE: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}")
_LONGEST: Final = 4000

#: Units of mass → kilograms. Source: UN/ECE Recommendation 20.
_KILOGRAMS: Final = {"KGM": Decimal(1), "TNE": Decimal(1000), "GRM": Decimal("0.001"), "LBR": Decimal("0.45359237")}


def read_consignment(root: Any, found: Gathered) -> Manifest:
    """Read a consignment; what is wrong with a value leaves it out, with a finding.

    Args:
        root: The element `consignment`.
        found: Where findings go.

    Source: schemas of `EFTI4EU/reference-implementation` 0.6; ids such as eFTI374 are those of its annotations.
    """
    _check_names(root, ROOT, found)
    movements = _every(root, "mainCarriageTransportMovement")
    carrier = _party(_first(root, "carrier"))
    transport = _transport(movements[0]) if movements else None
    if len(movements) > 1:
        found.add(
            Finding(
                code="efti-several-movements",
                severity="info",
                message="{count} main carriages are stated; the first is taken as the means of transport",
                arguments={"count": str(len(movements))},
                location=location_of(movements[1]),
            )
        )
    contract = _first(root, "transportContractDocument")
    bill = BillOfLading(
        id=_text(contract, "id"),
        consignor=_party(_first(root, "consignor")),
        consignee=_party(_first(root, "consignee")),
        carrier=carrier,
        forwarder=_party(_first(root, "freightForwarder")),
        loading_place=_place(_first(root, "carrierAcceptanceLocation")),
        unloading_place=_place(_first(root, "consigneeReceiptLocation")),
        goods_description=_goods(root),
        packaging=_packaging(root, found),
        gross_mass_kg=_mass(root, "grossWeight", found),
        hs_codes=_codes(root),
        equipment=_equipment(root, found),
        customs_value=_amount(_first(root, "declaredValueForCarriageAmount"), found),
        information=_information(root),
    )
    return Manifest(
        carrier=carrier,
        transport=transport,
        departed=_day(_first(root, "carrierAcceptanceDateTime"), found),
        departure_place=bill.loading_place,
        destination_place=bill.unloading_place,
        bills=(bill,),
    )


def _check_names(parent: Any, kind: str, found: Gathered) -> None:
    """Elements that the common data set does not have; they are kept in the message, and read as nothing."""
    known = elements().get(kind, {})
    for child in parent:
        name = etree.QName(child).localname
        element = known.get(name)
        if element is None:
            found.add(
                Finding(
                    code="efti-unknown",
                    severity="warning",
                    message="the common data set has no {found} here; it was not read",
                    found=name[:100],
                    location=location_of(child),
                )
            )
        elif element.content:
            _check_names(child, element.content, found)


def _transport(movement: Any) -> TransportMeans:
    means = _first(movement, "usedTransportMeans")
    return TransportMeans(
        id=_text(means, "id"),
        mode_code=_text(movement, "modeCode"),
        nationality_code=_country(means),
        voyage=_text(movement, "id"),
    )


def _equipment(root: Any, found: Gathered) -> tuple[TransportEquipment, ...]:
    """Equipment, and what is carried on it: a container on a trailer is equipment of its own."""
    made: dict[str, TransportEquipment] = {}
    for one in _every(root, "usedTransportEquipment"):
        for each in (one, *_every(one, "carriedTransportEquipment")):
            number = _text(each, "id")
            if number is None:
                continue
            seals = (_text(seal, "id") for seal in _every(each, "affixedSeal"))
            made.setdefault(
                number,
                TransportEquipment(
                    id=number,
                    type_code=_text(each, "sizeTypeCode") or _text(each, "categoryCode"),
                    fullness_code=_text(each, "fullEmptyCode"),
                    seals=tuple(Seal(id=seal) for seal in seals if seal is not None),
                    gross_mass_kg=_mass(each, "grossGoodsWeightMeasure", found),
                ),
            )
    return tuple(made.values())


def _packaging(root: Any, found: Gathered) -> tuple[Packaging, ...]:
    whole = _count(_first(root, "numberOfPackages"), found)
    made = []
    for one in _every(root, "transportPackage"):
        marks = " ".join(filter(None, (_text(each, "markingText") for each in _every(one, "shippingMarks"))))
        made.append(
            Packaging(
                quantity=_count(_first(one, "itemQuantity"), found),
                type_code=_text(one, "typeCode"),
                type_name=_text(one, "typeText"),
                marks=marks or None,
            )
        )
    counts = [one.quantity for one in made]
    if not made:
        return (Packaging(quantity=whole),) if whole is not None else ()
    if whole is not None and None not in counts and sum(filter(None, counts)) != whole:
        found.add(
            Finding(
                code="efti-packages",
                severity="warning",
                message="the packages add up to {found}, and {expected} are stated for the consignment",
                expected=str(whole),
                found=str(sum(filter(None, counts))),
                location=location_of(root),
            )
        )
    return tuple(made)


def _goods(root: Any) -> str | None:
    texts = [
        *_texts(_first(root, "natureIdentificationCargo"), "identificationText"),
        *(
            text
            for item in _every(root, "includedConsignmentItem")
            for goods in _every(item, "transportDangerousGoods")
            for text in (*_texts(goods, "properShippingName"), *_texts(goods, "technicalName"))
        ),
    ]
    return "; ".join(dict.fromkeys(texts))[:_LONGEST] or None


def _codes(root: Any) -> tuple[str, ...]:
    code = _text(_first(root, "natureIdentificationCargo"), "statisticalClassificationCode")
    return (code,) if code is not None else ()


def _information(root: Any) -> tuple[str, ...]:
    numbers = (
        f"UN {number}"
        for item in _every(root, "includedConsignmentItem")
        for goods in _every(item, "transportDangerousGoods")
        if (number := _text(goods, "uNDGID")) is not None
    )
    return tuple(dict.fromkeys((*_texts(root, "information"), *numbers)))


def _party(element: Any) -> Party | None:
    if element is None:
        return None
    address = _first(element, "postalAddress")
    street = " ".join(filter(None, (_text(address, "streetName"), _text(address, "buildingNumber"))))
    lines = (street, _text(address, "additionalStreetName"))
    party = Party(
        id=_text(element, "id"),
        name=_text(element, "name"),
        address=tuple(one for one in lines if one),
        city=_text(address, "cityName"),
        postcode=_text(address, "postcode"),
        country_code=_text(address, "countryCode"),
    )
    return party if party != Party() else None


def _place(element: Any) -> str | None:
    text = _text(element, "id")
    return text if text is not None and _LOCODE.fullmatch(text) else None


def _mass(parent: Any, name: str, found: Gathered) -> Decimal | None:
    element = _first(parent, name)
    value = _number(element, found)
    if element is None or value is None:
        return None
    unit = element.get("unitId")
    factor = _KILOGRAMS.get(unit or "KGM")
    if unit is None:
        found.add(
            Finding(
                code="efti-unit-assumed",
                severity="info",
                message="no unit is stated; kilograms are assumed",
                location=location_of(element),
            )
        )
    elif factor is None:
        found.add(
            _said(
                element, "efti-unit", "warning", "the unit {found} is not a known unit of mass; it was not read", unit
            )
        )
    return None if factor is None else (value * factor).normalize() + Decimal(0)


def _amount(element: Any, found: Gathered) -> Amount | None:
    value = _number(element, found)
    return None if element is None or value is None else Amount(value, element.get("currencyId"))


def _count(element: Any, found: Gathered) -> int | None:
    value = _number(element, found)
    if value is not None and value != value.to_integral_value():
        found.add(_said(element, "efti-number", "error", "{found} is not a whole number", _plain(element)))
        return None
    return None if value is None else int(value)


def _number(element: Any, found: Gathered) -> Decimal | None:
    text = _plain(element)
    if text is None:
        return None
    try:
        value = Decimal(text) if len(text) <= 40 else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or value < 0 or abs(value.adjusted()) > 18:
        found.add(_said(element, "efti-number", "error", "{found} is not a number that can be used here", text))
        return None
    return value


def _day(element: Any, found: Gathered) -> date | None:
    text = _plain(element)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:8] if text[:8].isdigit() else "")
    except ValueError:
        found.add(_said(element, "efti-date", "error", "{found} is not a date in the form CCYYMMDD", text))
        return None


def _said(element: Any, code: str, severity: Any, message: str, text: str | None = None) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=message,
        found=None if text is None else text[:100],
        location=location_of(element),
    )


def _country(parent: Any) -> str | None:
    return _text(_first(parent, "registrationCountry"), "code")


def _every(parent: Any, name: str) -> list[Any]:
    return [] if parent is None else [one for one in parent if etree.QName(one).localname == name]


def _first(parent: Any, name: str) -> Any:
    return next(iter(_every(parent, name)), None)


def _texts(parent: Any, name: str) -> Iterable[str]:
    return tuple(text for one in _every(parent, name) if (text := _plain(one)) is not None)


def _text(parent: Any, name: str) -> str | None:
    return next(iter(_texts(parent, name)), None)


def _plain(element: Any) -> str | None:
    text = " ".join("".join(element.itertext()).split()) if element is not None else ""
    return text[:_LONGEST] or None
