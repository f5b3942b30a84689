# SPDX-License-Identifier: Apache-2.0
"""A large message in parts, so that no more than one of them is held at a time; and XML taken apart as it comes in.

What `cocket.standards.xml` limits of a whole message is limited here of one part, and of all that is no part.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Protocol

import msgspec
from lxml import etree

from cocket.errors import UnreadableError
from cocket.findings import Finding, Gathered
from cocket.model import BillOfLading, Document, Reading
from cocket.standards.xml import Limits, as_utf8

#: What one part may measure at most, and all that is no part together.
PART_LIMITS = Limits(size=2 * 1024 * 1024, elements=50_000)

_ENCODING = re.compile(rb"""<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a large message: a bill of a manifest, a declaration of a batch.

    Attributes:
        position: Which of its kind it is in the message, empty ones counted (1-based).
        document: What was read.
        findings: What is wrong with this part alone (0..n).
    """

    position: int
    document: BillOfLading | Document
    findings: tuple[Finding, ...] = ()


class Streamed(Protocol):
    """A large message on its way through: its head at once, then its parts, once, then what is true of the whole.

    Source: each standard's own.
    """

    @property
    def head(self) -> Document:
        """What stands before the first part, as a document without parts."""

    def __iter__(self) -> Iterator[Part]:
        """The parts in order; raises `UnreadableError` where the message cannot be read on."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the whole, its counts and totals (0..n). Raises `SenderError` before the last part."""

    @property
    def reading(self) -> Reading:
        """What reading it at once gives, but for the parts in its document. Raises `SenderError` before the last part."""


class InOrder:
    """Findings of many parts in the order in which a whole message's are told: rule by rule, gathered to a limit.

    Args:
        codes: Codes of the rules in that order.
        limit: Most findings to keep (count).

    Source: `cocket.findings.Gathered`.
    """

    def __init__(self, codes: Sequence[str], limit: int) -> None:
        self._limit = limit
        self._by_code = {code: Gathered(limit) for code in codes}

    def extend(self, findings: Iterable[Finding]) -> None:
        """Keep findings; those of one rule stay in the order in which they come."""
        for finding in findings:
            self._by_code[finding.code].add(finding)

    def gathered(self, before: Iterable[Finding] = ()) -> Gathered:
        """All of them as one bag.

        Args:
            before: Findings on the whole, which stand before those on its parts that the same rule has made.
        """
        whole = Gathered(self._limit)
        of_whole = list(before)
        for code, bag in self._by_code.items():
            whole.extend(finding for finding in of_whole if finding.code == code)
            whole.extend(bag)
            whole.left_out += bag.left_out
            whole.has_error |= bag.has_error
        return whole


class XmlParts:
    """The children of an XML root, taken out one by one as the bytes come in. Of the rest a tree is kept.

    Args:
        chunks: The bytes in order, the first with the XML declaration whole; encodings are those of `parse_xml`.
        is_part: Whether a child of the root is a part, by its tag.
        limits: What one part may measure at most, and all that is no part together.

    Raises:
        UnreadableError: While iterating, where `parse_xml` would have raised it.

    Source: XML 1.0 (5th edition); limits are ours.
    """

    def __init__(self, chunks: Iterable[bytes], is_part: Callable[[str], bool], limits: Limits = PART_LIMITS) -> None:
        self._chunks = chunks
        self._is_part = is_part
        self._limits = limits
        self._parser = _pull_parser("start", "end")
        self._root: Any = None
        self._depth = 0
        self._spent: Any = None
        self._size = self._equal_signs = self._elements = self._kept = 0

    @property
    def root(self) -> Any:
        """The root with all children met so far that are no parts; None before the first byte."""
        return self._root

    def __iter__(self) -> Iterator[Any]:
        """Each part in a root of its own, with nothing else in it.

        A part is given when the next child has ended: the parser still writes behind the last one.
        """
        for chunk in _in_utf8(self._chunks):
            self._weigh(chunk)
            with _told():
                self._parser.feed(chunk)
            yield from self._ended()
        with _told():
            self._parser.close()
        yield from self._ended()
        if self._spent is not None:
            yield self._taken_out()

    def _ended(self) -> Iterator[Any]:
        for event, element in self._parser.read_events():
            if event == "start":
                self._depth += 1
                self._elements += 1
                if self._depth == 1:
                    self._root = _checked_root(element, self._limits)
                elif self._elements > self._limits.elements:
                    raise _oversize("elements", self._limits.elements, self._elements)
                continue
            self._depth -= 1
            if self._depth == 1:
                if self._spent is not None:
                    yield self._taken_out()
                self._settle(element)

    def _settle(self, element: Any) -> None:
        """Check a child that has ended, and keep it or mark it as a part."""
        _check_tree(element, self._limits)
        before = element.getprevious()
        if before is not None:
            before.tail = None
        if self._is_part(element.tag):
            self._spent = element
        else:
            self._kept += len(etree.tostring(element, with_tail=False))
            if self._kept > self._limits.size:
                raise _oversize("bytes outside the parts", self._limits.size, self._kept)
        self._size = self._equal_signs = self._elements = 0

    def _taken_out(self) -> Any:
        """The part that ended last, moved from the tree into a root of its own."""
        part, self._spent = self._spent, None
        alone = etree.Element(self._root.tag)
        alone.append(part)
        part.tail = None
        return alone

    def _weigh(self, chunk: bytes) -> None:
        """Refuse what would cost too much to parse; counted since the last child ended, to a chunk."""
        self._size += len(chunk)
        self._equal_signs += chunk.count(b"=")
        if self._size > self._limits.size + len(chunk):
            raise _oversize("bytes in one part", self._limits.size, self._size)
        if self._equal_signs > self._limits.all_attributes:
            raise _oversize("attributes", self._limits.all_attributes, self._equal_signs)


