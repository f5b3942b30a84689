# SPDX-License-Identifier: Apache-2.0
"""Hand-overs, enquiries, fines, convoys, corridor reports and on-call lists over HTTP and on the pages, in real houses.

What is entered wrongly is answered in words, and what is of another office as if it were not there.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from cocket.api import build_app
from cocket.errors import CocketError
from cocket.gate import make_key
from cocket.pipeline.credentials.partner_tokens import PartnerTokens
from cocket.pipeline.tracking.hand_overs import ANSWER, HANDED
from cocket.tracking.adapters.open_e_seal import SealPart
from cocket.workbench import build_app as build_workbench
from tests.pipeline.tracking.tracked import SUPERVISOR, A, B, Tracked, neighbours, tracked
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
PEOPLE = (("olga", "supervisor", None), ("eve", "supervisor", "ELSEWHERE"), ("anna", "officer", "TO"))
SECOND = {"reference": "26XX000000000002T1", "devices": ("dev-2",), "seals": ("S2",), "equipment": ("TCLU7654321",)}
NONE = "0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611"


class Doors:
    """A house with its doors: asks over HTTP with the key of a role, and opens pages as somebody of `PEOPLE`."""

    def __init__(self, lorry: Tracked, api: str, pages: str) -> None:
        self.lorry, self._api, self._pages = lorry, api, pages
        self._keys: dict[str, str] = {}

    def ask(self, method: str, path: str, role: str = "supervisor", **how: Any) -> httpx.Response:
        if role not in self._keys:
            self._keys[role] = make_key(role)
            self.lorry.house.governance.accounts.add_key(self._keys[role], role, [role], ["ACME"])
        headers = {"Authorization": f"Bearer {self._keys[role]}"}
        with httpx.Client(trust_env=False, base_url=self._api, headers=headers) as client:
            return client.request(method, path, **how)

    @contextlib.contextmanager
    def enter(self, name: str = "olga") -> Iterator[httpx.Client]:
        with httpx.Client(trust_env=False, base_url=self._pages, headers={"origin": self._pages}) as client:
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
            yield client


@contextlib.contextmanager
def doors_of(lorry: Tracked) -> Iterator[Doors]:
    for name, role, office in PEOPLE:
        lorry.house.governance.accounts.put_officer(name, name, role, office, PASSWORD)
    with open_door(build_app(lorry.house)) as port, served(build_workbench(lorry.house)) as pages:
        yield Doors(lorry, f"http://127.0.0.1:{port}", pages)


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    lorry = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    with doors_of(lorry) as found:
        yield found
    lorry.close()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Doors, Doors]]:
    a, b = neighbours(tmp_path)
    with doors_of(a) as first, doors_of(b) as second:
        yield first, second
    a.close()
    b.close()


def refused(answer: httpx.Response, code: str | None = None, status: int = 422) -> None:
    """An answer refuses in words, and by its code where it has one."""
    said = answer.json()
    assert answer.status_code == status, said
    assert said["error"]["message"], said
    codes = {said["error"]["code"], *(one["code"] for one in said.get("findings", ()))}
    assert code is None or code in codes, said


def late(lorry: Tracked, **fields: Any) -> str:
    now = datetime.now(UTC)
    return lorry.activate(starts_at=now - timedelta(days=11), time_limit=now - timedelta(days=8, hours=1), **fields).id


def sender(client: httpx.Client, page: str) -> Callable[..., httpx.Response]:
    """Sends forms of a page."""
    form = {"csrf": token(client.get(page).text)}
    return lambda path, **fields: client.post(path, data=form | fields)


def test_a_journey_past_its_limit_is_asked_after_and_fined_over_http(doors: Doors) -> None:
    ask, journey = doors.ask, late(doors.lorry)
    (listed,) = ask("GET", "/v1/enquiries", "officer").json()["journeys"]
    assert (listed["line"]["id"], listed["is_due"], listed["days_over"]) == (journey, True, 8)
    at, fines = f"/v1/journeys/{journey}/enquiry", f"/v1/journeys/{journey}/fines"
    refused(ask("POST", at, json={"act": "answer", "words": "seen"}), "enquiry-state")
    for wrong in (
        {"act": "ask", "words": " "},
        {"act": "ask", "words": "where?", "days": 0},
        {"act": "forget", "words": "x"},
        {"act": "ask"},
        ["ask"],
    ):
        refused(ask("POST", at, json=wrong))
    refused(ask("POST", at, content=b"{", headers={"content-type": "application/json"}), "enquiry-malformed")
    assert ask("POST", at, json={"act": "ask", "words": "TO: was it presented?"}).json()["enquiry"]["state"] == "open"
    assert ask("POST", at, json={"act": "answer", "words": "never"}).json()["enquiry"]["state"] == "answered"
    refused(ask("POST", at, json={"act": "close", "words": "no proof"}), "enquiry-outcome")
    closed = ask("POST", at, json={"act": "close", "words": "no proof", "outcome": "debt"}).json()["enquiry"]
    assert (closed["state"], closed["outcome"]) == ("closed", "debt")
    fine = {"amount": "2500.00", "currency": "USD", "reason": "lost seal"}
    refused(ask("POST", fines, "officer", json=fine), status=404)
    for wrong in ({"amount": "0"}, {"amount": "NaN"}, {"amount": "-1"}, {"currency": "usd"}, {"reason": " "}):
        refused(ask("POST", fines, json=fine | wrong))
    made = ask("POST", fines, json=fine)
    assert (made.status_code, made.json()["enquiry"]["fines"][0]["amount"]) == (201, "2500.00")
    refused(ask("POST", f"{fines}/2", json={"state": "paid", "note": "receipt 1"}), status=404)
    refused(ask("POST", f"{fines}/{'9' * 30}", json={"state": "paid", "note": "receipt 1"}), status=404)
    refused(ask("POST", f"{fines}/one", json={"state": "paid", "note": "receipt 1"}))
    refused(ask("POST", f"{fines}/1", json={"state": "forgiven", "note": "x"}))
    paid = ask("POST", f"{fines}/1", json={"state": "paid", "note": "receipt 1"}).json()["enquiry"]["fines"][0]
    assert (paid["state"], paid["note"]) == ("paid", "receipt 1")
    refused(ask("POST", f"{fines}/1", json={"state": "waived", "note": "again"}), "fine-settled")
    for none in (NONE, "no-id"):
        refused(ask("POST", f"/v1/journeys/{none}/enquiry", json={"act": "ask", "words": "where?"}), status=404)
        refused(ask("POST", f"/v1/journeys/{none}/fines", json=fine), status=404)
    assert ask("GET", "/v1/enquiries", "trader").status_code == 403


def test_a_journey_past_its_limit_is_asked_after_and_fined_on_its_page(doors: Doors) -> None:
    journey = late(doors.lorry)
    page = f"/tracking/enquiries/{journey}"
    with doors.enter() as client, doors.enter("eve") as other:
        assert journey in client.get("/tracking/enquiries").text
        send = sender(client, page)
        refusals = (
            ("ask", {"words": ""}, "Enter who is asked, and what."),
            ("answer", {"words": "seen"}, "No enquiry is open"),
            ("fine", {"words": "x", "amount": "much", "currency": "USD"}, "Enter it in figures."),
            (
                "fine",
                {"words": "x", "amount": "5", "currency": "DOLLAR"},
                "A fine has an amount above 0 and a currency.",
            ),
        )
        for name, fields, said in refusals:
            answer = send(f"{page}/{name}", **fields)
            assert (answer.status_code, said in text_of(answer.text)) == (422, True), (name, text_of(answer.text))
        assert send(f"{page}/forget", words="x").status_code == 404
        assert send(f"{page}/ask", words="TO: was it presented?").status_code == 303
        assert "TO: was it presented?" in text_of(client.get(page).text)
        wrong = send(f"{page}/close", words="no proof", outcome="")
        assert (wrong.status_code, "not an outcome" in text_of(wrong.text)) == (422, True)
        assert send(f"{page}/close", words="no proof", outcome="lost").status_code == 303
        assert send(f"{page}/fine", words="lost seal", amount="2 500,00", currency="usd").status_code == 303
        for number in ("7", "", "9" * 5000):
            assert send(f"{page}/settle", words="x", number=number, state="paid").status_code == 404
        assert send(f"{page}/settle", words="receipt 1", number="1", state="paid").status_code == 303
        said = text_of(client.get(page).text)
        assert "Lost" in said and "receipt 1" in said
        # Of another office: not there.
        assert journey not in other.get("/tracking/enquiries").text
        assert other.get(page).status_code == 404
        form = {"csrf": token(other.get("/tracking/on-call").text)}
        for name in ("ask", "fine"):
            answer = other.post(f"{page}/{name}", data={**form, "words": "x", "amount": "5", "currency": "USD"})
            assert answer.status_code == 404


def test_a_journey_is_handed_over_between_two_houses_over_http(two: tuple[Doors, Doors]) -> None:
    a, b = two
    line = a.lorry.activate()
    at, here = f"/v1/journeys/{line.id}/hand-over", {"departure": "FROM", "destination": "TO", "corridor": "EAST"}
    asked = {"partner": B, "place": "MALABA"}
    for wrong, code in (
        ({"partner": "did:web:nobody.example"}, "hand-over-partner"),
        ({"partner": "B"}, None),
        ({"place": " "}, "hand-over-place"),
        ({"place": "MAL\0ABA"}, None),
    ):
        refused(a.ask("POST", at, json=asked | wrong), code)
    refused(a.ask("POST", f"/v1/journeys/{NONE}/hand-over", json=asked), status=404)
    assert a.ask("POST", at, "auditor", json=asked).status_code in (403, 404)
    sent = a.ask("POST", at, json=asked)
    assert (sent.status_code, sent.json()["stage"]) == (201, "handed-over")
    refused(a.ask("POST", at, json=asked), "hand-over-twice")
    document = sent.json()["token"]
    head, claims, signature = document.split(".")
    said = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(b"MALABA", b"BUSIAX")
    forged = f"{head}.{base64.urlsafe_b64encode(said).decode().rstrip('=')}.{signature}"
    for wrong in (forged, f"{head}.{claims}.{'A' * len(signature)}", f"{head}.{claims}."):
        refused(b.ask("POST", "/v1/hand-overs", json={"document": wrong, **here}), "signature")
    for wrong, status in (("no token", 400), ("", 400), ("a.b.c", 422), ("\0", 422)):
        refused(b.ask("POST", "/v1/hand-overs", json={"document": wrong, **here}), status=status)
    refused(a.ask("POST", "/v1/hand-overs", json={"document": document, **here}))  # it is for the other
    refused(b.ask("POST", "/v1/hand-overs", json={"document": document, **here, "departure": "NOWHERE"}))
    refused(b.ask("POST", "/v1/hand-overs", json={"document": document, **here, "devices": []}))
    refused(b.ask("POST", "/v1/hand-overs", json={"document": document, **here, "devices": ["dev-9"]}))
    assert b.ask("GET", "/v1/hand-overs").json() == {"hand_overs": []}
    taken = b.ask("POST", "/v1/hand-overs", json={"document": document, **here})
    assert (taken.status_code, taken.json()["stage"]) == (201, "taken-over")
    refused(b.ask("POST", "/v1/hand-overs", json={"document": document, **here}), "hand-over-twice")
    reply = taken.json()["answer"]
    refused(a.ask("POST", "/v1/hand-overs/answers", json={"answer": document}))  # it is no answer
    refused(a.ask("POST", "/v1/hand-overs/answers", json={"answer": reply[:-8] + "AAAAAAAA"}))
    refused(b.ask("POST", "/v1/hand-overs/answers", json={"answer": reply}))  # it is for the other
    assert a.ask("POST", "/v1/hand-overs/answers", json={"answer": reply}).json()["stage"] == "taken-over"
    for none in (NONE, "no-id"):
        refused(b.ask("POST", f"/v1/hand-overs/{none}/answer"), status=404)
    b.lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, taken.json()["journey"], "counted")
    last = b.ask("POST", f"/v1/hand-overs/{taken.json()['id']}/answer").json()
    assert last["stage"] == "discharged"
    assert a.ask("POST", "/v1/hand-overs/answers", json={"answer": last["answer"]}).json()["stage"] == "discharged"
    refused(a.ask("POST", "/v1/hand-overs/answers", json={"answer": reply}), "hand-over-old")


#: Days at the ends of the calendar, with offsets that lead beyond them.
_FAR_OFF = (("0001-01-01", "+14:00"), ("9999-12-31", "-14:00"), ("0001-01-01", "Z"), ("9999-12-31", "Z"))

#: What no document may say of a text: nothing that a database, a log or a page cannot hold.
_HOSTILE = ("\0", "\ud800", "x" * 9_000, "did:web:\0", "did:web:a.example%00", "did:web:[", 7, None, [], {"a": 1})


def test_no_document_of_a_caller_is_answered_as_a_fault_of_ours(two: tuple[Doors, Doors]) -> None:
    a, b = two
    line = a.lorry.activate()
    sent = a.ask("POST", f"/v1/journeys/{line.id}/hand-over", json={"partner": B, "place": "MALABA"}).json()
    here = {"departure": "FROM", "destination": "TO", "corridor": "EAST"}
    signing = {A: PartnerTokens(a.lorry.built.stores), B: PartnerTokens(b.lorry.built.stores)}
    _, body, signature = sent["token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    receipt = json.dumps({"kind": "receipt", "signatures": []})
    documents = [receipt, "{}", "\0", "\u00e9.\u00e9.\u00e9", "..", *(sent["token"][:n] for n in range(1, 1200, 149))]

    def unsigned(**said: object) -> str:
        parts = ({"alg": "EdDSA", "typ": HANDED, "kid": f"{said.get('iss', A)}#key-1"} | said, claims | said)
        return ".".join(_part(one) for one in parts) + f".{signature}"

    documents += [unsigned(**{name: one}) for name in ("iss", "kid", "aud", "sub", "alg") for one in _HOSTILE]
    journey = claims["journey"]
    wrongs: list[tuple[str, object]] = [(name, one) for name in journey for one in (*_HOSTILE, ["\0"], ["x" * 9_000])]
    wrongs += [("guarantee_amount", one) for one in ("1E+999999", "NaN", "-1", "1E-999999")]
    wrongs += [(name, f"{one}T00:00:00{zone}") for name in ("starts_at", "time_limit") for one, zone in _FAR_OFF]
    for number, (name, wrong) in enumerate(wrongs):
        with contextlib.suppress(UnicodeEncodeError, ValueError, CocketError):  # what no partner can sign
            said = claims | {"jti": str(UUID(int=number + 1)), "journey": journey | {name: wrong}}
            documents.append(signing[A].sign(HANDED, said))
    documents += [signing[A].sign(HANDED, claims | {"jti": one}) for one in ("\0", "x" * 9_000, 7, None, [])]
    faults = []
    for document in documents:
        answer = b.ask("POST", "/v1/hand-overs", json={"document": document, **here})
        if answer.status_code == 201:  # so that the next one can begin with the same devices
            b.lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, answer.json()["journey"], "counted")
        elif not (400 <= answer.status_code < 500 and answer.json()["error"]["message"]):
            faults.append((document[:80], _said(document), answer.status_code, answer.text[:200]))
    answers = [
        signing[B].sign(
            ANSWER,
            {"aud": A, "sub": "x", "iat": 0, "jti": sent["id"], "stage": "arrived", "at": f"{day}T00:00:00{zone}"},
        )
        for day, zone in _FAR_OFF
    ]
    answers += [
        signing[B].sign(
            ANSWER, {"aud": A, "sub": "x", "iat": 0, "jti": one, "stage": "arrived", "at": "2026-01-01T00:00:00Z"}
        )
        for one in ("\0", "x" * 9_000, 7, None, [])
    ]
    for document in answers:
        answer = a.ask("POST", "/v1/hand-overs/answers", json={"answer": document})
        if answer.status_code >= 500:
            faults.append((document[:80], _said(document), answer.status_code, answer.text[:200]))
    assert not faults, "\n".join(map(str, faults))
    for one in two:
        assert one.ask("GET", "/v1/hand-overs").status_code == 200


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _said(document: str) -> str:
    """The claims of a document, as far as they can be read."""
    try:
        body = document.split(".")[1]
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()[:600]
    except (ValueError, IndexError):
        return document[:100]


def test_a_journey_is_handed_over_between_two_houses_on_their_pages(two: tuple[Doors, Doors]) -> None:
    a, b = two
    line = a.lorry.activate()
    pages = "/tracking/hand-overs"
    with a.enter() as from_a, b.enter() as to_b, a.enter("eve") as eve:
        send, take = sender(from_a, f"{pages}?journey={line.id}"), sender(to_b, pages)
        wrong = send(f"{pages}/send", journey=line.id, partner="did:web:nobody.example", place="MALABA")
        assert (wrong.status_code, "not recognised" in text_of(wrong.text)) == (422, True)
        form = {"csrf": token(eve.get("/tracking/on-call").text), "journey": line.id, "partner": B, "place": "MALABA"}
        assert eve.post(f"{pages}/send", data=form).status_code == 404
        assert send(f"{pages}/send", journey=line.id, partner=B, place="MALABA").status_code == 303
        (sent,) = a.ask("GET", "/v1/hand-overs").json()["hand_overs"]
        document = from_a.get(f"{pages}/out/{sent['id']}.jwt").text
        assert document == sent["token"]
        assert eve.get(f"{pages}/out/{sent['id']}.jwt").status_code == 404 and line.id not in eve.get(pages).text
        here = {"departure": "FROM", "destination": "TO"}
        for text in ("no token", document[:-8] + "AAAAAAAA", ""):
            refusal = take(f"{pages}/take", document=text, **here)
            assert refusal.status_code == 422 and 'role="alert"' in refusal.text
        assert take(f"{pages}/take", document=document, **here).status_code == 303
        again = take(f"{pages}/take", document=document, **here)
        assert (again.status_code, "taken over before" in text_of(again.text)) == (422, True)
        (taken,) = b.ask("GET", "/v1/hand-overs").json()["hand_overs"]
        assert taken["partner"] == A
        reply = to_b.get(f"{pages}/in/{taken['id']}.jwt").text
        assert take(f"{pages}/answer", id=taken["id"]).status_code == 303
        assert take(f"{pages}/answer", id="none").status_code == 404
        assert send(f"{pages}/accept", answer="no token").status_code == 422
        assert send(f"{pages}/accept", answer=reply).status_code == 303
        assert "Taken over" in text_of(from_a.get(pages).text)


def test_a_convoy_is_made_and_an_alert_says_that_it_parted(doors: Doors) -> None:
    lorry, ask = doors.lorry, doors.ask
    lead, other = lorry.activate(), lorry.activate(**SECOND)
    at = f"/v1/journeys/{other.id}/convoy"
    refused(ask("PUT", at, json={"lead": other.id}), "journey-convoy")
    refused(ask("PUT", at, json={"lead": other.id.upper()}), "journey-convoy")
    refused(ask("PUT", at, json={"lead": NONE}), status=404)
    refused(ask("PUT", at, json={"lead": "no-id"}), status=404)
    refused(ask("PUT", at, json={"lead": 7}))
    refused(ask("PUT", at, json={"lead": lead.id, "note": "x" * 4001}))
    assert ask("PUT", at, "auditor", json={"lead": lead.id}).status_code in (403, 404)
    with doors.enter() as client, doors.enter("eve") as eve:
        page = f"/tracking/journeys/{other.id}"
        form = client.get(f"{page}/convoy")
        assert lead.reference in text_of(form.text)
        send = sender(client, f"{page}/convoy")
        assert send(f"{page}/convoy", lead=other.id).status_code == 422
        assert send(f"{page}/convoy", lead=lead.id, note="one column").status_code == 303
        assert lead.id in client.get(page).text or lead.reference in text_of(client.get(page).text)
        token_of_eve = {"csrf": token(eve.get("/tracking/on-call").text)}
        assert eve.post(f"{page}/convoy", data={**token_of_eve, "lead": lead.id}).status_code == 404
    refused(ask("PUT", f"/v1/journeys/{lead.id}/convoy", json={"lead": other.id}), "journey-convoy")  # it follows
    places = [*range(6), *[6] * 14]  # stops after half an hour, while the one that leads goes on
    for number, place in enumerate(places):
        lorry.keep([lorry.told(number)], [lorry.at(number)])
        told = lorry.told(
            number, dev="dev-2", eq="TCLU7654321", seal=SealPart(n="S2", lock=1, strap=1, case=1),
            pos=(0, int((30 + 0.05 * place) * 1e7), 10),
        )  # fmt: skip
        lorry.keep([told], [lorry.at(number)], device="dev-2")
    lorry.work(lorry.at(len(places)))
    parted = ask("GET", "/v1/alerts?kind=convoy-parted", "officer").json()["alerts"]
    assert [one["severity"] for one in parted] == ["amber"]
    assert ask("PUT", at, json={"lead": ""}).json()["convoy"] == ""


def test_a_corridor_report_is_given_with_its_tables(doors: Doors) -> None:
    lorry, ask = doors.lorry, doors.ask
    lorry.activate(operator="Kestrel Haulage")
    lorry.hear(range(12))
    at = "/v1/corridor-reports?departure=FROM&destination=TO"
    report = ask("GET", at, "officer").json()["report"]
    assert [one["operator"] for one in report["operators"]] == ["Kestrel Haulage"] and report["stretches"]
    for wrong in ("&days=0", "&days=367", "&days=many"):
        refused(ask("GET", at + wrong))
    refused(ask("GET", "/v1/corridor-reports?departure=FROM"))
    refused(ask("GET", "/v1/corridor-reports?departure=%00&destination=TO"), status=400)
    nothing = ask("GET", "/v1/corridor-reports?departure=X&destination=Y").json()
    assert (nothing["report"]["operators"], nothing["left_out"]) == ([], 0)
    with doors.enter() as client, doors.enter("eve") as eve:
        assert "Kestrel Haulage" in text_of(client.get("/tracking/reports").text)
        for part in ("kilometres", "operators", "stops"):
            table = client.get(f"/tracking/reports/{part}.csv?departure=FROM&destination=TO&days=30")
            assert (table.status_code, table.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        rows = client.get("/tracking/reports/operators.csv").text.replace('"', "").splitlines()
        assert rows[0].lstrip("\ufeff").startswith("operator,journeys") and rows[1].startswith("Kestrel Haulage,1")
        assert client.get("/tracking/reports/secrets.csv").status_code == 404
        for query in ("days=9999999", "days=-1", "departure=%00&destination=%00", f"departure={'x' * 500}"):
            assert client.get(f"/tracking/reports?{query}").status_code in (200, 400)
        assert "Kestrel Haulage" not in eve.get("/tracking/reports?departure=FROM&destination=TO").text
        hidden = eve.get("/tracking/reports/operators.csv?departure=FROM&destination=TO").text
        assert "Kestrel Haulage" not in hidden and len(hidden.splitlines()) == 1


def test_whoever_is_on_call_is_called_and_then_the_supervisors(doors: Doors) -> None:
    lorry, ask = doors.lorry, doors.ask
    body: dict[str, Any] = {"office": "TO", "shifts": [{"officer": "anna"}]}
    refused(ask("PUT", "/v1/on-call", json={**body, "shifts": [{"officer": "nobody"}]}), "on-call-officer")
    refused(ask("PUT", "/v1/on-call", json={**body, "shifts": [{"officer": "anna", "days": [7]}]}))
    refused(ask("PUT", "/v1/on-call", json={**body, "shifts": [{"officer": "anna", "begins": "6"}]}), "on-call-hours")
    refused(ask("PUT", "/v1/on-call", json={**body, "office": "T\0O"}))
    assert ask("PUT", "/v1/on-call", json=body).json()["now"] == ["anna"]
    lorry.activate()
    lorry.hear(range(3))
    lorry.hear(range(3, 6), seal=SealPart(n="S1", lock=0))
    lorry.work(datetime.now(UTC))
    lorry.work(datetime.now(UTC) + timedelta(minutes=11))
    (alert,) = ask("GET", "/v1/alerts?kind=seal-opened").json()["alerts"]
    called = [act["note"] for act in alert["acts"] if act["what"] == "called"]
    assert called == ["anna", "olga"]  # eve is of another office
    with doors.enter("anna") as client, doors.enter("eve") as eve:
        assert f"/tracking/alerts/{alert['id']}" in client.get("/inbox").text
        assert "anna" not in text_of(eve.get("/tracking/on-call").text)
        form = {"csrf": token(eve.get("/tracking/on-call").text), "office": "TO", "shifts": "eve mon-sun 00:00-24:00"}
        wrong = eve.post("/tracking/on-call", data=form)
        assert (wrong.status_code, "its own office" in text_of(wrong.text)) == (422, True)
