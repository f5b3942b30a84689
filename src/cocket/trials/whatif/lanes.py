# SPDX-License-Identifier: Apache-2.0
"""The lane step run again over the past, office by office and day by day, so that places and quotas hold as they would have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from cocket.control import Candidate, ControlState, Policy, PolicyBook, select
from cocket.control.asking import Asking
from cocket.control.terms import Terms
from cocket.model.message import Lane

#: Cases whose lanes are given between two reports of progress (count).
_STEP: Final = 2_000


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """One assessed case, as the lane step goes by it.

    Attributes:
        id: Stable id.
        office: Customs office; "" if not known.
        day: Working day.
        score: 0–1, higher is worse.
        value: Declared value, national currency; None where not known.
        duty: Duty at stake, national currency; None where not known.
        rules: Rules that fired, in shadow too (0..n).
        asked: Lane that rules asked for; None if none did.
        intelligence: Lane that intelligence asked for; None if none did.
        is_alerted: Whether a red alert from the way stood.
        beside: Version → score of models that were tried beside the one that chose.
    """

    id: str
    office: str
    day: date
    score: float
    value: Decimal | None = None
    duty: float | None = None
    rules: tuple[str, ...] = ()
    asked: Lane | None = None
    intelligence: Lane | None = None
    is_alerted: bool = False
    beside: dict[str, float] = {}


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is chosen otherwise; nothing of it, and the past is run again as the terms have it.

    Attributes:
        offices: Offices at which it is otherwise (0..n); none for all.
        shares: `red` (all examinations), `yellow`, `blue`, `random` → share of cases (0–1).
        places: `red`, `yellow` → places a day (count).
        ignore_below: Declared value under which nothing is chosen but by intelligence or an alert; None for none.
        rule: Rule that sends to `rule_lane` what it fires on; None for none.
        rule_lane: `red` or `yellow`.
        hits: Ids on which the rule fires, where it is a draft that never ran; None to go by what fired.
        model: Version whose scores are used; None for those that chose.
    """

    offices: tuple[str, ...] = ()
    shares: dict[str, float] = {}
    places: dict[str, int] = {}
    ignore_below: Decimal | None = None
    rule: str | None = None
    rule_lane: Lane = "red"
    hits: frozenset[str] | None = None
    model: str | None = None


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """The lane of one case.

    Attributes:
        lane: The lane.
        chance: Chance of examination over all seeds (0–1).
        is_full: Whether a stricter lane had no place left.
    """

    lane: Lane
    chance: float
    is_full: bool = False


def replay(
    cases: Sequence[Past],
    book: PolicyBook,
    changes: Changes,
    seed: bytes,
    progress: Callable[[int, int], None] | None = None,
) -> list[Placed]:
    """Give lanes anew.

    Args:
        cases: In the order in which they were assessed (0..n).
        book: Terms of the administration.
        changes: What is otherwise.
        seed: At least 32 bytes; any seed but the one that was used, so that these draws are independent of those logged.
        progress: Told how many are done, and of how many.

    Returns:
        One lane a case, in the same order.
    """
    terms = _changed_book(book, changes, sorted({one.office for one in cases}))
    state = ControlState()
    placed: dict[str, Placed] = {}
    for start in range(0, len(cases), _STEP):
        part = cases[start : start + _STEP]
        chosen = []
        for one in part:
            if _is_ignored(one, changes):
                placed[one.id] = Placed(lane="green", chance=0.0)
            else:
                chosen.append(_candidate(one, changes))
        for told in select(chosen, state, terms, seed):
            placed[told.consignment] = Placed(lane=told.lane, chance=told.propensity, is_full=told.why == "full")
        if progress:
            progress(min(len(cases), start + _STEP), len(cases))
    return [placed[one.id] for one in cases]


def _is_here(one: Past, changes: Changes) -> bool:
    return not changes.offices or one.office in changes.offices


def _is_ignored(one: Past, changes: Changes) -> bool:
    if changes.ignore_below is None or one.value is None or not _is_here(one, changes):
        return False
    return one.value < changes.ignore_below and one.intelligence is None and not one.is_alerted


def _candidate(one: Past, changes: Changes) -> Candidate:
    asking = (Asking(code="as-asked", asks=one.asked),) if one.asked in ("red", "yellow", "blue") else ()
    score = one.score
    if _is_here(one, changes):
        fires = one.id in changes.hits if changes.hits is not None else changes.rule in one.rules
        if changes.rule is not None and fires:
            asking = (*asking, Asking(code=changes.rule, asks="red" if changes.rule_lane == "red" else "yellow"))
        if changes.model is not None:
            score = one.beside.get(changes.model, one.score)
    return Candidate(
        consignment=one.id,
        office=one.office,
        day=one.day,
        score=score,
        duty=one.duty,
        rules=one.rules,
        asking=asking,
        intelligence=one.intelligence,
        alerted=one.is_alerted,
    )


def _changed_book(book: PolicyBook, changes: Changes, offices: Sequence[str]) -> PolicyBook:
    if not changes.shares and not changes.places:
        return book
    others = []
    for office in offices:
        policy = book.terms(office, None)[1]
        if not changes.offices or office in changes.offices:
            policy = _changed(policy, changes)
        others.append(Terms(office=office, policy=policy))
    return PolicyBook(usual=book.usual, others=tuple(others), zone=book.zone)


def _changed(policy: Policy, changes: Changes) -> Policy:
    """Shares and places as they would be: the share of all examinations holds the random share, which stays unless it is named."""
    shares, places = changes.shares, changes.places
    random = shares.get("random", policy.random_share)
    red = max(0.0, shares["red"] - random) if "red" in shares else policy.red_share
    per_day = places.get("red", policy.red_per_day)
    return msgspec.structs.replace(
        policy,
        random_share=random,
        red_share=red,
        yellow_share=shares.get("yellow", policy.yellow_share),
        blue_share=shares.get("blue", policy.blue_share),
        red_per_day=per_day,
        yellow_per_day=places.get("yellow", policy.yellow_per_day),
        random_reserve=min(policy.random_reserve, per_day),
    )
