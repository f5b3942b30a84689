# SPDX-License-Identifier: Apache-2.0
"""Signed requests and answers: the vector of the RFC, and what a request can be tampered with by."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cocket.errors import ProofError, UnreadableError
from cocket.exchange.signed_http import (
    LABEL,
    OF_REQUEST,
    RECEIPTS,
    TAG,
    HouseKey,
    SignedAnswer,
    SignedRequest,
    joined,
    key_id,
    read_receipts,
    sign_answer,
    sign_request,
    signing_key,
    verify_answer,
    verify_request,
    write_receipts,
)

OURS, OTHERS = HouseKey(bytes(range(32))), HouseKey(bytes(range(1, 33)))
URL = "https://customs.example/v1/exchange/messages"
BODY = b'{"id":"1"}'

# RFC 9421, B.1.4: test-key-ed25519.
VECTOR_KEY = HouseKey(base64.urlsafe_b64decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU="))
VECTOR_PUBLIC = base64.b64encode(base64.urlsafe_b64decode("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs=")).decode()


def signed(**instead: object) -> SignedRequest:
    """A request that is right but for what is said."""
    made = datetime.now(UTC)
    said = {"created": made, "expires": made + timedelta(seconds=60), "nonce": "n" * 24, "tag": TAG, "label": LABEL}
    covered = instead.pop("covered", OF_REQUEST)
    body = instead.pop("body", BODY)
    request = SignedRequest("POST", URL, {"content-type": "application/json", RECEIPTS: ""})
    OURS.sign(request, covered, body, **{**said, **instead})  # type: ignore[arg-type]
    return request


def test_the_vector_of_the_rfc_is_made_again_to_the_byte() -> None:
    # RFC 9421, B.2.6: Signing a Request Using ed25519.
    assert VECTOR_KEY.public == VECTOR_PUBLIC
    request = SignedRequest(
        "POST",
        "https://example.com/foo?param=Value&Pet=dog",
        {
            "host": "example.com",
            "date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "content-type": "application/json",
            "content-length": "18",
        },
    )
    VECTOR_KEY.sign(
        request,
        ("date", "@method", "@path", "@authority", "content-type", "content-length"),
        created=datetime.fromtimestamp(1618884473, UTC),
        key_id="test-key-ed25519",
        label="sig-b26",
        include_alg=False,
    )
    assert request.headers["Signature"] == (
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
    )
    assert request.headers["Signature-Input"] == (
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )


def test_the_id_of_a_key_is_its_thumbprint() -> None:
    # RFC 8037, A.3.
    public = base64.b64encode(base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")).decode()
    assert key_id(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    for wrong in ("", "AAAA", "not base64!"):
        with pytest.raises(UnreadableError):
            key_id(wrong)


def test_a_request_of_a_known_key_is_taken_and_says_whose_it_is() -> None:
    request = sign_request(OURS, URL, BODY)
    said = verify_request(lowered(request), BODY, [OTHERS.public, OURS.public])
    assert said.key == OURS.id == signing_key(lowered(request).headers)
    assert len(said.nonce) == 24 and said.until > datetime.now(UTC) + timedelta(seconds=60)
    assert sign_request(OURS, URL, BODY).headers["Signature"] != request.headers["Signature"]


TAMPERED: dict[str, Callable[[], tuple[SignedRequest, bytes]]] = {
    "another body": lambda: (signed(), BODY + b" "),
    "no body": lambda: (signed(), b""),
    "the method alone": lambda: (signed(covered=("@method",), body=None), BODY),
    "no digest": lambda: (signed(covered=("@method", "@target-uri", "content-type", RECEIPTS), body=None), BODY),
    "no address": lambda: (signed(covered=("@method", "content-type", RECEIPTS)), BODY),
    "no tag": lambda: (signed(tag=None), BODY),
    "another tag": lambda: (signed(tag="else"), BODY),
    "no nonce": lambda: (signed(nonce=None), BODY),
    "a short nonce": lambda: (signed(nonce="n"), BODY),
    "no end": lambda: (signed(expires=None), BODY),
    "good for a day": lambda: (signed(expires=datetime.now(UTC) + timedelta(days=1)), BODY),
    "made in an hour": lambda: (made_at(timedelta(hours=1)), BODY),
    "made an hour ago": lambda: (made_at(timedelta(hours=-1)), BODY),
    "over two minutes ago": lambda: (made_at(timedelta(seconds=-155)), BODY),
    "nothing signed": lambda: (SignedRequest("POST", URL, {"content-type": "application/json"}), BODY),
    "no signature at all in the field": lambda: (
        SignedRequest("POST", URL, {"signature": "x", "signature-input": "y"}),
        BODY,
    ),
}


def made_at(shift: timedelta) -> SignedRequest:
    made = datetime.now(UTC) + shift
    return signed(created=made, expires=made + timedelta(seconds=60))


def lowered(message: SignedRequest) -> SignedRequest:
    headers = joined((name.encode(), value.encode()) for name, value in message.headers.items())
    return SignedRequest(message.method, message.url, headers)


@pytest.mark.parametrize("case", TAMPERED)
def test_what_is_not_signed_as_the_profile_has_it_is_refused(case: str) -> None:
    request, body = TAMPERED[case]()
    with pytest.raises(ProofError) as caught:
        verify_request(lowered(request), body, [OURS.public])
    assert caught.value.code == "signature"


@pytest.mark.parametrize(
    ("shift", "words"),
    [(timedelta(hours=25), "by the other; the clocks"), (timedelta(hours=-25), "either it is old, or the clocks")],
)
def test_a_clock_that_is_wrong_is_said_with_both_times(shift: timedelta, words: str) -> None:
    with pytest.raises(ProofError) as caught:
        verify_request(lowered(made_at(shift)), BODY, [OURS.public])
    said, now = caught.value.message, datetime.now(UTC)
    assert "the clocks of the two sides differ" in said and words in said
    assert f"{now + shift:%Y-%m-%d %H:}" in said and f"it is {now:%Y-%m-%d %H:}" in said


@pytest.mark.parametrize("created", ["9999999999999999", "x", ""])
def test_a_time_that_is_none_is_refused_in_words(created: str) -> None:
    request = lowered(signed())
    stated = re.sub(r"created=\d+", f"created={created}", request.headers["signature-input"])
    request.headers["signature-input"] = stated
    with pytest.raises(ProofError) as caught:
        verify_request(request, BODY, [OURS.public])
    assert caught.value.code == "signature"


def test_another_key_another_address_and_another_field_are_refused() -> None:
    with pytest.raises(ProofError):
        verify_request(lowered(signed()), BODY, [OTHERS.public])
    with pytest.raises(ProofError):
        verify_request(lowered(signed()), BODY, [])
    for change in ({"url": URL.replace("customs", "other")}, {"method": "PUT"}):
        request = lowered(signed())
        for name, value in change.items():
            setattr(request, name, value)
        with pytest.raises(ProofError):
            verify_request(request, BODY, [OURS.public])
    for name, value in ((RECEIPTS, "e30"), ("content-type", "text/plain"), ("content-digest", "sha-256=:AAAA:")):
        request = lowered(signed())
        request.headers[name] = value
        with pytest.raises(ProofError):
            verify_request(request, BODY, [OURS.public])


def test_clocks_may_differ_a_little() -> None:
    for seconds in (-80, -25, 25):
        assert verify_request(lowered(made_at(timedelta(seconds=seconds))), BODY, [OURS.public])


def test_an_answer_is_of_its_own_request_alone() -> None:
    first, second = sign_request(OURS, URL, BODY), sign_request(OURS, URL, BODY)
    answer = sign_answer(OTHERS, first, 200, b"{}", write_receipts([b"{}"]))
    assert verify_answer(answer, b"{}", [OTHERS.public]).key == OTHERS.id
    elsewhere = SignedAnswer(200, second, answer.headers)
    other_status = SignedAnswer(202, first, answer.headers)
    for wrong, body, key in (
        (elsewhere, b"{}", OTHERS),
        (other_status, b"{}", OTHERS),
        (answer, b"{ }", OTHERS),
        (answer, b"{}", OURS),
    ):
        with pytest.raises(ProofError):
            verify_answer(wrong, body, [key.public])


def test_receipts_go_there_and_back() -> None:
    assert read_receipts(write_receipts([b"one", b"{}"])) == (b"one", b"{}")
    assert read_receipts("") == ()
    for wrong in ("é", "a b", "====", "*"):
        with pytest.raises(UnreadableError):
            read_receipts(wrong)
