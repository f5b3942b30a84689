# SPDX-License-Identifier: Apache-2.0
"""Notices between two real houses: told field by field, shown where they belong, asked and answered with a clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from cocket.control.standing import Standing
from cocket.errors import PolicyError, SenderError, UnreadableError
from cocket.measures.permits import Permit
from cocket.pipeline import NotFoundError
from cocket.pipeline.consignment.partner_notices import notices_about, overdue_requests
from cocket.pipeline.operations.health import look
from cocket.workbench.partners.notice_labels import is_key
from tests.messages import declaration
from tests.pipeline.partners.given import ANNA, SIONE, Side, asking, two_houses
from tests.pipeline.queries.test_mirror import audited, lodged

TODAY = datetime.now(UTC).date()

SEIZURE = """
[[notice]]
reference = "S-1"
day = 2026-03-02
offence = "narcotics"
goods = "Tea"
hs = "0902"
quantity = 12.5
unit = "KGM"
concealment = "in the lining"
equipment = ["CSQU3054383"]
persons = ["A. Person"]
"""

REQUEST = f"""
[[notice]]
reference = "A-1"
day = {TODAY}
authority = "Customs of XA, investigations"
measure = "copies of the export declaration"
object = "the true value of the goods"
reason = "the invoice is doubted"
law = "Agreement, Article 6"
persons = ["ACME"]
due = {TODAY + timedelta(days=10)}
"""

OVERDUE = REQUEST.replace("A-1", "A-2").replace(
    f"due = {TODAY + timedelta(days=10)}", f"due = {TODAY - timedelta(days=1)}"
)

TRADERS = """
[[notice]]
reference = "AEO-77"
day = 2026-03-02
number = "XA 123-456"
type = "AEOC"
name = "Acme Exports"
until = 2030-01-01
"""

CARD = """
[[notice]]
reference = "M-1"
day = 2026-03-02
name = "undervaluation"
version = "3"
purpose = "which declarations to check for value"

[[notice.evidence]]
measure = "precision among the first 5 %"
value = 0.31
cases = 1200
since = 2025-01-01
until = 2025-12-31
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    with two_houses(tmp_path_factory.mktemp("notices")) as sides:
        yield sides


def told(one: Side, kind: str, text: str) -> str:
    made = one.notices.tell(SIONE, kind, "XB", text.encode())
    one.send()
    return one.exchange.message(SIONE, made.id).problem


def test_a_seizure_arrives_with_the_fields_that_the_agreement_names_and_stands_in_the_dossier(
    two: tuple[Side, Side],
) -> None:
    one, other = two
    assert told(one, "seizure", SEIZURE) == ""
    (view,) = other.notices.notices(ANNA, "XA", "seizure")
    notice = view.kept.notice
    assert (notice.reference, notice.offence, notice.goods, str(notice.quantity)) == ("S-1", "narcotics", "Tea", "12.5")
    assert (notice.concealment, notice.persons) == ("", ())
    for side in two:
        for kind in ("partner-notice", "partner-request"):
            assert not any(b"lining" in body or b"A. Person" in body for body in side.built.bodies(kind))
    dossier = lodged(other.built, declaration("R1"))
    shown = other.built.house.queries.records.dossier(SIONE, dossier).partner_notices
    assert [each.kept.notice.reference for each in shown] == ["S-1"]
    assert one.built.house.queries.records.dossier(SIONE, lodged(one.built, declaration("R1"))).partner_notices == ()
    withdrawn = SEIZURE.replace("offence", 'state = "withdrawn"\noffence')
    assert told(one, "seizure", withdrawn) == ""
    assert other.built.house.queries.records.dossier(SIONE, dossier).partner_notices == ()
    (view,) = other.notices.notices(ANNA, "XA", "seizure")
    assert [step.state for step in view.kept.steps] == ["made", "withdrawn"]
    for side in two:
        assert audited(side.built) == []


