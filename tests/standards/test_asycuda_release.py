# SPDX-License-Identifier: Apache-2.0
"""The release order: read by the tags a profile tells, and as far as it shows itself where none does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import msgspec
import pytest

from cocket.errors import SenderError
from cocket.findings import render
from cocket.model import (
    CustomsOffice,
    Extension,
    Manifest,
    Party,
    Reading,
    Reference,
    ReleaseOrder,
    Seal,
    TransportEquipment,
    Vehicle,
)
from cocket.standards.asycuda import RELEASE, profiles
from cocket.standards.asycuda.judging import code_of
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.asycuda.profiles import adopt, read_profile
from cocket.standards.asycuda.release.layout import TAGS_PATH
from cocket.standards.asycuda.release.rules import RULES
from cocket.standards.xml import parse_xml
from tests.standards.asycuda_samples import added, read, sample, told, write

replace = msgspec.structs.replace

#: An invented country that tells all its tags.
OWNLAND = b"""
name = "ownland"
source = "invented"
offices = ["XG"]
date_order = "day-first"
date_pattern = "dd/mm/yyyy"

[release_order]
root = "Let_go"
containers = "Boxes/Box"
seals = "Marks/Mark"
seal_mark = "No"
vehicles = "Cars/Car"
dispositions = { R = "deliver", E = "move to the examination station" }

[release_order.fields]
id = "Head/Number"
disposition_code = "Head/What"
"office.code" = "Head/Office"
issued = "Head/Day"
declaration_id = "Head/Entry"
transport_document = "Head/Bill"
"custodian.name" = "Head/Keeper"

[release_order.container_fields]
id = "Code"
packages = "Count"

[release_order.vehicle_fields]
chassis_number = "Chassis"
make = "Make"
"""

ORDER = b"""<?xml version="1.0" encoding="UTF-8"?>
<Let_go>
  <Head>
    <Number>G 7</Number>
    <What>R</What>
    <Office>XG1</Office>
    <Day>04/03/2026</Day>
    <Entry>XG1/2026/C/9</Entry>
    <Bill>OWNB1</Bill>
    <Keeper>OWN TERMINAL</Keeper>
  </Head>
  <Boxes>
    <Box>
      <Code>CKTU0000011</Code>
      <Count>40</Count>
      <Marks>
        <Mark>
          <No>S1</No>
        </Mark>
        <Mark>
          <No>S2</No>
        </Mark>
      </Marks>
    </Box>
    <Box>
      <Code>CKTU0000027</Code>
      <Count/>
      <Marks>
        <Mark>
          <No>S3</No>
        </Mark>
      </Marks>
    </Box>
  </Boxes>
  <Cars>
    <Car>
      <Chassis>OWN-77</Chassis>
      <Make>OWN</Make>
    </Car>
    <Car>
      <Chassis>OWN-78</Chassis>
      <Make>OWN</Make>
    </Car>
  </Cars>
</Let_go>
"""


@pytest.fixture(autouse=True)
def _ownland(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that knows Ownland."""
    monkeypatch.setattr(profiles, "_ADOPTED", {})
    adopt(read_profile(OWNLAND))
    return


def order_of(reading: Reading) -> ReleaseOrder:
    assert isinstance(reading.document, ReleaseOrder)
    return reading.document


def codes(data: bytes) -> set[str]:
    return {finding.code for finding in read(data).findings}


class Case(NamedTuple):
    """Replacements in a clean order that break a rule, that nearly do, and that leave it nothing to judge."""

    hit: tuple[bytes, bytes]
    near: tuple[bytes, bytes]
    missing: tuple[bytes, bytes]


EMPTY = (ORDER[ORDER.index(b"<Head>") : ORDER.index(b"</Let_go>")], b"")
NO_GOODS = (ORDER[ORDER.index(b"<Entry>") : ORDER.index(b"</Let_go>")], b"</Head>")

CASES = {
    "release-empty": Case(EMPTY, (EMPTY[0], b"<Head><Number>1</Number></Head>"), (b"R", b"R")),
    "release-subject-missing": Case(NO_GOODS, (NO_GOODS[0], b"<Bill>B</Bill></Head>"), (b"<Bill>OWNB1</Bill>", b"")),
    "release-disposition-missing": Case((b"<What>R<", b"<What> <"), (b">R<", b">E<"), (b"<Day>04/03/2026</Day>", b"")),
    "release-disposition-unknown": Case((b">R<", b">X<"), (b">R<", b"> E <"), (b">R<", b"><")),
    "release-container-number-missing": Case(
        (b"<Code>CKTU0000027</Code>", b"<Count>1</Count>"),
        (b"<Code>CKTU0000027</Code>", b"<Code>TRAILER 1</Code>"),
        (ORDER[ORDER.index(b"<Boxes>") : ORDER.index(b"<Cars>")], b""),
    ),
    "release-container-check-digit": Case(
        (b"CKTU0000011", b"CKTU0000012"), (b"CKTU0000011", b"CKTU 000001-1"), (b"CKTU0000011", b"")
    ),
    "release-container-repeated": Case((b"0000011", b"0000027"), (b"0000011", b"0000032"), (b"CKTU0000011", b"")),
    "release-vehicle-repeated": Case((b"OWN-78", b"OWN-77"), (b"OWN-78", b"OWN-7"), (b"OWN-78", b"")),
    "release-seal-repeated": Case((b"<No>S3", b"<No>S1"), (b"<No>S3", b"<No>s1"), (b"<No>S3</No>", b"<No/>")),
}


