# SPDX-License-Identifier: Apache-2.0
"""A report as a file: HTML, PDF or a document for a word processor; the same record gives the same bytes.

PDF and document need the extra `reports` (typst, python-docx).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from importlib.util import find_spec
from typing import Any, Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.languages import ENGLISH, Language
from cocket.risk.rules import sheet
from cocket.trials.pilots.report import Block, SignedReport, blocks_of, title_of

Form = Literal["html", "pdf", "docx", "json"]

#: Form → its media type.
MEDIA: Final[dict[Form, str]] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
}

#: Packages that hold fonts of every writing; used where they are installed.
_FONTS: Final = ("manimgx_fonts",)

#: Moment that stands in files which must have one.
_NO_MOMENT: Final = (1980, 1, 1, 0, 0, 0)

_SPECIAL: Final = re.compile(r"[\\#\[\]*_`$<>@/=\-+~'\"]")
_HIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def write_report(report: SignedReport, form: Form, language: Language = ENGLISH) -> bytes:
    """A report as a file.

    Args:
        report: The report.
        form: Of the file; `json` is what `read_signed` checks.
        language: Of the words; `json` has none.

    Raises:
        SenderError: There is no such form, or the extra that writes it is not installed.
    """
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(report)) + b"\n"
    blocks, title = blocks_of(report, language), title_of(report, language)
    if form == "html":
        return _html(title, report.administration, blocks, language).encode()
    if form == "pdf":
        return _pdf(title, report.administration, blocks, language)
    if form == "docx":
        return _docx(title, report.administration, blocks)
    raise SenderError(
        "There is no such form of a report.", code="pilot-form", expected=", ".join(MEDIA), found=str(form)
    )


def _html(title: str, about: str, blocks: Sequence[Block], language: Language) -> str:
    sections: list[tuple[str, list[str]]] = []
    for one in blocks:
        if one.kind == "heading" or not sections:
            sections.append((one.text if one.kind == "heading" else "", []))
        if one.kind == "text":
            sections[-1][1].append(sheet.paragraph(one.text, quiet=one.is_quiet))
        elif one.kind == "table":
            sections[-1][1].append(sheet.table(one.heads, one.rows, words=len(one.heads)))
    return sheet.page(title, about, [sheet.section(heading, *parts) for heading, parts in sections], language)


def _pdf(title: str, about: str, blocks: Sequence[Block], language: Language) -> bytes:
    typst = _needed("typst")
    tag = language.tag.partition("-")[0].partition("_")[0]
    lines = [
        f"#set document(title: {_quoted(title)}, date: none)",
        f'#set text(lang: {_quoted(tag)}, size: 9.5pt, font: ("Noto Sans", "Libertinus Serif"))',
        '#set page(paper: "a4", margin: 2cm, numbering: "1 / 1")',
        "#set table(stroke: 0.4pt + luma(180), inset: 4pt)",
        "#show table: set text(size: 8.5pt)",
        f'#text(size: 16pt, weight: "bold")[{_escaped(title)}]',
        "",
        f"#text(fill: luma(90))[{_escaped(about)}]",
        "",
    ]
    for one in blocks:
        if one.kind == "heading":
            lines += [f"= {_escaped(one.text)}", ""]
        elif one.kind == "text":
            text = _escaped(one.text)
            lines += [f"#text(fill: luma(90))[{text}]" if one.is_quiet else text, ""]
        else:
            widths = ", ".join(["auto"] * (len(one.heads) - 1) + ["1fr"])
            cells = [f"table.header({', '.join(f'[*{_escaped(head)}*]' for head in one.heads)})"]
            cells += [f"[{_escaped(cell)}]" for row in one.rows for cell in row]
            lines += [f"#table(columns: ({widths},), {', '.join(cells)})", ""]
    folders = [str(resources.files(name)) for name in _FONTS if find_spec(name) is not None]
    try:
        return bytes(
            typst.compile(
                "\n".join(lines).encode(), format="pdf", timestamp=0, ignore_system_fonts=True, font_paths=folders
            )
        )
    except Exception as error:
        raise SenderError(f"The report could not be set: {error}", code="pilot-pdf") from error


def _docx(title: str, about: str, blocks: Sequence[Block]) -> bytes:
    docx = _needed("docx")
    document = docx.Document()
    document.core_properties.title = title[:250]
    document.core_properties.author = _clean(about)[:250]
    document.core_properties.created = document.core_properties.modified = datetime(1980, 1, 1, tzinfo=UTC)
    document.add_heading(_clean(title), 0)
    document.add_paragraph(_clean(about))
    for one in blocks:
        if one.kind == "heading":
            document.add_heading(_clean(one.text), 1)
        elif one.kind == "text":
            document.add_paragraph(_clean(one.text))
        else:
            table = document.add_table(rows=1, cols=len(one.heads))
            table.style = "Table Grid"
            for cell, head in zip(table.rows[0].cells, one.heads, strict=True):
                cell.text = _clean(head)
            for row in one.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = _clean(text)
    out = io.BytesIO()
    document.save(out)
    return _same_again(out.getvalue())


def _same_again(content: bytes) -> bytes:
    """A zip with its members in order and without the moment at which it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as written, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in sorted(written.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            member = zipfile.ZipInfo(name, date_time=_NO_MOMENT)
            member.compress_type = zipfile.ZIP_DEFLATED
            again.writestr(member, written.read(name))
    return out.getvalue()


def _needed(name: str) -> Any:
    """A package of the extra `reports`."""
    try:
        return __import__(name)
    except ImportError as error:
        raise SenderError(
            "This form of a report needs the extra reports, which is not installed here.",
            code="pilot-extra",
            hint="pip install 'cocket[reports]', or take html.",
        ) from error


def _escaped(text: str) -> str:
    """Text as typst takes it: nothing in it is markup."""
    return _SPECIAL.sub(lambda one: "\\" + one[0], _clean(text)).replace("\n", " ")


def _quoted(text: str) -> str:
    return '"' + _clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _clean(text: str) -> str:
    """Text without signs that no document may hold."""
    return _HIDDEN.sub(" ", text)
