# SPDX-License-Identifier: Apache-2.0
"""A ONE Record server over a real house: objects and their revisions, events, requests, who may read, and IATA's unit tests."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from cocket.api import build_app
from cocket.errors import StoreError
from cocket.gate import make_key
from cocket.pipeline.partners.one_record import OneRecord
from tests.corpora import corpora
from tests.houses import Built, build
from tests.simulators.doors import open_door

Ask = Callable[..., httpx.Response]
BASE = "/v1/one-record"
API, CARGO = "https://onerecord.iata.org/ns/api#", "https://onerecord.iata.org/ns/cargo#"
LD = {"Content-Type": "application/ld+json; version=2.3.0", "Accept": "application/ld+json; version=2.3.0"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("one-record"), event_webhooks=True)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def ask(built: Built) -> Iterator[Ask]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        keys: dict[tuple[str, str], str] = {}

        def asking(method: str, path: str, sender: str = "ACME", role: str = "trader", **how: Any) -> httpx.Response:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}-{sender.lower()}")
                built.house.governance.accounts.add_key(keys[role, sender], role, [role], [sender])
            headers = {"Authorization": f"Bearer {keys[role, sender]}", **LD, **how.pop("headers", {})}
            where = path if "://" in path else f"http://127.0.0.1:{port}{path}"
            return client.request(method, where, headers=headers, **how)

        yield asking


def piece(**instead: Any) -> dict[str, Any]:
    return {"@context": {"cargo": CARGO}, "@type": "cargo:Piece", "cargo:coload": False, **instead}


def created(ask: Ask, value: dict[str, Any] | None = None, sender: str = "ACME") -> str:
    reply = ask("POST", f"{BASE}/logistics-objects", sender, json=value or piece())
    assert reply.status_code == 201, reply.text
    return str(reply.headers["location"])


def change(address: str, revision: int, *operations: tuple[str, str, str, str, str]) -> dict[str, Any]:
    return {
        "@context": {"api": API},
        "@type": "api:Change",
        "api:hasLogisticsObject": {"@id": address},
        "api:hasRevision": {"@type": "http://www.w3.org/2001/XMLSchema#positiveInteger", "@value": str(revision)},
        "api:hasOperation": [
            {
                "@type": "api:Operation",
                "api:op": {"@id": f"api:{op}"},
                "api:s": subject,
                "api:p": name,
                "api:o": [{"@type": "api:OperationObject", "api:hasDatatype": datatype, "api:hasValue": value}],
            }
            for op, subject, name, datatype, value in operations
        ],
    }


TEXT = "http://www.w3.org/2001/XMLSchema#string"


def test_an_object_is_a_message_of_its_sender_and_has_an_address_and_a_revision(ask: Ask, built: Built) -> None:
    where = created(ask)
    found = ask("GET", where)
    assert (found.status_code, found.headers["type"], found.headers["revision"]) == (200, f"{CARGO}Piece", "1")
    assert found.json()["@id"] == where
    assert found.json()[f"{API}hasRevision"]["@value"] == "1"
    kept = json.loads(built.bodies("one-record-object")[-1])
    assert ask("GET", f"/v1/messages/{kept['revisions'][0]['message']}/receipt").status_code == 200
    assert ask("GET", where, "OTHER").status_code == 404
    assert ask("GET", where, "ACME", role="agency").status_code in (403, 404)
    looks = [json.loads(one) for one in built.bodies("look")]
    assert looks[-1]["what"] == "movement events"


@pytest.mark.parametrize(
    ("value", "status"),
    [([], 400), ({}, 400), (piece(**{"@type": "Thing"}), 201), (piece(**{"@type": "https://x/Thing"}), 400),
     ({"@graph": [piece()]}, 400), ("x", 400)],
)  # fmt: skip
def test_what_is_no_object_is_refused_with_an_error_of_the_standard(ask: Ask, value: Any, status: int) -> None:
    reply = ask("POST", f"{BASE}/logistics-objects", json=value)
    if status == 201:
        assert reply.status_code in (201, 400)
        return
    assert reply.status_code == status, reply.text
    assert reply.json()["@type"] == f"{API}Error"
    assert reply.json()[f"{API}hasErrorDetail"][0][f"{API}hasCode"] == str(status)


def is_error(reply: httpx.Response, status: int, title: str) -> None:
    assert (reply.status_code, reply.json()["@type"], reply.json()[f"{API}hasTitle"]) == (status, f"{API}Error", title)
    (told,) = reply.json()[f"{API}hasErrorDetail"]
    assert told[f"{API}hasCode"] == str(status) and told[f"{API}hasMessage"]


def test_an_object_of_an_address_that_its_holder_gave_before_conflicts_whatever_it_says(ask: Ask, built: Built) -> None:
    name = "https://shipper.example/logistics-objects/once"
    waybill = {"@type": "cargo:Waybill", "cargo:waybillPrefix": "020", "cargo:waybillNumber": "12345675"}
    where = created(ask, piece(**{"@id": name}))
    before = len(built.bodies("one-record-object"))
    for again in ({}, {"cargo:goodsDescription": "Other"}, waybill, {"cargo:upid": "another name"}):
        reply = ask("POST", f"{BASE}/logistics-objects", json=piece(**{"@id": name, **again}))
        is_error(reply, 409, "Identifier conflict")
    asked = ask("PATCH", where, json=change(where, 1, ("ADD", where, f"{CARGO}goodsDescription", TEXT, "Books")))
    assert ask("PATCH", f"{asked.headers['location']}?status=REQUEST_ACCEPTED").status_code == 204
    changed = len(built.bodies("one-record-object"))
    is_error(
        ask("POST", f"{BASE}/logistics-objects", json=piece(**{"@id": name, **waybill})), 409, "Identifier conflict"
    )
    assert (changed, len(built.bodies("one-record-object"))) == (before + 1, before + 1)
    created(ask, piece(**{"@id": name}), "ELSE")  # another's: an address says nothing of who gave it
    is_error(ask("POST", f"{BASE}/logistics-objects", json=piece(**{"@id": where})), 409, "Identifier conflict")
    foreign = created(ask, sender="OTHER")
    for name in (
        foreign,
        f"{foreign[:-36]}01a23908-0000-7000-8000-000000000000",
        f"{foreign[:-36]}mine",
    ):  # all the same
        reply = ask("POST", f"{BASE}/logistics-objects", json=piece(**{"@id": name}))
        assert reply.status_code == 400 and "given by it" in reply.text
    assert len({created(ask), created(ask)}) == 2  # without an address each is new


@pytest.mark.parametrize("differs", [False, True])
def test_of_several_that_give_one_address_at_once_one_is_created_and_the_others_conflict(
    ask: Ask, built: Built, monkeypatch: pytest.MonkeyPatch, differs: bool
) -> None:
    name, count = f"https://shipper.example/logistics-objects/race-{differs}", 4
    created(ask)  # the key is known
    start, taken = threading.Barrier(count), OneRecord._taken

    def together(*said: Any, **how: Any) -> str:
        start.wait(timeout=30)  # each has seen that the address is free, and none has given its object
        return taken(*said, **how)

    before = len(built.bodies("one-record-object"))
    monkeypatch.setattr(OneRecord, "_taken", together)

    def give(number: int) -> httpx.Response:
        said = {"cargo:goodsDescription": f"Books {number}"} if differs else {}
        return ask("POST", f"{BASE}/logistics-objects", json=piece(**{"@id": name, **said}))

    with ThreadPoolExecutor(count) as pool:
        replies = list(pool.map(give, range(count)))
    assert sorted(one.status_code for one in replies) == [201, *[409] * (count - 1)]
    for one in replies:
        if one.status_code == 409:
            is_error(one, 409, "Identifier conflict")
    assert len(built.bodies("one-record-object")) == before + 1
    with built.stores.database.transaction() as connection:
        (accepted,) = connection.execute(
            "select count(*) from message where reference = %s and outcome = 'accepted'", (name,)
        ).fetchone() or (0,)
    assert accepted == 1, "what conflicted reaches no dossier"
    (where,) = (one.headers["location"] for one in replies if one.status_code == 201)
    assert ask("GET", where).status_code == 200


def test_an_object_whose_giver_was_stopped_half_way_is_created_when_it_is_given_again(
    ask: Ask, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = piece(**{"@id": "https://shipper.example/logistics-objects/half"})
    with monkeypatch.context() as patched:
        patched.setattr(OneRecord, "_keep", lambda *_: (_ for _ in ()).throw(StoreError("The database is away.")))
        assert ask("POST", f"{BASE}/logistics-objects", json=value).status_code == 503
    assert ask("GET", created(ask, value)).status_code == 200
    is_error(ask("POST", f"{BASE}/logistics-objects", json=value), 409, "Identifier conflict")


def test_a_refusal_is_an_error_of_the_standard_before_the_address_too(ask: Ask) -> None:
    where = f"{BASE}/logistics-objects"
    nobody = ask("GET", where, headers={"Authorization": "Bearer nobody"})
    is_error(nobody, 401, "Not authenticated or expired token")
    is_error(
        ask("POST", where, json=piece(), headers={"Cocket-Sender": "OTHER"}), 403, "Not authorized to perform action"
    )
    is_error(ask("GET", f"{BASE}/nothing"), 404, "Resource not found")
    is_error(ask("PUT", where, json={}), 405, "Method not allowed")
    is_error(ask("POST", where, content=b"x", headers={"Content-Type": "text/turtle"}), 415, "Unsupported content type")
    assert nobody.headers["content-type"] == "application/ld+json" and nobody.headers["content-language"] == "en-US"


def test_a_change_makes_a_revision_once_its_holder_accepts_it_and_the_former_one_can_be_read(ask: Ask) -> None:
    where = created(ask)
    before = datetime.now(UTC)
    asked = ask("PATCH", where, json=change(where, 1, ("ADD", where, f"{CARGO}goodsDescription", TEXT, "Books")))
    assert (asked.status_code, asked.headers["type"]) == (201, f"{API}ChangeRequest"), asked.text
    request = asked.headers["location"]
    assert ask("GET", where).headers["revision"] == "1"
    assert ask("PATCH", f"{request}?status=REQUEST_ACCEPTED", "OTHER").status_code == 404
    assert ask("PATCH", f"{request}?status=REQUEST_ACKNOWLEDGED").status_code == 422
    assert ask("PATCH", f"{request}?status={API.replace('#', '%23')}REQUEST_ACCEPTED").status_code == 204
    now = ask("GET", where)
    assert (now.headers["revision"], now.headers["latest-revision"]) == ("2", "2")
    assert now.json()[f"{CARGO}goodsDescription"]["@value"] == "Books"
    assert ask("GET", f"{where}?at=20200101T000000Z").status_code == 404
    assert ask("GET", f"{where}?at=yesterday").status_code in (400, 422)
    later = ask("GET", f"{where}?at={datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    assert later.headers["revision"] == "2" and before
    told = ask("GET", request).json()
    assert told[f"{API}hasRequestStatus"]["@id"] == f"{API}REQUEST_ACCEPTED"
    assert told[f"{API}hasRequestStatusHistory"][0][f"{API}hasRequestStatus"]["@id"] == f"{API}REQUEST_PENDING"
    assert ask("PATCH", f"{request}?status=REQUEST_REJECTED").status_code == 422
    trail = ask("GET", f"{where}/audit-trail").json()
    assert trail[f"{API}hasLatestRevision"]["@value"] == "2"
    assert len(trail[f"{API}hasActionRequest"]) == 1


def test_a_change_that_cannot_be_made_fails_and_says_why_and_one_of_an_old_revision_is_refused(ask: Ask) -> None:
    where = created(ask)
    gone = ask("PATCH", where, json=change(where, 1, ("DELETE", where, f"{CARGO}goodsDescription", TEXT, "Books")))
    assert ask("PATCH", f"{gone.headers['location']}?status=REQUEST_ACCEPTED").status_code == 204
    told = ask("GET", gone.headers["location"]).json()
    assert told[f"{API}hasRequestStatus"]["@id"] == f"{API}REQUEST_FAILED"
    assert "not there" in json.dumps(told[f"{API}hasError"])
    assert ask("GET", where).headers["revision"] == "1"
    for wrong in (
        change(where, 2, ("ADD", where, f"{CARGO}goodsDescription", TEXT, "x")),
        change("https://other/logistics-objects/1", 1, ("ADD", where, f"{CARGO}goodsDescription", TEXT, "x")),
        change(where, 1),
        change(where, 1, ("MOVE", where, f"{CARGO}goodsDescription", TEXT, "x")),
    ):
        assert ask("PATCH", where, json=wrong).status_code in (400, 422)
    assert (
        ask("PATCH", where, "OTHER", json=change(where, 1, ("ADD", where, f"{CARGO}a", TEXT, "x"))).status_code == 404
    )


def test_events_of_an_object_are_read_back_by_code(ask: Ask) -> None:
    where = created(ask, {"@context": {"cargo": CARGO}, "@type": "cargo:Shipment", "cargo:goodsDescription": "Books"})
    for code in ("DEP", "ARR", "DEP"):
        event = {
            "@context": {"cargo": CARGO},
            "@type": "cargo:LogisticsEvent",
            "cargo:eventCode": {"@id": f"https://onerecord.iata.org/ns/code-lists/StatusCode#{code}"},
            "cargo:eventDate": {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2026-03-01T10:00:00Z"},
            "cargo:eventFor": {"@type": "cargo:Shipment", "@id": where},
        }
        made = ask("POST", f"{where}/logistics-events", json=event)
        assert made.status_code == 201, made.text
    every = ask("GET", f"{where}/logistics-events").json()
    assert (every["@type"], every[f"{API}hasTotalItems"]["@value"]) == (f"{API}Collection", "3")
    assert ask("GET", f"{where}/logistics-events?event-code=DEP").json()[f"{API}hasTotalItems"]["@value"] == "2"
    assert ask("GET", made.headers["location"]).json()["@id"] == made.headers["location"]
    assert ask("GET", f"{where}/logistics-events", "OTHER").status_code == 404
    assert ask("POST", f"{where}/logistics-events", "OTHER", json=event).status_code == 404
    assert ask("POST", f"{where}/logistics-events", json=piece()).status_code == 400


def company(name: str) -> dict[str, Any]:
    return {"@context": {"cargo": CARGO}, "@type": ["cargo:Company", "cargo:Organization"], "cargo:name": name}


def delegation(where: str, party: str, **instead: Any) -> dict[str, Any]:
    return {
        "@context": {"api": API},
        "@type": "api:AccessDelegation",
        "api:hasPermission": [{"@id": "api:GET_LOGISTICS_OBJECT"}],
        "api:isRequestedFor": [{"@id": party}],
        "api:hasLogisticsObject": [{"@id": where}],
        **instead,
    }


def test_another_sender_reads_once_the_holder_accepts_and_until_that_ends(ask: Ask) -> None:
    where, party = created(ask), created(ask, company("Handlers"), "GHA")
    asked = ask("POST", f"{BASE}/access-delegations", "GHA", json=delegation(where, party))
    assert (asked.status_code, asked.headers["type"]) == (201, f"{API}AccessDelegationRequest"), asked.text
    request = asked.headers["location"]
    assert ask("GET", where, "GHA").status_code == 404
    assert ask("PATCH", f"{request}?status=REQUEST_ACCEPTED", "GHA").status_code == 404  # not its to accept
    assert ask("PATCH", f"{request}?status=REQUEST_ACCEPTED").status_code == 204
    assert ask("GET", where, "GHA").status_code == 200
    assert ask("GET", f"{where}/logistics-events", "GHA").status_code == 404  # asked for nothing of events
    assert ask("GET", where, "THIRD").status_code == 404
    assert ask("PATCH", where, "GHA", json=change(where, 1, ("ADD", where, f"{CARGO}a", TEXT, "x"))).status_code == 404
    doubt = {"@context": {"api": API}, "@type": "api:Verification", "api:hasError": [{"api:hasTitle": "Weight?"}]}
    told = ask("POST", where, "GHA", json=doubt)
    assert (told.status_code, told.headers["type"]) == (201, f"{API}VerificationRequest"), told.text
    assert ask("PATCH", f"{told.headers['location']}?status=REQUEST_ACKNOWLEDGED").status_code == 204
    assert ask("DELETE", request, "THIRD").status_code == 404
    assert ask("DELETE", request).status_code == 204
    assert ask("GET", where, "GHA").status_code == 404
    assert ask("DELETE", request).status_code == 422
    short = delegation(where, party, **{"api:expiresAt": "2020-01-01T00:00:00Z"})
    again = ask("POST", f"{BASE}/access-delegations", "GHA", json=short).headers["location"]
    assert ask("PATCH", f"{again}?status=REQUEST_ACCEPTED").status_code == 204
    assert ask("GET", where, "GHA").status_code == 404


def test_a_delegation_that_asks_for_what_is_not_given_is_refused(ask: Ask) -> None:
    where, party = created(ask), created(ask, company("Handlers"), "GHA")
    for wrong in (
        delegation(where, party, **{"api:hasPermission": [{"@id": "api:PATCH_LOGISTICS_OBJECT"}]}),
        delegation(where, party, **{"api:isRequestedFor": []}),
        delegation("https://other/1", party),
        delegation(where, "https://other/2"),
        delegation(where, party, **{"api:expiresAt": "soon"}),
    ):
        assert ask("POST", f"{BASE}/access-delegations", "GHA", json=wrong).status_code == 400
    assert ask("POST", f"{BASE}/access-delegations", "THIRD", json=delegation(where, party)).status_code == 400


def test_links_to_objects_here_are_put_in_where_asked_and_others_stay_links(ask: Ask) -> None:
    own, foreign = created(ask), created(ask, sender="OTHER")
    links = [{"@id": own}, {"@id": foreign}, {"@id": "https://elsewhere.example/logistics-objects/1"}]
    where = created(ask, {"@context": {"cargo": CARGO}, "@type": "cargo:Shipment", "cargo:pieces": links})
    assert ask("GET", where).json()["cargo:pieces"] == links
    found = ask("GET", f"{where}?embedded=true").json()["cargo:pieces"]
    assert found[0]["@type"] == "cargo:Piece"
    assert found[1:] == links[1:]


def test_an_answer_is_in_json_ld_of_an_edition_that_is_known(ask: Ask) -> None:
    where = created(ask)
    assert ask("GET", where, headers={"Accept": "application/ld+json; version=2.1.0"}).status_code == 200
    assert ask("GET", where, headers={"Accept": "application/ld+json; version=9.9"}).status_code == 406
    assert ask("GET", where, headers={"Accept": "text/turtle"}).status_code == 406
    assert (
        ask("POST", f"{BASE}/logistics-objects", content=b"x", headers={"Content-Type": "text/turtle"}).status_code
        == 415
    )
    told = ask("GET", BASE).json()
    assert told["@type"] == f"{API}ServerInformation"


#: Cases of what is not here: subscriptions, and what follows a request that they make.
ABSENT = re.compile(r"/Subscriptions/|/Action Requests/(Prerequisite/Create Action|Get|Patch|Del)")


def test_conformance_iata_unit_tests_answer_with_the_status_the_headers_and_the_class_that_they_ask_for(
    ask: Ask, request: pytest.FixtureRequest
) -> None:
    path = corpora(
        "iata-one-record",
        "Documentation_website",
        "docs",
        "Tools",
        "assets",
        "unit-tests",
        "1R_Unit_Tests.postman_collection",
    )
    base = str(ask("GET", BASE).json()["@id"])
    known: dict[str, str] = {"baseUrl": base, "internalNodeId": "_:n1"}
    wrong, seen = [], 0
    for name, case in _cases(json.loads(path.read_bytes())):
        if ABSENT.search(name):
            continue
        script = "\n".join(
            line for one in case.get("event", []) if one["listen"] == "test" for line in one["script"]["exec"]
        )
        known["historicalChange"] = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        where = _filled(case["request"]["url"], known).rstrip("/")
        body = _filled_text((case["request"].get("body") or {}).get("raw", ""), known)
        reply = ask(case["request"]["method"], where.replace("/?", "?"), content=body.encode())
        seen += 1
        status = re.search(r"have\.status\((\d+)\)", script)
        if status is not None and reply.status_code != int(status[1]):
            wrong.append((name, reply.status_code, status[1], reply.text[:200]))
        wrong += [
            (name, "no header", each, "")
            for each in re.findall(r'have\.header\("([^"]+)"\)', script)
            if each not in reply.headers
        ]
        kind = re.search(r'get\("Type"\)\)\.to\.eql\("([^"]+)"\)', script)
        if kind is not None and reply.headers.get("type") != kind[1]:
            wrong.append((name, reply.headers.get("type"), kind[1], ""))
        for variable in re.findall(r'set\("(\w+)",\s*pm\.response\.headers\.get\("Location"\)', script):
            known[variable] = reply.headers.get("location", "").rsplit("/", 1)[-1]
        for variable in re.findall(r'set\("(\w+Revision)",\s*1\)', script):
            known[variable] = "1"
        for variable in re.findall(r'set\("(\w+Revision)",\s*Number', script):
            known[variable] = str(int(known.get(variable, "1")) + (reply.status_code == 201))
    assert not wrong
    assert seen >= 40


def _cases(folder: dict[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for one in folder.get("item", []):
        name = f"{above}/{one['name']}"
        if "request" in one:
            yield name, one
        yield from _cases(one, name)


def _filled(url: dict[str, Any], known: dict[str, str]) -> str:
    text = str(url["raw"])
    for one in url.get("variable") or ():
        text = text.replace(f":{one['key']}", str(one.get("value", "")))
    return _filled_text(text, known)


def _filled_text(text: str, known: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: known.get(found[1], ""), text)


#: Cases of our own, written from the interface description: what is asked, of what, and what has to come back. `{object}` is an object
#: of the caller, `{request}` what the case before made.
OWN: tuple[tuple[str, str, str, Any, int, str], ...] = (
    ("server information", "GET", BASE, None, 200, "ServerInformation"),
    ("an object is made", "POST", f"{BASE}/logistics-objects", piece(), 201, f"{CARGO}Piece"),
    ("a body that is none", "POST", f"{BASE}/logistics-objects", [], 400, ""),
    ("an object is read", "GET", "{object}", None, 200, f"{CARGO}Piece"),
    ("an object that is not there", "GET", f"{BASE}/logistics-objects/none", None, 404, ""),
    ("its history", "GET", "{object}/audit-trail", None, 200, "AuditTrail"),
    ("its events", "GET", "{object}/logistics-events", None, 200, "Collection"),
    ("a change of a revision that is not there", "PATCH", "{object}", {"@type": f"{API}Change"}, 400, ""),
    ("a subscription without a topic", "POST", f"{BASE}/subscriptions", {"@type": f"{API}Subscription"}, 400, ""),
    ("a subscription to an object", "POST", f"{BASE}/subscriptions", "identifier", 201, "SubscriptionRequest"),
    ("it waits", "GET", "{request}", None, 200, "SubscriptionRequest"),
    ("its holder accepts it", "PATCH", "{request}?status=REQUEST_ACCEPTED", None, 204, "SubscriptionRequest"),
    ("it cannot be rejected then", "PATCH", "{request}?status=REQUEST_REJECTED", None, 422, ""),
    ("it is revoked", "DELETE", "{request}", None, 204, ""),
    ("and no more", "DELETE", "{request}", None, 422, ""),
    ("a subscription to a class", "POST", f"{BASE}/subscriptions", "class", 201, "SubscriptionRequest"),
    ("one to a class that there is not", "POST", f"{BASE}/subscriptions", "no class", 400, ""),
    ("what we want to be told of", "GET", f"{BASE}/subscriptions?topicType=LOGISTICS_OBJECT_TYPE&topic={quote(CARGO, safe='')}Piece",
     None, 200, "Collection"),
    ("the same without a topic", "GET", f"{BASE}/subscriptions?topicType=LOGISTICS_OBJECT_TYPE", None, 400, ""),
    ("a notification of nobody's partner", "POST", f"{BASE}/notifications", "notification", 403, ""),
    ("what is no notification", "POST", f"{BASE}/notifications", {}, 400, ""),
)  # fmt: skip


def test_our_own_cases_of_the_interface_answer_with_the_status_the_headers_and_the_class(ask: Ask) -> None:
    where = created(ask, sender="CASES")
    left = {"sender": "CASES", "address": "https://1r.cases.example/notifications"}
    assert ask("PUT", f"{BASE}/callback", "CASES", json=left).status_code == 200

    def subscription(topic: str, kind: str) -> dict[str, Any]:
        return {
            "@type": f"{API}Subscription",
            f"{API}hasSubscriber": {"@id": "https://1r.cases.example/logistics-objects/1"},
            f"{API}hasTopicType": {"@id": f"{API}LOGISTICS_OBJECT_{kind}"},
            f"{API}hasTopic": topic,
            f"{API}includeSubscriptionEventType": [{"@id": f"{API}LOGISTICS_OBJECT_UPDATED"}],
        }

    bodies: dict[str, Any] = {
        "identifier": subscription(where, "IDENTIFIER"),
        "class": subscription(f"{CARGO}Piece", "TYPE"),
        "no class": subscription(f"{CARGO}ForkLift", "TYPE"),
        "notification": {
            "@type": f"{API}Notification",
            f"{API}hasEventType": {"@id": f"{API}LOGISTICS_OBJECT_UPDATED"},
            f"{API}hasLogisticsObject": {"@id": "https://1r.cases.example/logistics-objects/1"},
        },
    }
    wrong, request = [], ""
    for name, method, path, body, status, kind in OWN:
        place = path.replace("{object}", where).replace("{request}", request)
        body = bodies.get(body, body) if isinstance(body, str) else body
        reply = ask(method, place, "CASES", **({} if body is None else {"json": body}))
        told = reply.headers.get("type", "")
        is_error = status >= 400 and reply.json().get("@type") != f"{API}Error"
        if reply.status_code != status or (kind and not told.endswith(kind)) or is_error:
            wrong.append((name, reply.status_code, told, reply.text[:200]))
        request = reply.headers["location"] if status == 201 and "subscriptions" in path else request
    assert not wrong
