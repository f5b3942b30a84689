# SPDX-License-Identifier: Apache-2.0
"""The example of the page of signed messages: by the rules of the page alone, and by our own verifier at that moment."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import http_message_signatures.signatures as library
import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cocket.errors import ProofError
from cocket.exchange.secure_sums import SumMasked, SumOpening
from cocket.exchange.signed_http import (
    SignedAnswer,
    SignedRequest,
    read_receipts,
    verify_answer,
    verify_bytes,
    verify_request,
)
from cocket.ledger.receipt import read_proof, verify_receipt
from cocket.pipeline.partners.joint import Letter, SumRound
from scripts.draw_signed_messages import PAGE, URL, drawn

TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- example: ([\w ]+) -->\n```\w+\n(.*?)\n```", TEXT, re.DOTALL))


def parsed(name: str) -> tuple[str, dict[str, str], bytes]:
    """First line, fields and body of an HTTP message of the page."""
    head, _, body = BLOCKS[name].partition("\n\n")
    first, *fields = head.split("\n")
    return first, dict(one.split(": ", 1) for one in fields), body.encode()


def whole(name: str, receipts: str) -> bytes:
    """What is signed, as the page has it."""
    lines = BLOCKS[name].split("\n")
    return "\n".join(f'"cocket-receipts": {receipts}' if "…" in one else one for one in lines).encode()


def keys() -> list[str]:
    return re.findall(r"public key (\S+)", BLOCKS["keys"])


def test_the_page_is_what_the_code_makes() -> None:
    assert len(BLOCKS) == 7
    assert drawn(TEXT) == TEXT, "python scripts/draw_signed_messages.py draws it anew"


def test_keys_and_their_ids_follow_from_the_seeds() -> None:
    seeds = re.findall(r"seed ([0-9a-f]{64})", BLOCKS["keys"])
    for seed, public, named in zip(seeds, keys(), re.findall(r"key id (\S+)", BLOCKS["keys"]), strict=True):
        raw = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key().public_bytes_raw()
        assert base64.b64encode(raw).decode() == public
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
        assert base64.urlsafe_b64encode(sha256(jwk.encode()).digest()).rstrip(b"=").decode() == named


@pytest.mark.parametrize(("name", "place"), [("request", 0), ("answer", 1)])
def test_digest_and_signature_hold_by_the_rules_of_the_page(name: str, place: int) -> None:
    _, fields, body = parsed(name)
    assert fields["content-digest"] == f"sha-256=:{base64.b64encode(sha256(body).digest()).decode()}:"
    signed = whole(f"{name} base", fields["cocket-receipts"])
    assert sha256(signed).hexdigest() == re.findall(r"(?:request|answer) +([0-9a-f]{64})", BLOCKS["keys"])[place]
    inner = fields["signature-input"].removeprefix("cocket=")
    assert signed.decode().endswith(f'"@signature-params": {inner}')
    signature = base64.b64decode(fields["signature"].removeprefix("cocket=").strip(":"))
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys()[place]))
    public.verify(signature, signed)
    with pytest.raises(InvalidSignature):
        public.verify(signature, signed.replace(b"alphaland", b"betania"))
    created, expires = (int(re.search(rf"{word}=(\d+)", inner)[1]) for word in ("created", "expires"))  # type: ignore[index]
    assert 0 < expires - created <= 60


def test_the_lines_that_are_signed_are_those_of_the_messages() -> None:
    _, asked, _ = parsed("request")
    _, told, _ = parsed("answer")
    values = {'"@method"': "POST", '"@target-uri"': URL, '"@status"': "200"}
    for name, fields in (("request", asked), ("answer", told)):
        lines = dict(one.split(": ", 1) for one in BLOCKS[f"{name} base"].split("\n"))
        del lines['"@signature-params"']
        for component, value in lines.items():
            if component == '"signature";req;key="cocket"':
                assert f"cocket={value}" == asked["signature"]
            elif component.strip('"') in fields:
                assert value in (fields[component.strip('"')], "…")
            else:
                assert value == values[component.removesuffix(";req")]


def test_receipts_are_for_the_words_of_the_page() -> None:
    vkeys = re.findall(r"receipts (\S+)", BLOCKS["keys"])
    assert read_receipts(parsed("request")[1]["cocket-receipts"]) == (BLOCKS["receipt"].encode(),)
    asked, told = parsed("request")[2], parsed("answer")[2]
    words = {
        part: BLOCKS["words"]
        .replace(sha256(asked).hexdigest(), sha256(body).hexdigest())
        .replace('"request"}', f'"{part}"}}')
        for part, body in (("request", asked), ("answer", told))
    }
    assert json.loads(words["answer"]) == json.loads(words["request"]) | {
        "digest": sha256(told).hexdigest(),
        "part": "answer",
    }
    for name, parts, vkey in (("request", ["request"], vkeys[0]), ("answer", ["request", "answer"], vkeys[1])):
        receipts = read_receipts(parsed(name)[1]["cocket-receipts"])
        for content, part in zip(receipts, parts, strict=True):
            receipt: Any = read_proof(content)
            assert verify_receipt(receipt, [vkey], words[part].encode()).holds
            assert receipt.opening.type == f"partner-{part}"


class _Then(datetime):
    """The moment of the example."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime(2026, 12, 1, 9, 30, 8, tzinfo=UTC)


