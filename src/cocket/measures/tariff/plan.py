# SPDX-License-Identifier: Apache-2.0
"""Which measures of a tariff apply to goods on a day: everything about an item's cost but the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from cocket.codes import country
from cocket.findings import Finding, render
from cocket.measures.tariff.alternatives import told_of
from cocket.measures.tariff.book import ANY_CODE, Condition, Measure, Tariff
from cocket.measures.tariff.charges import DEFAULT_BASES, Charge, Definition, Node, graph_of, resolved
from cocket.measures.tariff.choosing import chosen
from cocket.measures.tariff.expression import Expression
from cocket.measures.tariff.faults import UNREADABLE, fault_of, is_turned_round
from cocket.measures.tariff.formula import Formula, Free, Larger, Missing, NotUnderstood, Smaller, Sum, bases_of
from cocket.measures.tariff.goods import Assumption, Goods
from cocket.measures.tariff.kinds import ADDING, COMPETING, REMEDIES, Kind
from cocket.measures.tariff.procedures import (
    USUAL,
    Effect,
    Procedure,
    all_digits,
    effect,
    parts_of_procedure,
    procedure_of,
)
from cocket.measures.tariff.wording import wording

#: Plans kept at once; past it they are made anew.
_MOST_PLANS = 100_000

#: Modes of transport by the code of UNECE Recommendation 19, and by their names.
_MODES = {
    "1": "sea", "2": "rail", "3": "road", "4": "air", "5": "post", "7": "fixed", "8": "inland water",
    **{name: name for name in ("sea", "rail", "road", "air", "post", "fixed", "inland water")},
}  # fmt: skip

_HOME_USE = "40"

#: Release for an end use, which says nothing of which.
_END_USE = "44"

#: A person who is none of those that a tariff names.
_NO_OTHER = "other"

#: What is missing where a tariff has a charge, but no rate of it on the day.
_NOT_IN_FORCE = "charge-not-in-force"

#: An end use that the law knows, where the measure does not say which.
ANY_USE = "*"

_CONTROLS: tuple[Kind, ...] = ("prohibition", "control")

#: Preference codes of the EU: the first digit 1 says "for everybody" and claims nothing; 2 to 4 claim a preference.
#: Source: Commission Delegated Regulation (EU) 2015/2446, annex B, data element 14 11.
_NO_CLAIM = "1"
_CLAIM = re.compile(r"[2-4][0-9]{2}")


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A measure that applies, with the formula that its conditions lead to.

    Attributes:
        measure: The measure.
        formula: What is due by it.
        notes: What there is to say of it (0..n), in words.
        assumed: What was taken for granted (0..n), in words.
    """

    measure: Measure
    formula: Formula
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One charge on goods of a plan.

    Attributes:
        node: The charge.
        definition: Which of its definitions holds.
        base: What it is taken on: amounts, and charges of this plan one by one.
        applied: Its rates on these goods: of duties the lowest applies, of all others the sum (1..n).
        effect: What the procedure makes of it.
        is_single: Whether only the highest of its rates applies.
    """

    node: Node
    definition: Definition
    base: Expression
    applied: tuple[Applied, ...]
    effect: Effect
    is_single: bool = False


class Decided(msgspec.Struct, frozen=True):
    """Something that was said, and that the answer rests on.

    Attributes:
        by: What it is: `code`, `day`, `origin`, `preference`, `procedure`, …
        found: What was said of it.
    """

    by: str
    found: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be computed for goods of one code, origin and claim on one day.

    Attributes:
        code: Line of the tariff that was found; empty if none was.
        parts: Charges in the order in which they are computed, those together that stand in each other's base: as many
            parts as the graph has, some of them empty; none where nothing can be computed.
        controls: Prohibitions and controls (0..n).
        procedure: The procedure; None if nothing is known of the one asked for.
        missing: What must be known first (0..n).
        findings: What is wrong with the tariff or the question (0..n).
        assumed: What was taken for granted (0..n).
        decided_by: What was said and counts (0..n).
        open: Charges of which it is not known whether and how they are on the goods: what the procedure makes of each,
            and what is missing (0..n). A base that names one is not known either.
    """

    code: str
    parts: tuple[tuple[Item, ...], ...] = ()
    open: dict[str, tuple[Effect, Missing]] = {}
    controls: tuple[Measure, ...] = ()
    procedure: Procedure | None = None
    missing: tuple[Missing, ...] = ()
    findings: tuple[Finding, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    decided_by: tuple[Decided, ...] = ()


#: What of an item its plan hangs on; its value and quantities are not among it.
_ASKED = (
    "code", "day", "origin", "preference", "procedure", "additional_codes", "documents", "quotas", "use", "cases",
    "persons", "transport",
)  # fmt: skip

_question_of = attrgetter(*_ASKED)


def question_of(goods: Goods) -> tuple[Any, ...]:
    """What of an item its plan hangs on, in the order of the fields (n_fields,)."""
    return _question_of(goods)


class Planner:
    """Finds what applies.

    Args:
        tariff: The tariff.
        procedures: What its country's procedures do.
    """

    def __init__(self, tariff: Tariff, procedures: tuple[Procedure, ...] = USUAL) -> None:
        self._tariff = tariff
        self._procedures = tariff.procedures or procedures
        self.graph = graph_of(tariff.charges, columns_of(tariff), tariff.amounts, duties_of(tariff))
        charges = [one.charge for node in self.graph.nodes() for one in node.definitions]
        self._modes = frozenset(_MODES.values()).union(mode_of(mode) for one in charges for mode in one.transport)
        self._persons = frozenset(same_words(word) for one in charges for word in (*one.persons, *one.except_persons))
        self._areas = frozenset(tariff.areas).union(*tariff.areas.values())
        self._unsound = frozenset(area for area in tariff.areas if strangers_in(tariff, area))
        measures = [one for several in tariff.measures.values() for one in several]
        named = {area for one in measures for area in (one.area, *one.excluded) if area is not None}
        named.update(area for one in charges for area in (*one.origins, *one.except_origins))
        self._lands = frozenset(area for area in named if is_land(area))
        self._parents = {code[:length] for code in tariff.lines for length in range(1, len(code))}
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._bases: dict[tuple[int, ...], Expression] = {}
        self._known_procedures: dict[str, Procedure | None] = {}

    def plan(self, goods: Goods) -> Plan:
        """What applies to goods.

        Args:
            goods: The item; its value and quantities are not looked at.

        Returns:
            The plan, the same object for the same question: it is made from the question alone.
        """
        question = question_of(goods)
        known = self._plans.get(question)
        if known is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            known = self._plans[question] = self._make(Goods(**dict(zip(_ASKED, question, strict=True))))
        return known

    def _make(self, asked_of: Goods) -> Plan:
        code, trouble = self._line(asked_of.code)
        goods, doubts, ignored = self._understood(asked_of)
        asked = goods.procedure or ""
        if asked not in self._known_procedures:
            self._known_procedures[asked] = procedure_of(goods.procedure, self._procedures)
        procedure = self._known_procedures[asked]
        if trouble is not None:
            return Plan(
                code=code, procedure=procedure, findings=(trouble,), missing=(Missing(reason="code", what=goods.code),)
            )
        standing = [one for one in self._measures(code) if one.is_applied and _holds(one, goods.day)]
        here, missing = self._of_origin(standing, goods.origin)
        clashes = tuple(self._clashes(here))
        clashing = {id(measure) for _, pair in clashes for measure in pair}
        missing += self._undeclared(here, goods)
        claimed = [one for one in here if id(one) not in clashing and self._is_claimed(one, goods)]
        if procedure is None:
            missing.append(Missing(reason="procedure", what=goods.procedure or ""))
        for _, pair in clashes:
            missing.append(Missing(reason="rates-overlap", what=f"{pair[0].type_code} {pair[0].area or ''}".strip()))
        said, idle = told_of(claimed, goods.cases) if goods.cases else ({}, ())
        found = (_applied(measure, goods, said.get(id(measure), ())) for measure in claimed)
        wrong: list[Finding] = []
        applied = [self._computable(one, wrong) for one in found if one is not None]
        if code != _digits_of(asked_of.code) and ANY_CODE in self._tariff.measures:
            missing.append(Missing(reason="tariff-code", what=asked_of.code))
        parts, unknown = self._parts(code, applied, goods, procedure)
        return Plan(
            code=code,
            parts=parts,
            controls=tuple(one for one in claimed if one.kind in _CONTROLS),
            procedure=procedure,
            open=unknown,
            missing=(*missing, *(one for _, one in unknown.values())),
            findings=(
                *doubts,
                *(finding for finding, _ in clashes),
                *wrong,
                *_said(here, applied, goods),
                *map(_idle, idle),
            ),
            assumed=(*ignored, *self._assumed(here, parts, goods, procedure)),
            decided_by=tuple(_decided(code, standing, goods, procedure)),
        )

    def _computable(self, applied: Applied, wrong: list[Finding]) -> Applied:
        """A rate as it is, or in its place one that cannot be computed, with a finding, where it cannot be right."""
        measure, formula = applied.measure, applied.formula
        fault = fault_of(measure, formula, self._tariff.currency)
        if fault is None:
            return applied
        reason, text = fault.code, wording(formula)
        message = "{rate} of {found} is not computed: {why}"
        wrong.append(
            Finding(
                code=reason,
                severity="warning",
                message=message,
                location=measure.text or None,
                found=f"{measure.code} {measure.type_code}".strip()[:200],
                arguments={"rate": text[:200], "why": UNREADABLE.get(reason) or render(fault)},
            )
        )
        return msgspec.structs.replace(applied, formula=NotUnderstood(text, reason))

    def _understood(self, goods: Goods) -> tuple[Goods, list[Finding], list[Assumption]]:
        """A question in the words of the tariff: what is not understood is not known, and a finding names it."""
        doubts: list[Finding] = []
        ignored: list[Assumption] = []
        if goods.transport is not None:
            mode = same_words(goods.transport)
            known = _MODES.get(mode) or (mode if mode in self._modes else None)
            if known is None:
                message = "the mode of transport {found} is not understood and is taken as not known"
                doubts.append(_doubt("transport-not-understood", message, goods.transport))
            goods = msgspec.structs.replace(goods, transport=known)
        if goods.origin is not None and goods.origin not in self._areas:
            land = country(goods.origin)
            is_known = land is not None and (land.assignment == "official" or land.alpha2 in self._lands)
            if not is_known:
                message = "the origin {found} is in no list of countries and is taken as not known"
                if land is not None:
                    message = (
                        "the origin {found} is a code that ISO 3166-1 gives to no country, and the tariff does not "
                        "name it; it is taken as not known"
                    )
                doubts.append(_doubt("origin-not-understood", message, goods.origin))
            goods = msgspec.structs.replace(goods, origin=land.alpha2 if land is not None and is_known else None)
        if goods.persons is not None and self._persons:
            for one in goods.persons:
                if same_words(one) not in self._persons and same_words(one) != _NO_OTHER:
                    message = "no charge of this tariff knows the person {found}: it decides nothing"
                    doubts.append(_doubt("person-not-understood", message, one))
        if goods.procedure is not None:
            own, additional = parts_of_procedure(goods.procedure)
            if additional:
                says = f"the additional procedure {additional} changes nothing: the tariff says nothing of it"
                ignored.append(Assumption("additional-procedure-ignored", says))
            if procedure_of(own, self._procedures) is None:
                message = "the procedure {found} is not in the table of procedures"
                doubts.append(_doubt("procedure-not-understood", message, goods.procedure))
            goods = msgspec.structs.replace(goods, procedure=own)
        return goods, doubts, ignored

    def _parts(
        self, code: str, applied: list[Applied], goods: Goods, procedure: Procedure | None
    ) -> tuple[tuple[tuple[Item, ...], ...], dict[str, tuple[Effect, Missing]]]:
        """Charges on the goods, in their order; and what must be known to say which they are."""
        missing: dict[str, tuple[Effect, Missing]] = {}
        chosen_ones: dict[str, tuple[Definition, tuple[Applied, ...]]] = {}
        for node in self.graph.nodes():
            definition, lacking = self._definition(node, goods, code)
            own = self._of_node(node, applied)
            if definition is None:
                has_rate = bool(own) or any(one.formula is not None for one in node.definitions)
                if lacking and has_rate:
                    what = _not_known(node, goods.day) if lacking == _NOT_IN_FORCE else node.name
                    is_private = any(one.charge.is_private for one in node.definitions)
                    of = "private" if is_private else effect(procedure, node.kind) if procedure else "due"
                    missing[node.name] = (of, Missing(reason=lacking, what=what))
                continue
            rates = _rates(own, definition, code, is_single=node.kind in self._tariff.single)
            if rates or node.kind == "duty":
                chosen_ones[node.name] = (definition, rates)
        present = [node for node in self.graph.nodes() if node.name in chosen_ones or node.name in missing]
        parts = tuple(
            tuple(
                Item(
                    node=node,
                    definition=chosen_ones[node.name][0],
                    base=self._base(chosen_ones[node.name][0], node, present),
                    applied=chosen_ones[node.name][1],
                    effect=(
                        "private"
                        if chosen_ones[node.name][0].charge.is_private
                        else effect(procedure, node.kind)
                        if procedure
                        else "due"
                    ),
                    is_single=node.kind in self._tariff.single,
                )
                for node in part
                if node.name in chosen_ones
            )
            for part in self.graph.parts
        )
        return parts, missing

    def _base(self, definition: Definition, node: Node, present: list[Node]) -> Expression:
        """What a charge is taken on where these charges are on the goods; worked out once for each set of them."""
        question = (id(definition), *(one.place for one in present))
        known = self._bases.get(question)
        if known is None:
            known = self._bases[question] = resolved(definition.base, node, present, self.graph.amounts)
        return known

    def _definition(self, node: Node, goods: Goods, code: str) -> tuple[Definition | None, str]:
        """Which definition of a charge holds; or none, and what must be known to tell."""
        if node.is_for_all:
            return node.definitions[0], ""
        procedure = procedure_of(goods.procedure, self._procedures)
        is_released = procedure is not None and effect(procedure, node.kind) in ("suspended", "repaid")
        others: list[Charge] = []
        for one in node.definitions:
            answer = self._holds_for(one.charge, goods, code, is_released)
            if answer is False:
                continue
            if not _is_in_force(one.charge, goods.day):
                others.append(one.charge)
            elif answer is True:
                return one, ""
            else:
                return None, answer
        return None, _NOT_IN_FORCE if others and not _is_none(others, goods.day) else ""

    def _holds_for(self, charge: Charge, goods: Goods, code: str, is_released: bool = False) -> bool | str:
        """Whether a charge is on goods, whatever the day; or the name of what must be known to tell.

        What is secured is what a release would cost, and what is repaid is what it did cost.
        """
        procedure = _HOME_USE if is_released else goods.procedure or _HOME_USE
        if charge.codes and not code.startswith(all_digits(charge.codes)):
            return False
        if charge.except_codes and code.startswith(all_digits(charge.except_codes)):
            return False
        if charge.procedures and not procedure.startswith(charge.procedures):
            return False
        if charge.except_procedures and procedure.startswith(charge.except_procedures):
            return False
        use = same_words(goods.use or "")
        if charge.uses and use not in map(same_words, charge.uses):
            return False
        if use and use in map(same_words, charge.except_uses):
            return False
        lacking = ""
        if charge.persons or charge.except_persons:
            persons = None if goods.persons is None else set(map(same_words, goods.persons))
            if persons is None:
                lacking = "person"
            elif not persons.isdisjoint(map(same_words, charge.except_persons)):
                return False
            elif charge.persons and not persons.isdisjoint(map(same_words, charge.persons)):
                if charge.except_persons and not persons <= self._persons:
                    lacking = "person"
            elif not persons - {_NO_OTHER} <= self._persons:
                lacking = "person"
            elif charge.persons:
                return False
        if charge.transport:
            if goods.transport is None:
                lacking = lacking or "transport"
            elif same_words(goods.transport) not in map(mode_of, charge.transport):
                return False
        if charge.origins or charge.except_origins:
            if goods.origin is None:
                lacking = lacking or "origin"
                return lacking or True
            left_out = {self._is_in(goods.origin, area) for area in charge.except_origins}
            reached = {self._is_in(goods.origin, area) for area in charge.origins}
            if True in left_out:
                return False
            if charge.origins and reached == {False}:
                if all(map(self.is_area, charge.origins)):
                    return False
                lacking = lacking or "area"
            elif None in left_out or (charge.origins and True not in reached):
                lacking = lacking or "origin"
            elif not all(map(self.is_area, charge.except_origins)):
                lacking = lacking or "area"
        return lacking or True

    def _of_node(self, node: Node, applied: list[Applied]) -> tuple[Applied, ...]:
        """Rates on the goods that a charge is of."""
        if node.kind == "duty":
            return _nearest([one for one in applied if one.measure.kind in COMPETING])
        if node.kind in self._tariff.single:
            own = _nearest([one for one in applied if one.measure.kind == node.kind], by_rate=True)
            general = tuple(one for one in own if one.measure.preference is None)
            coded = tuple(one for one in general if one.measure.additional_code is not None)
            return (coded or general) + tuple(one for one in own if one.measure.preference is not None)
        return _nearest(
            [one for one in applied if one.measure.kind == node.kind and one.measure.type_code == node.column]
        )

    def _assumed(
        self, here: list[Measure], parts: tuple[tuple[Item, ...], ...], goods: Goods, procedure: Procedure | None
    ) -> Iterator[Assumption]:
        """What is taken for granted, apart from numbers."""
        if goods.procedure is None:
            yield Assumption("procedure-not-stated", "release for home use, because no procedure is stated")
        elif procedure is not None and procedure.assumes:
            yield Assumption("procedure-assumes", procedure.assumes)
        if (goods.procedure or "").startswith(_END_USE) and goods.use is None:
            yield Assumption("use-not-stated", "no rate for an end use: the use is not stated")
        if goods.additional_codes is None:
            for one in here:
                if one.additional_code is not None and (one.kind in COMPETING or one.kind in self._tariff.single):
                    text = f"{one.additional_code} is not claimed; {one.kind} {one.type_code} would apply with it"
                    yield Assumption("additional-code-not-claimed", text)
        for item in (item for part in parts for item in part):
            if item.definition.is_assumed and any(_hangs_on_base(rate.formula) for rate in item.applied):
                name = item.node.name
                yield Assumption(
                    "base-by-default",
                    f"{name} is computed on {DEFAULT_BASES[item.node.kind]}: the tariff does not state its base",
                )
            if item.definition.charge.assumes:
                yield Assumption("charge-assumes", f"{item.node.name}: {item.definition.charge.assumes}")
            known_to = item.definition.charge.known_to
            if known_to is not None and known_to < goods.day:
                says = f"{item.node.name}: the rate of {known_to.isoformat()}, because none of a later day is known"
                yield Assumption("rate-of-earlier-day", says)
            if item.node.kind == "withholding":
                says = f"{item.node.name} is withheld in full: no exemption or lower rate is looked at"
                yield Assumption("withholding-taken", says)
            if item.is_single and len(item.applied) > 1:
                yield Assumption("standard-rate-taken", "the standard rate; a lower one must be claimed")
            for rate in item.applied:
                for note in rate.assumed:
                    yield Assumption("taken-as-claimed", f"{rate.measure.type_code}: {note}")

    def _clashes(self, measures: list[Measure]) -> Iterator[tuple[Finding, tuple[Measure, Measure]]]:
        """Measures of one name on one code that hold at once and say different things."""
        for _, several in groupby(sorted(measures, key=same_name), key=same_name):
            first, *others = several
            for other in others:
                is_other = other.formula is not None and other.formula != first.formula
                if is_other and other.kind not in self._tariff.single:
                    message = "two rates of {type} on {found} are valid on the same day"
                    finding = _error("rates-overlap", message, first.code, type=first.type_code)
                    yield finding, (first, other)

    def _undeclared(self, measures: list[Measure], goods: Goods) -> list[Missing]:
        """Charges that go by an additional code, where nothing is known of the codes declared.

        A code that would lower what is due must be claimed; one that would raise it is not known to be none.
        """
        if goods.additional_codes is not None:
            return []
        codes: dict[str, list[str]] = {}
        for one in measures:
            is_more = one.kind in ADDING and one.kind not in self._tariff.single
            if is_more and one.additional_code is not None and one.formula not in (None, Free()):
                codes.setdefault(one.type_code, []).append(one.additional_code)
        return [
            Missing(reason="additional-code", what=f"{name}: {', '.join(dict.fromkeys(found))}")
            for name, found in codes.items()
        ]

    def _line(self, asked: str) -> tuple[str, Finding | None]:
        """The line for a code: itself, or the longest that it begins with; and what is wrong, if anything is."""
        digits = _digits_of(asked)
        for length in range(len(digits), 1, -1):
            code = digits[:length]
            if code in self._tariff.lines and code not in self._parents:
                return code, None
            if code in self._parents:
                return code, _error("code-not-declarable", "{found} has sublines; a longer code is needed", asked)
        return "", _error("code-not-in-tariff", "{found} is not in this tariff", asked)

    def _measures(self, code: str) -> Iterator[Measure]:
        """Measures on a line and on all it stands under, the nearest first.

        A row whose code cannot be read may be of any code, so that it goes before all that the line only stands under.
        """
        measures = self._tariff.measures
        yield from measures.get(code, ())
        yield from measures.get(ANY_CODE, ())
        for length in range(len(code) - 1, 1, -1):
            yield from measures.get(code[:length], ())

    def _of_origin(self, measures: Iterable[Measure], origin: str | None) -> tuple[list[Measure], list[Missing]]:
        """Measures for goods of an origin; without one those for all, and whether another could apply."""
        kept: list[Measure] = []
        unknown: dict[str, None] = {}
        hangs = False
        for one in measures:
            if one.area is None and not one.excluded:
                kept.append(one)
                continue
            if origin is None:
                hangs = hangs or one.kind in ADDING
                if one.area is None:
                    kept.append(one)
                continue
            is_in = True if one.area is None else self._is_in(origin, one.area)
            outside = {self._is_in(origin, area) for area in one.excluded}
            if is_in and not outside - {False}:
                kept.append(one)
            elif is_in is not False and True not in outside:
                hangs = hangs or one.kind in ADDING
            elif one.kind in ADDING and one.area is not None and not self.is_area(one.area):
                unknown[one.area] = None
        missing = [Missing(reason="origin", what="trade measures depend on it")] if hangs else []
        return kept, missing + [Missing(reason="area", what=area) for area in unknown]

    def is_area(self, area: str) -> bool:
        """Whether it is known which countries an area of the tariff is."""
        return (area in self._areas and area not in self._unsound) or is_land(area)

    def _is_in(self, origin: str, area: str) -> bool | None:
        """Whether an origin is in an area; None where it is itself an area of which some countries are, and some not."""
        areas = self._tariff.areas
        every = {area, *areas.get(area, ())}
        if origin in every:
            return True
        own = areas.get(origin, frozenset())
        return (bool(own) and own <= every) or (None if own & every else False)

    def _is_claimed(self, measure: Measure, goods: Goods) -> bool:
        """Whether a measure that must be asked for was asked for."""
        if measure.additional_code is not None and measure.additional_code not in (goods.additional_codes or ()):
            return False
        if measure.order_number is not None and measure.order_number not in goods.quotas:
            return False
        if measure.uses is not None and (
            goods.use is None or (measure.uses != ANY_USE and same_words(measure.uses) != same_words(goods.use))
        ):
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
        return measure.preference is None and _CLAIM.fullmatch(claim) is not None


def _digits_of(code: str) -> str:
    return "".join(filter(str.isdigit, code)) if code.isascii() else ""


def _holds(measure: Measure, day: date) -> bool:
    """Whether a measure is in force, or may be."""
    if is_turned_round(measure):
        return True
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


def _applied(measure: Measure, goods: Goods, said: tuple[str, ...]) -> Applied | None:
    """A measure with the formula its conditions and the cases said lead to; None if they lead away from it."""
    formula, notes, assumed = measure.formula, list[str](), list[str]()
    if measure.kind == "preference" and measure.area is None:
        notes.append("for beneficiaries only, whose list is not in this tariff")
    if measure.kind == "preference" and not measure.conditions and not goods.documents:
        assumed.append("computed without a proof of origin, because no document is presented")
    if measure.uses == ANY_USE:
        notes.append(f"“{goods.use}” is accepted as the end use of the measure, which does not specify one")
    for _, group in groupby(measure.conditions, key=lambda one: one.code):
        conditions = list(group)
        met = _met(conditions, goods)
        if met is None and measure.kind in ("preference", "quota", "suspension") and goods.documents is None:
            notes.append(f"accepted as claimed; its proof is not checked: {', '.join(_papers(conditions))}")
            continue
        if met is None or not met.applies:
            return None
        if goods.documents is None and any(one.documents for one in conditions):
            assumed.append("computed without documents, because it is not known which are presented")
        formula = met.formula if met.formula is not None else formula
    formula = chosen(formula, goods, said) if formula is not None else None
    if formula is None:
        return None
    return Applied(measure=measure, formula=formula, notes=tuple(notes), assumed=(*notes, *assumed))


def _said(here: list[Measure], applied: list[Applied], goods: Goods) -> Iterator[Finding]:
    """What the asker should know of measures that were not asked for, or asked for in vain."""
    claim = goods.preference
    is_claim = claim is not None and not (claim.isdigit() and claim.startswith(_NO_CLAIM))
    if is_claim and not any(one.measure.kind in ("preference", "quota") for one in applied):
        message = "{found} was claimed, but does not apply to these goods"
        yield Finding(code="claim-without-effect", severity="warning", message=message, found=claim)
    if (
        goods.use is not None
        and any(one.uses is not None for one in here)
        and not any(one.measure.uses for one in applied)
    ):
        message = "the end use {found} was claimed, but no measure on these goods has it"
        yield Finding(code="use-without-effect", severity="warning", message=message, found=goods.use[:200])
    declared = set(goods.additional_codes or ())
    for kind in ("excise", *REMEDIES) if goods.additional_codes is not None else ():
        codes = sorted({one.additional_code for one in here if one.kind == kind and one.additional_code})
        if codes and not declared.intersection(codes):
            message = "{kind} applies to goods declared under {codes}; none of these was declared"
            arguments = {"kind": kind, "codes": ", ".join(codes)}
            yield Finding(code="additional-code-not-declared", severity="warning", message=message, arguments=arguments)


def _idle(words: str) -> Finding:
    message = "{found} matches none or several of the applicable rates; nothing is computed from it"
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


def _nearest(applied: list[Applied], *, by_rate: bool = False) -> tuple[Applied, ...]:
    """Rates in the order of their kinds; of several of one name the nearest to the line."""
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
            # what must be claimed never takes the place of what holds without a claim
            measure.preference
            if measure.kind in ADDING
            else measure.preference and measure.kind != "preference" and "claim",
            repr(one.formula) if by_rate else None,
        )
        found.setdefault(tuple(part or "" for part in parts), one)
    order = (*COMPETING, *ADDING)
    return tuple(sorted(found.values(), key=lambda one: order.index(one.measure.kind)))


