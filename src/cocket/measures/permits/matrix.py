# SPDX-License-Identifier: Apache-2.0
"""The permit matrix: which goods need which paper of which agency, as data. CITES, dual use, waste, medicines are rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby

import msgspec

from cocket.findings import Finding
from cocket.measures.permits.item import Item, sound
from cocket.measures.permits.scope import Scope, Within, within
from cocket.measures.permits.units import is_unit
from cocket.measures.tariff.book import Tariff
from cocket.measures.tariff.goods import Rates


class Requirement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One paper that some goods need.

    Attributes:
        code: Its name in the matrix.
        agency: Agency that issues or must see the paper.
        says: The paper in words.
        law: Legal source.
        scope: Goods that need it.
        papers: Codes of papers that satisfy it, of which one is enough (0..n); with none, it can only be looked at.
        waivers: Codes of papers that say that it is not needed (Y900 and the like) (0..n).
        exempt_status: Status codes of its papers that claim an exemption (0..n).
        is_registered: Whether its permits stand in the register, so that a number not found there is worth a question.
        validity_days: Days for which a paper is good after its issue, where it states no end; None for no limit.
        valid_from: First day of the requirement; None if always.
        valid_to: Last day; None if open.
    """

    code: str
    agency: str
    says: str = ""
    law: str = ""
    scope: Scope = Scope()
    papers: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()
    exempt_status: tuple[str, ...] = ()
    is_registered: bool = False
    validity_days: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Matrix(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A permit matrix.

    Attributes:
        name: Short name.
        requirements: Its rows, in order (0..n).
        areas: Area → countries, ISO alpha-2.
        source: Where it is from, for people.
    """

    name: str = ""
    requirements: tuple[Requirement, ...] = ()
    areas: dict[str, frozenset[str]] = {}
    source: str = ""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement that an item meets, or may meet.

    Attributes:
        requirement: The requirement.
        is_certain: Whether it is met; False if it cannot be told.
        why: What of the item brought it about (0..n), in words; empty for all goods.
        missing: What would have to be known to tell (0..n); empty if it is certain.
    """

    requirement: Requirement
    is_certain: bool
    why: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def required(item: Item, matrix: Matrix, day: date | None = None, rates: Rates | None = None) -> tuple[Need, ...]:
    """Which papers an item needs.

    Args:
        item: The item.
        matrix: The permit matrix.
        day: Day whose law applies; None for the item's own.
        rates: Exchange rates for thresholds in another currency; None for none.

    Returns:
        What it needs and what it may need (0..n), in the order of the matrix, each with the reason.

    Source: Revised Kyoto Convention, General Annex, standards 3.16 and 3.17 (supporting documents); WCO Data Model, LPCO.
    """
    on, known = day or item.day, sound(item)
    judged = (
        (one, within(one.scope, known, matrix.areas, rates))
        for one in matrix.requirements
        if (one.valid_from is None or one.valid_from <= on) and (one.valid_to is None or on <= one.valid_to)
    )
    return tuple(_need(one, answer) for one, answer in judged if answer.holds is not False)


def matrix_of(tariff: Tariff, laws: Mapping[str, Requirement] | None = None) -> Matrix:
    """The permit matrix that a tariff holds in the codes of other laws on its lines.

    Args:
        tariff: The tariff.
        laws: Code of a law → what more is known of its requirement, such as the codes of its papers; its codes of
            commodities are those of the tariff. None for nothing.

    Returns:
        One requirement a law, in the order of the codes, its scope the lines that carry the code. A law that lines
        carry and the tariff's table of laws lacks is kept: its paper is then not known in words.

    Source: import tariff of Japan, column of other laws and regulations, with its table of laws.
    """
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for line in tariff.lines.values():
        for law in dict.fromkeys(line.laws):
            lines[law].append(line.code)
    known = laws or {}
    return Matrix(
        name=tariff.name,
        requirements=tuple(
            _of_law(tariff, law, tuple(sorted(codes)), known.get(law) or Requirement(code=law, agency=law))
            for law, codes in sorted(lines.items())
        ),
        areas=tariff.areas,
        source=tariff.source,
    )


def _of_law(tariff: Tariff, law: str, codes: tuple[str, ...], known: Requirement) -> Requirement:
    scope = msgspec.structs.replace(known.scope, codes=codes, flows=known.scope.flows or ("import",))
    return msgspec.structs.replace(
        known,
        code=law,
        scope=scope,
        says=known.says or tariff.laws.get(law, ""),
        law=known.law or f"{tariff.name} {tariff.edition}, other laws, {law}",
    )


def check_matrix(matrix: Matrix) -> tuple[Finding, ...]:
    """What is wrong with a matrix.

    Returns:
        Findings (0..n); an `error` means that the row cannot be used as it is.

    Source: the logic of a permit matrix.
    """
    each = (finding for one in matrix.requirements for finding in _wrong(one, matrix.areas))
    return (*each, *_overlaps(matrix.requirements))


def _need(requirement: Requirement, answer: Within) -> Need:
    return Need(requirement=requirement, is_certain=answer.holds is True, why=answer.why, missing=answer.missing)


def _wrong(one: Requirement, areas: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    scope = one.scope
    for pattern in (*scope.codes, *scope.except_codes):
        if not _is_pattern(pattern):
            yield _finding("requirement-code", "{found} is neither a commodity code nor a range", one, pattern)
    for country in (*scope.origins, *scope.except_origins, *scope.destinations, *scope.except_destinations):
        if country not in areas and not (len(country) == 2 and country.isalpha() and country.isupper()):
            yield _finding(
                "requirement-country", "{found} is neither a country nor an area of the matrix", one, country
            )
    for what, limit in (("quantity", scope.over_quantity), ("value", scope.over_value)):
        if limit is not None and (not limit.is_finite() or limit < 0):
            yield _finding("requirement-threshold", "the threshold of {what} is {found}", one, str(limit), what=what)
    if scope.over_quantity is not None and not scope.unit:
        yield _finding("requirement-unit", "a threshold of quantity has no unit", one, None)
    elif scope.unit and not is_unit(scope.unit):
        text = "{found} is not a known unit: only goods declared in it can be compared with it"
        yield msgspec.structs.replace(_finding("requirement-unit", text, one, scope.unit), severity="warning")
    if scope.over_value is not None and not scope.currency:
        yield _finding("requirement-currency", "a threshold of value has no currency", one, None)
    if one.validity_days is not None and one.validity_days < 0:
        yield _finding("requirement-validity", "a document is valid for {found} days", one, str(one.validity_days))
    if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
        found = f"{one.valid_from} to {one.valid_to}"
        yield _finding("requirement-validity", "it ends before it begins: {found}", one, found)
    if not one.papers:
        text = "no document code satisfies it"
        yield msgspec.structs.replace(_finding("requirement-papers", text, one, None), severity="info")


def _overlaps(requirements: Iterable[Requirement]) -> Iterator[Finding]:
    """Rows of the same name and goods whose days overlap: one of them is out of date."""

    def name(one: Requirement) -> tuple[str, str]:
        return one.agency, one.code

    for _, rows in groupby(sorted(requirements, key=name), key=name):
        known: list[Requirement] = []
        for row in rows:
            for other in known:
                if row.scope == other.scope and share_days(
                    (row.valid_from, row.valid_to), (other.valid_from, other.valid_to)
                ):
                    found = f"{row.valid_from or 'always'} to {row.valid_to or 'open'}"
                    yield _finding("requirement-overlaps", "it appears twice for the same dates: {found}", row, found)
                    break
            known.append(row)


def share_days(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Whether two periods, each (first day or None for always, last day or None for open), share a day."""
    first = max(one[0] or date.min, other[0] or date.min)
    return first <= min(one[1] or date.max, other[1] or date.max)


def _is_pattern(pattern: str) -> bool:
    low, dash, high = pattern.partition("-")
    if not (low.isascii() and low.isdigit()):
        return False
    if not dash:
        return True
    shared = min(len(low), len(high))
    return high.isascii() and high.isdigit() and low[:shared] <= high[:shared]


def _finding(code: str, message: str, one: Requirement, found: str | None, **arguments: str) -> Finding:
    named = {"requirement": one.code, "agency": one.agency, **arguments}
    return Finding(
        code=code,
        severity="error",
        message="{requirement} of {agency}: " + message,
        found=found and found[:200],
        arguments=named,
    )