def test_our_verifier_takes_it_at_that_moment_and_neither_changed_nor_today(monkeypatch: pytest.MonkeyPatch) -> None:
    first, asked, body = parsed("request")
    request = SignedRequest(first.split()[0], URL, asked)
    _, told, said = parsed("answer")
    answer = SignedAnswer(200, request, told)
    with pytest.raises(ProofError, match=r"past|age"):
        verify_request(request, body, keys()[:1])
    monkeypatch.setattr(library.datetime, "datetime", _Then)
    assert verify_request(request, body, keys()[:1]).nonce == "exampleexampleexample0001"
    assert verify_answer(answer, said, keys()[1:]).key in BLOCKS["keys"]
    for wrong in (
        lambda: verify_request(request, body.replace(b"2026/42", b"2026/43"), keys()[:1]),
        lambda: verify_request(request, body, keys()[1:]),
        lambda: verify_answer(SignedAnswer(422, request, told), said, keys()[1:]),
    ):
        with pytest.raises(ProofError):
            wrong()


def test_a_letter_of_evidence_made_by_the_rules_of_the_page_holds_and_a_changed_one_does_not() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    told = re.search(r"### A letter of evidence\n(.*?)\n## ", TEXT, re.DOTALL)
    assert told is not None
    names = re.findall(r"^\| (`[\w`, ]+`) \|", told[1].partition("| kind | body |")[0], re.MULTILINE)
    fields = [field for one in names for field in re.findall(r"\w+", one)]
    assert fields == list(Letter.__struct_fields__)
    body = '{"table": {"features":"hs2-origin", "cells":[]}}'  # in whatever bytes its sender likes
    said = {"form": "cocket-joint-letter-1", "kind": "table", "sender": "XB", "receivers": ["XA"]}
    said |= {"purpose": "control", "made": "2026-12-01T09:30:00.250000Z"}
    begins = json.dumps(said, separators=(",", ":"))[:-1] + f',"body":{body},"signature":"'
    signature = base64.b64encode(key.sign(f'{begins}"}}'.encode())).decode()
    whole = f'{begins}{signature}"}}'
    for content, holds in ((whole, True), (whole.replace("hs2-origin", "hs4-origin"), False)):
        letter = msgspec.json.decode(content, type=Letter)
        signed = msgspec.json.encode(msgspec.structs.replace(letter, signature=""))
        if holds:
            assert verify_bytes(signed, letter.signature, [public])
        else:
            with pytest.raises(ProofError):
                verify_bytes(signed, letter.signature, [public])
    for kind, form in (("round", SumRound), ("opening", SumOpening), ("masked", SumMasked)):
        row = next(line for line in told[1].splitlines() if line.startswith(f"| `{kind}` |"))
        assert all(f"`{one}`" in row for one in form.__struct_fields__), kind
