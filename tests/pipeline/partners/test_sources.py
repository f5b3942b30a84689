# SPDX-License-Identifier: Apache-2.0
"""Asking a source over a real house and a real connection: under an agreement, for a purpose, sealed, and held against what is declared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError, SettingsError, UnreadableError
from cocket.exchange.source_client import SourceClient, must_answer
from cocket.exchange.sources import Fetched, Identifier, Location, Source
from cocket.governance import Principal
from cocket.pipeline.base.access import AccessRecord, NotFoundError
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.partners.pulls import Pull
from cocket.pipeline.partners.sources import AskFor, Sources
from tests.governance.agreements.given import TEXT
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration

SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
VEA = Principal(id="vea", kind="officer", roles=("supervisor",))
OFFICER = Principal(id="tama", kind="officer", roles=("officer",), office="XA-ELSEWHERE")
AUDITOR = Principal(id="ruth", kind="officer", roles=("auditor",))

#: What a source answers: path → (status, content).
Shelf = dict[str, tuple[int, bytes]]


class Listing:
    """A connector for tests: a list of places by identifier, and what is at each."""

    def __init__(self, _source: Source, client: SourceClient) -> None:
        self._client = client

    def find(self, identifier: Identifier) -> tuple[Location, ...]:
        answer = self._client.get(f"find/{identifier.value}")
        return () if answer.status == 404 else tuple(Location(name=one) for one in answer.content.decode().split())

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        answer = must_answer(self._client.get(f"data/{location.name}"), 200)
        return (Fetched(content=answer.content, content_type=answer.content_type),)


@pytest.fixture
def shelf() -> Shelf:
    return {}


@pytest.fixture
def server(shelf: Shelf) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = shelf.get(self.path, (404, b""))
            if self.headers.get("authorization") != "Bearer open-sesame":
                status, content = 401, b""
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, source_networks="127.0.0.0/8", source_plain_http=True)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    folder = made.stores.settings.source_folder
    folder.mkdir(parents=True)
    (folder / "listing.token").write_text("open-sesame\n")
    (folder / "listing.token").chmod(0o600)
    yield made
    made.house.close()


def sources_of(built: Built) -> Sources:
    return Sources(built.stores, built.house.intake.messages, {"listing": Listing})


def agreed(built: Built, fields: str = '["documents"]') -> None:
    content = TEXT.replace("[exchanges]", f"[exchanges]\nsources = {fields}").encode()
    given = built.house.governance.agreements.propose_agreement(SIONE, "betania.toml", content)
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)


def source(address: str, **instead: str) -> bytes:
    told = {
        "id": '"port"',
        "kind": '"listing"',
        "title": '"Port of Betania"',
        "url": f'"{address}"',
        "agreement": '"betania-2026"',
        "purposes": '["control"]',
        "fields": '["identifiers", "documents"]',
        "identifiers": '{equipment = ["*"]}',
        "credential": '"listing.token"',
        **instead,
    }
    return "".join(f"{name} = {value}\n" for name, value in told.items()).encode()


def lodged(built: Built, content: bytes) -> str:
    answer = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))[0]
    built.desk()
    (dossier,) = built.house.queries.records.message(SIONE, answer.id).consignment_ids
    return dossier


def bill() -> bytes:
    return (Path(__file__).parents[2] / "samples" / "asycuda-awmds" / "awappend.xml").read_bytes()


def container(built: Built, dossier: str) -> str:
    names = built.house.queries.records.dossier(SIONE, dossier).references
    return next(value for kind, value in names if kind == "EQUIPMENT")


def pulls(built: Built) -> list[Pull]:
    return [msgspec.json.decode(body, type=Pull) for body in built.bodies("source-pull")]


def looks(built: Built) -> list[AccessRecord]:
    return [msgspec.json.decode(body, type=AccessRecord) for body in built.bodies("look")]


def test_a_source_is_put_only_under_an_agreement_that_covers_it(built: Built, server: str) -> None:
    with pytest.raises(SenderError, match="no agreement"):
        sources_of(built).put(SIONE, source(server))
    agreed(built, '["events"]')
    with pytest.raises(AgreementOverError, match="documents"):
        sources_of(built).put(SIONE, source(server))
    with pytest.raises(AgreementOverError, match="purpose"):
        sources_of(built).put(SIONE, source(server, fields='["events"]', purposes='["control", "audit"]'))
    with pytest.raises(PolicyError):
        sources_of(built).put(AUDITOR, source(server, fields='["events"]'))
    assert built.bodies("source") == []


@pytest.mark.parametrize(
    "instead",
    [
        {"credential": '"../keys/log"'},
        {"credential": '"none.token"'},
        {"url": '"https://user:secret@port.example/"'},
        {"url": '"file:///etc/passwd"'},
        {"kind": '"unheard"'},
        {"identifiers": '{equipment = ["*MSCU"]}'},
        {"identifiers": '{colour = ["red"]}'},
        {"purposes": '["host-exchange"]'},
        {"surprise": "1"},
    ],
)
def test_a_source_that_is_not_one_is_refused_in_words(built: Built, server: str, instead: dict[str, str]) -> None:
    agreed(built)
    with pytest.raises((UnreadableError, SettingsError)):
        sources_of(built).put(SIONE, source(server, **instead))


def test_a_pull_is_sealed_with_purpose_and_agreement_and_its_look_before_it(
    built: Built, server: str, shelf: Shelf
) -> None:
    agreed(built)
    sources_of(built).put(SIONE, source(server))
    dossier = lodged(built, declaration("R1"))
    box = container(built, dossier)
    shelf[f"/find/{box}"] = (200, b"place-1")
    shelf["/data/place-1"] = (200, bill())
    shown = sources_of(built).ask(SIONE, dossier, AskFor())
    (pull,) = [one for one in pulls(built) if one.digest]
    assert (pull.outcome, pull.agreement, pull.purpose, pull.by) == ("came", "betania-2026", "control", "sione")
    assert pull.consignment == dossier
    assert pull.trader
    paper = built.house.queries.records.message(SIONE, pull.message)
    assert paper.sender == "source-port"
    view = next(one for one in shown if one.pull.id == pull.id)
    assert view.is_read
    assert {one.name for one in view.differences}
    kinds = [leaf for leaf in looks(built) if leaf.what == "source"]
    assert [one.subjects for one in kinds] == [(dossier,)]
    assert "open-sesame" not in str([built.bodies(kind) for kind in ("source", "source-pull", "look")])


def test_a_source_that_changes_its_story_is_shown_and_both_are_kept(built: Built, server: str, shelf: Shelf) -> None:
    agreed(built)
    sources_of(built).put(SIONE, source(server))
    dossier = lodged(built, declaration("R1"))
    shelf[f"/find/{container(built, dossier)}"] = (200, b"place-1")
    shelf["/data/place-1"] = (200, bill())
    for _ in range(2):
        sources_of(built).ask(SIONE, dossier, AskFor(source="port"))
    changed = bill().replace(b">812.5<", b">9812.5<")
    shelf["/data/place-1"] = (200, changed)
    sources_of(built).ask(SIONE, dossier, AskFor(source="port"))
    told = [one for one in pulls(built) if one.digest]
    assert [one.outcome for one in told] == ["came", "same", "changed"]
    assert told[2].earlier == told[1].id
    assert told[0].message == told[1].message != told[2].message
    newest = sources_of(built).pulls(SIONE, dossier)[0]
    assert newest.pull.id == told[2].id
    assert [(one.name, one.declared, one.source) for one in newest.changed] == [("gross_mass_kg", "812.5", "9812.5")]


def test_what_a_source_may_not_be_asked_for_is_not_asked(built: Built, server: str) -> None:
    agreed(built)
    sources = sources_of(built)
    sources.put(SIONE, source(server))
    dossier = lodged(built, declaration("R1"))
    with pytest.raises(SenderError, match="purpose"):
        sources.ask(SIONE, dossier, AskFor(source="port", purpose="audit"))
    with pytest.raises(NotFoundError):
        sources.ask(OFFICER, dossier, AskFor())
    with pytest.raises(PolicyError):
        sources.ask(AUDITOR, dossier, AskFor())
    sources.set_enabled(SIONE, "port", is_enabled=False)
    with pytest.raises(SenderError, match="at present"):
        sources.ask(SIONE, dossier, AskFor(source="port"))
    assert sources.offered(SIONE, dossier) == ()
    assert pulls(built) == []


def test_where_identifiers_alone_are_agreed_nothing_is_fetched(built: Built, server: str, shelf: Shelf) -> None:
    agreed(built, '["identifiers"]')
    sources_of(built).put(SIONE, source(server, fields='["identifiers"]'))
    dossier = lodged(built, declaration("R1"))
    shelf[f"/find/{container(built, dossier)}"] = (200, b"place-1")
    shelf["/data/place-1"] = (200, bill())
    sources_of(built).ask(SIONE, dossier, AskFor(source="port"))
    told = pulls(built)
    assert [(one.outcome, one.location, one.digest, one.message) for one in told] == [("refused", "place-1", "", "")]
    assert "does not let documents be asked for" in told[0].problem


def test_a_source_that_fails_leaves_a_pull_that_says_so(built: Built, server: str, shelf: Shelf) -> None:
    agreed(built)
    sources = sources_of(built)
    sources.put(SIONE, source(server))
    dossier = lodged(built, declaration("R1"))
    box = container(built, dossier)
    sources.ask(SIONE, dossier, AskFor())
    shelf[f"/find/{box}"] = (200, b"gone")
    sources.ask(SIONE, dossier, AskFor())
    (built.stores.settings.source_folder / "listing.token").unlink()
    sources.ask(SIONE, dossier, AskFor())
    told = [one for one in pulls(built) if one.identifier.value == box]
    assert [(one.outcome, one.location, bool(one.problem)) for one in told] == [
        ("nothing", "", False),
        ("refused", "gone", True),
        ("failed", "", True),
    ]


def test_a_declaration_from_a_source_is_kept_and_lodged_by_nobody(built: Built, server: str, shelf: Shelf) -> None:
    agreed(built)
    sources = sources_of(built)
    sources.put(SIONE, source(server))
    shelf["/find/ABCU1234567"] = (200, b"place-9")
    shelf["/data/place-9"] = (200, declaration("R9"))
    (view,) = sources.ask_alone(
        SIONE, AskFor(source="port", identifier=Identifier(type="equipment", value="ABCU1234567"))
    )
    assert [one.code for one in view.findings][:1] == ["source-declaration"]
    assert built.house.queries.records.message(SIONE, view.pull.message).outcome == "refused"
    with pytest.raises(PolicyError):
        sources.ask_alone(OFFICER, AskFor(source="port", identifier=Identifier(type="equipment", value="ABCU1234567")))
