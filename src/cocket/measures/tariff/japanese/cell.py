# SPDX-License-Identifier: Apache-2.0
"""One cell of the Japanese tariff: marks, conditions in words, and the rates that hold under them.

A cell has one rate, or one rate a line with the words before it that say for what: goods, a quota, a partner, a
season. The words end where a rate begins. What the marks mean is told nowhere in the schedule's own data; they are
kept as notes.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

import msgspec
from msgspec import structs

from cocket.measures.tariff.formula import (
    AdValorem,
    Among,
    Case,
    Choice,
    Difference,
    Formula,
    Ground,
    NotUnderstood,
    PerPoint,
    Priced,
    Scaled,
    Specific,
    Sum,
)
from cocket.measures.tariff.japanese.columns import PARTNERS
from cocket.measures.tariff.japanese.rate import UNITS, RateTextError, normal, parse_rate

_MARK = re.compile(r"^(?:[●◎※]|\*+)+|◆\d+$")
_LEAP = 2024
_WHOLE = 100
_WITHIN = re.compile(r"(?:で|であって|、)*[^、。]*関税割当数量以内のもの|[^、。]*関税割当て(?!の証明書|以外)")
_WITHOUT = re.compile(r"関税割当数量以外のもの")
_PARTNER = re.compile(r"\(([^()]*)に対する待遇\)")
_OTHER_PARTNERS = "他の締約国"
_OTHER = re.compile(r"^その他のもの")
_SEASON = re.compile(r"毎年(\d+)月(\d+|末)日から(?:同年|翌年)(\d+)月(\d+|末)日までに輸入されるもの")
_PART = re.compile(r"^\(?一部(.+?)\)?$")
_SUGAR = re.compile(r"^(?:当該)?原産品に含まれる砂糖の重量1(kg|キログラム)につき([\d.,]+)円$")
_REST = "ものであって、でに係る"

_PIG_PRICE = re.compile(
    r"^1(キログラム|頭)につき、?(?:枝肉|部分肉|豚肉加工品|生きている豚)に係る基準輸入価格(?:に([\d.]+)を乗じて得た額)?"
    r"と課税価格(?:に([\d.]+)を乗じて得た額)?との差額$"
)
_LACTOSE = re.compile(
    r"^1(キログラム)につき、?([\d.,]+)円に重量比による乳糖の含有率が(\d+)%を超える1%ごとに([\d.,]+)円を加えた額$"
)

#: Words that name what a text hangs on that no formula here holds → class of the text.
_BEYOND = (
    ("基準輸入価格", "standard-import-price"),
    ("乳糖の含有率", "lactose-content"),
)


class Cell(msgspec.Struct, frozen=True):
    """What a cell says.

    Attributes:
        formula: Its rate, a choice among several, or a text with the class of why it was not understood.
        is_applied: False in brackets: another column of the line is lower.
        marks: Marks beside the rates (0..n), as they stand.
    """

    formula: Formula
    is_applied: bool = True
    marks: tuple[str, ...] = ()


@cache
def read_cell(text: str) -> Cell:
    """Read one cell.

    Args:
        text: As it stands; not empty.

    Source: Japan Customs, tariff schedule; wording of rates, quotas and treatment by partner.
    """
    marks: list[str] = []
    read = [_line(line, marks) for line in _lines(normal(text).strip())]
    if not read or any(one is None for one in read):
        return Cell(NotUnderstood(text, _class_of(text)), marks=tuple(marks))
    cases = [one for one in read if one is not None]
    words, formula, is_applied = cases[0]
    if len(cases) == 1 and not words:
        return Cell(formula, is_applied, tuple(marks))
    applied = [one for one in cases if one[2]]
    named = tuple(_case(words, formula) for words, formula, _ in applied or cases)
    return Cell(Choice(named), bool(applied), tuple(marks))


def _lines(text: str) -> Iterator[str]:
    """Lines of a cell; a rate that runs on into the next line is joined."""
    kept = ""
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        runs_on = kept.endswith(("+", "〜", "又は", "-")) or line.startswith(
            ("/", "ただし", "+", "〜", "のうち", "又は")
        )
        if kept and not runs_on:
            yield kept
            kept = ""
        kept += line
    if kept:
        yield kept


def _line(line: str, marks: list[str]) -> tuple[str, Formula, bool] | None:
    """Words, rate, and whether it is applied, of one line; None if it has no rate."""
    blanks = [-1, *(place for place, sign in enumerate(line) if sign == " ")]
    for place in blanks:
        words, rest = line[: max(place, 0)].strip(), line[place + 1 :].strip()
        formula, is_applied = _rate(rest, marks)
        if formula is not None:
            return words, formula, is_applied
    return None


def _rate(text: str, marks: list[str]) -> tuple[Formula | None, bool]:
    found: list[str] = []
    while mark := _MARK.search(text):
        found.append(mark[0])
        text = (text[: mark.start()] + text[mark.end() :]).strip()
    text = re.sub(r"〜[●◎※]", "〜", text)
    sugar, part = _SUGAR.match(text), _PART.match(text)
    try:
        if sugar:
            formula: Formula = Specific(Decimal(sugar[2].replace(",", "")), "JPY", f"{UNITS[sugar[1]]} sugar")
            is_applied = True
        elif by_fact := _by_fact(text):
            formula, is_applied = by_fact, True
        elif part:
            inner, _ = parse_rate(part[1])
            formula, is_applied = _or_none(inner), not text.startswith("(")
        else:
            formula, is_applied = parse_rate(text)
    except RateTextError:
        return None, True
    marks.extend(found)
    return formula, is_applied


def _by_fact(text: str) -> Formula | None:
    """A rate that asks for a standard import price or a content of lactose; None if a text is neither."""
    if found := _PIG_PRICE.match(text):
        unit, times, value_times = UNITS[found[1]], Decimal(found[2] or 1), Decimal(found[3] or 1)
        price: Formula = Priced("standard-import-price", "JPY", unit)
        return Difference(price if times == 1 else Scaled(times, price), AdValorem(_WHOLE * value_times))
    if found := _LACTOSE.match(text):
        unit, base, step = UNITS[found[1]], Decimal(found[2].replace(",", "")), Decimal(found[4].replace(",", ""))
        points = PerPoint("lactose-content", Decimal(found[3]), step, "JPY", unit)
        return Sum((Specific(base, "JPY", unit), points))
    return None


def _or_none(formula: Formula) -> Among:
    if isinstance(formula, Among):
        return structs.replace(formula, or_none=True)
    return Among((formula,), or_none=True)


def _case(words: str, formula: Formula) -> Case:
    """A case with what its words say in a way that can be decided without reading them."""
    rest, within, season = words, None, None
    partners: list[str] = []
    if found := _SEASON.search(rest):
        season, rest = season_of(rest), rest.replace(found[0], "")
    for found in _PARTNER.finditer(rest):
        partners += [PARTNERS.get(name, name) for name in re.split(r"、|及び", found[1]) if name != _OTHER_PARTNERS]
    is_other_partner = f"({_OTHER_PARTNERS}に対する待遇)" in rest
    rest = _PARTNER.sub("", rest)
    if _WITHOUT.search(rest):
        within, rest = False, _WITHOUT.sub("", rest)
    elif _WITHIN.search(rest):
        within, rest = True, _WITHIN.sub("", rest)
    is_other = is_other_partner or _OTHER.match(rest) is not None
    rest = _OTHER.sub("", rest)
    goods = rest if rest.strip(_REST + "、。及び") else ""
    ground: Ground = "other" if is_other else "goods" if goods else "quota" if within is not None else "partner"
    if season is not None and ground == "partner":
        ground = "day"
    return Case(ground, words, formula, goods.strip("、"), within, tuple(partners), season)


def season_of(words: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """First and last day of the season that words name, (month, day) each; None if they name none.

    Args:
        words: Words of a case or of a line, normalised.
    """
    found = _SEASON.search(words)
    if found is None:
        return None
    return (int(found[1]), _day(found[1], found[2])), (int(found[3]), _day(found[3], found[4]))


def in_season(formula: Formula, words: str) -> Choice:
    """The rate of a line that holds for a season only.

    Args:
        formula: The rate.
        words: Words of the line, normalised; they name a season.
    """
    if isinstance(formula, Choice):
        cases = (structs.replace(case, season=case.season or season_of(words)) for case in formula.cases)
        return Choice(tuple(cases))
    return Choice((Case("day", words, formula, season=season_of(words)),))


def _day(month: str, day: str) -> int:
    return monthrange(_LEAP, int(month))[1] if day == "末" else int(day)


def _class_of(text: str) -> str:
    plain = normal(text)
    for words, name in _BEYOND:
        if words in plain:
            return name
    return "footnote" if re.fullmatch(r"◆\d+", plain.strip()) else "no-formula"
