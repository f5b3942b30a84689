# SPDX-License-Identifier: Apache-2.0
"""Nothing tells a lane: two houses that differ in the lane of one consignment answer its trader alike, and with as much work.

Every route of HTTP that a trader's key may name is asked in both, for a declaration and for things that there are not, and so is
every page of a person of the trader. Answers must be equal byte for byte, but for ids, moments, and hashes of sealed things. Both
are asked where contests open after a week, and where they open at once. Work is counted in statements to the database,
since nothing is timed in tests: what needs other statements in one lane than in another takes another time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import psycopg
import pytest

from cocket.api import build_app
from cocket.api import server as door
from cocket.gate import Bounds, make_key
from cocket.governance import Principal
from cocket.governance.events import OFFERED
from cocket.model.message import Lane
from cocket.pipeline import open_stores
from cocket.pipeline.base import policies
from cocket.pipeline.base.document_files import file_id, read_body
from cocket.pipeline.control import contests as contest_rules
from cocket.pipeline.control.questions import NewQuestion
from cocket.pipeline.governance import refusals
from cocket.pipeline.governance.webhooks import WEBHOOK, NewWebhook, Webhook, mail_code
from cocket.pipeline.intake import machine_access
from cocket.pipeline.operations import event_delivery, event_feed
from cocket.pipeline.operations.event_delivery import EventDelivery
from cocket.pipeline.queries import own_affairs
from cocket.stores import Database
from cocket.workbench import build_app as build_pages
from tests.house.access_house import NOTHING
from tests.house.access_table import API, WORKBENCH
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.pipeline.partners.test_agencies import PLANT, agree, held
from tests.simulators.certificates import make_certificate
from tests.simulators.doors import open_door
from tests.simulators.mail_server import MailServer, mail_server
from tests.simulators.webhook_receiver import receiver

ACME = trader("ACME")
HEAD = Principal(id="head", kind="officer", roles=("supervisor",))
LANES: tuple[Lane, ...] = ("green", "red")

#: What may differ between two houses: ids, moments, hashes, signatures and keys.
_OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\+[0-9a-f]{8}\b|[0-9a-f]{32,}|[A-Za-z0-9+/_-]{40,}={0,2}"
    r"|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)|\d{4}-\d\d-\d\d \d\d:\d\d|\b20\d{12}Z?|(?<=127\.0\.0\.1:)\d+"
)

#: Where the log put a message among cover, which chance decides; and the way to the head from there.
_PLACED = re.compile(r'(?<="index":)\d+|(?<="index": )\d+|(?<=\\n)\d+(?=\\n)|(?<=\[)"-"(?:,"-")*(?=\])')

#: Bodies for what a trader may send.
_BODIES: dict[str, Any] = {
    "contest": {"ground": "automation", "words": "Please let a person look at it."},
    "order": {"account": "4711"},
    "results": {"depth": "documents", "found": False},
    "status": {"status": "suspended", "reason": "why not"},
    "holds": {"agency": "food", "is_held": True, "reason": "why not"},
    "answer": {"outcome": "explained", "grounds": "why not"},
    "questions": {"words": "What is missing?"},
}

#: What differs between pages of two sessions: their tokens, and moments.
_OF_SESSION = re.compile(
    r'name="csrf" value="[^"]*"|"X-CSRF-Token": "[^"]*"|<time .*?</time>|\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d',
    re.DOTALL,
)

#: Files that are proofs: what stands in them is hashes and signatures, and where the log put a message.
_PROOFS = ("proof.json", "proof.tlog-proof", "proof.cose", "receipt.json", "receipt.html", "payment.pdf")
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')
_PASSWORD = "seal and cord and wax"

#: What may be entered on a page of a trader, over all of them.
_FORM = {
    "ground": "automation",
    "words": "Please let a person look at it.",
    "client": "ACME",
    "agent": "BROKER",
    "until": "2099-01-01",
}


@dataclass
class World:
    """One house, and a trader at its door.

    Attributes:
        built: The house.
        client: The trader's client.
        pages: The browser of a person of the trader.
        message: Our id of the declaration.
        consignment: The dossier.
        postbox: The server that takes mail.
        statements: Statements that the house has sent to its database (count).
    """

    built: Built
    client: httpx.Client
    pages: httpx.Client
    message: str
    consignment: str
    postbox: MailServer
    statements: list[str] = field(default_factory=list)
    csrf: str = ""

    def ask(self, method: str, path: str) -> tuple[int, str, int]:
        """Status, answer without what may differ, and how many statements it took (count)."""
        before = len(self.statements)
        name = path.partition("?")[0].rpartition("/")[2]
        body = _BODIES.get(name, {}) if method in ("POST", "PUT") else None
        answer = self.client.request(method, path, json=body)
        return answer.status_code, plain(answer.text), len(self.statements) - before

    def visit(self, method: str, path: str) -> tuple[int, str, str, int]:
        """Status, where a page leads, the page without what may differ, and how many statements it took (count)."""
        if not self.csrf:
            found = _CSRF.search(self.pages.get("/own").text)
            self.csrf = found[1] if found else ""
        before = len(self.statements)
        sent: dict[str, Any] = {}
        if method == "POST":
            is_file = path.endswith(("/papers", "/own/questions"))
            sent = {"data": {"csrf": self.csrf, **_FORM}}
            sent |= {"files": {"paper": ("a.txt", b"hello")}} if is_file else {}
        answer = self.pages.request(method, path, **sent)
        is_proof = answer.status_code == 200 and path.endswith(_PROOFS)
        told = answer.headers["content-type"] if is_proof else plain(_OF_SESSION.sub("-", answer.text))
        return answer.status_code, plain(answer.headers.get("location", "")), told, len(self.statements) - before


def plain(text: str) -> str:
    """An answer without what may differ between two houses."""
    return _PLACED.sub("-", _OWN.sub("-", text))


def targets(world: World, table: Any = API, begins: str = "/v1/") -> Iterator[tuple[str, str]]:
    """Every route of an interface, as method and address: for the declaration, and for what there is not."""
    for method, path in table:
        if not path.startswith(begins):
            continue
        known = {"message_id": world.message, "consignment_id": world.consignment}
        for given in (known, {}):
            target = path
            for name in re.findall(r"{(\w+)(?::path)?}", path):
                target = re.sub(f"{{{name}(?::path)?}}", given.get(name, NOTHING), target)
            query = {"/v1/consignments": "?ref=R1", "/v1/own/contests/{contest_id}/papers": "?name=a.pdf"}.get(path, "")
            yield method, target + query
            if target == path:
                break


@pytest.fixture(autouse=True)
def every_refusal_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many refusals are written at once goes by the clock, which is no lane: here each is."""
    monkeypatch.setattr("cocket.pipeline.governance.refusals._BURST", 1e9)


