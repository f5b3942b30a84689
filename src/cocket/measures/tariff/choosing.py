# SPDX-License-Identifier: Apache-2.0
"""Which of several rates holds: what can be decided from quota, origin and day is, words are left to people."""

from __future__ import annotations

from msgspec import structs

from cocket.measures.tariff.alternatives import told_rate
from cocket.measures.tariff.formula import Among, Case, Choice, Formula
from cocket.measures.tariff.goods import Goods
from cocket.measures.tariff.wording import OTHER_CASE


def chosen(formula: Formula, goods: Goods, said: tuple[str, ...] | None = None) -> Formula | None:
    """The rate that holds for an item.

    Args:
        formula: Any formula.
        goods: The item.
        said: Those of its cases that are meant for this formula; None for all.

    Returns:
        The rate; the formula itself where there is nothing to choose or the choice hangs on something not known;
        None if no case holds, so that the measure grants nothing.
    """
    if isinstance(formula, Among):
        return told_rate(formula, goods.cases if said is None else said)
    if not isinstance(formula, Choice):
        return formula
    if said is not None and said != goods.cases:
        goods = structs.replace(goods, cases=said)
    holding: list[Case] = []
    is_open = False
    for case in formula.cases:
        holds = _holds(case, goods, formula)
        if holds is None:
            is_open = True
        elif holds and (case.ground != "other" or not holding):
            holding.append(case)
    if is_open:
        return formula
    return max(holding, key=_narrowness).formula if holding else None


def _holds(case: Case, goods: Goods, choice: Choice) -> bool | None:
    """Whether a case holds; None if that is not known."""
    answers = [
        None if case.within_quota is None else case.within_quota == bool(goods.quotas),
        _is_in_season(case, goods) if case.season else None,
    ]
    known = [answer for answer in answers if answer is not None]
    if False in known:
        return False
    open_ones: list[bool | None] = []
    if case.partners:
        open_ones.append(None if goods.origin is None else goods.origin in case.partners)
    if case.goods or (case.ground == "other" and any(one.goods for one in choice.cases)):
        open_ones.append(_is_named(case, goods, choice))
    if case.ground == "other" and goods.origin is None and any(one.partners for one in choice.cases):
        open_ones.append(None)
    if False in open_ones:
        return False
    is_said = known or open_ones or case.ground == "other"
    return True if is_said and None not in open_ones else None


def _is_named(case: Case, goods: Goods, choice: Choice) -> bool | None:
    """Whether the asker says that the goods are those of a case; None if nothing is said of what they are."""
    if not goods.cases:
        return None
    if case.ground == "other":
        return bool(OTHER_CASE.intersection(goods.cases)) or not any(
            _is_said(one, goods) for one in choice.cases if one.goods
        )
    return _is_said(case, goods)


def _is_said(case: Case, goods: Goods) -> bool:
    return bool({case.goods, case.condition}.intersection(goods.cases))


def _is_in_season(case: Case, goods: Goods) -> bool:
    if case.season is None:
        return True
    first, last = case.season
    day = (goods.day.month, goods.day.day)
    return first <= day <= last if first <= last else day >= first or day <= last


def _narrowness(case: Case) -> int:
    return (
        bool(case.goods) + (case.within_quota is not None) + bool(case.partners) + (case.season is not None)
    ) * 2 - (case.ground == "other")
