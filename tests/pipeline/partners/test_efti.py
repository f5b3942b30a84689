# SPDX-License-Identifier: Apache-2.0
"""eFTI from a platform by a gate to an officer, over HTTP and a real house; and what each of them is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from lxml import etree

from cocket.api import build_app
from cocket.gate import make_key
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
            method: str, path: str, role: str = "agency", sender: str = "BETANIA", **how: object
        ) -> httpx.Response:
            headers = {"Authorization": f"Bearer {key(role, sender)}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)  # type: ignore[arg-type]

        def key(role: str, sender: str) -> str:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}-{sender.lower()}")
                built.house.governance.accounts.add_key(keys[role, sender], role, [role], [sender])
            return keys[role, sender]

        asking.port, asking.key = port, key  # type: ignore[attr-defined]
        yield asking


def agreed(built: Built, fields: str = EVERY, name: str = "betania-2026", sender: str = "BETANIA") -> None:
    content = TEXT.replace("[exchanges]", f'[exchanges]\nsources = ["documents", "follow-up"]\nefti = {fields}')
    content = content.replace("betania-2026", name).replace('["BETANIA"]', f'["{sender}"]')
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
