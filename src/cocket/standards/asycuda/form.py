# SPDX-License-Identifier: Apache-2.0
"""The form a paper was written in, remembered beside its content, and writing a paper in that form.

Source: public SAD files: two forms of empty, padded tables, byte order marks, CR LF.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec
from lxml import etree

from cocket.errors import SenderError
from cocket.model import Extension
from cocket.standards.asycuda.outline import Node, Outline
from cocket.standards.asycuda.profiles import Dialect, RateUnit
from cocket.standards.asycuda.sheet import Paper, Sheet, steps_of

#: Path of the extension that carries the form; no element or attribute can have this name.
FORM_PATH = "#form"

_BOM = b"\xef\xbb\xbf"
_PROLOG = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'


class Form(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a paper was written, apart from what it says.

    Attributes:
        root: Tag of the root.
        profile: Profile it was read by, where the office does not tell.
        rates: Unit of tax rates that its own arithmetic showed; None where the profile tells or nothing does.
        dialect: Tags of the manifest.
        empty: How an empty text is written: with `<null/>` on a line of its own or in line, or with nothing.
        prolog: XML declaration as written; empty if there was none.
        bom: Whether a byte order mark stands before it.
        crlf: Whether lines end in CR LF.
        indent: Spaces a level; None if all stands in one line.
        ends_line: Whether a line end follows the root.
        rows: Rows of padded tables by full path (count).
        absent: Usual elements that were not there, by full path, with all in them.
        present: Seldom elements that were there and empty, by full path.
        spelling: Tag as written by full path, where it differs from the outline.
    """

    root: str
    profile: str | None = None
    rates: RateUnit | None = None
    dialect: Dialect = "generic"
    empty: Literal["block", "inline", "bare"] = "block"
    prolog: str = _PROLOG
    bom: bool = False
    crlf: bool = False
    indent: int | None = 0
    ends_line: bool = False
    rows: dict[str, int] = {}
    absent: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    spelling: dict[str, str] = {}

    def as_extension(self) -> Extension:
        """The form as the extension that travels with a document."""
        return Extension(FORM_PATH, msgspec.json.encode(self).decode())


def form_of(paper: Paper, root: Any, data: bytes) -> Form:
    """Look at how a paper was written.

    Args:
        paper: The paper taken apart.
        root: Its root element.
        data: The bytes as received.

    Source: public SAD files: two forms of empty, padded tables, byte order marks, CR LF.
    """
    head = data[:200]
    gap = root.text
    return Form(
        root=paper.root,
        empty=paper.null or "bare",  # type: ignore[arg-type]  # a paper knows two kinds of null
        prolog=_prolog(head.removeprefix(_BOM)),
        bom=head.startswith(_BOM),
        crlf=b"\r\n" in head,
        indent=len(gap.rpartition("\n")[2]) if gap and gap.isspace() and "\n" in gap else None,
        ends_line=data.endswith(b"\n"),
        rows=dict(sorted(paper.rows.items())),
        absent=_absent(paper),
        present=tuple(sorted(paper.bare)),
        spelling=dict(sorted(paper.spelling.items())),
    )


def fresh_form(outline: Outline, **habits: Any) -> Form:
    """The form of a paper that was not read before: all usual elements, all tables padded.

    Args:
        outline: The paper.
        habits: Fields of `Form` that differ from the defaults.

    Source: public SAD files.
    """
    rows = {full: node.padded_to for full, node in outline.tables.items() if node.padded_to}
    return Form(**({"root": outline.top.name, "rows": rows} | habits))


def split_extensions(extensions: Iterable[Extension]) -> tuple[Form | None, dict[str, str]]:
    """Part the form from the other extensions of a document.

    Returns:
        The form and the texts by path. Extensions of a document without a form are another standard's: none are given.
    """
    texts = {extension.path: extension.value or "" for extension in extensions}
    written = texts.pop(FORM_PATH, None)
    if written is None:
        return None, {}
    try:
        return msgspec.json.decode(written, type=Form), texts
    except msgspec.MsgspecError as error:
        raise SenderError(
            f"The form stored with the document cannot be read: {error}", code="form-unreadable"
        ) from error


