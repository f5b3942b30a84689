# SPDX-License-Identifier: Apache-2.0
"""Papers that traders and officers send each other: of a few kinds, known by content and by name, harmless to keep and to give out.

A paper is taken only where its content is of one kind that is taken, its name ends as that kind does, and nothing of another kind hides
in it: such a file would be one thing to us and another to whoever opens it. It is kept as it came, and given out under a name that
ends as its kind says, to be saved and never to be shown.

Source: OWASP ASVS 5.0, V5.2.2 (type by content and ending), V5.3.2 (names), V5.4.1 (names given out); Unicode Standard Annex 9
(characters that turn the direction of a name).
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from hashlib import sha256
from typing import Final

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.control.evidence_files import CheckedFile, check_file, check_virus
from cocket.pipeline.control.views import NewFile
from cocket.settings import Settings

#: Longest name that is kept, without its ending (characters).
_LONGEST_STEM: Final = 120

#: Members of an office document at most (count), and the largest of those that are read (bytes).
_MOST_MEMBERS: Final = 5_000
_LARGEST_READ: Final = 1_000_000

#: How large an office document may be once it is unpacked (bytes), and how many times its size as it came; the first is always free.
_LARGEST_UNPACKED: Final = 200_000_000
_FREE_UNPACKED: Final = 20_000_000
_MOST_TIMES: Final = 200

#: Markup that a browser or Windows would run.
_MARKUP: Final = re.compile(
    rb"<\s*(?:!doctype\s+html|html|script|hta:|svg|iframe|body|\?xml-stylesheet)", re.IGNORECASE
)

#: What lets a PDF run programs.
_ACTIVE: Final = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia|XFA)\b")

#: What lets a PDF open an address or send what it holds as soon as it is opened.
_CALLS: Final = re.compile(
    rb"/(?:SubmitForm|ImportData|GoToR|GoToE)\b|/(?:OpenAction|AA)\s*<<(?:(?!endobj).){0,2000}?/URI\b", re.DOTALL
)

#: Beginning of the last part of a ZIP archive; the longest comment that may follow (bytes).
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_TAIL: Final = 65_535 + 22

#: Members of office documents that hold programs.
_PROGRAMS: Final = re.compile(
    r"(?:^|/)(?:vbaProject\.bin|vbaData\.xml|Basic/|Scripts/|activeX/|embeddings/.*\.bin$|.*\.(?:exe|dll|js|vbs|hta)$)",
    re.IGNORECASE,
)

#: Parts that say what an office document refers to, and a reference there to something outside it that is not a link to click on.
_RELATIONS: Final = re.compile(r"\.rels$", re.IGNORECASE)
_OUTSIDE: Final = re.compile(
    rb"<(?:\w+:)?Relationship\b(?=[^>]*TargetMode\s*=\s*[\"']External)(?![^>]*\bType\s*=\s*[\"'][^\"'>]*/hyperlink[\"'])[^>]*>"
)

#: Parts with text, and fields in them that fetch from another program.
_TEXTS: Final = re.compile(r"^(?:word/[^/]+\.xml|xl/externalLinks/[^/]+\.xml|content\.xml)$", re.IGNORECASE)
_FIELDS: Final = re.compile(rb"<(?:\w+:)?instrText\b[^>]*>([^<]*)<|\binstr\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_FETCHES: Final = re.compile(rb"\bDDE(?:AUTO)?\b", re.IGNORECASE)
_LINKED: Final = re.compile(rb"<(?:\w+:)?ddeLink\b|<office:dde-source\b|<text:dde-connection", re.IGNORECASE)


_OFFICE: Final = {
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    ),
}
_OPEN: Final = {
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def check_paper(name: str, content: bytes, settings: Settings) -> CheckedFile:
    """See that a paper is of a kind that is taken, and nothing else beside; name and kind as they are kept.

    Args:
        name: Name of the file, as it came.
        content: Its bytes.
        settings: The largest size, and how the virus scanner is asked.

    Raises:
        SenderError: It is not taken as it is; `findings` say why.
        PartnerError: The virus scanner could not be asked.
    """
    if not content:
        raise _refused("paper-empty", "the file is empty")
    if len(content) > settings.max_file_bytes:
        raise _refused("file-size", "the file is larger than {found} bytes", str(settings.max_file_bytes))
    type_, endings = _kind(content)
    cleaned = clean_name(name)
    stem, _, ending = cleaned.rpartition(".")
    if not stem or ending.lower() not in endings:
        raise _refused(
            "paper-ending", "the content is {expected}, so the name must end in {found}", f".{endings[0]}", type_
        )
    new = NewFile(
        id=str(new_id()),
        name=f"{stem[:_LONGEST_STEM]}.{endings[0]}",
        sha256=sha256(content).hexdigest(),
        content=content,
        kind="paper",
    )
    if type_.startswith("image/"):
        return check_file(new, settings)
    check_virus(content, settings)
    return CheckedFile(new=new, type=type_, shown=None, shown_type=None, facts={})


def clean_name(name: str) -> str:
    """A name of a file without its folders and without characters that cannot be seen, break lines or turn its direction."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(one for one in last if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    return " ".join(unicodedata.normalize("NFC", seen).split()).strip(". ")


