# SPDX-License-Identifier: Apache-2.0
"""Which measures of a tariff apply to goods on a day: everything about an item's cost but the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

import msgspec

from cocket.findings import Finding
from cocket.measures.tariff.alternatives import told_of
from cocket.measures.tariff.book import Condition, Kind, Measure, Tariff
from cocket.measures.tariff.choosing import chosen
from cocket.measures.tariff.formula import Formula, Missing
from cocket.measures.tariff.goods import Goods
from cocket.measures.tariff.procedures import USUAL, Procedure, procedure_of

#: Kinds that compete: the lowest lawful one applies.
COMPETING: tuple[Kind, ...] = ("duty", "suspension", "preference", "quota")

#: Kinds that add up, in the order in which they are computed.
ADDING: tuple[Kind, ...] = ("anti-dumping", "countervailing", "additional", "excise", "fee")

#: Plans kept at once; past it they are made anew.
_MOST_PLANS = 100_000

_TRADE_MEASURES: tuple[Kind, ...] = ("anti-dumping", "countervailing", "additional")

#: End of the additional code that stands for all companies which no other code names.
_ALL_OTHERS = "999"

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
            goods.documents, goods.quotas, goods.use, goods.cases,
        )  # fmt: skip
        known = self._plans.get(question)
        if known is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            known = self._plans[question] = self._make(goods)
        return known

    def _make(self, goods: Goods) -> Plan:
        code, trouble = self._line(goods.code)
        procedure = procedure_of(goods.procedure, self._procedures)
        if trouble is not None:
            return Plan(
                code=code, procedure=procedure, findings=(trouble,), missing=(Missing(reason="code", what=goods.code),)
            )
        standing = [one for one in self._measures(code) if one.is_applied and _holds(one, goods.day)]
        here, missing = self._of_origin(standing, goods.origin)
        clashes = tuple(_clashes(here))
        clashing = {id(measure) for _, pair in clashes for measure in pair}
        missing += _undeclared(here, goods)
        claimed = [one for one in here if id(one) not in clashing and self._is_claimed(one, goods)]
        if procedure is None:
            missing.append(Missing(reason="procedure", what=goods.procedure or ""))
        for _, pair in clashes:
            missing.append(Missing(reason="rates-overlap", what=f"{pair[0].type_code} {pair[0].area or ''}".strip()))
        said, idle = told_of(claimed, goods.cases) if goods.cases else ({}, ())
        found = (_applied(measure, goods, said.get(id(measure), ())) for measure in claimed)
        applied = [one for one in found if one is not None]
        return Plan(
            code=code,
            competing=_of_kinds(applied, COMPETING),
            adding=_of_kinds(applied, ADDING),
            vat=_of_kinds(applied, ("vat",)),
            controls=tuple(one for one in claimed if one.kind in _CONTROLS),
            procedure=procedure,
            missing=tuple(missing),
            findings=(*(finding for finding, _ in clashes), *_said(here, applied, goods), *map(_idle, idle)),
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

    def _is_claimed(self, measure: Measure, goods: Goods) -> bool:
        """Whether a measure that must be asked for was asked for."""
        if measure.additional_code is not None and measure.additional_code not in (goods.additional_codes or ()):
            return False
        if measure.order_number is not None and measure.order_number not in goods.quotas:
            return False
        if measure.uses is not None and goods.use is None:
            return False
        if measure.kind != "preference" and measure.preference is None:
            return True
        claim = goods.preference
        if claim is None:
            return False
        if claim in (measure.preference, measure.type_code):
            return True
        if measure.type_code in self._tariff.claims.get(claim.upper(), ()):
            return True
        return measure.preference is None and claim.isdigit() and not claim.startswith(_NO_CLAIM)


def _holds(measure: Measure, day: date) -> bool:
    return (measure.valid_from is None or measure.valid_from <= day) and (
        measure.valid_to is None or day <= measure.valid_to
    )


def same_name(one: Measure) -> tuple[str, ...]:
    """What two measures share that must not hold at once and say different things."""
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


def _clashes(measures: list[Measure]) -> Iterator[tuple[Finding, tuple[Measure, Measure]]]:
    """Measures of one name on one code that hold at once and say different things."""
    for _, several in groupby(sorted(measures, key=same_name), key=same_name):
        first, *others = several
        for other in others:
            if other.formula is not None and other.formula != first.formula and other.kind != "vat":
                message = "two rates of {type} on {found} hold on the same day"
                finding = _error("rates-overlap", message, first.code, type=first.type_code)
                yield finding, (first, other)


def _applied(measure: Measure, goods: Goods, said: tuple[str, ...]) -> Applied | None:
    """A measure with the formula its conditions and the cases said lead to; None if they lead away from it."""
    formula, notes = measure.formula, []
    if measure.kind == "preference" and measure.area is None:
        notes.append("for beneficiaries only, whose list is not in this tariff")
    for _, group in groupby(measure.conditions, key=lambda one: one.code):
        conditions = list(group)
        met = _met(conditions, goods)
        if met is None and measure.kind in ("preference", "quota", "suspension") and goods.documents is None:
            notes.append(f"taken as claimed; its proof is not checked: {', '.join(_papers(conditions))}")
            continue
        if met is None or not met.applies:
            return None
        formula = met.formula if met.formula is not None else formula
    formula = chosen(formula, goods, said) if formula is not None else None
    if formula is None:
        return None
    return Applied(measure=measure, formula=formula, notes=tuple(notes))


def _undeclared(measures: list[Measure], goods: Goods) -> list[Missing]:
    """Trade measures on everybody that go by an additional code, where nothing is known of the codes declared.

    One of the codes is then for all companies that are not named; without it the measure is on the named ones only.
    """
    if goods.additional_codes is not None:
        return []
    codes: dict[str, list[str]] = {}
    for one in measures:
        if one.kind in _TRADE_MEASURES and one.additional_code is not None:
            codes.setdefault(one.type_code, []).append(one.additional_code)
    return [
        Missing(reason="additional-code", what=f"{name}: {', '.join(found)}")
        for name, found in codes.items()
        if any(code.endswith(_ALL_OTHERS) for code in found)
    ]


def _said(here: list[Measure], applied: list[Applied], goods: Goods) -> Iterator[Finding]:
    """What the asker should know of measures that were not asked for, or asked for in vain."""
    claim = goods.preference
    is_claim = claim is not None and not (claim.isdigit() and claim.startswith(_NO_CLAIM))
    if is_claim and not any(one.measure.kind in ("preference", "quota") for one in applied):
        message = "{found} was claimed, and grants nothing to these goods"
        yield Finding(code="claim-without-effect", severity="warning", message=message, found=claim)
    declared = set(goods.additional_codes or ())
    for kind in ("excise", *_TRADE_MEASURES):
        codes = sorted({one.additional_code for one in here if one.kind == kind and one.additional_code})
        if codes and not declared.intersection(codes):
            message = "{kind} is due on goods declared under {codes}; none of these was declared"
            arguments = {"kind": kind, "codes": ", ".join(codes)}
            yield Finding(code="additional-code-not-declared", severity="warning", message=message, arguments=arguments)


def _idle(words: str) -> Finding:
    message = "{found} is a case of none of the rates that apply, or of several; nothing is computed from it"
    return Finding(code="case-without-effect", severity="warning", message=message, found=words[:200])


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
