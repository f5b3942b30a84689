# SPDX-License-Identifier: Apache-2.0
"""What cannot be read, or not for certain, in any paper of this host system. It is kept as written.

Source: public SAD files and the UNCTAD manifest message description.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from cocket.findings import Severity
from cocket.standards.asycuda.judging import Deviation, Rule
from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.sheet import Paper, Sheet
from cocket.standards.asycuda.values import day, readings


class Judged(Protocol):
    """A paper and the habits it is judged by."""

    @property
    def paper(self) -> Paper:
        """The paper, all its values in sheets."""

    @property
    def profile(self) -> Profile:
        """Habits of the country."""


def asycuda_element_repeated(judged: Judged) -> Iterator[Deviation]:
    """This element stands more than once where only one is expected. The first was read.

    Source: public SAD files.
    """
    for sheet, path in judged.paper.repeated:
        yield Deviation(sheet, path, None, sheet.values.get(path))


def asycuda_number_unreadable(judged: Judged) -> Iterator[Deviation]:
    """{found} is not a number. It was read as not stated.

    Source: public SAD files: decimal point, exponent allowed, no thousands separator outside the value text.
    """
    for sheet in judged.paper.sheet.every_sheet():
        for path in sheet.unreadable:
            yield Deviation(sheet, path, None, sheet.values[path])


def asycuda_date_unreadable(judged: Judged) -> Iterator[Deviation]:
    """{found} is not a date as this country writes it. It was read as not stated.

    Source: public SAD files: month, day, year with two digits in 14 of 14; the order differs by country.
    """
    order = judged.profile.date_order
    for sheet, path, text in _dates(judged):
        if day(text, order) is None and (order is not None or not readings(text)):
            yield Deviation(sheet, path, judged.profile.date_pattern if order else None, text)


def asycuda_date_ambiguous(judged: Judged) -> Iterator[Deviation]:
    """{found} may be two different days, as nobody said whether this country writes day or month first. It was read
    as not stated; name a profile to read it.

    Source: public SAD files: the order of day and month differs by country.
    """
    if judged.profile.date_order is None:
        for sheet, path, text in _dates(judged):
            if day(text, None) is None and readings(text):
                yield Deviation(sheet, path, None, text)


def _dates(judged: Judged) -> Iterator[tuple[Sheet, str, str]]:
    for sheet in judged.paper.sheet.every_sheet():
        for path in sheet.dates:
            yield sheet, path, sheet.values[path]


#: The rules that hold for every paper.
LEGIBILITY: tuple[tuple[Rule, Severity], ...] = (
    (asycuda_element_repeated, "warning"),
    (asycuda_number_unreadable, "warning"),
    (asycuda_date_unreadable, "warning"),
    (asycuda_date_ambiguous, "warning"),
)
