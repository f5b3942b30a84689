# SPDX-License-Identifier: Apache-2.0
"""What a what-if goes by: the house's own past, read in parts, with the chance of each examination and the stamps of each order."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

import msgspec

from cocket.control import ExaminationResult, Grounds, group_of
from cocket.control.work_order import Rank
from cocket.errors import SenderError
from cocket.pipeline.base.sealed_advice import SealedHit
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import Examined, all_results
from cocket.pipeline.risk.effort_figures import choices_of, declared_between
from cocket.pipeline.risk.read_past import ReadPast
from cocket.stores.base.database import Connection
from cocket.stores.risk.rules import StoredMeasured
from cocket.trials.queues import Closing, Office
from cocket.trials.queues.offices import STATION_OF
from cocket.trials.whatif import Logged, Past, Question

#: Cases that are asked at most, the newest ones (count), and those read at once.
MOST: Final = 50_000
_AT_ONCE: Final = 1_000

#: Scores are kept from 0 and 1 by so much, where their log-odds are taken.
_LEAST: Final = 1e-4

Progress = Callable[[str, int, int], None]


class PastCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What of the past was asked.

    Attributes:
        first: First day of declaration.
        last: Last day.
        declared: Cases declared on these days (count).
        asked: Of them asked (count).
        examined: Of these with a result of an examination (count).
        drawn: Of these drawn by a sealed chance, with a result (count).
        unanswered: Drawn, without a result (count).
        picks: Examined because an officer picked them (count).
        unknown: Of unknown chance (count).
        unscored: Left out, as no model had scored them (count).
        not_by_model: Left out, as the model that is asked about had not (count).
        valueless: Of unknown value in the currency (count); 0 where values do not count.
        finds: With a find (count).
        amounts: Of them with what was recovered (count).
        currency: Of amounts that were recovered; None where none or several were told.
    """

    first: date
    last: date
    declared: int
    asked: int
    examined: int
    drawn: int
    unanswered: int
    picks: int
    unknown: int
    unscored: int
    not_by_model: int
    valueless: int
    finds: int
    amounts: int
    currency: str | None


class HousePast(msgspec.Struct, frozen=True, kw_only=True):
    """The past of a house.

    Attributes:
        cases: Cases as the lane step goes by them, in order of day of declaration and of assessment (0..n).
        logged: The same as estimates go by them.
        made: When each was first assessed, seconds since 1970.
        offices: Office → its stations.
        counts: What was asked.
    """

    cases: tuple[Past, ...]
    logged: tuple[Logged, ...]
    made: tuple[float, ...]
    offices: dict[str, Office]
    counts: PastCounts


class _Advice(msgspec.Struct, frozen=True):
    """Of sealed advice what is needed here."""

    hits: tuple[SealedHit, ...] | None = None
    beside: dict[str, float] = {}
    rank: Rank | None = None
    grounds: Grounds | None = None


_NO_ADVICE: Final = _Advice()
_DECODE: Final = msgspec.json.Decoder(_Advice)


class _Read(msgspec.Struct):
    """What is read part by part."""

    advice: dict[UUID, _Advice] = {}
    values: dict[UUID, str] = {}
    work: dict[tuple[str, str], list[Closing]] = {}


