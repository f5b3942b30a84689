# SPDX-License-Identifier: Apache-2.0
"""Every step, note, assumption and reason of a duty is said in French: those of every example, and of random laws."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import cocket.measures
from cocket.errors import SettingsError
from cocket.languages import ENGLISH, language
from cocket.measures.tariff import (
    USUAL,
    Calculator,
    Duties,
    DutyWords,
    Rates,
    countries,
    definition_words,
    drawn,
    graph_of,
    national,
    picture_of,
)
from cocket.measures.tariff.duty_words import REASONS
from cocket.measures.tariff.faults import UNREADABLE
from cocket.measures.tariff.sheet import DutyLine
from tests.measures.test_tariff_national import EXAMPLES, computed
from tests.measures.test_tariff_oracle import goods_of, law, product, question

FRENCH = DutyWords(language("fr"))

#: Words that no French sentence has, and that none of our names of charges is.
_ENGLISH = re.compile(
    r"(?<![\w-])(the|of|on|from|above|up to|at least|at most|applied|because|cannot|itself|included|declaration,|by|is|"
    r"not|rounded|halves|dropped|higher|lower|free|flat|less|excess|value|duties|freight|insurance|stated|known|it)(?![\w-])"
)


def said(duties: Duties) -> Iterator[str]:
    """Everything that an answer says in sentences."""
    for line in duties.lines:
        yield from _of_line(line)
    yield from (one.says for one in duties.assumed)


def _of_line(line: DutyLine) -> Iterator[str]:
    yield from line.how
    yield from line.notes
    yield f"{line.rate} on {line.base}" if line.base else line.rate + " = 0"


def answers() -> Iterator[Duties]:
    for example in EXAMPLES:
        yield from computed(example, explain=True)[2]
    chance = random.Random(11)
    for _ in range(300):
        charges = law(chance)
        try:
            calculator = Calculator(product(charges), Rates("XDC", [("EUR", date(2026, 3, 1), Decimal("1.2"))]))
        except SettingsError:
            continue
        yield calculator.duties(goods_of(question(chance)), explain=True)


@pytest.fixture(scope="module")
def every() -> tuple[Duties, ...]:
    return tuple(answers())


def test_every_step_note_and_assumption_is_said_in_french(every: tuple[Duties, ...]) -> None:
    sentences = {text for duties in every for text in said(duties)}
    assert len(sentences) > 1000
    assert sorted(text for text in sentences if FRENCH.step(text) is None) == []
    left = {text: FRENCH.step(text) or "" for text in sentences}
    assert {text: told for text, told in left.items() if _ENGLISH.search(told)} == {}


def test_what_is_unknown_and_what_decided_is_said_in_french(every: tuple[Duties, ...]) -> None:
    unknown = {
        f"{part.kind}: {', '.join(f'{one.reason} {one.what}' for one in part.missing)}"
        for duties in every
        for part in duties.not_computable
        if part.kind
    }
    assert len(unknown) > 5
    assert {text for text in unknown if _ENGLISH.search(FRENCH.unknown(text))} == set()
    decided = {f"{one.by} {one.found}" for duties in every for one in duties.decided_by}
    for text in (one for one in decided if not one.startswith("procedure")):
        assert not _ENGLISH.search(FRENCH.decided(text)), text


def test_every_reason_that_the_code_gives_has_words() -> None:
    source = Path(cocket.measures.__file__).parent
    text = "\n".join(path.read_text() for path in sorted(source.rglob("*.py")))
    given = {
        *re.findall(r'Missing\(reason="([a-z-]+)"', text),
        *re.findall(r'finding\("([a-z-]+)"', faults_source(source)),
    }
    given |= UNREADABLE.keys()
    assert len(given) > 30
    assert given - set(REASONS) == set()


def faults_source(measures: Path) -> str:
    """What `check` and the calculator find wrong alike; a calculator gives the code as its reason."""
    return (measures / "tariff" / "faults.py").read_text()


def test_procedures_and_what_they_assume_are_said_in_french() -> None:
    for one in USUAL:
        told = FRENCH.decided(f"procedure {one.code}: {one.says}")
        assert (told != f"procedure {one.code}: {one.says}" and one.says not in told) or one.says == "transit"
        assert not one.assumes or FRENCH.step(one.assumes)


@pytest.mark.parametrize("country", countries())
def test_rates_and_bases_of_a_country_are_said_in_french_and_drawn_so(country: str) -> None:
    known = national(country)
    graph = graph_of(known.charges, (), known.amounts)
    for node in graph.nodes():
        for name, text in (part for one in node.definitions for part in definition_words(one).items()):
            if text and name not in ("act", "of persons", "not of persons", "in force"):
                assert not _ENGLISH.search(FRENCH.part(name, text)), (name, text)
    for box in drawn(picture_of(graph), language("fr")).boxes:
        assert not _ENGLISH.search(f"{box.title} {box.says}"), box


def test_english_stays_as_it_is_and_what_is_no_form_of_ours_is_left_alone() -> None:
    text = "base = value + duties = 1000 + 50 = 1050"
    assert DutyWords(ENGLISH).step(text) == text
    assert FRENCH.step(text) == "assiette = valeur + droits = 1000 + 50 = 1050"
    assert FRENCH.step("the higher of 5 %; 2 EUR / KGM on 100 EUR; 7 KGM = 14") == (
        "le plus élevé de 5 %; 2 EUR / KGM sur 100 EUR; 7 KGM = 14"
    )
    assert FRENCH.step("a sentence of a tariff's own") is None
    assert _ENGLISH.search(text), "the gate can fail"
