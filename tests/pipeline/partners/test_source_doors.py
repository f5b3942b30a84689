# SPDX-License-Identifier: Apache-2.0
"""Sources over HTTP and on the pages of a real house: who is answered, what they see, and the hostile address."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from cocket.api import build_app
from cocket.errors import PartnerError
from cocket.exchange.source_client import Limits, SourceClient
from cocket.exchange.webhook_calls import Reach
from cocket.gate import make_key
from cocket.workbench import build_app as build_workbench
from tests.houses import Built, build
from tests.messages import declaration
from tests.pipeline.partners.test_efti import ROAD, agreed, with_platform
from tests.pipeline.partners.test_sources import SIONE, VEA, container, lodged
from tests.simulators.doors import open_door
from tests.simulators.efti_platform import TOKEN, Platform, platform
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"


@pytest.fixture(scope="module")
def held() -> Iterator[Platform]:
    with platform() as made:
        yield made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, held: Platform) -> Iterator[Built]:
    home = tmp_path_factory.mktemp("sources")
    made = build(home, source_networks="127.0.0.0/8", source_plain_http=True, efti_gate="XA")
    for name, role, office in (
        (SIONE.id, "supervisor", None),
        (VEA.id, "supervisor", None),
        ("anna", "analyst", None),
        ("near", "analyst", "XAPRT999"),
    ):
        made.house.governance.accounts.put_officer(name, name, role, office, PASSWORD)
    folder = made.stores.settings.source_folder
    folder.mkdir(parents=True)
    (folder / "platform.token").write_text(TOKEN)
    (folder / "platform.token").chmod(0o600)
    agreed(made)
    with_platform(made, held)
    yield made
    made.house.close()


def test_the_registry_over_http_is_for_customs_and_kept_by_supervisors(built: Built) -> None:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        keys = {role: make_key(role) for role in ("supervisor", "analyst", "auditor", "agency", "trader")}
        for role, key in keys.items():
            built.house.governance.accounts.add_key(key, role, [role], ["ACME"])

        def ask(role: str, method: str, path: str, **how: object) -> httpx.Response:
            headers = {"Authorization": f"Bearer {keys[role]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)  # type: ignore[arg-type]

        for role in ("agency", "trader"):
            assert ask(role, "GET", "/v1/sources").status_code in (403, 404), role
        told = ask("auditor", "GET", "/v1/sources")
        assert [one["source"]["id"] for one in told.json()["sources"]] == ["platform-b"]
        assert TOKEN not in told.text
        state = "/v1/sources/platform-b/state"
        for role in ("auditor", "analyst", "trader"):
            assert ask(role, "POST", state, json={"is_enabled": False}).status_code in (403, 404), role
        for enabled in (False, True):
            changed = ask("supervisor", "POST", state, json={"is_enabled": enabled})
            assert (changed.status_code, changed.json().get("is_enabled", True)) == (200, enabled)
        assert ask("supervisor", "POST", "/v1/sources", content=b"id = 1").status_code in (400, 422)
        question = {"identifier": {"type": "equipment", "value": "CSQU3054383"}, "purpose": "control"}
        made = ask("supervisor", "POST", "/v1/sources/platform-b/pulls", json=question)
        assert (made.status_code, made.json()["pulls"][0]["pull"]["outcome"]) == (201, "nothing")
        assert ask("trader", "POST", "/v1/sources/platform-b/pulls", json=question).status_code in (403, 404)


def test_the_dossier_shows_the_source_and_its_form_asks_it(built: Built, held: Platform) -> None:
    dossier = lodged(built, declaration("R1"))
    held.datasets["set-1"] = ROAD.replace(b"CSQU3054383", container(built, dossier).encode())
    with served(build_workbench(built.house)) as address:
        for name, sees in (("anna", True), ("near", False)):
            with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
                client.post("/sign-in", data={"name": name, "password": PASSWORD})
                page = client.get(f"/consignments/{dossier}")
                assert ("Ask the source" in text_of(page.text)) is sees, name
                if not sees:
                    continue
                token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
                form = {"csrf": token, "source": "platform-b", "purpose": "control"}
                assert client.post(f"/consignments/{dossier}/sources", data=form).status_code == 303
                shown = text_of(client.get(f"/consignments/{dossier}").text)
                assert "Platform of Betania" in shown
                assert "Nothing there" in shown
                assert client.get("/administration/sources").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://10.0.0.8/",
        "https://[::ffff:127.0.0.1]/",
    ],
)
def test_a_source_inside_is_not_called_where_its_network_is_not_named(url: str) -> None:
    with SourceClient(url, Reach()) as client, pytest.raises(PartnerError) as caught:
        client.get("v1/anything")
    assert caught.value.code == "source-address"


def test_a_name_that_leads_inside_plain_http_and_another_host_are_refused() -> None:
    with SourceClient("https://port.example", Reach(), resolve=lambda _host, _port: ["8.8.8.8", "10.0.0.1"]) as client:
        for path in ("x", "https://elsewhere.example/x", "http://port.example/x"):
            with pytest.raises(PartnerError) as caught:
                client.get(path)
            assert caught.value.code == "source-address"
    with pytest.raises(PartnerError):
        SourceClient("http://port.example", Reach())


def test_an_answer_that_is_too_large_is_cut_off_and_a_redirect_not_followed(held: Platform) -> None:
    reach = Reach(networks=("127.0.0.0/8",), is_plain_allowed=True)
    headers = {"authorization": f"Bearer {TOKEN}"}
    held.datasets["big"] = ROAD
    with (
        SourceClient(held.url, reach, headers, limits=Limits(most_bytes=100)) as client,
        pytest.raises(PartnerError) as caught,
    ):
        client.get("v0/consignments/big?subsetId=identifier")
    assert caught.value.code == "source-too-much"
    held.failing = 302
    waits: list[float] = []
    try:
        with SourceClient(held.url, reach, headers, pause=waits.append) as client:
            assert client.get("v0/consignments/big?subsetId=identifier").status == 302
            held.failing = 503
            assert client.get("v0/consignments/big?subsetId=identifier").status == 503
            assert client.send("POST", "v0/consignments/big/follow-up", b"hello", {}).status == 503
    finally:
        held.failing = 0
    assert waits == [0.5, 2.0]
