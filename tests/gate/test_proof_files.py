# SPDX-License-Identifier: Apache-2.0
"""Which file a reader gets, and that a page is checked by the key of its own log."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cocket.errors import ProofError, StoreError
from cocket.gate import RequestError
from cocket.gate.proof_files import MEDIA_TYPES, ProofFile, preferred, proof_file
from cocket.ledger import HANDOVERS, KEY_FILE, Signer, write_handover
from cocket.ledger.forms import Form, read_form, write_form
from tests.ledger.logs import ORIGIN, SIGNER
from tests.ledger.proofs import BOTH, NOTE_ONLY, VKEY

OFFERED = tuple(MEDIA_TYPES)
FOUND = msgspec.to_builtins(BOTH)


@pytest.fixture
def log_folder(tmp_path: Path) -> Path:
    (tmp_path / KEY_FILE).write_text(f"{VKEY}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("header", "given"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/plain", "text/plain"),
        ("TEXT/Plain; charset=utf-8", "text/plain"),
        ("application/cose", "application/cose"),
        ('application/cose; cose-type="cose-sign1"', "application/cose"),
        ("application/scitt-receipt+cose, */*;q=0.1", "application/scitt-receipt+cose"),
        ("application/cose;q=0.5, application/json;q=0.4", "application/cose"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/*", "text/plain"),
        ("text/*, text/plain;q=0.1", "text/html"),
        ("*/*, application/json;q=0", "text/plain"),
        ("application/json;q=2", "application/json"),
        ("image/png", None),
        ("text/plain;q=0", None),
        ("application/json;q=nan", None),
        ("application/json;q=much", None),
    ],
)
def test_a_reader_gets_what_it_likes_best(header: str, given: str | None) -> None:
    assert preferred(header, OFFERED) == given


@pytest.mark.parametrize(
    ("header", "given"),
    [("", "en"), ("fr-CA, en;q=0.5", "fr"), ("de", None), ("de, *;q=0.1", "en"), ("fr;q=0.2, en", "en")],
)
def test_so_do_readers_of_a_language(header: str, given: str | None) -> None:
    assert preferred(header, ("en", "fr")) == given


@pytest.mark.parametrize(
    ("kind", "form"), [(ProofFile.JSON, Form.JSON), (ProofFile.TLOG, Form.TLOG), (ProofFile.COSE, Form.COSE)]
)
def test_each_file_holds_the_proof(log_folder: Path, kind: ProofFile, form: Form) -> None:
    written = proof_file(FOUND, kind, log_folder)
    assert read_form(written) == BOTH
    assert written.strip() == write_form(BOTH, form).strip()


def test_a_page_speaks_the_readers_language_or_english(log_folder: Path) -> None:
    for languages, tag in (("fr-CH, de;q=0.9", "fr"), ("de", "en"), ("", "en")):
        page = proof_file(FOUND, ProofFile.PAGE, log_folder, languages).decode()
        assert f'<html lang="{tag}" dir=' in page
        assert VKEY in page


def test_a_page_of_an_earlier_year_is_checked_by_the_key_of_that_years_log(tmp_path: Path) -> None:
    later = tmp_path / "2027"
    later.mkdir()
    other = Signer.from_bytes("customs.example/log/2027", bytes([3]) * 32)
    (later / KEY_FILE).write_text(other.verifier.vkey)
    (tmp_path / KEY_FILE).write_text(VKEY)
    assert VKEY in proof_file(FOUND, ProofFile.PAGE, tmp_path).decode()


def test_a_page_is_checked_by_whichever_key_of_its_log_signed(tmp_path: Path) -> None:
    former = Signer.from_bytes(ORIGIN, bytes([5]) * 32)
    (tmp_path / KEY_FILE).write_text(former.verifier.vkey)
    (tmp_path / HANDOVERS).mkdir(parents=True)
    (tmp_path / HANDOVERS / "1").write_bytes(write_handover(former, SIGNER, 500, 600))
    assert VKEY in proof_file(FOUND, ProofFile.PAGE, tmp_path).decode()


def test_a_head_that_was_not_signed_in_cose_is_not_to_be_had_so(log_folder: Path) -> None:
    with pytest.raises(RequestError) as caught:
        proof_file(msgspec.to_builtins(NOTE_ONLY), ProofFile.COSE, log_folder)
    assert (caught.value.status, caught.value.code) == (406, "cose-unsigned")


def test_a_proof_that_does_not_hold_gets_no_page(tmp_path: Path, log_folder: Path) -> None:
    with pytest.raises(ProofError, match="No page is written"):
        proof_file({**FOUND, "index": 301}, ProofFile.PAGE, log_folder)
    with pytest.raises(StoreError):
        proof_file(FOUND, ProofFile.PAGE, tmp_path / "absent")
    (log_folder / KEY_FILE).unlink()
    with pytest.raises(ProofError, match="no key"):
        proof_file(FOUND, ProofFile.PAGE, log_folder)
