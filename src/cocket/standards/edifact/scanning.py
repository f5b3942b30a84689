# SPDX-License-Identifier: Apache-2.0
"""Bytes → segments: the service string advice, the character set, releases, lines and columns.

Source: ISO 9735-1 (syntax version 4) §5 to §8; ISO 9735:1988.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from cocket.findings import Gathered
from cocket.standards.edifact.findings import finding, unreadable
from cocket.standards.edifact.separators import (
    CHARACTER_SETS,
    Separators,
    forbidden,
    from_advice,
    whole_segments,
)

#: How EDIFACT begins, be it right or not: with what stands before the advice or the header by mistake.
_START = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(UN[ABGH](?![A-Za-z0-9])|UNA|una)")
_SYNTAX = re.compile(rb"UNB[^A-Za-z0-9]{1,3}([A-Z]{4})")
_ADVICE = 9

#: Characters of one segment at most.
SEGMENT = 64 * 1024
#: Characters outside the character set that are told, at most (count).
_TOLD = 10

#: A segment's text without terminator, with the line and column where it begins (1-based).
Token = tuple[str, int, int]


def looks_like_edifact(data: bytes) -> bool:
    """Whether bytes begin as an interchange does, be it right or not.

    Args:
        data: The beginning of the bytes is enough.

    Source: ISO 9735-1 §7, UNA and UNB.
    """
    return _START.match(data[:256]) is not None


class Scanner:
    """The segments of one interchange after another.

    Args:
        chunks: The bytes in order.
        told: Takes the findings.
    """

    def __init__(self, chunks: Iterable[bytes], told: Gathered) -> None:
        self._chunks = iter(chunks)
        self._told = told
        self._bytes = b""
        self._line = self._column = 1
        self.separators = Separators()
        self.syntax = "UNOA"

    def interchanges(self) -> Iterator[Iterator[Token]]:
        """The segments of each interchange, to be taken before the next one is asked for.

        Raises:
            UnreadableError: It cannot be read on, as a finding says.

        Source: ISO 9735-1 §7.
        """
        is_first = True
        while self._fill(1):
            self._skip(is_first=is_first)
            if not self._fill(3) and not self._bytes:
                break
            if self._bytes[:3] not in (b"UNA", b"UNB"):
                code = "edifact-header-missing" if is_first else "edifact-trailing"
                raise unreadable(finding(code, self._here, "", "UNB" if is_first else None, self._sight()))
            yield self._interchange()
            is_first = False

    @property
    def _here(self) -> tuple[int, int]:
        return self._line, self._column

    def _sight(self) -> str:
        return self._bytes[:20].decode("ascii", "backslashreplace")

    def _fill(self, least: int) -> bool:
        """Have at least so many bytes at hand; whether there are."""
        while len(self._bytes) < least:
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._bytes += chunk
        return True

    def _skip(self, *, is_first: bool) -> None:
        """Pass over line ends, and what does no harm in front of the first or behind the last interchange."""
        self._fill(64)
        at, here = 0, self._bytes
        if is_first and here.startswith(codecs.BOM_UTF8):
            at = len(codecs.BOM_UTF8)
            self._told.add(finding("edifact-leading", self._here, found="a byte order mark"))
        while at < len(here) and here[at] in b"\r\n \x1a":
            if here[at] in b" \x1a":
                self._told.add(finding("edifact-leading" if is_first else "edifact-trailing", self._here))
            if here[at] == ord("\n"):
                self._line, self._column = self._line + 1, 1
            at += 1
            if at == len(here) and self._fill(at + 1):
                here = self._bytes
        self._bytes = here[at:]

    def _interchange(self) -> Iterator[Token]:
        self._fill(512)
        self._advice()
        found = _SYNTAX.match(self._bytes)
        if found is None:
            raise unreadable(finding("edifact-header-missing", self._here, "", "UNB", self._sight()))
        self.syntax = found[1].decode("ascii")
        if self.syntax not in CHARACTER_SETS:
            known = ", ".join(CHARACTER_SETS)
            raise unreadable(finding("edifact-syntax-unknown", self._here, "UNB 1.1", known, self.syntax))
        return self._segments()

    def _advice(self) -> None:
        self.separators = Separators()
        if self._bytes[:3] == b"UNA":
            advice = self._bytes[3:_ADVICE].decode("latin-1")
            separators = from_advice(advice) if len(advice) == _ADVICE - 3 else "it does not have nine characters"
            if isinstance(separators, str):
                raise unreadable(finding("edifact-una", self._here, "UNA", found=repr(advice)[1:-1], why=separators))
            self.separators = separators
            self._bytes = self._bytes[_ADVICE:]
            self._column += _ADVICE
            while self._fill(1) and self._bytes[:1] in (b"\r", b"\n"):
                if self._bytes[:1] == b"\n":
                    self._line, self._column = self._line + 1, 1
                self._bytes = self._bytes[1:]
            self._fill(512)

    def with_repetition(self) -> None:
        """Let an asterisk repeat, as syntax version 4 does where no advice says otherwise.

        Source: ISO 9735-1 §7, default service characters of version 4.
        """
        if self.separators == Separators():
            self.separators = Separators(repetition="*")

    def _texts(self) -> Iterator[str]:
        """The rest of the bytes as text, each character looked at."""
        codec, _ = CHARACTER_SETS[self.syntax]
        decoder = codecs.getincrementaldecoder(codec)()
        outside, told = forbidden(self.syntax, self.separators), 0
        chunk: bytes | None = self._bytes
        self._bytes = b""
        while chunk is not None:
            try:
                text = decoder.decode(chunk)
            except UnicodeError as error:
                raise unreadable(finding("edifact-encoding", self._here, "UNB 1.1", codec.upper())) from error
            for found in outside.finditer(text):
                self._character(text, found)
                told += 1
                if told >= _TOLD:
                    outside = re.compile("(?!)")
                    break
            yield text
            chunk = next(self._chunks, None)
        try:
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise unreadable(finding("edifact-encoding", self._here, "UNB 1.1", codec.upper())) from error

    def _character(self, text: str, found: re.Match[str]) -> None:
        before = text[: found.start()]
        line = self._line + before.count("\n")
        column = found.start() - before.rfind("\n") if "\n" in before else self._column + found.start()
        is_control = ord(found[0]) < ord(" ") or 0x7F <= ord(found[0]) <= 0x9F
        code = "edifact-control-character" if is_control else "edifact-character"
        self._told.add(finding(code, (line, column), "", self.syntax, repr(found[0])[1:-1]))

    def _segments(self) -> Iterator[Token]:
        """Segments up to the end of the interchange; what is behind it is kept for the next."""
        carry = ""
        texts = self._texts()
        for text in texts:
            pieces, carry = self._pieces(carry + text)
            if len(carry) > SEGMENT:
                break
            for number, piece in enumerate(pieces):
                token = self._token(piece)
                is_end = token[0].startswith("UNZ")
                if is_end:  # nobody asks for what is behind it
                    rest = "".join(f"{each}{self.separators.terminator}" for each in pieces[number + 1 :]) + carry
                    self._bytes = rest.encode(CHARACTER_SETS[self.syntax][0], "replace")
                yield token
                if is_end:
                    return
        if carry.strip("\r\n"):
            release = self.separators.release
            line_ends = carry[: len(carry) - len(carry.lstrip("\r\n"))].count("\n")
            where = carry.strip("\r\n")[:3]
            code = "edifact-release-end" if release and carry.endswith(release) else "edifact-not-terminated"
            raise unreadable(finding(code, (self._line + line_ends, 1 if line_ends else self._column), where))

    def _pieces(self, text: str) -> tuple[list[str], str]:
        """The whole segments of a text, and what is left of it."""
        separators = self.separators
        if separators.release is None or separators.release not in text:
            *pieces, rest = text.split(separators.terminator)
            return pieces, rest
        pieces, end = [], 0
        whole = whole_segments(separators)
        while found := whole.match(text, end):  # a search would begin anew at every sign of what has no end
            pieces.append(found[1])
            end = found.end()
        return pieces, text[end:]

    def _token(self, piece: str) -> Token:
        if piece[:1] in ("\r", "\n"):
            stripped = piece.lstrip("\r\n")
            ends = piece[: len(piece) - len(stripped)].count("\n")
            if ends:
                self._line, self._column = self._line + ends, 1
            piece = stripped
        token = (piece, self._line, self._column)
        if "\n" in piece or "\r" in piece:
            self._told.add(finding("edifact-line-break", (self._line, self._column), piece[:3]))
            self._line += piece.count("\n")
            self._column = len(piece) - piece.rfind("\n")
        else:
            self._column += len(piece)
        self._column += 1
        if len(piece) > SEGMENT:
            what = "characters in one segment"
            raise unreadable(finding("edifact-too-large", token[1:], piece[:3], str(SEGMENT), what=what))
        return token
