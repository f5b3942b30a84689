# SPDX-License-Identifier: Apache-2.0
"""Readiness, use cases and recommendations over real houses: measured, sealed, shared by two persons, imported from another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.pipeline import NewResult, QueueFilter
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.credentials.credential_files import Recognition
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.trials.use_cases import NOT_KNOWN, NOT_SIGNED, UseCases
from cocket.trials.lessons.card import Card
from cocket.trials.lessons.recommendations import Forecast, NewRecommendation
from cocket.trials.readiness.assessment import Readiness
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.trials.test_pilots import OFFICES, sealed
from tests.trials.lessons.given import cost, new_card

SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
VEA = Principal(id="vea", kind="officer", roles=("supervisor",))
ANNA = Principal(id="anna", kind="officer", roles=("analyst",))
AUDITOR = Principal(id="aud", kind="officer", roles=("auditor",))
A, B = "did:web:test.cocket.invalid", "did:web:b.cocket.invalid"


def furnished(home: Any, **given: Any) -> Built:
    made = build(home, red_per_day=9, yellow_per_day=9, random_share=0.0, **given)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = furnished(tmp_path_factory.mktemp("a"))
    messages = [envelope(declaration(f"R{n}")) for n in range(6)]
    made.house.intake.messages.take_many([*messages, envelope(b"nothing")], principal=trader("ACME"))
    made.desk()
    orders = [line.order for line in made.house.queries.records.queue(officer(), QueueFilter(state="all")).lines]
    for order, found in zip([one for one in orders if one is not None], (True, False), strict=False):
        result = NewResult(depth="full", found=found, offence="undervaluation" if found else None)
        made.house.control.officer_acts.record_result(officer(), order.id, result)
    made.sign()
    made.house.credentials.certificates.rotate_issuer_key(SIONE)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = furnished(tmp_path_factory.mktemp("b"), log_origin="b.cocket.invalid/log")
    yield made
    made.house.close()


def today() -> date:
    return datetime.now(UTC).date()


def cases(built: Built) -> UseCases:
    return built.house.trials.use_cases


def put(built: Built, **instead: Any) -> Card:
    return cases(built).put_card(ANNA, new_card(**({"begins": date(2026, 3, 1)} | instead)))


def agree(built: Built, given: Any) -> Any:
    return built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)


def audited(built: Built) -> list[Any]:
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return list(audit.differences())


def test_the_result_of_a_card_is_measured_here_and_no_one_types_it(built: Built) -> None:
    names = (
        "examinations", "finds", "random-hit-rate", "overrides", "messages", "refused", "advice-seconds", "sealed-records",
        "signed-heads", "contests-upheld", "completeness", "accounts",
    )  # fmt: skip
    made = put(built, measures=names)
    found = {one.measure: one for one in made.results}
    assert tuple(found) == names
    assert (found["examinations"].value, found["finds"].value) == (2.0, 1.0)
    assert (found["messages"].value, found["refused"].of) == (7.0, 7)
    assert round((found["refused"].value or 0) * 7) == 1
    assert (found["random-hit-rate"].value, found["random-hit-rate"].why) == (None, "no-draw")
    assert (found["contests-upheld"].value, found["contests-upheld"].why) == (None, "nothing")
    assert (found["overrides"].value, found["overrides"].of) == (0.0, 6)
    assert found["advice-seconds"].of == 6 and (found["advice-seconds"].value or 0) > 0
    assert (found["sealed-records"].value or 0) > 13
    assert (found["signed-heads"].value or 0) >= 1
    assert (found["accounts"].value, found["accounts"].note) == (2.0, "as-of-today")
    assert 0 < (found["completeness"].value or 0) <= 1
    assert "results" not in new_card().__struct_fields__


def test_days_that_are_over_say_what_can_be_counted_of_today_only(built: Built) -> None:
    made = put(built, ends=today() - timedelta(days=1), measures=("accounts", "completeness", "messages"))
    assert [one.why for one in made.results] == ["only-today", "only-today", ""]
    assert made.results[2].value == 0.0
    planned = put(built, status="planned", begins=today() + timedelta(days=30), measures=("messages",))
    assert planned.results[0].why == "not-begun"


def test_a_changed_card_is_a_new_version_and_the_one_before_stays_sealed(built: Built) -> None:
    first = put(built)
    second = cases(built).put_card(SIONE, new_card(title="Chance, in use", status="in-use"), first.id)
    assert (second.id, second.revision, second.by) == (first.id, 2, "sione")
    sealed = [msgspec.json.decode(body, type=Card) for body in built.bodies("use-case")]
    assert [one.revision for one in sealed if one.id == first.id] == [1, 2]
    assert cases(built).card(AUDITOR, first.id).card == second
    with pytest.raises(NotFoundError):
        cases(built).put_card(ANNA, new_card(), "no-such-card")


def test_a_pilot_that_is_named_must_be_there(built: Built) -> None:
    with pytest.raises(SenderError, match="There is no pilot"):
        put(built, trial="wedge-2026")
    for number, office in enumerate(OFFICES):
        built.house.governance.accounts.put_officer(f"o{number}", "O", "officer", office, "seal and cord and wax")
    pilot = sealed(built).id
    assert put(built, trial=pilot).trial == pilot


@pytest.mark.parametrize(
    "who", [trader("ACME"), officer(), officer("analyst", "XAPRT001"), officer("internal-affairs")]
)
def test_what_was_learned_is_for_those_bound_to_no_office(built: Built, who: Principal) -> None:
    trials = built.house.trials
    for ask in (
        lambda: trials.readiness.standing(who),
        lambda: trials.use_cases.catalogue(who),
        lambda: trials.use_cases.year(who, 2026),
        lambda: trials.use_cases.put_card(who, new_card()),
        lambda: trials.use_cases.take_card(who, b"{}"),
        lambda: trials.recommendations.ledger(who),
    ):
        with pytest.raises(PolicyError):
            ask()


def test_an_auditor_reads_and_changes_nothing_and_an_analyst_publishes_nothing(built: Built) -> None:
    trials = built.house.trials
    assert trials.use_cases.catalogue(AUDITOR).cards
    for refused in (
        lambda: trials.use_cases.put_card(AUDITOR, new_card()),
        lambda: trials.readiness.answer(AUDITOR, "ai-law", 0, ""),
        lambda: trials.use_cases.propose_year(ANNA, 2026, "The year is over."),
        lambda: trials.use_cases.propose_share(ANNA, "x", "They asked."),
    ):
        with pytest.raises(PolicyError):
            refused()


def test_answers_stand_beside_what_is_measured_and_make_a_plan(built: Built) -> None:
    desk = built.house.trials.readiness
    before = desk.standing(ANNA)
    (data,) = [one for one in before.standings if one.question == "ai-data"]
    assert (data.said, data.measured, before.revision) == (None, 0, 0)
    desk.answer(ANNA, "ai-data", 4, "Report of the statistics unit")
    desk.answer(SIONE, "ai-law", 3, "Order 7 of 2025", date(2025, 7, 1))
    desk.set_cost(SIONE, "ai-data", cost("1000", "2500"))
    view = desk.standing(AUDITOR)
    (data,) = [one for one in view.standings if one.question == "ai-data"]
    assert (data.said, data.measured, data.gap, data.by) == (4, 0, 4, "anna")
    step = next(one for one in view.plan.steps if one.question == "ai-data")
    assert (step.why, step.cost) == ("said-more", cost("1000.00", "2500.00"))
    assert all(one.question != "ai-law" for one in view.plan.steps)
    assert view.revision == 3
    sealed = [msgspec.json.decode(body, type=Readiness) for body in built.bodies("readiness")]
    assert [one.revision for one in sealed] == [1, 2, 3]
    desk.set_cost(SIONE, "ai-data", None)
    assert desk.standing(ANNA).plan.costs == ()
    with pytest.raises(SenderError):
        desk.answer(ANNA, "ai-data", 4, "")


def test_a_card_leaves_signed_when_a_second_person_agrees_and_is_known_there(built: Built, other: Built) -> None:
    made = put(built, title="Shared by two", cost=cost(), measures=("examinations", "messages"))
    with pytest.raises(NotFoundError):
        cases(built).shared_file(SIONE, made.id)
    given = cases(built).propose_share(SIONE, made.id, "Betania asked for it.")
    assert not given.is_done
    with pytest.raises(NotFoundError):
        cases(built).shared_file(SIONE, made.id)
    with pytest.raises(PolicyError):
        built.house.governance.second_person.vote(SIONE, given.proposal.id, given.proposal.digest, lambda name: name)
    assert agree(built, given).is_done
    content = cases(built).shared_file(AUDITOR, made.id)
    assert b"anna" not in content
    assert [one["why"] for one in json.loads(content)["card"]["results"] if "why" in one] == ["masked"]

    unknown = cases(other).take_card(SIONE, content)
    assert (unknown.is_signed, unknown.why, unknown.origin) == (False, NOT_KNOWN, A)
    document = built.house.credentials.certificates.published_credentials()[".well-known/did.json"].decode()
    known = Recognition(issuer=A, country="XA", schemes=(), scopes=(), document=document)
    other.house.credentials.partners.recognise_issuer(SIONE, known)
    taken = cases(other).take_card(SIONE, content)
    assert (taken.is_signed, taken.why, taken.id) == (True, "", unknown.id)
    assert cases(other).take_card(SIONE, content) == taken
    assert cases(other).catalogue(SIONE).taken == (taken,)
    assert cases(other).catalogue(SIONE).cards == ()
    assert cases(other).taken_card(SIONE, taken.id).card.title == "Shared by two"

    told = json.loads(content)
    for change in (
        lambda one: one["card"].update(title="Altered on the way"),
        lambda one: one.update(signature=one["signature"][:-6] + "AAAAAA"),
        lambda one: one["card"].update(id="another"),
    ):
        altered = json.loads(content)
        change(altered)
        with pytest.raises(SenderError) as raised:
            cases(other).take_card(SIONE, json.dumps(altered).encode())
        assert raised.value.code == "card-signature"
    with pytest.raises(SenderError) as raised:
        cases(other).take_card(SIONE, json.dumps({**told, "signature": ""}).encode())
    assert raised.value.code == "card-unsigned"
    assert audited(other) == []


def test_a_signature_of_one_partner_speaks_for_no_other(built: Built, other: Built) -> None:
    made = put(built, title="Whose is it")
    agree(built, cases(built).propose_share(SIONE, made.id, "Asked for."))
    told = json.loads(cases(built).shared_file(SIONE, made.id))
    for one, document in ((A, built), (B, other)):
        other.house.credentials.certificates.rotate_issuer_key(SIONE) if one == B else None
        text = document.house.credentials.certificates.published_credentials()[".well-known/did.json"].decode()
        known = Recognition(issuer=one, country="XA", schemes=(), scopes=(), document=text)
        other.house.credentials.partners.recognise_issuer(SIONE, known)
    with pytest.raises(SenderError) as raised:
        cases(other).take_card(SIONE, json.dumps({**told, "origin": B}).encode())
    assert raised.value.code == "card-signature"


def test_an_older_version_or_another_text_of_the_same_is_not_taken_over_a_newer_one(other: Built) -> None:
    given = {"origin": "did:web:c.example", "administration": "Gammaland"}
    card = {
        "id": "7", "revision": 2, "made": "2026-05-01", "title": "Second", "status": "pilot", "begins": "2026-01-01",
        **dict.fromkeys(("problem", "data", "method", "lesson", "recommendation"), "Words."),
        "results": [{"measure": "finds", "since": "2026-01-01", "until": "2026-04-30", "at": "2026-05-01T00:00:00Z", "value": 70}],
    }  # fmt: skip
    file = {"format": "cocket-use-case/1", **given, "card": card}
    first = cases(other).take_card(ANNA, json.dumps(file).encode())
    assert (first.is_signed, first.why) == (False, NOT_SIGNED)
    for change, code in (({"revision": 1}, "card-older"), ({"title": "Other text"}, "card-differs")):
        with pytest.raises(SenderError) as raised:
            cases(other).take_card(ANNA, json.dumps({**file, "card": {**card, **change}}).encode())
        assert raised.value.code == code
    newer = cases(other).take_card(
        ANNA, json.dumps({**file, "card": {**card, "revision": 3, "title": "Third"}}).encode()
    )
    assert (newer.id, newer.card.title) == (first.id, "Third")


def test_a_card_that_changed_after_it_was_proposed_is_not_given_away(built: Built) -> None:
    made = put(built, title="Changed meanwhile")
    given = cases(built).propose_share(SIONE, made.id, "Asked for.")
    cases(built).put_card(ANNA, new_card(title="Changed after all"), made.id)
    with pytest.raises(SenderError):
        agree(built, given)
    with pytest.raises(NotFoundError):
        cases(built).shared_file(SIONE, made.id)


def test_without_a_key_nothing_is_proposed_to_be_shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = furnished(tmp_path_factory.mktemp("keyless"))
    card = put(made)
    with pytest.raises(SenderError, match="no key"):
        cases(made).propose_share(SIONE, card.id, "Asked for.")
    assert not made.bodies("proposal")
    made.house.close()


def test_the_report_of_a_year_is_what_the_second_person_read(built: Built) -> None:
    stopped = put(built, title="Night runs", status="stopped", failed="The feed broke each night.")
    year = today().year
    draft = cases(built).year(ANNA, year)
    assert draft.cards[0].is_failure
    assert stopped.title in [one.title for one in draft.cards if one.is_failure]
    assert {one.measure: one.why for one in draft.whole}["finds"] == "masked"
    with pytest.raises(NotFoundError):
        cases(built).published_year(ANNA, year)
    given = cases(built).propose_year(SIONE, year, "Asked for by the council.")
    read = built.house.governance.second_person.proposal(VEA, given.proposal.id)
    assert read.proposal.text is not None
    assert "The feed broke each night." in read.proposal.text.after
    agree(built, given)
    published = cases(built).published_year(AUDITOR, year)
    assert msgspec.json.encode(published) == msgspec.json.encode(json.loads(read.proposal.text.after))
    for wrong in (1999, year + 1):
        with pytest.raises(SenderError):
            cases(built).year(ANNA, wrong)


def test_a_forecast_is_held_against_what_was_measured_and_a_late_one_counts_for_nothing(built: Built) -> None:
    ledger = built.house.trials.recommendations
    days = {"since": today() - timedelta(days=40), "until": today() - timedelta(days=1), "look_on": today()}
    forecast = Forecast(measure="messages", low=10, high=20, confidence=0.8, **days)
    made = today() - timedelta(days=60)
    words = {"title": "Ask for messages early", "text": "More would come."}
    late = ledger.recommend(ANNA, NewRecommendation(**words, made=made, forecast=forecast))
    told = ledger.judge(ANNA, late.id)
    assert told.outcome is not None
    assert (told.outcome.truth, told.outcome.result.value) == ("did-not", 0.0)
    with pytest.raises(SenderError, match="already"):
        ledger.judge(ANNA, late.id)
    later = msgspec.structs.replace(
        forecast,
        since=today() + timedelta(days=1),
        until=today() + timedelta(days=9),
        look_on=today() + timedelta(days=10),
    )
    waiting = ledger.recommend(ANNA, NewRecommendation(**words, made=today(), forecast=later))
    with pytest.raises(SenderError, match="looked at from"):
        ledger.judge(ANNA, waiting.id)
    ledger.decide(SIONE, waiting.id, "accepted", "It costs nothing.")
    shown = ledger.ledger(AUDITOR)
    assert (shown.calibration.late, shown.calibration.made, shown.calibration.judged) == (1, 1, 0)
    assert ledger.recommendation(AUDITOR, waiting.id).state == "accepted"


def test_a_recommendation_rests_on_documents_that_are_there(built: Built) -> None:
    ledger, card = built.house.trials.recommendations, put(built)
    words = {"title": "Go on", "text": "It works.", "made": today()}
    assert ledger.recommend(ANNA, NewRecommendation(**words, evidence=(card.id,))).evidence == (card.id,)
    with pytest.raises(SenderError, match="There is no use case or pilot"):
        ledger.recommend(ANNA, NewRecommendation(**words, evidence=("nothing-such",)))
    for ask in (ledger.recommendation, ledger.judge):
        with pytest.raises(NotFoundError):
            ask(ANNA, "nothing-such")


def test_looks_are_sealed_and_every_row_is_as_it_was_sealed(built: Built) -> None:
    looks = {msgspec.json.decode(body)["what"] for body in built.bodies("look")}
    assert {"readiness", "use cases", "recommendations"} <= looks
    assert audited(built) == []