def _rates(
    own: tuple[Applied, ...], definition: Definition, code: str, *, is_single: bool = False
) -> tuple[Applied, ...]:
    """Rates of a charge on goods: those of the goods, else the one for all goods.

    A rate that is claimed with a preference takes the place of the others where it is lower, and never comes on top.
    """
    charge = definition.charge
    general = tuple(one for one in own if one.measure.preference is None or one.measure.kind in COMPETING)
    if not general and definition.formula is not None:
        measure = Measure(
            code=code,
            kind=charge.kind,
            type_code=charge.name,
            formula=definition.formula,
            valid_from=charge.valid_from,
            act=charge.act,
            text=charge.says,
        )
        general = (Applied(measure=measure, formula=definition.formula),)
    claimed = tuple(one for one in own if one not in general) if len(general) < len(own) or general != own else ()
    if not claimed or not general:
        return general
    formulas = tuple(one.formula for one in general)
    whole = formulas[0] if len(formulas) == 1 else Larger(formulas) if is_single else Sum(formulas)
    return (msgspec.structs.replace(claimed[0], formula=Smaller((whole, *(one.formula for one in claimed)))),)


def is_land(area: str) -> bool:
    """Whether an area is one country, as ISO 3166-1 or an administration writes it with two letters.

    Codes that ISO reserves for other uses (`EU`, `UK`, `AN`, `SU`) are none: goods never come from them by that name.
    """
    land = country(area)
    return land is not None and land.alpha2 == area and land.assignment != "reserved"


