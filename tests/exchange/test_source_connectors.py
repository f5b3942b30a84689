# SPDX-License-Identifier: Apache-2.0
"""Connectors to sources over a real connection: what is asked, what is made of the answers, and what hostile ones can do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cocket import standards
from cocket.errors import PartnerError
from cocket.exchange.source_answers import MALFORMED, MOST_PAGES
from cocket.exchange.source_client import FORBIDDEN, REFUSED, TOO_MUCH, SourceClient
from cocket.exchange.source_dcsa import DcsaSource, standing
from cocket.exchange.source_epcis import EpcisSource
from cocket.exchange.source_https import HttpsSource
from cocket.exchange.source_one_record import OneRecordSource, verification_of
from cocket.exchange.source_untp import MOST_LINKS, UntpSource
from cocket.exchange.sources import Held, Identifier, Location, Source
from cocket.exchange.webhook_calls import Reach
from tests.api.test_epcis import event
from tests.corpora import corpora

Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class Place:
    """A server that answers what it was given, by path, and keeps what it was asked."""

    address: str = ""
    answers: dict[str, Answer | Callable[[str], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def says(self, path: str, value: Any, status: int = 200, **headers: str) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        told = {name.replace("_", "-"): one for name, one in headers.items()}
        self.answers[path] = status, content, {"content-type": "application/json", **told}


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            made.headers.append({name.lower(): value for name, value in self.headers.items()})
            told = made.answers.get(self.path) or made.answers.get("*") or (404, b"", {})
            status, content, headers = told(self.path) if callable(told) else told
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()


def client(place: Place, below: str = "/api") -> SourceClient:
    reach = Reach(networks=("127.0.0.0/8",), is_plain_allowed=True)
    return SourceClient(place.address + below, reach, pause=lambda _: None)


def source(kind: str, fields: tuple[str, ...] = ("identifiers", "documents", "events"), **options: str) -> Source:
    return Source(
        id="port",
        kind=kind,
        title="Port",
        url="https://port.example",
        agreement="a",
        purposes=("control",),
        fields=fields,
        identifiers=(Held(type="equipment"),),
        options={name.replace("__", ".").replace("_", "-"): value for name, value in options.items()},
    )


def box(value: str = "CSQU3054383") -> Identifier:
    return Identifier(type="equipment", value=value)


def results(*events: Any, **instead: Any) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-28T10:00:00Z",
        "epcisBody": {"queryResults": {"queryName": "q", "resultsBody": {"eventList": list(events)}}},
        **instead,
    }


# EPCIS


def test_epcis_events_of_a_container_come_from_all_pages_as_one_document_that_is_read(place: Place) -> None:
    asked = EpcisSource(source("epcis"), client(place))
    (where,) = asked.find(box(" csqu3054383"))
    assert where.name == "events?MATCH_anyEPC=urn:epc:id:bic:CSQU3054383"
    first = f"/api/{where.name}&perPage=100"
    place.says(first, results(event(1), event(2)), Link='</api/events?nextPageToken=two>; rel="next"')
    place.says("/api/events?nextPageToken=two", results(event(3)), Link='<?nextPageToken=three>; rel="next"')
    place.says("/api/events?nextPageToken=three", results())
    (came,) = asked.fetch(where)
    reading = standards.read(came.content)
    assert (reading.standard, reading.outcome) == ("epcis", "accepted"), reading.findings
    assert len(reading.document.movements) == 3  # type: ignore[union-attr]
    assert asked.fetch(where) == (came,)  # the same bytes each time


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"<html>", MALFORMED), (b"[]", MALFORMED), (b"{}", MALFORMED), (b"[" * 100_000, MALFORMED),
     (json.dumps(results("x")).encode(), MALFORMED)],
)  # fmt: skip
def test_epcis_what_is_no_result_is_malformed(place: Place, content: bytes, code: str) -> None:
    asked = EpcisSource(source("epcis"), client(place))
    (where,) = asked.find(box())
    place.says("*", content)
    with pytest.raises(PartnerError) as refused:
        asked.fetch(where)
    assert refused.value.code == code


def test_epcis_pages_without_end_or_of_another_host_are_not_followed(place: Place) -> None:
    asked = EpcisSource(source("epcis"), client(place))
    (where,) = asked.find(box())
    place.says("*", results(event(1)), Link='<events?nextPageToken=again>; rel="next"')
    with pytest.raises(PartnerError, match="same page again"):
        asked.fetch(where)
    place.asked.clear()
    place.answers["*"] = lambda path: (
        200, json.dumps(results(event(1))).encode(), {"link": f'<events?nextPageToken={len(place.asked)}>; rel="next"'},
    )  # fmt: skip
    with pytest.raises(PartnerError) as refused:
        asked.fetch(where)
    assert (refused.value.code, len(place.asked)) == (TOO_MUCH, MOST_PAGES)
    place.says("*", results(event(1)), Link='<http://169.254.169.254/latest>; rel="next"')
    with pytest.raises(PartnerError) as refused:
        asked.fetch(where)
    assert refused.value.code == FORBIDDEN


def test_epcis_names_things_as_the_standard_does_and_asks_for_nothing_it_may_not(place: Place) -> None:
    asked = EpcisSource(source("epcis", document_prefix="urn:epcglobal:cbv:bt:0614141073467:"), client(place))
    (bill,) = asked.find(Identifier(type="transport-document", value="BOL1"))
    assert bill.name == "events?EQ_bizTransaction_bol=urn:epcglobal:cbv:bt:0614141073467:BOL1"
    (ship,) = asked.find(Identifier(type="means", value="IMO9074729"))
    assert ship.name == "events?MATCH_anyEPC=urn:epc:id:imovn:9074729"
    assert asked.find(Identifier(type="mrn", value="26XX")) == ()
    only = EpcisSource(source("epcis", ("identifiers",)), client(place))
    assert only.fetch(only.find(box())[0]) == () and not place.asked


# DCSA


def test_dcsa_polls_from_a_time_and_follows_the_next_page_of_either_edition(place: Place) -> None:
    old = DcsaSource(source("dcsa", version="2.2", since="2026-01-01T00:00:00Z"), client(place))
    (where,) = old.find(box("APZU4812090"))
    first = f"/api/{where.name}&limit=100&eventCreatedDateTime:gte=2026-01-01T00%3A00%3A00Z"
    one = (
        json.loads((TNT / "tnt-220-response-wrong-structure.json").read_bytes())[0]["someEvents"]
        if TNT.exists()
        else []
    )
    event_ = one[0] if one else {"eventID": "1", "eventType": "SHIPMENT", "eventDateTime": "2026-01-02T00:00:00Z"}
    place.says(first, [{**event_, "eventID": "a"}], Next_Page=f"{place.address}/api/events?cursor=two")
    place.says("/api/events?cursor=two", [{**event_, "eventID": "b"}])
    (came,) = old.fetch(where)
    assert [each["eventID"] for each in json.loads(came.content)] == ["a", "b"]
    new = DcsaSource(source("dcsa"), client(place))
    place.says(f"/api/{where.name}&limit=100", {"events": [THREE("a")]}, Next_Page_Cursor="a b")
    place.says(f"/api/{where.name}&limit=100&cursor=a%20b", {"events": [THREE("c")]})
    (came,) = new.fetch(where)
    assert [each["eventID"] for each in json.loads(came.content)["events"]] == ["a", "c"]
    assert standards.read(came.content).standard == "dcsa"
    assert place.headers[-1]["api-version"] == "3.0"


def THREE(name: str, **instead: Any) -> dict[str, Any]:
    return {
        "eventID": name,
        "eventDateTime": "2026-01-20T10:15:00Z",
        "eventUpdatedDateTime": "2026-01-20T10:20:00Z",
        "eventRouting": {"originatingParty": {"partyCode": "EXCO", "codeListProvider": "SMDG", "partyFunction": "CA"}},
        "eventClassification": {
            "eventTypeCode": "EQUIPMENT",
            "eventClassifierCode": "ACT",
            "equipmentEventTypeCode": "LOAD",
        },
        "equipmentDetails": {"equipmentReference": "APZU4812090"},
        **instead,
    }


def test_dcsa_an_event_that_was_sent_again_stands_once_and_one_that_was_taken_back_not_at_all() -> None:
    late = THREE("a", eventUpdatedDateTime="2026-01-21T00:00:00Z", eventDateTime="2026-01-19T00:00:00Z")
    gone = {"eventID": "b", "isRetracted": True, "eventUpdatedDateTime": "2026-01-22T00:00:00Z"}
    assert standing([late, THREE("a"), THREE("b"), gone]) == [late]
    assert standing([THREE("b"), {"eventID": "b", "isRetracted": True}]) == []
    again = THREE("b", eventUpdatedDateTime="2026-01-23T00:00:00Z")
    assert standing([THREE("b"), gone, again]) == [again]
    beta = [
        {"metadata": {"eventID": "x", "eventCreatedDateTime": "2026-01-01T00:00:00Z"}, "payload": {}},
        {"metadata": {"eventID": "y", "retractedEventID": "x"}, "payload": {}},
        {"metadata": {"eventID": "z"}, "payload": {}},
    ]
    assert [one["metadata"]["eventID"] for one in standing(beta)] == ["z"]


TNT = corpora.__globals__["_BESIDE"] / "dcsa-conformance/tnt/src/main/resources/standards/tnt/messages"


def test_conformance_dcsa_pages_of_the_public_cases_are_taken(place: Place) -> None:
    folder = corpora("dcsa-conformance") / TNT.relative_to(TNT.parents[6])
    asked = DcsaSource(source("dcsa"), client(place))
    (where,) = asked.find(box())
    for name in (
        "tnt-300-response-nextpage",
        "tnt-300-request-equipment",
        "tnt-300-request-iot",
        "tnt-300-request-transport",
    ):
        content = (folder / f"{name}.json").read_bytes()
        place.says("*", content)
        (came,) = asked.fetch(where)
        assert len(json.loads(came.content)["events"]) == len(json.loads(content)["events"]), name
        assert standards.read(came.content).outcome == "accepted", name
    place.says("*", (folder / "tnt-220-response-wrong-structure.json").read_bytes())
    (came,) = DcsaSource(source("dcsa", version="2.2"), client(place)).fetch(where)
    assert standards.read(came.content).outcome == "refused"  # its reader says so; what came is kept


# ONE Record


def lo(place: Place, name: str, **instead: Any) -> dict[str, Any]:
    return {
        "@context": {"cargo": "https://onerecord.iata.org/ns/cargo#", "api": "https://onerecord.iata.org/ns/api#"},
        "@type": "cargo:Piece",
        "@id": f"{place.address}/api/logistics-objects/{name}",
        "api:hasRevision": 1,
        **instead,
    }


def test_one_record_takes_an_object_what_it_links_to_here_and_its_events(place: Place) -> None:
    linked = {"@id": f"{place.address}/api/logistics-objects/two"}
    elsewhere = {"@id": "https://other.example/logistics-objects/three"}
    closed = {"@id": f"{place.address}/api/logistics-objects/closed"}
    place.says("/api/logistics-objects/one", lo(place, "one", **{"cargo:containedPieces": [linked, elsewhere, closed]}))
    place.says(
        "/api/logistics-objects/two",
        lo(place, "two", **{"cargo:partOf": {"@id": f"{place.address}/api/logistics-objects/one"}}),
    )
    place.says("/api/logistics-objects/closed", {"@type": "api:Error"}, 403)
    place.says("/api/logistics-objects/one/logistics-events", {"@type": "cargo:LogisticsEvent", "@id": "e"})
    asked = OneRecordSource(source("one-record", path__transport_document="logistics-objects/{value}"), client(place))
    (where,) = asked.find(Identifier(type="logistics-object", value=f"{place.address}/api/logistics-objects/one"))
    (came,) = asked.fetch(where)
    assert [one["@id"].rsplit("/", 1)[-1] for one in json.loads(came.content)] == ["one", "two", "e"]
    assert place.headers[0]["accept"] == "application/ld+json; version=2.3.0"
    assert standards.read(came.content).standard == "one-record"
    assert [one for one in place.asked if "three" in one] == []


def test_one_record_a_chain_of_links_ends(place: Place) -> None:
    def answer(path: str) -> Answer:
        if path.endswith("logistics-events"):
            return 404, b"", {}
        number = int(path.rsplit("/", 1)[-1])
        nexts = [{"@id": f"{place.address}/api/logistics-objects/{number * 2 + more}"} for more in (0, 1)]
        return 200, json.dumps(lo(place, str(number), **{"cargo:containedPieces": nexts})).encode(), {}

    place.answers["*"] = answer
    asked = OneRecordSource(source("one-record", links="7"), client(place))
    (came,) = asked.fetch(Location(name=f"{place.address}/api/logistics-objects/1"))
    assert len(json.loads(came.content)) == 8
    assert len(place.asked) == 9


def test_one_record_an_object_that_is_gone_or_is_none(place: Place) -> None:
    asked = OneRecordSource(source("one-record"), client(place))
    assert asked.fetch(Location(name="logistics-objects/none")) == ()
    for content in (b"[]", b"{}", b"no", b'{"a": 1}'):
        place.says("*", content)
        with pytest.raises(PartnerError) as refused:
            asked.fetch(Location(name="logistics-objects/x"))
        assert refused.value.code == MALFORMED
    place.says("*", b"{}", 401)
    with pytest.raises(PartnerError) as refused:
        asked.fetch(Location(name="logistics-objects/x"))
    assert refused.value.code == REFUSED
    with pytest.raises(PartnerError) as refused:
        asked.fetch(Location(name="https://other.example/logistics-objects/x"))
    assert refused.value.code == FORBIDDEN


def test_one_record_a_verification_says_what_differs() -> None:
    told = json.loads(
        verification_of(
            "https://a/logistics-objects/1", 3, [("https://onerecord.iata.org/ns/cargo#grossWeight", "declared 4 kg")]
        )
    )
    assert told["api:hasRevision"]["@value"] == "3"
    (error,) = told["api:hasError"]
    assert error["api:hasErrorDetail"]["api:hasProperty"]["@value"].endswith("grossWeight")


# Link resolvers


def linkset(*links: Any, **further: Any) -> dict[str, Any]:
    return {"linkset": [{"anchor": "https://id.example/01/1", "https://gs1.org/voc/pip": list(links), **further}]}


def test_untp_says_where_documents_live_and_fetches_from_its_own_host_alone(place: Place) -> None:
    here, there = f"{place.address}/docs/passport.json", "https://other.example/passport.json"
    place.says(
        "/api/01/09520123456788?linkType=all",
        linkset(
            {"href": here, "type": "application/json", "title": "Passport"},
            {"href": there},
            **{"untp:dcc": [{"href": "/cert"}]},
        ),
    )
    place.says("/docs/passport.json", {"a": 1})
    asked = UntpSource(source("untp"), client(place))
    found = asked.find(Identifier(type="product", value="01/09520123456788"))
    assert [(one.name, one.said["relation"]) for one in found] == [
        (here, "pip"), (there, "pip"), (f"{place.address}/cert", "untp:dcc"),
    ]  # fmt: skip
    assert found[0].title == "Passport"
    assert asked.fetch(found[0])[0].content == b'{"a": 1}'
    with pytest.raises(PartnerError, match="another host"):
        asked.fetch(found[1])
    only = UntpSource(source("untp", relations="untp:dcc"), client(place))
    assert len(only.find(Identifier(type="product", value="01/09520123456788"))) == 1


@pytest.mark.parametrize(
    "link",
    [{"href": "javascript:alert(1)"}, {"href": "file:///etc/passwd"}, {"href": "https://user:pw@x/"}, {"href": "https://x:99999999/"},
     {"href": "https://x/\u202egnp"}, {"href": "https://x/" + "a" * 600}, {"href": 5}, "https://x/", None, {"href": "https:\\\\x"},
     {"href": "https://x/ y"}],
)  # fmt: skip
def test_untp_a_hostile_link_is_left_out_and_the_others_kept(place: Place, link: Any) -> None:
    place.says("*", linkset(link, {"href": "https://good.example/a", "title": "x" * 999, "hreflang": ["en", 5]}))
    (found,) = UntpSource(source("untp"), client(place)).find(Identifier(type="product", value="01/1"))
    assert (found.name, len(found.title), found.said["hreflang"]) == ("https://good.example/a", 100, "en")


@pytest.mark.parametrize("value", [[], {}, {"linkset": 5}, {"linkset": "x"}, "x", None])
def test_untp_what_is_no_set_of_links_is_malformed(place: Place, value: Any) -> None:
    place.says("*", value)
    with pytest.raises(PartnerError) as refused:
        UntpSource(source("untp"), client(place)).find(Identifier(type="product", value="01/1"))
    assert refused.value.code == MALFORMED


def test_untp_a_set_without_end_is_cut(place: Place) -> None:
    place.says("*", linkset(*({"href": f"https://x.example/{number}"} for number in range(5000))))
    asked = UntpSource(source("untp"), client(place))
    assert len(asked.find(Identifier(type="product", value="01/1"))) == MOST_LINKS
    assert asked.find(Identifier(type="equipment", value="X")) == ()


# Plain HTTPS


def test_https_fetches_a_document_of_its_own_place_alone(place: Place) -> None:
    asked = HttpsSource(source("https", path__transport_document="bills/{value}.xml"), client(place))
    (where,) = asked.find(Identifier(type="transport-document", value="B/L 1?"))
    assert where.name == "bills/B%2FL%201%3F.xml"
    place.says("/api/bills/B%2FL%201%3F.xml", b"<bill/>")
    assert asked.fetch(where)[0].content == b"<bill/>"
    assert asked.find(Identifier(type="url", value=f"{place.address}/api/x.xml"))
    for wrong in (f"{place.address}/other/x.xml", "https://elsewhere.example/api/x", f"{place.address}/api/../admin",
                  f"{place.address}/api/%2e%2e/admin", "ftp://x/y", "x"):  # fmt: skip
        assert asked.find(Identifier(type="url", value=wrong)) == (), wrong
    assert asked.fetch(Location(name="nothing")) == ()
    place.says("*", b"", 302, Location="http://169.254.169.254/")
    with pytest.raises(PartnerError) as refused:
        asked.fetch(Location(name="moved"))
    assert refused.value.code == REFUSED
