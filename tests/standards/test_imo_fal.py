# SPDX-License-Identifier: Apache-2.0
"""FAL forms: ship, port and goods reach the model, people do not; what is told of bad forms names nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from cocket import standards
from cocket.findings import render
from cocket.model import Declaration, Manifest, Movement, Reference, Seal, TransportEquipment, TransportMeans
from cocket.standards import ConvertOptions, convert

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SHIP = TransportMeans(
    id="9074729", id_type_code="IMO", name="Alpha Star", mode_code="1", nationality_code="XA", voyage="417E"
)
ARRIVES = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
NAMES = ("general", "cargo", "stores", "effects", "crew", "passengers", "dangerous-goods")


def sample(name: str) -> Any:
    path = next((SAMPLES / f"fal-{name}").glob("*.json"))
    return json.loads(path.read_bytes())


def read(value: Any) -> Any:
    return standards.read(json.dumps(value).encode())


def told(value: Any) -> list[tuple[str, str, str | None]]:
    """Severity, code and location of the findings."""
    return [(each.severity, each.code.removeprefix("fal-"), each.location) for each in read(value).findings]


@pytest.mark.parametrize("name", NAMES)
def test_every_form_is_accepted_and_written_as_it_was(name: str) -> None:
    found = read(sample(name))
    assert (found.standard, found.outcome, found.findings) == (f"fal-{name}", "accepted", ())
    assert json.loads(standards.write(found.document, f"fal-{name}")) == sample(name)


def test_a_general_declaration_tells_of_ship_port_and_agent() -> None:
    document = read(sample("general")).document
    assert isinstance(document, Declaration)
    assert document.shipment.border_transport == SHIP and document.shipment.expected_arrival == ARRIVES
    assert (document.shipment.unloading_place, document.shipment.loading_place) == ("XBBTP", None)
    assert document.declarant is not None and document.declarant.name == "Harbour Agents"
    assert document.references == (Reference("LRN", "XB-FAL1-0417"), Reference("DOCUMENT", "XBBTP-2026-0417"))


def test_a_cargo_declaration_is_a_manifest() -> None:
    document = read(sample("cargo")).document
    assert isinstance(document, Manifest) and document.transport == SHIP
    assert (document.departure_place, document.destination_place, document.arrival_time) == ("XAALT", "XBBTP", "05:30")
    tea, boiler = document.bills
    assert tea.equipment == (TransportEquipment(id="CSQU3054383", type_code="22G1", seals=(Seal(id="SEAL000417"),)),)
    assert tea.packaging[0].marks == "TEA 1-400" and tea.hs_codes == ("090240",)
    assert boiler.unloading_place == "XBNXT" and boiler.gross_mass_kg == Decimal(8400)


def test_dangerous_goods_say_so_in_the_bill() -> None:
    document = read(sample("dangerous-goods")).document
    assert isinstance(document, Manifest)
    assert (document.departure_place, str(document.departed), document.arrives) == ("XBBTP", "2026-11-26", None)
    paint, batteries = document.bills
    assert paint.information == ("UN 1263, class 3, packing group III",) and paint.equipment[0].id == "CSQU3054383"
    assert batteries.information == ("UN 2794, class 8",)


def test_stores_and_effects_are_goods() -> None:
    stores = read(sample("stores")).document
    whisky = stores.shipment.items[0].commodity
    assert (whisky.description, whisky.supplementary[0].quantity, whisky.supplementary[0].unit_code) == (
        "Whisky",
        12,
        "LTR",
    )
    effects = read(sample("effects")).document
    assert [item.commodity.description for item in effects.shipment.items] == ["Cigarettes", "Spirits"]


@pytest.mark.parametrize(("name", "people"), [("crew", "crew"), ("passengers", "passengers")])
def test_of_people_the_model_has_the_number_and_nothing_else(name: str, people: str) -> None:
    document = read(sample(name)).document
    assert isinstance(document, Movement)
    assert document.statuses == ((people, "2"),) and document.transport == SHIP and document.arrived == ARRIVES
    assert [each.path for each in document.extensions if "persons" in each.path] == ["/persons"]


@pytest.mark.parametrize("name", ["crew", "passengers", "effects"])
def test_no_name_of_a_person_is_drawn(name: str) -> None:
    document = read(sample(name)).document
    drawn = msgspec.json.encode(structs.replace(document, extensions=())).decode()
    for person in sample(name)["persons"]:
        for member in ("familyName", "givenNames", "documentNumber", "birthDate", "birthPlace"):
            assert person.get(member, "-none-") not in drawn


@pytest.mark.parametrize(
    ("name", "change", "finding"),
    [
        ("general", lambda f: f["ship"].update(imoNumber="9074728"), ("warning", "ship", "/ship/imoNumber")),
        ("general", lambda f: (f["ship"].pop("imoNumber"), f["ship"].pop("callSign")), ("error", "missing", "/ship")),
        ("general", lambda f: f.pop("lastPort"), ("error", "port-missing", "/lastPort")),
        ("general", lambda f: f.pop("crewCount"), ("error", "missing", "/crewCount")),
        ("general", lambda f: f.update(port="Betaport"), ("error", "location", "/port")),
        ("general", lambda f: f.update(movement="stay"), ("error", "code", "/movement")),
        (
            "cargo",
            lambda f: f["consignments"][0]["containers"][0].update(id="CSQU3054384"),
            ("warning", "equipment", "/consignments/0/containers/0/id"),
        ),
        ("cargo", lambda f: f.update(consignmentCount=1), ("error", "miscounted", "/consignmentCount")),
        (
            "cargo",
            lambda f: f["consignments"][1].pop("description"),
            ("error", "missing", "/consignments/1/description"),
        ),
        ("stores", lambda f: f["stores"][1].update(quantity=-1), ("error", "range", "/stores/1/quantity")),
        ("effects", lambda f: f["persons"][1].update(number=3), ("error", "sequence", "/persons/1/number")),
        ("crew", lambda f: f["persons"][0].update(nationality="Alpha"), ("error", "country", "/persons/0/nationality")),
        (
            "crew",
            lambda f: f["persons"][0].update(birthDate="2099-01-01"),
            ("error", "birth-date", "/persons/0/birthDate"),
        ),
        (
            "crew",
            lambda f: f["persons"][1].update(documentExpiry="2026-11-01"),
            ("warning", "document-expired", "/persons/1/documentExpiry"),
        ),
        ("crew", lambda f: f.update(persons=[]), ("error", "count", "/persons")),
        (
            "passengers",
            lambda f: f["persons"][1].update(documentNumber="G100"),
            ("warning", "person-repeated", "/persons/1/documentNumber"),
        ),
        ("passengers", lambda f: f["persons"][1].pop("embarked"), ("error", "missing", "/persons/1/embarked")),
        (
            "passengers",
            lambda f: f["persons"][1].update(isInTransit="yes"),
            ("error", "type", "/persons/1/isInTransit"),
        ),
        (
            "dangerous-goods",
            lambda f: f["consignments"][0].pop("flashPoint"),
            ("warning", "flash-point", "/consignments/0/flashPoint"),
        ),
        (
            "dangerous-goods",
            lambda f: f["consignments"][0].update(netMass=17000),
            ("warning", "net-mass", "/consignments/0/netMass"),
        ),
        (
            "dangerous-goods",
            lambda f: f["consignments"][1].update(unNumber="2915"),
            ("error", "radioactive", "/consignments/1/hazardClass"),
        ),
        (
            "dangerous-goods",
            lambda f: f["consignments"][1].update(unNumber="UN27"),
            ("error", "pattern", "/consignments/1/unNumber"),
        ),
        (
            "dangerous-goods",
            lambda f: f["consignments"][1].update(hazardClass="10"),
            ("error", "pattern", "/consignments/1/hazardClass"),
        ),
    ],
)
def test_what_is_wrong_with_a_form_is_told_where_it_is(
    name: str, change: Callable[[dict[str, Any]], object], finding: tuple[str, str, str]
) -> None:
    value = sample(name)
    change(value)
    assert finding in told(value)
    assert told(sample(name)) == []


def test_a_rule_on_people_quotes_none_of_them() -> None:
    value = sample("passengers")
    value["persons"][1].update(documentNumber="G100", birthDate="2099-01-01", documentExpiry="2020-01-01")
    findings = read(value).findings
    assert {each.code for each in findings} == {"fal-person-repeated", "fal-birth-date", "fal-document-expired"}
    said = " ".join(render(each) + str(each.found) for each in findings)
    assert "G100" not in said and "2099-01-01" not in said and "2020-01-01" not in said


def test_a_cargo_declaration_goes_to_a_manifest_of_a_host_and_back() -> None:
    data = json.dumps(sample("cargo")).encode()
    there = convert(data, "asycuda-awmds", ConvertOptions(partial=True))
    assert there.message is not None
    back = convert(there.message, "fal-cargo", ConvertOptions(partial=True))
    assert back.message is not None
    tea = json.loads(back.message)["consignments"][0]
    assert tea["document"] == "ALPB2026001" and tea["containers"][0]["seals"] == ["SEAL000417"]
