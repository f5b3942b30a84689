# SPDX-License-Identifier: Apache-2.0
"""The calendar by itself: the earliest slot all can attend, who takes a place, and what the trader is told of each step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from cocket.control.appointments import (
    Appointment,
    Move,
    Slot,
    at_slot,
    earliest,
    months,
    settled,
    slot_id,
    state_of_appointment,
    suits,
)

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
STEP = Move(at=NOW)
OFFICE = "XAPRT001"


def slot(hours: float, places: int = 1, office: str = OFFICE, closed: bool = False, **agencies: int) -> Slot:
    begins = NOW + timedelta(hours=hours)
    return Slot(
        id=slot_id(office, begins), office=office, begins=begins, ends=begins + timedelta(hours=1), places=places,
        agencies=agencies, is_closed=closed, by="sione",
    )  # fmt: skip


def wanted(consignment: str = "c1", *agencies: str) -> Appointment:
    return Appointment(consignment=consignment, office=OFFICE, agencies=agencies, state="waiting", by="pat")


def test_the_earliest_slot_is_one_that_all_can_attend_at_its_office_and_with_notice() -> None:
    slots = [
        slot(1, PLANT=1, VET=1), slot(3, PLANT=1), slot(4, PLANT=1, VET=1, closed=True), slot(5, office="XBPRT002", PLANT=1, VET=1),
        slot(9, PLANT=1, VET=1), slot(7, PLANT=1, VET=1),
    ]  # fmt: skip
    found = earliest(slots, wanted("c1", "PLANT", "VET"), [], NOW + timedelta(hours=2))
    assert found is not None and found.begins == NOW + timedelta(hours=7)
    alone = earliest(slots, wanted("c1", "PLANT"), [], NOW + timedelta(hours=2))
    assert alone is not None and alone.begins == NOW + timedelta(hours=3)
    assert earliest(slots, wanted("c1", "HEALTH"), [], NOW) is None


def test_a_slot_has_places_and_each_agency_attends_no_more_than_it_said() -> None:
    wide = slot(3, places=3, PLANT=1, VET=3)
    one = at_slot(wanted("c1", "PLANT"), wide, STEP)
    assert not suits(wide, ("PLANT",), [one]) and suits(wide, ("VET",), [one])
    over = msgspec.structs.replace(one, state="kept")
    assert suits(wide, ("PLANT",), [over]), "what is over takes no place"
    full = [at_slot(wanted(f"c{number}", "VET"), wide, STEP) for number in range(3)]
    assert not suits(wide, ("VET",), full)


def test_a_second_agency_joins_the_appointment_and_the_last_that_leaves_ends_it() -> None:
    slots = [slot(3, PLANT=1), slot(5, PLANT=1, VET=1)]
    first = settled(wanted(), ["PLANT"], (slots, []), STEP, "pat")
    assert (first.state, first.told, first.slot) == ("set", "set", slots[0].id)
    both = settled(first, ["VET", "PLANT"], (slots, [first]), STEP, "vic")
    assert (both.told, both.slot, both.agencies) == ("moved", slots[1].id, ("PLANT", "VET"))
    one = settled(both, ["VET"], (slots, [both]), STEP, "pat")
    assert (one.told, one.slot) == ("", slots[1].id), "it keeps its time, and nobody is troubled"
    assert settled(one, ["VET"], (slots, [one]), STEP, "x") == one
    none = settled(one, [], (slots, [one]), STEP, "vic")
    assert (none.state, none.told, none.agencies) == ("cancelled", "cancelled", ())
    assert state_of_appointment(none) == "cancelled 2026-12"
    again = settled(none, ["VET"], (slots, []), STEP, "vic")
    assert (again.state, again.told) == ("set", "set")


def test_what_no_slot_suits_waits_and_tells_nothing_until_one_does() -> None:
    waits = settled(wanted(), ["PLANT", "VET"], ([slot(3, PLANT=1)], []), STEP, "pat")
    assert (waits.state, waits.told, waits.slot) == ("waiting", "", "")
    assert settled(waits, ["PLANT", "VET"], ([slot(3, PLANT=1)], [waits]), STEP, "pat") == waits
    found = settled(waits, ["PLANT", "VET"], ([slot(3, PLANT=1, VET=1)], [waits]), STEP, "pat")
    assert (found.state, found.told) == ("set", "set")


def test_an_appointment_that_has_begun_stays_until_somebody_says_how_it_went() -> None:
    known = at_slot(wanted("c1", "PLANT"), slot(3, PLANT=1), STEP)
    later = Move(at=NOW + timedelta(hours=3, minutes=20))
    assert settled(known, ["PLANT"], ([slot(3, PLANT=1), slot(9, PLANT=1)], [known]), later, "x") == known
    kept = msgspec.structs.replace(known, state="kept")
    assert settled(kept, [], ([], []), later, "x") == kept
    assert settled(kept, ["PLANT"], ([slot(9, PLANT=1)], []), later, "x") == kept
    more = settled(kept, ["PLANT", "VET"], ([slot(9, PLANT=1, VET=1)], []), later, "x")
    assert more.state == "set" and more.told == "set"


def test_months_are_those_between_two_moments() -> None:
    assert months(datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)) == (
        "2026-11",
        "2026-12",
        "2027-01",
    )
