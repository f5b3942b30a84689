# SPDX-License-Identifier: Apache-2.0
"""Watching the watchers over a real house: what its sealed records tell, to whom, and what is sealed of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.errors import PolicyError, ReasonMissingError, SenderError
from cocket.governance import ROLES, Principal
from cocket.oversight import RULES
from cocket.pipeline import QueueFilter
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.governance.watch_log import Around, read_watch_log
from cocket.pipeline.governance.watch_views import WatchCaseView
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.control.test_contests import OTHER as ANSWERS
from tests.pipeline.control.test_contests import UPHELD, contested, lodged

ACME = trader("ACME")
HEAD = officer("supervisor")
CURIOUS = Principal(id="officer.c", kind="officer", roles=("officer",))
WATCHER = Principal(id="ia.one", kind="officer", roles=("internal-affairs",))
OTHER = Principal(id="ia.two", kind="officer", roles=("internal-affairs",))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    accounts = made.house.governance.accounts
    accounts.put_officer("officer.c", "Carla Berg", "officer", "PTA1", "seal and cord and wax")
    accounts.put_officer("officer.d", "Dan Eden", "officer", "PTA1", "seal and cord and wax")
    yield made
    made.house.close()


def lodge(built: Built, *references: str) -> None:
    built.house.intake.messages.take_many([envelope(declaration(one)) for one in references], principal=ACME)
    built.desk()


def decoy(built: Built, reference: str = "DECOY1") -> str:
    """A decoy, marked and confirmed, then lodged; its dossier."""
    watchers = built.house.governance.watchers
    watchers.mark_decoy(WATCHER, reference, "file 12")
    watchers.confirm_decoy(OTHER, reference, "seen")
    lodge(built, reference)
    (view,) = built.house.queries.records.find(HEAD, reference)
    return view.id


def caught(built: Built) -> WatchCaseView:
    """A case about an officer who opened a decoy."""
    built.house.queries.records.dossier(CURIOUS, decoy(built))
    run = built.house.governance.watchers.find(WATCHER)
    return built.house.governance.watchers.case(WATCHER, run.opened[0])


def test_who_opens_a_decoy_is_a_case_that_rests_on_the_sealed_look(built: Built) -> None:
    view = caught(built)
    assert (view.file.about, view.file.reason, view.name, view.office) == ("officer.c", "honey", "Carla Berg", "PTA1")
    (evidence,) = view.file.evidence
    with built.stores.database.transaction() as connection:
        leaf = built.stores.leaves.of_records(connection, [UUID(evidence.id)])[0]
    assert (leaf.kind, leaf.index) == ("look", view.leaves[evidence.id])
    assert view.titles[evidence.subject]


def test_a_decoy_never_gets_a_lane_nor_stands_in_a_queue_or_a_figure(built: Built) -> None:
    hidden = decoy(built)
    lodge(built, "PLAIN1")
    lines = built.house.queries.records.queue(HEAD, QueueFilter(state="all", limit=50)).lines
    assert hidden not in [line.id for line in lines if line.advice is not None]
    assert built.house.queries.records.stats(HEAD).consignments == 1
    assert len(built.bodies("assessment")) == 1  # of the other one: what is not marked is assessed
    with built.stores.database.transaction() as connection:
        assert built.stores.orders.order_of(connection, [UUID(hidden)]) == {}


def test_one_person_alone_makes_no_decoy(built: Built) -> None:
    watchers = built.house.governance.watchers
    watchers.mark_decoy(WATCHER, "DECOY1", "file 12")
    with pytest.raises(SenderError, match="Someone other"):
        watchers.confirm_decoy(WATCHER, "DECOY1", "again")
    lodge(built, "DECOY1")
    assert len(built.bodies("assessment")) == 1


def test_what_was_advised_on_is_no_decoy_any_more(built: Built) -> None:
    lodge(built, "PLAIN1")
    with pytest.raises(SenderError, match="advised"):
        built.house.governance.watchers.mark_decoy(WATCHER, "PLAIN1", "file 12")


def test_a_decoy_that_has_ended_is_assessed_and_looks_of_before_still_count(built: Built) -> None:
    hidden, watchers = decoy(built), built.house.governance.watchers
    built.house.queries.records.dossier(CURIOUS, hidden)
    watchers.end_decoy(OTHER, "DECOY1", "over")
    assert [one.is_ended for one in watchers.marked_decoys(WATCHER)] == [True]
    assert len(watchers.find(WATCHER).opened) == 1


@pytest.mark.parametrize("role", [role for role in ROLES if role != "internal-affairs"])
def test_nobody_else_learns_whether_there_is_a_case(built: Built, role: str) -> None:
    view, watchers = caught(built), built.house.governance.watchers
    who = Principal(id="somebody", kind="officer", roles=(role,))
    asked: list[Any] = [
        lambda: watchers.find(who),
        lambda: watchers.cases(who),
        lambda: watchers.case(who, view.file.id),
        lambda: watchers.case(who, "nothing"),
        lambda: watchers.dismiss_case(who, view.file.id, "no"),
        lambda: watchers.close_case(who, "nothing", "founded", "no"),
        lambda: watchers.mark_decoy(who, "R1", "no"),
        lambda: watchers.marked_decoys(who),
        lambda: watchers.put_addresses(who, {}, "no"),
    ]
    before = built.house.queries.records.log_size()
    said = set()
    for ask in asked:
        with pytest.raises(NotFoundError) as raised:
            ask()
        said.add(str(raised.value))
    assert said == {"There is no such page."}
    assert built.house.queries.records.log_size() == before  # and nothing was done on the way


def test_a_case_about_the_reader_is_not_there_for_him(built: Built) -> None:
    view = caught(built)
    himself = Principal(id="officer.c", kind="officer", roles=("internal-affairs",))
    assert built.house.governance.watchers.cases(himself).cases == ()
    for case in (view.file.id, "nothing"):
        with pytest.raises(NotFoundError, match=r"There is no such case\."):
            built.house.governance.watchers.case(himself, case)


def test_internal_affairs_see_nothing_else_of_the_house(built: Built) -> None:
    hidden = decoy(built)
    with pytest.raises(NotFoundError):
        built.house.queries.records.dossier(WATCHER, hidden)
    with pytest.raises(PolicyError):
        built.house.queries.records.queue(WATCHER, QueueFilter())


def test_a_run_seals_its_rules_and_who_was_shown_a_case_is_sealed_apart_from_looks(built: Built) -> None:
    view = caught(built)
    looks = len(built.bodies("look"))
    built.house.governance.watchers.cases(OTHER)
    run = msgspec.json.decode(built.bodies("watch-run")[-1])
    assert (run["version"], run["digest"], run["opened"]) == (RULES.version, RULES.digest, [view.file.id])
    seen = [msgspec.json.decode(body) for body in built.bodies("watch-seen")]
    assert {one["purpose"] for one in seen} == {"oversight"}
    assert [(one["who"], one["what"], one["cases"]) for one in seen] == [
        ("ia.one", "case", [view.file.id]),
        ("ia.two", "list", [view.file.id]),
    ]
    assert len(built.bodies("look")) == looks


def test_each_act_is_sealed_with_its_reason_and_follows_the_one_before(built: Built) -> None:
    case, watchers = caught(built).file.id, built.house.governance.watchers
    with pytest.raises(ReasonMissingError):
        watchers.open_case(WATCHER, case, " ")
    with pytest.raises(SenderError, match="does not stand"):
        watchers.close_case(WATCHER, case, "founded", "too soon")
    watchers.open_case(WATCHER, case, "file 13")
    watchers.close_case(OTHER, case, "unfounded", "his head asked him to")
    bodies = [msgspec.json.decode(body) for body in built.bodies("watch-case")]
    assert [(one["state"], one["by"], one["note"]) for one in bodies] == [
        ("waiting", "", ""),
        ("open", "ia.one", "file 13"),
        ("closed", "ia.two", "his head asked him to"),
    ]
    expected = watchers.cases(WATCHER).expected
    assert (expected.closed, expected.founded, expected.dismissed) == (1, 0, 0)


def test_a_case_that_was_dismissed_comes_up_again_only_with_new_evidence(built: Built) -> None:
    view, watchers = caught(built), built.house.governance.watchers
    assert watchers.find(WATCHER).opened == ()  # one for each person and reason
    watchers.dismiss_case(WATCHER, view.file.id, "a course")
    assert watchers.find(WATCHER).opened == ()
    built.house.queries.records.dossier(CURIOUS, view.file.evidence[0].subject)
    assert len(watchers.find(WATCHER).opened) == 1


def test_an_address_that_internal_affairs_entered_is_compared_with_the_papers(built: Built) -> None:
    lodge(built, "PLAIN1")
    (view,) = built.house.queries.records.find(HEAD, "PLAIN1")
    with built.stores.database.transaction() as connection:
        (papers,) = papers_of(built.stores, connection, [UUID(view.id)]).values()
    declared = next(paper.declaration for paper in papers if paper.declaration)
    shipment = declared.shipment
    party = next(one for one in (shipment.importer, shipment.consignee, shipment.exporter) if one and one.address)
    address = " ".join(part for part in (*party.address, party.postcode, party.city) if part)
    watchers = built.house.governance.watchers
    watchers.put_addresses(WATCHER, {"officer.c": address}, "list of personnel")
    built.house.queries.records.dossier(CURIOUS, view.id)
    built.house.queries.records.dossier(msgspec.structs.replace(CURIOUS, id="officer.d"), view.id)
    (case,) = [watchers.case(WATCHER, one).file for one in watchers.find(WATCHER).opened]
    assert (case.about, case.reason, case.chance) == ("officer.c", "own-interest", 0.0)


def test_who_deals_with_a_contest_and_who_gives_himself_an_order_is_in_the_log(tmp_path: Path) -> None:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.0)
    for name, role in (("sue.s", "supervisor"), ("anna.a", "officer")):
        made.house.governance.accounts.put_officer(name, name, role, None, "seal and cord and wax")
    _, contested_one, contest = contested(made)
    made.house.control.contests.acknowledge(ANSWERS, contest)
    made.house.control.contests.answer(ANSWERS, contest, UPHELD)
    sue = Principal(id="sue.s", kind="officer", roles=("supervisor",))
    (assigned,) = made.house.queries.records.message(officer("analyst"), lodged(made, "R2")).consignment_ids
    acts = made.house.control.officer_acts
    acts.override(sue, assigned, "red", "to look at it")
    order = made.house.queries.records.dossier(sue, assigned).summary.order
    assert order is not None
    acts.assign(sue, [order.id], "sue.s", "nobody else is here")
    acts.assign(sue, [order.id], "anna.a", "she is back")
    now = datetime.now(UTC)
    with made.stores.database.transaction() as connection:
        stretch = now - timedelta(days=1), now + timedelta(minutes=1)
        events = read_watch_log(made.stores, connection, stretch, Around()).log.events
    told = [(one.kind, one.officer, one.subject) for one in events if one.kind in ("contest", "taken", "given")]
    assert told == [
        ("contest", ANSWERS.id, contested_one), ("contest", ANSWERS.id, contested_one),
        ("taken", "sue.s", str(assigned)), ("given", "anna.a", str(assigned)),
    ]  # fmt: skip
    made.house.close()
