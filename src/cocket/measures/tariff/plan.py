# SPDX-License-Identifier: Apache-2.0
"""Which measures of a tariff apply to goods on a day: everything about an item's cost but the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

import msgspec

from cocket.findings import Finding
from cocket.measures.tariff.book import Condition, Kind, Measure, Tariff
from cocket.measures.tariff.formula import Formula, Missing
from cocket.measures.tariff.goods import Goods
from cocket.measures.tariff.procedures import USUAL, Procedure, procedure_of

#: Kinds that compete: the lowest lawful one applies.
COMPETING: tuple[Kind, ...] = ("duty", "suspension", "preference", "quota")

#: Kinds that add up, in the order in which they are computed.
ADDING: tuple[Kind, ...] = ("anti-dumping", "countervailing", "additional", "excise", "fee")

_CONTROLS: tuple[Kind, ...] = ("prohibition", "control")

#: Preference codes of the EU that claim nothing: the first digit says "for everybody".
_NO_CLAIM = "1"


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A measure that applies, with the formula that its conditions lead to.

    Attributes:
        measure: The measure.
        formula: What is due by it.
        notes: What was taken for granted (0..n), in words.
    """

    measure: Measure
    formula: Formula
    notes: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be computed for goods of one code, origin and claim on one day.

    Attributes:
        code: Line of the tariff that was found; empty if none was.
        competing: Duties of which the lowest applies (0..n).
        adding: What comes on top (0..n), in order.
        vat: Value added taxes of which the first applies (0..n): those claimed by an additional code, else the
            highest rate.
        controls: Prohibitions and controls (0..n).
        procedure: The procedure; None if nothing is known of the one asked for.
        missing: What must be known first (0..n).
        findings: What is wrong with the tariff or the question (0..n).
    """

    code: str
    competing: tuple[Applied, ...] = ()
    adding: tuple[Applied, ...] = ()
    vat: tuple[Applied, ...] = ()
    controls: tuple[Measure, ...] = ()
    procedure: Procedure | None = None
    missing: tuple[Missing, ...] = ()
    findings: tuple[Finding, ...] = ()


class Planner:
    """Finds what applies.

    Args:
        tariff: The tariff.
        procedures: What its country's procedures do.
    """

    def __init__(self, tariff: Tariff, procedures: tuple[Procedure, ...] = USUAL) -> None:
        self._tariff = tariff
        self._procedures = procedures
        self._parents = {code[:length] for code in tariff.lines for length in range(1, len(code))}
        self._plans: dict[tuple[object, ...], Plan] = {}

    def plan(self, goods: Goods) -> Plan:
        """What applies to goods.

        Args:
            goods: The item; its value and quantities are not looked at.

        Returns:
            The plan, the same object for the same question.
        """
        question = (
            goods.code, goods.day, goods.origin, goods.preference, goods.procedure, goods.additional_codes,
            goods.documents, goods.quotas, goods.use,
        )  # fmt: skip
        known = self._plans.get(question)
        if known is None:
            known = self._plans[question] = self._make(goods)
        return known

    def _make(self, goods: Goods) -> Plan:
        code, trouble = self._line(goods.code)
        procedure = procedure_of(goods.procedure, self._procedures)
        if trouble is not None:
            return Plan(
                code=code, procedure=procedure, findings=(trouble,), missing=(Missing(reason="code", what=goods.code),)
            )
        standing = [one for one in self._measures(code) if _holds(one, goods.day)]
        here, missing = self._of_origin(standing, goods.origin)
        clashes = tuple(_clashes(here))
        clashing = {id(measure) for _, pair in clashes for measure in pair}
        here = [one for one in here if id(one) not in clashing and _is_claimed(one, goods)]
        if procedure is None:
            missing.append(Missing(reason="procedure", what=goods.procedure or ""))
        for _, pair in clashes:
            missing.append(Missing(reason="rates-overlap", what=f"{pair[0].type_code} {pair[0].area or ''}".strip()))
        applied = [one for one in (_applied(measure, goods) for measure in here) if one is not None]
        return Plan(
            code=code,
            competing=_of_kinds(applied, COMPETING),
            adding=_of_kinds(applied, ADDING),
            vat=_of_kinds(applied, ("vat",)),
            controls=tuple(one for one in here if one.kind in _CONTROLS),
            procedure=procedure,
            missing=tuple(missing),
            findings=tuple(finding for finding, _ in clashes),
        )

    def _line(self, asked: str) -> tuple[str, Finding | None]:
        """The line for a code: itself, or the longest that it begins with; and what is wrong, if anything is."""
        digits = "".join(filter(str.isdigit, asked)) if asked.isascii() else ""
        for length in range(len(digits), 1, -1):
            code = digits[:length]
            if code in self._tariff.lines and code not in self._parents:
                return code, None
            if code in self._parents:
                return code, _error("code-not-declarable", "{found} has lines under it; a longer code is needed", asked)
        return "", _error("code-not-in-tariff", "{found} is not in this tariff", asked)

    def _measures(self, code: str) -> Iterator[Measure]:
        """Measures on a line and on all it stands under, the nearest first."""
        for length in range(len(code), 1, -1):
            yield from self._tariff.measures.get(code[:length], ())

    def _of_origin(self, measures: Iterable[Measure], origin: str | None) -> tuple[list[Measure], list[Missing]]:
        """Measures for goods of an origin; without one those for all, and whether another could apply."""
        kept: list[Measure] = []
        hangs = False
        for one in measures:
            if one.area is None and not one.excluded:
                kept.append(one)
            elif origin is None:
                hangs = hangs or one.kind in ADDING
                if one.area is None:
                    kept.append(one)
            elif (one.area is None or self._is_in(origin, one.area)) and not any(
                self._is_in(origin, area) for area in one.excluded
            ):
                kept.append(one)
        return kept, [Missing(reason="origin", what="trade measures hang on it")] if hangs else []

    def _is_in(self, country: str, area: str) -> bool:
        return country == area or country in self._tariff.areas.get(area, ())


def _holds(measure: Measure, day: date) -> bool:
    return (measure.valid_from is None or measure.valid_from <= day) and (
        measure.valid_to is None or day <= measure.valid_to
    )


def _clashes(measures: list[Measure]) -> Iterator[tuple[Finding, tuple[Measure, Measure]]]:
    """Measures of one name on one code that hold at once and say different things."""

    def name(one: Measure) -> tuple[str, ...]:
        parts = (
            one.kind,
            one.type_code,
            one.code,
            one.area,
            one.order_number,
            one.additional_code,
            one.preference,
            one.uses,
        )
        return tuple(part or "" for part in parts)

    for _, several in groupby(sorted(measures, key=name), key=name):
        first, *others = several
        for other in others:
            if other.formula is not None and other.formula != first.formula and other.kind != "vat":
                message = "two rates of {type} on {found} hold on the same day"
                finding = _error("rates-overlap", message, first.code, type=first.type_code)
                yield finding, (first, other)


def _is_claimed(measure: Measure, goods: Goods) -> bool:
    """Whether a measure that must be asked for was asked for."""
    if measure.additional_code is not None and measure.additional_code not in goods.additional_codes:
        return False
    if measure.order_number is not None and measure.order_number not in goods.quotas:
        return False
    if measure.uses is not None and goods.use is None:
        return False
    if measure.kind != "preference" and measure.preference is None:
        return True
    claim = goods.preference
    if claim is None or (claim.isdigit() and claim.startswith(_NO_CLAIM)):
        return False
    return claim in (measure.preference, measure.type_code) or not _names_one(claim, measure)


def _names_one(claim: str, measure: Measure) -> bool:
    """Whether a claim names one column, so that it claims no other; a bare code claims whatever the origin gives."""
    return measure.preference is not None or not claim.isdigit()


def _applied(measure: Measure, goods: Goods) -> Applied | None:
    """A measure with the formula its conditions lead to; None if they lead away from it."""
    formula, notes = measure.formula, []
    for _, group in groupby(measure.conditions, key=lambda one: one.code):
        conditions = list(group)
        met = _met(conditions, goods)
        if met is None and measure.kind in ("preference", "quota", "suspension") and goods.documents is None:
            notes.append(f"taken as claimed; its proof is not checked: {', '.join(_papers(conditions))}")
            continue
        if met is None or not met.applies:
            return None
        formula = met.formula if met.formula is not None else formula
    if formula is None:
        return None
    return Applied(measure=measure, formula=formula, notes=tuple(notes))


def _met(conditions: list[Condition], goods: Goods) -> Condition | None:
    """The first condition of a group that is met; None if that hangs on papers of which nothing is known, or on none."""
    if goods.documents is None and any(one.documents and one.applies for one in conditions):
        negative = [one for one in conditions if not one.documents]
        return None if not negative or not negative[-1].applies else negative[-1]
    presented = set(goods.documents or ())
    return next((one for one in conditions if not one.documents or presented.intersection(one.documents)), None)


def _papers(conditions: list[Condition]) -> list[str]:
    return [code for one in conditions if one.applies for code in one.documents] or ["no code"]


def _of_kinds(applied: list[Applied], kinds: tuple[Kind, ...]) -> tuple[Applied, ...]:
    """Those of some kinds, in the order of the kinds; of several of one name the nearest to the line."""
    found: dict[tuple[str, ...], Applied] = {}
    for one in applied:
        measure = one.measure
        parts = (
            measure.kind,
            measure.type_code,
            measure.area,
            measure.order_number,
            measure.additional_code,
            measure.uses,
        )
        if measure.kind in kinds:
            name = (*(part or "" for part in parts), "" if measure.kind != "vat" else repr(one.formula))
            found.setdefault(name, one)
    return tuple(sorted(found.values(), key=lambda one: kinds.index(one.measure.kind)))


def _error(code: str, message: str, found: str, **arguments: str) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found[:200], arguments=arguments)
