# SPDX-License-Identifier: Apache-2.0
"""Consignments whose last stamp is missing wait without end: how old they are, and what those took that ended, stands beside."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from cocket.cli.commands.trs import lines_of
from cocket.languages import ENGLISH
from cocket.trials.release import Calendars, ClockPair, Collected, Study, collect, published, read_stamps
from cocket.trials.release.page import write_page
from cocket.workbench.trials.release_labels import write_csv
from cocket.workbench.trials.release_pdf import write_published
from tests.trials.release.world import BOOK, ZONE

FIRST = datetime(2026, 10, 5, 6, tzinfo=UTC)


def study(missing: int, waiting: int = 0) -> Study:
    """300 consignments of 1 to 30 hours; of `missing` the gate gave no stamp, `waiting` more came an hour ago."""
    as_of = FIRST + timedelta(days=40)
    rows = [("consignment", "kind", "at", "source", "office", "lane", "trader")]
    for number in range(300 + waiting):
        arrival = as_of - timedelta(hours=1) if number >= 300 else FIRST + timedelta(hours=number)
        gate = arrival + timedelta(hours=1 + number % 30)
        told = {"arrival": arrival, "lodgement": arrival} | ({"gate-out": gate} if missing <= number < 300 else {})
        rows += [
            (f"C{number}", kind, f"{at:%Y-%m-%dT%H:%M:%S}Z", "host", "XAPRT", "green", f"T{number % 9}")
            for kind, at in told.items()
        ]
    made = read_stamps("\n".join(map(",".join, rows)).encode(), ZONE)
    assert not made.problems
    days = date(2026, 10, 1), date(2026, 11, 30)
    return collect(made.cases, Collected(days, as_of, Calendars(BOOK, ZONE))).study("lane")


def test_ages_of_those_that_wait_and_times_of_those_that_ended_stand_beside() -> None:
    found = study(missing=23).whole.of("arrival-gate-out")
    assert found is not None
    assert (found.timed, found.open, found.open_over_p95, found.open_over_longest) == (277, 23, 23, 23)
    assert found.elapsed[-1] is None, "as before: those without a stamp count as waiting"
    took = sorted(1 + number % 30 for number in range(23, 300))
    assert found.ended == tuple(3600.0 * took[-(-len(took) * share // 100) - 1] for share in (50, 75, 90, 95))
    assert found.is_doubtful


def test_those_that_came_an_hour_ago_make_nobody_doubt() -> None:
    found = study(missing=0, waiting=40).whole.of("arrival-gate-out")
    assert found is not None
    assert (found.open, found.open_over_p95, found.open_over_longest, found.is_doubtful) == (40, 0, 0, False)
    few = study(missing=15).whole.of("arrival-gate-out")
    assert few is not None and few.open_over_longest == 15 and not few.is_doubtful, (
        "5 of 100 are not more than 5 of 100"
    )


def test_every_form_says_so_and_says_that_a_clock_seems_wrong() -> None:
    clock = ClockPair(first="gate", second="host", steps=40, offset=29 * 86_400.0, spread=60.0, is_clock=True)
    made = msgspec.structs.replace(study(missing=23), clocks=(clock,))
    told = "\n".join(lines_of(made))
    assert "Arrival to the gate: 23 of 300 wait longer than any that has ended. Their stamps may be missing" in told
    assert "of the waiting 23 longer than P95 of the ended, 23 longer than any; of the ended alone P50 " in told
    page = write_page(published(made), "Customs")
    assert "23 of 300 wait longer than any that has ended" in page
    assert "Longer than any that ended" in page
    assert "A clock seems wrong: host is 696:00 h later than gate on 40 steps" in page
    row = next(one for one in csv.DictReader(io.StringIO(write_csv(made))) if one["segment"] == "arrival-gate-out")
    assert (row["waiting_over_longest"], row["waiting_over_p95"], row["p95_h"]) == ("23", "23", "")
    assert float(row["ended_p95_h"]) == pytest.approx(29)
    assert len(write_published(published(made), "Customs", ENGLISH)) > 1000
    back = msgspec.structs.replace(made, clocks=(msgspec.structs.replace(clock, offset=-clock.offset),))
    assert "gate is 696:00 h later than host on 40 steps" in write_page(published(back), "Customs")
    sound = "\n".join(lines_of(study(missing=0)))
    assert "wait longer" not in sound and "Clocks" not in sound