@pytest.fixture(scope="module", params=[7, 0], ids=["after a week", "at once"])
def worlds(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[tuple[World, World]]:
    counted: dict[str, list[str]] = {}
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        made = []
        for module in (door, machine_access):  # a key that is looked up again after a while is work that no lane causes
            patch.setattr(module, "_KEY_SECONDS", 3600.0)
        for by_the_clock in ("_look_at_revision", "_check"):  # whoever asks, where a connection was idle for a second
            patch.setattr(Database, by_the_clock, lambda *_: None)
        patch.setattr(refusals, "_BURST", 1e9)  # and so is how many refusals are written at once
        patch.setattr(policies, "KNOWN_FOR", 3600.0)  # which policy is in force is looked up by the clock too
        door_of = tmp_path_factory.mktemp("postbox")
        postbox = stack.enter_context(mail_server(make_certificate(door_of)))
        for lane in LANES:
            given = {"red_per_day": 0, "yellow_per_day": 0, "random_share": 0.0, "head_step": 64}
            given |= {"contest_after_days": request.param}
            given |= {"event_webhooks": True, "event_networks": "127.0.0.0/8", "event_plain_http": True}
            given |= {"workbench_url": "https://c.example", "mail_server": f"smtp://127.0.0.1:{postbox.port}"}
            given |= {"mail_from": "cocket@c.example", "mail_ca": str(door_of / "door.pem")}
            built = build(tmp_path_factory.mktemp(lane) / "home", **given)
            stack.callback(built.house.close)
            (built.settings.home / "control.toml").write_text("tells_traders = true\n")
            key = make_key("trader")
            built.house.governance.accounts.add_key(key, "trader", ["trader"], ["ACME"])
            accounts = built.house.governance.accounts
            accounts.put_officer("tina", "Tina", "trader", None, _PASSWORD, senders=("ACME",))
            (answer,) = built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
            built.desk()
            (consignment,) = built.house.queries.records.message(HEAD, answer.id).consignment_ids
            built.house.control.officer_acts.override(HEAD, consignment, lane, "to see what a trader is told")
            accounts.put_officer("vea", "Vea", "supervisor", None, _PASSWORD)
            accounts.put_officer("sione", "Sione", "supervisor", None, _PASSWORD)
            agree(built, "PLANT")
            held(built, PLANT, consignment)
            built.sign()
            port = stack.enter_context(open_door(build_app(built.house)))
            headers = {"authorization": f"Bearer {key}"}
            client = stack.enter_context(
                httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False)
            )
            shown = stack.enter_context(open_door(build_pages(built.house), Bounds(takes_files=True)))
            at = f"http://127.0.0.1:{shown}"
            pages = httpx.Client(base_url=at, headers={"origin": at}, trust_env=False, timeout=120)
            stack.callback(pages.close)
            assert pages.post("/sign-in", data={"name": "tina", "password": _PASSWORD}).status_code == 303
            made.append(World(built, client, pages, str(answer.id), str(consignment), postbox))
        for world in made:
            counted[_name_of(world.built.dsn)] = world.statements
        whole = psycopg.Connection.execute

        def counting(self: Any, query: Any, *more: Any, **how: Any) -> Any:
            if query:  # an empty one asks a connection that was idle whether it still stands
                counted.get(_name_of(self.info.dbname), []).append(str(query))
            return whole(self, query, *more, **how)

        patch.setattr(psycopg.Connection, "execute", counting)
        yield made[0], made[1]


