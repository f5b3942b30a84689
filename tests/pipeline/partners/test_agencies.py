# SPDX-License-Identifier: Apache-2.0
"""Other agencies as guests in a real house: scope, fields, holds, overrides, permits, results, and one appointment for all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.control.appointments import Appointment, slot_id
from cocket.errors import CocketError, PolicyError, ReasonMissingError, SenderError
from cocket.governance import Principal
from cocket.measures.permits import Hold, Permit
from cocket.model import HostDecision, Reference, Response
from cocket.model.message import Lane
from cocket.pipeline import NotFoundError, OrderView, QueueFilter
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.agency_holds import HeldError, LetGo
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.consignment.linking import Merged
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.operations.health import Gaps, Sight, check_holds
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.partners import agencies as agencies_module
from cocket.pipeline.partners.agencies import NewDecision, NewFinding
from cocket.pipeline.partners.appointments import NewSlots
from cocket.pipeline.queries import own_affairs
from cocket.standards import read, write
from cocket.stores.consignment.marks import GoodsWanted, Marks
from tests.houses import Built, build, envelope, put_permit_issuers, trader
from tests.messages import declaration

SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
VEA = Principal(id="vea", kind="officer", roles=("supervisor",))
PLANT = Principal(id="pat", kind="officer", roles=("agency",), senders=("PLANT",))
VET = Principal(id="vic", kind="officer", roles=("agency",), senders=("VET",))
ANALYST = Principal(id="mei", kind="officer", roles=("analyst",))

TEXT = """
name = "{name}"
title = "Agreement on controls at the border"
other = "{other}"
senders = ["{sender}"]
purposes = ["control"]
begins = 2020-01-01
source = "Act 7 of 2020, section 12"

[exchanges]
guest = {fields}

