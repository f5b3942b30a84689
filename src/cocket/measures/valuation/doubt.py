# SPDX-License-Identifier: Apache-2.0
"""The life of a doubt about a declared value: what was asked, answered, told, decided, secured and appealed, in lawful order.

A doubt holds the declared value and no other: which value an officer arrives at by which method stands in the
declaration as amended, not here.
Source: WTO Committee on Customs Valuation, Decision 6.1; Valuation Agreement, articles 1 to 8, 11 (appeal), 13
(guarantee) and 16 (explanation in writing).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

from cocket.measures.valuation.indicator import Indication

#: What a value may be held not determinable for. That it differs from others is not among them.
Cause = Literal[
    "no-answer",
    "papers-missing",
    "papers-contradict",
    "answer-does-not-explain",
    "price-incomplete",
    "sale-conditions",
]

#: Ways of the agreement to a value: 2 identical goods, 3 similar goods, 4 deductive, 5 computed, 6 fall-back. The first,
#: the transaction value, is what an accepted doubt leaves standing.
Method = Literal["2", "3", "4", "5", "6"]

Form = Literal["deposit", "surety", "other"]


class _Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """One step: when, UTC, and by whom it was taken."""

    at: datetime
    by: str


class Asked(_Step, frozen=True, kw_only=True, tag="asked"):
    """The importer was asked for an explanation.

    Attributes:
        to: Who was asked.
        question: What.
        papers: Requested documents, by name (0..n).
        answer_by: Last day of the time to answer.
    """

    to: str
    question: str
    papers: tuple[str, ...] = ()
    answer_by: date


class Answered(_Step, frozen=True, kw_only=True, tag="answered"):
    """An answer came, to the question or to the grounds.

    Attributes:
        received: Day it came.
        words: What it says.
        papers: Documents received with it (0..n).
    """

    received: date
    words: str = ""
    papers: tuple[str, ...] = ()


class GroundsTold(_Step, frozen=True, kw_only=True, tag="grounds-told"):
    """The importer was told why doubt remains, and given a chance to answer.

    Attributes:
        grounds: The grounds.
        in_writing: Whether in writing, as must be where he asks.
        answer_by: Last day of the time to answer.
    """

    grounds: str
    in_writing: bool = True
    answer_by: date


class Proposed(_Step, frozen=True, kw_only=True, tag="proposed"):
    """A decision waits for a second person.

    Attributes:
        outcome: Whether the declared value is accepted, or held not determinable under Article 1.
        cause: What it is held not determinable for; None if accepted.
        grounds: The grounds, in words.
        in_writing: Whether decision and grounds go out in writing.
    """

    outcome: Literal["accepted", "not-determinable"]
    cause: Cause | None = None
    grounds: str = ""
    in_writing: bool = True


class SentBack(_Step, frozen=True, kw_only=True, tag="sent-back"):
    """The second person did not agree; the doubt is where it was before.

    Attributes:
        reason: Why.
    """

    reason: str


class Decided(_Step, frozen=True, kw_only=True, tag="decided"):
    """The decision; what the fields are, `Proposed` says.

    Attributes:
        proposed_by: Who proposed it, where a second person was needed; None otherwise.
    """

    outcome: Literal["accepted", "not-determinable"]
    cause: Cause | None = None
    grounds: str = ""
    in_writing: bool = True
    proposed_by: str | None = None


class Valued(_Step, frozen=True, kw_only=True, tag="valued"):
    """An officer arrived at a value by another method.

    Attributes:
        method: Which.
        passed_over: Why no earlier method could be used.
        importer_asked: Whether the importer asked for method 5 before 4.
    """

    method: Method
    passed_over: str
    importer_asked: bool = False


class Guaranteed(_Step, frozen=True, kw_only=True, tag="guaranteed"):
    """The goods go against a guarantee while the decision is delayed.

    Attributes:
        amount: Security given.
        currency: ISO 4217.
        form: Of which kind.
    """

    amount: Decimal
    currency: str
    form: Form = "deposit"


class GuaranteeEnded(_Step, frozen=True, kw_only=True, tag="guarantee-ended"):
    """The guarantee was given back, or drawn on for what became due."""

    how: Literal["returned", "drawn"]


class Appealed(_Step, frozen=True, kw_only=True, tag="appealed"):
    """The importer appealed, without penalty.

    Attributes:
        to: Authority or court.
        lodged: Day.
    """

    to: str
    lodged: date


class AppealDecided(_Step, frozen=True, kw_only=True, tag="appeal-decided"):
    """The appeal was decided.

    Attributes:
        outcome: Whether our decision is upheld.
        grounds: The reasons given, in writing.
    """

    outcome: Literal["confirmed", "set-aside"]
    grounds: str


class Closed(_Step, frozen=True, kw_only=True, tag="closed"):
    """Nothing more is to be done."""

    note: str = ""


Step = (
    Asked
    | Answered
    | GroundsTold
    | Proposed
    | SentBack
    | Decided
    | Valued
    | Guaranteed
    | GuaranteeEnded
    | Appealed
    | AppealDecided
    | Closed
)

State = Literal[
    "new",
    "asked",
    "answered",
    "grounds-told",
    "heard",
    "proposed",
    "accepted",
    "not-determinable",
    "valued",
    "appealed",
    "closed",
]


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A doubt about the declared value of one item.

    Attributes:
        id: Its id.
        consignment: Dossier it belongs to.
        item: Number of the item; None for the whole declaration.
        indication: How the value stood when the doubt was raised; None if an officer raised it for reasons of his own.
        points: Members of the set then, each as a multiple of the declared unit value (0..n).
        steps: What was done, in order (0..n).
    """

    id: str
    consignment: str
    item: int | None = None
    indication: Indication | None = None
    points: tuple[float, ...] = ()
    steps: tuple[Step, ...] = ()


