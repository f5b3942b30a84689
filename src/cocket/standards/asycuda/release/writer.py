# SPDX-License-Identifier: Apache-2.0
"""The model → the file of a release order, in the form it was read, or by the tags of a profile."""

from __future__ import annotations

import msgspec

from cocket.errors import SenderError
from cocket.model import Document, ReleaseOrder
from cocket.standards.asycuda.form import fresh_form, split_extensions, write_paper
from cocket.standards.asycuda.profiles import ReleaseTags, by_name, choose, tag_problems
from cocket.standards.asycuda.release.layout import TAGS_PATH, Layout
from cocket.standards.asycuda.sheet import Sheet


def write(document: Document) -> bytes:
    """Write a release order.

    Args:
        document: What to write. Extensions of another standard are left out.

    Returns:
        The file as UTF-8.

    Raises:
        SenderError: It is no release order; or it was never read, and no profile of its office has the tags; or a
            value cannot stand in XML.

    Source: UNCTAD Customs Release Order XML message description 4.2.2, as far as it is known; the profile's tags.
    """
    if not isinstance(document, ReleaseOrder):
        raise SenderError("This document carries a release order and nothing else.", code="not-writable")
    form, kept = split_extensions(document.extensions)
    profile = by_name(form.profile if form else None) or choose(None, document.office.code)
    if form is None and not profile.release_order.root:
        raise SenderError(
            "The tags of release orders of this country are not known.",
            code="release-tags-unknown",
            found=document.office.code,
            hint="Use a profile that has them.",
        )
    written = kept.pop(TAGS_PATH, None)
    layout = _layout_kept(written) if written else Layout(profile.release_order)
    form = form or fresh_form(layout.outline, crlf=profile.crlf)
    sheet = Sheet(layout.outline.top)
    layout.record.write(document, profile, kept, sheet)
    return write_paper(sheet, layout.outline, form)


def _layout_kept(written: str) -> Layout:
    """The layout of the tags that were kept with a document."""
    try:
        tags = msgspec.json.decode(written, type=ReleaseTags)
        if problems := list(tag_problems(tags)):
            raise SenderError(f"The tags stored with the document do not fit: {problems[0]}.", code="form-unreadable")
        return Layout(tags)
    except ValueError as error:  # msgspec's own are among them
        raise SenderError(
            f"The tags stored with the document cannot be read: {error}.", code="form-unreadable"
        ) from error
