# SPDX-License-Identifier: Apache-2.0
"""The REST bindings of EPCIS 2.0 over a real house: capture and its job, events by query, queries with names, subscriptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from cocket.api import build_app
from cocket.api.server import Api
from cocket.gate import Meter, make_key
from tests.corpora import corpora
from tests.houses import Built, build
from tests.simulators.doors import open_door

Ask = Callable[..., httpx.Response]
BASE = "/v1/epcis"
SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def event(number: int, **instead: Any) -> dict[str, Any]:
    """An event of our own: a container leaves."""
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "action": "OBSERVE",
        "bizStep": "departing",
        "disposition": "in_transit",
        "epcList": ["urn:epc:id:bic:CSQU3054383"],
        "eventTime": f"2026-03-{1 + number % 27:02d}T10:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234"},
        "bizTransactionList": [{"type": "bol", "bizTransaction": f"urn:epcglobal:cbv:bt:0614141073467:BOL{number}"}],
        **instead,
    }


def document(*events: dict[str, Any], **instead: Any) -> bytes:
    whole = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-28T10:00:00Z",
        "epcisBody": {"eventList": list(events)},
        **instead,
    }
    return json.dumps(whole).encode()


#: A query, and a document without events, in XML.
POLL = b"""<epcisq:EPCISQueryDocument xmlns:epcisq="urn:epcglobal:epcis-query:xsd:2" schemaVersion="2.0"
 creationDate="2026-03-28T10:00:00Z"><EPCISBody><epcisq:Poll><queryName>SimpleEventQuery</queryName><params/></epcisq:Poll>
</EPCISBody></epcisq:EPCISQueryDocument>"""
NONE = b"""<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
 creationDate="2026-03-28T10:00:00Z"><EPCISBody><EventList/></EPCISBody></epcis:EPCISDocument>"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(
        tmp_path_factory.mktemp("epcis"), event_webhooks=True, event_networks="127.0.0.1/32", event_plain_http=True
    )
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def ask(built: Built) -> Iterator[Ask]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        keys: dict[tuple[str, str], str] = {}

        def asking(method: str, path: str, sender: str = "ACME", role: str = "trader", **how: Any) -> httpx.Response:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}-{sender.lower()}")
                built.house.governance.accounts.add_key(keys[role, sender], role, [role], sender.split("+"))
            headers = {"Authorization": f"Bearer {keys[role, sender]}", **how.pop("headers", {})}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


def given(reply: httpx.Response) -> list[dict[str, Any]]:
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def captured(ask: Ask, content: bytes, sender: str = "ACME", **headers: str) -> dict[str, Any]:
    reply = ask(
        "POST", f"{BASE}/capture", sender, content=content, headers={"Content-Type": "application/json", **headers}
    )
    assert (reply.status_code, reply.content) == (202, b""), reply.text
    job: dict[str, Any] = ask("GET", reply.headers["location"], sender).json()
    return job


def test_what_is_captured_is_a_message_with_a_receipt_and_is_read_back_by_its_sender_alone(ask: Ask) -> None:
    job = captured(ask, document(event(1), event(2)), "ONE")
    assert (job["running"], job["success"], job["errors"], job["eventsCaptured"]) == (False, True, [], 2)
    assert ask("GET", f"/v1/messages/{job['captureID']}/receipt", "ONE").status_code == 200
    found = given(ask("GET", f"{BASE}/events", "ONE"))
    assert [one["eventID"][-1] for one in found] == ["1", "2"]
    assert all(one["recordTime"].endswith("Z") for one in found)
    assert given(ask("GET", f"{BASE}/events", "TWO")) == []
    assert ask("GET", f"{BASE}/capture/{job['captureID']}", "TWO").status_code == 404
    name = event(1)["eventID"]
    assert given(ask("GET", f"{BASE}/events/{name}", "ONE"))[0]["bizStep"] == "departing"
    assert ask("GET", f"{BASE}/events/{name}", "TWO").status_code == 404
    assert captured(ask, document(event(1), event(2)), "ONE") == job  # the same bytes are the same job
    listed = ask("GET", f"{BASE}/capture", "ONE").json()
    assert [one["captureID"] for one in listed] == [job["captureID"]]


