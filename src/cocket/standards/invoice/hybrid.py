# SPDX-License-Identifier: Apache-2.0
"""An invoice inside a PDF: the file that a hybrid invoice carries beside the page for people.

The page is never read: what it shows and what the file says may differ, and only the file is data.
Source: ISO 32000-2 §7.11.4 (embedded file streams); Factur-X 1.0.7 and ZUGFeRD 2.3, annexes on PDF/A-3.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.standards.xml import LIMITS

_STREAM: Final = re.compile(rb"\bstream\r?\n")
_END: Final = b"endstream"

#: How an XML file begins, whatever its encoding mark.
_XML: Final = re.compile(rb"(\xef\xbb\xbf)?\s*<")
_INVOICE: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(CrossIndustryInvoice|Invoice|CreditNote)[\s>]")

#: Streams of one PDF that are looked at (count), and what all of them may unpack to (bytes).
_MOST_STREAMS: Final = 20_000
_BEGINNING: Final = 4096


def is_pdf(data: bytes) -> bool:
    """Whether bytes begin as a PDF does.

    Source: ISO 32000-2 §7.5.2.
    """
    return data[:1024].find(b"%PDF-") >= 0


def invoice_in_pdf(data: bytes) -> bytes:
    """The one invoice that a PDF carries as a file.

    Args:
        data: The PDF as received.

    Raises:
        UnreadableError: It carries none (`pdf-no-invoice`), several that differ (`pdf-several-invoices`), or is encrypted
            (`pdf-encrypted`).

    Source: ISO 32000-2 §7.11.4; Factur-X 1.0.7.
    """
    found = dict.fromkeys(one for one in _files(data) if _INVOICE.search(one[:_BEGINNING]))
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise _fault(
            "pdf-several-invoices",
            "the PDF carries {found} invoices that differ; give the one that holds",
            str(len(found)),
        )
    if b"/Encrypt" in data:
        raise _fault("pdf-encrypted", "the PDF is encrypted; save it without a password")
    raise _fault(
        "pdf-no-invoice",
        "the PDF carries no invoice as a file: a picture or a text of one cannot be read; enter it by hand",
    )


def _files(data: bytes) -> Iterator[bytes]:
    """Every stream of a PDF that is XML, unpacked (0..n); streams that are not are looked at no further than they begin."""
    room, view = LIMITS.size, memoryview(data)
    for number, begin in enumerate(_STREAM.finditer(data)):
        if number >= _MOST_STREAMS:
            return
        start = begin.end()
        if _XML.match(data, start):
            end = data.find(_END, start, start + room + len(_END))
            file = data[start : end if end >= 0 else start + room + 1].rstrip()
        else:
            file = _unpacked(view[start:], room + 1)
        if len(file) > room:
            raise _fault("pdf-too-large", "the files in the PDF are larger than {found} bytes", str(LIMITS.size))
        room -= len(file)
        if file:
            yield file


def _unpacked(packed: memoryview, most: int) -> bytes:
    """What a stream unpacks to, at most so many bytes, if it is XML; nothing if it is not, or is packed in another way."""
    unpacking = zlib.decompressobj()
    try:
        first = unpacking.decompress(packed[:_BEGINNING], _BEGINNING)
        if not _XML.match(first):
            return b""
        tail = unpacking.unconsumed_tail
        rest = unpacking.decompress(tail, most) if tail else b""
        if not unpacking.unconsumed_tail:
            rest += unpacking.decompress(packed[_BEGINNING:], max(1, most - len(rest)))
    except zlib.error:
        return b""
    return first + rest


def _fault(code: str, message: str, found: str | None = None) -> UnreadableError:
    finding = Finding(code=code, severity="error", message=message, found=found)
    return UnreadableError("No invoice could be read from the PDF.", code=code, findings=(finding,))
