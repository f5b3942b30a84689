# SPDX-License-Identifier: Apache-2.0
"""Screening in a real house: lists taken in, hits on consignments, matches cleared; all of it sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.errors import PolicyError, SenderError
from cocket.pipeline import ConsignmentView, NotFoundError, QueueFilter
from cocket.screening import Subject
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

ANALYST, OFFICER = officer("analyst"), officer("officer")
LIST = b"id,name,kind\n7,BETANIA LOOMS COMPANY,organisation\n"
OTHER = b"id,name,kind\n7,BETANIA LOOMS COMPANY,organisation\n8,SOMEBODY ELSE,person\n"
CHANGED = b"id,name,kind,aliases\n7,BETANIA LOOMS COMPANY,organisation,BETANIA WEAVERS\n"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield made
    made.house.close()


def lodge(built: Built, name: str) -> ConsignmentView:
    built.house.take_many([envelope(declaration(name))], principal=trader("ACME"))
    known = {line.id for line in lines(built)}
    built.desk()
    (line,) = (line for line in lines(built) if line.id not in known)
    return line


def lines(built: Built) -> tuple[ConsignmentView, ...]:
    return built.house.queue(officer(), QueueFilter(state="all")).lines


def codes(line: ConsignmentView) -> list[str]:
    return [reason.code for reason in line.advice.reasons] if line.advice else []


def subject_found(built: Built, line: ConsignmentView) -> Subject:
    found = built.house.screening(OFFICER, line.id)
    assert found is not None
    return found.found[0].subject


def test_a_party_on_a_list_is_a_reason_with_the_entry_in_it(built: Built) -> None:
    built.house.import_list(ANALYST, "own", LIST)
    line = lodge(built, "R1")
    assert "party-listed" in codes(line)
    assert line.advice is not None
    told = next(reason for reason in line.advice.reasons if reason.code == "party-listed")
    assert "own/7 BETANIA LOOMS COMPANY" in told.arguments["hits"]
    assert len(built.bodies("screening-hit")) == 1


def test_without_a_list_nothing_is_screened_and_asking_says_so(built: Built) -> None:
    assert "party-listed" not in codes(lodge(built, "R1"))
    with pytest.raises(SenderError, match="no list"):
        built.house.screen(OFFICER, [Subject("party", "Betania Looms Co.")])


def test_a_cleared_match_is_no_reason_any_more_even_under_a_new_list(built: Built) -> None:
    built.house.import_list(ANALYST, "own", LIST)
    subject = subject_found(built, lodge(built, "R1"))
    built.house.clear_match(ANALYST, subject, ("own", "7"), "registered elsewhere, seen in the register")
    built.house.import_list(ANALYST, "own", OTHER)
    line = lodge(built, "R2")
    assert "party-listed" not in codes(line)
    found = built.house.screening(OFFICER, line.id)
    assert found is not None
    assert found.found[0].screened[0].cleared is not None
    assert len(built.bodies("screening-clearance")) == 1


def test_a_clearance_lapses_when_the_entry_itself_changes(built: Built) -> None:
    built.house.import_list(ANALYST, "own", LIST)
    subject = subject_found(built, lodge(built, "R1"))
    built.house.clear_match(ANALYST, subject, ("own", "7"), "registered elsewhere")
    built.house.import_list(ANALYST, "own", CHANGED)
    assert "party-listed" in codes(lodge(built, "R2"))
    ((screened,),) = built.house.screen(OFFICER, [subject])
    assert screened.cleared is None and screened.lapsed is not None


def test_a_subject_is_compared_once_under_the_same_lists(built: Built) -> None:
    built.house.import_list(ANALYST, "own", LIST)
    lodge(built, "R1")
    with built.stores.database.transaction() as connection:
        before = connection.execute("select count(*) from screening_answer").fetchone()
    lodge(built, "R2")
    with built.stores.database.transaction() as connection:
        assert connection.execute("select count(*) from screening_answer").fetchone() == before
    built.house.import_list(ANALYST, "own", OTHER)
    with built.stores.database.transaction() as connection:
        assert connection.execute("select count(*) from screening_answer").fetchone() == (0,)


def test_only_those_who_may_take_lists_in_or_clear_matches(built: Built) -> None:
    with pytest.raises(PolicyError):
        built.house.import_list(OFFICER, "own", LIST)
    built.house.import_list(ANALYST, "own", LIST)
    with pytest.raises(PolicyError):
        built.house.clear_match(OFFICER, Subject("party", "Betania Looms Co."), ("own", "7"), "known")
    with pytest.raises(PolicyError):
        built.house.screen(trader("ACME"), [Subject("party", "Betania Looms Co.")])
    with pytest.raises(PolicyError):
        built.house.lists(trader("ACME"))


def test_a_match_that_is_none_cannot_be_cleared_nor_one_without_a_ground(built: Built) -> None:
    built.house.import_list(ANALYST, "own", LIST)
    with pytest.raises(NotFoundError):
        built.house.clear_match(ANALYST, Subject("party", "Nobody"), ("own", "7"), "unknown")
    with pytest.raises(SenderError, match="ground"):
        built.house.clear_match(ANALYST, Subject("party", "Betania Looms Co."), ("own", "7"), " ")


def test_a_trader_is_not_told_of_screening(built: Built) -> None:
    built.house.import_list(ANALYST, "own", LIST)
    line = lodge(built, "R1")
    with pytest.raises(NotFoundError):
        built.house.screening(trader("ACME"), line.id)
    assert [one.name for one in built.house.lists(OFFICER)] == ["own"]


def test_a_confirmed_match_is_told_as_such_until_it_is_cleared_after_all(built: Built) -> None:
    built.house.import_list(ANALYST, "own", LIST)
    line = lodge(built, "R1")
    subject = subject_found(built, line)
    with pytest.raises(PolicyError):
        built.house.confirm_match(OFFICER, subject, ("own", "7"), "known")
    assert built.house.matches(OFFICER).lines[0].consignment == line.id
    built.house.confirm_match(ANALYST, subject, ("own", "7"), "same register number")
    assert built.house.matches(OFFICER).lines == ()
    assert built.house.matches(OFFICER, "confirmed").counts == {"confirmed": 1}
    again = lodge(built, "R2")
    assert again.advice is not None
    (told,) = (reason for reason in again.advice.reasons if reason.code == "party-listed")
    assert " is own/7" in told.arguments["hits"]
    built.house.clear_match(ANALYST, subject, ("own", "7"), "another company after all")
    ((screened,),) = built.house.screen(OFFICER, [subject])
    assert screened.confirmed is None and screened.cleared is not None
    assert built.house.matches(OFFICER, "cleared").counts == {"cleared": 2}
    built.house.confirm_match(ANALYST, subject, ("own", "7"), "it is, see the file")
    ((screened,),) = built.house.screen(OFFICER, [subject])
    assert screened.cleared is None and screened.confirmed is not None
    assert len(built.bodies("screening-confirmation")) == 2


def test_matches_are_seen_at_their_office_alone_and_a_hit_that_is_none_any_more_is_listed_no_more(built: Built) -> None:
    built.house.import_list(ANALYST, "own", LIST)
    line = lodge(built, "R1")
    assert built.house.matches(officer(office="ELSEWHERE")).lines == ()
    assert built.house.matches(officer(office=line.office)).lines[0].found[0].role == "exporter"
    assert b'"what":"matches"' in built.bodies("look")[-1]
    with pytest.raises(PolicyError):
        built.house.matches(trader("ACME"))
    built.house.import_list(ANALYST, "own", b"id,name,kind\n9,SOMEBODY ELSE,person\n")
    built.house.take_many([envelope(declaration("R1", sample="amendment"))], principal=trader("ACME"))
    built.desk()
    assert built.house.matches(OFFICER).lines == ()
    assert built.house.matches(OFFICER).counts == {"gone": 1}
    assert len(built.bodies("screening-hit")) == 2
