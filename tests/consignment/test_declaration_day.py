# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cocket.consignment import DeclarationDay, declaration_day, period_of
from cocket.model import Declaration
from cocket.model.declaration import HostStatus

RECEIVED = datetime(2026, 11, 30, 12, tzinfo=UTC)
REGISTERED = HostStatus(registration="C 1 2026-10-03", registered=date(2026, 10, 3))
ACCEPTED = datetime(2026, 10, 4, 1, tzinfo=timezone(timedelta(hours=3)))
ISSUED = datetime(2026, 10, 2, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("declaration", "day"),
    [
        (Declaration(status=REGISTERED, accepted=ACCEPTED, issued=ISSUED), (date(2026, 10, 3), "registered")),
        (Declaration(accepted=ACCEPTED, issued=ISSUED), (date(2026, 10, 4), "accepted")),
        (Declaration(status=HostStatus(), issued=ISSUED), (date(2026, 10, 2), "issued")),
        (Declaration(), (date(2026, 11, 30), "received")),
        (Declaration(status=HostStatus()), (date(2026, 11, 30), "received")),
        (Declaration(status=HostStatus(registration="C 1 ")), None),
    ],
)
def test_the_day_is_that_of_registration_else_acceptance_else_submission(
    declaration: Declaration, day: tuple[date, str] | None
) -> None:
    told = declaration_day(declaration, RECEIVED)
    assert (told and (told.day, told.basis)) == day


def test_without_a_receipt_a_declaration_without_a_date_has_no_day() -> None:
    assert declaration_day(Declaration()) is None


def test_what_has_no_day_or_one_to_come_counts_in_no_period_and_is_counted() -> None:
    today = date(2026, 11, 30)
    days = {"a": date(2026, 10, 1), "b": date(2026, 10, 31), "c": date(2026, 11, 1), "d": date(2026, 12, 1), "e": today}
    told = [(name, DeclarationDay(day=day, basis="issued")) for name, day in days.items()]
    period = period_of([*told, ("f", None)], date(2026, 10, 1), date(2026, 10, 31), today)
    assert (list(period.days), period.bases, period.undated, period.future) == (["a", "b"], {"issued": 2}, 1, 1)
    assert list(period_of(told, None, None, today).days) == ["a", "b", "c", "e"]
