# SPDX-License-Identifier: Apache-2.0
"""The standards as the house sees them: invoices in two syntaxes, and packing lists."""

from __future__ import annotations

from itertools import islice

from lxml import etree

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding, Gathered
from cocket.model import CommercialInvoice, Document, PackingList, Reading
from cocket.standards.invoice.reader import read_cii, read_packing_list, read_ubl_invoice
from cocket.standards.invoice.rules import check
from cocket.standards.invoice.structure import faults
from cocket.standards.invoice.tables import CII_SPACE, UBL_ROOTS, cii_outline, ubl_outline, ubl_space
from cocket.standards.invoice.writer import write_cii, write_ubl
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.shape import Outline

_UBL, _CII, _PACKING = "ubl-invoice", "cii", "ubl-packing"
_INVOICES, _LISTS = UBL_ROOTS[:2], UBL_ROOTS[2:]


def _read_ubl(source: Source, options: Options) -> Reading:
    outline = _outline_of(source, _INVOICES)
    return _reading(_UBL, read_ubl_invoice(source.root, outline), outline, source, options)


def _read_cii(source: Source, options: Options) -> Reading:
    if not _is_cii(source):
        raise _no_message(source)
    return _reading(_CII, read_cii(source.root, cii_outline()), cii_outline(), source, options)


def _read_packing(source: Source, options: Options) -> Reading:
    outline = _outline_of(source, _LISTS)
    return _reading(_PACKING, read_packing_list(source.root, outline), outline, source, options)


def _reading(
    standard: str, document: CommercialInvoice | PackingList, outline: Outline, source: Source, options: Options
) -> Reading:
    told = Gathered(options.limit)
    told.extend(faults(source.root, outline))
    told.extend(check(document))
    return Reading(
        standard=standard,
        version=_version(source.root),
        profile=standard,
        outcome="refused" if told.has_error else "accepted",
        document=document,
        findings=told.result(),
        reference=_reference(document),
    )


def _reference(document: CommercialInvoice | PackingList) -> str | None:
    """Number with its giver: two sellers may give the same one, and one sender may hand in both."""
    giver = document.seller if isinstance(document, CommercialInvoice) else document.consignor
    name = (giver.id or giver.name) if giver else None
    return f"{name}/{document.number}" if name and document.number else document.number


def _version(root: etree._Element) -> str | None:
    """The edition that the message names; CII names none."""
    for child in islice(root, 3):
        if str(child.tag).endswith("}UBLVersionID"):
            return (child.text or "").strip()[:20] or None
    return None


def _outline_of(source: Source, roots: tuple[str, ...]) -> Outline:
    space, name = source.root_name
    if name not in roots or space != ubl_space(name):
        raise _no_message(source)
    return ubl_outline(name)


def _is_ubl(source: Source, roots: tuple[str, ...]) -> bool:
    space, name = source.root_name
    return name is not None and name in roots and space == ubl_space(name)


def _is_cii(source: Source) -> bool:
    return source.root_name == (CII_SPACE, "CrossIndustryInvoice")


def _no_message(source: Source) -> UnreadableError:
    finding = Finding(
        code="invoice-message-unknown",
        severity="error",
        message="this is not a known invoice or packing list: the root element is {found}",
        found=str(source.root_name[1])[:200],
    )
    return UnreadableError("Not an invoice or packing list.", code=finding.code, findings=(finding,))


def _write_ubl(document: Document) -> bytes:
    if not isinstance(document, CommercialInvoice):
        raise SenderError("Only invoices are written as invoices of UBL.", found=type(document).__name__)
    return write_ubl(document)


def _write_cii(document: Document) -> bytes:
    if not isinstance(document, CommercialInvoice):
        raise SenderError("Only invoices are written as Cross Industry Invoices.", found=type(document).__name__)
    return write_cii(document)


def _write_packing(document: Document) -> bytes:
    if not isinstance(document, PackingList):
        raise SenderError("Only packing lists are written as packing lists of UBL.", found=type(document).__name__)
    return write_ubl(document)


UBL_INVOICE = Standard(
    name=_UBL,
    title="UBL invoice and credit note",
    recognises=lambda source: _is_ubl(source, _INVOICES),
    read=_read_ubl,
    write=_write_ubl,
    profiles=(_UBL,),
)
CII = Standard(
    name=_CII,
    title="UN/CEFACT Cross Industry Invoice",
    recognises=_is_cii,
    read=_read_cii,
    write=_write_cii,
    profiles=(_CII,),
)
UBL_PACKING = Standard(
    name=_PACKING,
    title="UBL packing list and despatch advice",
    recognises=lambda source: _is_ubl(source, _LISTS),
    read=_read_packing,
    write=_write_packing,
    profiles=(_PACKING,),
)