def state_of(steps: Iterable[Step]) -> State:
    """Where a doubt stands after its steps."""
    state: State = "new"
    before: State = "new"
    settled: State = "not-determinable"
    for step in steps:
        match step:
            case Answered():
                state = "heard" if state in ("grounds-told", "heard") else "answered"
            case Proposed():
                before, state = state, "proposed"
            case SentBack():
                state = before
            case Decided():
                state = step.outcome
            case Appealed():
                settled, state = state, "appealed"
            case AppealDecided():
                state = settled if step.outcome == "confirmed" else "accepted"
            case Asked():
                state = "asked"
            case GroundsTold():
                state = "grounds-told"
            case Valued():
                state = "valued"
            case Closed():
                state = "closed"
    return state


def due(steps: Sequence[Step]) -> date | None:
    """Last day of the time to answer that now runs; None if none does."""
    state = state_of(steps)
    asked = [step for step in steps if isinstance(step, Asked | GroundsTold)]
    return asked[-1].answer_by if asked and state in ("asked", "grounds-told") else None


def held(steps: Iterable[Step]) -> Guaranteed | None:
    """The guarantee that is held now; None if none is."""
    guarantee: Guaranteed | None = None
    for step in steps:
        match step:
            case Guaranteed():
                guarantee = step
            case GuaranteeEnded():
                guarantee = None
    return guarantee


#: Kind of step → states from which it may be taken.
FROM: Final[dict[str, tuple[State, ...]]] = {
    "asked": ("new",),
    "answered": ("asked", "answered", "grounds-told", "heard"),
    "grounds-told": ("asked", "answered"),
    "proposed": ("asked", "answered", "grounds-told", "heard"),
    "sent-back": ("proposed",),
    "decided": ("asked", "answered", "grounds-told", "heard", "proposed"),
    "guaranteed": ("asked", "answered", "grounds-told", "heard", "proposed"),
    "guarantee-ended": ("accepted", "not-determinable", "valued", "appealed"),
    "valued": ("not-determinable",),
    "appealed": ("not-determinable", "valued"),
    "appeal-decided": ("appealed",),
    "closed": ("accepted", "valued"),
}
