# SPDX-License-Identifier: Apache-2.0
"""eFTI from a platform by a gate to an officer, over HTTP and a real house; and what each of them is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from lxml import etree

from cocket.api import build_app
from cocket.exchange.efti_messages import FollowUp, Uil, UilQuery
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.governance.look_pages import LookFilter
from cocket.pipeline.partners.efti_gate import GateRequest, GivenDataset, KeptDataset
from cocket.pipeline.partners.pulls import Pull
from cocket.pipeline.partners.sources import AskFor
from tests.governance.agreements.given import TEXT
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.pipeline.partners.test_sources import SIONE, VEA, container, lodged
from tests.simulators.doors import open_door
from tests.simulators.efti_platform import TOKEN, Platform, platform

SAMPLES = Path(__file__).parents[2] / "samples" / "efti"
ROAD, IDS = (SAMPLES / "road.xml").read_bytes(), (SAMPLES / "identifiers.xml").read_bytes()
DATASET_ID = "12345678-ab12-4ab6-8999-123456789abc"
EVERY = '["register", "identifiers", "dataset", "follow-up"]'
PUT = f"/v1/efti/platform/v0/consignments/{DATASET_ID}"
Ask = Callable[..., httpx.Response]


@pytest.fixture
def held() -> Iterator[Platform]:
    with platform() as made:
        yield made


@pytest.fixture
def built(tmp_path: Path, held: Platform) -> Iterator[Built]:
    made = build(tmp_path, source_networks="127.0.0.0/8", source_plain_http=True, efti_gate="XA")
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    folder = made.stores.settings.source_folder
    folder.mkdir(parents=True)
    (folder / "platform.token").write_text(TOKEN)
    (folder / "platform.token").chmod(0o600)
    held.datasets[DATASET_ID] = ROAD
    yield made
    made.house.close()


@pytest.fixture
def ask(built: Built) -> Iterator[Ask]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        keys: dict[tuple[str, str], str] = {}

        def asking(
            method: str, path: str, role: str = "agency", sender: str = "BETANIA", purpose: str = "", **how: object
        ) -> httpx.Response:
            headers = {"Authorization": f"Bearer {key(role, sender)}"} | (
                {"cocket-purpose": purpose} if purpose else {}
            )
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)  # type: ignore[arg-type]

        def key(role: str, sender: str) -> str:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}-{sender.lower()}")
                built.house.governance.accounts.add_key(keys[role, sender], role, [role], [sender])
            return keys[role, sender]

        asking.port, asking.key = port, key  # type: ignore[attr-defined]
        yield asking


def agreed(
    built: Built,
    fields: str = EVERY,
    name: str = "betania-2026",
    sender: str = "BETANIA",
    purposes: str = '["control"]',
) -> None:
    content = TEXT.replace("[exchanges]", f'[exchanges]\nsources = ["documents", "follow-up"]\nefti = {fields}')
    content = content.replace("betania-2026", name).replace('["BETANIA"]', f'["{sender}"]')
    content = content.replace('purposes = ["control"]', f"purposes = {purposes}")
    given = built.house.governance.agreements.propose_agreement(SIONE, "efti.toml", content.encode())
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda one: one)


def with_platform(built: Built, held: Platform) -> None:
    built.house.partners.sources.put(
        SIONE,
        f"""