def test_assistance_is_asked_accepted_and_answered_and_both_sides_see_how_it_stands(two: tuple[Side, Side]) -> None:
    one, other = two
    assert told(one, "assistance", REQUEST) == ""
    (asked,) = other.notices.notices(SIONE, "XA", "assistance")
    assert (asked.kept.state, asked.is_overdue, asked.kept.notice.persons) == ("asked", False, ("ACME",))
    with pytest.raises(SenderError, match="Say what"):
        other.notices.answer(SIONE, asked.id, "answered", " ")
    with pytest.raises(SenderError, match="cannot become"):
        other.notices.answer(SIONE, asked.id, "asked", "again")
    with pytest.raises(PolicyError):
        other.notices.answer(ANNA, asked.id, "accepted", "")
    other.notices.answer(SIONE, asked.id, "accepted", "")
    other.send()
    (ours,) = one.notices.notices(SIONE, "XB", "assistance")
    assert ours.kept.state == "accepted"
    other.notices.answer(SIONE, asked.id, "answered", "The export was declared at 12,000 EUR.")
    other.send()
    (ours,) = one.notices.notices(SIONE, "XB", "assistance")
    assert (ours.kept.state, ours.kept.steps[-1].words) == ("answered", "The export was declared at 12,000 EUR.")
    with pytest.raises(SenderError, match="cannot become"):
        other.notices.answer(SIONE, asked.id, "declined", "no")
    with pytest.raises(NotFoundError):
        one.notices.answer(SIONE, ours.id, "answered", "our own")


def test_a_request_whose_day_has_passed_is_overdue_on_both_sides(two: tuple[Side, Side]) -> None:
    one, other = two
    assert told(one, "assistance", OVERDUE) == ""
    for side, country in ((one, "XB"), (other, "XA")):
        (late,) = [each for each in side.notices.notices(SIONE, country, "assistance") if each.is_overdue]
        assert late.kept.notice.reference == "A-2"
    changed = OVERDUE.replace("doubted", "refused")
    with pytest.raises(UnreadableError, match="in other words"):
        told(one, "assistance", changed)


def test_an_answer_to_what_was_never_asked_is_refused(two: tuple[Side, Side]) -> None:
    _, other = two
    (asked,) = [
        each for each in other.notices.notices(SIONE, "XA", "assistance") if each.kept.notice.reference == "A-2"
    ]
    forged = msgspec.structs.replace(asked.kept, notice=msgspec.structs.replace(asked.kept.notice, reference="A-9"))
    from cocket.pipeline.base.document_files import DocumentFiles

    with other.built.stores.database.transaction() as connection:
        forged = msgspec.structs.replace(forged, name="XA in assistance A-9")
        DocumentFiles(other.built.stores).keep(connection, "partner-notice", forged.name, (forged, SIONE), "asked")
    made = other.notices.answer(SIONE, str(forged.id), "declined", "no such thing")
    other.send()
    found = other.exchange.message(SIONE, made.id)
    assert (found.state, "No request" in found.problem) == ("refused", True)


def test_a_trusted_trader_of_the_partner_is_a_fact_of_the_dossier(two: tuple[Side, Side]) -> None:
    one, other = two
    assert told(one, "trusted-trader", TRADERS) == ""
    with other.built.stores.database.transaction() as connection:
        found = notices_about(other.built.stores, connection, [], ["XA123456"])
        assert [(each.kept.notice.type, each.kept.state) for each in found] == [("AEOC", "in-force")]
        assert notices_about(other.built.stores, connection, [], ["XA12345"]) == ()


def test_a_certificate_and_a_standing_are_asked_for_by_number(two: tuple[Side, Side]) -> None:
    one, other = two
    with other.built.stores.database.transaction() as connection:
        for permit in (
            Permit(
                agency="plant", type="N851", number="EP 77/1", goods="seed", holder="XB1", valid_to=date(2099, 1, 1)
            ),
            Permit(agency="cites", type="C400", number="EP 77/2", status="withdrawn"),
            Permit(agency="cites", type="C400", number="EP 77/3", valid_to=date(2020, 1, 1)),
        ):
            other.built.stores.permits.put(connection, permit)
    standing = Standing(scheme="AEO-C", number="9", trader="XB55", scopes=("import",), valid_from=date(2020, 1, 1))
    other.built.house.credentials.standings.take_standings(SIONE, [standing])
    for kind, number in (
        ("certificate", "ep77/1"),
        ("certificate", "EP77/2"),
        ("certificate", "EP77/3"),
        ("certificate", "EP99"),
        ("trusted-trader", "XB55"),
        ("trusted-trader", "XB 99"),
    ):
        one.notices.ask(SIONE, kind, "XB", number)
    one.send()
    found = {each.kept.notice.number: each.kept for each in one.notices.notices(SIONE, "XB", "certificate")}
    assert {name: kept.state for name, kept in found.items()} == {
        "EP 77/1": "valid", "EP 77/2": "withdrawn", "EP 77/3": "expired", "EP99": "unknown",
    }  # fmt: skip
    looks = [each for each in map(json.loads, other.built.bodies("look")) if each["who"] == "partner:XA"]
    assert [(each["what"], each["purpose"]) for each in looks] == [("partner exchange", "control")] * 4
    assert (
        len({each["subjects"][0] for each in looks}) == 4
    )  # three permits and a standing; an unknown number tells of none
    assert (found["EP 77/1"].notice.goods, found["EP 77/1"].notice.holder) == ("seed", "")
    traders = {each.kept.notice.number: each for each in one.notices.notices(SIONE, "XB", "trusted-trader")}
    trader, nobody = traders["XB55"], traders["XB 99"]
    assert (nobody.kept.state, nobody.kept.notice.type, nobody.kept.direction) == ("unknown", "", "in")
    with (
        one.built.stores.database.transaction() as connection
    ):  # that nothing is known there says nothing of a consignment
        assert notices_about(one.built.stores, connection, [], ["XB99"]) == ()
    assert (trader.kept.notice.number, trader.kept.state, trader.kept.direction) == ("XB55", "in-force", "in")
    with pytest.raises(SenderError, match="none of"):
        one.notices.ask(SIONE, "seizure", "XB", "1")


