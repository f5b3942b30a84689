# SPDX-License-Identifier: Apache-2.0
"""The receipt's page in a real browser, opened from a file and cut off from any network, as on a phone in a yard.

Its verifier must say what ours says. Each check is made twice: with the browser's own SHA-256 and Ed25519, and with
those in the page, as where a browser has none.
"""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.ledger import InclusionProof, Receipt, seal_leaf, verify_receipt, write_proof
from cocket.ledger.codes import to_codes
from cocket.ledger.forms import Form, compact, read_form, verify_form, write_form
from cocket.ledger.receipt_page import LANGUAGES, write_receipt_page, write_verifier_page
from tests.house.source import ROOT
from tests.ledger.proofs import BLIND, BOTH, NOTE_ONLY, VKEY, both_signed, leaf_of, mutations
from tests.ledger.test_receipt import CONTENT, RECEIPT
from tests.ledger.test_receipt import VKEY as RECEIPT_VKEY
from tests.workbench.conftest import chromium

__all__ = ["chromium"]  # the fixture

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
WITHOUT_CRYPTO = "Object.defineProperty(globalThis, 'crypto', { value: undefined });"

#: Asks the page's verifier about many files: `holds`, `fails`, or `malformed`, with the outcome of every check.
ASK = """async ([files, key, message]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const answers = [];
    for (const file of files) {
        try {
            const proof = await Verifier.read(bytes(file));
            const checks = await Verifier.verify(proof, key, message === null ? null : bytes(message));
            answers.push(Object.fromEntries(checks.map((check) => [check.name, check.outcome])));
        } catch (error) {
            if (!(error instanceof Verifier.Malformed)) throw error;
            answers.push(null);
        }
    }
    return answers;
}"""

Answer = dict[str, str] | None
Open = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pages, the message and every form of the proof, as files."""
    (tmp_path / "verify.html").write_text(write_verifier_page(), "utf-8")
    (tmp_path / "message.xml").write_bytes(CONTENT)
    for language in LANGUAGES:
        (tmp_path / f"{language}.html").write_text(write_receipt_page(BOTH, VKEY, language), "utf-8")
    for form in Form:
        (tmp_path / form.name).write_bytes(write_form(BOTH, form))
    return tmp_path


@pytest.fixture
def open_page(chromium: Any, folder: Path) -> Iterator[Open]:
    """Opens pages on a phone without a network; at the end none may have complained or asked for anything."""
    complaints: list[str] = []
    contexts = []

    def opened(name: str, script: str = "", **settings: Any) -> Any:
        context = chromium.new_context(offline=True, **{**PHONE, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        address = (folder / name).as_uri()
        page.on("request", lambda request: request.url != address and complaints.append(f"asked for {request.url}"))
        if script:
            page.add_init_script(script)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(params=["the browser's own", "in the page"])
def ask(request: pytest.FixtureRequest, open_page: Open) -> Callable[..., list[Answer]]:
    """The page's verifier, with either kind of cryptography."""
    page = open_page("verify.html", WITHOUT_CRYPTO if request.param == "in the page" else "")

    def asked(files: list[bytes], content: bytes | None = CONTENT, key: str = VKEY) -> list[Answer]:
        message = None if content is None else b64encode(content).decode()
        return list(page.evaluate(ASK, [[b64encode(file).decode() for file in files], key, message]))

    return asked


def _holds(answer: Answer) -> bool:
    return answer is not None and "failed" not in answer.values()


def _ours(file: bytes, content: bytes | None = CONTENT) -> Answer:
    """What our own verifier says, in the same words."""
    try:
        proof = read_form(file)
    except Exception as error:
        assert type(error).__name__ == "ProofError"
        return None
    assert isinstance(proof, InclusionProof)
    checks = {check.name: check.outcome for check in verify_form(proof, VKEY, content).checks}
    del checks["receipt"]
    return checks  # type: ignore[return-value]


@pytest.mark.parametrize("form", list(Form))
def test_a_good_proof_verifies_in_every_form(ask: Any, form: Form) -> None:
    for proof in (BOTH, NOTE_ONLY) if form is not Form.COSE else (BOTH,):
        file = write_form(proof, form)
        [answer] = ask([file])
        assert _holds(answer)
        assert answer == _ours(file)
    blind = write_form(BLIND, form)
    assert ask([blind], None) == [_ours(blind, None)]
    assert not _holds(ask([blind])[0])


