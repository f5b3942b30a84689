# SPDX-License-Identifier: Apache-2.0
"""Signatures of webhooks: the package of the standard accepts them, and nothing else than what was signed."""

from __future__ import annotations

import base64
import secrets
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from cocket.errors import SettingsError
from cocket.exchange.webhook_signatures import public_key_text, secret_text, signed_headers

BODY = '{"type":"org.cocket.message.received","words":"é"}'.encode()


def test_the_library_of_the_standard_takes_what_we_sign_and_refuses_any_other_body_id_or_secret() -> None:
    secret, stamp = secret_text("v1", secrets.token_bytes(32)), str(int(time.time()))
    headers = signed_headers((secret,), "evt_1", stamp, BODY)
    assert Webhook(secret).verify(BODY.decode(), headers)["type"] == "org.cocket.message.received"
    for wrong in (
        lambda: Webhook(secret).verify(BODY.decode() + " ", headers),
        lambda: Webhook(secret).verify(BODY.decode(), {**headers, "webhook-id": "evt_2"}),
        lambda: Webhook(secret_text("v1", secrets.token_bytes(32))).verify(BODY.decode(), headers),
        lambda: Webhook(secret).verify(BODY.decode(), {**headers, "webhook-timestamp": str(int(stamp) - 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            wrong()


def test_while_a_secret_is_changed_over_the_holder_of_either_accepts() -> None:
    old, new = (secret_text("v1", secrets.token_bytes(32)) for _ in range(2))
    headers = signed_headers((new, old), "evt_1", str(int(time.time())), BODY)
    assert Webhook(old).verify(BODY.decode(), headers) == Webhook(new).verify(BODY.decode(), headers)


def test_an_asymmetric_signature_holds_under_the_public_key_and_not_over_another_body() -> None:
    seed = secrets.token_bytes(32)
    headers = signed_headers((secret_text("v1a", seed),), "evt_1", "1764547200", BODY)
    public = public_key_text(seed)
    scheme, _, made = headers["webhook-signature"].partition(",")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    assert (scheme, public[:5]) == ("v1a", "whpk_")
    key.verify(base64.b64decode(made), b"evt_1.1764547200." + BODY)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(made), b"evt_1.1764547201." + BODY)


def test_what_is_no_secret_is_refused() -> None:
    with pytest.raises(SettingsError):
        signed_headers(("whsec_not base64!",), "evt_1", "1", BODY)