def strangers_in(tariff: Tariff, area: str) -> tuple[str, ...]:
    """Members of an area that are neither countries nor areas, so that it is not known which goods it is for (0..n)."""
    members = sorted(tariff.areas.get(area, ()))
    return tuple(
        one for one in members if one not in tariff.areas and ((land := country(one)) is None or land.alpha2 != one)
    )


def _is_in_force(charge: Charge, day: date) -> bool:
    return (charge.valid_from is None or charge.valid_from <= day) and (
        charge.valid_to is None or day <= charge.valid_to
    )


def _not_known(node: Node, day: date) -> str:
    """In words: the tariff has no rate of a charge for a day, and the nearest days for which it has."""
    before = max((one.charge.valid_to for one in node.definitions if one.charge.valid_to), default=None)
    after = min((one.charge.valid_from for one in node.definitions if one.charge.valid_from), default=None)
    if before is not None and before < day:
        nearest = f"; the last one is of {before.isoformat()}"
    elif after is not None and day < after:
        nearest = f"; the first one is of {after.isoformat()}"
    else:
        nearest = ""
    return f"{node.name} on {day.isoformat()}: this tariff has no rate for that day{nearest}"


def _is_none(charges: list[Charge], day: date) -> bool:
    """Whether the law has no such charge on a day: before it brought it in, or after it abolished it."""
    begin = min((one for one in charges if one.valid_from), key=lambda one: one.valid_from or day, default=None)
    end = max((one for one in charges if one.valid_to), key=lambda one: one.valid_to or day, default=None)
    is_before = all(one.valid_from and day < one.valid_from for one in charges)
    is_after = all(one.valid_to and one.valid_to < day for one in charges)
    return bool((is_before and begin and begin.begins) or (is_after and end and end.ends))


