# SPDX-License-Identifier: Apache-2.0
"""What contests and questions have in common: words and papers between traders and customs, and a day until which to answer."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final, TypeVar

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding

#: Papers that go with one contest or question at most (count).
MOST_PAPERS: Final = 20

_Letter = TypeVar("_Letter", bound=msgspec.Struct)


class StepError(SenderError):
    """A step that may not be taken now, or not as it is; `findings` (1..n) say why."""

    code = "step-order"

    @classmethod
    def refuse(cls, problems: Iterable[Finding]) -> None:
        """Refuse a step that has problems; one without any (0..n) goes on.

        Raises:
            StepError: It has.
        """
        found = tuple(problems)
        if found:
            message = "This is not possible."
            raise cls(message, findings=found, hint="See the reasons.")


def step_finding(code: str, message: str, most: int = 0) -> Finding:
    """What stands against a step; `most` is the bound that it names, 0 for none."""
    return Finding(code=code, severity="error", message=message, arguments={"most": str(most)} if most else {})


def word_findings(words: str, most: int, kind: str, missing: Finding) -> list[Finding]:
    """What is wrong with words (0..2): they say nothing, or are longer than is taken.

    Args:
        words: The words.
        most: Characters that are taken at most (count).
        kind: `contest` or `question`.
        missing: What is said where there are none.
    """
    problems = [] if words.strip() else [missing]
    if len(words) > most:
        problems.append(step_finding(f"{kind}-length", "at most {most} characters are taken", most))
    return problems


def with_paper(letter: _Letter, paper: Any, kind: str, error: type[StepError]) -> _Letter:
    """An open contest or question with one more paper; the same bytes count once.

    Args:
        letter: As it stands, with `papers` (0..20).
        paper: The paper, with its `sha256`.
        kind: `contest` or `question`.
        error: How it is refused.

    Raises:
        StepError: It has as many as are taken.
    """
    papers: tuple[Any, ...] = letter.papers  # type: ignore[attr-defined]
    if any(one.sha256 == paper.sha256 for one in papers):
        return letter
    if len(papers) >= MOST_PAPERS:
        error.refuse([step_finding(f"{kind}-papers", "at most {most} papers are taken", MOST_PAPERS)])
    return msgspec.structs.replace(letter, papers=(*papers, paper))


def last_day(begin: date, days: int | None, months: int | None = None) -> date:
    """The last day of a period that begins on a day; one that would end on a Saturday or Sunday ends on the Monday after.

    Public holidays are not known here: an answer on the day before one is in time by any calendar.

    Source: Regulation (EEC, Euratom) 1182/71, article 3(2) to (4).
    """
    if months is not None:
        year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
        end = date(year, month + 1, min(begin.day, monthrange(year, month + 1)[1]))
    else:
        end = begin + timedelta(days=days or 0)
    return end + timedelta(days=8 - end.isoweekday() if end.isoweekday() > 5 else 0)
