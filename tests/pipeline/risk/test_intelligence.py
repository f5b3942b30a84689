# SPDX-License-Identifier: Apache-2.0
"""Intelligence in a real house: entered, shown as its handling code allows, ended, and followed by the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.control import IntelligenceReport, Link
from cocket.errors import PolicyError, SenderError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.model.message import Lane
from cocket.pipeline import ConsignmentView, NotFoundError, QueueFilter
from cocket.pipeline.risk.intelligence import Intelligence, IntelligenceView, NewIntelligence
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

MANIFEST = Path(__file__).parents[2] / "samples" / "asycuda-awmds" / "awmds-bangladesh.xml"
ANALYST, SUPERVISOR = officer("analyst"), officer("supervisor")
SECRET = "pistols in the third bale"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    """A house in which neither chance nor places select anything."""
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield made
    made.house.close()


def report(**changes: Any) -> NewIntelligence:
    usual = NewIntelligence(
        threat="weapons",
        source_grade="B",
        information_grade="2",
        handling="restricted",
        text=SECRET,
        links=(("PARTY", "Betania Looms Co."),),
        expires=datetime.now(UTC) + timedelta(days=30),
    )
    return msgspec.structs.replace(usual, **changes)


def add(built: Built, who: Principal = ANALYST, **changes: Any) -> IntelligenceView:
    return Intelligence(built.stores).add_intelligence(who, report(**changes))


def lodge(built: Built, content: bytes = b"") -> ConsignmentView:
    built.house.intake.messages.take_many([envelope(content or declaration("R1"))], principal=trader("ACME"))
    built.desk()
    return lines(built)[0]


def lines(built: Built) -> tuple[ConsignmentView, ...]:
    return built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines


def lane(line: ConsignmentView) -> Lane | None:
    return line.advice.lane if line.advice else None


def codes(line: ConsignmentView) -> list[str]:
    return [reason.code for reason in line.advice.reasons] if line.advice else []


def test_a_threat_well_told_is_red_whatever_the_score_and_the_places(built: Built) -> None:
    add(built)
    line = lodge(built)
    assert (lane(line), codes(line)[0]) == ("red", "intelligence")
    assert line.order is not None
    assert line.order.look_for[0].code == "prohibited"
    assert line.advice is not None and not line.advice.is_random


def test_without_intelligence_the_same_declaration_is_not_red(built: Built) -> None:
    line = lodge(built)
    assert lane(line) != "red" and "intelligence" not in codes(line)


@pytest.mark.parametrize(
    "changes",
    [
        {"links": (("PARTY", "Another Firm"),)},
        {"links": (("PARTY", "Betania Looms Co."), ("COMMODITY", "9302"))},
        {"links": (("ROUTE", "XJ"),)},
    ],
)
def test_a_near_miss_names_nothing(built: Built, changes: dict[str, Any]) -> None:
    add(built, **changes)
    assert "intelligence" not in codes(lodge(built))


@pytest.mark.parametrize(
    "links",
    [
        (("PARTY", "xa 990000000042"),),
        (("COMMODITY", "5208"),),
        (("ROUTE", "XB-XA"), ("COMMODITY", "52")),
        (("EQUIPMENT", "CSQU 305438-3"),),
    ],
)
def test_parties_goods_routes_and_containers_are_found(built: Built, links: tuple[Any, ...]) -> None:
    add(built, links=links)
    assert lane(lodge(built)) == "red"


def _references(built: Built, line: ConsignmentView) -> tuple[tuple[str, str], ...]:
    return built.house.queries.records.dossier(officer(), line.id).references


def test_a_report_held_improbable_is_named_and_selects_nothing(built: Built) -> None:
    before = lane(lodge(built, declaration("R0")))
    add(built, information_grade="5")
    line = lodge(built, declaration("R1"))
    named = [one for one in lines(built) if "intelligence" in codes(one)]
    assert [lane(one) for one in named] == [before] and line is not None


def test_an_officer_learns_that_intelligence_speaks_and_not_what_it_says(built: Built) -> None:
    made = add(built)
    line = lodge(built)
    seen = msgspec.json.encode(built.house.queries.records.dossier(officer(), line.id)).decode()
    assert "Intelligence concerns this consignment" in seen
    assert SECRET not in seen and made.id not in seen
    room = Intelligence(built.stores)
    assert room.intelligence(officer(), consignment_id=line.id) == ()
    assert [one.text for one in room.intelligence(ANALYST, consignment_id=line.id)] == [SECRET]


@pytest.mark.parametrize(
    ("handling", "readers"),
    [
        ("open", {"officer", "analyst", "supervisor", "auditor"}),
        ("restricted", {"analyst", "supervisor", "auditor"}),
        ("closed", {"supervisor", "auditor"}),
    ],
)
def test_the_handling_code_says_who_reads(built: Built, handling: str, readers: set[str]) -> None:
    add(built, who=Principal(id="someone", kind="officer", roles=("analyst",)), handling=handling)
    room = Intelligence(built.stores)
    everybody = ("officer", "analyst", "supervisor", "auditor")
    assert {role for role in everybody if room.intelligence(officer(role))} == readers
    with pytest.raises(PolicyError):
        room.intelligence(trader("ACME"))


def test_an_author_reads_his_own_and_others_do_not_learn_who_wrote_it(built: Built) -> None:
    add(built, who=officer(), handling="closed")
    room = Intelligence(built.stores)
    assert [one.author for one in room.intelligence(officer())] == ["test-officer"]
    add(built, handling="open")
    assert [one.author for one in room.intelligence(officer()) if one.handling == "open"] == [None]


def test_every_look_at_intelligence_is_sealed(built: Built) -> None:
    made = add(built)
    Intelligence(built.stores).intelligence(SUPERVISOR)
    with built.stores.database.transaction() as connection:
        told = built.stores.leaves.records_between(connection, 0, 100, ("intelligence", "look"))
    assert [leaf.kind for leaf, _ in told] == ["intelligence", "look"]
    assert msgspec.json.decode(told[1][1])["subjects"] == [made.id]


def test_a_report_ends_by_itself(built: Built) -> None:
    made, room = add(built), Intelligence(built.stores)
    with built.stores.database.transaction() as connection:
        file = built.stores.case_files.get(connection, UUID(made.id))
        assert file is not None
        past = msgspec.json.decode(file.body, type=IntelligenceReport)
        past = msgspec.structs.replace(past, entered=datetime(2026, 1, 1, tzinfo=UTC), expires=datetime.now(UTC))
        file = msgspec.structs.replace(file, body=msgspec.json.encode(past))
        built.stores.case_files.put(connection, file, [link.pair for link in past.links])
    assert "intelligence" not in codes(lodge(built))
    assert room.intelligence(ANALYST) == ()
    assert [one.state for one in room.intelligence(ANALYST, is_active=False)] == ["expired"]


def test_a_report_is_ended_with_a_reason_and_selects_no_more(built: Built) -> None:
    made, room = add(built), Intelligence(built.stores)
    for reason in ("", " "):
        with pytest.raises((PolicyError, SenderError)):
            room.end_intelligence(SUPERVISOR, made.id, reason)
    assert room.end_intelligence(SUPERVISOR, made.id, "source withdrew").state == "ended"
    assert "intelligence" not in codes(lodge(built))
    with pytest.raises(SenderError):
        room.end_intelligence(SUPERVISOR, made.id, "again")


def test_who_may_not_read_a_report_may_not_end_it_or_learn_that_it_is_there(built: Built) -> None:
    made, room = add(built), Intelligence(built.stores)
    for who, wanted in ((officer(), made.id), (ANALYST, "nothing"), (ANALYST, "01a21032-dbd8-7236-9320-ac0953c99041")):
        with pytest.raises(NotFoundError):
            room.end_intelligence(who, wanted, "why not")
    mine = add(built, handling="open")
    with pytest.raises(PolicyError):
        room.end_intelligence(officer(), mine.id, "not his")


def test_neither_an_auditor_nor_a_trader_enters_intelligence(built: Built) -> None:
    for who in (officer("auditor"), trader("ACME")):
        with pytest.raises(PolicyError):
            add(built, who=who)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": " "}, "intelligence-text"),
        ({"links": ()}, "intelligence-links"),
        ({"links": (("ROUTE", "far away"),)}, "intelligence-link"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "intelligence-expiry"),
    ],
)
def test_a_report_that_cannot_be_followed_is_refused(built: Built, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SenderError) as refused:
        add(built, **changes)
    assert [finding.code for finding in refused.value.findings] == [code]


def test_a_bill_is_held_before_its_declaration_comes(built: Built) -> None:
    add(built, links=(("EQUIPMENT", "CKTU 000003-2"),))
    line = lodge(built, MANIFEST.read_bytes())
    assert line.advice is None and line.order is not None
    assert (line.order.lane, [task.code for task in line.order.look_for]) == ("red", ["intelligence"])
    assert built.house.queries.records.queue(officer(), QueueFilter(lane="red")).counts == {"red": 1}
    assert len(lines(built)) == 1  # the manifest's other bill is nobody's business yet


def test_a_new_report_finds_the_container_that_is_on_file(built: Built) -> None:
    lodge(built)
    number = next(value for kind, value in _references(built, lines(built)[0]) if kind == "EQUIPMENT")
    assert lane(lines(built)[0]) != "red"
    add(built, links=(("EQUIPMENT", number),))
    built.desk()
    assert lane(lines(built)[0]) == "red"


def test_which_reports_named_a_consignment_is_sealed_once(built: Built) -> None:
    made = add(built)
    line = lodge(built)
    lodge(built, declaration("R1", sample="amendment"))
    with built.stores.database.transaction() as connection:
        hits = built.stores.leaves.records_between(connection, 0, 1000, ("intelligence-hit",))
    assert [msgspec.json.decode(body) for _, body in hits] == [
        {"consignment": line.id, "reports": [made.id], "lane": "red"}
    ]


def test_advice_asked_for_ahead_follows_intelligence_too(built: Built) -> None:
    add(built)
    host = Principal(id="h", kind="key", roles=("host",), senders=("ACME",))
    advice = built.house.assessment.preview.assess_only(host, envelope(declaration("R1")))
    assert not isinstance(advice, tuple)
    assert (advice.lane, advice.reasons[0].code) == ("red", "intelligence")


def test_links_are_kept_in_the_form_in_which_they_are_compared(built: Built) -> None:
    assert add(built, links=(("PARTY", " betania  looms co "),)).links == (Link("PARTY", "BETANIALOOMSCO"),)


def test_one_person_does_not_end_a_report_that_asks_for_a_lane_where_two_answer_for_it(tmp_path: Path) -> None:
    built = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0, second_person_for="intelligence")
    for name in ("sione", "vea"):
        built.house.governance.accounts.put_officer(name, name.title(), "supervisor", None, "seal and cord and wax")
    sione, vea = (Principal(id=name, kind="officer", roles=("supervisor",)) for name in ("sione", "vea"))
    made, room, second = add(built), built.house.risk.intelligence, built.house.governance.second_person
    with pytest.raises(PolicyError):
        room.end_intelligence(sione, made.id, "source withdrew")
    wanted = room.proposed_end(sione, made.id, "source withdrew")
    assert wanted is not None
    one = second.propose(sione, wanted, make_key).proposal
    for who, refused in ((sione, PolicyError), (officer(), NotFoundError)):
        with pytest.raises(refused):
            second.vote(who, one.id, one.digest, make_key)
    assert [view.state for view in room.intelligence(sione)] == ["active"]
    assert second.vote(vea, one.id, one.digest, make_key).is_done and room.intelligence(sione) == ()
    vague = add(built, source_grade="E", information_grade="5")
    assert vague.asks_for is None and room.proposed_end(sione, vague.id, "of no use") is None
    assert room.end_intelligence(sione, vague.id, "of no use").state == "ended"
    built.house.close()
