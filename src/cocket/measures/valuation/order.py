# SPDX-License-Identifier: Apache-2.0
"""The order in which a doubt may go on, and what each step must say. Whatever is out of order is refused with the reason.

Source: WTO Committee on Customs Valuation, Decision 6.1, paragraph 1; Valuation Agreement, articles 4, 11, 13 and 16.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.measures.valuation.doubt import (
    FROM,
    Answered,
    Asked,
    Decided,
    Doubt,
    GroundsTold,
    Guaranteed,
    Proposed,
    SentBack,
    Step,
    Valued,
    due,
    held,
    state_of,
)


class DoubtOrderError(SenderError):
    """A step in the life of a doubt that may not be taken now, or not as it is; `findings` (1..n) say why."""

    code = "doubt-order"


def take(doubt: Doubt, step: Step) -> Doubt:
    """Take a step.

    Args:
        doubt: As it stands.
        step: What is done.

    Returns:
        The doubt after it.

    Raises:
        DoubtOrderError: It may not be taken now, or lacks what it must say.
    """
    kind = kind_of(step)
    problems = tuple(_out_of_order(doubt, kind, step.at.date())) or tuple(_lacking(doubt, step))
    if problems:
        raise DoubtOrderError("This step is not possible.", findings=problems, hint="See the reasons.")
    return msgspec.structs.replace(doubt, steps=(*doubt.steps, step))


def open_steps(doubt: Doubt, day: date) -> tuple[str, ...]:
    """Kinds of steps that may be taken on a day (0..n), in the order of a doubt's life."""
    return tuple(kind for kind in FROM if not any(_out_of_order(doubt, kind, day)))


def kind_of(step: Step) -> str:
    """The kind of a step, such as `grounds-told`."""
    return str(type(step).__struct_config__.tag)


def _out_of_order(doubt: Doubt, kind: str, day: date) -> Iterator[Finding]:
    """Why a kind of step may not come now (0..n)."""
    state, last = state_of(doubt.steps), due(doubt.steps)
    if state not in FROM[kind]:
        yield _problem(
            "doubt-out-of-order", "{kind} is not possible while the doubt is {state}", kind=kind, state=state
        )
    elif kind == "grounds-told" and state == "asked" and last and day <= last:
        yield _problem("time-to-answer-runs", "the time to answer runs until {day}", day=last.isoformat())
    elif kind == "guaranteed" and held(doubt.steps):
        yield _problem("guarantee-held", "a guarantee is held already")
    elif kind == "guarantee-ended" and not held(doubt.steps):
        yield _problem("no-guarantee", "no guarantee is held")
    elif kind == "closed" and held(doubt.steps):
        yield _problem("guarantee-held", "the guarantee must first be returned or used")


def _lacking(doubt: Doubt, step: Step) -> Iterator[Finding]:
    """What a step itself must say and does not (0..n)."""
    if doubt.steps and step.at < doubt.steps[-1].at:
        yield _problem("step-before-last", "a step cannot be dated before the previous one")
    yield from _unsaid(step)
    match step:
        case Asked() | GroundsTold():
            if step.answer_by <= step.at.date():
                yield _problem("no-time-to-answer", "the time to answer must end after today")
        case Answered():
            if step.received > step.at.date():
                yield _problem("answer-from-tomorrow", "an answer cannot be dated in the future")
        case Proposed():
            yield from _decision(doubt, step)
        case Decided():
            yield from _decision(doubt, step)
            yield from _second(doubt, step)
        case SentBack():
            yield from _second(doubt, step)
        case Valued():
            if step.importer_asked and step.method != "5":
                yield _problem("method-order", "the importer may ask for method 5 before 4, and for no other order")
        case Guaranteed():
            if not step.amount.is_finite() or step.amount <= 0:
                yield _problem("guarantee-amount", "a guarantee must have an amount above zero")
            if not (step.currency.isalpha() and step.currency.isupper() and len(step.currency) == _CURRENCY):
                yield _problem("guarantee-currency", "enter the three-letter currency code")


_CURRENCY: Final = 3

#: Kind of step → fields that must hold words.
_SAID: Final[dict[str, tuple[str, ...]]] = {
    "asked": ("to", "question"),
    "grounds-told": ("grounds",),
    "sent-back": ("reason",),
    "valued": ("passed_over",),
    "appealed": ("to",),
    "appeal-decided": ("grounds",),
}

#: What to do about such a field that holds none.
_UNSAID: Final[dict[str, str]] = {
    "to": "say to whom it is addressed",
    "question": "write the question",
    "grounds": "write the grounds",
    "reason": "give the reason",
    "passed_over": "say why the methods before it were passed over",
}


def _unsaid(step: Step) -> Iterator[Finding]:
    for field in _SAID.get(kind_of(step), ()):
        if not getattr(step, field).strip():
            yield _problem("step-not-complete", _UNSAID[field])
    if isinstance(step, Answered) and not step.words.strip() and not step.papers:
        yield _problem("step-not-complete", "enter the answer, or the documents received")


def _decision(doubt: Doubt, step: Proposed | Decided) -> Iterator[Finding]:
    """Whether a decision may be made as it is.

    Source: Decision 6.1, paragraph 1: grounds are told and a chance to answer is given before the final decision, which
    is told in writing with its grounds.
    """
    if step.outcome == "accepted":
        if step.cause is not None:
            yield _problem("cause-without-reason", "an accepted value has no grounds for being not determinable")
        return
    told = [one for one in doubt.steps if isinstance(one, GroundsTold)]
    last = due(doubt.steps)
    if not told:
        yield _problem("grounds-not-told", "the grounds must first be given, with an opportunity to respond")
    elif last and step.at.date() <= last:
        yield _problem("time-to-answer-runs", "the time to answer runs until {day}", day=last.isoformat())
    if step.cause is None or not step.grounds.strip():
        yield _problem("grounds-missing", "the decision must state why the value is not determinable")
    if step.cause == "no-answer" and any(isinstance(one, Answered) for one in doubt.steps):
        yield _problem("answer-came", "an answer was received, so its absence is not a ground")
    if not step.in_writing:
        yield _problem("not-in-writing", "the decision and its grounds must be given in writing")


def _second(doubt: Doubt, step: Decided | SentBack) -> Iterator[Finding]:
    """Whether a proposal is decided on as it was made, by somebody else."""
    proposal = next((one for one in reversed(doubt.steps) if isinstance(one, Proposed)), None)
    if state_of(doubt.steps) != "proposed" or proposal is None:
        return
    if isinstance(step, Decided):
        same = all(
            getattr(step, name) == getattr(proposal, name) for name in ("outcome", "cause", "grounds", "in_writing")
        )
        if not same or step.proposed_by != proposal.by:
            yield _problem(
                "not-as-proposed", "a second person agrees to the decision as it was proposed, or sends it back"
            )
        if step.by == proposal.by:
            yield _problem("second-person-needed", "a second person must agree to the decision")


def _problem(code: str, message: str, **arguments: str) -> Finding:
    return Finding(code=code, severity="error", message=message, arguments=arguments)
