# SPDX-License-Identifier: Apache-2.0
"""The page on which a supervisor answers somebody who asks what is held about him."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from cocket.workbench import build_app
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
HERE = "/administration/subjects"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("page") / "home")
    for name, role in (("sione", "supervisor"), ("anna", "analyst"), ("arjun", "auditor")):
        made.house.governance.accounts.put_officer(name, name, role, None, PASSWORD)
    made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


def test_a_supervisor_answers_by_page_and_json_and_others_do_not(built: Built) -> None:
    with served(build_app(built.house)) as address:
        for name in ("sione", "anna", "arjun"):
            with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
                assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
                csrf = token(client.get("/account").text)
                fields = {"csrf": csrf, "subject": "acme", "reason": "request of 3 March", "form": "json"}
                answer = client.post(HERE, data=fields)
                if name != "sione":
                    assert (client.get(HERE).status_code, answer.status_code) == (403, 403)
                    continue
                assert client.get(HERE).status_code == 200
                assert answer.json()["senders"] == ["ACME"]
                assert "attachment" in answer.headers["content-disposition"]
                page = client.post(HERE, data={**fields, "form": "html"})
                assert "ACME" in page.text and page.headers["content-type"].startswith("text/html")
                refused = client.post(HERE, data={**fields, "reason": " "})
                assert refused.status_code == 422 and "Give the reason" in text_of(refused.text)
    assert len(built.bodies("subject-export")) == 2
