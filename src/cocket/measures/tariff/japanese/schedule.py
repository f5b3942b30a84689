# SPDX-License-Identifier: Apache-2.0
"""The whole Japanese schedule as a tariff: chapters as trees of lines, each cell of a column a measure.

A line has what it does not say itself from the line above it, column by column. A temporary rate takes the place of
the basic one; the WTO rate applies where it is lower; rates in brackets do not apply. The schedule has no days: it is
true for its edition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import structs

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.measures.tariff.book import Line, Measure, Tariff
from cocket.measures.tariff.formula import Among, Choice, Formula, NotUnderstood
from cocket.measures.tariff.japanese.cell import in_season, read_cell, season_of
from cocket.measures.tariff.japanese.columns import AGREEMENTS, BASIC, CLAIMS, GENERAL, TEMPORARY, WTO
from cocket.measures.tariff.japanese.rate import normal
from cocket.measures.tariff.kinds import Rounding
from cocket.standards.json import decode_json

_ACTS = {
    BASIC: "Customs Tariff Act, schedule",
    TEMPORARY: "Temporary Tariff Measures Act, schedule 1",
    WTO: "WTO Agreement, schedule XXXVIII (Japan)",
    "特恵": "Temporary Tariff Measures Act, article 8-2 (GSP)",
    "特別特恵": "Temporary Tariff Measures Act, article 8-2 (LDC)",
}
_GENERAL = (TEMPORARY, WTO, BASIC)
_DOWN_TO_HUNDRED = {"": Rounding(step=Decimal(100), is_down=True)}


class _Node(msgspec.Struct):
    """A line of the schedule with those under it."""

    stat_code: str = ""
    hs_code: str = ""
    desc: str = ""
    rate: dict[str, str | None] = {}
    unit: dict[str, str | None] = {}
    law: list[str] = []
    children: list[_Node] = []


class _Law(msgspec.Struct, rename={"name": "法令名", "agency": "主管省庁課", "paper": "税関確認書類"}):
    name: str = ""
    agency: str = ""
    paper: str = ""


_NODES = msgspec.json.Decoder(list[_Node])
_LAWS = msgspec.json.Decoder(dict[str, _Law])
_INDEX = msgspec.json.Decoder(dict[str, Any])


def is_chapter(content: Any) -> bool:
    """Whether the value of a JSON file is a chapter of this schedule: a list of lines that have a `stat_code`."""
    return isinstance(content, list) and bool(content) and isinstance(content[0], dict) and "stat_code" in content[0]


def is_law_table(content: Any) -> bool:
    """Whether the value of a JSON file is the table of other laws."""
    return isinstance(content, dict) and any(isinstance(one, dict) and "法令コード" in one for one in content.values())


def is_index(content: Any) -> bool:
    """Whether the value of a JSON file is the index of chapters."""
    return isinstance(content, dict) and "chapters" in content and "version" in content


class _Loading:
    """A tariff on its way."""

    def __init__(self, edition: str) -> None:
        self._edition = edition
        self.lines: dict[str, Line] = {}
        self.measures: dict[str, tuple[Measure, ...]] = {}
        self.findings: dict[tuple[str, str], Finding] = {}

    def take(self, node: _Node, above: tuple[_Node, ...]) -> None:
        way = (*above, node)
        if node.children:
            for child in node.children:
                self.take(child, way)
        elif node.hs_code:
            self._add(way)
        elif any(node.rate.values()):
            self._say("line-without-code", "a line under {found} has rates and no code", node.stat_code)

    def _add(self, way: tuple[_Node, ...]) -> None:
        code = re.sub(r"\D", "", way[-1].stat_code + way[-1].hs_code)
        measures = tuple(self._measures(code, _rates(way)))
        words = normal(way[-1].desc)
        if season_of(words):
            measures = tuple(structs.replace(one, formula=_seasonal(one.formula, words)) for one in measures)
        if code in self.lines and not season_of(words):
            self._say("line-twice", "{found} appears twice; the second is left out", code)
            return
        self.measures[code] = _merged(self.measures.get(code, ()), measures)
        self.lines[code] = Line(
            code=code,
            description=" / ".join(filter(None, (node.desc.strip() for node in way))),
            units=_units(way[-1].unit),
            laws=tuple(next((node.law for node in reversed(way) if node.law), ())),
        )

    def _measures(self, code: str, rates: dict[str, str]) -> Iterator[Measure]:
        general = _general(rates)
        for column, text in rates.items():
            if column not in _ACTS and column not in AGREEMENTS:
                self._say("column-unknown", "{found} is not a known column; it must be claimed by name", column)
            cell = read_cell(text)
            is_general = column in _GENERAL
            yield Measure(
                code=code,
                kind="duty" if is_general else "preference",
                type_code=column,
                formula=cell.formula,
                area=column if column in AGREEMENTS else None,
                preference=None if is_general or column in AGREEMENTS else GENERAL.get(column, column),
                act=_act(column, self._edition),
                text=text if cell.marks or isinstance(cell.formula, Choice | Among | NotUnderstood) else "",
                is_applied=column in general if is_general else cell.is_applied,
            )

    def _say(self, code: str, message: str, found: str) -> None:
        finding = Finding(code=code, severity="warning", message=message, found=found[:200])
        self.findings.setdefault((code, found), finding)


def _rates(way: tuple[_Node, ...]) -> dict[str, str]:
    """The cells of a line, each its own or that of the nearest line above it that has one."""
    found: dict[str, str] = {}
    for node in reversed(way):
        for column, text in node.rate.items():
            if text and text.strip():
                found.setdefault(column, text)
    return found


def _general(rates: dict[str, str]) -> set[str]:
    """Columns for everybody that count: the temporary one in place of the basic one, and the WTO one."""
    named = {column for column in _GENERAL if column in rates}
    applied = {column for column in named if read_cell(rates[column]).is_applied}
    if TEMPORARY in applied:
        applied.discard(BASIC)
    return applied or named


def _seasonal(formula: Formula | None, words: str) -> Choice | None:
    return in_season(formula, words) if formula is not None else None


def _merged(ones: tuple[Measure, ...], others: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """Measures of a line that stands several times, once for each season."""
    by_column = {one.type_code: one for one in ones}
    for other in others:
        one = by_column.get(other.type_code)
        if one is not None and isinstance(one.formula, Choice) and isinstance(other.formula, Choice):
            by_column[other.type_code] = structs.replace(one, formula=Choice(one.formula.cases + other.formula.cases))
        else:
            by_column[other.type_code] = other
    return tuple(by_column.values())


@cache
def _act(column: str, edition: str) -> str:
    act = _ACTS.get(column) or f"agreement: {column.removeprefix('EPA_')}"
    return f"{act}; edition {edition}" if edition else act


def _units(told: dict[str, str | None]) -> tuple[str, ...]:
    return tuple(re.sub(r"\s+", " ", unit) for unit in told.values() if unit)


def load_schedule(
    chapters: Iterable[bytes], laws: bytes | None = None, index: bytes | None = None
) -> tuple[Tariff, tuple[Finding, ...]]:
    """Load chapters of the Japanese schedule.

    Args:
        chapters: JSON of each chapter (1..n).
        laws: JSON of the table of other laws; None for none.
        index: JSON of the index, for the edition; None for none.

    Returns:
        The tariff, and what was left out or not known (0..n).

    Raises:
        UnreadableError: A file is not of that form.

    Source: Japan Customs, tariff schedule; Customs Tariff Act, article 3; Temporary Tariff Measures Act, articles 2
    and 8-2; Act on General Rules for National Taxes, article 119 (parts of 100 yen are not payable).
    """
    try:
        edition = str(decode_json(index, _INDEX)["version"]).replace("_", "-") if index else ""
        known = decode_json(laws, _LAWS) if laws else {}
        loading = _Loading(edition)
        for chapter in chapters:
            for node in decode_json(chapter, _NODES):
                loading.take(node, ())
    except (UnreadableError, ValueError, KeyError, TypeError) as error:
        raise UnreadableError(
            f"This is not a chapter of the Japanese schedule: {str(error).rstrip('.')}.", code="tariff-unreadable"
        ) from error
    short = {column.removeprefix("EPA_").upper(): frozenset({column}) for column in AGREEMENTS}
    short |= {parties[0]: frozenset({column}) for column, parties in AGREEMENTS.items() if len(parties) == 1}
    tariff = Tariff(
        name="jp",
        edition=edition,
        currency="JPY",
        lines=loading.lines,
        measures=loading.measures,
        areas={column: frozenset(parties) for column, parties in AGREEMENTS.items()},
        claims={**short, **{word: frozenset(columns) for word, columns in CLAIMS.items()}},
        laws={code: f"{law.agency}: {law.paper}" for code, law in known.items()},
        rounding=_DOWN_TO_HUNDRED,
        source="Japan Customs, tariff schedule; not an official edition",
    )
    return tariff, tuple(loading.findings.values())
