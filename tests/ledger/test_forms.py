# SPDX-License-Identifier: Apache-2.0
"""One proof in several forms."""

from __future__ import annotations

import itertools

import pytest

from cocket.errors import ProofError
from cocket.ledger import InclusionProof, write_proof
from cocket.ledger.forms import Form, compact, form_of, read_form, verify_form, write_form
from tests.ledger.proofs import BLIND, BOTH, CONTENT, NOTE_ONLY, VKEY, holds, mutations, says_the_same
from tests.ledger.test_receipt import RECEIPT


@pytest.mark.parametrize("form", list(Form))
def test_a_form_is_told_by_its_content(form: Form) -> None:
    assert form_of(write_form(BOTH, form)) is form


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(Form, 2)))
@pytest.mark.parametrize("proof", [BOTH, BLIND])
def test_any_form_can_be_made_of_any_other(first: Form, second: Form, proof: InclusionProof) -> None:
    once = read_form(write_form(proof, first))
    assert isinstance(once, InclusionProof)
    twice = read_form(write_form(once, second))
    assert twice == proof


@pytest.mark.parametrize("form", list(Form))
def test_a_proof_holds_in_every_form(form: Form) -> None:
    assert holds(write_form(BOTH, form))
    assert not holds(write_form(BOTH, form), CONTENT + b" ")


def test_a_receipt_is_read_too() -> None:
    assert read_form(write_proof(RECEIPT)) == RECEIPT


def test_under_a_head_without_a_cose_signature_the_text_is_the_shortest() -> None:
    assert form_of(compact(BOTH)) is Form.COSE
    assert form_of(compact(NOTE_ONLY)) is Form.TLOG
    assert read_form(write_form(NOTE_ONLY, Form.CODES)) == NOTE_ONLY
    assert verify_form(NOTE_ONLY, VKEY, CONTENT).holds


@pytest.mark.parametrize("data", [b"", b"\0", b"{", b"\xd2\x84", b"COCKET:", b"c2sp.org/tlog-proof@v1", b"\xff" * 9])
def test_what_is_in_no_form_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError):
        read_form(data)


@pytest.mark.parametrize("form", [Form.JSON, Form.CODES])
def test_mutations_never_raise_anything_else(form: Form) -> None:
    written = write_form(BOTH, form)
    for changed in mutations(written):
        assert not holds(changed) or says_the_same(changed)