id = "platform-b"
kind = "efti-platform"
title = "Platform of Betania"
url = "{held.url}"
agreement = "betania-2026"
purposes = ["control"]
fields = ["documents", "follow-up"]
identifiers = {{equipment = ["*"]}}
credential = "platform.token"
options = {{platform = "BETANIA"}}
""".encode(),
    )


def identifiers(name: str) -> bytes:
    return IDS.replace(b"CSQU3054383", name.encode())


def asked(built: Built) -> list[GateRequest]:
    return [msgspec.json.decode(body, type=GateRequest) for body in built.bodies("efti-request")]


def test_without_an_agreement_that_names_it_nobody_registers_or_asks(built: Built, ask: Ask) -> None:
    calls = [
        ("GET", "/v1/efti/platform/v0/whoami", {}),
        ("PUT", PUT, {"content": IDS}),
        ("POST", "/v1/aap/control/identifiers", {"json": {"identifier": "WAGON77"}}),
        (
            "POST",
            "/v1/aap/control/uil",
            {"json": {"gateId": "XA", "platformId": "BETANIA", "datasetId": DATASET_ID, "subsetIds": ["EU01"]}},
        ),
        ("GET", f"/v1/efti/gate/v0/consignments/{DATASET_ID}?subsetId=EU01", {}),
    ]
    for method, path, how in calls:
        assert ask(method, path, **how).status_code in (403, 404, 422), path
    agreed(built, '["register"]')
    assert [ask(method, path, **how).status_code for method, path, how in calls] == [200, 200, 422, 422, 422]
    for method, path, how in calls:
        assert ask(method, path, "agency", "OTHER", **how).status_code == 422, path
        assert ask(method, path, "officer", "BETANIA", **how).status_code in (403, 404), path
    assert [msgspec.json.decode(body, type=KeptDataset).platform for body in built.bodies("efti-dataset")] == [
        "BETANIA"
    ]
    assert asked(built) == []


def test_a_dataset_goes_from_its_platform_to_the_authority_cut_to_its_subsets_and_stays_nowhere(
    built: Built, ask: Ask, held: Platform
) -> None:
    agreed(built)
    with_platform(built, held)
    assert ask("GET", "/v1/efti/platform/v0/whoami").text.endswith(
        "<appId>BETANIA</appId><role>PLATFORM</role></whoamiResponse>"
    )
    assert ask("PUT", PUT, content=IDS).status_code == 200
    made = ask("POST", "/v1/aap/control/identifiers", json={"identifier": "wagon77", "authority": {"country": "XA"}})
    assert (made.status_code, made.json()["status"]) == (202, "PENDING")
    told = ask("GET", f"/v1/aap/control/identifiers?requestId={made.json()['requestId']}").json()
    (group,) = told["identifiers"]
    (one,) = group["consignments"]
    assert (told["status"], one["gateId"], one["platformId"], one["datasetId"]) == (
        "COMPLETE",
        "XA",
        "BETANIA",
        DATASET_ID,
    )
    assert one["mainCarriageTransportMovement"][0]["modeCode"] == "2"
    wanted = {"gateId": "XA", "platformId": "BETANIA", "datasetId": DATASET_ID, "subsetIds": ["identifier"]}
    request = ask("POST", "/v1/aap/control/uil", json=wanted).json()["requestId"]
    answer = ask("GET", f"/v1/aap/control/uil?requestId={request}").json()
    dataset = base64.b64decode(answer["data"])
    assert answer["status"] == "COMPLETE"
    assert b"BET4711" in dataset
    assert b"Oceanic Weaving" not in dataset
    assert held.asked == [(DATASET_ID, ("identifier",), request)]
    assert "Oceanic Weaving" not in str([built.bodies(kind) for kind in ("efti-request", "efti-dataset")])
    note = ask("POST", "/v1/aap/control/uil/follow-up", json={"requestId": request, "message": "Seal is missing"})
    assert (note.status_code, held.told) == (202, [(DATASET_ID, "Seal is missing")])
    assert ask("GET", f"/v1/aap/control/uil?requestId={request}", "agency", "OTHER").status_code == 404
    assert {(each.kind, each.status) for each in asked(built) if each.answered} == {
        ("identifiers", "200"),
        ("dataset", "200"),
        ("follow-up", "200"),
    }


def looks_of(built: Built, *what: str) -> list[AccessRecord]:
    looks = [msgspec.json.decode(body, type=AccessRecord) for body in built.bodies("look")]
    return [one for one in looks if one.what in what]


def refused(built: Built) -> set[tuple[str, str]]:
    view = built.house.governance.refusals.refusals(SIONE)
    return {(one.who, one.code) for one in view.refusals}


AUTHORITY = {
    "name": "Road police\n of Betania",
    "country": "XB",
    "nationalUniqueIdentifier": "4711",
    "isEmergencyService": True,
    "legalContact": {"email": "a.person@police.example"},
}
STATED = "Road police of Betania, XB, 4711, emergency service"
WANTED = {"gateId": "XA", "platformId": "BETANIA", "datasetId": DATASET_ID, "subsetIds": ["identifier"]}


def collected(ask: Ask, path: str, body: dict[str, object], sender: str = "BETANIA") -> dict[str, Any]:
    request = ask("POST", f"/v1/aap/control/{path}", "agency", sender, json=body).json()["requestId"]
    return ask("GET", f"/v1/aap/control/{path}?requestId={request}", "agency", sender).json()


def test_each_dataset_that_an_authority_is_given_is_a_look_with_agreement_purpose_and_who_it_says_to_be(
    built: Built, ask: Ask, held: Platform
) -> None:
    agreed(built)
    with_platform(built, held)
    for name in (DATASET_ID, "second"):
        assert ask("PUT", PUT.replace(DATASET_ID, name), content=IDS).status_code == 200
    collected(ask, "identifiers", {"identifier": "WAGON77", "authority": AUTHORITY})
    looks = looks_of(built, "efti identifiers")
    assert {one.subjects[0] for one in looks} == {f"XA BETANIA {DATASET_ID}", "XA BETANIA second"}
    collected(ask, "uil", {**WANTED, "nationalUniqueIdentifier": "4711"})
    looks += looks_of(built, "efti dataset")
    assert [one.stated for one in looks] == [STATED, STATED, "4711"]
    assert {(one.who, one.roles, one.purpose, one.agreement) for one in looks} == {
        ("agency-betania", ("agency",), "control", "betania-2026")
    }
    assert {(each.action, each.purpose, each.is_refused) for one in looks for each in one.decisions} == {
        ("efti:ask", "control", False)
    }
    (pull,) = [msgspec.json.decode(body, type=Pull) for body in built.bodies("source-pull")]
    assert (pull.by, pull.outcome, pull.purpose, pull.agreement, pull.location, pull.message) == (
        "agency-betania", "came", "control", "betania-2026", f"XA BETANIA {DATASET_ID}", "",
    )  # fmt: skip
    assert pull.digest and pull.size
    found = built.house.governance.policies.looks(VEA, LookFilter(subject=f"XA BETANIA {DATASET_ID}")).lines
    assert {one.what for one in found} == {"efti identifiers", "efti dataset"}
    told = built.house.governance.policies.explain(VEA, found[-1].id)
    assert (told.agreement, told.stated) == ("betania-2026", STATED)
    assert {one.authority.words for one in asked(built) if one.authority is not None} == {STATED, "4711"}
    assert "a.person" not in str([built.bodies(kind) for kind in ("efti-request", "look")])
    assert collected(ask, "identifiers", {"identifier": "WAGON77"})["status"] == "COMPLETE"
    assert looks_of(built, "efti identifiers")[-1].stated == ""


def test_what_no_agreement_gives_for_the_purpose_is_withheld_and_refused_like_anything_else(
    built: Built, ask: Ask, held: Platform
) -> None:
    agreed(built)
    agreed(built, name="police-c", sender="POLICE", purposes='["audit"]')
    with_platform(built, held)
    assert ask("PUT", PUT, content=IDS).status_code == 200
    told = collected(ask, "identifiers", {"identifier": "WAGON77", "authority": AUTHORITY}, "POLICE")
    assert (told["status"], told["identifiers"]) == ("COMPLETE", [])
    answer = collected(ask, "uil", WANTED, "POLICE")
    assert (answer["status"], answer["errorCode"], held.asked) == ("ERROR", "DATA_NOT_FOUND", [])
    assert [(one.kind, one.withheld) for one in asked(built) if one.answered] == [("identifiers", 1), ("dataset", 1)]
    assert looks_of(built, "efti identifiers", "efti dataset") == []
    assert ("agency-police", "not-found") in refused(built)
    agreed(built, name="police-c", sender="POLICE", purposes='["audit", "control"]')
    request = {"identifier": "WAGON77"}
    for purpose, found in (("control", 1), ("audit", 0)):
        made = ask("POST", "/v1/aap/control/identifiers", "agency", "POLICE", purpose, json=request).json()
        path = f"/v1/aap/control/identifiers?requestId={made['requestId']}"
        assert len(ask("GET", path, "agency", "POLICE", purpose).json()["identifiers"]) == found, purpose
    for purpose in ("investigation", "analysis"):
        assert ask("POST", "/v1/aap/control/identifiers", "agency", "POLICE", purpose, json=request).status_code == 403
    assert [one.purpose for one in looks_of(built, "efti identifiers")] == ["control"]


@pytest.mark.parametrize("authority", ["police", {"name": 7}, {"country": "X" * 300}, ["a"]])
def test_an_authority_that_cannot_be_read_is_refused_in_words(built: Built, ask: Ask, authority: object) -> None:
    agreed(built)
    answer = ask("POST", "/v1/aap/control/identifiers", json={"identifier": "WAGON77", "authority": authority})
    assert (answer.status_code, asked(built)) == (422, [])


def test_a_party_that_an_access_point_proved_asks_and_not_the_operator_who_hands_its_payload_on(
    built: Built, ask: Ask, held: Platform
) -> None:
    agreed(built)
    with_platform(built, held)
    operator = Principal(id="operator", kind="officer", roles=("supervisor", "agency"), senders=("BETANIA",))
    uil = Uil(gate="XA", platform="BETANIA", dataset=DATASET_ID)
    gate = built.house.partners.efti
    assert gate.answer(operator, UilQuery(request="q-1", uil=uil, subsets=("identifier",))).status == "200"
    (look,) = looks_of(built, "efti dataset")
    assert (look.who, look.roles, look.purpose, look.agreement) == (
        "partner:BETANIA", ("agency",), "control", "betania-2026",
    )  # fmt: skip
    assert {one.by for one in asked(built)} == {"operator"}
    other = msgspec.structs.replace(operator, senders=("OTHER",))
    agreed(built, name="other-2026", sender="OTHER")
    with pytest.raises(NotFoundError):
        gate.answer(other, FollowUp(request="q-2", uil=uil, query="q-1", message="Seal is missing"))


def test_a_platform_that_fails_is_told_apart_from_one_that_has_nothing(built: Built, ask: Ask, held: Platform) -> None:
    agreed(built)
    wanted = {"gateId": "XA", "platformId": "BETANIA", "datasetId": "unknown", "subsetIds": ["EU01"]}

    def outcome(**instead: str) -> tuple[str, str]:
        request = ask("POST", "/v1/aap/control/uil", json={**wanted, **instead}).json()["requestId"]
        told = ask("GET", f"/v1/aap/control/uil?requestId={request}").json()
        return told["status"], told["errorCode"]

    assert outcome() == ("ERROR", "DATA_NOT_FOUND")
    with_platform(built, held)
    assert outcome() == ("ERROR", "DATA_NOT_FOUND")
    assert outcome(gateId="FI") == ("ERROR", "DEFAULT_ERROR")
    held.failing = 500
    assert outcome() == ("ERROR", "PLATFORM_ERROR")
    assert [each.status for each in asked(built) if each.answered] == ["404", "404", "501", "502"]
    pulls = [msgspec.json.decode(body, type=Pull) for body in built.bodies("source-pull")]
    assert [(one.outcome, one.digest) for one in pulls] == [("nothing", ""), ("refused", "")]
    assert looks_of(built, "efti dataset") == []


def test_an_officer_asks_the_source_and_sees_what_came_beside_what_was_declared(
    built: Built, ask: Ask, held: Platform
) -> None:
    agreed(built)
    with_platform(built, held)
    folder = built.stores.settings.source_folder
    (folder / "gate.key").write_text(ask.key("agency", "BETANIA"))  # type: ignore[attr-defined]
    (folder / "gate.key").chmod(0o600)
    port = ask.port  # type: ignore[attr-defined]
    built.house.partners.sources.put(
        SIONE,
        f"""