def read_house(
    stores: Stores, connection: Connection, past: ReadPast, question: Question, terms: tuple[date, date, Progress]
) -> HousePast:
    """Read the past that a question is about.

    Args:
        stores: The stores.
        connection: The transaction.
        past: What was assessed and found.
        question: The question.
        terms: First and last day, and who is told of progress.

    Raises:
        SenderError: Nothing was assessed on these days.
    """
    first, last, progress = terms
    days = declared_between(past.rows, first, last).days
    here = [one for one in past.rows if str(one.consignment) in days]
    if not here:
        raise SenderError(
            f"Nothing that was declared from {first} to {last} was assessed, so there is no past to ask.",
            code="what-if-empty",
        )
    here.sort(key=lambda one: (days[str(one.consignment)], one.made))
    taken = here[-MOST:]
    read = _Read()
    for start in range(0, len(taken), _AT_ONCE):
        _read_part(stores, connection, taken[start : start + _AT_ONCE], question, read)
        progress("reading", min(len(taken), start + _AT_ONCE), len(taken))
    scored = [one for one in taken if one.score is not None]
    asked = scored
    if question.model is not None:
        asked = [one for one in scored if question.model in read.advice.get(one.consignment, _NO_ADVICE).beside]
        if not asked:
            raise SenderError(
                f"The model {question.model} has scored no case of these days, so it cannot be asked about.",
                code="what-if-model",
                hint="Let it run beside the model that chooses; see `cocket risk score`.",
            )
    results = _newest_results(all_results(stores, connection, past.size).values())
    currency = question.currency or _usual(read.values.values())
    logged, told = _logged(asked, past.examined, (results, read.advice), days)
    cases = tuple(_case(one, days, read, currency) for one in asked)
    sums = {one.currency for one in asked if one.duty and str(one.consignment) in past.examined}
    finds = [one for one in asked if (out := past.examined.get(str(one.consignment))) and out.found]
    counts = PastCounts(
        first=min(day for day in days.values()) if days else first,
        last=max(day for day in days.values()) if days else last,
        declared=len(here),
        asked=len(asked),
        examined=sum(str(one.consignment) in past.examined for one in asked),
        drawn=told["drawn"],
        unanswered=told["unanswered"],
        picks=told["picks"],
        unknown=told["unknown"],
        unscored=len(taken) - len(scored),
        not_by_model=len(scored) - len(asked),
        valueless=sum(one.value is None for one in cases) if question.ignore_below is not None else 0,
        finds=len(finds),
        amounts=sum(one.duty is not None for one in finds),
        currency=sums.pop() if len(sums) == 1 else None,
    )
    by_office: dict[str, dict[str, tuple[Closing, ...]]] = defaultdict(dict)
    for (office, station), work in read.work.items():
        by_office[office][station] = tuple(work)
    return HousePast(
        cases=cases,
        logged=tuple(logged),
        made=tuple(one.made.timestamp() for one in asked),
        offices={office: Office(stations=stations) for office, stations in sorted(by_office.items())},
        counts=counts,
    )


def _read_part(
    stores: Stores, connection: Connection, rows: Sequence[StoredMeasured], question: Question, read: _Read
) -> None:
    ids = [one.consignment for one in rows]
    assessed = stores.orders.assessed(connection, ids)
    orders = stores.orders.order_of(connection, ids)
    records = [one.id for one in assessed.values()] + [one.record for one in orders.values() if one.record]
    bodies = stores.leaves.bodies(connection, records)
    for consignment, newest in assessed.items():
        if newest.id in bodies:
            read.advice[consignment] = _DECODE.decode(bodies[newest.id][1])
    if question.ignore_below is not None:
        lines = stores.consignments.lines_of(connection, ids)
        read.values |= {one: line.value for one, line in lines.items() if line.value}
    for order in orders.values():
        is_done = order.status in ("done", "released")
        if order.status == "lapsed" or order.lane not in STATION_OF:
            continue
        leaf = bodies[order.record][0] if is_done and order.record in bodies else None
        closing = Closing(
            opened=order.created.timestamp(),
            closed=leaf.at.timestamp() if leaf is not None and leaf.at >= order.created else None,
            worker=leaf.actor if leaf is not None and leaf.at >= order.created else None,
            is_done=is_done,
        )
        read.work.setdefault((order.office or "", STATION_OF[order.lane]), []).append(closing)


def _newest_results(results: Iterable[ExaminationResult]) -> dict[str, ExaminationResult]:
    """Consignment → its last result; results come oldest first."""
    return {one.consignment: one for one in results}


