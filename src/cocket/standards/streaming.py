# SPDX-License-Identifier: Apache-2.0
"""The way in for large messages: recognised by their beginning, read part by part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from msgspec import structs

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.model import BillOfLading, Document, Reading
from cocket.standards import bounds
from cocket.standards._front import STANDARDS, profile_fault
from cocket.standards.edifact import looks_like_edifact
from cocket.standards.json import looks_like_json
from cocket.standards.json_parts import head_of
from cocket.standards.kind import Options, Source
from cocket.standards.low_value import RowParts, looks_like_rows
from cocket.standards.parts import Part, Streamed, root_of

#: Bytes of a message at most, unless the caller says otherwise.
SIZE = 1024 * 1024 * 1024

_CHUNK = 64 * 1024


def stream(file: BinaryIO, options: Options | None = None, *, size: int = SIZE) -> Streamed:
    """Begin to read a large message; only one of its parts is held at a time.

    Args:
        file: What to read from, at its beginning. What it raises itself is not caught.
        options: How to read; None for the defaults.
        size: Bytes of the whole message at most.

    Returns:
        The message: head, parts, and once these have been taken what is true of the whole.

    Raises:
        UnreadableError: It is no message of a standard that is read in parts; later, while the parts are taken, that
            it cannot be read on.
        SenderError: The tables or habits asked for are none.

    Source: the standard recognised.
    """
    opening = _opening(file)
    source = _source_of(opening)
    for standard in STANDARDS:
        if standard.stream is not None and standard.recognises(source):
            if (fault := profile_fault(standard, options or Options())) is not None:
                raise UnreadableError("The profile is not for this message.", code=fault.code, findings=(fault,))
            return _Bounded(standard.stream(_chunks(opening, file, size), options or Options()))
    known = ", ".join(standard.title for standard in STANDARDS if standard.stream)
    finding = Finding(
        code="standard-not-streamed",
        severity="error",
        message="a message of this size can only be read if it is one of: {expected}",
        expected=known,
    )
    raise UnreadableError("Not a message that is read in parts.", code=finding.code, findings=(finding,))


def check_stream(file: BinaryIO, options: Options | None = None, *, size: int = SIZE) -> Reading:
    """Read and check a large message; whatever is wrong with it is a finding.

    Args:
        file: What to read from, at its beginning. What it raises itself is not caught.
        options: How to read; None for the defaults.
        size: Bytes of the whole message at most.

    Returns:
        The reading, its document without parts; findings are the same, in the same order, as of the whole at once.

    Source: the standard recognised.
    """
    try:
        streamed = stream(file, options, size=size)
        for _part in streamed:
            pass
        return streamed.reading
    except UnreadableError as error:
        return Reading(outcome="refused", findings=bounds.tellable(error.findings))


class _Bounded:
    """A large message on its way through, each of its parts held to the bounds of the house.

    Args:
        streamed: The message as its standard gives it.
    """

    def __init__(self, streamed: Streamed) -> None:
        self._streamed = streamed
        self._beyond: list[Finding] = []

    @property
    def head(self) -> Document:
        return self._streamed.head

    def __iter__(self) -> Iterator[Part]:
        for number, part in enumerate(self._streamed, start=1):
            beyond = bounds.beyond_bounds(part.document, _place(part, number))
            self._beyond += beyond
            yield structs.replace(part, findings=(*part.findings, *beyond)) if beyond else part

    @property
    def findings(self) -> tuple[Finding, ...]:
        return bounds.tellable(self._streamed.findings)

    @property
    def reading(self) -> Reading:
        reading = bounds.within_bounds(self._streamed.reading)
        if not self._beyond:
            return reading
        return bounds.refused(reading, self._beyond, reading.findings)


def _place(part: Part, number: int) -> str:
    """Where a part stands in the reading of the whole."""
    if isinstance(part.document, BillOfLading):
        return f"Reading.document.bills[{number}]"
    return "Reading.document" if number == 1 else f"Reading.further[{number - 1}].document"


def _source_of(opening: bytes) -> Source:
    """The beginning of a message as something that a standard can be found for."""
    if looks_like_edifact(opening):
        return Source(opening, None)
    if looks_like_json(opening):
        return Source(opening, None, value=head_of(opening))
    if looks_like_rows(opening):
        return Source(opening, None, value=RowParts([]).rest)
    return Source(opening, root_of(opening))


def _opening(file: BinaryIO) -> bytes:
    """The first bytes, enough to recognise a message by; a pipe may give them in pieces."""
    opening = b""
    while len(opening) < _CHUNK and (more := file.read(_CHUNK - len(opening))):
        opening += more
    return opening


def _chunks(opening: bytes, file: BinaryIO, size: int) -> Iterator[bytes]:
    """The message in pieces, to a limit."""
    total, chunk = 0, opening
    while chunk:
        total += len(chunk)
        if total > size:
            finding = Finding(
                code="message-too-large",
                severity="error",
                message="the message has more than {expected} bytes",
                expected=str(size),
            )
            raise UnreadableError("The message is too large.", code=finding.code, findings=(finding,))
        yield chunk
        chunk = file.read(_CHUNK)
