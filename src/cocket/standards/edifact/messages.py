# SPDX-License-Identifier: Apache-2.0
"""Interchanges → messages: headers and trailers, their counts and references, and the tree of each message.

Source: ISO 9735-1 (syntax version 4) §8 to §11; ISO 9735:1988 for versions 1 to 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from cocket.findings import Gathered
from cocket.standards.edifact.building import Building, Specs, parse
from cocket.standards.edifact.findings import finding, unreadable
from cocket.standards.edifact.nodes import Node, hang
from cocket.standards.edifact.patterns import explain
from cocket.standards.edifact.scanning import Scanner, Token
from cocket.standards.edifact.separators import Separators
from cocket.standards.edifact.tables import SERVICE, Directory, elements_of
from cocket.standards.xml import LIMITS

#: Who gives out the directories read here (0051): the United Nations.
_AGENCY = "UN"
_ENVELOPE = ("UNZ", "UNE", "UNH", "UNB", "UNG")

#: Segments of one message that is read as a whole, at most; longer ones are read in parts.
SEGMENTS = LIMITS.segments


class Message(msgspec.Struct, frozen=True):
    """One message of an interchange.

    Attributes:
        name: Message type, such as `CUSCAR`.
        release: Its directory, such as `95B`.
        root: Its segments, with `UNB` (and `UNG`) of the interchange among them.
        decimal: Decimal mark of the interchange.
    """

    name: str
    release: str
    root: Node
    decimal: str


class Group(msgspec.Struct, frozen=True):
    """One group of a message that is read in parts, as it ends.

    Attributes:
        message: The message, as far as it has been read.
        node: The group, taken out of it.
    """

    message: Message
    node: Node


class Reader:
    """Reads interchanges message by message.

    Args:
        chunks: The bytes in order.
        directory: Tables of messages and segments.
        told: Takes the findings.
        parts: By message type the segment that begins the groups which are given one by one, and are not in the
            message then; nothing for whole messages only.
        segments: Segments of one message, or of one of those groups, at most (count).
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        directory: Directory,
        told: Gathered,
        parts: dict[str, str] | None = None,
        segments: int = SEGMENTS,
    ) -> None:
        self._scanner = Scanner(chunks, told)
        self._directory = directory
        self._told = told
        self._parts = parts or {}
        self._most = segments
        self._specs: dict[tuple[str, Separators], Specs] = {}

    def __iter__(self) -> Iterator[Message | Group]:
        """Each message, once it has ended, and before it the groups that are given one by one.

        Raises:
            UnreadableError: It cannot be read on.
        """
        seen: set[str] = set()
        count = 0
        for tokens in self._scanner.interchanges():
            for message in self._messages(tokens, seen):
                count += isinstance(message, Message)
                yield message
        if not count and not self._told.has_error:
            self._told.add(finding("edifact-no-message", None))

    def _messages(self, tokens: Iterator[Token], seen: set[str]) -> Iterator[Message | Group]:
        header = self._header(next(tokens, None), seen)
        references: set[str] = set()
        counts = {"UNH": 0, "UNG": 0}
        group: Node | None = None
        in_group = 0
        for raw, line, column in tokens:
            tag = raw[:3]
            if tag == "UNH":
                counts["UNH"] += 1
                in_group += 1
                yield from self._message((raw, line, column), tokens, (header, group), references)
                continue
            node = self._service(raw, line, column)
            if tag == "UNG" and group is None:
                group, in_group, references = node, 0, set()
                counts["UNG"] += 1
            elif tag == "UNE" and group is not None:
                self._count(node, in_group, group.get(5))
                group = None
            elif tag == "UNZ":
                if group is not None:
                    self._tell("edifact-trailer-missing", node, "UNE")
                self._count(node, counts["UNG"] or counts["UNH"], header.get(5))
                return
            elif tag == "UNT":
                self._tell("edifact-header-missing", node, "UNH")
            else:
                raise unreadable(finding("edifact-nesting", (line, column), tag, found=tag))
        raise unreadable(finding("edifact-trailer-missing", (header.line, header.column), "UNB", "UNZ"))

    def _header(self, token: Token | None, seen: set[str]) -> Node:
        if token is None:
            raise unreadable(finding("edifact-header-missing", (1, 1), expected="UNB"))
        node = self._service(*token)
        version = node.get(1, 2)
        if version not in ("1", "2", "3", "4"):
            self._tell("edifact-syntax-unknown", node, "1 to 4", f"version {version}", "1.2")
        if version == "4":
            self._scanner.with_repetition()
        self._sent(node)
        reference = node.get(5)
        if reference and reference in seen:
            self._tell("edifact-reference-repeated", node, None, reference, "5.1")
        seen.add(reference)
        if node.get(11) == "1":
            self._tell("edifact-test", node)
        return node

    def _sent(self, node: Node) -> None:
        """That day and time of preparation are ones."""
        day, hour = node.get(4, 1), node.get(4, 2)
        form = "%Y%m%d" if len(day) == len("20261120") else "%y%m%d"
        if len(day) == len("20261120") and node.get(1, 2) in ("1", "2", "3"):
            self._tell("edifact-date-version", node, node.get(1, 2), day, "4.1")
        for text, code, where in ((day, form, "4.1"), (hour, "%H%M", "4.2")):
            width = 4 if code == "%H%M" else 8 if code == "%Y%m%d" else 6
            try:
                if len(text) != width or not (text.isascii() and text.isdecimal()):
                    raise ValueError(text)
                datetime.strptime(text, code)  # noqa: DTZ007 - only whether it is one
            except ValueError:
                if text:
                    self._tell("edifact-date", node, "YYMMDD:HHMM", text, where)

    def _message(
        self, token: Token, tokens: Iterator[Token], around: tuple[Node, Node | None], references: set[str]
    ) -> Iterator[Message | Group]:
        """One message up to its UNT; it is passed over if its type or release is unknown."""
        header = self._service(*token)
        reference = header.get(1)
        if reference in references:
            self._tell("edifact-reference-repeated", header, None, reference, "1.1")
        references.add(reference)
        building = self._building(header, token)
        message = None if building is None else self._made(header, building, around)
        ended = self._ended(building, header.get(2, 1))
        count = held = 1
        for raw, line, column in tokens:
            count, held = count + 1, held + 1
            tag = raw[:3]
            if held > self._most:
                what = "segments in one message or part"
                raise unreadable(finding("edifact-too-large", (line, column), tag, str(self._most), what=what))
            if tag in _ENVELOPE:
                raise unreadable(finding("edifact-trailer-missing", (line, column), tag, "UNT"))
            last = building.feed(raw, line, column) if building else None
            while ended and message:
                held = 1
                yield Group(message, ended.pop(0))
            if tag == "UNT":
                last = last or self._service(raw, line, column)
                self._count(last, count, reference)
                if building is not None and message is not None:
                    building.end(last)
                    yield message
                return
        raise unreadable(finding("edifact-trailer-missing", (header.line, header.column), "UNH", "UNT"))

    def _ended(self, building: Building | None, name: str) -> list[Node]:
        """The groups that have ended and are to be given, taken out of the tree as they end."""
        ended: list[Node] = []
        tag = self._parts.get(name)
        if building is None or tag is None:
            return ended
        kids = building.root.kids or {}

        def on_end(node: Node) -> None:
            if kids.get(tag, [None])[0] is node:
                del kids[tag]
                ended.append(node)

        building.on_end = on_end
        return ended

    def _building(self, header: Node, token: Token) -> Building | None:
        name, version, release = header.get(2, 1), header.get(2, 2), header.get(2, 3)
        known = self._directory.messages
        if name not in known:
            self._tell("edifact-message-unknown", header, ", ".join(known), name or None, "2.1")
            return None
        if header.get(2, 4) not in ("", _AGENCY):
            self._tell(
                "edifact-message-unknown", header, f"{name} of {_AGENCY}", f"{name} of {header.get(2, 4)}", "2.4"
            )
            return None
        structure = self._directory.structure(name, release) if version == "D" else None
        if structure is None:
            self._tell("edifact-release-unknown", header, None, f"{version}.{release}", "2.3")
            return None
        key = (release, self._scanner.separators)
        specs = self._specs.get(key)
        if specs is None:
            specs = self._specs[key] = Specs(self._directory, *key)
        building = Building(name, structure, specs, self._told)
        building.feed(*token)
        return building

    def _made(self, header: Node, building: Building, around: tuple[Node, Node | None]) -> Message:
        root = building.root
        for node in around:
            if node is not None:
                hang(root, node.tag, node)
        return Message(header.get(2, 1), header.get(2, 3), root, self._scanner.separators.decimal)

    def _service(self, raw: str, line: int, column: int) -> Node:
        """A segment of the envelope, judged by its own table, but for UNH, which its message judges."""
        node = parse(raw, self._scanner.separators, (line, column))
        table = SERVICE.get(node.tag)
        if table and node.tag != "UNH":
            self._told.extend(explain(node, elements_of(table), self._scanner.separators))
        return node

    def _count(self, node: Node, count: int, reference: str) -> None:
        """That a trailer has the count and the reference that it should."""
        text = node.get(1)
        if text and (text.lstrip("0") or "0") != str(count):
            self._tell("edifact-count", node, str(count), text, "1.1")
        if node.get(2) and node.get(2) != reference:
            self._tell("edifact-reference-differs", node, reference, node.get(2), "2.1")

    def _tell(
        self, code: str, node: Node, expected: str | None = None, found: str | None = None, where: str = ""
    ) -> None:
        place = f"{node.tag} {where}".strip()
        self._told.add(finding(code, (node.line, node.column), place, expected, found))
