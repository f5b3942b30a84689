# SPDX-License-Identifier: Apache-2.0
"""What sources tell us, and asking them by themselves: by agreement, each question a look, through outages, and holding up nobody."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.errors import CocketError, PartnerError, PolicyError, SenderError, UnreadableError
from cocket.exchange.sources import read_source
from cocket.pipeline import open_stores
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.partners.connectors import CONNECTORS
from cocket.pipeline.partners.following import WORK, SourceNotice, SourceWork
from cocket.pipeline.partners.following_work import PAUSES, FollowingWork
from cocket.pipeline.partners.sources import AskFor, Sources
from cocket.workbench import build_app as build_workbench
from tests.api.test_one_record import API, CARGO
from tests.governance.agreements.given import TEXT
from tests.houses import Built, build, trader
from tests.messages import declaration
from tests.pipeline.partners.test_sources import (
    AUDITOR,
    SIONE,
    VEA,
    Listing,
    bill,
    container,
    lodged,
    looks,
    pulls,
    source,
)
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served

#: What a source answers: (method, path) → status, content; or a function that answers by itself.
Answer = tuple[int, bytes] | Callable[[BaseHTTPRequestHandler], None]
Shelf = dict[str, Answer]

FIELDS = '["identifiers", "documents", "subscriptions", "follow-up"]'


@pytest.fixture
def shelf() -> Shelf:
    return {}


@pytest.fixture
def server(shelf: Shelf) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            given = shelf.get(f"{self.command} {self.path}", (404, b""))
            if callable(given):
                given(self)
                return
            self.send_response(given[0])
            self.send_header("content-type", "application/ld+json")
            self.send_header("content-length", str(len(given[1])))
            if given[0] == 201:
                self.send_header("location", f"http://127.0.0.1:{self.server.server_address[1]}/1r/action-requests/7")
            self.end_headers()
            self.wfile.write(given[1])

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 (as the library calls them)

        def log_message(self, *_: Any) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, source_networks="127.0.0.0/8", source_plain_http=True)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    content = TEXT.replace("[exchanges]", f"[exchanges]\nsources = {FIELDS}").encode()
    given = made.house.governance.agreements.propose_agreement(SIONE, "betania.toml", content)
    made.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)
    yield made
    made.house.close()


def told_by(agreement: str = TEXT) -> str:
    """A sender that the agreement names."""
    line = next(one for one in agreement.splitlines() if one.startswith("senders"))
    return line.split('"')[1]


PARTNER = trader(told_by())


@contextmanager
def working(built: Built) -> Iterator[FollowingWork]:
    stores = open_stores(built.settings, built.dsn)
    sources = Sources(stores, MachineAccess(stores), {"listing": Listing, **CONNECTORS})
    with closing(FollowingWork(stores, sources)) as made:
        yield made


def one_record(built: Built, server: str, **instead: str) -> None:
    told = {
        "id": '"air"',
        "kind": '"one-record"',
        "fields": FIELDS,
        "identifiers": '{logistics-object = ["*"]}',
        "credential": '""',
        "options": '{subscriber = "https://1r.customs.example/logistics-objects/us", links = "0"}',
        **instead,
    }
    built.house.partners.sources.put(SIONE, source(f"{server}/1r", **told))


def notification(about: str, event: str = "LOGISTICS_OBJECT_UPDATED", **instead: Any) -> bytes:
    return json.dumps(
        {
            "@context": {"api": API, "cargo": CARGO},
            "@type": "api:Notification",
            "api:hasEventType": {"@id": f"api:{event}"},
            "api:hasLogisticsObject": {
                "@id": about,
                "@type": "cargo:Piece",
                "cargo:goodsDescription": "Not to be believed",
            },
            "api:hasLogisticsObjectType": {"@value": f"{CARGO}Piece"},
            **instead,
        }
    ).encode()


def piece(address: str, goods: str) -> tuple[int, bytes]:
    value = {"@context": {"cargo": CARGO}, "@id": address, "@type": "cargo:Piece", "cargo:goodsDescription": goods}
    return 200, json.dumps(value).encode()


def work_of(built: Built) -> dict[str, SourceWork]:
    return {one.source: one for one in built.house.partners.following.view(SIONE).work}


def notices(built: Built) -> tuple[SourceNotice, ...]:
    return built.house.partners.following.view(SIONE).notices


def test_what_a_source_tells_of_is_asked_at_the_source_and_what_the_notification_brings_is_not_believed(
    built: Built, server: str, shelf: Shelf
) -> None:
    one_record(built, server)
    about = f"{server}/1r/logistics-objects/1"
    shelf["GET /1r/logistics-objects/1"] = piece(about, "Books")
    following = built.house.partners.following
    following.take(PARTNER, notification(about))
    sealed = len(built.bodies("source-notice"))
    for _ in range(3):
        following.take(PARTNER, notification(about))  # replayed: one pull is enough, and nothing more is sealed
    assert len(built.bodies("source-notice")) == sealed == 1
    with working(built) as one:
        assert one.turn(datetime.now(UTC)) == 1
        assert one.turn(datetime.now(UTC)) == 0
        assert [(each.outcome, each.by, each.purpose) for each in pulls(built)] == [("came", "sione", "control")]
        assert [each.who for each in looks(built) if each.what == "source"] == ["sione"]
        assert notices(built)[0].state == "pulled"
        assert b"Books" in _content(built, pulls(built)[0].message)
        following.take(PARTNER, notification(about))
        shelf["GET /1r/logistics-objects/1"] = piece(about, "Weapons")
        one.turn(datetime.now(UTC))
    assert [each.outcome for each in pulls(built)] == ["came", "changed"]
    assert notices(built)[0].times == 2


def _content(built: Built, message: str) -> bytes:
    return built.house.queries.records.content(SIONE, message)


def test_only_a_sender_of_an_agreement_tells_and_only_of_what_lies_at_its_source(built: Built, server: str) -> None:
    one_record(built, server, identifiers='{logistics-object = ["' + server + '/1r/logistics-objects/*"]}')
    following = built.house.partners.following
    good = f"{server}/1r/logistics-objects/1"
    for who, about in (
        (trader("STRANGER"), good),
        (PARTNER, "http://127.0.0.1:1/1r/logistics-objects/1"),
        (PARTNER, "http://169.254.169.254/latest/logistics-objects/1"),
        (PARTNER, f"{server}/1r/../logistics-objects/1"),
        (PARTNER, f"{server}/1r/%2e%2e/logistics-objects/1"),
        (PARTNER, f"{server}/other/logistics-objects/1"),
    ):
        with pytest.raises(SenderError) as error:
            following.take(who, notification(about))
        assert error.value.code == "one-record-partner"
    with pytest.raises(PolicyError):
        following.take(AUDITOR, notification(good))
    for wrong in (
        b"[]",
        b"{}",
        notification(good, "ANYTHING"),
        notification(good, **{"@type": "api:Subscription"}),
        notification(good, **{"api:hasLogisticsObject": None}),
        notification(f"{server}/1r/logistics-objects/{'1' * 600}"),
    ):
        with pytest.raises(CocketError):
            following.take(PARTNER, wrong)
    following.take(PARTNER, notification(good))
    built.house.partners.sources.set_enabled(SIONE, "air", is_enabled=False)
    with pytest.raises(SenderError):
        following.take(PARTNER, notification(good))
    with working(built) as one:
        assert one.turn(datetime.now(UTC)) == 0  # what was told waits


def test_we_subscribe_at_a_source_and_offer_what_we_want_to_be_told_of(built: Built, server: str, shelf: Shelf) -> None:
    one_record(built, server)
    following, topic = built.house.partners.following, f"{CARGO}Waybill"
    with pytest.raises(PartnerError):
        following.subscribe(SIONE, "air", "LOGISTICS_OBJECT_TYPE", topic)  # it answers 404
    shelf["POST /1r/subscriptions"] = (201, b"")
    made = following.subscribe(SIONE, "air", "LOGISTICS_OBJECT_TYPE", topic)
    assert made.location.endswith("/action-requests/7")
    assert following.view(SIONE).subscriptions == (made,)
    with pytest.raises(NotFoundError):
        following.unsubscribe(SIONE, "air", "/another")
    shelf["DELETE /1r/action-requests/7"] = (204, b"")
    assert following.unsubscribe(SIONE, "air", made.location).state == "ended"
    assert not following.view(SIONE).subscriptions
    (offered,) = following.offered(PARTNER, "LOGISTICS_OBJECT_TYPE", topic, "https://customs.example")
    assert offered[f"{API}hasTopic"]["@value"] == topic
    assert not following.offered(trader("STRANGER"), "LOGISTICS_OBJECT_TYPE", topic, "https://customs.example")
    with pytest.raises(SenderError):
        following.offered(PARTNER, "LOGISTICS_OBJECT_TYPE", f"{CARGO}ForkLift", "https://customs.example")
    with pytest.raises(PolicyError):
        following.subscribe(AUDITOR, "air", "LOGISTICS_OBJECT_TYPE", topic)


def test_a_source_is_told_which_fields_differ_and_never_what_was_declared(
    built: Built, server: str, shelf: Shelf
) -> None:
    options = '{"path.equipment" = "logistics-objects/{value}", links = "0"}'
    one_record(built, server, identifiers='{equipment = ["*"]}', options=options)
    dossier = lodged(built, declaration("26-8"))
    where = f"/1r/logistics-objects/{container(built, dossier)}"
    waybill = {
        "@context": {"cargo": CARGO},
        "@id": f"{server}{where}",
        "@type": "cargo:Waybill",
        "cargo:waybillPrefix": "020",
        "cargo:waybillNumber": "12345675",
        "cargo:shipment": {
            "@type": "cargo:Shipment",
            "cargo:totalGrossWeight": {
                "@type": "cargo:Value",
                "cargo:numericalValue": 7,
                "cargo:unit": {"@id": "https://onerecord.iata.org/ns/code-lists/MeasurementUnitCode#KGM"},
            },
        },
    }
    shelf[f"GET {where}"] = (200, json.dumps(waybill).encode())
    sources, told = built.house.partners.sources, []
    (view,) = sources.ask(SIONE, dossier, AskFor(purpose="control"))
    assert view.differences, view

    def taken(handler: BaseHTTPRequestHandler) -> None:
        told.append(json.loads(handler.rfile.read(int(handler.headers["content-length"]))))
        handler.send_response(201)
        handler.send_header("location", f"{server}/1r/action-requests/9")
        handler.send_header("content-length", "0")
        handler.end_headers()

    with pytest.raises(PartnerError):
        sources.doubt(SIONE, dossier, view.pull.id, AskFor())  # it answers 404
    shelf[f"POST {where}"] = taken
    made = sources.doubt(SIONE, dossier, view.pull.id, AskFor())
    assert made.request.endswith("/action-requests/9") and made.purpose == "control"
    assert told[0]["@type"] == "api:Verification" and made.fields
    for each in view.differences:
        assert each.declared is None or each.declared not in json.dumps(told[0]["api:hasError"])
    assert len(built.bodies("source-doubt")) == 1
    with pytest.raises(NotFoundError):
        sources.doubt(SIONE, dossier, made.id, AskFor())
    with pytest.raises((PolicyError, NotFoundError)):
        sources.doubt(AUDITOR, dossier, view.pull.id, AskFor())


SCHEDULE = "{every_minutes = 60, most_an_hour = 3}"


def scheduled(built: Built, server: str, name: str = "port", **instead: str) -> None:
    folder = built.stores.settings.source_folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "listing.token").write_text("open-sesame\n")
    (folder / "listing.token").chmod(0o600)
    told = {"id": f'"{name}"', "schedule": SCHEDULE, **instead}
    sources = Sources(built.stores, built.house.intake.messages, {"listing": Listing})
    sources.put(SIONE, source(server, **told))


def test_a_source_is_asked_by_its_schedule_for_consignments_that_wait_and_no_more_once_it_gave(
    built: Built, server: str, shelf: Shelf
) -> None:
    scheduled(built, server)
    box = container(built, lodged(built, declaration("26-7")))
    shelf[f"GET /find/{box}"] = (200, b"")
    now = datetime.now(UTC)
    with working(built) as one:
        assert one.turn(now) == 1
        assert [each.outcome for each in pulls(built)] == ["nothing"]
        assert one.turn(now) == 0
        assert one.turn(now + timedelta(minutes=30)) == 0
        shelf[f"GET /find/{box}"] = (200, b"bill")
        shelf["GET /data/bill"] = (200, bill())
        assert one.turn(now + timedelta(minutes=70)) == 1
        assert [each.outcome for each in pulls(built)] == ["nothing", "came"]
        assert one.turn(now + timedelta(hours=5)) == 0
    state = work_of(built)["port"]
    assert (state.waiting, state.came, state.problem) == (0, 1, "")
    asked = [each for each in looks(built) if each.what == "source"]
    assert [(each.who, each.purpose) for each in asked] == [("sione", "control")] * 2
    one_record(built, server)
    built.house.partners.following.take(PARTNER, notification(f"{server}/1r/logistics-objects/1"))
    with (
        served(build_workbench(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client,
    ):
        client.post("/sign-in", data={"name": "sione", "password": "seal and cord and wax"})
        page = text_of(client.get("/administration/sources").text)
        assert "each consignment every 60 minutes, at most 3 questions an hour" in page
        assert "Notices from sources" in page and "To be asked for" in page
        assert " papers" in client.get("/queue?state=all").text


def test_a_source_that_is_away_is_left_alone_longer_each_time_holds_up_no_other_and_is_asked_again(
    built: Built, server: str, shelf: Shelf
) -> None:
    box = container(built, lodged(built, declaration("26-7")))
    scheduled(built, "http://127.0.0.1:9", "gone")
    scheduled(built, server)
    shelf[f"GET /find/{box}"] = (200, b"")
    now = datetime.now(UTC)
    with working(built) as one:
        assert one.turn(now) == 2
        first = work_of(built)["gone"]
        assert first.failures == 1 and first.since is not None and "reached" in first.problem
        assert not work_of(built)["port"].problem
        assert one.turn(now + timedelta(seconds=30)) == 0
        assert one.turn(now + PAUSES[0] + timedelta(minutes=1)) == 1
        again = work_of(built)["gone"]
        assert again.failures == 2 and again.since == first.since
        scheduled(built, server, "gone")  # it answers again
        assert one.turn(now + timedelta(minutes=30)) == 1
    after = work_of(built)["gone"]
    assert (after.failures, after.problem, after.since) == (0, "", None)


def test_what_a_clock_set_while_it_was_ahead_keeps_no_source_from_being_asked(
    built: Built, server: str, shelf: Shelf
) -> None:
    box = container(built, lodged(built, declaration("26-7")))
    scheduled(built, server)
    shelf[f"GET /find/{box}"] = (200, b"")
    now = datetime.now(UTC)
    for ahead, asked in ((timedelta(minutes=50), 0), (timedelta(days=1), 1)):
        then = now + ahead
        work = SourceWork(source="port", hour=then, asked=1000, again=then, failures=1, looked=then, problem="away")
        with built.stores.database.transaction() as connection:
            DocumentFiles(built.stores).write(connection, WORK, "port", (work, "cocket"))
        with working(built) as one:
            assert one.turn(now) == asked
    assert not work_of(built)["port"].problem


def test_no_more_than_agreed_is_asked_in_an_hour(built: Built, server: str, shelf: Shelf) -> None:
    scheduled(built, server, schedule="{every_minutes = 5, most_an_hour = 2}")
    lodged(built, declaration("26-7"))
    now = datetime.now(UTC)
    with working(built) as one:
        asked = sum(one.turn(now + timedelta(minutes=8 * number)) for number in range(6))
        assert asked == 2
        assert one.turn(now + timedelta(minutes=75)) == 1


@pytest.mark.parametrize("way", ["endless", "redirect", "reset", "html"])
def test_a_source_that_does_harm_is_a_failed_pull_and_nothing_else(
    built: Built, server: str, shelf: Shelf, way: str
) -> None:
    one_record(built, server)
    about = f"{server}/1r/logistics-objects/1"

    def harm(handler: BaseHTTPRequestHandler) -> None:
        if way == "redirect":
            handler.send_response(302)
            handler.send_header("location", "http://169.254.169.254/latest/meta-data")
            handler.end_headers()
            return
        if way == "reset":
            handler.connection.close()
            return
        handler.send_response(200)
        handler.send_header("content-type", "text/html" if way == "html" else "application/ld+json")
        handler.end_headers()
        if way == "html":
            handler.wfile.write(b"<html>")
            return
        with_pause = way == "slow"
        try:
            for _ in range(40 if with_pause else 4000):
                handler.wfile.write(b" " * (1 if with_pause else 1 << 16))
                handler.wfile.flush()
                time.sleep(0.1 if with_pause else 0)
        except OSError:
            pass

    shelf["GET /1r/logistics-objects/1"] = harm
    built.house.partners.following.take(PARTNER, notification(about))
    with working(built) as one:
        one.turn(datetime.now(UTC))
    (pull,) = pulls(built)
    assert pull.outcome in ("failed", "malformed", "refused") and not pull.digest, pull
    assert notices(built)[0].state == ("waiting" if pull.outcome == "failed" else "pulled")


@pytest.mark.parametrize(
    "wrong",
    ["1", "{}", "{every_minutes = 1}", "{every_minutes = 60, often = 1}", '{every_minutes = "60"}', "{every_minutes = true}",
     '{every_minutes = 60, purpose = "audit"}', "{every_minutes = 60, most_an_hour = 0}"],
)  # fmt: skip
def test_a_schedule_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(UnreadableError):
        read_source(source("https://port.example", schedule=wrong), ("listing",))