def _hangs_on_base(formula: Formula) -> bool:
    """Whether a rate is, in any part, of the base of its charge."""
    return any(base == "customs-value" for base in bases_of(formula))


def columns_of(tariff: Tariff) -> tuple[tuple[str, Kind], ...]:
    """Names and kinds of the rates of a tariff that come on top of its duties, as they come (0..n)."""
    found: dict[tuple[str, Kind], None] = {}
    for several in tariff.measures.values():
        for one in several:
            if one.kind in ADDING:
                found[one.kind if one.kind in tariff.single else one.type_code, one.kind] = None
    return tuple(found)


def duties_of(tariff: Tariff) -> tuple[str, ...]:
    """Names of the columns of duties of a tariff, as they come (0..n)."""
    every = (one for several in tariff.measures.values() for one in several if one.kind == "duty")
    return tuple(dict.fromkeys(one.type_code for one in every))


def same_words(text: str) -> str:
    """Words as they are compared: without capitals and further blanks."""
    return " ".join(text.casefold().split())


def mode_of(text: str) -> str:
    """A mode of transport in the words of tariffs; a code of UNECE Recommendation 19 by its name."""
    return _MODES.get(same_words(text), same_words(text))


def _doubt(code: str, message: str, found: str) -> Finding:
    return Finding(code=code, severity="warning", message=message, found=found[:200])


def _decided(code: str, standing: list[Measure], goods: Goods, procedure: Procedure | None) -> Iterator[Decided]:
    """What was said and bears on the sum."""
    asked = "".join(filter(str.isdigit, goods.code))
    yield Decided("code", code if asked == code else f"{code}, the line of {goods.code}")
    yield Decided("day", goods.day.isoformat())
    if goods.origin is not None and any(one.area or one.excluded for one in standing):
        yield Decided("origin", goods.origin)
    if goods.preference is not None:
        yield Decided("preference", goods.preference)
    if goods.procedure is not None and procedure is not None:
        act = f" ({procedure.act})" if procedure.act else ""
        yield Decided("procedure", f"{goods.procedure}: {procedure.says}{act}")
    said = (
        ("additional-codes", goods.additional_codes), ("documents", goods.documents), ("quotas", goods.quotas or None),
        ("cases", goods.cases or None), ("persons", goods.persons),
    )  # fmt: skip
    for name, words in said:
        if words is not None:
            yield Decided(name, ", ".join(words) or "none")
    for name, text in (("use", goods.use), ("transport", goods.transport)):
        if text is not None:
            yield Decided(name, text)


def _error(code: str, message: str, found: str, **arguments: str) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found[:200], arguments=arguments)
