# SPDX-License-Identifier: Apache-2.0
"""A real house with something on every page: that of `tests/house/access_house`, and what its traders and officers did at theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from cocket.control.standing import read_register
from cocket.exchange.signed_http import HouseKey
from cocket.gate import make_key
from cocket.measures.permits import Hold
from cocket.pipeline.control import contests as contest_rules
from cocket.pipeline.governance.webhooks import NewWebhook
from cocket.pipeline.partners.agencies import NewFinding
from cocket.pipeline.partners.appointments import NewSlots
from cocket.pipeline.partners.joint import Evidence
from cocket.risk.joint import Cell, EvidenceTable
from cocket.trials.lessons.recommendations import Forecast, NewRecommendation
from cocket.trials.lessons.sharing import FORMAT, CardFile, shared_card, write_file
from cocket.trials.pilots.protocol import PilotPlan, StopRule
from cocket.workbench import build_app
from tests.house.access_house import HEAD, PASSWORD, Found, furnish
from tests.houses import envelope, trader
from tests.messages import declaration
from tests.pipeline.control.test_trader_papers import PDF
from tests.pipeline.partners.given import signed_letter
from tests.pipeline.partners.test_agencies import PLANT, agree
from tests.pipeline.queries.test_mirror import PARTNER, SIONE, VEA, agreed, exported, mirror_text
from tests.trials.lessons.given import card as lesson
from tests.trials.lessons.given import cost, measured, new_card
from tests.workbench.base.test_real_instance import link, token
from tests.workbench.conftest import served
from tests.workbench.intake.test_own_lodge import FILLED, fields

#: Importer of the sample declaration, whom an account may act for as well.
IMPORTER = "XA990000000042"

#: Sign-in name → role and senders acted for, of people of traders.
TRADERS = {"tina": ("trader", ("ACME", IMPORTER)), "bela": ("declarant", ("BETA",))}


@contextmanager
def signed_in(address: str, name: str) -> Iterator[httpx.Client]:
    """A browser without eyes of somebody who is signed in."""
    with httpx.Client(base_url=address, headers={"origin": address}, timeout=120) as client:
        assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
        yield client


def _post(client: httpx.Client, path: str, /, *, at: str = "", **fields: Any) -> httpx.Response:
    page = client.get(at or path)
    files = fields.pop("files", None)
    answer = client.post(path, data={"csrf": token(page.text), **fields}, files=files)
    assert answer.status_code == 303, (path, answer.status_code, answer.text[:3000])
    return answer


def furnish_all(home: Path) -> Found:
    """Build it, and let its people act by page."""
    mail = {
        "workbench_url": "https://cocket.example",
        "mail_server": "smtp://127.0.0.1:1",
        "mail_from": "cocket@cocket.example",
    }
    found = furnish(home, event_webhooks=True, **mail)
    accounts = found.house.governance.accounts
    for name, (role, senders) in TRADERS.items():
        accounts.put_officer(name, name.title(), role, None, PASSWORD, senders=senders)
    accounts.add_key(make_key("acme-gate"), "Gate", ["trader"], ["ACME"], scopes=["message:lodge"])
    accounts.put_officer("ben", "Ben", "officer", "XB999999", PASSWORD)
    register = read_register(b"scheme,number,trader,scopes,valid_from\nAEO-C,7,ACME,import export,2026-01-01\n")[0]
    found.house.credentials.standings.take_standings(HEAD, register)
    found.house.intake.messages.take_many([envelope(declaration("ZQOWN"), IMPORTER)], principal=trader(IMPORTER))
    found.tracked.built.desk()
    found.tracked.built.sign()
    _exchange(found)
    _learn(found)
    _work_with_agency(found)
    governance = found.house.governance
    governance.own_webhooks.register(trader("ACME"), NewWebhook(url="https://receiver.example/acme"))
    governance.webhooks.register(HEAD, NewWebhook(url="https://receiver.example/house"))
    with served(build_app(found.house)) as address:
        with signed_in(address, "tina") as tina:
            places = _by_trader(tina)
        with signed_in(address, "ben") as ben:
            fields_of = {"reason": "goods burn at the quay", "case": "2026-17"}
            _post(ben, "/emergencies", reference=found.references["dossier of A"], **fields_of)
    found.places["walk"] = {**places, "month": "2026-03"}
    return found


def _exchange(found: Found) -> None:
    """An agreement with a partner, who gave the record of one export and what its examinations found."""
    accounts = found.house.governance.accounts
    accounts.put_officer(VEA.id, VEA.id, "supervisor", None, PASSWORD)
    accounts.put_officer(SIONE.id, SIONE.id, "supervisor", None, PASSWORD)
    key = HouseKey(bytes(32))
    joint = f'[signed]\nkeys = ["{key.public}"]\n\n[exchanges]\njoint = ["table", "card", "sum"]'
    agreed(found.tracked.built, mirror_text().replace(b"[exchanges]", joint.encode(), 1))
    found.house.queries.mirror.give_records(PARTNER, exported("ZQOWN"))
    days = date(2026, 1, 1), date(2026, 6, 30)
    cells = (Cell(hs2="52", origin="XB", examined=900, found=90),)
    evidence = Evidence(table=EvidenceTable(since=days[0], until=days[1], least=10, cells=cells, withheld=2))
    taken = found.house.partners.joint.take_letter(SIONE, signed_letter(key, evidence))
    found.house.risk.joint_tables.compare_table(SIONE, taken.name)
    found.house.partners.joint.begin_round(SIONE, ("XB",), days, is_two_allowed=True)


def _work_with_agency(found: Found) -> None:
    """An agency that works here: it holds goods and examines them at one appointment, and found something before."""
    built, dossier = found.tracked.built, found.places["dossier of A"]["consignment_id"]
    found.house.governance.accounts.put_officer("pat", "Pat", "agency", None, PASSWORD, senders=("PLANT",))
    agree(built, "PLANT", fields='["office", "received", "trader", "goods", "items", "equipment", "references"]')
    word = Hold(agency="PLANT", is_held=True, reason="ZQREASON", law="ZQLAW", examines=True)
    found.house.partners.agencies.place_hold(PLANT, dossier, word)
    found.house.partners.agencies.record_finding(PLANT, dossier, NewFinding(outcome="sampled", words="ZQFOUND"))
    place = found.house.queries.records.dossier(HEAD, dossier).summary.office or ""
    day = datetime.now(UTC).date() + timedelta(days=2)
    new = NewSlots(office=place, day=day, begins=time(8), count=2, place="ZQSHED")
    for slot in found.house.partners.appointments.open_slots(HEAD, new):
        found.house.partners.appointments.attend(PLANT, slot.id, 1)


def _learn(found: Found) -> None:
    """A use case that failed, one of another administration, an answer with a cost, and a forecast whose day has come."""
    trials, today = found.house.trials, datetime.now(UTC).date()
    begins = today - timedelta(days=20)
    names = ("random-hit-rate", "missed", "examinations", "accounts", "advice-seconds", "timeliness")
    card = new_card(
        status="stopped", failed="ZQFAILED", begins=begins, measures=names, cost=cost(), decided_by="ZQBOARD"
    )
    made = trials.use_cases.put_card(HEAD, card)
    told = CardFile(
        format=FORMAT,
        origin="did:web:other.example",
        administration="ZQOTHER",
        card=shared_card(lesson(measured(), cost=cost())),
    )
    taken = trials.use_cases.take_card(HEAD, write_file(told))
    trials.readiness.answer(HEAD, "ai-data", 4, "ZQREPORT")
    trials.readiness.set_cost(HEAD, "ai-data", cost())
    days = {"since": begins, "until": today - timedelta(days=1), "look_on": today}
    forecast = Forecast(measure="messages", low=1, high=2, confidence=0.8, **days)
    advice = NewRecommendation(
        title="ZQADVICE", text="ZQWHY", made=begins, forecast=forecast, evidence=(made.id, taken.id)
    )
    known = trials.recommendations.recommend(HEAD, advice)
    trials.recommendations.decide(HEAD, known.id, "accepted", "ZQREASON")
    trials.recommendations.judge(HEAD, known.id)
    _pilot(found, begins)


def _pilot(found: Found, first: date) -> None:
    """A pilot that was sealed before its first day and looked at, and one in the shadow."""
    pilots, day = found.house.trials.pilots, first - timedelta(days=1)
    plan = PilotPlan(
        title="ZQPILOT", question="ZQASKED", treatment="ZQGIVEN", offices=tuple(f"XQ{place}" for place in range(6)), first=first,
        period_days=5, periods=7, looks=(4, 7), stop=(StopRule(code="harm", limit=0.05, person="ZQBOARD"),), board="ZQBOARD",
    )  # fmt: skip
    made = pilots.replaying(day).plan(HEAD, plan)
    shadow = msgspec.structs.replace(plan, title="ZQSHADOW", design="shadow", looks=())
    other = pilots.replaying(day).plan(HEAD, shadow)
    for one in (made, other):
        pilots.look(HEAD, one.id)
    found.places["pilots"] = {"wedge": made.id, "shadow": other.id}


def _by_trader(tina: httpx.Client) -> dict[str, str]:
    """A contest and a question with papers, a mandate, a declaration begun and one sent; ids of the last two."""
    here = link(tina.get("/own?text=ZQALPHA").text, r"/own/messages/[\w-]+")
    now = contest_rules._now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contest_rules, "_now", lambda: now() + timedelta(days=8))
        contest = link(tina.get("/own/contests").text, r"/own/contests/[\w-]+")
    _post(tina, f"{contest}/papers", at=contest, files={"paper": ("a.txt", b"hello")})
    asked = _post(
        tina, "/own/questions", words="Which permit is missing?", message=here.rpartition("/")[2],
        files={"paper": ("permit.pdf", PDF, "application/pdf")},
    )  # fmt: skip
    assert asked.headers["location"].startswith("/own/questions/")
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    _post(tina, "/own/mandates", client="ACME", agent="BETA", until=until)
    drafts = []
    for reference in ("ZQDRAFT", "ZQLODGED"):
        drafts.append(_post(tina, "/own/lodge", flow="import", sender="ACME").headers["location"])
        filled = {**FILLED, "reference": reference, "charges[1].kind": "freight"}
        answer = tina.post(drafts[-1], data={**fields(tina.get(drafts[-1])), **filled, "act": "save"})
        assert answer.status_code == 303, answer.text
    sent = tina.post(drafts[1], data={**fields(tina.get(drafts[1])), "charges[1].kind": "freight", "act": "lodge"})
    receipt = link(sent.text, r"/own/lodge/receipts/[\w-]+")
    return {"draft_id": drafts[0].rpartition("/")[2], "lodged_id": receipt.rpartition("/")[2]}


def pages_of(found: Found, address: str) -> dict[str, list[str]]:
    """Who → the pages of traders, and those of officers that are about them: each once, by its address."""
    walk = found.places["walk"]
    with signed_in(address, "tina") as tina:
        message = link(tina.get("/own?text=ZQALPHA").text, r"/own/messages/[\w-]+")
        contest = link(tina.get("/own/contests").text, r"/own/contests/[\w-]+")
        question = link(tina.get("/own/questions").text, r"/own/questions/[\w-]+")
    with signed_in(address, "ben") as ben:
        emergency = link(ben.get("/emergencies").text, r"/emergencies/[\w-]+")
    with signed_in(address, "supervisor.hq") as head:
        proposal = link(head.get("/waiting").text, r"/waiting/[0-9a-f-]{30,}")
    draft = f"/own/lodge/{walk['draft_id']}"
    dossier = f"/consignments/{found.places['dossier of A and B']['consignment_id']}"
    return {
        "tina": [
            "/own", message, f"{message}/contest", f"{message}/accesses", "/own/contests", contest, "/own/questions", question,
            "/own/mandates", "/own/keys", "/own/standing", "/own/quality", "/own/decisions", "/own/assessment",
            "/own/assessment/solvency", "/own/appointments", "/own/lodge", draft, f"{draft}/codes",
        ],
        "ben": ["/emergencies", emergency, f"{emergency}/consignment"],
        "pat": ["/agency", f"/agency/consignments/{found.places['dossier of A']['consignment_id']}", "/agency/calendar"],
        "supervisor.hq": [
            "/questions", question.replace("/own", ""), f"/questions/new?message={found.places['message of A']['message_id']}",
            dossier, f"{dossier}/papers", "/quality",
            "/trials/pilots", "/trials/pilots/new", *(f"/trials/pilots/{one}" for one in found.places["pilots"].values()),
            "/trials/what-if", "/trials/readiness", "/trials/use-cases", "/trials/recommendations",
            f"/trials/years/{datetime.now(UTC).year}",
            "/trials/release?since=2026-01-01&until=2026-12-31",
            "/trials/release/published?since=2026-01-01&until=2026-12-31", f"/administration/mirror?country=XB&month={walk['month']}",
            "/continuity", "/administration/refusals", "/waiting", proposal, "/administration", "/administration/access", "/inbox",
            "/administration/sources",
        ],
    }  # fmt: skip