def test_rollback_takes_none_and_proceed_takes_the_others(ask: Ask) -> None:
    wrong = event(12)
    del wrong["action"]
    brought = document(event(11), wrong, event(13))
    job = captured(ask, brought, "PAIR")
    assert (job["success"], job["captureErrorBehaviour"], job["eventsCaptured"]) == (False, "rollback", 0)
    assert "action" in job["errors"][0]["title"]
    assert given(ask("GET", f"{BASE}/events", "PAIR")) == []
    job = captured(ask, brought, "PAIR", **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert (job["success"], job["captureErrorBehaviour"], job["eventsReceived"], job["eventsCaptured"]) == (
        False, "proceed", 3, 2,
    )  # fmt: skip
    assert len(job["messages"]) == 2
    assert [one["eventID"][-2:] for one in given(ask("GET", f"{BASE}/events", "PAIR"))] == ["11", "13"]


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b"{", 400, "ValidationException"),
        (b"[]", 400, "ValidationException"),
        (b"<a/>", 400, "ValidationException"),
        (document(), 400, "ValidationException"),
        (document(epcisBody={}), 400, "ValidationException"),
        (document(type="EPCISMasterDataDocument", epcisBody={"vocabularyList": []}), 400, "ValidationException"),
        ((SAMPLES / "epcis" / "query.json").read_bytes(), 400, "ValidationException"),
        ((SAMPLES / "dcsa" / "equipment-events.json").read_bytes(), 400, "ValidationException"),
        (POLL, 400, "ValidationException"),
        (NONE, 400, "ValidationException"),
        (document(*(event(one) for one in range(2001))), 413, "CaptureLimitExceededException"),
    ],
)
def test_what_is_no_document_of_events_is_refused_with_an_exception_of_the_standard(
    ask: Ask, content: bytes, status: int, kind: str
) -> None:
    reply = ask("POST", f"{BASE}/capture", "BAD", content=content)
    is_problem(reply, status, kind)
    assert reply.json()["title"] == reply.json()["error"]["message"] != ""
    assert ("gs1-epcis-capture-limit" in reply.headers) == (status == 413)
    assert ask("GET", f"{BASE}/capture", "BAD").json() == []  # nothing was taken


def is_problem(reply: httpx.Response, status: int, kind: str) -> None:
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json"), reply.text
    assert (reply.json()["type"], reply.json()["status"]) == (
        f"epcisException:{kind}" if kind else "about:blank",
        status,
    )


@pytest.mark.parametrize(
    ("method", "path", "how", "status", "kind"),
    [
        ("GET", "/events", {"headers": {"Authorization": "Bearer nobody"}}, 401, "SecurityException"),
        ("GET", "/events", {"headers": {"Cocket-Purpose": "curiosity"}}, 422, "ValidationException"),
        ("POST", "/capture", {"headers": {"Cocket-Sender": "MANY"}, "content": b"{}"}, 403, "SecurityException"),
        ("POST", "/capture", {"headers": {"Content-Type": "image/png"}, "content": b"{}"}, 415, "UnsupportedMediaTypeException"),
        ("GET", "/nothing", {}, 404, "NoSuchResourceException"),
        ("DELETE", "/events", {}, 405, ""),
        ("POST", "/queries", {"content": b"{"}, 400, "ValidationException"),
        ("POST", "/queries", {"content": b" " * 70_000}, 413, "QueryTooComplexException"),
        ("GET", "/events/" + "x" * 9000, {}, 414, "URITooLongException"),
    ],
)  # fmt: skip
def test_a_refusal_is_a_problem_wherever_it_is_refused(
    ask: Ask, built: Built, method: str, path: str, how: dict[str, Any], status: int, kind: str
) -> None:
    if status != 414:
        is_problem(ask(method, f"{BASE}{path}", **how), status, kind)
        return
    api = Api(built.house, Meter())  # the gate itself refuses it
    with open_door(api, form=api.form) as port:
        is_problem(httpx.request(method, f"http://127.0.0.1:{port}{BASE}{path}", trust_env=False), status, kind)


