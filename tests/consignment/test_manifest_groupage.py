# SPDX-License-Identifier: Apache-2.0
"""Masters and houses, and containers that stand on several bills."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from cocket.consignment import Paper
from cocket.consignment.manifest_control import (
    CARGO_CHECKS,
    CHECKS,
    BillKey,
    counts_of,
    totals_of,
)
from cocket.model import (
    BillOfLading,
    Declaration,
    Manifest,
    Movement,
    Packaging,
    Reference,
    TransportEquipment,
)
from tests.consignment.making import BOX, OTHER_BOX, bill, box, paper
from tests.consignment.test_manifest_control import (
    LATE,
    SOON,
    codes,
    controlled,
    declared,
    state,
    whole,
)

MASTER = bill("MASTER0001", level="master", packaging=(Packaging(quantity=20),), gross_mass_kg=Decimal(2000))


def house(number: str, packages: int = 10, **fields: Any) -> BillOfLading:
    given = {"level": "house", "master_id": "MASTER0001", "packaging": (Packaging(quantity=packages),)}
    return bill(number, **{**given, "gross_mass_kg": Decimal(packages * 100), **fields})


def test_masters_and_houses_are_one_consolidation() -> None:
    found = controlled(whole(MASTER, house("HOUSE00001"), house("HOUSE00002")), declared("HOUSE00001"))
    assert found.accounts[BillKey("MASTER0001")].packages_written == 10
    states = [
        state(found, "MASTER0001"),
        state(found, "HOUSE00001", is_house=True),
        state(found, "HOUSE00002", is_house=True),
    ]
    assert states == ["partly", "closed", "open"]
    assert found.every_finding == ()


def test_a_degroupage_adds_its_houses_under_the_master() -> None:
    houses = (bill("HOUSE00001"), bill("HOUSE00002"))
    parted = whole(*houses, index=1, manifest={"kind": "degroupage", "master_id": "MASTER0001"})
    found = controlled(whole(MASTER), parted)
    assert found.accounts[BillKey("MASTER0001")].houses == (BillKey("HOUSE00001", True), BillKey("HOUSE00002", True))


def test_houses_that_do_not_add_up_to_their_master() -> None:
    found = controlled(whole(MASTER, house("HOUSE00001"), house("HOUSE00002", 7)))
    assert codes(found, "MASTER0001") == ["master-houses-differ", "master-houses-differ"]
    assert [finding.found for finding in found.every_finding] == ["17 packages", "1700 kg"]


def test_a_house_that_does_not_say_is_not_held_against_its_master() -> None:
    found = controlled(whole(MASTER, house("HOUSE00001"), house("HOUSE00002", packaging=(), gross_mass_kg=None)))
    assert codes(found, "MASTER0001") == []


def test_a_house_under_a_master_that_is_not_there() -> None:
    assert codes(controlled(whole(house("HOUSE00001"))), "HOUSE00001", is_house=True) == ["house-without-master"]


def test_a_master_declared_whole_closes_its_houses() -> None:
    found = controlled(whole(MASTER, house("HOUSE00001"), house("HOUSE00002")), declared("MASTER0001", 20), now=LATE)
    assert (state(found, "HOUSE00001", is_house=True), found.every_finding) == ("closed", ())


def test_a_master_declared_beside_its_houses() -> None:
    papers = (
        whole(MASTER, house("HOUSE00001"), house("HOUSE00002")),
        declared("MASTER0001", 20),
        declared("HOUSE00001", index=2),
    )
    assert codes(controlled(*papers), "MASTER0001") == ["master-used-beside-houses"]


def test_a_house_may_bear_its_masters_number() -> None:
    found = controlled(whole(MASTER, house("MASTER0001", 20)), declared("MASTER0001", 20))
    assert len(found.accounts) == 2
    assert found.every_finding == ()


def test_a_container_of_a_house_that_its_master_does_not_have() -> None:
    found = controlled(whole(MASTER, house("HOUSE00001", 20, equipment=(box(OTHER_BOX),))))
    assert codes(found, "HOUSE00001", is_house=True) == ["container-not-on-master"]


def test_a_container_on_two_bills_that_are_not_one_consolidation() -> None:
    found = controlled(whole(bill(), bill("TSTB0100008")))
    assert codes(found) == codes(found, "TSTB0100008") == ["container-on-two-bills"]
    assert {finding.severity for finding in found.every_finding} == {"warning"}


def test_groupage_that_says_so_is_only_told() -> None:
    shared = (TransportEquipment(id=BOX, fullness_code="LCL"),)
    found = controlled(whole(bill(equipment=shared), bill("TSTB0100008", equipment=shared)))
    assert {finding.severity for finding in found.every_finding} == {"info"}


def test_a_container_of_one_consolidation_stands_on_master_and_houses() -> None:
    found = controlled(whole(MASTER, house("HOUSE00001"), house("HOUSE00002")))
    assert found.every_finding == ()


def test_a_container_with_another_seal_on_another_bill() -> None:
    found = controlled(whole(MASTER, house("HOUSE00001", 20, equipment=(box(BOX, "S2"),))))
    assert codes(found, "HOUSE00001", is_house=True) == ["seal-on-bills-differs"]
    found = controlled(whole(MASTER, house("HOUSE00001", 20, equipment=(box(BOX),))))
    assert found.every_finding == ()


def landing(*boxes: str, arrived: datetime | None = SOON) -> Paper:
    names = (Reference("BL", "TSTB0100007"), *(Reference("EQUIPMENT", one) for one in boxes))
    return paper(Movement(arrived=arrived, references=names), 3)


def test_containers_reported_landed_under_a_bill() -> None:
    two = bill(equipment=(box(BOX, "S1"), box(OTHER_BOX)))
    assert codes(controlled(whole(two), landing(BOX, OTHER_BOX), now=LATE, undeclared_days=90)) == []
    assert codes(controlled(whole(two), landing(BOX), now=LATE, undeclared_days=90)) == ["container-not-landed"]
    assert codes(controlled(whole(two), landing(BOX), now=SOON)) == []
    assert codes(controlled(whole(two), landing(BOX, arrived=None), now=LATE, undeclared_days=90)) == []


def test_a_container_landed_that_the_bill_does_not_have() -> None:
    assert codes(controlled(whole(), landing(BOX, OTHER_BOX))) == ["container-landed-not-manifested"]


# The whole


def test_counts_and_totals() -> None:
    found = controlled(whole(bill(), bill("TSTB0100008", equipment=())), declared(packages=12), now=LATE)
    assert counts_of(found) == {"bills": 2, "open": 1, "partly": 0, "closed": 0, "over": 1, "overdue": 1, "findings": 2}
    assert totals_of(found) == (12, Decimal(1200))


def test_every_check_has_a_text_and_a_source_and_none_refuses() -> None:
    for check in (*CHECKS, *CARGO_CHECKS):
        text, _, source = (check.__doc__ or "").partition("Source:")
        assert text.strip().split("\n\n")[0].endswith(".")
        assert len(source.strip()) > 10, check.__name__


def test_a_paper_of_another_kind_does_no_harm() -> None:
    assert controlled(whole(), paper(None, 4), paper(Declaration(), 5), paper(Manifest(), 6)).every_finding == ()
