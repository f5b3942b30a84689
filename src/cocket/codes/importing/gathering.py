# SPDX-License-Identifier: Apache-2.0
"""Rows become codes here: what lacks a code or contradicts itself is left out and told, what repeats is merged.

Source: ISO 8601-1 for dates; the rules on repeats are ours: a list says one thing of a code on a day.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date

import msgspec

from cocket.codes.code_list import Code
from cocket.findings import Finding, Gathered

_LATER = re.compile(r".+ to (.+)|[0-9]{4}-([0-9]{4})")
_DAY = re.compile(r"([0-9]{4})(?:-?([0-9]{2}))?(?:-?([0-9]{2}))?(?:[T ].*)?")


class Draft(msgspec.Struct, kw_only=True):
    """A row on its way to become a code, everything still as written.

    Attributes:
        file: Name of the file.
        line: Number of the line (1-based).
        code: The code; empty where the row has none.
        name: Its name.
        valid_from: First day, month or year; empty if not told.
        valid_to: Last day, month or year; empty if not told.
        is_withdrawn: Whether the row says that the code is gone.
        is_misshapen: Whether the code has not the shape that its list gives to codes.
        language: Language of the name; empty if not told.
        attributes: Everything else.
    """

    file: str
    line: int
    code: str
    name: str = ""
    valid_from: str = ""
    valid_to: str = ""
    is_withdrawn: bool = False
    is_misshapen: bool = False
    language: str = ""
    attributes: dict[str, str] = {}


class Gathering:
    """Codes of one edition as they come in.

    Attributes:
        rows: Rows met (count).
        merged: Rows that said again what another had said, or named the code in another language (count).
        left_out: Rows that could not be taken in (count).
        told: Findings on them.
    """

    def __init__(self) -> None:
        self.rows = self.merged = self.left_out = 0
        self.told = Gathered()
        self._codes: dict[str, list[Code]] = {}

    @property
    def codes(self) -> list[Code]:
        """The codes so far, in the order they came (0..n)."""
        return [code for periods in self._codes.values() for code in periods]

    def add(self, draft: Draft) -> None:
        """Take one row in, or leave it out and say why.

        Source: the module.
        """
        self.rows += 1
        if not draft.code or not draft.code.isascii() or not draft.code.isprintable():
            self._leave_out(
                draft, "code-missing", "{file}, line {line}: no code, or a code with unsupported characters"
            )
            return
        if draft.is_misshapen:
            self._leave_out(
                draft, "code-misshapen", "{file}, line {line}: {code} does not have the format of the list's codes"
            )
            return
        try:
            first, last = moment(draft.valid_from, is_end=False), moment(draft.valid_to, is_end=True)
        except ValueError:
            found = f"{draft.valid_from} – {draft.valid_to}"
            self._leave_out(draft, "code-date-invalid", "{file}, line {line}: {code} has unreadable dates", found)
            return
        if first and last and last < first:
            found = f"{first} – {last}"
            self._leave_out(draft, "code-period-reversed", "{file}, line {line}: {code} ends before it begins", found)
            return
        self._settle(draft, self._made(draft, first, last))

    def keep(self, code: Code) -> None:
        """Take in a code that is settled already, beside whatever bears the same.

        Source: the format that settled it.
        """
        self.rows += 1
        self._codes.setdefault(code.code, []).append(code)

    def refuse(self, draft: Draft, code: str, message: str) -> None:
        """Leave a row out for a reason of its format.

        Source: the format that says so.
        """
        self.rows += 1
        self._leave_out(draft, code, message)

    def tell(self, finding: Finding) -> None:
        """Keep a finding that concerns no single row.

        Source: the format that says so.
        """
        self.told.add(finding)

    def _made(self, draft: Draft, first: date | None, last: date | None) -> Code:
        return Code(
            code=draft.code,
            name=draft.name,
            valid_from=first,
            valid_to=last,
            is_withdrawn=draft.is_withdrawn and last is None,
            names={draft.language.lower(): draft.name} if draft.language and draft.name else {},
            attributes=draft.attributes,
        )

    def _settle(self, draft: Draft, code: Code) -> None:
        """Put a code beside what is there already: another period, another language, the same again, or a quarrel."""
        periods = self._codes.setdefault(code.code, [])
        for place, other in enumerate(periods):
            if not _overlap(code, other):
                continue
            if (code.valid_from, code.valid_to) == (other.valid_from, other.valid_to):
                if code.names and other.names and not code.names.keys() & other.names.keys():
                    periods[place] = msgspec.structs.replace(other, names=other.names | code.names)
                    self.merged += 1
                    return
                if code.name == other.name:
                    self.merged += 1
                    return
            self._leave_out(
                draft, "code-twice", "{file}, line {line}: {code} is {found} here, but {expected} before",
                code.name or "the same with other dates", other.name or "the same with other dates",
            )  # fmt: skip
            return
        periods.append(code)

    def _leave_out(self, draft: Draft, code: str, message: str, found: str = "", expected: str = "") -> None:
        self.left_out += 1
        self.told.add(
            Finding(
                code=code,
                severity="warning",
                message=message,
                location=f"{draft.line}:1",
                expected=expected[:200] or None,
                found=(found or draft.code)[:200] or None,
                arguments={"file": draft.file, "line": str(draft.line), "code": draft.code[:40]},
            )
        )


def _overlap(one: Code, other: Code) -> bool:
    first, last = one.valid_from or date.min, one.valid_to or date.max
    return first <= (other.valid_to or date.max) and (other.valid_from or date.min) <= last


def gathered(drafts: Iterable[Draft]) -> Gathering:
    """All rows taken in, in order.

    Source: the module.
    """
    gathering = Gathering()
    for draft in drafts:
        gathering.add(draft)
    return gathering


def moment(text: str, *, is_end: bool) -> date | None:
    """A day, or the first or last one of a month or year.

    Args:
        text: `2023-01-15`, `20230115`, `2023-01`, `2023`, or two of these with ` to ` between, of which the later
            counts; what follows a day's `T` or space is let go. Other forms are ambiguous and are not read.
        is_end: Whether the last day is meant.

    Returns:
        The day; None if the text is empty.

    Raises:
        ValueError: It is no such thing.

    Source: ISO 8601-1, 5.2.2; ISO 4217 table A.3 writes withdrawals as months, years or spans of these.
    """
    bare = text.strip()
    if not bare:
        return None
    if is_end and (span := _LATER.fullmatch(bare)):
        bare = span[1] or span[2]
    parts = _DAY.fullmatch(bare)
    if parts is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else 0 for part in parts.groups())
    if not month:
        month = 12 if is_end else 1
    if not day:
        day = calendar.monthrange(year, month)[1] if is_end and 1 <= month <= 12 else 1
    return date(year, month, day)
