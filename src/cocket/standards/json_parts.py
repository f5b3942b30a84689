# SPDX-License-Identifier: Apache-2.0
"""JSON taken apart as it comes in: the entries of one list of a message one by one, and the rest of it.

What `cocket.standards.json` limits of a whole message is limited here of one entry, and of all that is no entry.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.standards.json import SPACE, parse_part

#: Characters of one entry at most, and of all that is no entry together.
PART = 2 * 1024 * 1024

_BOM = "\ufeff"
#: A fault this many characters before the end of what is held is none that more text could mend, but in a string.
_TOKEN = 64


class JsonParts:
    """The entries of one list of a message, in order; the other members are kept.

    Args:
        chunks: The bytes in order.
        member: Name of the list, a member of the message itself.

    Raises:
        UnreadableError: While iterating: it is not valid JSON, is ambiguous, too large or too deep.

    Source: RFC 8259; RFC 7493 §2; limits are ours.
    """

    def __init__(self, chunks: Iterable[bytes], member: str) -> None:
        self._text = _Text(chunks)
        self._member = member
        #: Members of the message met so far; the list of entries is not among them.
        self.rest: dict[str, Any] = {}
        #: Whether there is such a list.
        self.has_list = False

    def __iter__(self) -> Iterator[Any]:
        """The entries, once; before the first one `rest` has what stands before the list."""
        text = self._text
        text.take("{")
        if text.peek() == "}":
            text.take("}")
        else:
            for name in self._names():
                if name == self._member and text.peek() == "[":
                    self.has_list = True
                    yield from self._entries()
                else:
                    self.rest[name] = text.value()
        if text.peek():
            raise text.refused("Extra data")

    def _names(self) -> Iterator[str]:
        """The names of the members, each with the text standing at its value."""
        text, before, size = self._text, set[str](), 0
        while True:
            if text.peek() != '"':
                raise text.refused("Expecting property name enclosed in double quotes")
            name = text.value()
            if name in before:
                raise _unreadable("json-name-repeated", "an object has the name {found} twice", None, name)
            before.add(name)
            text.take(":")
            started = text.place
            yield name
            size += len(name) + (0 if self.has_list and name == self._member else text.place - started)
            if size > PART:
                raise _unreadable("json-too-large", "more than {expected} characters outside the list", str(PART))
            if text.take(",}") == "}":
                return

    def _entries(self) -> Iterator[Any]:
        text = self._text
        text.take("[")
        if text.peek() == "]":
            text.take("]")
            return
        while True:
            yield text.value()
            if text.take(",]") == "]":
                return


def head_of(opening: bytes) -> dict[str, Any] | None:
    """The members of a message of which only the beginning is known.

    Args:
        opening: Its first bytes.

    Returns:
        Those whose values end within the bytes; None if it does not begin as an object.

    Raises:
        UnreadableError: What is there is ambiguous or too deep.

    Source: RFC 8259 §4.
    """
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(opening).removeprefix(_BOM)
    found: dict[str, Any] = {}
    place = _after_space(text, 0)
    if text[place : place + 1] != "{":
        return None
    try:
        while text[place : place + 1] in ("{", ","):
            name, place = parse_part(text, _after_space(text, place + 1))
            place = _after_space(text, place)
            if text[place : place + 1] != ":" or not isinstance(name, str):
                break
            value, place = parse_part(text, _after_space(text, place + 1))
            found.setdefault(name, value)
            place = _after_space(text, place)
    except json.JSONDecodeError:
        pass  # the bytes end here, or the whole is no JSON, which is told when it is read
    return found


def _after_space(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in SPACE:
        place += 1
    return place


class _Text:
    """A text that comes in pieces, what has been read of it let go."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._held = ""
        self._at = 0
        self._gone = 0
        self._is_whole = False
        self._is_begun = False

    @property
    def place(self) -> int:
        """Characters read."""
        return self._gone + self._at

    def peek(self) -> str:
        """The next character that is no space; nothing at the end."""
        while True:
            self._at = _after_space(self._held, self._at)
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def take(self, marks: str) -> str:
        """Read one of these marks."""
        found = self.peek()
        if not found or found not in marks:
            raise self.refused(f"Expecting {' or '.join(map(repr, marks))} delimiter")
        self._at += 1
        return found

    def value(self) -> Any:
        """Read a value."""
        self.peek()
        while True:
            found: tuple[Any, int] | None = None
            fault: json.JSONDecodeError | None = None
            try:
                found = parse_part(self._held, self._at)
            except json.JSONDecodeError as error:
                fault = error
                is_open = error.msg.startswith("Unterminated string")
                if len(self._held) - error.pos > _TOKEN and not is_open:
                    raise self.refused(error.msg, error.pos) from error
            if found is None or found[1] == len(self._held):  # it may go on: a number does not say where it ends
                if len(self._held) - self._at > PART:
                    raise _unreadable("json-too-large", "more than {expected} characters in one value", str(PART))
                if self._more():
                    continue
            if found is None:
                raise self.refused(*("Expecting value", None) if fault is None else (fault.msg, fault.pos)) from fault
            value, self._at = found
            return value

    def refused(self, why: str, at: int | None = None) -> UnreadableError:
        """That the message is no JSON, at a place."""
        place = self._gone + (self._at if at is None else at) + 1
        return _unreadable("json-not-well-formed", "not well-formed JSON: {found}", None, why, f"character {place}")

    def _more(self) -> bool:
        """Take in another piece; False if there is none."""
        while not self._is_whole:
            chunk = next(self._chunks, None)
            self._is_whole = chunk is None
            try:
                text = self._decoder.decode(chunk or b"", final=self._is_whole)
            except UnicodeDecodeError as error:
                raise _unreadable("json-encoding", "the bytes are not UTF-8") from error
            if text and not self._is_begun:
                self._is_begun, text = True, text.removeprefix(_BOM)
            if text:
                self._gone += self._at
                self._held = self._held[self._at :] + text
                self._at = 0
                return True
        return False


def _unreadable(
    code: str, message: str, expected: str | None = None, found: str | None = None, location: str | None = None
) -> UnreadableError:
    finding = Finding(
        code=code, severity="error", message=message, location=location, expected=expected, found=found and found[:200]
    )
    return UnreadableError("Not readable as JSON.", code=code, findings=(finding,))
