# SPDX-License-Identifier: Apache-2.0
"""FWB, FHL and FFM → manifests.

Source: IATA Cargo-IMP 34: FWB/16 and 17, FHL/4 and 5, FFM/8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import structs

from cocket.codes import AirWaybillNumber
from cocket.model import (
    Amount,
    BillOfLading,
    CustomsNote,
    Extension,
    Manifest,
    PackageTotals,
    Packaging,
    Party,
    TransportEquipment,
    TransportMeans,
)
from cocket.standards.air import MONTHS, trader_number
from cocket.standards.cargo_imp.lines import KILOGRAMS, WAYBILL, Line, Message, Quantity, decimal_of, quantity_of

#: Path of the one extension that holds the whole message.
WHOLE = "message"
_PARTIES = {"SHP": "consignor", "CNE": "consignee", "NFY": "notify"}
#: Lines within a party that say what they hold; other tags end it.
_INSIDE = ("NAM", "ADR", "LOC")
_PAID = {"P": "PP", "C": "CC"}
_CONTACTS = ("TE", "FX", "TL", "EM")
_WORDS = ("NG", "NC")
_ISSUED = re.compile(r"(\d{2})([A-Z]{3})(\d{2})")


def read_waybill(message: Message) -> Manifest:
    """An air waybill as a manifest with one bill.

    Source: IATA Cargo-IMP 34, FWB.
    """
    lines = message.lines
    head = WAYBILL.fullmatch(lines[0].text) if lines and not lines[0].tag else None
    quantity = quantity_of(head["rest"] or "") if head else None
    bill = _with_lines(BillOfLading(), lines[1:] if head else lines)
    words, is_consolidation = _words(lines)
    flight = next((flights[-1] for flights in [_flights(lines)] if flights), None)
    bill = structs.replace(
        bill,
        id=_number(head["number"]) if head else None,
        level="master" if is_consolidation else None,
        loading_place=head["origin"] if head else None,
        unloading_place=head["end"] if head else None,
        goods_description=words,
        hs_codes=tuple(dict.fromkeys(_rated(lines, "NH"))),
        equipment=tuple(TransportEquipment(id=each) for each in dict.fromkeys(_rated(lines, "NU"))),
        unique_reference=next((line.text.split("/")[0].strip() or None for line in lines if line.tag == "SRI"), None),
        **_measured(quantity),
    )
    return Manifest(
        voyage=flight,
        transport=TransportMeans(mode_code="4", voyage=flight),
        issued=next((_issued(line.text) for line in lines if line.tag == "ISU" and not line.is_further), None),
        bills=(bill,),
        extensions=(Extension(WHOLE, message.text),),
    )


def _issued(text: str) -> datetime | None:
    """The day on which a waybill was issued, UTC midnight for it has no time; None if it is none of the calendar."""
    stated = _ISSUED.fullmatch(text.partition("/")[0].strip())
    if stated is None or stated[2] not in MONTHS:
        return None
    try:
        return datetime(2000 + int(stated[3]), MONTHS.index(stated[2]) + 1, int(stated[1]), tzinfo=UTC)
    except ValueError:
        return None


def read_houses(message: Message) -> Manifest:
    """The houses of a master as a degroupage.

    Source: IATA Cargo-IMP 34, FHL.
    """
    master = next((WAYBILL.fullmatch(line.text) for line in message.lines if line.tag == "MBI"), None)
    quantity = quantity_of(master["rest"] or "") if master else None
    groups = list(_groups(message.lines, lambda line: line.tag == "HBS" and not line.is_further))
    bills = tuple(_house(group, place) for place, group in enumerate(groups, 1))
    return Manifest(
        kind="degroupage",
        master_id=_number(master["number"]) if master else None,
        transport=TransportMeans(mode_code="4"),
        departure_place=master["origin"] if master else None,
        destination_place=master["end"] if master else None,
        totals=PackageTotals(
            packages=quantity.pieces if quantity else None, gross_mass_kg=quantity.mass_kg if quantity else None
        ),
        bills=bills,
        extensions=(Extension(WHOLE, message.text),),
    )


def _house(group: Sequence[Line], place: int) -> BillOfLading:
    first = group[0].text.split("/")
    ends = first[1] if len(first) > 1 and re.fullmatch(r"[A-Z]{6}", first[1]) else None
    mass = first[3] if len(first) > 3 else ""
    factor = KILOGRAMS.get(mass[:1])
    value = decimal_of(mass[1:])
    pieces = first[2] if len(first) > 2 and first[2].isascii() and first[2].isdecimal() and len(first[2]) < 7 else None
    words = [first[5].strip()] if len(first) > 5 and first[5].strip() else []
    words += [line.text.strip() for line in group if line.tag == "TXT" and line.text.strip()]
    further = [line.text for line in group[1:] if line.tag == "HBS"]
    codes = [code.strip() for text in further for code in text.split("/") if code.strip()]
    bill = structs.replace(
        _with_lines(BillOfLading(), group[1:], is_house=True),
        id=first[0].strip() or None,
        line=place,
        level="house",
        loading_place=ends[:3] if ends else None,
        unloading_place=ends[3:] if ends else None,
        packaging=(Packaging(quantity=int(pieces)),) if pieces else (),
        gross_mass_kg=None if value is None or factor is None else value * factor,
        goods_description="\n".join(words) or None,
        hs_codes=tuple(
            code.strip() for line in group if line.tag == "HTS" for code in line.text.split("/") if code.strip()
        ),
    )
    return structs.replace(bill, handling_codes=(*codes, *bill.handling_codes))


def read_flight(message: Message) -> Manifest:
    """The waybills of a flight, a bill for each part of one in a device or in bulk.

    Source: IATA Cargo-IMP 34, FFM.
    """
    first = message.lines[0].text.split("/") if message.lines else []
    voyage = first[1].strip() or None if len(first) > 1 else None
    ports: list[str] = []
    bills = tuple(_loaded(message.lines[1:], ports))
    return Manifest(
        voyage=voyage,
        transport=TransportMeans(id=first[4].strip() or None if len(first) > 4 else None, mode_code="4", voyage=voyage),
        departure_place=first[3].strip() or None if len(first) > 3 else None,
        destination_place=ports[-1] if ports else None,
        bills=bills,
        extensions=(Extension(WHOLE, message.text),),
    )


def _loaded(lines: Sequence[Line], ports: list[str]) -> Iterator[BillOfLading]:
    """The bills of a flight; the places of unloading are noted in their order."""
    place: str | None = None
    device: str | None = None
    for group in _groups(lines, starts_group):
        first = group[0]
        head = WAYBILL.fullmatch(first.text) if not first.tag else None
        if head is not None:
            yield _consignment(group, head, place, device)
        elif first.tag == "ULD":
            device = first.text.split("/")[0].split("-")[0].strip() or None
        else:
            place, device = first.tag, None
            ports.append(place)


def starts_group(line: Line) -> bool:
    """Whether a line of a flight begins something: a place of unloading, a device, a consignment, the end.

    Source: IATA Cargo-IMP 34, FFM.
    """
    if line.is_further:
        return False
    return line.tag == "ULD" or is_port(line) or WAYBILL.fullmatch(line.text) is not None


_LINES_OF_A_BILL = frozenset(("DIM", "OSI", "OCI", "COR", "SCI", "DIS", "ONC", "CUS", "SPH"))


def is_port(line: Line) -> bool:
    """Whether a line of a flight names a place of unloading: three letters that are no tag of a consignment's lines.

    Source: IATA Cargo-IMP 34, FFM, point of unloading.
    """
    return bool(line.tag) and line.tag not in _LINES_OF_A_BILL and line.tag != "ULD" and not line.is_further


def _consignment(group: Sequence[Line], head: re.Match[str], place: str | None, device: str | None) -> BillOfLading:
    quantity, _, words = (head["rest"] or "").partition("/")
    lines = group[1:]
    codes = [code.strip() for line in lines if line.is_further and not line.tag for code in line.text.split("/")]
    bill = _with_lines(BillOfLading(), lines)
    return structs.replace(
        bill,
        id=_number(head["number"]),
        loading_place=head["origin"],
        unloading_place=place,
        delivery_place=head["end"],
        goods_description=words.strip() or None,
        handling_codes=(*(code for code in codes if code), *bill.handling_codes),
        equipment=(TransportEquipment(id=device),) if device else (),
        **_measured(quantity_of(quantity)),
    )


# What many lines of a bill tell ----------------------------------------------------------------------------------------


def _with_lines(bill: BillOfLading, lines: Sequence[Line], *, is_house: bool = False) -> BillOfLading:
    """A bill with its parties, notes, codes, remarks and values."""
    notes = tuple(_notes(lines))
    parties: dict[str, Party | None] = {
        part: _numbered(_party(_around(lines, tag), is_house=is_house or tag == "NFY"), notes, tag)
        for tag, part in _PARTIES.items()
    }
    forwarder = _numbered(_agent(_around(lines, "AGT")), notes, "AGT")
    return structs.replace(
        bill,
        **parties,
        forwarder=forwarder,
        customs_notes=notes,
        handling_codes=tuple(
            code.strip() for line in lines if line.tag == "SPH" for code in line.text.split("/") if code.strip()
        ),
        information=tuple(line.text.strip() for line in lines if line.tag == "OSI" and line.text.strip()),
        **_values(lines, is_house=is_house),
    )


def _values(lines: Sequence[Line], *, is_house: bool) -> dict[str, Amount | str | None]:
    """Value for customs, whether freight is paid, and the sum of all charges."""
    found = next((line.text.split("/") for line in lines if line.tag == "CVD"), [])
    found += [""] * (6 - len(found))
    currency = found[0].strip() or None
    paid, customs = (found[1], found[3]) if is_house else (found[2] or found[1], found[4])
    value = decimal_of(customs)
    totals = [
        decimal_of(part[2:])
        for line in lines
        if line.tag in ("PPD", "COL")
        for part in line.text.split("/")
        if part.startswith("CT")
    ]
    freight = totals[0] if len(totals) == 1 else None
    return {
        "customs_value": None if value is None else Amount(value, currency),
        "freight": None if freight is None else Amount(freight, currency),
        "freight_payment_code": _PAID.get(paid[:1]),
    }


def _notes(lines: Iterable[Line]) -> Iterator[CustomsNote]:
    for line in lines:
        if line.tag != "OCI":
            continue
        parts = [part.strip() or None for part in line.text.split("/", 3)]
        parts += [None] * (4 - len(parts))
        yield CustomsNote(country_code=parts[0], subject_code=parts[1], content_code=parts[2], text=parts[3])


def _around(lines: Sequence[Line], tag: str) -> list[Line]:
    """The lines of a party: its own, and those with names of its parts behind it."""
    for place, line in enumerate(lines):
        if line.tag == tag and not line.is_further:
            rest = lines[place + 1 :]
            end = next((n for n, each in enumerate(rest) if each.tag not in (tag, *_INSIDE)), len(rest))
            return [line, *rest[:end]]
    return []


def _party(lines: list[Line], *, is_house: bool) -> Party | None:
    """A party: name, street, place with state, country with postcode and contacts, in this order or by their tags.

    Args:
        lines: Its lines; in a waybill the first has its account, else its name.
        is_house: Whether the first has its name.
    """
    if not lines:
        return None
    tagged = any(line.tag in _INSIDE for line in lines)
    if tagged:
        names = [line.text for line in lines if line.tag == "NAM"]
        streets = [line.text for line in lines if line.tag == "ADR"]
        rest = [line.text for line in lines if line.tag == "LOC"]
    else:
        texts = [line.text for line in (lines if is_house and lines[0].text.strip() else lines[1:])]
        names, streets, rest = texts[:1], texts[1:-2] or texts[1:2], texts[max(2, len(texts) - 2) :]
    place = (rest[0] if rest else "").split("/")
    last = (rest[1] if len(rest) > 1 else "").split("/")
    party = Party(
        name=" ".join(name.strip() for name in names if name.strip()) or None,
        address=tuple(street.strip() for street in streets if street.strip()),
        city=place[0].strip() or None,
        country_code=last[0].strip() or None,
        postcode=(last[1].strip() if len(last) > 1 and last[1] not in _CONTACTS else "") or None,
    )
    return None if party == Party() else party


def _agent(lines: list[Line]) -> Party | None:
    """The agent: name and place behind a line with its numbers."""
    further = [line.text.strip() for line in lines[1:] if line.text.strip()]
    if not further:
        return None
    return Party(name=further[0], city=further[1] if len(further) > 1 else None)


def _numbered(party: Party | None, notes: tuple[CustomsNote, ...], subject: str) -> Party | None:
    number = trader_number(notes, subject)
    return structs.replace(party, id=number) if party and number else party


def _rated(lines: Iterable[Line], kind: str) -> Iterator[str]:
    """What lines of the rate description tell of one kind."""
    for line in lines:
        parts = line.text.split("/")
        place = next((n for n, part in enumerate(parts[:2]) if part == kind), None)
        if line.tag == "RTD" and place is not None and len(parts) > place + 1 and parts[place + 1].strip():
            yield parts[place + 1].strip()


def _words(lines: Sequence[Line]) -> tuple[str | None, bool]:
    """The goods in words, and whether they are a consolidation."""
    words = list(_rated(lines, "NG")) + list(_rated(lines, "NC"))
    is_consolidation = any(True for _ in _rated(lines, "NC")) or bool(words and words[0].startswith("CONSOL"))
    return "\n".join(words) or None, is_consolidation


def _flights(lines: Iterable[Line]) -> list[str]:
    text = next((line.text for line in lines if line.tag == "FLT"), "")
    return [part.strip() for part in text.split("/")[::2] if part.strip()]


def _measured(quantity: Quantity | None) -> dict[str, tuple[Packaging, ...] | Decimal | None]:
    if quantity is None:
        return {}
    return {
        "packaging": (Packaging(quantity=quantity.pieces),),
        "gross_mass_kg": quantity.mass_kg,
        "volume_m3": quantity.volume_m3,
    }


def _groups(lines: Sequence[Line], starts: Callable[[Line], bool]) -> Iterator[Sequence[Line]]:
    """Lines in groups, each from one that starts it to the next; what stands before the first is left out."""
    places = [place for place, line in enumerate(lines) if starts(line)]
    for number, place in enumerate(places, 1):
        yield lines[place : places[number] if number < len(places) else len(lines)]


def _number(text: str) -> str:
    parsed = AirWaybillNumber.parse(text)
    return parsed.canonical if parsed else text
