# SPDX-License-Identifier: Apache-2.0
"""What-if over HTTP and by page of a real house: asked, answered, held, and refused in words."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.workbench import build_app as build_workbench
from tests.houses import Built
from tests.pipeline.trials.lived import A_DAY, DAYS, FIRST, Moment, lived
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
SINCE, UNTIL = FIRST.date().isoformat(), (FIRST + timedelta(days=DAYS - 1)).date().isoformat()


@contextmanager
def signed_in(address: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"origin": address}, timeout=120, trust_env=False) as client:
        assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
        yield client


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    with pytest.MonkeyPatch.context() as patch:
        made, _ = lived(tmp_path_factory.mktemp("lived"), Moment(patch))
    for name, role in (("anna", "analyst"), ("omar", "officer")):
        made.house.governance.accounts.put_officer(name, name, role, None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def client(built: Built) -> Iterator[httpx.Client]:
    with open_door(build_app(built.house)) as port:
        key = make_key("analyst")
        built.house.governance.accounts.add_key(key, "analyst", ["analyst"], [])
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=120) as one:
            yield one


def test_a_machine_asks_reads_and_is_refused_in_words(client: httpx.Client) -> None:
    asked = {"title": "fewer", "examine": 0.2, "random": 0.2, "since": SINCE, "until": UNTIL}
    given = client.post("/v1/what-if", json=asked)
    assert given.status_code == 201, given.text
    told = given.json()
    assert told["state"] == "answered" and told["answer"]["past"]["asked"] == DAYS * A_DAY
    assert told["answer"]["difference"]["found"]["high"] < 0
    found = client.get(f"/v1/what-if/{told['id']}").json()
    assert found == {"question": told, "check": None}
    assert [one["id"] for one in client.get("/v1/what-if").json()["questions"]] == [told["id"]]
    early = client.post(f"/v1/what-if/{told['id']}/check")
    assert early.status_code == 422 and "was assessed" in early.json()["error"]["message"]
    for body, said in (
        ({}, "say what would be otherwise"),
        ({"examine": 3}, "examine is a share"),
        ({"exmine": 0.1}, "unknown field"),
        ({"examine": "many"}, "cannot be read"),
        ({"examine": 0.01, "random": 0.01, "since": SINCE, "until": SINCE}, "1 working days"),
    ):
        refused = client.post("/v1/what-if", json=body)
        assert refused.status_code == 422 and said in refused.json()["error"]["message"], refused.text
    assert client.get("/v1/what-if/11111111-1111-1111-1111-111111111111").status_code == 404


def test_an_analyst_asks_by_form_and_reads_the_answer_with_its_limits(built: Built) -> None:
    with served(build_workbench(built.house)) as address, signed_in(address, "anna") as anna:
        page = anna.get("/trials/what-if")
        token = re.findall(r'name="csrf" value="([^"]+)"', page.text)[-1]
        wrong = anna.post("/trials/what-if", data={"csrf": token, "examine": "many"})
        assert wrong.status_code == 422 and "many is not a share" in text_of(wrong.text)
        fields = {
            "csrf": token,
            "examine": "15 %",
            "random": "15",
            "staff_examination": "+1",
            "since": SINCE,
            "until": UNTIL,
        }
        asked = anna.post("/trials/what-if", data=fields)
        assert asked.status_code == 303, text_of(asked.text)
        place = asked.headers["location"]
        while "refresh" in (shown := anna.get(place)).text:
            time.sleep(0.2)
        said = text_of(shown.text)
        assert "Examine 15 %, draw 15 % at random, 1 more people: examination" in said
        for words in (
            "With a find",
            "Effective examinations",
            "What the past cannot tell",
            "Traders would see the change",
        ):
            assert words in said
        assert shown.text.count('<svg class="trend"') == 3 and "Waits at XAPRT001" in said
        held = anna.post(f"{place}/check", data={"csrf": token})
        assert held.status_code == 422
    with served(build_workbench(built.house)) as address, signed_in(address, "omar") as omar:
        assert "Ask the past" not in text_of(omar.get("/trials/what-if").text)
        token = re.findall(r'name="csrf" value="([^"]+)"', omar.get("/queue").text)[-1]
        assert omar.post("/trials/what-if", data={"csrf": token, "examine": "4"}).status_code == 403
