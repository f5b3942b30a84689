# SPDX-License-Identifier: Apache-2.0
"""Journeys past their time limit: the enquiry into each, its answer and outcome, and fines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cocket.errors import PolicyError, SenderError
from cocket.pipeline.base.access import NotFoundError
from tests.houses import officer
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield found
    found.close()


def late(lorry: Tracked, days: int = 8) -> str:
    """A journey whose time limit was so many days ago."""
    now = datetime.now(UTC)
    line = lorry.activate(starts_at=now - timedelta(days=days + 3), time_limit=now - timedelta(days=days, hours=1))
    return line.id


def test_a_journey_past_its_limit_is_asked_after_answered_and_closed(lorry: Tracked) -> None:
    service = lorry.house.tracking.enquiries
    journey = late(lorry)
    (view,) = service.past_limit(SUPERVISOR)
    assert (view.line.id, view.days_over, view.is_due, view.enquiry) == (journey, 8, True, None)
    with pytest.raises(SenderError, match="No enquiry"):
        service.answer_enquiry(SUPERVISOR, journey, "seen at TO")
    clerk = officer(office="FROM")
    view = service.open_enquiry(clerk, journey, "office TO: was it presented?")
    assert view.enquiry is not None and view.enquiry.answer_by == (datetime.now(UTC) + timedelta(days=28)).date()
    assert (view.is_due, view.is_unanswered) == (False, False)
    view = service.answer_enquiry(clerk, journey, "it never came")
    with pytest.raises(SenderError, match="outcome"):
        service.close_enquiry(clerk, journey, "forgotten", "x")
    view = service.close_enquiry(clerk, journey, "debt", "no proof of arrival")
    assert view.enquiry is not None
    assert (view.enquiry.state, view.enquiry.outcome, view.enquiry.by) == ("closed", "debt", clerk.id)
    assert len(lorry.built.bodies("transit-enquiry")) == 3


def test_who_may_not_and_what_is_not_due(lorry: Tracked) -> None:
    service = lorry.house.tracking.enquiries
    journey = late(lorry, days=2)
    assert [(one.days_over, one.is_due) for one in service.past_limit(SUPERVISOR)] == [(2, False)]
    assert service.past_limit(officer(office="ELSEWHERE")) == ()
    with pytest.raises(NotFoundError):
        service.open_enquiry(officer(office="ELSEWHERE"), journey, "where is it?")
    with pytest.raises(PolicyError):
        service.open_enquiry(officer(office="TO"), journey, "where is it?")
    with pytest.raises(SenderError, match="asked"):
        service.open_enquiry(SUPERVISOR, journey, " ")
    fresh = lorry.activate(reference="26XX000000000002T1", devices=("dev-2",)).id
    with pytest.raises(SenderError, match="not past"):
        service.open_enquiry(SUPERVISOR, fresh, "where is it?")
    lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, journey, "came after all")
    assert service.past_limit(SUPERVISOR) == ()


def test_a_fine_is_imposed_and_settled_by_a_supervisor_and_stays_on_record(lorry: Tracked) -> None:
    service = lorry.house.tracking.enquiries
    journey = late(lorry)
    with pytest.raises(PolicyError):
        service.impose_fine(officer(office="FROM"), journey, Decimal(2500), "USD", "lost seal")
    for amount, currency in ((Decimal(0), "USD"), (Decimal("NaN"), "USD"), (Decimal(1), "DOLLAR")):
        with pytest.raises(SenderError, match="amount above 0"):
            service.impose_fine(SUPERVISOR, journey, amount, currency, "lost seal")
    service.impose_fine(SUPERVISOR, journey, Decimal(2500), "usd", "lost seal")
    view = service.impose_fine(SUPERVISOR, journey, Decimal(100), "USD", "eight days late")
    assert view.enquiry is not None
    assert [(one.amount, one.currency, one.state) for one in view.enquiry.fines] == [
        (2500, "USD", "imposed"),
        (100, "USD", "imposed"),
    ]
    view = service.settle_fine(SUPERVISOR, journey, 2, "waived", "the road was closed")
    with pytest.raises(SenderError, match="settled"):
        service.settle_fine(SUPERVISOR, journey, 2, "paid", "receipt 1")
    with pytest.raises(NotFoundError):
        service.settle_fine(SUPERVISOR, journey, 3, "paid", "receipt 1")
    lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, journey, "came after all")
    (view,) = service.past_limit(SUPERVISOR)  # its fines keep it in the list
    assert view.enquiry is not None and [one.state for one in view.enquiry.fines] == ["imposed", "waived"]