def test_every_place_of_small_trees_verifies(ask: Any) -> None:
    files = [
        write_form(both_signed(index=at, size=size), Form.COSE) for size in (1, 2, 3, 5, 8, 13) for at in range(size)
    ]
    assert all(map(_holds, ask(files)))


@pytest.mark.parametrize("form", list(Form))
def test_changed_bytes_are_refused_just_as_ours_refuses_them(ask: Any, form: Form) -> None:
    file = write_form(BOTH, form)
    dice = random.Random(form.name)
    changed = []
    for at in dice.sample(range(len(file)), 60):
        one = bytearray(file)
        one[at] ^= dice.choice((0x01, 0x02, 0x20, 0x80))
        changed.append(bytes(one))
    answers = ask(changed)
    for one, answer in zip(changed, answers, strict=True):
        assert _holds(answer) == _holds(_ours(one)), one
    held = sum(map(_holds, answers))
    assert held == 0 if form in (Form.COSE, Form.CODES) else held <= 5


@pytest.mark.parametrize("form", list(Form))
def test_mutations_are_judged_as_ours_judges_them(ask: Any, form: Form) -> None:
    changed = list(mutations(write_form(BOTH, form), 150))
    for one, answer in zip(changed, ask(changed), strict=True):
        assert _holds(answer) == _holds(_ours(one)), one


def test_another_message_key_or_nonce_is_refused(ask: Any) -> None:
    file = write_form(BOTH, Form.COSE)
    assert ask([file], CONTENT + b" ")[0]["content"] == "failed"
    assert ask([file], key=RECEIPT_VKEY)[0]["checkpoint"] == "failed"
    assert ask([write_form(msgspec.structs.replace(BOTH, nonce=bytes(32)), Form.JSON)])[0]["commitment"] == "failed"
    assert ask([write_form(BOTH, Form.JSON)], key=f"{RECEIPT_VKEY}\n{VKEY}\n") == [_ours(file)]


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 200_000])
def test_messages_of_any_length_are_hashed_right(ask: Any, length: int) -> None:
    content = bytes(at * 7 % 256 for at in range(length))
    proof = both_signed(leaf_of(sha256(content).hexdigest()))
    assert ask([write_form(proof, Form.JSON)], content)[0]["content"] == "passed"


def test_text_of_any_kind_is_hashed_right(ask: Any) -> None:
    opening = msgspec.structs.replace(leaf_of("00").opening, actor='é"\\/\x7f\u2028𝄞<\x01\n')
    proof = both_signed(seal_leaf(opening, bytes(32)))
    for form in Form:
        assert ask([write_form(proof, form)], None)[0]["commitment"] == "passed"


def test_a_receipt_verifies_too(ask: Any) -> None:
    def ours(receipt: Receipt) -> dict[str, str]:
        return {check.name: check.outcome for check in verify_receipt(receipt, [RECEIPT_VKEY], CONTENT).checks}

    other = msgspec.structs.replace(RECEIPT, signature=bytes(64))
    answers = ask([write_proof(RECEIPT), write_proof(other)], key=RECEIPT_VKEY)
    assert answers == [ours(RECEIPT), ours(other)]
    assert _holds(answers[0])
    assert ask([write_proof(RECEIPT)])[0]["signature"] == "failed"


@pytest.mark.parametrize(
    ("language", "verdict"),
    [
        ("en", "The receipt holds, and this is"),
        ("fr", "Le reçu tient, et c’est"),
        ("es", "El recibo se sostiene, y este"),
        ("ar", "الإيصال صحيح، وهذه"),
    ],
)
def test_the_page_checks_itself_when_the_message_is_put_in(
    open_page: Open, folder: Path, language: str, verdict: str
) -> None:
    page = open_page(f"{language}.html")
    page.set_input_files("#message-file", folder / "message.xml")
    page.locator("#run").tap()
    page.get_by_text(verdict).wait_for()
    assert page.locator("#checks li.passed").count() == 5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_says_so_when_no_message_was_put_in_or_a_wrong_one(open_page: Open, folder: Path) -> None:
    page = open_page("en.html")
    page.locator("#run").tap()
    page.get_by_text("Whether a message of yours is the one meant was not checked.").wait_for()
    (folder / "message.xml").write_bytes(CONTENT + b"\n")
    page.set_input_files("#message-file", folder / "message.xml")
    page.locator("#run").tap()
    page.get_by_text("The receipt does not hold.").wait_for()
    assert "This is not the message" in page.locator("#checks li.failed").inner_text()


