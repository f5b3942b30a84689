# SPDX-License-Identifier: Apache-2.0
"""Each office has its own hours; those without have the ones that are asked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from cocket.control import Office, OfficeBook
from cocket.control.offices import office_of, read_offices, write_offices
from cocket.errors import SettingsError
from cocket.trials.release import Calendars


def test_an_office_with_hours_of_its_own_is_not_measured_by_those_of_others() -> None:
    book = OfficeBook(
        offices=(Office(code="A", hours="06:00-22:00"), Office(code="B"), Office(code="C", hours="00:00-24:00"))
    )
    calendars = Calendars(read_offices(write_offices(book)), UTC, (time(8), time(17)))
    start = datetime(2026, 10, 5, 0, 0, tzinfo=UTC)
    day = start + timedelta(days=1)
    assert [calendars.of(one).between(start, day) / timedelta(hours=1) for one in "ABCD"] == [16, 9, 24, 9]


@pytest.mark.parametrize("hours", ["17:00-08:00", "morning", "08:00", "08:00-08:00"])
def test_hours_that_are_none_are_refused_in_words(hours: str) -> None:
    with pytest.raises(SettingsError, match="08:00-17:00"):
        office_of({"hours": hours, "weekdays": "12345"}, "A")
    assert office_of({"hours": " 08:00 – 17:00 ", "weekdays": "12345"}, "A").hours == "08:00-17:00"


def test_a_calendar_that_cannot_be_names_the_office() -> None:
    with pytest.raises(SettingsError, match="The office XA2 is not valid: an office is open on at least one day"):
        read_offices(b'{"offices":[{"code":"XA1"},{"code":"XA2","weekdays":[]}]}')
