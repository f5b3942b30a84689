# SPDX-License-Identifier: Apache-2.0
"""The model → the file of a declaration, in the form it was read or, if it never was, in the usual one."""

from __future__ import annotations

import msgspec

from cocket.errors import SenderError
from cocket.model import Declaration, Document
from cocket.standards.asycuda.form import fresh_form, split_extensions, write_paper
from cocket.standards.asycuda.profiles import by_name, choose
from cocket.standards.asycuda.sad.fields import DECLARATION, ITEM, SAD_OUTLINE
from cocket.standards.asycuda.sheet import Sheet


def write(document: Document) -> bytes:
    """Write a declaration.

    Args:
        document: What to write. Extensions of another standard are left out.

    Returns:
        The file as UTF-8.

    Raises:
        SenderError: It is not a declaration, or a value cannot stand in XML.

    Source: public SAD files.
    """
    if not isinstance(document, Declaration):
        raise SenderError("A SAD carries a declaration, not a manifest.", code="not-writable")
    form, kept = split_extensions(document.extensions)
    was_read = form is not None
    profile = by_name(form.profile if form else None) or choose(None, document.office.code)
    form = form or fresh_form(SAD_OUTLINE, crlf=profile.crlf)
    profile = msgspec.structs.replace(profile, rate_unit=form.rates or profile.rate_unit)
    sheet = Sheet(SAD_OUTLINE.top)
    DECLARATION.write(document, profile, kept, sheet)
    rows = []
    for item in document.shipment.items:
        row = Sheet(SAD_OUTLINE.tables["Item"])
        texts = {extension.path: extension.value or "" for extension in item.extensions} if was_read else {}
        ITEM.write(item, profile, texts, row)
        rows.append(row)
    sheet.tables["Item"] = rows
    return write_paper(sheet, SAD_OUTLINE, form)
