# SPDX-License-Identifier: Apache-2.0
"""Lodging by hand over HTTP: from an invoice to a receipt, with one version changed at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from tests.consignment.hand_drafts.invoices import goods, ubl
from tests.houses import build
from tests.simulators.doors import open_door

HEAD = {"reference": "HTTP-1", "office": "XAPRT001"}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    built = build(Path(tmp_path_factory.mktemp("drafts")) / "home")
    keys = {name: make_key(name.lower()) for name in ("ACME", "OTHER")}
    for name, key in keys.items():
        built.house.governance.accounts.add_key(key, name, ["declarant"], [name])
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:

        def asking(method: str, path: str, who: str = "ACME", **how: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {keys[who]}"}
            return client.request(method, f"http://127.0.0.1:{port}/v1/own/drafts{path}", headers=headers, **how)

        yield asking
    built.house.close()


def test_an_invoice_becomes_a_message_with_a_receipt(ask: Any) -> None:
    begun = ask("POST", "", json=HEAD)
    assert begun.status_code == 201 and begun.json()["draft"]["sender"] == "ACME", begun.text
    at = f"/{begun.json()['id']}"
    read = ask("POST", f"{at}/files?name=bill.xml&version=1", content=ubl(goods(12)))
    assert read.status_code == 200, read.text
    assert len(read.json()["draft"]["lines"]) == 12 and read.json()["can_be_lodged"]
    assert [one["location"] for one in read.json()["draft"]["read_from"][0]["notes"]]
    sent = ask("POST", f"{at}/lodgement?version=2")
    assert sent.status_code == 202 and sent.json()["receipt"] and sent.json()["outcome"] == "accepted"
    assert ask("GET", at).status_code == 404


def test_what_stands_against_it_is_answered_with_its_fields(ask: Any) -> None:
    begun = ask("POST", "", json={}).json()
    refused = ask("POST", f"/{begun['id']}/lodgement?version=1")
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "draft-not-ready"
    assert {"reference", "office", "lines"} <= {one["location"] for one in refused.json()["findings"]}
    assert ask("POST", f"/{begun['id']}/disposal").status_code == 204
    assert begun["id"] not in ask("GET", "").text


@pytest.mark.parametrize(
    "body",
    ['{"colour": "red"}', '{"lines": 3}', "[", '{"reference": "a", "reference": "b"}', '{"office": "a\\u0000b"}', '{"gross_mass": 3}'],
)  # fmt: skip
def test_a_body_that_is_no_draft_is_refused_in_words(ask: Any, body: str) -> None:
    refused = ask("POST", "", content=body)
    assert refused.status_code == 422 and refused.json()["error"]["message"].endswith(".")


def test_two_hands_on_one_draft_lose_nothing(ask: Any) -> None:
    begun = ask("POST", "", json=HEAD).json()
    assert ask("PUT", f"/{begun['id']}?version=1", json={**HEAD, "location": "SHED 1"}).status_code == 200
    late = ask("PUT", f"/{begun['id']}?version=1", json={**HEAD, "location": "SHED 2"})
    assert late.status_code == 422 and late.json()["error"]["code"] == "draft-changed"
    assert ask("GET", f"/{begun['id']}").json()["draft"]["location"] == "SHED 1"


def test_nobody_elses_draft_is_there(ask: Any) -> None:
    begun = ask("POST", "", json=HEAD).json()
    at = f"/{begun['id']}"
    for method, path in (
        ("GET", at), ("PUT", f"{at}?version=1"), ("POST", f"{at}/files?name=a&version=1"), ("POST", f"{at}/disposal"),
        ("POST", f"{at}/lodgement?version=1"),
    ):  # fmt: skip
        answer = ask(method, path, "OTHER", content=b"{}")
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "not-found"
    assert ask("GET", at).status_code == 200