def _kind(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Media type and endings of a paper, by its whole content."""
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    if _ZIP_END in content[-_ZIP_TAIL:]:
        raise _refused("paper-two", "the file is of two kinds at once: an archive is hidden in it")
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return "application/pdf", ("pdf",)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        end = content.find(b"IEND\xaeB`\x82")
        if end < 0 or content[end + 8 :].strip(b"\0"):
            raise _refused("paper-two", "something stands behind the end of the picture")
        return "image/png", ("png",)
    if content.startswith(b"\xff\xd8\xff"):
        if _MARKUP.search(content):
            raise _refused("paper-two", "the file is of two kinds at once: a page is hidden in it")
        return "image/jpeg", ("jpg", "jpeg")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if not any(one < 32 and one not in b"\t\r\n\f" for one in content):
            raise _refused("paper-encoding", "the text is not in UTF-8; save it as UTF-8 and send that") from None
        raise _not_taken() from None
    if any(unicodedata.category(one) == "Cc" and one not in "\t\r\n\f" for one in text):
        raise _not_taken()
    if text.lstrip().startswith(("<", "#!", "%PDF", "MZ")) or _MARKUP.search(content):
        raise _refused("paper-markup", "the file is a page or a program, which is not taken")
    return "text/plain", ("txt",)


def _check_pdf(content: bytes) -> None:
    end = content.rfind(b"%%EOF")
    if end < 0 or len(content) - end > 1024 or content[end + 5 :].strip():
        raise _refused("paper-two", "something stands behind the end of the PDF, or it has no end")
    if _MARKUP.search(content[:1024]):
        raise _refused("paper-two", "the file is of two kinds at once: a page is hidden in it")
    if _ACTIVE.search(content):
        raise _refused("paper-active", "the PDF holds a program; print it to PDF again and send that")
    if _CALLS.search(content):
        raise _refused(
            "paper-outside", "the PDF opens an address or sends data by itself; print it to PDF again and send that"
        )


def _archive(content: bytes) -> tuple[str, tuple[str, ...]]:
    """An office document, by what its archive says it is; no other archive is taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            first = min((one.header_offset for one in members), default=-1)
            end = content.rfind(_ZIP_END)
            if len(members) > _MOST_MEMBERS or first != 0 or archive.comment or len(content) - end != 22:
                raise _refused("paper-two", "something stands before, behind or beside the document in its archive")
            names = [one.filename for one in members]
            if any(one.flag_bits & 1 for one in members):
                raise _refused("paper-locked", "the document is locked by a password")
            if len(set(names)) != len(names) or any(_PROGRAMS.search(one) for one in names):
                raise _refused("paper-active", "the document holds macros or programs; save it without them")
            _check_parts(archive, len(content))
            for ending, type_ in _OPEN.items():
                if "mimetype" in names and _read(archive, "mimetype").strip().decode("latin-1") == type_:
                    return type_, (ending,)
            told = (
                _read(archive, "[Content_Types].xml").decode("utf-8", "replace")
                if "[Content_Types].xml" in names
                else ""
            )
            for ending, (type_, main) in _OFFICE.items():
                if f'"{main}"' in told:
                    return type_, (ending,)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError) as error:
        raise _refused("paper-broken", "the document cannot be opened as what it says it is") from error
    raise _not_taken()


def _check_parts(archive: zipfile.ZipFile, packed: int) -> None:
    """Refuse a document that unpacks to far more than it is, or that fetches something when it is opened."""
    unpacked = sum(one.file_size for one in archive.infolist())
    if unpacked > min(_LARGEST_UNPACKED, max(_FREE_UNPACKED, _MOST_TIMES * packed)):
        raise _refused("paper-unpacks", "the document unpacks to {found} bytes, which is too much", str(unpacked))
    for one in archive.infolist():
        if _RELATIONS.search(one.filename) and _OUTSIDE.search(_whole(archive, one)):
            raise _refused(
                "paper-outside",
                "the document fetches something from outside when it is opened; save a copy without that",
            )
        if _TEXTS.search(one.filename) and _fetches(_whole(archive, one)):
            raise _refused(
                "paper-active", "the document holds a field that starts another program; save it without them"
            )


def _fetches(text: bytes) -> bool:
    """Whether a part has a field that fetches from another program; the words of one field may stand in several pieces."""
    fields = b"".join(piece or of for piece, of in _FIELDS.findall(text))
    return _FETCHES.search(fields) is not None or _LINKED.search(text) is not None


def _whole(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """A part that is looked through; no more of it than it says that there is."""
    with archive.open(part) as member:
        return member.read(part.file_size)


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(_LARGEST_READ)


def _not_taken() -> SenderError:
    return _refused(
        "paper-type",
        "only PDF, PNG, JPEG, plain text, Word (docx), Excel (xlsx) and OpenDocument (odt, ods) are taken",
    )


def _refused(code: str, message: str, found: str | None = None, expected: str | None = None) -> SenderError:
    finding = Finding(code=code, severity="error", message=message, found=found, expected=expected)
    return SenderError(
        "The paper cannot be taken as it is.", code="paper", findings=(finding,), hint="See the reasons."
    )