@pytest.mark.parametrize("form", list(Form))
def test_the_verifier_takes_any_form_as_a_file(open_page: Open, folder: Path, form: Form) -> None:
    page = open_page("verify.html")
    page.set_input_files("#proof-file", folder / form.name)
    page.set_input_files("#message-file", folder / "message.xml")
    page.get_by_label("Public key of the book").fill(VKEY)
    page.locator("#run").tap()
    page.get_by_text("The receipt holds, and this is the message.").wait_for()


def test_the_verifier_takes_pasted_codes_and_says_when_something_is_missing(open_page: Open) -> None:
    page = open_page("verify.html")
    run, pasted = page.locator("#run"), page.locator("#pasted")
    run.tap()
    page.get_by_text("There is no receipt or proof yet").wait_for()
    pasted.fill("\n".join(reversed(to_codes(compact(BOTH)))))
    run.tap()
    page.get_by_text("This is not a public key of a book.").wait_for()
    page.get_by_label("Public key of the book").fill(VKEY)
    run.tap()
    page.get_by_text("The receipt holds.").wait_for()
    pasted.fill("nothing of the kind")
    run.tap()
    page.get_by_text("This is neither a receipt nor a proof, or it is damaged.").wait_for()


def test_a_file_may_be_dropped(open_page: Open) -> None:
    page = open_page("en.html")
    dropped = page.evaluate_handle(
        "(text) => { const data = new DataTransfer(); data.items.add(new File([text], 'dropped.xml')); return data; }",
        CONTENT.decode(),
    )
    page.locator(".drop").first.dispatch_event("drop", {"dataTransfer": dropped})
    page.get_by_text("dropped.xml (45 B)").wait_for()
    page.locator("#run").tap()
    page.get_by_text("The receipt holds, and this is the message.").wait_for()


def test_codes_can_be_photographed_where_the_browser_reads_codes(open_page: Open, folder: Path) -> None:
    codes = json.dumps([{"rawValue": code} for code in to_codes(compact(BOTH))])
    detector = f"window.BarcodeDetector = class {{ async detect() {{ return {codes}; }} }};"
    page = open_page("verify.html", detector)
    page.locator("main").screenshot(path=folder / "photo.png")
    page.set_input_files("#scan", folder / "photo.png")
    while not page.locator("#pasted").input_value().startswith("COCKET:"):
        page.wait_for_timeout(20)
    page.get_by_label("Public key of the book").fill(VKEY)
    page.locator("#run").tap()
    page.get_by_text("The receipt holds.").wait_for()
    assert open_page("verify.html", "delete window.BarcodeDetector;").locator("#scan").is_hidden()


def test_it_is_one_sheet_of_a4(open_page: Open) -> None:
    for language in LANGUAGES:
        printed = open_page(f"{language}.html").pdf(prefer_css_page_size=True)
        assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") == 1
        assert b"/MediaBox [0 0 594.95996 841.91998]" in printed or b"/MediaBox [0 0 595" in printed


def test_axe_finds_nothing(open_page: Open, folder: Path) -> None:
    engine = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not engine.is_file():
        pytest.skip("axe-core is not installed (make build)")
    for name in ("en.html", "fr.html", "verify.html"):
        page = open_page(name)
        page.set_input_files("#message-file", folder / "message.xml")
        page.locator("#run").tap()
        page.locator("#verdict.passed, #verdict.failed").wait_for()
        page.evaluate(engine.read_text())
        assert page.evaluate("axe.run().then((run) => run.violations.map((v) => v.id))") == [], name


def test_without_scripts_it_says_that_it_cannot_check(open_page: Open) -> None:
    page = open_page("en.html", java_script_enabled=False)
    assert page.get_by_text("which did not run in this browser").is_visible()
    assert open_page("en.html").get_by_text("which did not run in this browser").count() == 0