id = "efti-xa"
kind = "efti"
title = "eFTI gate XA"
url = "http://127.0.0.1:{port}"
agreement = "betania-2026"
purposes = ["control"]
fields = ["identifiers", "documents"]
identifiers = {{equipment = ["*"], means = ["*"]}}
credential = "gate.key"
options = {{subsets = "identifier EU01 EU02 EU03 EU05a AT02 IT01", country = "XA"}}
""".encode(),
    )
    dossier = lodged(built, declaration("R1"))
    box = container(built, dossier)
    held.datasets[DATASET_ID] = ROAD.replace(b"CSQU3054383", box.encode())
    assert ask("PUT", PUT, content=identifiers(box)).status_code == 200
    shown = built.house.partners.sources.ask(SIONE, dossier, AskFor(source="efti-xa"))
    (view,) = [one for one in shown if one.pull.digest]
    assert view.is_read
    assert {one.name for one in view.differences} & {"packages", "gross_mass_kg", "goods", "seals", "equipment"}
    message = built.house.queries.records.message(SIONE, view.pull.message)
    assert (message.standard, message.outcome, message.sender) == ("efti", "accepted", "source-efti-xa")
    assert view.pull.location == f"XA BETANIA {DATASET_ID}"
    told = [msgspec.json.decode(body, type=Pull) for body in built.bodies("source-pull")]
    assert {one.agreement for one in told} == {"betania-2026"}


def test_this_house_is_a_platform_for_what_its_traders_sent(built: Built, ask: Ask) -> None:
    agreed(built, name="gate-b", sender="GATEB")
    answer = built.house.intake.messages.take_many([envelope(ROAD)], principal=trader("ACME"))[0]
    built.desk()
    path = f"/v1/efti/gate/v0/consignments/{answer.id}"
    assert ask("GET", f"{path}?subsetId=EU01").status_code == 422
    given = ask("GET", f"{path}?subsetId=identifier", "agency", "GATEB")
    assert given.status_code == 200
    assert b"BET4711" in given.content
    assert b"Betania Looms" not in given.content
    assert ask("GET", path, "agency", "GATEB").status_code in (400, 422)
    empty = ask("GET", f"{path}?subsetId=ZZ99", "agency", "GATEB")
    assert len(etree.fromstring(empty.content)) == 0
    assert ask("POST", f"{path}/follow-up", "agency", "GATEB", content=b"The seal is broken").status_code == 200
    other = built.house.intake.messages.take_many([envelope(declaration("R7"))], principal=trader("ACME"))[0]
    assert ask("GET", f"/v1/efti/gate/v0/consignments/{other.id}?subsetId=EU01", "agency", "GATEB").status_code == 404
    records = [msgspec.json.decode(body, type=GivenDataset) for body in built.bodies("efti-given")]
    assert [(one.party, one.subsets, one.message) for one in records] == [
        ("GATEB", ("identifier",), ""),
        ("GATEB", ("ZZ99",), ""),
        ("GATEB", (), "The seal is broken"),
    ]
    dossiers = built.house.queries.records.message(SIONE, answer.id).consignment_ids
    looks = looks_of(built, "efti dataset")
    assert {(one.purpose, one.agreement, one.subjects) for one in looks} == {
        ("control", "gate-b", (*dossiers, answer.id))
    }
    assert len(looks) == 2, "each time, and not for what the gate says of it"
    with built.stores.database.transaction() as connection:
        about = built.stores.leaves.records_about(connection, UUID(looks[0].subjects[0]), ("look",))
    assert looks[0] in [msgspec.json.decode(body, type=AccessRecord) for _, body in about]


def test_a_road_consignment_that_ended_long_ago_is_not_found_any_more(built: Built, ask: Ask) -> None:
    agreed(built)
    ended = IDS.replace(
        b"<id:mainCarriageTransportMovement>",
        b'<id:deliveryEvent><id:actualOccurrenceDateTime formatId="102">20200101</id:actualOccurrenceDateTime>'
        b"</id:deliveryEvent><id:mainCarriageTransportMovement>",
        1,
    )
    for content, found in ((IDS, 1), (ended, 0)):
        assert ask("PUT", PUT, content=content).status_code == 200
        request = ask("POST", "/v1/aap/control/identifiers", json={"identifier": "WAGON77"}).json()["requestId"]
        assert len(ask("GET", f"/v1/aap/control/identifiers?requestId={request}").json()["identifiers"]) == found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<consignment/>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        IDS.replace(b"CSQU3054383", b"A" * 18),
        IDS.replace(b"<id:code>XB</id:code>", b"<id:code>Betania</id:code>", 1),
        IDS.replace(b">false<", b">perhaps<"),
    ],
)
def test_identifiers_that_are_none_are_refused_in_words(built: Built, ask: Ask, content: bytes) -> None:
    agreed(built)
    answer = ask("PUT", PUT, content=content)
    assert answer.status_code in (400, 422)
    assert "message" in answer.text
    assert built.bodies("efti-dataset") == []


def test_where_this_house_is_no_gate_it_says_so(tmp_path: Path) -> None:
    made = build(tmp_path)
    try:
        with open_door(build_app(made.house)) as port:
            key = make_key("agency-b")
            made.house.governance.accounts.add_key(key, "agency", ["agency"], ["BETANIA"])
            answer = httpx.get(
                f"http://127.0.0.1:{port}/v1/efti/platform/v0/whoami", headers={"Authorization": f"Bearer {key}"}
            )
        assert (answer.status_code, "not an eFTI gate" in answer.text) == (422, True)
    finally:
        made.house.close()
