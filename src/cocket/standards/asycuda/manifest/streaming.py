# SPDX-License-Identifier: Apache-2.0
"""A manifest of any length, bill by bill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding
from cocket.model import BillOfLading, Manifest, Reading
from cocket.standards.asycuda.judging import code_of
from cocket.standards.asycuda.manifest.fields import MANIFEST_OUTLINE
from cocket.standards.asycuda.manifest.reader import (
    NAME,
    ROOTS,
    as_in_manifests,
    attributes_of,
    dialect_of,
    is_unofficial,
    key_of,
    kind_of,
    manifest_unofficial,
    profile_of,
    read_bill,
    read_head,
)
from cocket.standards.asycuda.manifest.rules import RULES, Cargo, check, check_bill
from cocket.standards.asycuda.manifest.tally import Tally
from cocket.standards.asycuda.profiles import PREFIX
from cocket.standards.asycuda.sheet import Paper
from cocket.standards.kind import Options
from cocket.standards.parts import InOrder, Part, XmlParts

_BILLS = MANIFEST_OUTLINE.tables["Bol_segment"]
_CODES = tuple(code_of(rule) for rule, _ in RULES)


def stream(chunks: Iterable[bytes], options: Options) -> ManifestStream:
    """Take in a manifest of any length.

    Args:
        chunks: The file in order.
        options: How to read; a profile of another standard is as good as none.

    Returns:
        The stream, its head read.

    Raises:
        UnreadableError: The head cannot be read, or the root is that of the unofficial wrapper.
        SenderError: There is no such profile.

    Source: UNCTAD manifest XML message description.
    """
    return ManifestStream(chunks, options)


class ManifestStream:
    """A manifest on its way through; see `cocket.standards.parts.Streamed`.

    What stands behind the bills is sure to be in the reading at the end, not in the head. How the file was written is
    not remembered: a document from a stream is written in the usual form.

    Args:
        chunks: The file in order.
        options: How to read.

    Source: UNCTAD manifest XML message description.
    """

    def __init__(self, chunks: Iterable[bytes], options: Options) -> None:
        xml = XmlParts(chunks, _is_bill)
        rest = iter(xml)
        first = next(rest, None)
        if is_unofficial(xml.root.tag):
            finding = manifest_unofficial(xml.root.tag)
            raise UnreadableError("Not a manifest of the host.", code=finding.code, findings=(finding,))
        self._xml = xml
        self._bills = chain(() if first is None else (first,), rest)
        self._options = options
        self._tally = Tally()
        self._of_bills = InOrder(_CODES, options.limit)
        self._seen: set[str] = set()
        self._first: BillOfLading | None = None
        self._reading: Reading | None = None
        self._findings: tuple[Finding, ...] = ()
        self._kind = kind_of(xml.root.tag)
        self._head = self._read_head()[1]

    @property
    def head(self) -> Manifest:
        """The manifest without its bills."""
        return self._head

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with key, counts and totals (0..n)."""
        self._ask_for_end()
        return self._findings

    @property
    def reading(self) -> Reading:
        """What the whole-file reader gives, but for bills and form of the document."""
        self._ask_for_end()
        return self._reading  # type: ignore[return-value]  # asked for just before

    def __iter__(self) -> Iterator[Part]:
        """The bills in order, each with what is wrong with it alone."""
        for position, root in enumerate(self._bills, start=1):
            yield from self._read_bill(root, position)
        self._end()

    def _read_head(self) -> tuple[Paper, Manifest]:
        """All that stands beside the bills met so far."""
        paper = Paper(self._xml.root, MANIFEST_OUTLINE)
        self._profile = profile_of(paper, self._options)
        self._habits = as_in_manifests(self._profile, dialect_of(self._seen, self._profile))
        return paper, read_head(paper, self._kind, self._habits, attributes_of(self._xml.root))

    def _read_bill(self, root: Any, position: int) -> Iterator[Part]:
        """The bill in a root of its own; nothing if it is empty."""
        paper = Paper(root, MANIFEST_OUTLINE)
        self._seen |= paper.seen
        rows = paper.sheet.tables.get("Bol_segment", [])
        if not rows:
            return
        rows[0].position = position
        habits = as_in_manifests(self._profile, dialect_of(paper.seen, self._habits))
        bill = read_bill(rows[0], habits, self._head)
        repeated = frozenset(() if self._tally.add(bill) else (0,))
        alone = Manifest(kind=self._kind, bills=(bill,))
        findings = tuple(check_bill(Cargo(paper, rows, alone, habits, self._tally, repeated)))
        self._of_bills.extend(findings)
        for sheet in list(paper.sheet.every_sheet()):
            sheet.parent = None  # frees the bill now, not when Python next looks for rings of objects
        self._first = self._first or bill
        yield Part(position=position, document=bill, findings=findings)

    def _end(self) -> None:
        self._xml.root.text = None if self._seen else self._xml.root.text  # a text beside bills says nothing
        paper, whole = self._read_head()
        found = tuple(check(Cargo(paper, [], whole, self._habits, self._tally)))
        gathered = self._of_bills.gathered(before=found)
        self._findings = found
        self._reading = Reading(
            standard=NAME,
            version=f"{ROOTS[self._kind]} {self._habits.dialect}",
            profile=PREFIX + self._profile.name,
            outcome="refused" if gathered.has_error else "accepted",
            document=whole,
            findings=gathered.result(),
            reference=key_of(whole, self._first),
        )

    def _ask_for_end(self) -> None:
        if self._reading is None:
            raise SenderError(
                "The manifest has not been read to its end yet.", code="stream-not-ended", hint="Read its bills first."
            )


def _is_bill(tag: str) -> bool:
    children = MANIFEST_OUTLINE.top.children
    return (children.get(tag) or children.get(tag.lower())) is _BILLS