def test_a_request_names_our_consignment_to_whom_may_see_it_and_says_which_key_signed(two: tuple[Side, Side]) -> None:
    one, other = two
    dossier = lodged(other.built, declaration("R7"))
    known = other.built.house.queries.records.dossier(SIONE, dossier)
    ucr = dict(known.references)["UCR"]
    asked = REQUEST.replace("A-1", "A-7").replace('persons = ["ACME"]', f'ucrs = ["{ucr}"]')
    assert told(one, "assistance", asked) == ""
    (view,) = [each for each in other.notices.notices(SIONE, "XA") if each.kept.notice.reference == "A-7"]
    assert view.dossiers == ()  # a list names none
    shown = other.notices.notice(ANNA, view.id)
    assert [(each.id, each.title) for each in shown.dossiers] == [(dossier, known.summary.title)]
    (looked,) = [each for each in map(json.loads, other.built.bodies("look")) if view.id in each["subjects"]]
    assert (looked["who"], looked["subjects"]) == ("anna", [view.id, dossier])
    assert is_key(shown.kept.steps[0].by) and not is_key("anna")
    (ours,) = [each for each in one.notices.notices(SIONE, "XB") if each.kept.notice.reference == "A-7"]
    assert one.notices.notice(ANNA, ours.id).dossiers == ()  # nothing of that number is here


def test_a_message_is_opened_with_what_it_holds_and_of_what_it_tells(two: tuple[Side, Side]) -> None:
    one, other = two
    (asked,) = [each for each in other.notices.notices(SIONE, "XA") if each.kept.notice.reference == "A-7"]
    came = other.exchange.opened(ANNA, asked.kept.message)
    assert [each.kept.notice.reference for each in came.notices] == ["A-7"]
    assert (came.message.purpose, came.message.direction, came.dossiers, came.others) == ("control", "in", (), 0)
    assert {each.part for each in came.sealed} == {"request", "answer"} and is_key(came.message.by)
    (looked,) = [each for each in map(json.loads, other.built.bodies("look")) if asked.kept.message in each["subjects"]]
    assert (looked["who"], looked["subjects"]) == ("anna", [asked.kept.message, asked.id])
    answered = other.notices.answer(SIONE, asked.id, "answered", "Declared at 1 EUR.")
    waiting = other.exchange.opened(ANNA, answered.id)
    assert [each.id for each in waiting.dossiers] == [each.id for each in other.notices.notice(ANNA, asked.id).dossiers]
    assert (len(waiting.dossiers), waiting.sealed, waiting.message.state) == (1, (), "waiting")
    assert other.exchange.is_under_way(SIONE, [answered.id])
    other.send()
    assert not other.exchange.is_under_way(SIONE, [answered.id])
    asking_for = {each.number: each for each in one.exchange.exchanges(SIONE).messages if each.act == "query"}
    assert one.exchange.opened(ANNA, asking_for["XB 99"].id).notices[0].kept.state == "unknown"
    given = {each.number: each.id for each in other.exchange.exchanges(SIONE).messages if each.number}
    assert [other.exchange.opened(ANNA, given[each]).others for each in ("EP77/2", "EP99", "XB55")] == [1, 0, 1]
    for reader, error in ((msgspec.structs.replace(ANNA, roles=("officer",)), PolicyError), (ANNA, NotFoundError)):
        with pytest.raises(error):
            other.exchange.opened(reader, "nothing")
    with pytest.raises(PolicyError):
        other.exchange.is_under_way(ANNA, [answered.id])


