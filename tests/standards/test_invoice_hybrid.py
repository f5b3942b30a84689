# SPDX-License-Identifier: Apache-2.0
"""An invoice inside a PDF is found by its file, and nothing else of the PDF is read."""

from __future__ import annotations

import random
import zlib

import pytest

from cocket import standards
from cocket.errors import UnreadableError
from cocket.model import CommercialInvoice
from cocket.standards.invoice import hybrid
from cocket.standards.invoice.hybrid import invoice_in_pdf, is_pdf
from tests.consignment.hand_drafts.invoices import goods, pdf, ubl
from tests.house.source import ROOT

CII = (ROOT / "tests" / "samples" / "cii" / "en16931-export.xml").read_bytes().strip()
XMP = b"<?xpacket?><x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize("content", [CII, ubl(goods(300))], ids=["cii", "ubl"])
def test_the_file_of_a_hybrid_invoice_comes_out_byte_for_byte(content: bytes, *, is_packed: bool) -> None:
    made = pdf({"metadata.xmp": XMP, "factur-x.xml": content}, is_packed=is_packed)
    assert is_pdf(made)
    assert invoice_in_pdf(made) == content
    assert isinstance(standards.read(content).document, CommercialInvoice)


def test_the_same_invoice_twice_is_one() -> None:
    assert invoice_in_pdf(pdf({"factur-x.xml": CII, "again.xml": CII})) == CII


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (pdf({"metadata.xmp": XMP}), "pdf-no-invoice"),
        (pdf({}), "pdf-no-invoice"),
        (pdf({"old.xml": CII, "new.xml": CII.replace(b"2520", b"2521")}), "pdf-several-invoices"),
        (pdf({}) + b"/Encrypt 9 0 R", "pdf-encrypted"),
    ],
)
def test_a_pdf_without_exactly_one_is_refused_with_what_to_do(made: bytes, code: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        invoice_in_pdf(made)
    assert refused.value.code == code == refused.value.findings[0].code


def test_a_file_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hybrid, "LIMITS", standards.Limits(size=100_000))
    for bomb in (
        pdf({"bomb.xml": b"<Invoice>" + b" " * 200_000}),
        pdf({"bomb.xml": b"<Invoice>" + b"a" * 200_000}, is_packed=False),
    ):
        with pytest.raises(UnreadableError) as refused:
            invoice_in_pdf(bomb)
        assert refused.value.code == "pdf-too-large"


def test_damaged_pdfs_raise_nothing_but_our_own_errors() -> None:
    rng, whole = random.Random(7), pdf({"factur-x.xml": CII, "metadata.xmp": XMP})
    outcomes = set()
    for _ in range(2000):
        made = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            made[rng.randrange(len(made))] = rng.randrange(256)
        try:
            invoice_in_pdf(bytes(made[: rng.randint(1, len(made))]))
            outcomes.add("read")
        except UnreadableError as error:
            outcomes.add(error.code)
    assert "read" in outcomes and "pdf-no-invoice" in outcomes


def test_a_stream_packed_in_another_way_is_passed_over() -> None:
    made = pdf({"factur-x.xml": CII}).replace(
        b"trailer", b"9 0 obj << >> stream\n" + zlib.compress(b"no xml") + b"\nendstream trailer"
    )
    assert invoice_in_pdf(made) == CII
