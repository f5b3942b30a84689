# SPDX-License-Identifier: Apache-2.0
"""The model → the file of a manifest or degroupage, in the form it was read or, if it never was, in the usual one."""

from __future__ import annotations

import msgspec

from cocket.errors import SenderError
from cocket.model import BillOfLading, Document, Manifest
from cocket.standards.asycuda.form import Form, fresh_form, split_extensions, write_paper
from cocket.standards.asycuda.manifest.fields import BILL, DEGROUPAGE, MANIFEST, MANIFEST_OUTLINE
from cocket.standards.asycuda.manifest.reader import CONSOLIDATED, MASTER, ROOTS, as_in_manifests, kind_of
from cocket.standards.asycuda.profiles import Dialect, Profile, by_name, choose
from cocket.standards.asycuda.sheet import Sheet

_BILLS = MANIFEST_OUTLINE.tables["Bol_segment"]
_CODES = "HS_Compliance"


def write(document: Document) -> bytes:
    """Write a manifest, or what its kind says; one with a master bill is a degroupage in any case.

    Args:
        document: What to write. Extensions of another standard are left out.

    Returns:
        The file as UTF-8.

    Raises:
        SenderError: It is not a manifest, or a value cannot stand in XML.

    Source: UNCTAD manifest XML message description.
    """
    if not isinstance(document, Manifest):
        raise SenderError("A manifest file carries a manifest, not a declaration.", code="not-writable")
    form, kept = split_extensions(document.extensions)
    was_read = form is not None
    profile = by_name(form.profile if form else None) or choose(None, document.office.code)
    form = form or fresh(document, profile.dialect)
    is_degroupage = kind_of(form.root) == "degroupage"
    profile = as_in_manifests(profile, form.dialect)
    sheet = Sheet(MANIFEST_OUTLINE.top)
    (DEGROUPAGE if is_degroupage else MANIFEST).write(document, profile, kept, sheet)
    sheet.tables["Bol_segment"] = [
        _bill(bill, profile, document.master_id if is_degroupage else None, was_read) for bill in document.bills
    ]
    return write_paper(sheet, MANIFEST_OUTLINE, form)


def fresh(document: Manifest, dialect: Dialect) -> Form:
    """The form of a manifest that was not read from a file of this host.

    Args:
        document: What is to be written; one with a master bill is a degroupage in any case.
        dialect: Its tags.

    Source: UNCTAD manifest XML message description.
    """
    return fresh_form(
        MANIFEST_OUTLINE,
        root=ROOTS["degroupage" if document.master_id is not None else document.kind],
        dialect=dialect,
        prolog='<?xml version="1.0" encoding="UTF-8"?>',
        indent=2,
        ends_line=True,
    )


def _bill(bill: BillOfLading, profile: Profile, master: str | None, was_read: bool) -> Sheet:
    """One bill; in a degroupage its master goes without saying, unless it was said."""
    texts = {extension.path: extension.value or "" for extension in bill.extensions} if was_read else {}
    if master is not None and bill.master_id == master and MASTER not in texts:
        bill = msgspec.structs.replace(bill, master_id=None)
    consolidated = texts.pop(CONSOLIDATED, None) if bill.level == "house" else None
    row = Sheet(_BILLS)
    BILL.write(bill, profile, texts, row)
    if was_read and bill.level == "house":
        del row.values[CONSOLIDATED]
        row.values |= {CONSOLIDATED: consolidated} if consolidated else {}
    stated = [code.values.get("HS_code", "").strip() for code in row.tables.get(_CODES, ())]
    if tuple(filter(None, stated)) != bill.hs_codes:
        row.tables[_CODES] = [_code(code) for code in bill.hs_codes]
    return row


def _code(code: str) -> Sheet:
    row = Sheet(_BILLS.tables[_CODES])
    row.values["HS_code"] = code
    return row