def test_a_model_card_goes_with_its_evidence(two: tuple[Side, Side]) -> None:
    one, other = two
    assert told(one, "model-card", CARD) == ""
    (card,) = other.notices.notices(ANNA, "XA", "model-card")
    (row,) = card.kept.notice.evidence
    assert (str(row.value), row.cases) == ("0.31", 1200)


def test_only_analysts_supervisors_and_auditors_see_notices(two: tuple[Side, Side]) -> None:
    one, other = two
    stranger = msgspec.structs.replace(ANNA, roles=("officer",))
    for act in (one.notices.notices, one.exchange.exchanges):
        with pytest.raises(PolicyError):
            act(stranger)
    (card,) = other.notices.notices(ANNA, "XA", "model-card")
    assert other.notices.notice(ANNA, card.id) == card
    with pytest.raises(NotFoundError):
        other.notices.notice(ANNA, "nothing")


def test_requests_are_listed_and_answered_over_http_by_whom_policy_lets(two: tuple[Side, Side]) -> None:
    one, other = two
    assert told(one, "assistance", REQUEST.replace("A-1", "A-3")) == ""
    supervisor, analyst, officer = (asking(other, role) for role in ("supervisor", "analyst", "officer"))
    listed = analyst("GET", "/notices", params={"country": "xa", "kind": "assistance", "open": "true"})
    (asked,) = [each for each in listed.json()["notices"] if each["kept"]["notice"]["reference"] == "A-3"]
    assert {each["kept"]["state"] for each in listed.json()["notices"]} <= {"asked", "accepted"}
    assert (asked["is_overdue"], asked["kept"]["direction"], asked["kept"]["state"]) == (False, "in", "asked")
    assert any(each["kept"]["notice"]["kind"] == "seizure" for each in analyst("GET", "/notices").json()["notices"])
    place = f"/notices/{asked['id']}"
    assert analyst("GET", place).json() == asked
    looks = [json.loads(body) for body in other.built.bodies("look")]
    assert any(each["what"] == "mirror" and each["subjects"] == [asked["id"]] for each in looks)
    for ask, status in ((officer, 404), (asking(other, "trader"), 404)):
        assert ask("GET", place).status_code == status
        assert ask("GET", "/notices").status_code == 403
    good = {"state": "answered", "words": "Declared at 9,000 EUR."}
    for ask in (analyst, officer, asking(other, "auditor"), asking(other, "agency")):
        assert ask("POST", f"{place}/answers", json=good).status_code == 404
    for body in ({"state": "answered"}, {"state": "asked", "words": "x"}, {"state": 3}, {**good, "more": 1}, {}):
        assert supervisor("POST", f"{place}/answers", json=body).status_code == 422, body
    assert supervisor("POST", f"{place}/answers", json={**good, "purpose": "fun"}).status_code == 422
    assert supervisor("POST", "/notices/nothing/answers", json=good).status_code == 404
    assert analyst("GET", place).json()["kept"]["state"] == "asked"
    reply = supervisor("POST", f"{place}/answers", json=good)
    assert (reply.status_code, reply.json()["state"], reply.json()["kind"]) == (202, "waiting", "assistance")
    again = supervisor("POST", f"{place}/answers", json=good)
    assert (again.status_code, again.json()["error"]["code"]) == (422, "notice-state")
    other.send()
    (ours,) = [each for each in one.notices.notices(SIONE) if each.kept.notice.reference == "A-3"]
    assert (ours.kept.state, ours.kept.steps[-1].words) == ("answered", "Declared at 9,000 EUR.")
    assert asked["id"] not in [each["id"] for each in analyst("GET", "/notices?open=true").json()["notices"]]


def test_health_says_which_requests_are_past_their_day_and_is_degraded_by_those_that_we_owe(
    two: tuple[Side, Side],
) -> None:
    one, other = two
    for side, ours, theirs, state in ((one, 0, 1, "well"), (other, 1, 0, "degraded")):
        late = [each for each in side.notices.notices(SIONE, kind="assistance") if each.is_overdue]
        (check,) = [each for each in look(side.built.stores).checks if each.name == "partner-requests"]
        assert len(late) == 1
        assert (check.figures, check.state) == ({"ours": ours, "theirs": theirs}, state)
    (asked,) = [each for each in late if each.kept.notice.reference == "A-2"]
    assert check.since.date() <= TODAY
    with other.built.stores.database.transaction() as connection:
        ((owed,),) = [overdue_requests(other.built.stores, connection)]
    assert str(owed.id) == asked.id