@pytest.mark.parametrize(
    ("field", "good", "refused", "wrong"),
    [
        ("GS1-EPCIS-Min", ("1.0", "2", "2.0.0"), ("2.0.1", "3"), ("new", "", "2.0.0.0", "-1")),
        ("GS1-EPCIS-Max", ("2", "2.0", "3.1.4"), ("1.2", "1.99.99"), ("2.x",)),
        ("GS1-CBV-Min", ("1.2.0", "2.0.0"), ("2.1",), ("two",)),
        ("GS1-CBV-Max", ("2.0.0",), ("1.2.2",), ("2,0",)),
        ("GS1-EPC-Format", ("No_Preference", "Never_Translates", "Always_GS1_Digital_Link", "Always_EPC_URN"), (), ("Sometimes",)),
        ("GS1-CBV-XML-Format", ("No_Preference", "Never_Translates"), ("Always_Web_URI", "Always_URN"), ("urn",)),
        ("GS1-Extensions", ("a=http://org.example/epcis/, b=http://other.example/", ""), (), ("a", "=b", "a=b,")),
        ("Accept", ("application/json", "application/ld+json", "*/*"), ("application/xml", "text/plain"), ()),
    ],
)  # fmt: skip
def test_what_an_answer_is_asked_to_be_is_given_or_not_acceptable(
    ask: Ask, field: str, good: tuple[str, ...], refused: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    ask("POST", f"{BASE}/queries", "FORMS", json={"name": "all", "query": {}})
    for path in (
        "/events",
        "/capture",
        "/queries",
        "/queries/all",
        "/queries/all/events",
        "/queries/all/subscriptions",
    ):
        for told in good:
            reply = ask("GET", f"{BASE}{path}", "FORMS", headers={field: told})
            assert (reply.status_code, reply.headers["gs1-epcis-version"]) == (200, "2.0.0"), (path, told, reply.text)
        for told in refused:
            is_problem(ask("GET", f"{BASE}{path}", "FORMS", headers={field: told}), 406, "NotAcceptableException")
        for told in wrong:
            is_problem(ask("GET", f"{BASE}{path}", "FORMS", headers={field: told}), 400, "ValidationException")


def test_identifiers_are_given_in_the_spelling_that_is_asked_for_where_it_can_be_had(ask: Ask) -> None:
    urn, link = "urn:epc:id:sgtin:0614141.112345.400", "https://id.gs1.org/01/10614141123459/21/400"
    captured(ask, document(event(95, epcList=[urn, "urn:epc:id:bic:CSQU3054383"])), "SPELT")

    def asked(spelling: str, **query: str) -> httpx.Response:
        return ask("GET", f"{BASE}/events", "SPELT", headers={"GS1-EPC-Format": spelling}, params=query)

    for spelling, epc, place in (
        ("Always_GS1_Digital_Link", link, "https://id.gs1.org/414/0614141073467/254/1234"),
        ("Always_EPC_URN", urn, "urn:epc:id:sgln:0614141.07346.1234"),
        ("Never_Translates", urn, "urn:epc:id:sgln:0614141.07346.1234"),
    ):
        for value in (urn, link):  # asked for in whichever spelling
            reply = asked(spelling, MATCH_epc=value)
            (found,) = given(reply)
            assert (reply.headers["gs1-epc-format"], found["epcList"][0]) == (spelling, epc)
            assert (found["readPoint"]["id"], found["epcList"][1]) == (place, "urn:epc:id:bic:CSQU3054383")
        one = ask("GET", f"{BASE}/events/{event(95)['eventID']}", "SPELT", headers={"GS1-EPC-Format": spelling})
        assert given(one)[0]["epcList"][0] == epc
    captured(ask, document(event(96, epcList=[link])), "SPELT")
    is_problem(asked("Always_EPC_URN"), 406, "NotAcceptableException")
    assert {found["epcList"][0] for found in given(asked("Always_GS1_Digital_Link"))} == {link}


def test_a_capture_by_a_version_that_is_not_read_is_not_acceptable(ask: Ask) -> None:
    for field in ("GS1-EPCIS-Version", "GS1-CBV-Version"):
        for told, status, kind in (("3.0.0", 406, "NotAcceptableException"), ("0.9", 406, "NotAcceptableException"),
                                   ("two", 400, "ValidationException")):  # fmt: skip
            for path in ("capture", "events"):
                reply = ask("POST", f"{BASE}/{path}", "VERS", content=document(event(91)), headers={field: told})
                is_problem(reply, status, kind)
        assert captured(ask, document(event(91)), "VERS", **{field: "2.0.0"})["success"]


def test_the_record_time_is_that_of_receipt_whatever_an_event_says(ask: Ask) -> None:
    job = captured(ask, document(event(92, recordTime="2020-01-01T00:00:00.000Z")), "TIMES")
    assert (job["success"], job["errors"]) == (True, [])
    (found,) = given(ask("GET", f"{BASE}/events?GE_recordTime=2021-01-01T00:00:00Z", "TIMES"))
    assert found["recordTime"] > "2021"
    alone = {"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
             **event(93, recordTime="2020-01-01T00:00:00.000Z")}  # fmt: skip
    assert ask("POST", f"{BASE}/events", "TIMES", json=alone).status_code == 201
    assert given(ask("GET", f"{BASE}/events?LT_recordTime=2021-01-01T00:00:00Z", "TIMES")) == []


def test_events_are_asked_for_by_what_they_say_and_in_pages(ask: Ask) -> None:
    for number in range(20, 25):
        captured(ask, document(event(number), event(number + 100, bizStep="arriving", action="ADD")), "MANY")
    assert len(given(ask("GET", f"{BASE}/events?EQ_bizStep=arriving", "MANY"))) == 5
    assert len(given(ask("GET", f"{BASE}/events?EQ_bizStep=arriving%7Cdeparting&EQ_action=ADD", "MANY"))) == 5
    web = quote("https://ref.gs1.org/cbv/BizStep-arriving", safe="")
    assert len(given(ask("GET", f"{BASE}/events?EQ_bizStep={web}", "MANY"))) == 5
    assert len(given(ask("GET", f"{BASE}/events?MATCH_anyEPC=urn:epc:id:bic:CSQU3054383", "MANY"))) == 10
    assert given(ask("GET", f"{BASE}/events?MATCH_anyEPC=urn:epc:id:bic:MSKU0000000", "MANY")) == []
    bill = "urn:epcglobal:cbv:bt:0614141073467:BOL21"
    assert len(given(ask("GET", f"{BASE}/events?EQ_bizTransaction_bol={bill}", "MANY"))) == 1
    assert (
        len(
            given(
                ask(
                    "GET",
                    f"{BASE}/events?GE_eventTime=2026-03-23T00:00:00Z&LT_eventTime=2026-03-25T00:00:00Z&EQ_action=OBSERVE",
                    "MANY",
                )
            )
        )
        == 2
    )
    pages, where = [], f"{BASE}/events?perPage=3&EQ_bizStep=departing"
    while where:
        reply = ask("GET", where, "MANY")
        pages.append([one["eventID"][-2:] for one in given(reply)])
        where = reply.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert pages == [["20", "21", "22"], ["23", "24"]]
    newest = given(ask("GET", f"{BASE}/events?orderBy=eventTime&orderDirection=DESC&eventCountLimit=1", "MANY"))
    assert newest[0]["eventID"].endswith("24")
    large = ask("GET", f"{BASE}/events?orderBy=eventTime&maxEventCount=2", "MANY")
    assert (large.status_code, large.json()["type"]) == (413, "epcisException:QueryTooLargeException")


@pytest.mark.parametrize(
    "query",
    ["EQ_nothing=1", "EQ_bizStep=never%20heard", "GE_eventTime=yesterday", "EQ_type=Temperature", "orderBy=epcList",
     "perPage=0", "perPage=many", "nextPageToken=!!", "nextPageToken=Li4", "EQ_action=ADD&EQ_action=DELETE",
     "maxEventCount=1&eventCountLimit=1"],
)  # fmt: skip
def test_a_query_that_is_not_sound_or_not_supported_is_refused_by_name(ask: Ask, query: str) -> None:
    reply = ask("GET", f"{BASE}/events?{query}", "MANY")
    assert reply.status_code == 400
    assert reply.json()["type"] == "epcisException:QueryParameterException" or query.startswith("nextPageToken")


def test_a_query_with_a_name_is_kept_run_narrowed_and_deleted_with_its_subscriptions(ask: Ask, built: Built) -> None:
    body = {"name": "arrivals", "query": {"EQ_bizStep": ["arriving"], "eventType": ["ObjectEvent"]}}
    captured(ask, document(event(31), event(32, bizStep="arriving"), event(33, bizStep="arriving")), "NAMED")
    made = ask("POST", f"{BASE}/queries", "NAMED", json=body)
    assert (made.status_code, made.headers["location"]) == (201, f"{BASE}/queries/arrivals")
    assert ask("POST", f"{BASE}/queries", "NAMED", json=body).status_code == 409
    assert ask("GET", f"{BASE}/queries", "NAMED").json() == [body]
    assert ask("GET", f"{BASE}/queries/arrivals", "NAMED").json() == body
    assert ask("GET", f"{BASE}/queries/arrivals", "OTHER").status_code == 404
    assert len(given(ask("GET", f"{BASE}/queries/arrivals/events", "NAMED"))) == 2
    assert len(given(ask("GET", f"{BASE}/queries/arrivals/events?LT_eventTime=2026-03-06T12:00:00Z", "NAMED"))) == 1
    assert ask("GET", f"{BASE}/queries/arrivals/events?EQ_bizStep=departing", "NAMED").status_code == 400
    where = f"{BASE}/queries/arrivals/subscriptions"
    sub = {"dest": "http://127.0.0.1:9/results", "signatureToken": "open sesame", "stream": True}
    new = ask("POST", where, "NAMED", json=sub)
    assert new.status_code == 201, new.text
    assert "open sesame" not in new.text
    assert new.headers["location"].endswith(new.json()["subscriptionID"])
    assert [one["subscriptionID"] for one in ask("GET", where, "NAMED").json()] == [new.json()["subscriptionID"]]
    assert ask("GET", new.headers["location"], "OTHER").status_code == 404
    for wrong in (
        {"dest": "http://127.0.0.1:9/x"}, {**sub, "schedule": {"hour": "1"}}, {"dest": "http://10.0.0.1/x", "stream": True},
        {"dest": "http://127.0.0.1:9/x", "schedule": {"hour": "25"}}, {"dest": "ftp://x/y", "stream": True},
        {"dest": "http://127.0.0.1:9/x", "schedule": {"dayOfMonth": "31", "month": "2"}},
    ):  # fmt: skip
        assert ask("POST", where, "NAMED", json=wrong).status_code in (400, 422), wrong
    assert ask("DELETE", f"{BASE}/queries/arrivals", "OTHER").status_code == 404
    assert ask("DELETE", f"{BASE}/queries/arrivals", "NAMED").status_code == 204
    assert ask("GET", new.headers["location"], "NAMED").status_code == 404
    assert b"open sesame" not in b"".join(built.bodies("epcis-subscription"))


def test_one_event_is_captured_by_itself_and_named_by_its_hash_where_it_has_no_id(ask: Ask) -> None:
    alone = {"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", **event(41)}
    del alone["eventID"]
    made = ask("POST", f"{BASE}/events", "SOLE", json=alone)
    assert made.status_code == 201, made.text
    assert "?EQ_eventID=ni%3A%2F%2F%2Fsha-256" in made.headers["location"]
    assert given(ask("GET", made.headers["location"], "SOLE"))[0]["eventID"].startswith("ni:///sha-256;")
    named = {**alone, "eventID": event(43)["eventID"]}
    assert ask("POST", f"{BASE}/events", "SOLE", json=named).status_code == 201
    is_problem(
        ask("POST", f"{BASE}/events", "SOLE", json={**named, "bizStep": "arriving"}),
        409,
        "ResourceAlreadyExistsException",
    )
    del alone["eventTime"]
    assert ask("POST", f"{BASE}/events", "SOLE", json=alone).status_code in (400, 422)
    assert ask("POST", f"{BASE}/events", "SOLE", content=document(event(42))).status_code == 400


def test_a_server_says_what_it_can_and_answers_in_json_alone(ask: Ask) -> None:
    for path in ("capture", "events", "queries", "queries/x", "queries/x/subscriptions"):
        told = ask("OPTIONS", f"{BASE}/{path}", "ACME")
        assert (told.status_code, told.headers["gs1-epcis-version"]) == (204, "2.0.0"), path
        assert "OPTIONS" in told.headers["allow"]
        takes = path in ("capture", "events")
        assert told.headers["gs1-epcis-min"] == told.headers["gs1-cbv-min"] == ("1.0.0" if takes else "2.0.0")
        assert told.headers["gs1-epcis-max"] == told.headers["gs1-cbv-max"] == "2.0.0"
        assert told.headers["gs1-epc-format"] == told.headers["gs1-cbv-xml-format"] == "Never_Translates"
    told = ask("OPTIONS", f"{BASE}/capture")
    assert (told.headers["gs1-capture-error-behaviour"], told.headers["gs1-epcis-capture-limit"]) == ("all", "2000")
    refused = ask("GET", f"{BASE}/events", headers={"Accept": "application/xml"})
    assert (refused.status_code, refused.json()["type"]) == (406, "epcisException:NotAcceptableException")


def test_who_speaks_for_no_sender_is_told_nothing(ask: Ask) -> None:
    assert ask("GET", f"{BASE}/events", "BETANIA", role="agency").status_code in (403, 404)
    assert ask("POST", f"{BASE}/capture", "BETANIA", role="agency", content=document(event(51))).status_code in (
        403,
        404,
    )
    assert (
        ask(
            "POST", f"{BASE}/capture", "ACME", content=document(event(51)), headers={"Cocket-Sender": "MANY"}
        ).status_code
        == 403
    )


def test_every_look_is_sealed_with_the_messages_that_were_shown(ask: Ask, built: Built) -> None:
    job = captured(ask, document(event(61)), "LOOKED")
    before = len(built.bodies("look"))
    given(ask("GET", f"{BASE}/events", "LOOKED"))
    looks = [json.loads(one) for one in built.bodies("look")[before:]]
    assert [(one["what"], one["subjects"]) for one in looks] == [("movement events", [job["captureID"]])]


CASES = Path("core/src/main/resources/2.0/EPCIS/JSON/Capture")


def test_conformance_every_case_of_openepcis_is_captured_or_refused_as_it_says(ask: Ask) -> None:
    folder = corpora("openepcis-test-resources") / CASES
    wrong = []
    for place, path in enumerate(sorted(folder.rglob("*.json"))):
        job = ask("POST", f"{BASE}/capture", f"CASE{place}", content=path.read_bytes())
        is_good = job.status_code == 202 and ask("GET", job.headers["location"], f"CASE{place}").json()["success"]
        expected = "Invalid" not in path.parts
        if is_good != expected:
            told = ask("GET", job.headers["location"], f"CASE{place}").text if job.status_code == 202 else job.text
            wrong.append((str(path.relative_to(folder)), job.status_code, told[:600]))
        if is_good:
            sent = json.loads(path.read_bytes())
            body = sent.get("epcisBody", {})
            number = len(body.get("eventList", [1])) if "eventList" in body or "eventTime" in sent else None
            got = given(ask("GET", f"{BASE}/events?perPage=100", f"CASE{place}"))
            if number is not None and len(got) != number:
                wrong.append((str(path.relative_to(folder)), number, str(len(got))))
    assert not wrong
    assert place > 20
