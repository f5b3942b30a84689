# SPDX-License-Identifier: Apache-2.0
"""Values and doubts as they leave the pipeline, and the steps of a doubt as entries of the dossier's timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from cocket.consignment import Entry
from cocket.findings import Finding
from cocket.measures.valuation import (
    Doubt,
    Guaranteed,
    Indication,
    Inquiry,
    State,
    Step,
    due,
    held,
    open_steps,
    state_of,
    weaknesses,
)
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Kind of case file.
VALUE_DOUBT = "value-doubt"

#: Kind of step → sentence of the timeline. Places are filled from the sealed step.
SENTENCES = {
    "asked": "{by} asked {to} about the value, to be answered by {answer_by}",
    "answered": "an answer about the value came on {received}",
    "grounds-told": "{by} gave the grounds for doubting the value, to be answered by {answer_by}",
    "proposed": "{by} proposed a decision on the value: {outcome}",
    "sent-back": "{by} sent the proposal about the value back: {reason}",
    "decided": "{by} decided on the declared value: {outcome}",
    "valued": "{by} used method {method} of the valuation agreement",
    "guaranteed": "released against a guarantee of {currency} {amount}",
    "guarantee-ended": "the guarantee was {how}",
    "appealed": "the decision on the value was appealed to {to}",
    "appeal-decided": "the appeal about the value was decided: {outcome}",
    "closed": "{by} closed the doubt about the value",
}

#: Coded values of steps that are told in words.
WORDS = {
    "not-determinable": "not determinable under Article 1",
    "confirmed": "our decision is upheld",
    "set-aside": "our decision is set aside",
    "returned": "given back",
    "drawn": "drawn on",
}


class ValueView(msgspec.Struct, frozen=True, kw_only=True):
    """How the declared value of one item stands.

    Attributes:
        item: Item number as written; its place in the declaration where it has none.
        goods: The goods in words; None if not stated.
        indication: How its value stands among others.
        weaknesses: What makes the set a weak ground (0..n).
        points: Members of the set, each as a multiple of the declared unit value (0..n).
        inquiry: What to ask; None where there is no reason to.
        open_questions: What the price may exclude (0..n).
    """

    item: int
    goods: str | None
    indication: Indication
    weaknesses: tuple[Finding, ...] = ()
    points: tuple[float, ...] = ()
    inquiry: Inquiry | None = None
    open_questions: tuple[Finding, ...] = ()


class DoubtView(msgspec.Struct, frozen=True, kw_only=True):
    """A doubt as it stands.

    Attributes:
        id: Its id.
        consignment: Dossier it belongs to.
        office: Its office; None if it has none.
        item: Item number; None for the whole declaration.
        state: Where it stands.
        due: Last day of the time to answer that runs; None if none does.
        is_overdue: Whether that day is past without an answer.
        indication: How the value stood when it was raised; None if an officer raised it for reasons of his own.
        weaknesses: What makes the set of then a weak ground (0..n).
        points: Members of the set of then, each as a multiple of the declared unit value (0..n).
        guarantee: Guarantee held; None if none is.
        steps: What was done, oldest first.
        open_steps: Kinds of steps that may be taken now (0..n).
        title: Reference of the consignment, on the doubt's own page alone, like the next three; None else.
        trader: Trader; None if not known.
        goods: Goods in words; None if not known.
        value: Declared value with its currency; None if not known.
    """

    id: str
    consignment: str
    office: str | None
    item: int | None
    state: State
    due: date | None = None
    is_overdue: bool = False
    indication: Indication | None = None
    weaknesses: tuple[Finding, ...] = ()
    points: tuple[float, ...] = ()
    guarantee: Guaranteed | None = None
    steps: tuple[Step, ...] = ()
    open_steps: tuple[str, ...] = ()
    title: str | None = None
    trader: str | None = None
    goods: str | None = None
    value: str | None = None


class NewDoubt(msgspec.Struct, frozen=True, kw_only=True):
    """The question with which a doubt begins.

    Attributes:
        item: Item number; None for the whole declaration.
        to: Who is asked.
        question: What, in words.
        papers: Requested documents, by name (0..n).
        answer_by: Last day of the time to answer.
    """

    item: int | None = None
    to: str
    question: str
    papers: tuple[str, ...] = ()
    answer_by: date


class SealedStep(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of one step of a doubt.

    Attributes:
        doubt: Its id.
        consignment: Dossier it belongs to.
        item: Item number; None for the whole declaration.
        indication: How the value stood, in the record of the first step; None in the others.
        step: The step.
        points: Members of the set then, in the record of the first step; None in the others, and in records of before.
        trader: Trader under whose name the file is found; None if none is known, and in records of before.
    """

    doubt: str
    consignment: str
    item: int | None
    indication: Indication | None
    step: Step
    points: tuple[float, ...] | None = None
    trader: str | None = None


def doubt_view(doubt: Doubt, office: str | None, today: date) -> DoubtView:
    """A doubt as it is shown on a day."""
    last, compared = due(doubt.steps), doubt.indication.set if doubt.indication else None
    return DoubtView(
        id=doubt.id,
        consignment=doubt.consignment,
        office=office,
        item=doubt.item,
        state=state_of(doubt.steps),
        due=last,
        is_overdue=last is not None and today > last,
        indication=doubt.indication,
        weaknesses=weaknesses(compared) if compared else (),
        points=doubt.points,
        guarantee=held(doubt.steps),
        steps=doubt.steps,
        open_steps=open_steps(doubt, today),
    )


def doubt_entries(stores: Stores, connection: Connection, consignment: UUID) -> Iterable[Entry]:
    """Steps of every doubt of a dossier as entries of its timeline (0..n)."""
    for file in stores.case_files.of_consignment(connection, consignment):
        if file.kind != VALUE_DOUBT:
            continue
        for leaf, body in stores.leaves.records_about(connection, file.id):
            step = msgspec.json.decode(body).get("step", {})
            yield _entry(step, leaf.at, leaf.index, leaf.actor)


def places_of(step: Mapping[str, Any]) -> dict[str, str]:
    """Values for the places of the sentence of a step, as it is written down."""
    sentence = SENTENCES.get(str(step.get("kind")), "")
    return {name: WORDS.get(str(told), str(told)) for name, told in step.items() if "{" + name + "}" in sentence}


def _entry(step: dict[str, Any], at: datetime, index: int, actor: str) -> Entry:
    kind = str(step.get("kind", ""))
    return Entry(
        at=at,
        code=f"doubt-{kind}",
        message=SENTENCES.get(kind, kind),
        arguments=places_of(step),
        actor=actor,
        index=index,
    )