def test_an_order_of_known_tags_is_read_whole() -> None:
    reading = read(ORDER)
    order = order_of(reading)
    assert (reading.profile, reading.reference, reading.findings) == ("asycuda:ownland", "G 7", ())
    assert (order.disposition_code, order.office.code, order.issued) == ("R", "XG1", date(2026, 3, 4))
    assert order.custodian == Party(name="OWN TERMINAL")
    assert order.equipment[0] == TransportEquipment(id="CKTU0000011", packages=40, seals=(Seal(id="S1"), Seal(id="S2")))
    assert order.vehicles == (
        Vehicle(chassis_number="OWN-77", make="OWN"),
        Vehicle(chassis_number="OWN-78", make="OWN"),
    )
    assert order.references == (
        Reference("SAD", "XG1/2026/C/9"),
        Reference("BL", "OWNB1"),
        Reference("EQUIPMENT", "CKTU0000011"),
        Reference("EQUIPMENT", "CKTU0000027"),
    )


def test_it_is_written_byte_for_byte_and_as_it_changed() -> None:
    assert write(read(ORDER)) == ORDER
    order = order_of(read(ORDER))
    held = RELEASE.write(replace(order, disposition_code="E", vehicles=order.vehicles[1:]))  # type: ignore[misc]
    assert b"<What>E</What>" in held
    assert b"OWN-77" not in held


def test_an_order_of_unknown_tags_shows_its_containers_and_vehicles_by_their_numbers() -> None:
    reading = read(sample("unknown-tags"))
    order = order_of(reading)
    assert [finding.code for finding in reading.findings] == ["release-tags-unknown"]
    assert [unit.id for unit in order.equipment] == ["CKTU0000011", "CKTU0000027"]
    assert [seal.id for seal in order.equipment[0].seals] == ["OWN 1", "OWN 2"]
    assert order.vehicles == (Vehicle(chassis_number="1M8GDM9AXKP042788"),)
    assert {extension.path for extension in order.extensions} >= {"Anything", "Container[1]/Kind", "Vehicle[1]/Paint"}


def test_what_may_be_a_number_in_two_places_is_not_chosen() -> None:
    two = added(sample("unknown-tags"), "Container[1]", "<Other>CKTU0000032</Other>")
    assert order_of(read(two)).equipment == ()
    assert told(write(read(two))) == told(two)


def test_seals_without_a_container_s_number_are_kept() -> None:
    nameless = sample("unknown-tags").replace(b"<Box>CKTU0000011</Box>", b"")
    assert [unit.id for unit in order_of(read(nameless)).equipment] == ["CKTU0000027"]
    assert told(write(read(nameless))) == told(nameless)


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_the_fault_and_its_place(code: str) -> None:
    data = ORDER.replace(*CASES[code].hit, 1)
    finding = next(each for each in read(data).findings if each.code == code)
    assert "{" not in render(finding)
    assert finding.location is not None
    if "missing" not in code:
        assert parse_xml(data).getroottree().xpath(finding.location)


@pytest.mark.parametrize("code", CASES)
def test_a_rule_leaves_a_near_miss_and_a_missing_field_alone(code: str) -> None:
    assert code not in codes(ORDER.replace(*CASES[code].near, 1))
    assert code not in codes(ORDER.replace(*CASES[code].missing, 1))


def test_every_rule_is_tried_here() -> None:
    legible = {code_of(rule) for rule, _ in LEGIBILITY}
    assert set(CASES) | {"release-tags-unknown"} == {code_of(rule) for rule, _ in RULES} - legible


def test_an_order_made_here_needs_the_tags_of_its_country() -> None:
    order = ReleaseOrder(id="1", disposition_code="R", equipment=(TransportEquipment(id="CKTU0000011"),))
    with pytest.raises(SenderError) as caught:
        RELEASE.write(order)  # type: ignore[misc]
    assert caught.value.code == "release-tags-unknown"
    data = RELEASE.write(replace(order, office=CustomsOffice(code="XG1")))  # type: ignore[misc]
    again = order_of(read(data))
    assert (again.id, again.disposition_code, again.equipment) == ("1", "R", order.equipment)


def test_only_tags_that_fit_are_obeyed_on_writing() -> None:
    order = order_of(read(ORDER))
    form = next(extension for extension in order.extensions if extension.path == "#form")
    for tags in ("{", '{"fields":{"nonsense":"A"}}', '{"fields":{"id":"A","manifest":"A/B"}}', '{"seals":"a b"}'):
        with pytest.raises(SenderError, match="tags stored"):
            RELEASE.write(replace(order, extensions=(form, Extension(TAGS_PATH, tags))))  # type: ignore[misc]


def test_another_document_is_not_written_as_an_order() -> None:
    with pytest.raises(SenderError, match="release order"):
        RELEASE.write(Manifest())  # type: ignore[misc]