def _name_of(address: str) -> str:
    """The name of the database of an address, or the name as it is."""
    return address.partition("?")[0].rpartition("/")[2]


def lane_of(world: World) -> str | None:
    advice = world.built.house.queries.records.dossier(HEAD, world.consignment).summary.advice
    return advice.override if advice else None


def test_the_worlds_differ_in_a_lane_and_in_what_customs_is_shown(worlds: tuple[World, World]) -> None:
    green, red = worlds
    assert (lane_of(green), lane_of(red)) == ("green", "red")
    shown = [one.built.house.queries.records.dossier(HEAD, one.consignment).summary.order for one in worlds]
    assert shown[0] is None and shown[1] is not None


def test_both_are_answered_which_agency_holds_the_goods_in_the_same_words(worlds: tuple[World, World]) -> None:
    path = "/v1/messages/{}/answer"
    green, red = (one.ask("GET", path.format(one.message)) for one in worlds)
    assert green == red and green[0] == 200
    assert "<StatementCode>PLANT</StatementCode>" in green[1] and "<NameCode>7</NameCode>" in green[1]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("days", [0, 8])
def test_a_trader_is_answered_alike_and_with_as_much_work_in_either_lane(
    worlds: tuple[World, World], days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = contest_rules._now
    for module in (contest_rules, own_affairs):
        monkeypatch.setattr(module, "_now", lambda: now() + timedelta(days=days))
    green, red = worlds
    different = []
    asked = answered = worked = 0
    for (method, path), (_, other) in zip(list(targets(green)), list(targets(red)), strict=True):
        one, two = green.ask(method, path), red.ask(method, other)
        asked += 1
        answered += one[0] < 300
        worked += one[2]
        if one != two:
            different.append((method, plain(path), one, two))
    assert different == [], str(different[0])
    assert asked > 100 and answered > 8 and worked > 120


@pytest.mark.timeout(600)
@pytest.mark.parametrize("days", [0, 8])
def test_a_person_of_the_trader_is_shown_the_same_pages_in_either_lane(
    worlds: tuple[World, World], days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = contest_rules._now
    for module in (contest_rules, own_affairs):
        monkeypatch.setattr(module, "_now", lambda: now() + timedelta(days=days))
    green, red = worlds
    different = []
    asked = shown = 0
    both = zip(list(targets(green, WORKBENCH, "/own")), list(targets(red, WORKBENCH, "/own")), strict=True)
    for (method, path), (_, other) in both:
        one, two = green.visit(method, path), red.visit(method, other)
        asked += 1
        shown += one[0] == 200
        if one != two:
            different.append((method, plain(path), one, two))
    assert different == [], str(different[0])
    assert asked > 25 and shown > 12


def test_accesses_tell_no_lane_even_where_contests_open_at_once(
    worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    green, red = worlds
    path, page = "/v1/messages/{}/accesses", "/own/messages/{}/accesses"
    looking = Principal(id="head", kind="officer", roles=("supervisor",), purpose="release")
    red.built.house.queries.records.dossier(looking, red.consignment)
    assert green.ask("GET", path.format(green.message))[:2] == red.ask("GET", path.format(red.message))[:2]
    assert green.visit("GET", page.format(green.message))[:3] == red.visit("GET", page.format(red.message))[:3]
    if red.built.settings.contest_after_days == 0:  # the control: shown as soon as contests open, it would tell
        monkeypatch.setattr(contest_rules.Contests, "looks_open", lambda self, *given: self.opening(*given)[0])
        assert green.ask("GET", path.format(green.message))[:2] != red.ask("GET", path.format(red.message))[:2]


def _next_mail(built: Built, mail: str, when: str) -> None:
    """Say when the next message to an address is due, so that one message holds all that it is told."""
    with built.stores.database.transaction() as connection:
        connection.execute(
            "update event_receiver set next = now() + %s::interval where subscription = %s", (when, UUID(mail))
        )


def events_of(worlds: tuple[World, World], reference: str) -> list[list[str]]:
    """What the trader of each world is told of a declaration that gets its lane while he listens, without what may differ."""
    told = []
    for world, lane in zip(worlds, LANES, strict=True):
        built, acts = world.built, world.built.house.control.officer_acts
        own = built.house.governance.own_webhooks
        with receiver() as made, closing(EventDelivery(open_stores(built.settings, built.dsn))) as delivery:
            hook = own.register(ACME, NewWebhook(url=f"http://127.0.0.1:{made.port}/")).webhook.id
            mail = own.register(ACME, NewWebhook(url=f"{reference}.{lane}@acme.example")).webhook.id
            with built.stores.database.transaction() as connection:
                file = built.stores.case_files.get(connection, file_id(WEBHOOK, mail))
                assert file is not None
            own.confirm(ACME, mail, mail_code(built.stores, read_body(file, Webhook)))
            _next_mail(built, mail, "5 minutes")
            (answer,) = built.house.intake.messages.take_many([envelope(declaration(reference))], principal=ACME)
            built.desk()
            (consignment,) = built.house.queries.records.message(HEAD, answer.id).consignment_ids
            acts.override(HEAD, consignment, lane, "to see what a trader is told")
            order = built.house.queries.records.dossier(HEAD, consignment).summary.order
            if order is not None:
                acts.release(HEAD, order.id, "nothing to see")
            asking = NewQuestion(words="Which permit?", message=str(answer.id))
            built.house.control.questions.ask_trader(HEAD, asking)
            until = time.monotonic() + 20
            while not [one for one in made.taken if b"question.asked" in one.body]:
                assert time.monotonic() < until
                delivery.turn()
                time.sleep(0.05)
            told.append([plain(one.body.decode().replace(one.headers["webhook-id"], "-")) for one in made.taken])
            world.postbox.taken.clear()
            _next_mail(built, mail, "0")
            while not world.postbox.taken:
                assert time.monotonic() < until
                delivery.turn()
                time.sleep(0.05)
            (one,) = world.postbox.taken
            told[-1].append(plain(f"{one['Subject']} {one.get_content()}"))
            for each in (hook, mail):
                own.set_state(ACME, each, "ended")
    return told


def test_a_trader_is_sent_the_same_events_in_either_lane(worlds: tuple[World, World]) -> None:
    green, red = events_of(worlds, "E1")
    assert green == red and len(green) == 3
    assert green[-1].startswith("Events: 2 ") and "E1" in green[-1] and "A question was asked" in green[-1]


def test_an_event_that_hangs_on_a_lane_is_found(worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = event_feed.subscriber_of

    def loose(*given: Any) -> Any:
        told = whole(*given)
        types = frozenset(OFFERED["administration"])
        return msgspec.structs.replace(told, audience="administration", senders=None, types=types)

    monkeypatch.setattr(event_feed, "subscriber_of", loose)
    monkeypatch.setattr(event_delivery, "subscriber_of", loose)
    green, red = events_of(worlds, "E2")
    assert len(red) == len(green) + 1 and "release.told" in "".join(red)
    assert "A control order was released" in red[-1] and "released" not in green[-1]


def test_a_lane_that_is_told_is_found(worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were a contest to open as soon as nothing holds the goods, the two would differ."""
    whole = contest_rules.Contests.opening

    def by_release(self: Any, connection: Any, message: Any, line: Any) -> Any:
        _, result = whole(self, connection, message, line)
        order = self._stores.orders.order_of(connection, [line.id]).get(line.id)
        return (message.received.date() if order is None else date.max), result

    monkeypatch.setattr(contest_rules.Contests, "opening", by_release)
    green, red = worlds
    path = "/v1/messages/{}/contest"
    assert green.ask("GET", path.format(green.message))[:2] != red.ask("GET", path.format(red.message))[:2]