def write_paper(sheet: Sheet, outline: Outline, form: Form) -> bytes:
    """Write a paper.

    Args:
        sheet: Its values and tables; attributes of the root stand under `@name`.
        outline: Its elements in order.
        form: How to write it.

    Returns:
        The file.

    Raises:
        SenderError: A value or a path cannot stand in XML.

    Source: public SAD files; UNCTAD manifest message description.
    """
    try:
        root = etree.Element(form.root)
        for path in [path for path in sheet.values if path.startswith("@")]:
            root.set(path[1:], sheet.values.pop(path))
        _Writer(outline, form).fill(root, outline.top, sheet)
        if form.indent is not None:
            etree.indent(root, space=" " * form.indent)
        if form.empty == "inline" or form.indent is None:
            _surround_nulls(root, None if form.empty == "inline" else "\n")
        body = etree.tostring(root, encoding="unicode")
    except ValueError as error:
        raise SenderError(f"The document cannot be written as XML: {error}", code="not-writable") from error
    text = "\n".join(filter(None, (form.prolog, body))) + "\n" * form.ends_line
    return _BOM * form.bom + (text.replace("\n", "\r\n") if form.crlf else text).encode()


class _Writer:
    def __init__(self, outline: Outline, form: Form) -> None:
        absent = form.absent
        self._form = form
        self._blank = {
            full for full in outline.usual if not any(full == a or full.startswith(a + "/") for a in absent)
        } | set(form.present)

    def fill(self, element: Any, node: Node, sheet: Sheet) -> None:
        """Write one sheet into its element: the known in the order of the outline, then the unknown."""
        places: dict[str, Any] = {}
        if "" not in sheet.values:  # the element holds a text of its own and nothing else
            self._grow(element, node, sheet, places)
        known = set(places)
        for path, text in sheet.values.items():
            if path not in known:
                self._plant(element, path, text, places)

    def _grow(self, element: Any, node: Node, sheet: Sheet, places: dict[str, Any]) -> None:
        for child in node.order:
            name = self._form.spelling.get(child.full, child.name)
            if child.is_table:
                rows = sheet.tables.get(child.path, [])
                if child.is_flat and rows:
                    places[child.path] = wrapper = etree.SubElement(element, name)
                    for row in rows:
                        self.fill(wrapper, child, row)
                elif not child.is_flat:
                    self._write_rows(element, child, name, rows)
            elif child.kind is None and child.path not in sheet.values:
                container = etree.SubElement(element, name)
                self._grow(container, child, sheet, places)
                if len(container):
                    places[child.path] = container
                else:
                    element.remove(container)
            elif text := sheet.values.get(child.path):
                places[child.path] = leaf = etree.SubElement(element, name)
                leaf.text = text
            elif child.full in self._blank or (node.is_flat and child is node.order[0]):
                places[child.path] = leaf = etree.SubElement(element, name)
                if child.kind == "text" and self._form.empty != "bare":
                    etree.SubElement(leaf, "null")

    def _write_rows(self, element: Any, node: Node, name: str, rows: list[Sheet]) -> None:
        padding = max(0, self._form.rows.get(node.full, 0) - len(rows))
        for row in (*rows, *(Sheet(node) for _ in range(padding))):
            self.fill(etree.SubElement(element, name), node, row)

    def _plant(self, element: Any, path: str, text: str, places: dict[str, Any]) -> None:
        """Put a value where the outline has no place: after the known elements of its parent."""
        way = ""
        for tag, position in steps_of(path):
            if tag.startswith("@"):
                element.set(tag[1:], text)
                return
            way += ("/" if way else "") + (tag if position == 1 else f"{tag}[{position}]")
            if way not in places:
                places[way] = etree.SubElement(element, tag)
            element = places[way]
        element.text = text or None


def _surround_nulls(root: Any, gap: str | None) -> None:
    """Put the same before and after each `null`."""
    for null in root.iter("null"):
        null.tail = null.getparent().text = gap


def _prolog(head: bytes) -> str:
    """The XML declaration as written, or ours where it names another encoding than the one we write."""
    if not head.startswith(b"<?xml"):
        return ""
    written = head[: head.find(b"?>") + 2].decode("ascii", errors="replace")
    names_utf8 = "encoding" not in written or "utf-8" in written.lower()
    return written if names_utf8 and written.endswith("?>") else _PROLOG


def _absent(paper: Paper) -> tuple[str, ...]:
    """Usual elements that a paper has not, each by the outermost element that is missing as a whole."""
    leaves, seen = paper.outline.leaves, paper.seen
    missing = [leaves[full] for full in paper.outline.usual - seen]
    missing = [leaf for leaf in missing if leaf.table is None or leaf.table in seen]
    if not missing:
        return ()
    present = {above for full in seen for above in _ancestors(full)}
    outermost = set()
    for leaf in missing:
        gone = leaf.full
        while (above := gone.rpartition("/")[0]) and above != leaf.table and above not in present:
            gone = above
        outermost.add(gone)
    return tuple(sorted(outermost))


def _ancestors(full: str) -> Iterator[str]:
    while full := full.rpartition("/")[0]:
        yield full
