# SPDX-License-Identifier: Apache-2.0
"""From what a rule sees to a finding: the rule's code, its text, and the place.

A rule is a function named after its code; the first paragraph of its docstring is the text shown to officer and
trader, with `{expected}` and `{found}` for the values.

Source: each rule names its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from cocket.findings import Finding, Severity
from cocket.standards.asycuda.sheet import Paper, Sheet

_LONGEST = 200


class Deviation(msgspec.Struct, frozen=True):
    """One place where a rule does not hold.

    Attributes:
        sheet: Sheet of the place.
        path: Path in the sheet; "" for the sheet as a whole.
        expected: What would have been right; None if there is no single right value.
        found: What was there; None if it was absent.
    """

    sheet: Sheet
    path: str
    expected: str | None = None
    found: str | None = None


Rule = Callable[[Any], Iterator[Deviation]]


def judge(
    rules: Sequence[tuple[Rule, Severity]], subject: Any, paper: Paper, pointers: Mapping[str, str]
) -> Iterator[Finding]:
    """Apply rules to one paper.

    Args:
        rules: Rules with their severities, in the order in which findings are told.
        subject: What the rules look at.
        paper: The paper, to say where.
        pointers: WCO pointer by full path, `{item}` and `{row}` for 1-based positions; a path may be missing.

    Returns:
        Findings (0..n).
    """
    for rule, severity in rules:
        for deviation in rule(subject):
            yield Finding(
                code=code_of(rule),
                severity=severity,
                message=text_of(rule),
                pointer=_pointer(deviation, pointers),
                location=paper.locate(deviation.sheet, deviation.path),
                expected=deviation.expected,
                found=None if deviation.found is None else deviation.found[:_LONGEST],
            )


@lru_cache(maxsize=256)
def code_of(rule: Rule) -> str:
    """The code a rule is named after."""
    return rule.__name__.replace("_", "-")


@lru_cache(maxsize=256)
def text_of(rule: Rule) -> str:
    """The first paragraph of a rule's docstring, in one line."""
    return " ".join(inspect.cleandoc(rule.__doc__ or code_of(rule)).partition("\n\n")[0].split())


def _pointer(deviation: Deviation, pointers: Mapping[str, str]) -> str | None:
    sheet = deviation.sheet
    full = f"{sheet.node.full}/{deviation.path}" if sheet.parent else deviation.path
    pattern = pointers.get(full)
    if pattern is None:
        return None
    item = next((s for s in _outwards(sheet) if s.node.name == "Item"), sheet)
    return pattern.format(item=item.position, row=sheet.position)


def _outwards(sheet: Sheet | None) -> Iterator[Sheet]:
    while sheet is not None:
        yield sheet
        sheet = sheet.parent
