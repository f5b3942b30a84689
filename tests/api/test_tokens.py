# SPDX-License-Identifier: Apache-2.0
"""Tokens in place of a key, over HTTP at a real house: how long they let in, what ends them, and what they do not give."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app, server
from cocket.gate import make_key
from cocket.pipeline.intake import access_tokens, machine_access
from tests.houses import Built, build
from tests.simulators.doors import open_door

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    monkeypatch.setattr(server, "_KEY_SECONDS", 0.0)
    monkeypatch.setattr(machine_access, "_KEY_SECONDS", 0.0)
    made = build(tmp_path)
    yield made
    made.house.close()


@pytest.fixture
def client(built: Built) -> Iterator[httpx.Client]:
    with (
        open_door(build_app(built.house)) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield client


def given(built: Built, name: str = "acme", **terms: Any) -> str:
    key = make_key(name)
    built.house.governance.accounts.add_key(key, "ACME Ltd", ("supervisor",), ("ACME",), **terms)
    return key


def bearer(presented: str) -> dict[str, str]:
    return {"authorization": f"Bearer {presented}"}


def basic(key: str) -> dict[str, str]:
    _, name, secret = key.split("_")
    return {"authorization": f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"}


def token_of(client: httpx.Client, key: str) -> str:
    answer = client.post("/v1/token", headers=basic(key), data=GRANT)
    assert answer.status_code == 200
    token: str = answer.json()["access_token"]
    return token


def status(client: httpx.Client, presented: str) -> int:
    return client.get("/v1/permits", headers=bearer(presented)).status_code


def test_a_token_lets_in_as_the_key_does_and_is_kept_by_no_cache(client: httpx.Client, built: Built) -> None:
    key = given(built)
    answer = client.post("/v1/token", headers=basic(key), data=GRANT)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 900, "")
    assert answer.headers["cache-control"] == "no-store"
    assert status(client, told["access_token"]) == status(client, key) == 200
    assert client.post("/v1/token", headers=bearer(key)).status_code == 200


def test_no_token_is_given_for_a_token_a_wrong_secret_or_another_grant(client: httpx.Client, built: Built) -> None:
    key = given(built)
    refused = client.post("/v1/token", headers=bearer(token_of(client, key)), data=GRANT)
    assert refused.status_code == 403
    assert client.post("/v1/token", headers=basic(make_key("acme")), data=GRANT).status_code == 401
    assert client.post("/v1/token", headers={"authorization": "Basic !!"}, data=GRANT).status_code == 401
    assert client.post("/v1/token", data=GRANT).status_code == 401
    other = client.post("/v1/token", headers=basic(key), data={"grant_type": "password"})
    assert other.status_code == 400
    assert client.get("/v1/permits", headers=basic(key)).status_code == 401  # a secret in this form is for tokens alone


def test_a_token_ends_with_its_time(client: httpx.Client, built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    key = given(built)
    monkeypatch.setattr(access_tokens, "TOKEN_SECONDS", 1)
    token = token_of(client, key)
    assert status(client, token) == 200
    time.sleep(1.1)
    assert status(client, token) == 401


def test_a_token_ends_when_its_key_is_revoked_or_changed(client: httpx.Client, built: Built) -> None:
    accounts = built.house.governance.accounts
    token = token_of(client, given(built))
    accounts.grant_senders("acme", ("OTHER",))
    assert status(client, token) == 401
    other = token_of(client, given(built, "other"))
    assert status(client, other) == 200
    accounts.revoke_key("other")
    assert status(client, other) == 401


def test_a_token_is_limited_as_its_key_is(client: httpx.Client, built: Built) -> None:
    key = given(built, scopes=("message:lodge",))
    answer = client.post("/v1/token", headers=basic(key), data=GRANT).json()
    assert answer["scope"] == "message:lodge"
    assert status(client, answer["access_token"]) == 403


def test_a_token_stays_good_while_its_key_changes_the_secret(client: httpx.Client, built: Built) -> None:
    key = given(built)
    token = token_of(client, key)
    newer = make_key("acme")
    assert built.house.governance.accounts.rotate_key(newer, timedelta(0))
    assert status(client, key) == 401
    assert status(client, token) == status(client, newer) == 200


def test_a_token_that_was_changed_or_made_for_another_use_lets_no_one_in(client: httpx.Client, built: Built) -> None:
    token = token_of(client, given(built))
    for other in (token[:-4] + "AAAA", token[:-40], "cocket-token_" + "A" * 80):
        assert status(client, other) == 401
    from base64 import urlsafe_b64encode

    wrapped = built.stores.secrets_box.wrap(
        "second step", b'{"key":"acme","record":"x","until":"2099-01-01T00:00:00Z"}'
    )
    forged = "cocket-token_" + urlsafe_b64encode(wrapped).rstrip(b"=").decode()
    assert status(client, forged) == 401
