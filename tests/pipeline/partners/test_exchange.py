# SPDX-License-Identifier: Apache-2.0
"""Signed messages between two real houses: what goes, what is sealed on both sides, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from cocket.cli.commands import partner as partner_commands
from cocket.cli.commands.partner import _print
from cocket.errors import PolicyError, SenderError, StoreError
from cocket.exchange.signed_http import RECEIPTS, TAG, HouseKey, SignedRequest, sign_request, write_receipts
from cocket.governance.subject_access import LOOKS_AFTER, write_export_html
from cocket.ledger.receipt import read_proof, verify_receipt
from cocket.pipeline.base import partner_looks as partner_looks_module
from cocket.pipeline.base.access import Access
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.consignment.mirror_records import KeptRecord
from cocket.pipeline.governance.look_pages import LookFilter
from cocket.pipeline.operations.health import Check, look
from cocket.pipeline.partners import exchange as exchange_module
from cocket.pipeline.partners.messages import FORM, Message, ReceiptNote, SealedWords, house_key
from cocket.pipeline.partners.sending import ExchangeSending
from cocket.pipeline.queries import own_affairs, subject_access
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.partners.exchange_queue import ExchangeQueue
from tests.houses import trader
from tests.messages import declaration
from tests.pipeline.partners.given import ANNA, SIONE, VEA, Side, agreed, agreement_text, asking, two_houses
from tests.pipeline.partners.test_notices import SEIZURE
from tests.pipeline.queries.test_mirror import audited, exported, lodged

DAYS = date(2026, 3, 1), date(2026, 3, 31)
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    with two_houses(tmp_path_factory.mktemp("partners")) as sides:
        for name in ("R1", "R2", "R3"):
            lodged(sides[0].built, declaration(name))
        for name in ("R2", "R3", "R4"):
            lodged(sides[1].built, exported(name))
        yield sides


def test_records_that_are_pushed_arrive_once_and_both_sides_hold_the_receipts_of_both(two: tuple[Side, Side]) -> None:
    one, other = two
    (made,) = one.exchange.push_records(SIONE, "XB", *DAYS)
    assert (made.state, made.count) == ("waiting", 3)
    assert one.send() == 2  # the message, and the receipt of its answer
    (sent,) = one.documents("out")
    (came,) = other.documents("in")
    assert (sent.state, came.state, sent.problem, came.problem) == ("done", "done", "", "")
    assert (sent.digest, sent.answer) == (came.digest, came.answer)
    assert [len(sent.receipts), len(came.receipts), sent.unchecked, came.unchecked] == [2, 2, 0, 0]
    for mine, theirs in ((sent, other), (came, one)):
        key = theirs.exchange.identity(SIONE).receipts
        parts = []
        for text in mine.receipts:
            receipt = read_proof(text.encode())
            for part, digest in (("request", mine.digest), ("answer", mine.answer)):
                words = SealedWords(digest=digest, id=mine.id, kind="mirror", part=part)
                content = msgspec.json.encode(words)
                if receipt.opening.content == sha256(content).hexdigest():
                    assert verify_receipt(receipt, [key], content).holds
                    parts.append(part)
        assert sorted(parts) == ["answer", "request"]
    kept = [msgspec.json.decode(body, type=KeptRecord) for body in other.built.bodies("mirror-record")]
    assert sorted(one.record.reference for one in kept) == ["R1", "R2", "R3"]
    assert {one.country for one in kept} == {"XA"}
    for side in two:
        for kind in ("partner-request", "partner-answer"):
            assert len(side.built.bodies(kind)) == 1
        assert audited(side.built) == []


def test_records_that_are_asked_for_are_taken_in_as_they_come(two: tuple[Side, Side]) -> None:
    one, _ = two
    made = one.exchange.query_records(SIONE, "XB", *DAYS)
    one.send()
    found = one.exchange.message(SIONE, made.id)
    assert (found.state, found.count, found.problem) == ("done", 3, "")
    kept = [msgspec.json.decode(body, type=KeptRecord) for body in one.built.bodies("mirror-record")]
    assert sorted(each.record.reference for each in kept) == ["BR2", "BR3", "BR4"]
    with pytest.raises(SenderError, match="first day"):
        one.exchange.query_records(SIONE, "XB", DAYS[1], DAYS[0])


def looks_of(side: Side, partner: str) -> list[dict[str, Any]]:
    return [one for one in map(json.loads, side.built.bodies("look")) if one["who"] == f"partner:{partner}"]


def test_each_record_that_a_partner_is_given_is_a_look_of_the_partner_at_its_declaration(
    two: tuple[Side, Side],
) -> None:
    one, other = two
    pushed, asked = looks_of(one, "XB"), looks_of(other, "XA")  # by the two tests above
    assert (len(pushed), len(asked)) == (3, 3)
    for side, looks in ((one, pushed), (other, asked)):
        for seen in looks:
            dossier, declared = seen["subjects"]
            assert (seen["what"], seen["purpose"], seen["agreement"]) == ("partner exchange", "control", "one-and-two")
            assert seen["decisions"] == [
                {
                    "action": "mirror:give",
                    "purpose": "control",
                    "facts": ["own", "in_office"],
                    "rules": ["partners-give-records"],
                }
            ]
            found = side.built.house.governance.policies.looks(VEA, LookFilter(subject=declared)).lines
            assert (seen["who"], "control") in [(each.who, each.purpose) for each in found]
            with side.built.stores.database.transaction() as connection:
                about = side.built.stores.leaves.records_about(connection, UUID(dossier), ("look",))
            assert seen in [json.loads(body) for _, body in about]


def test_who_asks_what_is_held_about_him_is_told_who_abroad_was_given_it(
    two: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, other = two  # it gave its exports in the tests above
    subjects = other.built.house.governance.subjects
    with other.built.stores.database.transaction() as connection:
        sellers = connection.execute("select distinct value from consignment_mark where kind = 'SELLER'").fetchall()
    waiting, _ = subjects.export(SIONE, "ACME", "asked on 3 March")
    assert waiting.looks == () and waiting.looks_until == datetime.now(UTC).date() - timedelta(days=LOOKS_AFTER)
    assert f"here up to {waiting.looks_until}" in write_export_html(waiting).decode()
    monkeypatch.setattr(subject_access, "LOOKS_AFTER", 0)
    for asked in ("ACME", *(value for (value,) in sellers)):  # who sent the exports, and whose they are
        told, _ = subjects.export(SIONE, asked, "asked on 3 March")
        (given,) = [one for one in told.looks if one.partner]
        assert (given.partner, given.agreement, given.purpose) == ("Customs of XA", "one-and-two", "control")
        assert (given.day, given.what) == (datetime.now(UTC).date(), "what a partner administration was given")
        page = write_export_html(told).decode()
        assert "<td>Customs of XA</td><td>one-and-two</td>" in page
    monkeypatch.setattr(own_affairs, "_now", lambda: datetime.now(UTC) + timedelta(days=8))
    affairs = other.built.house.queries.own_affairs
    for one in affairs.own_messages(trader("ACME")).messages:
        seen = affairs.own_accesses(trader("ACME"), one.id).accesses
        abroad = [(each.agency, each.partner, each.agreement) for each in seen if each.partner]
        assert abroad == [("partner", "Customs of XA", "Agreement on mutual assistance")]
    nobody, _ = subjects.export(SIONE, "NO SUCH TRADER", "asked on 3 March")
    assert not [one for one in nobody.looks if one.partner] and "does not say whether there are any" in page


def test_a_private_match_goes_all_its_steps_by_itself(two: tuple[Side, Side]) -> None:
    one, other = two
    one.exchange.begin_private(SIONE, "XB", *DAYS)
    one.send()
    (ours,) = one.built.house.queries.private_runs.runs(ANNA)
    (theirs,) = other.built.house.queries.private_runs.runs(ANNA)
    assert (ours.stage, theirs.stage) == ("done", "done")
    assert ours.common == theirs.common and len(ours.dossiers) == 2
    assert [each.state for each in one.documents("out") if each.kind == "private-join"] == ["done", "done"]
    with pytest.raises(SenderError, match="one a day"):
        one.exchange.begin_private(SIONE, "XB", *DAYS)


def test_only_supervisors_send_and_only_to_whom_an_agreement_names(two: tuple[Side, Side]) -> None:
    one, _ = two
    for act in (one.exchange.push_records, one.exchange.query_records, one.exchange.begin_private):
        with pytest.raises(PolicyError):
            act(ANNA, "XB", *DAYS)
        with pytest.raises(AgreementOverError):
            act(SIONE, "XC", *DAYS)
        with pytest.raises(SenderError, match="purpose"):
            act(SIONE, "XB", *(date(2026, 2, 1), date(2026, 2, 2)), "oversight")
    with pytest.raises(PolicyError):
        one.exchange.identity(ANNA)


def message(one: Side, body: object = None, **instead: str) -> bytes:
    """A message of the first side to the second."""
    said = {
        "form": FORM,
        "id": "01993c00-0000-7000-8000-0000000000aa",
        "act": "query",
        "kind": "mirror",
        "sender": "XA",
        "receiver": "XB",
        "purpose": "control",
        **instead,
    }
    asked = body or {"since": "2026-03-01", "until": "2026-03-31"}
    raw = msgspec.Raw(msgspec.json.encode(asked))
    return msgspec.json.encode(Message(made=datetime.now(UTC), body=raw, **said))  # type: ignore[arg-type]


def post(to: Side, request: SignedRequest, body: bytes, path: str = "/v1/exchange/messages") -> httpx.Response:
    return httpx.post(f"{to.url}{path}", content=body, headers=request.headers, trust_env=False, timeout=60)


def test_what_was_tampered_with_is_turned_away_and_leaves_nothing(two: tuple[Side, Side]) -> None:
    one, other = two
    key, body, url = house_key(one.built.stores), message(one), f"{other.url}/v1/exchange/messages"
    before = len(other.built.bodies("partner-request"))
    good = sign_request(key, url, body)
    assert post(other, good, body + b" ").status_code == 401
    alone = SignedRequest("POST", url, {"content-type": "application/json", RECEIPTS: ""})
    made = datetime.now(UTC)
    key.sign(
        alone,
        ("@method",),
        None,
        created=made,
        expires=made + timedelta(seconds=60),
        nonce="n" * 24,
        tag=TAG,
        label="cocket",
    )
    assert post(other, alone, body).status_code == 401
    assert post(other, sign_request(HouseKey(bytes(32)), url, body), body).status_code == 401
    late = sign_request(key, url, body, now=datetime.now(UTC) - timedelta(minutes=5))
    assert post(other, late, body).status_code == 401
    elsewhere = sign_request(key, "http://customs.example/v1/exchange/messages", body)
    assert post(other, elsewhere, body).status_code == 401
    assert httpx.post(url, content=body, trust_env=False).status_code == 401
    assert len(other.built.bodies("partner-request")) == before
    assert post(other, good, body).status_code == 200  # what was tampered with did not use its nonce up
    replayed = post(other, good, body)
    assert (replayed.status_code, "came before" in replayed.text) == (401, True)


def test_a_message_that_comes_again_is_answered_as_before_and_does_nothing(two: tuple[Side, Side]) -> None:
    one, other = two
    key, url = house_key(one.built.stores), f"{other.url}/v1/exchange/messages"
    body = message(one, id="01993c00-0000-7000-8000-0000000000ab")
    first = post(other, sign_request(key, url, body), body)
    sealed = len(other.built.bodies("mirror-exchange"))
    again = post(other, sign_request(key, url, body), body)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.headers[RECEIPTS] == again.headers[RECEIPTS]
    assert len(other.built.bodies("mirror-exchange")) == sealed
    differs = message(one, {"since": "2026-03-01", "until": "2026-03-02"}, id="01993c00-0000-7000-8000-0000000000ab")
    refused = post(other, sign_request(key, url, differs), differs)
    assert (refused.status_code, refused.json()["code"]) == (409, "exchange-differs")


REFUSED = {
    "another receiver": {"receiver": "XC"},
    "another sender": {"sender": "XC"},
    "another purpose": {"purpose": "audit"},
    "a kind that is not asked for": {"kind": "seizure"},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_agreement_does_not_cover_is_refused_in_words_that_are_signed(
    two: tuple[Side, Side], case: str
) -> None:
    one, other = two
    key, url = house_key(one.built.stores), f"{other.url}/v1/exchange/messages"
    identity = f"01993c00-0000-7000-8000-{sha256(case.encode()).hexdigest()[:12]}"
    body = message(one, id=identity, **REFUSED[case])
    answer = post(other, sign_request(key, url, body), body)
    assert (answer.status_code, answer.json()["outcome"]) == (422, "refused")
    assert answer.json()["problem"] and "signature" in answer.headers


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"form":"x"}', b"nothing"])
def test_what_is_no_message_is_refused_though_it_is_signed(two: tuple[Side, Side], content: bytes) -> None:
    one, other = two
    key = house_key(one.built.stores)
    for path in ("/v1/exchange/messages", "/v1/exchange/receipts"):
        request = sign_request(key, f"{other.url}{path}", content)
        assert post(other, request, content, path).status_code in (400, 401, 404), path


@pytest.mark.parametrize("receipt", [b"{}", b"null", b"x" * 30, b"\x00\xff", b"[" * 9_000])
def test_what_is_no_receipt_is_the_partners_fault_and_nothing_is_done(two: tuple[Side, Side], receipt: bytes) -> None:
    one, other = two
    key, url = house_key(one.built.stores), f"{other.url}/v1/exchange/messages"
    body = message(one, id=f"01993c00-0000-7000-8000-{sha256(receipt).hexdigest()[:12]}")
    before = len(other.built.bodies("partner-request"))
    refused = post(other, sign_request(key, url, body, write_receipts([receipt])), body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "exchange-receipt")
    assert len(other.built.bodies("partner-request")) == before
    assert post(other, sign_request(key, url, body), body).status_code == 200  # without it the message is good


def test_a_house_that_exchanges_nothing_answers_nobody(two: tuple[Side, Side], tmp_path: Path) -> None:
    from cocket.api import build_app
    from tests.houses import build
    from tests.simulators.doors import open_door

    built = build(tmp_path / "third")
    with open_door(build_app(built.house)) as port:
        url = f"http://127.0.0.1:{port}/v1/exchange/messages"
        request = sign_request(HouseKey(bytes(32)), url, b"{}")
        assert httpx.post(url, content=b"{}", headers=request.headers, trust_env=False).status_code == 404
    built.house.close()


def test_an_officers_system_pushes_over_http_and_is_told_why_something_waits(
    two: tuple[Side, Side], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = two
    agreed(one.built, agreement_text("XA", other))
    agreed(other.built, agreement_text("XB", one))
    supervisor, days = asking(one, "supervisor"), {"since": "2026-03-01", "until": "2026-03-31"}
    before = len(other.documents("in"))
    reply = supervisor("POST", "/XB/pushes", json={"kind": "mirror", **days})
    assert reply.status_code == 202, reply.text
    (made,) = reply.json()["messages"]
    assert (made["state"], made["count"], made["problem"]) == ("waiting", 3, "It was not tried yet.")
    reply = supervisor("POST", "/XB/pushes", json={"kind": "seizure", "notices": SEIZURE})
    assert reply.status_code == 202, reply.text
    (notice,) = reply.json()["messages"]
    assert notice["problem"] == "Messages to this partner that wait before it: 1."
    with one.built.stores.database.transaction() as connection:
        next_ = datetime(2099, 1, 1, tzinfo=UTC)
        ExchangeQueue().failed(connection, "one-and-two", next_, datetime.now(UTC), "The partner cannot be reached.")
    why = "Attempts that failed: 1. The partner cannot be reached. Again at 2099-01-01 00:00:00 UTC."
    assert supervisor("GET", f"/messages/{made['id']}").json()["problem"] == why
    _print(one.exchange.message(SIONE, made["id"]), json_lines=False)
    assert f"mirror to XB: waiting, 3 in it. It waits. {why}" in " ".join(capsys.readouterr().out.split())
    shown = supervisor("GET", "/messages").json()
    assert shown["waiting"] == 2 and why in [each["problem"] for each in shown["messages"]]
    one.begin_again()
    one.send()
    for each in (made, notice):
        found = supervisor("GET", f"/messages/{each['id']}").json()
        assert (found["state"], found.get("problem", "")) == ("done", "")
    assert len(other.documents("in")) == before + 2


def test_what_failed_while_the_clock_was_ahead_goes_once_it_is_right(two: tuple[Side, Side]) -> None:
    one, _ = two
    one.begin_again()
    (made,) = one.exchange.push_records(SIONE, "XB", *DAYS)
    for ahead, is_sent in ((timedelta(seconds=6), False), (timedelta(days=1), True)):
        with one.built.stores.database.transaction() as connection:
            now = datetime.now(UTC)
            ExchangeQueue().failed(connection, "one-and-two", now + ahead, now, "The clocks of the two sides differ.")
        sending = ExchangeSending(one.built.stores)
        for _ in range(20):
            sending.turn()
        sending.release()
        assert (one.exchange.message(SIONE, made.id).state == "done") is is_sent


def test_the_command_waits_for_what_the_role_events_sends_and_no_longer_than_it_is_told(
    two: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, _ = two
    (made,) = one.exchange.push_records(SIONE, "XB", *DAYS)
    first, last = made.days  # of the records in it
    assert (DAYS[0] <= first <= last <= DAYS[1], made.number) == (True, "")
    role, turns = ExchangeSending(one.built.stores), []
    assert role._one.holds()  # the role sends, and the command does not
    monkeypatch.setattr(partner_commands, "_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(partner_commands, "operator", lambda: SIONE)
    partner_commands._send(one.exchange, [made.id], 0.0)
    waits = one.exchange.message(SIONE, made.id)
    assert waits.state == "waiting"
    _print(waits, False)
    assert f"cocket partner show {made.id}" in capsys.readouterr().out.replace("\n", " ")

    def asleep(_: float) -> None:
        turns.append(role.turn(is_patient=False))

    monkeypatch.setattr(partner_commands.time, "sleep", asleep)
    partner_commands._send(one.exchange, [made.id], 60.0)
    assert turns and one.exchange.message(SIONE, made.id).state in ("answered", "done")
    assert "waiting for the answer" in capsys.readouterr().err
    while role.turn(is_patient=False) or role.is_sending:
        pass
    role.release()
    tells = one.exchange.opened(ANNA, made.id)
    assert len(tells.dossiers) == made.count == 3 and tells.others == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/XB/pushes", {"kind": "mirror"}, 422),
        ("/XB/pushes", {"kind": "mirror", "since": "2026-03-01", "until": "2026-03-31", "notices": "x"}, 422),
        ("/XB/pushes", {"kind": "seizure"}, 422),
        ("/XB/pushes", {"kind": "seizure", "notices": "[[notice]]"}, 400),
        ("/XB/pushes", {"kind": "certificate", "notices": SEIZURE}, 422),
        ("/XB/pushes", {"kind": "mirror", "since": "2026-03-01", "until": "2026-03-31", "purpose": "fun"}, 422),
        ("/XC/pushes", {"kind": "mirror", "since": "2026-03-01", "until": "2026-03-31"}, 422),
        ("/messages/nothing/again", {}, 404),
    ],
)
def test_what_cannot_be_pushed_is_refused_over_http_and_nothing_waits(
    two: tuple[Side, Side], path: str, body: dict[str, str], status: int
) -> None:
    one, _ = two
    before = len(one.documents("out"))
    reply = asking(one, "supervisor")("POST", path, json=body)
    assert reply.status_code == status, reply.text
    assert len(one.documents("out")) == before


@pytest.mark.parametrize("role", ["officer", "analyst", "auditor", "trader", "agency"])
def test_only_supervisors_push_over_http(two: tuple[Side, Side], role: str) -> None:
    one, _ = two
    ask, before = asking(one, role), len(one.documents("out"))
    days = {"kind": "mirror", "since": "2026-03-01", "until": "2026-03-31"}
    assert ask("POST", "/XB/pushes", json=days).status_code in (403, 404)
    assert ask("POST", "/XB/pushes", json={"kind": "seizure", "notices": SEIZURE}).status_code in (403, 404)
    assert (ask("GET", "/messages").status_code == 200) == (role in ("analyst", "auditor"))
    assert len(one.documents("out")) == before


def test_through_an_outage_what_waits_goes_later_and_once(two: tuple[Side, Side]) -> None:
    one, other = two
    away = agreement_text("XA", other, "http://127.0.0.1:1")
    agreed(one.built, away)
    (made,) = one.exchange.push_records(SIONE, "XB", *DAYS)
    sending = ExchangeSending(one.built.stores, draw=lambda: 0.5)
    assert sending.turn() == 0
    view = one.exchange.exchanges(SIONE)
    assert view.waiting == 1
    assert view.sending["one-and-two"].attempts == 1
    assert "does not answer" in view.sending["one-and-two"].problem
    assert sending.turn() == 0  # it is left alone until its pause is over
    assert one.exchange.exchanges(SIONE).sending["one-and-two"].attempts == 1
    agreed(one.built, agreement_text("XA", other))
    assert sending.turn(is_patient=False) == 1
    assert sending.turn() == 1
    sending.release()
    assert one.exchange.message(SIONE, made.id).state == "done"
    assert [each.id for each in other.documents("in")].count(made.id) == 1
    assert json.loads(one.documents("out")[-1].receipts[0])["kind"] == "receipt"


def test_a_partner_that_does_not_sign_as_the_agreement_says_is_not_believed(two: tuple[Side, Side]) -> None:
    one, other = two
    agreed(one.built, agreement_text("XA", other, key=HouseKey(bytes(32)).public))
    made = one.exchange.query_records(SIONE, "XB", *DAYS)
    one.begin_again()
    assert one.send() == 0
    assert one.exchange.message(SIONE, made.id).state == "waiting"
    assert "not believed" in one.exchange.exchanges(SIONE).sending["one-and-two"].problem
    agreed(one.built, agreement_text("XA", other))
    one.begin_again()
    assert one.send() == 2


def ended(side: Side) -> None:
    given = side.built.house.governance.agreements.propose_end(SIONE, "one-and-two", "for the test")
    side.built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)


def test_when_the_agreement_ends_what_waits_is_given_up_and_what_comes_is_turned_away(two: tuple[Side, Side]) -> None:
    one, other = two
    made = one.exchange.query_records(SIONE, "XB", *DAYS)
    ended(one)
    assert one.send() == 0
    given_up = one.exchange.message(SIONE, made.id)
    here = f"The agreement one-and-two with Customs of XB was ended on {TODAY}: for the test."
    assert (given_up.state, given_up.problem) == ("given-up", here)
    for act in (
        lambda: one.exchange.send_again(SIONE, made.id),
        lambda: one.exchange.push_records(SIONE, "XB", *DAYS),
        lambda: one.notices.tell(SIONE, "seizure", "XB", SEIZURE.encode()),
    ):
        with pytest.raises(AgreementOverError) as refused:
            act()
        assert here in refused.value.message
    agreed(one.built, agreement_text("XA", other))
    one.exchange.send_again(SIONE, made.id)
    assert one.send() == 2


def partners_check(side: Side) -> Check:
    (check,) = [each for each in look(side.built.stores).checks if each.name == "partner-exchange"]
    return check


def test_an_agreement_that_ended_on_one_side_is_over_for_the_other_too_in_words_and_at_once(
    two: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    ended(one)
    sealed = [len(one.built.bodies(kind)) for kind in ("partner-request", "partner-exchange", "mirror-exchange")]
    made = other.exchange.query_records(SIONE, "XA", *DAYS)
    assert other.send() == 1  # it was answered
    words = f"The partner answers: The agreement one-and-two with Customs of XB was ended on {TODAY}."
    found = other.exchange.message(SIONE, made.id)
    assert (found.state, found.problem) == (
        "refused",
        words,
    )  # given up at once; why it was ended is not for the partner
    assert [
        len(one.built.bodies(kind)) for kind in ("partner-request", "partner-exchange", "mirror-exchange")
    ] == sealed
    assert other.exchange.exchanges(SIONE).sending["one-and-two"].problem == words
    agreements = other.built.house.governance.agreements
    (view,) = agreements.agreements(SIONE)
    assert (view.standing, view.problem) == ("in-force", words)
    assert agreements.agreement(SIONE, "one-and-two") == view
    partner = msgspec.structs.replace(trader("OTHER"), roles=("agency",))
    assert [each.problem for each in agreements.agreements(partner)] == [""]  # how we fare is not for the other party
    assert f"under one-and-two nothing goes: {words[:-1]}" in partners_check(other).words
    note = msgspec.json.encode(ReceiptNote(form=FORM, message=made.id))
    url = f"{one.url}/v1/exchange/receipts"
    refused = post(one, sign_request(house_key(other.built.stores), url, note), note, "/v1/exchange/receipts")
    assert (refused.status_code, refused.json()["code"], "signature" in refused.headers) == (
        403,
        "agreement-over",
        True,
    )
    stranger = sign_request(HouseKey(bytes(32)), url, note)
    assert post(one, stranger, note, "/v1/exchange/receipts").status_code == 401
    agreed(one.built, agreement_text("XA", other))
    other.exchange.query_records(SIONE, "XA", *DAYS)
    assert other.send() == 2
    assert agreements.agreement(SIONE, "one-and-two").problem == ""
    assert "nothing goes" not in partners_check(other).words


def test_what_no_agreement_covers_is_refused_for_good_and_nothing_else_is_held_up(two: tuple[Side, Side]) -> None:
    one, other = two
    text = agreement_text("XA", other)
    agreed(one.built, b"\n".join(each for each in text.splitlines() if not each.startswith(b"seizure")))
    told = other.notices.tell(SIONE, "seizure", "XA", SEIZURE.replace("S-1", "S-77").encode())
    other.send()
    found = other.exchange.message(SIONE, told.id)
    assert (found.state, found.problem) == ("refused", "No agreement in force covers this exchange (seizure).")
    assert other.exchange.exchanges(SIONE).sending["one-and-two"].problem == ""
    agreed(one.built, text)


def test_what_waits_goes_only_as_far_as_the_agreement_reaches_when_it_is_sent(two: tuple[Side, Side]) -> None:
    one, other = two
    before = len(other.documents("in"))
    text = agreement_text("XA", other)

    def problem(narrower: bytes) -> str:
        agreed(one.built, text)
        whole = SEIZURE.replace("S-1", f"S-{len(narrower)}")
        made = [
            one.notices.tell(SIONE, "seizure", "XB", whole.encode()).id,
            one.exchange.push_records(SIONE, "XB", *DAYS)[0].id,
        ]
        agreed(one.built, narrower)
        one.send()
        found = [one.exchange.message(SIONE, each) for each in made]
        assert found[0].state == "given-up"
        assert len(other.documents("in")) - before == sum(each.state == "done" for each in found)
        other.exchange.exchanges(SIONE)
        return " ".join(f"{each.state}: {each.problem}" for each in found)

    fewer = problem(text.replace(b'seizure = ["goods", ', b"seizure = ["))
    assert fewer == (
        "given-up: The agreement one-and-two does not let all of it be given any more. Give it again. done: "
    )
    before = len(other.documents("in"))
    gone = problem(b"\n".join(each for each in text.splitlines() if not each.startswith((b"seizure", b"mirror"))))
    assert gone == (
        "given-up: The agreement one-and-two does not cover seizure any more. "
        "given-up: The agreement one-and-two does not cover mirror any more."
    )
    elsewhere = problem(text.replace(b'["control", "analysis"]', b'["analysis"]'))
    assert elsewhere.count("is not for the purpose control any more.") == 2
    agreed(one.built, text)


def test_an_agreement_that_ends_while_messages_are_being_sent_stops_those_that_follow(
    two: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    agreed(one.built, agreement_text("XA", other))
    made = [one.exchange.push_records(SIONE, "XB", *DAYS)[0].id for _ in range(3)]
    settle = ExchangeSending._settle

    def settle_and_end(self: ExchangeSending, *said: Any) -> None:
        settle(self, *said)
        ended(one)

    monkeypatch.setattr(ExchangeSending, "_settle", settle_and_end)
    one.send()
    found = [one.exchange.message(SIONE, each) for each in made]
    assert [each.state for each in found] == ["done", "given-up", "given-up"]
    words = f"The agreement one-and-two with Customs of XB was ended on {TODAY}: for the test."
    assert found[0].problem == found[1].problem == words
    assert sum(each.id in made for each in other.documents("in")) == 1
    agreed(one.built, agreement_text("XA", other))


class Parts:
    """Counts the looks that each transaction seals for partners; fails at one of them where it is told to.

    Attributes:
        sealed: Looks of each transaction that sealed any, in order (count).
        fails_at: Place of the transaction that fails; -1 for none.
    """

    def __init__(self, patched: pytest.MonkeyPatch, fails_at: int = -1) -> None:
        self.sealed: list[int] = []
        self.fails_at = fails_at
        seal = Access.seal

        def counting(access: Access, connection: Connection, *records: NewRecord) -> range:
            looks = sum(b'"who":"partner:' in one.body for one in records)
            if looks and len(self.sealed) == self.fails_at:
                raise StoreError("The disk is full.")
            self.sealed += [looks] if looks else []
            return seal(access, connection, *records)

        patched.setattr(Access, "seal", counting)
        patched.setattr(partner_looks_module, "AT_ONCE", 2)


def test_looks_of_many_records_are_sealed_in_parts_and_no_message_waits_before_all_of_them_are(
    two: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    for each in two:
        agreed(each.built, agreement_text(each.country, other if each is one else one))
        each.begin_again()
    messages, looks = len(one.documents("out")), len(looks_of(one, "XB"))
    with monkeypatch.context() as patched:
        parts = Parts(patched, fails_at=1)
        with pytest.raises(StoreError, match="disk"):
            one.exchange.push_records(SIONE, "XB", *DAYS)
        assert parts.sealed == [2]
    assert len(one.documents("out")) == messages
    assert one.send() == 0
    assert len(looks_of(one, "XB")) == looks + 2, "the record says more than was given, never less"
    parts = Parts(monkeypatch)
    (made,) = one.exchange.push_records(SIONE, "XB", *DAYS)
    assert (parts.sealed, made.count) == ([2, 1], 3)
    assert one.send() == 2
    assert one.exchange.message(SIONE, made.id).state == "done"


def test_looks_of_many_records_that_are_asked_for_are_sealed_before_any_answer_leaves(
    two: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    looks = len(looks_of(other, "XA"))
    key, url = house_key(one.built.stores), f"{other.url}/v1/exchange/messages"
    body = message(one, id="01993c00-0000-7000-8000-0000000000ef")
    with monkeypatch.context() as patched:
        Parts(patched, fails_at=1)
        assert post(other, sign_request(key, url, body), body).status_code == 503
    monkeypatch.setattr(exchange_module, "_WORKING", timedelta(0))
    parts = Parts(monkeypatch)
    answered = post(other, sign_request(key, url, body), body)
    assert (answered.status_code, len(answered.json()["body"]["records"]), parts.sealed) == (200, 3, [2, 1])
    assert len(looks_of(other, "XA")) == looks + 2 + 3
    again = post(other, sign_request(key, url, body), body)
    assert (again.content, parts.sealed) == (answered.content, [2, 1])
