# SPDX-License-Identifier: Apache-2.0
"""A dossier laid out for the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from cocket.pipeline.views import Cell, PaperRow, TimelineEntry
from cocket.workbench.comparing import days_of, papers_of, rows_of
from cocket.workbench.formats import Clock
from cocket.workbench.languages import ENGLISH
from tests.simulators.workbench_country import consignments, messages

NIGHT = datetime(2026, 11, 24, 22, 40, tzinfo=UTC)


def entry(code: str, minutes: int = 0, *, is_day: bool = False) -> TimelineEntry:
    return TimelineEntry(at=NIGHT + timedelta(minutes=minutes), code=code, message=code, is_day=is_day)


def test_papers_of_one_kind_are_told_apart_by_version() -> None:
    named = [(paper.kind, paper.version) for paper in papers_of(messages(consignments()[0]))]
    assert named == [("Manifest", None), ("SAD", 1), ("WCO declaration", None), ("SAD", 2)]


def test_the_first_paper_that_says_a_field_is_known() -> None:
    cells = (Cell(text=None), Cell(text="49"), Cell(text="48", differs=True))
    row = rows_of((PaperRow(name="packages", label="packages", cells=cells),))[0]
    assert (row.first, row.is_unequal) == (1, True)
    silent = rows_of((PaperRow(name="seals", label="seals", cells=cells[:1]),))[0]
    assert (silent.first, silent.is_unequal) == (None, False)


def test_figures_are_written_in_groups_and_codes_are_not() -> None:
    def written(name: str, text: str) -> str | None:
        return rows_of((PaperRow(name=name, label=name, cells=(Cell(text=text),)),))[0].cells[0].text

    assert written("gross_mass_kg", "4005.4") == "4\u202f005.4"
    assert written("value", "USD 41200.00") == "USD\u00a041\u202f200.00"
    assert written("hs_codes", "870323") == "870323"


def test_days_are_those_of_the_installation() -> None:
    entries = (entry("message-accepted"), entry("lane", 500))
    assert [day.name for day in days_of(entries, Clock(ENGLISH))] == ["24\u00a0Nov", "25\u00a0Nov"]
    eastern = Clock(ENGLISH, timezone(timedelta(hours=7)))
    assert [day.name for day in days_of(entries, eastern)] == ["25\u00a0Nov"]


def test_a_day_without_a_time_does_not_move_with_the_zone() -> None:
    western = Clock(ENGLISH, timezone(-timedelta(hours=23)))
    assert [day.name for day in days_of((entry("departed", is_day=True),), western)] == ["24\u00a0Nov"]


def test_looks_that_follow_each_other_are_folded_and_nothing_else_is() -> None:
    entries = (entry("looked"), entry("looked", 1), entry("override", 2), entry("result", 3), entry("looked", 4))
    happenings = days_of(entries, Clock(ENGLISH))[0].happenings
    assert [len(happening.entries) for happening in happenings] == [2, 1, 1, 1]