[guest]
kind = "{kind}"
codes = {codes}
origins = ["*"]
offices = ["*"]
"""


def agree(
    built: Built, sender: str, *, codes: str = '["*"]', fields: str = '["office", "items"]', kind: str = "plant-health"
) -> None:
    content = TEXT.format(
        name=sender.lower(), other=f"{sender} service", sender=sender, codes=codes, fields=fields, kind=kind
    )
    given = built.house.governance.agreements.propose_agreement(SIONE, "a.toml", content.encode())
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda one: one)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("guests"), second_person_for="")
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    agree(made, "PLANT")
    agree(made, "VET", kind="veterinary")
    yield made
    made.house.close()


def lodged(built: Built, reference: str, mrn: str = "") -> str:
    """The dossier of a declaration of ACME, assessed; with the number that customs gave it, if there is one."""
    content = declaration(reference)
    if mrn:
        content = content.replace(
            b"</FunctionalReferenceID>", b"</FunctionalReferenceID><ID>" + mrn.encode() + b"</ID>", 1
        )
    answer = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))[0]
    assert answer.outcome == "accepted", answer.findings
    built.desk()
    (found,) = built.house.queries.records.find(SIONE, reference)
    return found.id


def held(built: Built, who: Principal, dossier: str, *, examines: bool = True, is_held: bool = True) -> None:
    word = Hold(
        agency=who.senders[0], is_held=is_held, reason="live plants", law="Plant Health Act, s. 12", examines=examines
    )
    built.house.measures.permits.agency_hold(who, dossier, word)


def slots(built: Built, day: int, hour: int, count: int = 1, places: int = 1) -> tuple[str, ...]:
    """Slots on a day from today, at the office of the sample; all of them attended by both agencies."""
    new = NewSlots(
        office=office(built),
        day=datetime.now(UTC).date() + timedelta(days=day),
        begins=time(hour),
        count=count,
        places=places,
    )
    made = built.house.partners.appointments.open_slots(SIONE, new)
    for one in made:
        for who in (PLANT, VET):
            built.house.partners.appointments.attend(who, one.id, places)
    return tuple(one.id for one in made)


def office(built: Built) -> str:
    found = built.house.queries.records.find(SIONE, "GUEST-OFFICE")
    dossier = found[0].id if found else lodged(built, "GUEST-OFFICE")
    return built.house.queries.records.dossier(SIONE, dossier).summary.office or ""


def appointment(built: Built, dossier: str) -> Appointment:
    found = built.house.partners.agencies.work(SIONE, dossier).appointment
    assert found is not None
    return found


def test_an_agency_sees_what_is_in_its_scope_and_the_fields_of_its_agreement_and_no_advice(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = lodged(built, "GUEST-1")
    queue = built.house.partners.agencies.queue(PLANT)
    line = next(one for one in queue.lines if one.consignment.id == dossier)
    assert line.consignment.why and line.consignment.items and line.consignment.office
    assert line.consignment.trader is None and line.consignment.value is None and line.consignment.papers == ()
    told = msgspec.json.encode(queue).decode()
    assert "lane" not in told and "score" not in told
    file = built.house.partners.agencies.consignment(PLANT, dossier)
    assert file.consignment.title and file.holds == ()
    looks = [msgspec.json.decode(one, type=AccessRecord) for one in built.bodies("look")]
    assert (looks[-1].what, looks[-1].who, looks[-1].purpose) == ("agency consignment", "pat", "control")
    assert {(one.action, one.purpose) for one in looks[-1].decisions} == {("guest:read", "control")}
    assert {one.purpose for one in looks if one.what == "agency queue"} == {"control"}
    (paper,) = built.house.queries.records.dossier(SIONE, dossier).papers
    monkeypatch.setattr(own_affairs, "_now", lambda: datetime.now(UTC) + timedelta(days=7))
    accesses = built.house.queries.own_affairs.own_accesses(trader("ACME"), paper.id).accesses
    assert ("agency", "control") in [(one.agency, one.purpose) for one in accesses]
    for refused in (SIONE, trader("ACME"), Principal(id="x", kind="officer", roles=("agency",), senders=("HEALTH",))):
        with pytest.raises(PolicyError):
            built.house.partners.agencies.queue(refused)


def looks_of(built: Built, what: str) -> list[AccessRecord]:
    looks = [msgspec.json.decode(one, type=AccessRecord) for one in built.bodies("look")]
    return [one for one in looks if one.what == what]


def test_policy_is_asked_for_the_purpose_under_which_an_agency_may_look(built: Built) -> None:
    dossier = lodged(built, "GUEST-PURPOSE")
    content = TEXT.format(
        name="seeds", other="Seeds", sender="SEEDS", codes='["*"]', fields='["office"]', kind="plant-health"
    ).replace('purposes = ["control"]', 'purposes = ["audit", "control"]')
    given = built.house.governance.agreements.propose_agreement(SIONE, "a.toml", content.encode())
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda one: one)
    seeds = Principal(id="sam", kind="officer", roles=("agency",), senders=("SEEDS",))
    agencies, permits = built.house.partners.agencies, built.house.measures.permits
    for purpose in (None, "own-affairs", "audit"):
        agencies.consignment(msgspec.structs.replace(seeds, purpose=purpose), dossier)
        look = looks_of(built, "agency consignment")[-1]
        assert (look.who, look.purpose, {one.purpose for one in look.decisions}) == ("sam", "audit", {"audit"})
    held(built, seeds, dossier, examines=False)
    permits.agency_holds(seeds, dossier)
    built.house.partners.appointments.calendar(seeds, office(built))
    for what in ("holds", "appointments"):
        look = looks_of(built, what)[-1]
        allowed = {(one.purpose, one.is_refused) for one in look.decisions if not one.is_refused}
        assert (look.purpose, allowed) == ("audit", {("audit", False)}), look
    for purpose in ("control", "investigation", "host-exchange"):
        asking = msgspec.structs.replace(seeds, purpose=purpose, case="2026/17")
        for refused in (
            agencies.queue,
            lambda one: agencies.consignment(one, dossier),
            lambda one: permits.agency_holds(one, dossier),
            lambda one: held(built, one, dossier, is_held=False),
        ):
            with pytest.raises(PolicyError) as stated:
                refused(asking)
            assert stated.value.reasons == ("agencies-work-for-their-agreement",)
    held(built, seeds, dossier, is_held=False)


def test_what_is_out_of_scope_is_not_there_and_cannot_be_held(built: Built) -> None:
    dossier = lodged(built, "GUEST-2")
    agree(built, "TIMBER", codes='["4403"]')
    timber = Principal(id="tim", kind="officer", roles=("agency",), senders=("TIMBER",))
    assert built.house.partners.agencies.queue(timber).lines == ()
    with pytest.raises(NotFoundError):
        built.house.partners.agencies.consignment(timber, dossier)
    with pytest.raises(NotFoundError):
        held(built, timber, dossier)
    given = built.house.governance.agreements.propose_end(SIONE, "timber", "over")
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda one: one)
    with pytest.raises(PolicyError):
        built.house.partners.agencies.queue(timber)
    with pytest.raises(NotFoundError):
        held(built, timber, dossier)


def test_a_queue_goes_to_the_last_consignment_of_its_scope_however_many_there_are(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agencies_module, "MOST_LINES", 2)
    monkeypatch.setattr(agencies_module, "_AT_ONCE", 3)
    every = [lodged(built, f"MANY-{number}") for number in range(5)]
    held(built, PLANT, every[0])
    held(built, PLANT, every[1])
    held(built, PLANT, every[2])
    asked, ever_let_go = list[int](), agencies_module.ever_let_go

    def counted(stores: Any, connection: Any, holds: Any) -> Any:
        asked.append(len(holds))
        return ever_let_go(stores, connection, holds)

    monkeypatch.setattr(agencies_module, "ever_let_go", counted)
    built.house.partners.agencies.queue(PLANT)
    assert asked == [2], "what was let go is asked once for all lines"
    seen, after, parts = list[str](), "", 0
    while parts == 0 or after:
        part = built.house.partners.agencies.queue(PLANT, after=after)
        seen += [one.consignment.id for one in part.lines]
        assert len(part.lines) <= 2 and part.held >= 3
        after, parts = part.after or "", parts + 1
    assert seen[:3] == [every[2], every[1], every[0]], "what it holds, the last that came first"
    assert len(seen) == len(set(seen)) and set(every) < set(seen)
    rest = [one for one in seen if one not in every[:3]]
    assert rest == sorted(rest, reverse=True), "ids are in the order in which dossiers came"
    for wrong in ("x", "held-", f"other-{every[0]}", "'; drop table"):
        with pytest.raises(NotFoundError):
            built.house.partners.agencies.queue(PLANT, after=wrong)
    for one in every[:3]:
        held(built, PLANT, one, is_held=False)


@pytest.mark.parametrize(
    ("codes", "origins", "offices", "is_there"),
    [
        (None, None, None, True),
        (("{code}",), None, None, True),
        (("01", "{code}"), ("{origin}", "ZZ"), None, True),
        (("01",), None, None, False),
        (("{code}",), ("ZZ",), None, False),
        (None, ("{origin}",), None, True),
        (None, ("ZZ",), None, False),
        (None, None, ("{office}",), True),
        (("{code}",), ("{origin}",), ("NOWHERE",), False),
    ],
)
def test_goods_are_found_by_their_codes_origins_and_offices(
    built: Built, codes: Any, origins: Any, offices: Any, is_there: bool
) -> None:
    found = built.house.queries.records.find(SIONE, "MARKS-1")
    dossier = found[0].id if found else lodged(built, "MARKS-1")
    line = next(one for one in built.house.partners.agencies.queue(PLANT).lines if one.consignment.id == dossier)
    _, code, origin = line.consignment.items[0]
    words = {"code": code[:6], "origin": origin, "office": line.consignment.office}

    def filled(several: Any) -> Any:
        return None if several is None else tuple(one.format(**words) for one in several)

    wanted = GoodsWanted(codes=filled(codes), origins=filled(origins), offices=filled(offices), limit=500)
    with built.stores.database.transaction() as connection:
        marked = Marks().of_goods(connection, wanted)
        assert (UUID(dossier) in marked) is is_there
        assert marked == sorted(marked, reverse=True)
        earlier = Marks().of_goods(connection, msgspec.structs.replace(wanted, after=UUID(dossier)))
    assert UUID(dossier) not in earlier and all(one < UUID(dossier) for one in earlier)


def test_an_agency_releases_its_own_hold_and_customs_ends_it_by_two_persons_alone(built: Built) -> None:
    dossier = lodged(built, "GUEST-3")
    held(built, PLANT, dossier, examines=False)
    (hold,) = built.house.queries.records.dossier(SIONE, dossier).holds
    assert hold.is_held and hold.is_own and hold.law and not hold.examines
    with pytest.raises(NotFoundError):
        built.house.measures.permits.agency_hold(VET, dossier, Hold(agency="PLANT", is_held=False, reason="x"))
    with pytest.raises(SenderError) as refused:
        built.house.measures.permits.agency_hold(SIONE, dossier, Hold(agency="PLANT", is_held=False, reason="x"))
    assert refused.value.code == "hold-of-guest"
    agencies = built.house.partners.agencies
    with pytest.raises(PolicyError):
        agencies.override_hold(ANALYST, dossier, ("PLANT", None), "x")
    with pytest.raises(CocketError):
        agencies.override_hold(SIONE, dossier, ("PLANT", None), " ")
    given = agencies.override_hold(SIONE, dossier, ("PLANT", None), "perishable, court order 12")
    assert not given.is_done and agencies.work(SIONE, dossier).holds[0].is_held
    with pytest.raises(PolicyError):
        built.house.governance.second_person.vote(SIONE, given.proposal.id, given.proposal.digest, lambda one: one)
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda one: one)
    (ended,) = agencies.work(SIONE, dossier).holds
    assert not ended.is_held and ended.is_overridden
    with pytest.raises(SenderError):
        agencies.override_hold(SIONE, dossier, ("PLANT", None), "again")
    held(built, PLANT, dossier, examines=False)
    held(built, PLANT, dossier, is_held=False)
    assert not agencies.work(SIONE, dossier).holds[0].is_held


def test_customs_releases_no_order_of_goods_that_an_agency_holds(built: Built) -> None:
    dossier, acts = lodged(built, "GUEST-RELEASE"), built.house.control.officer_acts
    acts.override(SIONE, dossier, "red", "look at it")

    def order() -> OrderView:
        found = built.house.queries.records.dossier(SIONE, dossier).summary.order
        assert found is not None
        return found

    held(built, PLANT, dossier, examines=False)
    held(built, VET, dossier, examines=False)
    for releasing, still in ((PLANT, "PLANT, VET"), (VET, "VET")):
        with pytest.raises(HeldError) as refused:
            acts.release(SIONE, order().id, "seen on the way")
        assert (refused.value.code, refused.value.found, order().status) == ("goods-held", still, "open")
        held(built, releasing, dossier, is_held=False)
    assert acts.release(SIONE, order().id, "seen on the way").status == "released"
    held(built, PLANT, dossier, examines=False)
    assert acts.reopen(SIONE, order().id).status == "open", "what takes a release back is never in the way of a hold"


def test_an_override_of_no_item_in_particular_ends_each_hold_of_an_item(built: Built) -> None:
    dossier, agencies = lodged(built, "GUEST-ITEMS"), built.house.partners.agencies
    for item in (1, 2):
        word = Hold(agency="PLANT", item=item, is_held=True, reason=f"live plants {item}")
        assert agencies.place_hold(PLANT, dossier, word).let_go is None
    with pytest.raises(SenderError):
        agencies.override_hold(SIONE, dossier, ("PLANT", 3), "court order 12")
    before = len(built.bodies("agency-release"))
    given = agencies.override_hold(SIONE, dossier, ("PLANT", None), "court order 12")
    assert given.proposal.before == {"hold": "live plants 1; live plants 2", "law": ""}
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda one: one)
    assert [(one.item, one.is_held, one.is_overridden) for one in agencies.work(SIONE, dossier).holds] == [
        (1, False, True), (2, False, True),
    ]  # fmt: skip
    assert len(built.bodies("agency-release")) == before + 2, "each is sealed"


def answer_of(built: Built, dossier: str, who: Principal) -> tuple[Response, bytes]:
    """The answer to the declaration of a dossier, as whoever lodged it reads it."""
    (paper,) = built.house.queries.records.dossier(SIONE, dossier).papers
    content = built.house.queries.records.written_answer(who, paper.id).content
    document = read(content).document
    assert isinstance(document, Response)
    return document, content


def test_the_trader_is_answered_who_holds_his_goods_and_no_longer_after_the_release(built: Built) -> None:
    dossier = lodged(built, "GUEST-ANSWER")
    acme = trader("ACME")
    before, content = answer_of(built, dossier, acme)
    assert before.statuses == () and before.information == ()
    put_permit_issuers(built, ("FOOD", "N853"))
    built.house.measures.permits.agency_hold(SIONE, dossier, Hold(agency="FOOD", is_held=True, reason="a red lane"))
    assert answer_of(built, dossier, acme)[1] == content, "what customs wrote down may hang on what was advised"
    held(built, PLANT, dossier)
    told, content = answer_of(built, dossier, acme)
    assert [(one.code, one.released) for one in told.statuses] == [("7", None)]
    assert told.information[0].code == "PLANT" and "Plant Health Act, s. 12" in (told.information[0].text or "")
    assert "live plants" not in content.decode(), "the reason is for customs"
    assert told.functional_reference != before.functional_reference
    assert answer_of(built, dossier, acme)[1] == content
    held(built, PLANT, dossier, is_held=False)
    ended, _ = answer_of(built, dossier, acme)
    assert ended.statuses[0].released is not None and ended.statuses[0].effective == told.statuses[0].effective


def test_a_hold_stays_with_the_goods_when_their_dossier_is_merged_and_ends_with_one_word(built: Built) -> None:
    first, second = lodged(built, "MERGE-1"), lodged(built, "MERGE-2")
    held(built, PLANT, first)
    with built.stores.database.transaction() as connection:
        built.stores.consignments.merge(connection, UUID(first), UUID(second))
        body = Merged(source=first, target=second, keys=())
        record = built.stores.sealer.record("merged", SEALED_ASSESSMENT, body, about=UUID(second))
        built.stores.leaves.append_records(connection, [record])
    assert [one.is_held for one in built.house.partners.agencies.work(SIONE, second).holds] == [True]
    assert second in [one.consignment.id for one in built.house.partners.agencies.queue(PLANT).lines if one.holds]
    held(built, PLANT, second, is_held=False)
    assert [one.is_held for one in built.house.partners.agencies.work(SIONE, second).holds] == [False]


def let_go_of(built: Built, dossier: str) -> tuple[LetGo | None, str]:
    """What officers see of goods that went on while they are held: in the dossier, and in the words of health."""
    view = built.house.queries.records.dossier(SIONE, dossier).summary
    with built.stores.database.transaction() as connection:
        check = check_holds(Sight(built.stores, connection, datetime.now(UTC), (), Gaps(is_whole=True)))
    return view.let_go, check.words if check else ""


def told_to_agency(built: Built, dossier: str) -> date | None:
    """The day on which its goods were let go, as the agency reads it: alike in its queue and on the consignment."""
    agencies = built.house.partners.agencies
    (line,) = [one for one in agencies.queue(PLANT).lines if one.consignment.id == dossier]
    assert agencies.consignment(PLANT, dossier).let_go == line.let_go
    return line.let_go


def test_goods_that_the_host_lets_go_while_they_are_held_are_said_where_officers_look(built: Built) -> None:
    dossier = lodged(built, "GONE-1")
    names = dict(built.house.queries.records.dossier(SIONE, dossier).references)
    reference, host = names["LRN"], Reference("UCR", names["UCR"])

    def says(lane: Lane, at: datetime) -> None:
        row = HostRow(reference=host, decision=HostDecision(lane=lane, decided=at))
        assert built.house.control.host_decisions.take_host_rows([row]) == 1

    yesterday = datetime.now(UTC) - timedelta(days=1)
    says("green", yesterday)
    word = Hold(agency="PLANT", is_held=True, reason="live plants")
    said = built.house.partners.agencies.place_hold(PLANT, dossier, word)
    assert said.let_go == yesterday.date() and f"on {said.let_go}" in said.note
    by_customs = built.house.measures.permits.agency_hold(SIONE, dossier, word)
    assert (by_customs.let_go, by_customs.note) == (said.let_go, said.note), "whoever places it is told"
    assert let_go_of(built, dossier)[0] is None, "it was green before anyone held it"
    before = built.house.queries.records.dossier(SIONE, dossier).summary.let_go_before
    assert before is not None and (before.agencies, before.how, before.at) == (("PLANT",), "lane", yesterday)
    assert told_to_agency(built, dossier) == (datetime.now(UTC) - timedelta(days=1)).date(), "whoever holds it is told"
    says("yellow", datetime.now(UTC) + timedelta(seconds=1))
    assert let_go_of(built, dossier)[0] is None and told_to_agency(built, dossier) is None
    says("green", datetime.now(UTC) + timedelta(seconds=2))
    gone, words = let_go_of(built, dossier)
    assert gone is not None and (gone.agencies, gone.how, gone.by) == (("PLANT",), "lane", "host")
    assert told_to_agency(built, dossier) == gone.at.date()
    assert built.house.queries.records.dossier(SIONE, dossier).summary.let_go_before is None, "one of the two"
    held_lines = built.house.queries.records.queue(SIONE, QueueFilter(state="held"))
    assert dossier in [one.id for one in held_lines.lines] and all(one.held_by for one in held_lines.lines)
    assert held_lines.total == len(held_lines.lines)
    assert f"{names['HBL']}: held by PLANT, the host gave them the green lane (host)." in words
    far = Principal(id="far", kind="officer", roles=("officer",), office="XBPRT002")
    assert [one.let_go for one in built.house.queries.records.find(far, reference)] in ([], [None])
    held(built, PLANT, dossier, is_held=False)
    gone, words = let_go_of(built, dossier)
    assert gone is None and names["HBL"] not in words


def test_a_message_that_says_released_or_left_lets_go_what_is_held_then(built: Built) -> None:
    mrn = "26XAGONE2A12345678"
    dossier = lodged(built, "GONE-2", mrn)
    held(built, PLANT, dossier, examines=False)
    notice = Response(function_code="08", functional_reference="ROG-1", issued=datetime.now(UTC), declaration_id=mrn)
    taken = built.house.intake.messages.take_many([envelope(write(notice, "wco-res"))], principal=trader("ACME"))
    assert taken[0].outcome == "accepted", taken[0].findings
    built.desk()
    assert built.house.queries.records.message(SIONE, taken[0].id).consignment_ids == (dossier,)
    gone, _ = let_go_of(built, dossier)
    assert gone is not None and (gone.how, gone.by, gone.message) == ("release", "ACME", taken[0].id)
    held(built, PLANT, dossier, is_held=False)


def test_words_on_permits_and_results_are_sealed_and_seen_by_their_agency_and_customs(built: Built) -> None:
    dossier, agencies = lodged(built, "GUEST-4"), built.house.partners.agencies
    built.house.measures.permits.register_permit(
        PLANT, Permit(agency="PLANT", type="N851", number="PC 7", quantity=Decimal(500), unit="KGM")
    )
    good = agencies.decide_permit(
        PLANT, dossier, NewDecision(type="N851", number="pc7", word="used-up", quantity=Decimal(200), unit="kgm")
    )
    assert good.is_registered and good.left == Decimal(500)
    for bad in (
        NewDecision(type="N851", number="PC7", word="used-up", quantity=Decimal(501), unit="KGM"),
        NewDecision(type="N851", number="PC7", word="used-up", quantity=Decimal(5), unit="NAR"),
        NewDecision(type="N851", number="PC7", word="used-up", quantity=Decimal("NaN"), unit="KGM"),
        NewDecision(type="N851", number="PC7", word="refused"),
        NewDecision(type=" ", number="PC7", word="accepted"),
    ):
        with pytest.raises(SenderError):
            agencies.decide_permit(PLANT, dossier, bad)
    unknown = agencies.decide_permit(
        PLANT, dossier, NewDecision(type="N851", number="ZZ", word="refused", reason="forged")
    )
    assert not unknown.is_registered and unknown.left is None
    result = agencies.record_finding(
        PLANT, dossier, NewFinding(outcome="treated", words="heat treated", papers=(("r.txt", b"56 C, 30 min"),))
    )
    assert result.papers[0].sha256
    assert len(built.bodies("evidence")) == 1
    assert agencies.consignment(VET, dossier).permits == () and agencies.consignment(VET, dossier).results == ()
    file = agencies.work(SIONE, dossier).file
    assert [one.word for one in file.permits] == ["used-up", "refused"] and file.results == (result,)
    with pytest.raises(SenderError):
        agencies.record_finding(PLANT, dossier, NewFinding(outcome="treated", words=" "))


def test_two_agencies_get_one_appointment_which_the_trader_is_told_of_and_may_move(built: Built) -> None:
    dossier, desk = lodged(built, "GUEST-5"), built.house.partners.appointments
    first, second, third = slots(built, 3, 8, count=3)
    held(built, PLANT, dossier)
    assert appointment(built, dossier).slot == first
    held(built, VET, dossier)
    both = appointment(built, dossier)
    assert both.agencies == ("PLANT", "VET") and both.slot == first
    (own,) = [one for one in desk.own_appointments(trader("ACME")) if one.consignment == dossier]
    assert {name for name, _ in own.held_by} == {"PLANT", "VET"} and own.begins == both.begins
    assert second in [name for name, _ in own.choices]
    with pytest.raises(ReasonMissingError):
        desk.move(trader("ACME"), dossier, second, " ")
    with pytest.raises(NotFoundError):
        desk.move(trader("BETA"), dossier, second, "ours")
    assert desk.own_appointments(trader("BETA")) == ()
    desk.move(trader("ACME"), dossier, second, "driver is ill")
    desk.move(VET, dossier, third, "team is away")
    moved = appointment(built, dossier)
    assert moved.slot == third and [one.by for one in moved.moves[1:]] == ["trader", "VET"]
    assert [one.reason for one in desk.move(PLANT, dossier, first, "earlier").moves][-2:] == ["", "earlier"]
    desk.move(trader("ACME"), dossier, second, "again")
    with pytest.raises(SenderError):
        desk.move(trader("ACME"), dossier, third, "and again")
    with pytest.raises(SenderError):
        desk.attend(PLANT, second, 0)
    with pytest.raises(SenderError):
        desk.attended(SIONE, dossier)
    week = desk.calendar(SIONE, first=datetime.now(UTC).date(), days=7)
    assert [one.taken for one in week.slots if one.slot.id == second] == [1]
    (mine,) = [one for one in desk.calendar(PLANT).slots if one.slot.id == second]
    assert set(mine.slot.agencies) == {"PLANT"} and mine.lines[0].has_order is None
    desk.close_slot(SIONE, second, "the crane is broken")
    assert appointment(built, dossier).slot in (first, third)
    held(built, PLANT, dossier, is_held=False)
    assert appointment(built, dossier).state == "set"
    held(built, VET, dossier, is_held=False)
    assert appointment(built, dossier).state == "cancelled"
    told = [msgspec.json.decode(one, type=Appointment) for one in built.bodies("appointment")]
    assert next(one.told for one in told if one.consignment == dossier) == "set"
    assert told[-1].told == "cancelled"


def test_a_missed_appointment_is_counted_and_set_anew(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier, desk = lodged(built, "GUEST-6"), built.house.partners.appointments
    slots(built, 5, 8)
    slots(built, 6, 8)
    held(built, PLANT, dossier)
    before = appointment(built, dossier)
    begins = before.begins
    assert begins is not None

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return begins + timedelta(minutes=20)

    monkeypatch.setattr("cocket.pipeline.partners.appointments.datetime", Later)
    with pytest.raises(SenderError):
        desk.missed(PLANT, dossier, "VET")
    made = desk.missed(PLANT, dossier, "trader")
    assert made.misses[0].who == "trader" and made.state == "set" and made.slot != before.slot
    monkeypatch.undo()
    (own,) = [one for one in desk.own_appointments(trader("ACME")) if one.consignment == dossier]
    assert own.misses == 1
    held(built, PLANT, dossier, is_held=False)


def test_no_slot_is_given_twice_to_holds_placed_at_once(built: Built) -> None:
    dossiers = [lodged(built, f"GUEST-RACE-{number}") for number in range(4)]
    for one in list(built.house.partners.appointments.calendar(SIONE, days=14).slots):
        built.house.partners.appointments.close_slot(SIONE, one.slot.id, "cleared for the test")
    new = NewSlots(
        office=office(built), day=datetime.now(UTC).date() + timedelta(days=9), begins=time(9), count=3, places=1
    )
    made = built.house.partners.appointments.open_slots(SIONE, new)
    for one in made:
        built.house.partners.appointments.attend(PLANT, one.id, 1)
    begun = threading.Barrier(len(dossiers))
    failed: list[BaseException] = []

    def place(dossier: str) -> None:
        begun.wait()
        try:
            held(built, PLANT, dossier)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=place, args=(one,)) for one in dossiers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    found = [appointment(built, one) for one in dossiers]
    taken = [one.slot for one in found if one.state == "set"]
    assert sorted(taken) == sorted(one.id for one in made), "three slots, three appointments, none twice"
    assert [one.state for one in found].count("waiting") == 1


def test_a_slot_that_cannot_be_is_refused(built: Built) -> None:
    desk, tomorrow = built.house.partners.appointments, date.today() + timedelta(days=20)
    good = NewSlots(office=office(built), day=tomorrow, begins=time(8))
    desk.open_slots(SIONE, good)
    for bad in (
        good,
        msgspec.structs.replace(good, day=date.today() - timedelta(days=2)),
        msgspec.structs.replace(good, day=date.today() + timedelta(days=200)),
        msgspec.structs.replace(good, minutes=0),
        msgspec.structs.replace(good, places=0),
        msgspec.structs.replace(good, office="X Y"),
    ):
        with pytest.raises(SenderError):
            desk.open_slots(SIONE, bad)
    shed = msgspec.structs.replace(good, begins=time(14), place="Shed 3")
    desk.open_slots(SIONE, shed)
    later = msgspec.structs.replace(shed, begins=time(14, 30), place="shed  3")
    for overlaps in (
        later,
        msgspec.structs.replace(later, place=""),
        msgspec.structs.replace(later, begins=time(13, 10)),
    ):
        with pytest.raises(SenderError) as refused_slot:
            desk.open_slots(SIONE, overlaps)
        assert refused_slot.value.code == "slot-overlap"
    (elsewhere,) = desk.open_slots(SIONE, msgspec.structs.replace(later, place="shed 4"))
    (after,) = desk.open_slots(SIONE, msgspec.structs.replace(later, begins=time(15)))
    assert after.begins - elsewhere.begins == timedelta(minutes=30), "another place, or the next hour"
    for refused in (PLANT, ANALYST, trader("ACME")):
        with pytest.raises(PolicyError):
            desk.open_slots(refused, good)
    for nobody in (trader("ACME"), Principal(id="x", kind="officer", roles=("agency",), senders=("NONE",))):
        with pytest.raises(PolicyError):
            desk.calendar(nobody)
    with pytest.raises(NotFoundError):
        desk.attend(PLANT, slot_id("XBNONE", datetime.now(UTC)), 1)


def test_what_was_kept_of_agencies_is_what_was_sealed(built: Built) -> None:
    dossier = lodged(built, "GUEST-AUDIT")
    slots(built, 12, 8)
    held(built, PLANT, dossier)
    new = NewFinding(outcome="conforms", words="nothing found")
    built.house.partners.agencies.record_finding(PLANT, dossier, new)
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert list(audit.differences()) == []
