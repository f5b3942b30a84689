# SPDX-License-Identifier: Apache-2.0
"""What a message holds at most, whatever its standard: the cases that stopped a house, and every standard in turn."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any, get_args

import msgspec
import pytest

from cocket import standards
from cocket.consignment.references import keys
from cocket.findings import Finding, render
from cocket.model import (
    AdditionalDocument,
    Amount,
    Commodity,
    Declaration,
    Extension,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Reading,
    Reference,
)
from cocket.standards import STANDARDS, Standard, bounds
from cocket.standards.streaming import check_stream
from tests.contracts.storable import flaws
from tests.contracts.test_standards import SAMPLES, samples_of
from tests.damage import VALUES, with_value

EACH = [pytest.param(standard, id=standard.name) for standard in STANDARDS]


def sample(name: str) -> bytes:
    """One of our samples."""
    return (SAMPLES / name).read_bytes()


def codes(reading: Reading) -> set[str]:
    """Codes of the errors of a reading."""
    return {finding.code for finding in reading.findings if finding.severity == "error"}


def refused_for(data: bytes, code: str) -> Finding:
    """The finding for which a message is refused; nothing but findings is left of it."""
    reading = standards.read(data)
    assert (reading.outcome, reading.document, reading.reference) == ("refused", None, None)
    assert flaws(reading) == []
    return next(finding for finding in reading.findings if finding.code == code)


# The cases that stopped a house.


def test_nul_in_the_name_of_a_party_is_refused() -> None:
    data = sample("one-record/direct-waybill.json").replace(b"KOWLOON OPTICS", b"KOWLOON\\u0000OPTICS")
    finding = refused_for(data, "character-not-allowed")
    assert finding.found == "\\u0000"
    assert render(finding).startswith("bills[1].consignor.name has the character \\u0000")


def test_a_document_id_of_nine_thousand_characters_is_refused() -> None:
    data = sample("cii/machine-parts.xml")
    own = re.search(rb"<ram:ID>([^<]+)</ram:ID>", data[data.index(b"<rsm:ExchangedDocument>") :])
    assert own
    finding = refused_for(data.replace(own[1], b"9" * 9_000), "text-too-long")
    assert (finding.found, finding.expected) == ("9000", "512")


MOMENTS = [
    pytest.param("0001-01-01T00:00:00+14:00", id="before the first year"),
    pytest.param("9999-12-31T23:59:59-14:00", id="after the last year"),
]
TIMED = [
    ("cargo-xml-xfsu", rb"<ram:OccurrenceDateTime>([^<]+)<"),
    ("epcis", rb'"eventTime":\s*"([^"]+)"'),
    ("epcis-xml", rb"<eventTime>([^<]+)<"),
    ("dcsa", rb'"eventDateTime":\s*"([^"]+)"'),
    ("one-record", rb'"cargo:eventDate":\s*\{[^}]*"@value":\s*"([^"]+)"'),
    ("express-manifest", rb'"prepared":\s*"([^"]+)"'),
    ("fal-general", rb'"prepared":\s*"([^"]+)"'),
]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("standard", "place"), TIMED, ids=[name for name, _ in TIMED])
def test_a_moment_beyond_the_calendar_in_utc_is_refused(standard: str, place: bytes, moment: str) -> None:
    found = [(path, re.search(place, path.read_bytes())) for path in sorted((SAMPLES / standard).iterdir())]
    path, stated = next((path, stated) for path, stated in found if stated)
    reading = standards.read(path.read_bytes().replace(stated[1], moment.encode()))
    assert "date-out-of-range" in codes(reading)
    assert flaws(reading) == []


# What each bound takes and refuses, by readings made here.


def reading_with(**texts: Any) -> Reading:
    """A reading of a declaration with one goods item."""
    item = GovernmentAgencyGoodsItem(**{name: value for name, value in texts.items() if name != "document"})
    document = Declaration(shipment=GoodsShipment(items=(item,)), **texts.get("document", {}))
    return Reading(standard="toy", version="1", outcome="accepted", document=document, reference="R1")


NEAR_MISSES: list[tuple[Any, Any, str]] = [
    ({"quota_id": "q" * 512}, {"quota_id": "q" * 513}, "text-too-long"),
    ({"quota_id": "é" * 400}, {"quota_id": "é" * 401}, "text-too-long-in-bytes"),
    ({"quota_id": '"' * 512}, {"quota_id": '"' * 513}, "text-too-long"),
    ({"quota_id": "a\tb\r\nc\x7f"}, {"quota_id": "a\bb"}, "character-not-allowed"),
    ({"quota_id": "\\u0000\\b"}, {"quota_id": "\0"}, "character-not-allowed"),
    ({"quota_id": "\U0001f4a3"}, {"quota_id": "\ud83d"}, "character-not-allowed"),
    (
        {"commodity": Commodity(description="d" * 20_000)},
        {"commodity": Commodity(description="d" * 20_001)},
        "text-too-long",
    ),
    (
        {"extensions": (Extension("p" * 5_000, "v" * 10_000_000),)},
        {"extensions": (Extension("p", "v" * 10_000_001),)},
        "text-too-long",
    ),
    (
        {"document": {"extensions": (Extension("p", "v" * 10_000_000),)}},
        {"document": {"extensions": (Extension("p", "v" * 10_000_001),)}},
        "text-too-long",
    ),
    (
        {"customs_value": Amount(Decimal("9" * 18 + "." + "9" * 18))},
        {"customs_value": Amount(Decimal("9" * 19))},
        "number-out-of-range",
    ),
    (
        {"customs_value": Amount(Decimal("1E+17"))},
        {"customs_value": Amount(Decimal("1E+18"))},
        "number-out-of-range",
    ),
    (
        {"customs_value": Amount(Decimal("-1E-18"))},
        {"customs_value": Amount(Decimal("-1E-19"))},
        "number-out-of-range",
    ),
    ({"customs_value": Amount(Decimal(0))}, {"customs_value": Amount(Decimal("NaN"))}, "number-out-of-range"),
    ({"customs_value": Amount(Decimal(1))}, {"customs_value": Amount(Decimal("-Infinity"))}, "number-out-of-range"),
    ({"sequence": 10**18 - 1}, {"sequence": 10**18}, "number-out-of-range"),
    ({"sequence": -(10**18) + 1}, {"sequence": -(10**40)}, "number-out-of-range"),
    (
        {"documents": (AdditionalDocument(issued=date(1900, 1, 1)),)},
        {"documents": (AdditionalDocument(issued=date(1899, 12, 31)),)},
        "date-out-of-range",
    ),
    (
        {"documents": (AdditionalDocument(issued=date(2999, 12, 31)),)},
        {"documents": (AdditionalDocument(issued=date(3000, 1, 1)),)},
        "date-out-of-range",
    ),
    ({"equipment_ids": ("E",) * 50_000}, {"equipment_ids": ("E",) * 50_001}, "too-many-values"),
    ({"charges": {"c" * 512: Amount(Decimal(1))}}, {"charges": {"c" * 513: Amount(Decimal(1))}}, "text-too-long"),
    ({"charges": {"c": Amount(Decimal(1))}}, {"charges": {"\0": Amount(Decimal(1))}}, "character-not-allowed"),
]


@pytest.mark.parametrize(("fits", "exceeds", "code"), NEAR_MISSES)
def test_a_bound_takes_what_fits_and_refuses_what_is_one_beyond(fits: Any, exceeds: Any, code: str) -> None:
    reading = reading_with(**fits)
    assert bounds.within_bounds(reading) is reading
    refused = bounds.within_bounds(reading_with(**exceeds))
    assert (refused.outcome, refused.document, codes(refused)) == ("refused", None, {code})
    assert (refused.standard, refused.version) == ("toy", "1")


def test_what_is_beyond_in_a_further_message_refuses_all() -> None:
    reading = msgspec.structs.replace(reading_with(), further=(reading_with(quota_id="\0"),))
    refused = bounds.within_bounds(reading)
    assert (refused.outcome, refused.further) == ("refused", ())


def test_a_reference_beyond_the_bounds_is_not_kept() -> None:
    refused = bounds.within_bounds(msgspec.structs.replace(reading_with(), reference="r" * 600, version="\0"))
    assert (refused.reference, refused.version) == (None, None)


@pytest.mark.parametrize(
    "character", ["\u200b", "\u202e", "\ufeff", "\u00ad", "\U000e0041", "\u2066", "\u200d", "\u200f"]
)
def test_an_identifier_with_a_character_that_cannot_be_seen_is_accepted_with_a_warning(character: str) -> None:
    data = sample("wco-dm/import.xml")
    reading = standards.read(data)
    assert reading.reference and reading.reference.encode() in data
    hidden = f"{reading.reference[:2]}{character}{reading.reference[2:]}"
    seen = standards.read(data.replace(reading.reference.encode(), hidden.encode()))
    (finding,) = (one for one in seen.findings if one.code == "character-unseen")
    assert (seen.outcome, seen.reference, finding.severity) == (reading.outcome, hidden, "warning")
    assert f"U+{ord(character):04X}" in render(finding) and "reference" in render(finding)


def test_joiners_of_a_script_and_texts_for_people_need_no_warning() -> None:
    def found(**fields: Any) -> set[str]:
        document = Declaration(flow="import", shipment=GoodsShipment(items=()), **fields)
        return {one.code for one in bounds.within_bounds(Reading(outcome="accepted", document=document)).findings}

    assert found(functional_reference="می\u200cخواهم") == set()
    assert found(functional_reference="A\u200cB") == {"character-unseen"}
    assert found(functional_reference="Čížek GΒ") == set()


def test_findings_come_out_short_and_printable() -> None:
    nasty = "\0\ud800\x1b" + "x" * 5_000
    finding = Finding(code="c", severity="warning", message="m", location=nasty, found=nasty, arguments={"why": nasty})
    reading = bounds.within_bounds(msgspec.structs.replace(reading_with(), findings=(finding,)))
    assert (reading.outcome, flaws(reading)) == ("accepted", [])
    assert reading.findings[0].found is not None
    assert reading.findings[0].found.startswith("\\u0000\\ud800\\u001bxxx")
    assert (len(reading.findings[0].found), reading.findings[0].found[-1]) == (200, "…")


def test_no_field_of_the_model_is_a_float() -> None:
    """JSON has no sign for a float that is no number, so the bounds would not see one."""
    assert float not in set(_types(Reading, set()))


def _types(kind: Any, seen: set[Any]) -> Iterator[Any]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind not in seen:
            seen.add(kind)
            for field in msgspec.structs.fields(kind):
                yield from _types(field.type, seen)
    elif get_args(kind):
        for inner in get_args(kind):
            yield from _types(inner, seen)
    else:
        yield kind


def test_a_part_of_a_large_message_is_held_to_the_same_bounds() -> None:
    data = sample("asycuda-awmds/awappend.xml")
    number = re.search(rb"<Bol_reference>([^<]+)<", data)
    assert number
    data = data.replace(number[1], b"B" * 9_000)
    assert "text-too-long" in codes(check_stream(BytesIO(data)))
    assert codes(check_stream(BytesIO(data))) == codes(standards.read(data))
    assert check_stream(BytesIO(data)).document is None


def test_a_value_that_a_reader_cannot_compute_with_is_a_finding() -> None:
    def overflows(*_: object) -> Reading:
        return Reading(outcome="accepted", document=Declaration(items_declared=int("9" * 5_000)))

    standard = msgspec.structs.replace(STANDARDS[0], read=overflows)
    reading = standards.read_as(standard, standards.Source(b"", None), standards.Options())
    assert (reading.outcome, codes(reading), flaws(reading)) == ("refused", {"value-not-usable"}, [])


def test_a_key_that_grows_in_compatibility_forms_still_fits_an_index() -> None:
    reading = msgspec.structs.replace(reading_with(), reference="\ufdfa" * 266)
    assert bounds.within_bounds(reading) is reading
    assert flaws(reading) == []
    long = [Reference("BL", "\ufdfa" * 266 + end) for end in ("A", "B")]
    assert len({keys((Reference("MRN", one.value),), "")[0].value for one in long}) == 2


# Every standard.


def unstorable(standard: Standard, kind: str, count: int) -> list[str]:
    """What is wrong with readings of a standard's samples with values of one kind put in anywhere."""
    samples = [path.read_bytes() for path in samples_of(standard)]
    dice = random.Random(f"{standard.name} {kind}")
    found = []
    for number in range(count):
        values = VALUES[kind]
        mutant = with_value(dice, dice.choice(samples), values[number % len(values)])
        found += [f"{kind} {number}: {flaw}" for flaw in flaws(standards.read(mutant))]
    return found


@pytest.mark.parametrize("standard", EACH)
def test_whatever_is_put_into_a_message_its_reading_can_be_stored(standard: Standard) -> None:
    assert [flaw for kind in VALUES for flaw in unstorable(standard, kind, 40)] == []


@pytest.mark.parametrize(
    ("standard", "kind"), [("epcis", "nul"), ("wco-b2sw", "long"), ("epcis-xml", "date"), ("cii", "number")]
)
def test_without_the_bounds_some_reading_cannot_be_stored(
    standard: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "within_bounds", lambda reading, *_: reading)
    assert unstorable(next(one for one in STANDARDS if one.name == standard), kind, 200)


@pytest.mark.parametrize("standard", EACH)
def test_samples_are_within_the_bounds(standard: Standard) -> None:
    for path in samples_of(standard):
        source = standards.recognise(path.read_bytes())[1]
        reading = standard.read(source, standards.Options())
        assert bounds.within_bounds(reading) is reading
