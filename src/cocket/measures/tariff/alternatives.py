# SPDX-License-Identifier: Apache-2.0
"""A cell that gives several rates and does not tell its goods apart: what may be said of it, and what is then due.

The asker names one of the rates, or a rate between the ends of a range as the law that stands behind the cell gives
it, or that the cell grants nothing to the goods. A rate that the cell cannot mean is not taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from cocket.measures.tariff.book import Measure
from cocket.measures.tariff.formula import AdValorem, Among, Choice, Formula, Free, Specific, Sum
from cocket.measures.tariff.notation import NotationError, read_rate
from cocket.measures.tariff.wording import NO_CONCESSION, OTHER_CASE, wording

_NAME_ENDS = ": "


def alternatives(formula: Among) -> tuple[tuple[str, Formula | None], ...]:
    """What may be said of a cell, in its order.

    Args:
        formula: The cell.

    Returns:
        Words and rate (1..n); None for no concession. Between the ends of a range other rates may be told.
    """
    named: list[tuple[str, Formula | None]] = [(wording(part), part) for part in formula.parts]
    return (*named, (NO_CONCESSION, None)) if formula.or_none else tuple(named)


def told_rate(formula: Among, said: Iterable[str]) -> Formula | None:
    """The rate that the asker names.

    Args:
        formula: The cell.
        said: Words (0..n).

    Returns:
        The rate; None for no concession; the cell itself where nothing that it knows is said, or two different things.
    """
    found = {
        wording(one) if one is not None else NO_CONCESSION: one for words in said for one in _meant(formula, words)
    }
    if len(found) == 1:
        return next(iter(found.values()))
    return formula.parts[0] if not found and _is_single(formula) else formula


def told_of(measures: Iterable[Measure], said: tuple[str, ...]) -> tuple[dict[int, tuple[str, ...]], tuple[str, ...]]:
    """Which of the words said are for which measure.

    Args:
        measures: Those that may apply.
        said: Words; `NAME: words` are for measures of that name only. A bare rate is for the one cell that knows it:
            where several do, the name is needed.

    Returns:
        Identity of a measure → words (1..n); and the words that no measure knows, or more than one.
    """
    found: dict[int, list[str]] = {}
    idle: list[str] = []
    named = [one for one in measures if isinstance(one.formula, Choice | Among)]
    for words in said:
        knowing = [(one, bare) for one in named if _knows(one, bare := _bare(one, words))]
        is_clash = len({one.type_code for one, _ in knowing if isinstance(one.formula, Among)}) > 1
        for one, bare in knowing:
            if not (is_clash and isinstance(one.formula, Among)):
                found.setdefault(id(one), []).append(bare)
        if is_clash or not knowing:
            idle.append(words)
    return {name: tuple(words) for name, words in found.items()}, tuple(idle)


def _bare(measure: Measure, words: str) -> str:
    """Words without the name of the measure before them."""
    return words.removeprefix(measure.type_code + _NAME_ENDS).strip()


def _knows(measure: Measure, words: str) -> bool:
    formula = measure.formula
    if isinstance(formula, Choice):
        return words in OTHER_CASE or any(words in (one.goods, one.condition) for one in formula.cases if words)
    return isinstance(formula, Among) and bool(_meant(formula, words))


def _meant(formula: Among, words: str) -> list[Formula | None]:
    """What words mean for a cell (0..1)."""
    if words.lower() == NO_CONCESSION:
        return [None] if formula.or_none else []
    for name, part in alternatives(formula):
        if words == name:
            return [part]
    try:
        rate = read_rate(words)
    except NotationError:
        return []
    if rate in formula.parts or any(
        _lies_between(rate, formula.parts[place], formula.parts[place + 1]) for place in formula.spans
    ):
        return [rate]
    return []


def _is_single(formula: Among) -> bool:
    return len(set(formula.parts)) == 1 and not formula.or_none


def _lies_between(rate: Formula, one: Formula, other: Formula) -> bool:
    """Whether each part of a rate lies between those of two others; what one does not have counts as nothing."""
    parts, ends = _linear(rate), (_linear(one), _linear(other))
    if parts is None or ends[0] is None or ends[1] is None:
        return False
    for name in parts.keys() | ends[0].keys() | ends[1].keys():
        low, high = sorted(end.get(name, Decimal()) for end in (ends[0], ends[1]))
        if not low <= parts.get(name, Decimal()) <= high:
            return False
    return True


def _linear(formula: Formula) -> dict[tuple[str, ...], Decimal] | None:
    """Per cent by base and money by unit; None for what is not a plain sum of these."""
    match formula:
        case Free():
            return {}
        case AdValorem(percent, base):
            return {(base,): percent}
        case Specific(money, currency, unit, per):
            return {(currency, unit): money / per}
        case Sum(parts):
            whole: dict[tuple[str, ...], Decimal] = {}
            for part in map(_linear, parts):
                if part is None:
                    return None
                for name, number in part.items():
                    whole[name] = whole.get(name, Decimal()) + number
            return whole
    return None