def _logged(
    rows: Sequence[StoredMeasured],
    outcomes: Mapping[str, Examined],
    of: tuple[Mapping[str, ExaminationResult], Mapping[UUID, _Advice]],
    days: Mapping[str, date],
) -> tuple[list[Logged], Counter[str]]:
    """Each case with the chance of its examination, shortened by the share of results that did not come."""
    results, advice = of
    choices = {one.id: one for one in choices_of(rows, outcomes)[0]}
    told: Counter[str] = Counter()
    kinds: list[tuple[str, bool]] = []
    for one in rows:
        choice = choices[str(one.consignment)]
        is_by_seal = one.lane == "red" and one.propensity < 1.0
        if not choice.chance:
            kind, is_seen = "unknown", False
            told["picks"] += choice.is_examined
        elif choice.chance >= 1.0:
            kind, is_seen = "sure", choice.is_examined
        else:
            has_chance = choice.is_examined and outcomes[choice.id].propensity is not None
            kind, is_seen = ("drawn" if is_by_seal else "open"), has_chance and is_by_seal
            told["picks"] += choice.is_examined and not is_seen
        told[kind] += 1
        told[f"{kind} seen"] += is_seen
        kinds.append((kind, is_seen))
    # a draw, or an examination ordered for a reason, of which no result came is taken to be like the others of its kind
    rates = {kind: told[f"{kind} seen"] / told[kind] if told[kind] else 0.0 for kind in ("drawn", "sure")}
    logged = []
    for one, (kind, is_seen) in zip(rows, kinds, strict=True):
        name = str(one.consignment)
        rate = rates["sure" if kind == "sure" else "drawn"]
        chance = choices[name].chance
        result, known = results.get(name), advice.get(one.consignment, _NO_ADVICE)
        found = is_seen and outcomes[name].found
        logged.append(
            Logged(
                id=name,
                day=days[name],
                chance=chance * rate if chance and kind != "unknown" and rate else None,
                is_seen=is_seen,
                found=found,
                threat=bool(found and result and any(group_of(each) == "threat" for each in result.offences)),
                amount=(one.duty or 0.0) if found else 0.0,
                marks=_marks(one, known),
            )
        )
    counts = Counter({"picks": told["picks"], "unknown": told["unknown"], "drawn": told["drawn seen"]})
    counts["unanswered"] = told["drawn"] - told["drawn seen"]
    return logged, counts


def _marks(one: StoredMeasured, advice: _Advice) -> tuple[float, ...]:
    """What the model goes by: the score as log-odds, the duty at stake, and how many rules fired."""
    score = min(1 - _LEAST, max(_LEAST, one.score or 0.0))
    return math.log(score / (1 - score)), math.log1p(_stake(advice) or 0.0), float(len(one.rules))


def _stake(advice: _Advice) -> float | None:
    stake = advice.rank.stake if advice.rank else None
    amount = _decimal(stake) if stake else None
    return None if amount is None else max(0.0, float(amount))


def _case(one: StoredMeasured, days: Mapping[str, date], read: _Read, currency: str | None) -> Past:
    advice = read.advice.get(one.consignment, _NO_ADVICE)
    grounds = advice.grounds
    text = read.values.get(one.consignment, "")
    named, _, amount = text.rpartition(" ")
    return Past(
        id=str(one.consignment),
        office=one.office or "",
        day=days[str(one.consignment)],
        score=one.score or 0.0,
        value=_decimal(amount) if amount and (currency is None or named == currency) else None,
        duty=_stake(advice),
        rules=tuple(sorted({*one.rules, *(hit.rule for hit in advice.hits or ())})),
        asked=grounds.asked if grounds else None,
        intelligence=grounds.intelligence if grounds else None,
        is_alerted=bool(grounds and grounds.is_alerted),
        beside=advice.beside,
    )


def _decimal(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _usual(values: Iterable[str]) -> str | None:
    named = Counter(text.rpartition(" ")[0] for text in values)
    return named.most_common(1)[0][0] if named else None
