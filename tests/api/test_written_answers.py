# SPDX-License-Identifier: Apache-2.0
"""Answers as messages over HTTP and on the pages, in a real instance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.model import Response
from cocket.standards import read
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.simulators.doors import open_door

CUSDEC = Path(__file__).parents[1] / "samples" / "edifact-cusdec" / "import-d21b.edi"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("answers"))
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def ask(built: Built) -> Iterator[Any]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:
        keys = {name: make_key(name.lower()) for name in ("ACME", "OTHER")}
        for name, key in keys.items():
            built.house.governance.accounts.add_key(key, name, ["declarant"], [name])

        def asking(message: str, accept: str | None = None, sender: str = "ACME") -> httpx.Response:
            headers = {"Authorization": f"Bearer {keys[sender]}", "Accept": accept or "*/*"}
            return client.get(f"http://127.0.0.1:{port}/v1/messages/{message}/answer", headers=headers)

        yield asking


def lodged(built: Built, content: bytes) -> str:
    (answer,) = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))
    return answer.id


def test_accepted_refused_and_conflicting_messages_are_answered(built: Built, ask: Any) -> None:
    good = lodged(built, declaration("ANS1"))
    other = lodged(built, declaration("ANS1", note="another"))
    bad = lodged(built, b"<wrong/>")
    told = {}
    for name, message in (("good", good), ("other", other), ("bad", bad)):
        answer = ask(message)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
        assert answer.content == ask(message, "application/xml").content, "the same bytes"
        told[name] = read(answer.content).document
        assert isinstance(told[name], Response)
        view = built.house.queries.records.message(trader("ACME"), message)
        assert len(told[name].errors) == sum(one.severity == "error" for one in view.findings)
    assert [told[name].function_code for name in ("good", "other", "bad")] == ["01", "03", "03"]
    assert told["other"].errors and told["bad"].errors


def test_edifact_is_answered_in_edifact_unless_asked_otherwise(built: Built, ask: Any) -> None:
    message = lodged(built, CUSDEC.read_bytes())
    assert ask(message).headers["content-type"] == "application/edifact"
    assert ask(message).content.startswith(b"UNA") and read(ask(message).content).standard == "edifact-cusres"
    assert read(ask(message, "application/xml").content).standard == "wco-res"
    assert ask(message, "application/pdf").status_code == 406


def test_another_sender_is_told_nothing_and_the_look_is_sealed(built: Built, ask: Any) -> None:
    message = lodged(built, declaration("ANS2"))
    assert ask(message, sender="OTHER").status_code == 404
    assert ask(message, sender="OTHER").json() == ask("0199c0ff-ee01-7000-8000-000000000000", sender="OTHER").json()
    before = len(built.bodies("look"))
    assert ask(message).status_code == 200
    assert len(built.bodies("look")) >= before
