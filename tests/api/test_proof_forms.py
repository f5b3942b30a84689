# SPDX-License-Identifier: Apache-2.0
"""`GET /v1/messages/{id}/proof` in the form that the reader asks for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cocket.ledger import KEY_FILE
from cocket.ledger.forms import Form, form_of, read_form
from tests.api.conftest import Ask, Keys
from tests.ledger.proofs import BOTH, CONTENT, NOTE_ONLY, VKEY, holds


@pytest.fixture
def proven(house: Any, lodged: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the proof of a message is that stands in a head signed both ways."""
    seen = house.queries.records.proof
    found = msgspec.to_builtins(BOTH)
    monkeypatch.setattr(house.queries.records, "proof", lambda *asked: seen(*asked) and found)
    monkeypatch.setattr(house, "is_in_head", True)
    house.log_folder.mkdir(parents=True, exist_ok=True)
    (house.log_folder / KEY_FILE).write_text(f"{VKEY}\n")
    return f"/v1/messages/{lodged}/proof"


@pytest.mark.parametrize(
    ("accept", "form", "kind"),
    [
        ("*/*", Form.JSON, "application/json"),
        ("application/json", Form.JSON, "application/json"),
        ("text/plain", Form.TLOG, "text/plain; charset=utf-8"),
        ("application/cose", Form.COSE, "application/cose"),
        ("application/scitt-receipt+cose", Form.COSE, "application/scitt-receipt+cose"),
    ],
)
def test_a_proof_comes_in_the_form_that_is_asked_for(ask: Ask, proven: str, accept: str, form: Form, kind: str) -> None:
    reply = ask("GET", proven, Accept=accept)
    assert (reply.status, reply.headers["content-type"]) == (200, kind)
    assert reply.headers["vary"] == "accept, accept-language"
    assert form_of(reply.body) is form
    assert read_form(reply.body) == BOTH
    assert holds(reply.body, CONTENT)


def test_a_page_comes_in_the_readers_language(ask: Ask, proven: str) -> None:
    reply = ask("GET", proven, Accept="text/html", Accept_Language="fr")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b'<html lang="fr" dir="ltr">' in reply.body


def test_whoever_does_not_say_gets_json(ask: Ask, proven: str) -> None:
    assert ask("GET", proven).json == msgspec.to_builtins(BOTH)


def test_what_a_proof_cannot_be_had_as_is_told(ask: Ask, proven: str) -> None:
    reply = ask("GET", proven, Accept="image/png")
    assert (reply.status, reply.code) == (406, "not-acceptable")
    assert "application/cose" in reply.json["error"]["hint"]


def test_a_head_that_was_not_signed_in_cose_is_told(
    ask: Ask, house: Any, proven: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.queries.records, "proof", lambda *_: msgspec.to_builtins(NOTE_ONLY))
    reply = ask("GET", proven, Accept="application/cose")
    assert (reply.status, reply.code) == (406, "cose-unsigned")
    assert ask("GET", proven, Accept="text/plain").status == 200


@pytest.mark.parametrize("accept", ["text/plain", "application/cose", "text/html", "image/png"])
def test_what_is_not_there_and_what_is_anothers_look_the_same(ask: Ask, keys: Keys, proven: str, accept: str) -> None:
    foreign = ask("GET", proven, key=keys.host, Accept=accept)
    absent = ask("GET", "/v1/messages/m999/proof", key=keys.host, Accept=accept)
    assert (foreign.status, foreign.body) == (absent.status, absent.body)
    assert foreign.status in (404, 406)


def test_before_the_proof_is_there_every_form_is_to_be_asked_for_again(ask: Ask, lodged: str) -> None:
    for accept in ("text/plain", "application/cose", "text/html"):
        reply = ask("GET", f"/v1/messages/{lodged}/proof", Accept=accept)
        assert (reply.status, reply.json) == (202, {"state": "sealed"})
