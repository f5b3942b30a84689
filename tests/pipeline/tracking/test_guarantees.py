# SPDX-License-Identifier: Apache-2.0
"""The ledger of guarantees over a real database: locked at activation, released at discharge, refused when exhausted."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cocket.errors import PolicyError, SenderError
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.tracking.guarantees import GUARANTEE_FILE, NewGuarantee
from tests.houses import officer
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked

NUMBER = "26XX1234567890AB1"


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield found
    found.close()


def register(lorry: Tracked, **fields: Any) -> None:
    usual: dict[str, Any] = {
        "reference": "26XX 1234567890AB 1",
        "type": "comprehensive",
        "holder": "ACME",
        "guarantor": "BANK",
        "reference_amount": Decimal(20_000),
        "currency": "eur",
    }
    lorry.house.tracking.guarantees.register_guarantee(SUPERVISOR, NewGuarantee(**usual | fields))


def left(lorry: Tracked) -> Decimal:
    return lorry.house.tracking.guarantees.guarantee(SUPERVISOR, NUMBER).left


def test_a_journey_locks_its_guarantee_and_its_discharge_releases_it(lorry: Tracked) -> None:
    register(lorry)
    line = lorry.activate(guarantee=NUMBER)
    assert left(lorry) == 7_500
    with pytest.raises(SenderError) as refused:
        lorry.activate(reference="26XX000000000002T1", devices=("dev-2",), guarantee=NUMBER)
    assert [(one.code, one.found) for one in refused.value.findings] == [("guarantee-exhausted", "7500 EUR")]
    assert lorry.house.tracking.journeys.journeys(SUPERVISOR).lines == (line,)  # nothing began
    lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, line.id, "seals whole")
    view = lorry.house.tracking.guarantees.guarantee(SUPERVISOR, NUMBER)
    assert (view.left, view.guarantee.released, view.guarantee.released_amount) == (20_000, 1, 12_500)
    assert len(lorry.built.bodies(GUARANTEE_FILE)) == 3
    assert lorry.built.house.operations.health is not None


def test_what_the_ledger_refuses_is_overridden_by_a_supervisor_with_a_reason_alone(lorry: Tracked) -> None:
    register(lorry, reference_amount=Decimal(1_000))
    clerk = officer()
    with pytest.raises(SenderError, match="does not secure"):
        lorry.activate(guarantee=NUMBER)
    with pytest.raises(PolicyError):
        lorry.activate(clerk, guarantee=NUMBER, guarantee_override="the bank agreed by telephone")
    lorry.activate(guarantee=NUMBER, guarantee_override="the bank agreed by telephone")
    view = lorry.house.tracking.guarantees.guarantee(SUPERVISOR, NUMBER)
    assert (view.left, view.guarantee.usages[0].override) == (-11_500, "exhausted: the bank agreed by telephone")


@pytest.mark.parametrize(
    ("fields", "journey", "code"),
    [
        ({}, {"guarantee": "26XX0000000000000"}, "guarantee-unknown"),
        ({}, {"guarantee_currency": "KES"}, "guarantee-currency"),
        ({}, {"guarantee_amount": None, "guarantee_currency": None}, "guarantee-currency"),
        ({"reference_amount": Decimal(12_499)}, {}, "guarantee-exhausted"),
    ],
)
def test_what_a_guarantee_does_not_secure_does_not_begin(
    lorry: Tracked, fields: dict[str, Any], journey: dict[str, Any], code: str
) -> None:
    register(lorry, **fields)
    with pytest.raises(SenderError) as refused:
        lorry.activate(**{"guarantee": NUMBER} | journey)
    assert [one.code for one in refused.value.findings] == [code]


def test_a_guarantee_is_suspended_restored_cancelled_and_claimed_with_a_reason(lorry: Tracked) -> None:
    register(lorry)
    ledger = lorry.house.tracking.guarantees
    line = lorry.activate(guarantee=NUMBER)
    with pytest.raises(SenderError, match="reason"):
        ledger.claim_guarantee(SUPERVISOR, NUMBER, line.reference, Decimal(500), " ")
    with pytest.raises(SenderError, match="at most"):
        ledger.claim_guarantee(SUPERVISOR, NUMBER, line.reference, Decimal(12_501), "not presented")
    with pytest.raises(SenderError, match="decimal places"):
        ledger.claim_guarantee(SUPERVISOR, NUMBER, line.reference, Decimal("0.001"), "not presented")
    ledger.claim_guarantee(SUPERVISOR, NUMBER, line.reference, Decimal(500), "not presented")
    lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, line.id, "late")
    assert left(lorry) == 7_500  # what is claimed stays
    found = ledger.guarantees(SUPERVISOR, "bank")
    assert [(one.who, one.claimed, one.exposure) for one in found.by_guarantor] == [("BANK", 500, 12_500)]
    ledger.claim_guarantee(SUPERVISOR, NUMBER, line.reference, Decimal(0), "was paid")
    assert left(lorry) == 20_000
    assert ledger.change_guarantee(SUPERVISOR, NUMBER, "suspend", "bank under review").guarantee.state == "suspended"
    with pytest.raises(SenderError, match="suspended"):
        ledger.change_guarantee(SUPERVISOR, NUMBER, "suspend", "again")
    ledger.change_guarantee(SUPERVISOR, NUMBER, "restore", "cleared")
    ledger.change_guarantee(SUPERVISOR, NUMBER, "cancel", "bank withdrew")
    with pytest.raises(SenderError, match="cancelled"):
        ledger.change_guarantee(SUPERVISOR, NUMBER, "restore", "again")
    with pytest.raises(PolicyError):
        ledger.change_guarantee(officer(), NUMBER, "restore", "again")
    with pytest.raises(NotFoundError):
        ledger.guarantee(SUPERVISOR, "26XX0000000000000")


def test_two_journeys_never_share_the_same_room(lorry: Tracked) -> None:
    register(lorry)

    def begin(number: int) -> bool:
        try:
            lorry.activate(reference=f"26XX00000000001{number}T1", devices=(f"dev-{number}",), guarantee=NUMBER)
        except SenderError as error:
            assert error.code == "guarantee-refused"
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(begin, (1, 2))) == [False, True]
    assert left(lorry) == 7_500


def test_what_is_registered_must_hold(lorry: Tracked) -> None:
    wrong = (
        {"reference": "!"},
        {"holder": " "},
        {"guarantor": ""},
        {"type": "waiver"},
        {"reference_amount": Decimal(0)},
        {"reference_amount": Decimal("NaN")},
        {"reference_amount": Decimal("20.001")},
        {"currency": "EURO"},
    )
    for fields in wrong:
        with pytest.raises(SenderError) as refused:
            register(lorry, **fields)
        assert len(refused.value.findings) == 1, fields
    register(lorry)
    with pytest.raises(SenderError, match="of that number"):
        register(lorry)
    with pytest.raises(PolicyError):
        lorry.house.tracking.guarantees.register_guarantee(
            officer(),
            NewGuarantee(reference="X123", type="waiver", holder="A", reference_amount=Decimal(1), currency="EUR"),
        )


def test_journeys_of_other_offices_are_amounts_alone(lorry: Tracked) -> None:
    register(lorry)
    lorry.activate(guarantee=NUMBER)
    ledger = lorry.house.tracking.guarantees
    (near,) = ledger.guarantee(officer(office="FROM"), NUMBER).guarantee.usages
    assert near.reference == "26XX000000000001T1"
    (far,) = ledger.guarantees(officer(office="ELSEWHERE")).guarantees[0].guarantee.usages
    assert (far.journey, far.reference, far.by, far.amount) == ("", "", "", 12_500)
