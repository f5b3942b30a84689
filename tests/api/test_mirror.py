# SPDX-License-Identifier: Apache-2.0
"""Records of a partner over HTTP and on the pages of a real house: who is answered, and what they see."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.workbench import build_app as build_workbench
from tests.houses import Built, build
from tests.messages import declaration
from tests.pipeline.queries.test_mirror import HEAVIER, agreed, exported, lodged, mirror_text
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("mirror"), red_per_day=9, yellow_per_day=9, random_share=0.0)
    for name, role, office in (
        ("sione", "supervisor", None),
        ("vea", "supervisor", None),
        ("anna", "analyst", None),
        ("omar", "officer", None),
        ("near", "analyst", "XAPRT001"),
    ):
        made.house.governance.accounts.put_officer(name, name, role, office, PASSWORD)
    agreed(made, mirror_text())
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def ask(built: Built) -> Iterator[Ask]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        keys: dict[tuple[str, str], str] = {}

        def asking(
            method: str, path: str, role: str = "agency", sender: str = "BETANIA", **how: object
        ) -> httpx.Response:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}-{sender.lower()}")
                built.house.governance.accounts.add_key(keys[role, sender], role, [role], [sender])
            headers = {"Authorization": f"Bearer {keys[role, sender]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)  # type: ignore[arg-type]

        yield asking


def test_a_partner_gives_records_by_its_key_and_a_month_is_for_analysts(ask: Ask) -> None:
    given = ask("POST", "/v1/mirror", content=exported("R9", net=HEAVIER))
    assert (given.status_code, given.json()["taken"], given.json()["agreement"]) == (201, 1, "betania-2026")
    assert "consignment" not in given.text
    assert ask("POST", "/v1/mirror", content=b"nothing").status_code in (400, 422)
    assert ask("POST", "/v1/mirror", "agency", "OTHER", content=exported("R9")).status_code in (404, 422)
    assert ask("POST", "/v1/mirror", "trader", content=exported("R9")).status_code in (403, 404)
    month = "/v1/mirror/report?country=XB&month=2026-03-01"
    for role in ("agency", "trader", "host", "feed", "officer"):
        assert ask("GET", month, role, "ACME").status_code in (403, 404), role
        assert ask("GET", "/v1/mirror", role, "ACME").status_code in (403, 404), role
    found = ask("GET", month, "analyst", "ACME").json()
    assert (found["country"], found["imports"]["exports"], found["exchanges"]) == ("XB", 1, 1)
    assert len(ask("GET", "/v1/mirror", "auditor", "ACME").json()["exchanges"]) == 1
    assert ask("GET", "/v1/mirror/report?country=XC&month=2026-03-01", "analyst", "ACME").status_code == 422
    assert ask("GET", "/v1/mirror/report?country=XB&month=never", "analyst", "ACME").status_code in (400, 422)


def test_a_private_match_over_http_refuses_what_is_no_step_of_it(ask: Ask) -> None:
    for path in ("/v1/mirror/private", "/v1/mirror/private/closings"):
        assert ask("POST", path, content=b"{}").status_code == 400
        assert ask("POST", path, "trader", content=b"{}").status_code in (400, 403, 404)


def test_the_pages_tell_the_difference_and_the_month(built: Built, ask: Ask) -> None:
    assert ask("POST", "/v1/mirror", content=exported("R1", net=HEAVIER)).status_code == 201
    dossier = lodged(built, declaration("R1"))
    with served(build_workbench(built.house)) as address:
        shown = {}
        for name in ("anna", "omar", "near"):
            with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
                client.post("/sign-in", data={"name": name, "password": PASSWORD})
                page = text_of(client.get(f"/consignments/{dossier}").text)
                assert "The partner's records" in page
                assert "The partner's export says 22 800.5 kg net, the import 3 900.5 kg" in page
                shown[name] = [
                    client.get(f"/administration/mirror{query}")
                    for query in (
                        "",
                        "?country=XB&month=2026-03",
                        "?country=XC&month=2026-03",
                        "?country=XB&month=x",
                        "?country=XB&month=2026-03&side=imports&state=differing",
                        "?country=XB&month=2026-03&side=imports&state=missing&flow=export&offset=50",
                        "?country=XB&month=2026-03&side=imports&state=all",
                    )
                ]
    assert [one.status_code for one in shown["anna"]] == [200, 200, 422, 422, 200, 200, 422]
    assert {one.status_code for name in ("omar", "near") for one in shown[name]} == {403}
    month = text_of(shown["anna"][1].text)
    assert "Their exports against our imports" in month
    assert "Withheld: too few traders" in month
    assert "Enter a month" in text_of(shown["anna"][3].text)
    assert "state=differing" in shown["anna"][1].text
    listed = shown["anna"][4].text
    assert f'href="/consignments/{dossier}#mirror"' in listed
    assert "The partner's export says 22 800.5 kg net, the import 3 900.5 kg" in text_of(listed)
