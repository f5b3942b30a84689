# SPDX-License-Identifier: Apache-2.0
"""Manifests → FWB/17, FHL/5 and FFM/8.

A message has capital letters, digits, points, strokes, hyphens and spaces; other signs become spaces, letters with marks
their plain ones. What is too long for its lines is refused, not cut.

Source: IATA Cargo-IMP 34: FWB/17, FHL/5, FFM/8.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from cocket.codes import AirWaybillNumber
from cocket.errors import SenderError
from cocket.model import BillOfLading, CustomsNote, Manifest, Packaging, Party
from cocket.standards.air import MONTHS, trader_number

_OTHER = re.compile(r"[^A-Z0-9 .\-]+")
_TAGS = {"SHP": "consignor", "CNE": "consignee", "NFY": "notify"}
#: Letters that are none with marks, and stand for these.
_LETTERS_APART = str.maketrans({"Ø": "O", "Æ": "AE", "Œ": "OE", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH"})
_LETTERS = {"PP": "P", "CC": "C"}
_WORDS_WIDE, _NAME_WIDE, _PLACE_WIDE, _REMARK_WIDE, _MOST = 20, 35, 17, 65, 12


def write_waybill(manifest: Manifest) -> str:
    """An air waybill.

    Raises:
        SenderError: A text is too long for its lines.

    Source: IATA Cargo-IMP 34, FWB/17.
    """
    bill = manifest.bills[0]
    quantity = _quantity(bill)
    lines = ["FWB/17", f"{_head(bill.id, bill.loading_place, bill.unloading_place)}{_stroked(quantity)}"]
    if manifest.voyage:
        day = f"{manifest.arrives.day:02}" if manifest.arrives else None
        lines.append(f"FLT/{_plain(manifest.voyage)}{_stroked(day)}")
    lines += [f"RTG/{_plain(bill.unloading_place)}"] if bill.unloading_place else []
    lines += [*_party("SHP", bill.consignor), *_party("CNE", bill.consignee)]
    if bill.forwarder:
        lines += [
            "AGT//",
            f"/{_fitting(bill.forwarder.name, _NAME_WIDE)}",
            f"/{_fitting(bill.forwarder.city, _PLACE_WIDE)}",
        ]
    lines += _party("NFY", bill.notify)
    lines.append(_values(bill, is_house=False))
    lines += _rated(bill)
    lines += _freight(bill)
    lines += [f"OSI/{_fitting(text, _REMARK_WIDE)}" for text in bill.information]
    lines += [f"SRI/{_plain(bill.unique_reference)}"] if bill.unique_reference else []
    lines += [f"SPH/{'/'.join(map(_plain, bill.handling_codes))}"] if bill.handling_codes else []
    lines += _notes((*bill.customs_notes, *_numbers(bill)))
    return _text(lines)


def write_houses(manifest: Manifest) -> str:
    """A list of houses.

    Raises:
        SenderError: A text is too long for its lines.

    Source: IATA Cargo-IMP 34, FHL/5.
    """
    totals = manifest.totals
    count = None if totals.packages is None else f"T{totals.packages}{_mass(totals.gross_mass_kg)}"
    master = manifest.master_id or next((bill.master_id for bill in manifest.bills if bill.master_id), None)
    lines = ["FHL/5", f"MBI/{_head(master, manifest.departure_place, manifest.destination_place)}{_stroked(count)}"]
    for bill in manifest.bills:
        first, *others = (bill.goods_description or "").split("\n")
        words, *more = [*_cut(first, 15, 65), *(line for text in others for line in _cut(text, 65))] or [""]
        ends = f"{_plain(bill.loading_place)}{_plain(bill.unloading_place)}"
        pieces = _pieces(bill.packaging)
        house = (_plain(bill.id), ends, "" if pieces is None else str(pieces), _mass(bill.gross_mass_kg), "", words)
        lines.append(f"HBS/{'/'.join(house)}")
        lines += [f"/{'/'.join(map(_plain, bill.handling_codes))}"] if bill.handling_codes else []
        lines += [f"TXT/{more[0]}", *(f"/{each}" for each in more[1:])] if more else []
        lines += (
            [f"HTS/{_plain(bill.hs_codes[0])}", *(f"/{_plain(code)}" for code in bill.hs_codes[1:])]
            if bill.hs_codes
            else []
        )
        lines += _notes((*bill.customs_notes, *_numbers(bill)))
        lines += [*_party("SHP", bill.consignor), *_party("CNE", bill.consignee)]
        if bill.customs_value or bill.freight_payment_code:
            lines.append(_values(bill, is_house=True))
    return _text(lines)


def write_flight(manifest: Manifest) -> str:
    """A manifest of a flight; bills are put together by place of unloading and device, as they are first met.

    Raises:
        SenderError: A text is too long for its lines.

    Source: IATA Cargo-IMP 34, FFM/8.
    """
    day = f"{manifest.departed.day:02}{MONTHS[manifest.departed.month - 1]}" if manifest.departed else ""
    means = manifest.transport.id if manifest.transport else None
    first = ("1", _plain(manifest.voyage), day, _plain(manifest.departure_place), _plain(means))
    lines = ["FFM/8", "/".join(first).rstrip("/")]
    ports: dict[str, dict[str, list[BillOfLading]]] = {}
    for bill in manifest.bills:
        port = _plain(bill.unloading_place or manifest.destination_place)
        device = _plain(bill.equipment[0].id) if bill.equipment else ""
        ports.setdefault(port, {}).setdefault(device, []).append(bill)
    for port, devices in ports.items():
        lines.append(port)
        for device, bills in sorted(devices.items(), key=lambda each: each[0] != ""):
            lines += [f"ULD/{device}"] if device else []
            for bill in bills:
                lines += _consignment(bill)
    return _text([*lines, "LAST"])


def _consignment(bill: BillOfLading) -> Iterator[str]:
    end = bill.delivery_place or bill.unloading_place
    words = _plain((bill.goods_description or "").replace("\n", " "))[:15].strip()
    yield f"{_head(bill.id, bill.loading_place, end)}{_stroked(_quantity(bill))}{_stroked(words)}"
    if bill.handling_codes:
        yield f"/{'/'.join(map(_plain, bill.handling_codes))}"
    yield from (f"OSI/{_fitting(text, _REMARK_WIDE)}" for text in bill.information)
    yield from _notes(bill.customs_notes)


# Lines -----------------------------------------------------------------------------------------------------------------


def _party(tag: str, party: Party | None) -> Iterator[str]:
    if party is None:
        return
    yield tag
    names = _cut(party.name or "", _NAME_WIDE)
    streets = [line for street in party.address for line in _cut(street, _NAME_WIDE)]
    _bounded(names, 2, party.name)
    _bounded(streets, 2, "; ".join(party.address))
    yield from (f"{'NAM' if n == 0 else ''}/{line}" for n, line in enumerate(names))
    yield from (f"{'ADR' if n == 0 else ''}/{line}" for n, line in enumerate(streets))
    yield f"LOC/{_fitting(party.city, _PLACE_WIDE)}"
    yield f"/{_plain(party.country_code)}{_stroked(_plain(party.postcode))}"


def _values(bill: BillOfLading, *, is_house: bool) -> str:
    amount, letter = bill.customs_value, _LETTERS.get(bill.freight_payment_code or "", "")
    currency = _plain(next((each.currency for each in (amount, bill.freight) if each and each.currency), None))
    customs = "NCV" if amount is None else f"{amount.value:f}"
    paid = letter * 2
    return f"CVD/{currency}/{paid}/NVD/{customs}/XXX" if is_house else f"CVD/{currency}//{paid}/NVD/{customs}/XXX"


def _rated(bill: BillOfLading) -> Iterator[str]:
    pieces = _pieces(bill.packaging)
    kind = "NC" if bill.level == "master" else "NG"
    told = [f"{kind}/{line}" for text in (bill.goods_description or "").split("\n") for line in _cut(text, _WORDS_WIDE)]
    told += [f"NU/{_plain(device.id)}" for device in bill.equipment]
    told += [f"NH/{_plain(code)}" for code in bill.hs_codes]
    _bounded(told, _MOST, bill.goods_description)
    if told:
        yield f"RTD/1{_stroked('' if pieces is None else f'P{pieces}')}{_stroked(_mass(bill.gross_mass_kg))}"
        yield from (f"/{'' if n == 1 else f'{n}/'}{each}" for n, each in enumerate(told, 1))


def _freight(bill: BillOfLading) -> Iterator[str]:
    tag = {"PP": "PPD", "CC": "COL"}.get(bill.freight_payment_code or "")
    if bill.freight and tag:
        yield f"{tag}/CT{bill.freight.value:f}"


def _notes(notes: tuple[CustomsNote, ...]) -> Iterator[str]:
    for place, note in enumerate(notes):
        parts = (note.country_code, note.subject_code, note.content_code, note.text)
        yield f"{'' if place else 'OCI'}/{'/'.join(_plain(part) for part in parts)}"


def _numbers(bill: BillOfLading) -> Iterator[CustomsNote]:
    """Notes with the numbers of the parties that no note tells yet."""
    for subject, part in (*_TAGS.items(), ("AGT", "forwarder")):
        party: Party | None = getattr(bill, part)
        if party and party.id and trader_number(bill.customs_notes, subject) is None:
            yield CustomsNote(country_code=party.country_code, subject_code=subject, content_code="T", text=party.id)


# Texts -----------------------------------------------------------------------------------------------------------------


def _head(number: str | None, start: str | None, end: str | None) -> str:
    parsed = AirWaybillNumber.parse(number or "")
    return f"{parsed.canonical if parsed else _plain(number)}{_plain(start)}{_plain(end)}"


def _quantity(bill: BillOfLading) -> str | None:
    pieces = _pieces(bill.packaging)
    if pieces is None:
        return None
    volume = "" if bill.volume_m3 is None else f"MC{_shortened(bill.volume_m3):f}"
    return f"T{pieces}{_mass(bill.gross_mass_kg)}{volume}"


def _mass(mass: Decimal | None) -> str:
    return "" if mass is None else f"K{_shortened(mass):f}"


def _shortened(value: Decimal) -> Decimal:
    """A measure with no more than the three decimals that a message has room for, rounded."""
    return value if int(value.as_tuple().exponent) >= -len("000") else round(value, len("000"))


def _pieces(packaging: tuple[Packaging, ...]) -> int | None:
    """All pieces together (count); None if there are none or one of them is not counted."""
    counts = [each.quantity for each in packaging]
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def _plain(text: str | None) -> str:
    """A text in the letters a message may have."""
    letters = (
        unicodedata.normalize("NFKD", (text or "").upper().translate(_LETTERS_APART)).encode("ascii", "ignore").decode()
    )
    return " ".join(_OTHER.sub(" ", letters).split())


def _fitting(text: str | None, width: int) -> str:
    plain = _plain(text)
    _bounded([plain] if len(plain) <= width else [plain, plain], 1, text)
    return plain


def _cut(text: str, first: int, rest: int | None = None) -> list[str]:
    """A text in lines no wider than they may be, cut between words where it can be."""
    lines, width, left = list[str](), first, _plain(text)
    while left:
        end = len(left) if len(left) <= width else left.rfind(" ", 1, width + 1)
        end = width if end <= 0 else end
        lines.append(left[:end].strip())
        left, width = left[end:].strip(), rest or first
    return lines


def _bounded(lines: list[str], most: int, text: str | None) -> None:
    if len(lines) > most:
        raise SenderError(
            "A text is too long for its lines.", code="cargo-imp-length", expected=str(most), found=(text or "")[:200]
        )


def _stroked(text: str | None) -> str:
    return f"/{text}" if text else ""


def _text(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"