def root_of(opening: bytes) -> Any:
    """The root of an XML message of which only the beginning is known.

    Args:
        opening: Its first bytes.

    Returns:
        The root element as far as the bytes reach.

    Raises:
        UnreadableError: They do not begin an XML message that is read; see `parse_xml`.

    Source: XML 1.0 (5th edition) §2.1, §2.8.
    """
    parser = _pull_parser("start")
    for chunk in _in_utf8([opening]):
        with _told():
            parser.feed(chunk)
        for _, element in parser.read_events():
            return _checked_root(element, PART_LIMITS)
    raise _unreadable("xml-not-well-formed", "there is no element at the beginning")


def _pull_parser(*events: Literal["start", "end"]) -> Any:
    """A parser that looks nothing up and forgets comments, as the one of `parse_xml` does."""
    return etree.XMLPullParser(
        events,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _in_utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes in UTF-8, whatever encoding they came in."""
    decoder: codecs.IncrementalDecoder | None = None
    for number, chunk in enumerate(chunks):
        if number == 0:
            encoding = _encoding_of(chunk)
            decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
            if _DOCTYPE.match(chunk):
                raise _unreadable("xml-doctype", "a DOCTYPE is not allowed")
        if decoder is None:
            yield chunk
            continue
        try:
            text = decoder.decode(chunk)
        except UnicodeError as error:
            raise _unreadable("xml-encoding", f"the bytes are not {encoding}") from error
        yield (text if number else _DECLARATION.sub("", text, count=1)).encode()


def _encoding_of(opening: bytes) -> str | None:
    """The encoding a message is in; None for UTF-8. One that is not read is refused by `as_utf8`."""
    end = opening.find(b">") + 1
    start = opening[: end + end % 2] if opening.startswith(_UTF16_MARKS) else opening[:end]
    if as_utf8(start) == start:
        return None
    declared = _ENCODING.match(start)
    return declared[1].decode("ascii").lower() if declared else "utf-16"


def _checked_root(root: Any, limits: Limits) -> Any:
    if root.getroottree().docinfo.internalDTD is not None:
        raise _unreadable("xml-doctype", "a DOCTYPE is not allowed")
    if len(root.keys()) > limits.attributes:
        raise _oversize("attributes on one element", limits.attributes, len(root.keys()))
    return root


#: What a part must not have, in the words of `parse_xml`.
_TOO_MUCH = tuple(
    (what, limit, etree.XPath(f"boolean({path})"))
    for what, limit, path in (
        ("elements in one element", "children", "descendant-or-self::*[count(*) > $most]"),
        ("attributes on one element", "attributes", "descendant-or-self::*[count(@*) > $most]"),
        ("characters in one text", "text", "descendant::text()[string-length() > $most]"),
        ("characters in one text", "text", "descendant-or-self::*/@*[string-length() > $most]"),
    )
)


def _check_tree(element: Any, limits: Limits) -> None:
    for what, limit, exceeds in _TOO_MUCH:
        most = getattr(limits, limit)
        if exceeds(element, most=most):
            raise _unreadable("xml-too-large", f"more than {most} {what}", f"{element.sourceline}:1", str(most))


@contextmanager
def _told() -> Iterator[None]:
    """Tell what the parser says as an error of ours."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        line, column = error.position
        why = (error.msg or "not well-formed").removesuffix(f", line {line}, column {column}").strip()
        if why.startswith("Excessive depth"):
            raise _unreadable("xml-too-large", "elements are nested too deep", f"{line}:{column}", "256") from error
        raise _unreadable("xml-not-well-formed", why, f"{line}:{column}") from error


def _oversize(what: str, most: int, found: int) -> UnreadableError:
    return _unreadable("xml-too-large", f"more than {most} {what}", None, str(most), str(found))


def _unreadable(
    code: str, why: str, location: str | None = None, expected: str | None = None, found: str | None = None
) -> UnreadableError:
    finding = Finding(
        code=code,
        severity="error",
        message="not readable as XML: {why}",
        location=location,
        expected=expected,
        found=found,
        arguments={"why": why[:200]},
    )
    return UnreadableError(f"Not readable as XML: {why}", code=code, findings=(finding,))
