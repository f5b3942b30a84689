# SPDX-License-Identifier: Apache-2.0
"""One proof, several forms: which one a file is in, told by its content, and one way to check them all.

JSON is ours, `.tlog-proof` is for verifiers of transparency logs, COSE for those of SCITT, and the text of the codes on
a printed page is the COSE form once more. They carry the same things: any can be made of any other, without a key.
"""

from __future__ import annotations

from enum import Enum

from cocket.errors import ProofError
from cocket.ledger.codes import CODE_PREFIX, from_codes, to_codes
from cocket.ledger.cose import check_root_signature, from_cose, read_cose, write_cose
from cocket.ledger.note import Verifier
from cocket.ledger.receipt import InclusionProof, Receipt, Verdict, read_proof, verify_inclusion_proof, write_proof
from cocket.ledger.tlog_proof import TLOG_PROOF, read_tlog_proof, write_tlog_proof

#: A COSE receipt begins with tag 18, COSE_Sign1.
_COSE_BEGINS = (b"\xd2", b"\xd8\x12")


class Form(Enum):
    """How a receipt or proof is written; the value is its media type, or the nearest there is."""

    JSON = "application/json"
    TLOG = "text/plain"
    COSE = "application/cose"
    CODES = "text/x-codes"


def form_of(data: bytes) -> Form:
    """The form that bytes are in, by how they begin; JSON where nothing else fits.

    Source: C2SP tlog-proof; RFC 9052 §4.2; ours is the text of the codes.
    """
    if data.startswith(TLOG_PROOF.encode()):
        return Form.TLOG
    if data.startswith(_COSE_BEGINS):
        return Form.COSE
    return Form.CODES if data.lstrip().startswith(CODE_PREFIX.encode()) else Form.JSON


def read_form(data: bytes) -> Receipt | InclusionProof:
    """A receipt or inclusion proof in whichever form it is.

    Args:
        data: The file.

    Returns:
        What it holds, not yet checked.

    Raises:
        ProofError: It is in none of the forms, or malformed.

    Source: C2SP tlog-proof; RFC 9942; RFC 8259.
    """
    match form_of(data):
        case Form.TLOG:
            return read_tlog_proof(data)
        case Form.COSE:
            return from_cose(read_cose(data))
        case Form.CODES:
            return read_form(from_codes(data))
        case Form.JSON:
            return read_proof(data)


def write_form(proof: InclusionProof, form: Form) -> bytes:
    """An inclusion proof in a form.

    Args:
        proof: The proof; it need not hold.
        form: The form.

    Returns:
        The file; the codes as lines of text, one a code.

    Raises:
        ProofError: The proof cannot be written so, such as in COSE under a head that was not signed in COSE.

    Source: C2SP tlog-proof; RFC 9942; RFC 8259.
    """
    match form:
        case Form.TLOG:
            return write_tlog_proof(proof)
        case Form.COSE:
            return write_cose(proof)
        case Form.CODES:
            return ("\n".join(to_codes(compact(proof))) + "\n").encode()
        case Form.JSON:
            return write_proof(proof)


def compact(proof: InclusionProof) -> bytes:
    """An inclusion proof in its shortest form: COSE, or text under a head that was not signed in COSE.

    Raises:
        ProofError: The proof cannot be written at all.

    Source: RFC 9942; C2SP tlog-proof.
    """
    try:
        return write_cose(proof)
    except ProofError as error:
        if error.code != "cose-unsigned":
            raise
    return write_tlog_proof(proof)


def verify_form(proof: InclusionProof, log_vkey: str, content: bytes | None = None) -> Verdict:
    """Check an inclusion proof that came in any form, offline.

    Args:
        proof: The proof.
        log_vkey: The log's public key, as a vkey line.
        content: The record's bytes as they were sent; None if they are not at hand.

    Returns:
        The checks of `verify_inclusion_proof`; before them that of the COSE signature, if the head has one.

    Raises:
        ProofError: The public key is not one.

    Source: RFC 9162 §2.1.3.2; C2SP tlog-checkpoint; RFC 9942.
    """
    verdict = verify_inclusion_proof(proof, log_vkey, content=content)
    cose = check_root_signature(proof.checkpoint, Verifier.from_vkey(log_vkey))
    return verdict if cose is None else Verdict((cose, *verdict.checks))
