# SPDX-License-Identifier: Apache-2.0
"""`@sd-jwt/sd-jwt-vc`, whose code is not ours, verifies what is issued and shown here."""

from __future__ import annotations

import pytest

from cocket.credentials import sd_jwt
from tests.credentials.made import NOW, issuer
from tests.credentials.test_tokens import ASKED, HOLDER, issued
from tests.peers.node_peers import fetch_packages, run

JWK = issuer(curve="P-256").key.public.jwk


@pytest.fixture(autouse=True)
def packages() -> None:
    fetch_packages()


def test_it_verifies_ours_and_sees_what_was_shown_and_no_more() -> None:
    said = run("verify-sd-jwt.mjs", {"presented": sd_jwt.present(issued(), ["number"]), "jwk": JWK})
    assert said["isValid"], said
    assert said["claims"]["number"] == "17"
    assert not {"country", "name"} & said["claims"].keys()
    assert said["claims"]["vct"] == "AuthorisedOperatorCredential"


def test_it_verifies_that_the_holder_holds_the_key() -> None:
    shown = sd_jwt.present(issued(bound=True), ["number"], HOLDER, (ASKED, NOW))
    asked = {"jwk": JWK, "holder": HOLDER.public.jwk, "nonce": ASKED.nonce}
    said = run("verify-sd-jwt.mjs", {"presented": shown} | asked)
    assert (said["isValid"], said.get("isBound")) == (True, True), said


def test_it_refuses_another_key_and_a_changed_token() -> None:
    shown = sd_jwt.present(issued(), ["number"])
    other = issuer("other", "P-256").key.public.jwk
    assert not run("verify-sd-jwt.mjs", {"presented": shown, "jwk": other})["isValid"]
    head, body, rest = shown.split(".", 2)
    changed = f"{head}.{body[:-2]}{'A' if body[-2] != 'A' else 'B'}{body[-1]}.{rest}"
    assert not run("verify-sd-jwt.mjs", {"presented": changed, "jwk": JWK})["isValid"]
