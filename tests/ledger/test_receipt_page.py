# SPDX-License-Identifier: Apache-2.0
"""A receipt on one page: what stands in it, before any browser opens it."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from html import unescape
from importlib.resources import files

import msgspec
import pytest

from cocket.errors import ProofError
from cocket.ledger import Signer, read_proof, seal_leaf, sign_note
from cocket.ledger.encoding import to_base64
from cocket.ledger.forms import Form, read_form, write_form
from cocket.ledger.note import Signature, split_note
from cocket.ledger.receipt_page import LANGUAGES, write_receipt_page, write_verifier_page
from tests.ledger.logs import ORIGIN, SIGNER
from tests.ledger.proofs import BLIND, BOTH, NOTE_ONLY, VKEY, both_signed, leaf_of
from tests.ledger.test_receipt import OPENING


@pytest.fixture
def page() -> str:
    """The page of a receipt, made within the test that looks at it."""
    return write_receipt_page(BOTH, VKEY)


def _texts(language: str) -> dict[str, str]:
    return dict(json.loads(files("cocket.ledger.receipt_page").joinpath(f"{language}.json").read_bytes()))


def _with_witnesses(count: int) -> str:
    """The checkpoint of `BOTH` with cosignatures of many witnesses."""
    text, lines = split_note(BOTH.checkpoint.encode())
    witnesses = [Signature(f"witness-{at}.example", f"{at:08x}", bytes(72)) for at in range(count)]
    return sign_note(text, [SIGNER], [*lines[1:], *witnesses]).decode()


def test_it_tells_who_when_what_where(page: str) -> None:
    text = unescape(re.sub(r"<[^>]+>", " ", page))
    for fact in (
        OPENING.actor,
        OPENING.time,
        OPENING.content,
        OPENING.subject,
        ORIGIN,
        "300",
        "over 555 entries",
        VKEY,
    ):
        assert fact in text


def test_it_carries_the_whole_proof(page: str) -> None:
    [carried] = re.findall(r'<script type="application/json" id="proof">(.*?)</script>', page)
    assert read_proof(carried.encode()) == BOTH


def test_it_loads_nothing_and_its_policy_allows_just_what_stands_in_it(page: str) -> None:
    for one in (page, write_verifier_page()):
        assert re.findall(r"(?:src|href|action)=|@import|url\(|https?://(?!www\.w3\.org/2000/svg)", one) == []
        [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', one)
        assert policy.startswith("default-src 'none'; style-src ")
        inline = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", one, re.DOTALL)
        assert len(inline) == 3
        for text in inline:
            assert f"'sha256-{to_base64(sha256(text.encode()).digest())}'" in policy
        assert "unsafe" not in policy


def test_no_text_of_a_proof_can_become_markup(page: str) -> None:
    nasty = "</script><script>alert(1)</script>\"'&<b>"
    leaf = leaf_of("0" * 64)
    opening = msgspec.structs.replace(leaf.opening, actor=nasty)
    named = write_receipt_page(both_signed(seal_leaf(opening, leaf.nonce)), VKEY)
    assert "<b>" not in named
    assert "<script>alert" not in named
    assert named.count("</script>") == page.count("</script>")


def test_what_is_withheld_is_said_to_be() -> None:
    page = write_receipt_page(BLIND, VKEY)
    assert page.count("withheld</dd>") == 5
    assert OPENING.actor not in page


def test_a_proof_that_does_not_hold_gets_no_page() -> None:
    for proof, vkey in (
        (msgspec.structs.replace(BOTH, index=301), VKEY),
        (BOTH, Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey),
        (msgspec.structs.replace(BOTH, nonce=bytes(32)), VKEY),
    ):
        with pytest.raises(ProofError, match="No page is written"):
            write_receipt_page(proof, vkey)


def test_more_codes_than_one_are_said_to_be_needed_together(page: str) -> None:
    assert page.count("<figure>") == 1
    assert "One code carries the whole proof." in page
    witnessed = write_receipt_page(msgspec.structs.replace(BOTH, checkpoint=_with_witnesses(6)), VKEY)
    assert witnessed.count("<figure>") == 2
    assert "2 codes carry it together, and all of them are needed" in witnessed
    assert "Code 2 of 2" in witnessed


def test_a_head_without_a_cose_signature_gets_a_page_too() -> None:
    assert "<figure>" in write_receipt_page(NOTE_ONLY, VKEY)


def test_every_language_has_the_same_texts_with_the_same_gaps() -> None:
    english = _texts("en")
    for language in LANGUAGES:
        texts = _texts(language)
        assert list(texts) == list(english)
        for name, text in texts.items():
            assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[name])), name
        direction = "rtl" if language == "ar" else "ltr"
        for page in (write_receipt_page(BOTH, VKEY, language), write_verifier_page(language)):
            assert f'<html lang="{language}" dir="{direction}">' in page
            assert '<textarea id="key" dir="ltr"' in page


def test_no_text_of_a_language_is_left_in_english() -> None:
    english = _texts("en")
    for language in set(LANGUAGES) - {"en"}:
        assert [name for name, text in _texts(language).items() if text == english[name]] == []


def test_every_text_is_used() -> None:
    package = files("cocket.ledger.receipt_page")
    used = "".join(
        package.joinpath(name).read_text("utf-8")
        for name in ("receipt.html", "verifier.html", "verify.js", "wiring.js", "page.py")
    )
    reasons = {
        f"{reason}-{outcome}"
        for reason in re.findall(r'"([a-z-]+)"', used)
        for outcome in ("passed", "failed", "not-checked")
    }
    for name in _texts("en"):
        stem = name.rpartition("-")[0]
        assert (
            any(word in used for word in (f"t_{name}", f'"{name}"', f"{stem}-{{", f'texts, "{stem}"'))
            or name in reasons
        ), name


def test_there_is_no_page_in_a_language_without_texts() -> None:
    with pytest.raises(ProofError, match="no texts") as refused:
        write_verifier_page("xx")
    assert (refused.value.code, refused.value.found) == ("page-language", "xx")


def test_the_codes_can_be_scanned() -> None:
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    numpy = pytest.importorskip("numpy")
    segno = pytest.importorskip("segno")
    picture = segno.make(write_form(BOTH, Form.CODES).decode().strip(), error="m", boost_error=False, micro=False)
    rows = numpy.array([[0 if dark else 255 for dark in row] for row in picture.matrix_iter(scale=4, border=4)])
    [found] = zxingcpp.read_barcodes(rows.astype("uint8"))
    assert read_form(found.text.encode()) == BOTH
