# SPDX-License-Identifier: Apache-2.0
"""What the readers of smaller papers do alike: take the paper apart, read whole and rows, judge, write again.

Source: the field tables of each paper name theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding, Gathered
from cocket.model import Document, Extension, Reading
from cocket.standards.asycuda.form import form_of, fresh_form, split_extensions, write_paper
from cocket.standards.asycuda.mapping import Record, in_order
from cocket.standards.asycuda.outline import Outline
from cocket.standards.asycuda.profiles import PREFIX, Profile, by_name, choose
from cocket.standards.asycuda.sheet import Paper, Sheet
from cocket.standards.kind import Options, Source

#: Attribute of the root by which the host knows a paper.
HOST_ID = "@id"


class Judged(msgspec.Struct, frozen=True):
    """A paper, and the habits it is judged by.

    Attributes:
        paper: The paper, all its values in sheets.
        profile: Habits of the country.
    """

    paper: Paper
    profile: Profile

    @property
    def whole(self) -> Sheet:
        """The outermost sheet."""
        return self.paper.sheet

    def rows(self, table: str) -> list[Sheet]:
        """Filled rows of a table (0..n)."""
        return self.whole.tables.get(table, [])

    def text(self, path: str) -> str:
        """A text of the whole without outer white space; empty if it is missing."""
        return self.whole.values.get(path, "").strip()


class Kind(msgspec.Struct, frozen=True):
    """A paper of a whole and rows of one kind.

    Attributes:
        name: Name of the standard.
        noun: What it is, for an error text.
        outline: Its elements.
        record: The whole; the rows stand apart.
        rows: Attribute of the whole that holds the rows.
        table: Path of the table they stand in.
        row: One row, with extensions of its own.
    """

    name: str
    noun: str
    outline: Outline
    record: Record
    rows: str
    table: str
    row: Record


def read_kind(
    kind: Kind,
    source: Source,
    options: Options,
    finish: Callable[[dict[str, Any]], dict[str, Any]],
    check: Callable[[Judged], Iterator[Finding]],
) -> Reading:
    """Read and check one paper.

    Args:
        kind: What it is.
        source: The message.
        options: How to read; a profile of another standard is as good as none.
        finish: Attributes as told → those that follow from them, such as references.
        check: Its rules.

    Returns:
        The reading; its reference is the host's own id, which stays the same while the paper is stored and changed.

    Raises:
        SenderError: There is no such profile.
    """
    paper = Paper(source.root, kind.outline)
    profile = choose(options.profile, None)
    form = msgspec.structs.replace(form_of(paper, source.root, source.data), profile=profile.name)
    extensions = [form.as_extension()]
    told = kind.record.read(paper.sheet, profile, extensions)
    for name, value in source.root.attrib.items():
        if "@" + name == HOST_ID and value.strip() == value and value:
            told["id"] = value
        else:
            extensions.append(Extension("@" + name, value))
    told[kind.rows] = tuple(_row(kind.row, sheet, profile) for sheet in paper.sheet.tables.get(kind.table, ()))
    told["extensions"] = in_order(extensions)
    document = kind.record.build(told | finish(told))
    findings = Gathered(options.limit)
    findings.extend(check(Judged(paper, profile)))
    return Reading(
        standard=kind.name,
        profile=PREFIX + profile.name,
        outcome="refused" if findings.has_error else "accepted",
        document=document,
        findings=findings.result(),
        reference=told.get("id"),
    )


def _row(record: Record, sheet: Sheet, profile: Profile) -> Any:
    extensions: list[Extension] = []
    told = record.read(sheet, profile, extensions)
    return record.build(told | {"extensions": in_order(extensions)})


def write_kind(kind: Kind, document: Document) -> bytes:
    """Write one paper, in the form it was read or, if it never was, in the usual one.

    Args:
        kind: What it is.
        document: What to write. Extensions of another standard are left out.

    Raises:
        SenderError: It is another kind of document, or a value cannot stand in XML.
    """
    if not isinstance(document, kind.record.cls):
        raise SenderError(f"This document carries {kind.noun} and nothing else.", code="not-writable")
    content: Any = document
    form, kept = split_extensions(content.extensions)
    was_read = form is not None
    profile = by_name(form.profile if form else None) or choose(None, None)
    form = form or fresh_form(kind.outline)
    sheet = Sheet(kind.outline.top)
    if content.id is not None:
        kept[HOST_ID] = content.id
    kind.record.write(content, profile, kept, sheet)
    rows = []
    for member in getattr(content, kind.rows):
        rows.append(Sheet(kind.outline.tables[kind.table]))
        texts = {extension.path: extension.value or "" for extension in member.extensions} if was_read else {}
        kind.row.write(member, profile, texts, rows[-1])
    if rows:
        sheet.tables[kind.table] = rows
    return write_paper(sheet, kind.outline, form)
