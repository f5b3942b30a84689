# SPDX-License-Identifier: Apache-2.0
"""A dossier laid out for the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec

from cocket.pipeline.queries.views import Cell, PaperRow, TimelineEntry
from cocket.workbench.base.formats import Clock
from cocket.workbench.base.languages import ENGLISH
from cocket.workbench.consignment.dossier_layout import days_of, names_of, papers_of, rows_of
from tests.simulators.workbench_country import consignments, messages

NIGHT = datetime(2026, 11, 24, 22, 40, tzinfo=UTC)


PAPERS = papers_of(messages(consignments()[0]))
HOLDING = (PAPERS[0], PAPERS[2], PAPERS[2])


def entry(code: str, minutes: int = 0, *, is_day: bool = False) -> TimelineEntry:
    return TimelineEntry(at=NIGHT + timedelta(minutes=minutes), code=code, message=code, is_day=is_day)


def test_papers_of_one_kind_are_told_apart_by_version() -> None:
    named = [(paper.kind, paper.version) for paper in papers_of(messages(consignments()[0]))]
    assert named == [("Manifest", None), ("SAD", 1), ("SAD", 2)]


def test_a_paper_whose_place_a_later_version_took_does_not_hold() -> None:
    assert [paper.holds for paper in papers_of(messages(consignments()[0]))] == [True, False, True]


def test_a_paper_that_was_refused_or_cancels_does_not_hold_and_takes_no_place() -> None:
    manifest, sad, amended = messages(consignments()[0])
    refused = msgspec.structs.replace(amended, outcome="refused")
    assert [paper.holds for paper in papers_of((manifest, sad, refused))] == [True, True, False]
    cancelled = msgspec.structs.replace(amended, function="cancellation")
    assert [paper.holds for paper in papers_of((manifest, sad, cancelled))] == [True, False, False]
    other = msgspec.structs.replace(amended, sender="somebody.else")
    assert [paper.holds for paper in papers_of((manifest, sad, other))] == [True, True, True]


def test_the_first_paper_that_says_a_field_is_known() -> None:
    cells = (Cell(text=None), Cell(text="49"), Cell(text="48", differs=True))
    row = rows_of((PaperRow(name="packages", label="packages", cells=cells, first=1),), HOLDING)[0]
    assert (row.first, row.is_unequal) == (1, True)
    silent = rows_of((PaperRow(name="seals", label="seals", cells=cells[:1]),), HOLDING)[0]
    assert (silent.first, silent.is_unequal) == (None, False)


def test_a_version_that_said_otherwise_than_the_one_in_its_place_is_known() -> None:
    for text, is_changed in (("47", True), ("48", False)):
        row = PaperRow(name="packages", label="packages", cells=(Cell(text="49"), Cell(text=text), Cell(text="48")))
        assert rows_of((row,), PAPERS)[0].is_changed is is_changed
    refused = msgspec.structs.replace(PAPERS[1].message, outcome="refused")
    row = PaperRow(name="packages", label="packages", cells=(Cell(text="47"), Cell(text="48")))
    assert not rows_of((row,), papers_of((refused, PAPERS[2].message)))[0].is_changed


def test_names_of_one_kind_stand_together() -> None:
    names = names_of((("BL", "1"), ("EQUIPMENT", "A"), ("EQUIPMENT", "B"), ("INVOICE", "2")))
    assert [(name.kind, name.values) for name in names] == [
        ("BL", ("1",)),
        ("EQUIPMENT", ("A", "B")),
        ("INVOICE", ("2",)),
    ]


def test_figures_are_written_in_groups_and_codes_are_not() -> None:
    def written(name: str, text: str) -> str | None:
        return rows_of((PaperRow(name=name, label=name, cells=(Cell(text=text),)),), PAPERS)[0].cells[0].text

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
