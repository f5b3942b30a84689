# SPDX-License-Identifier: Apache-2.0
"""Open dossiers are assessed again when what is known of the names on them changes; closed ones stay as they were sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.pipeline import AssessmentWorker, QueueFilter
from cocket.screening import Subject
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

ANALYST, OFFICER = officer("analyst"), officer("officer")
LIST = b"id,name,kind\n7,BETANIA LOOMS COMPANY,organisation\n"
NONE = b"id,name,kind\n8,SOMEBODY ELSE,person\n"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=100, random_share=0.0)
    yield made
    made.house.close()


def lodge(built: Built, *names: str) -> None:
    built.house.intake.messages.take_many([envelope(declaration(name)) for name in names], principal=trader("ACME"))


def reasons(built: Built) -> list[list[str]]:
    """Codes of the reasons of each consignment's newest advice."""
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all", limit=200)).lines
    return [[one.code for one in line.advice.reasons] for line in lines if line.advice]


def advice(built: Built) -> list[dict[str, Any]]:
    return [msgspec.json.decode(body) for body in built.bodies("assessment")]


def listed(built: Built) -> int:
    return sum("party-listed" in codes for codes in reasons(built))


def subject(built: Built) -> Subject:
    """Who was found on the first consignment."""
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    found = built.house.screening.lists.of_consignment(OFFICER, line.id)
    assert found is not None
    return found.found[0].subject


def clear(built: Built) -> None:
    built.house.screening.lists.clear_match(
        ANALYST, subject(built), ("own", "7"), "registered elsewhere, seen in the register"
    )


def test_a_word_on_a_match_has_every_open_dossier_assessed_again_and_says_why(built: Built) -> None:
    built.house.screening.lists.import_list(ANALYST, "own", LIST)
    lodge(built, "R1", "R2", "R3")
    desk = built.desk()
    assert (listed(built), len(advice(built))) == (3, 3)
    clear(built)
    while desk.turn():
        pass
    assert (listed(built), len(advice(built))) == (0, 6)
    assert {one["because"] for one in advice(built)[:3]} == {None}
    assert {one["because"] for one in advice(built)[3:]} == {"match cleared by test-analyst"}
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    told = [one for one in built.house.queries.records.dossier(officer(), line.id).timeline if one.code == "lane"]
    assert [one.arguments.get("because") for one in told] == [None, "match cleared by test-analyst"]
    built.house.screening.lists.confirm_match(ANALYST, subject(built), ("own", "7"), "its own register says so")
    while desk.turn():
        pass
    assert not desk.turn()
    assert (listed(built), len(advice(built))) == (3, 9)


def test_a_list_taken_in_has_only_those_assessed_again_whose_matches_it_alters(built: Built) -> None:
    lodge(built, "R1", "R2")
    desk = built.desk()
    built.house.screening.lists.import_list(ANALYST, "own", NONE)
    while desk.turn():
        pass
    assert len(advice(built)) == 2
    built.house.screening.lists.import_list(ANALYST, "own", LIST)
    while desk.turn():
        pass
    assert (listed(built), len(advice(built))) == (2, 4)
    assert advice(built)[-1]["because"] == "list own imported by test-analyst"
    built.house.screening.lists.import_list(ANALYST, "own", NONE)
    while desk.turn():
        pass
    assert (listed(built), len(advice(built))) == (0, 6)


def test_so_many_are_looked_at_in_a_turn_and_the_rest_after_a_restart(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.pipeline.assessment.worker.MOST_RESCREENED", 2)
    built.house.screening.lists.import_list(ANALYST, "own", LIST)
    lodge(built, *(f"R{n}" for n in range(5)))
    desk = built.desk()
    clear(built)
    assert desk.turn()
    assert (len(advice(built)), desk.is_behind) == (7, True)
    again = AssessmentWorker(built.stores)
    again.open()
    assert again.turn()
    assert len(advice(built)) == 9
    while again.turn():
        pass
    assert (len(advice(built)), again.is_behind, listed(built)) == (10, False, 0)


def test_what_is_closed_or_cancelled_stays_as_it_was_sealed(built: Built) -> None:
    built.house.screening.lists.import_list(ANALYST, "own", LIST)
    lodge(built, "R1", "R2", "R3")
    built.house.intake.messages.take_many(
        [envelope(declaration("R2", sample="cancellation"))], principal=trader("ACME")
    )
    desk = built.desk()
    before = len(advice(built))
    orders = [
        line.order
        for line in built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
        if line.order
    ]
    built.house.control.officer_acts.release(OFFICER, orders[0].id, "papers are in order")
    clear(built)
    while desk.turn():
        pass
    assert len(advice(built)) == before + 1
