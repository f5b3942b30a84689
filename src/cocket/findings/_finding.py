# SPDX-License-Identifier: Apache-2.0
"""One finding, the bag that gathers them, and their rendering for people and programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

_PLACE = re.compile(r"\{(\w+)\}")

Severity = Literal["error", "warning", "info"]

#: Worst first. An `error` refuses the message; a `warning` is accepted and told; an `info` is only told.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Finding(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One thing a check has to say about one place in a message.

    Attributes:
        code: Stable kebab-case name of the rule, such as `sad-items-total`.
        severity: `error` (refuses), `warning` or `info`.
        message: English sentence with `{name}` places for `arguments`, `{expected}` and `{found}`; it doubles as
            the key for translation.
        pointer: WCO pointer, sections from the root with 1-based sequence and the element's tag last, such as
            `42A/67A[1]/68A[2]/23A[1]/21A[1]/337`; None where the standard has none.
        location: Absolute XPath with a predicate on every step and the source's prefixes, or a segment position, or
            `line:column`; None if it concerns the whole message.
        expected: What would have been right, as text; None if there is no single right value.
        found: What was there, as text; None if it was absent. Never longer than 200 characters.
        arguments: Further values for the sentence, all text.

    Source: WCO Data Model 3.x, Error 53A with Pointer 97A (SequenceNumeric, DocumentSectionCode, TagID).
    """

    code: str
    severity: Severity
    message: str
    pointer: str | None = None
    location: str | None = None
    expected: str | None = None
    found: str | None = None
    arguments: dict[str, str] = {}


class Gathered:
    """Findings of one message, gathered up to a limit; past it they are counted, not kept.

    Args:
        limit: Most findings to keep (count). Errors met past the limit still refuse the message.
    """

    def __init__(self, limit: int = 100) -> None:
        self._limit = limit
        self._kept: list[Finding] = []
        self.left_out = 0
        self.has_error = False

    def add(self, finding: Finding) -> None:
        """Keep one finding, or count it if the limit is reached."""
        if finding.severity == "error":
            self.has_error = True
        if len(self._kept) < self._limit:
            self._kept.append(finding)
        else:
            self.left_out += 1

    def extend(self, findings: Iterable[Finding]) -> None:
        """Keep several findings, in order."""
        for finding in findings:
            self.add(finding)

    @property
    def is_full(self) -> bool:
        """Whether the limit is reached, so that a reader may stop looking for more."""
        return len(self._kept) >= self._limit

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def result(self) -> tuple[Finding, ...]:
        """The findings kept, in the order they were met (0..limit), with a closing note if some were left out."""
        if not self.left_out:
            return tuple(self._kept)
        note = Finding(
            code="findings-left-out",
            severity="error" if self.has_error else "info",
            message="{count} further findings were left out",
            arguments={"count": str(self.left_out)},
        )
        return (*self._kept, note)


#: Places that hold a sentence of ours, which is translated too.
_CAUSES: Final = frozenset({"reason", "why"})


def render(finding: Finding, translate: Callable[[str], str] = str) -> str:
    """One finding as a sentence for a person.

    Args:
        finding: What to say.
        translate: Takes the English sentence with its places and gives it in the reader's language.

    Returns:
        The sentence, places filled in; a place without a value reads "–".
    """
    causes = {name: translate(value) for name, value in finding.arguments.items() if name in _CAUSES}
    values = {"expected": finding.expected or "–", "found": finding.found or "–", **finding.arguments, **causes}
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), translate(finding.message))


def describe(finding: Finding, translate: Callable[[str], str] = str) -> dict[str, Any]:
    """One finding as the JSON object that CLI and HTTP both give.

    Returns:
        `{"code","severity","pointer","location","message","expected","found"}`, absent values None.
    """
    return {
        "code": finding.code,
        "severity": finding.severity,
        "pointer": finding.pointer,
        "location": finding.location,
        "message": render(finding, translate),
        "expected": finding.expected,
        "found": finding.found,
    }
