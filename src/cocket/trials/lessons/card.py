# SPDX-License-Identifier: Apache-2.0
"""A use case as a card: problem, data, method, what it came to, what failed, lesson, recommendation, risk and cost."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.trials.lessons.measures import Measured, check_measures
from cocket.trials.lessons.texts import checked_text

#: Kind of the document and sealed record of a card.
USE_CASE: Final = "use-case"

#: Kinds of the documents that a card may lean on: pilots, each with all that was sealed of it.
TRIALS: Final = ("pilot",)

#: How far a use has got. A stopped one stays in the catalogue: what failed teaches.
Status = Literal["planned", "pilot", "in-use", "stopped"]
STATUSES: Final[tuple[Status, ...]] = ("planned", "pilot", "in-use", "stopped")

LONGEST_TITLE: Final = 120
LONGEST_TEXT: Final = 2_000
MOST_MEASURES: Final = 12

#: Longest time that a card may be measured over (days).
_LONGEST_DAYS: Final = 3_660

#: Largest amount that is taken.
_MOST_COST: Final = Decimal("1000000000000")

#: Texts of a card in reading order, and which must be written.
TEXTS: Final[dict[str, bool]] = {
    "problem": True,
    "data": True,
    "method": True,
    "lesson": True,
    "recommendation": True,
    "failed": False,
    "risk": False,
}


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What something cost or will cost, as someone entered it.

    Attributes:
        low: At least.
        high: At most; the same where it is known exactly.
        currency: ISO 4217.
        basis: From where it is known.
    """

    low: Decimal
    high: Decimal
    currency: str
    basis: str = ""


class NewCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card as it is written, without figures.

    Attributes:
        title: What the use is called.
        problem: What it is to solve.
        data: On which data it works.
        method: How.
        lesson: What was learned.
        recommendation: What others are advised to do.
        failed: What did not work; empty where nothing is known.
        risk: What may go wrong.
        status: How far it has got.
        begins: First day that is measured.
        ends: Last day; None while it goes on.
        measures: What it is measured by, of `MEASURES` (1..12).
        cost: What it cost; None where that is not known.
        decided_by: Office or body that decided on it; may be empty.
        trial: Name of the document of the pilot that showed it; may be empty.
    """

    title: str
    problem: str
    data: str
    method: str
    lesson: str
    recommendation: str
    failed: str = ""
    risk: str = ""
    status: Status = "pilot"
    begins: date
    ends: date | None = None
    measures: tuple[str, ...]
    cost: Cost | None = None
    decided_by: str = ""
    trial: str = ""


class Card(NewCard, frozen=True, kw_only=True, omit_defaults=True):
    """A card as it is kept; also its sealed record.

    Attributes:
        id: Its id.
        revision: Its version, from 1.
        results: A figure for each measure, or why there is none, as of `at` (1..12).
        by: Who wrote this version.
        at: When, UTC.
    """

    id: str
    revision: int
    results: tuple[Measured, ...]
    by: str
    at: datetime

    @property
    def state(self) -> str:
        """How its file stands."""
        return self.status


def checked_card(new: NewCard, today: date) -> NewCard:
    """A card that can be kept: texts cleaned, days in order, measures of the list.

    Raises:
        SenderError: It cannot.
    """
    title = checked_text("title", new.title.replace("\n", " "), LONGEST_TITLE, least=3)
    texts = {
        name: checked_text(name, getattr(new, name), LONGEST_TEXT, least=3 if is_needed else 0)
        for name, is_needed in TEXTS.items()
    }
    if new.status not in STATUSES:
        raise SenderError(
            "There is no such status.", code="card-status", expected=", ".join(STATUSES), found=str(new.status)[:40]
        )
    check_days(new.begins, new.ends, today, is_planned=new.status == "planned")
    if new.status == "stopped" and not texts["failed"]:
        raise SenderError("Say what did not work: the use was stopped.", code="card-failed", pointer="failed")
    check_measures(new.measures, MOST_MEASURES)
    return msgspec.structs.replace(
        new,
        title=title,
        **texts,
        cost=None if new.cost is None else checked_cost(new.cost),
        decided_by=checked_text("decided_by", new.decided_by, LONGEST_TITLE),
        trial=checked_text("trial", new.trial, LONGEST_TITLE),
    )


def check_days(begins: date, ends: date | None, today: date, *, is_planned: bool = False) -> None:
    """Refuse days that are out of order, far apart, or have not begun though the use has.

    Raises:
        SenderError: They are.
    """
    if ends is not None and ends < begins:
        raise SenderError("The last day is before the first.", code="card-days", pointer="ends")
    if begins > today and not is_planned:
        raise SenderError("The first day has not come yet.", code="card-days", pointer="begins")
    if ((ends or max(today, begins)) - begins).days > _LONGEST_DAYS:
        raise SenderError("These are more than ten years.", code="card-days", pointer="begins")


def checked_cost(cost: Cost) -> Cost:
    """A cost that is a range of an amount in a currency.

    Raises:
        SenderError: It is not.
    """
    currency = cost.currency.strip().upper()
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise SenderError("Name the currency by three letters, such as EUR.", code="cost-currency", pointer="currency")
    ends = (cost.low, cost.high)
    if not all(one.is_finite() and 0 <= one < _MOST_COST for one in ends) or cost.low > cost.high:
        raise SenderError(
            "A cost is a range of amounts, the lower one first, none below zero.", code="cost-range", pointer="cost"
        )
    low, high = (one.quantize(Decimal("0.01")) for one in ends)
    basis = checked_text("basis", cost.basis, LONGEST_TITLE)
    return Cost(low=low, high=high, currency=currency, basis=basis)
