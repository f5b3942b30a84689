# SPDX-License-Identifier: Apache-2.0
"""Reports on rules to keep or to print: every sentence in the reader's language, figures as it writes them."""

from __future__ import annotations

import html
import re
from datetime import date
from functools import partial
from typing import get_args

import pytest

from cocket.languages import ENGLISH, Language, language
from cocket.risk.effort import Choice
from cocket.risk.rules import Looked, Named, measure_rules
from cocket.risk.rules.caveats import CAVEATS, NO_EXAMINATIONS, TEACHERS, TOO_FEW, UNDECIDED, Name, caveat, said_in
from cocket.risk.rules.month import GIVEN, MonthReview, compare, write_review
from cocket.risk.rules.pack import PROPOSALS, Pack, write_pack

TODAY = date(2026, 11, 29)
LATIN = re.compile(r"[A-Za-z]{2,}")
GREEK = {letter: 0x3B1 + place % 24 for place, letter in enumerate(range(0x41, 0x7B)) if chr(letter).isalpha()}


class Greek(Language):
    """A language in which every sentence of ours is in Greek letters: Latin ones are data, or were not translated."""

    def __init__(self) -> None:
        super().__init__("el")

    def translate(self, sentence: str) -> str:
        parts = re.split(r"(\{\w+\})", sentence)
        return "".join(part if place % 2 else part.translate(GREEK) for place, part in enumerate(parts))


def looked() -> list[Looked]:
    cases = []
    for n in range(600):
        is_drawn, hits = n % 3 == 0, ("AX-1",) if n % 2 else ()
        cases.append(
            Looked(
                id=f"d{n}",
                day=float(n % 30),
                hits=hits,
                is_examined=is_drawn,
                is_drawn=is_drawn,
                is_random=is_drawn,
                found=is_drawn and n % 15 == 0,
                chance=1 / 3,
                duty=1200.0,
            )
        )
    return cases


FIGURES = measure_rules(
    looked(),
    [Named(code="AX-1", kind="host"), Named(code="AX-2", kind="cel"), Named(code="AX-3", kind="python")],
    TODAY,
)

DAYS = {"registered": "3", "accepted": "2", "issued": "1"}

#: Of every name the caveat with its places filled in, and what stands beside them.
EVERY = (
    *(caveat(name, count=1234, why=f"{TOO_FEW} (AX)", amounts="AX", currency="AX", **DAYS) for name in get_args(Name)),
    UNDECIDED, TOO_FEW, NO_EXAMINATIONS, *(one.replace("{version}", "AX") for one in TEACHERS),
)  # fmt: skip

PACK = Pack(
    administration="AX",
    first_day=TODAY,
    last_day=TODAY,
    declarations=1234,
    examined=200,
    currency=None,
    figures=FIGURES,
    proposals={one.code: PROPOSALS[one.state] for one in FIGURES},
    caveats=EVERY,
)


def review(n_drawn: int) -> MonthReview:
    choices = [
        Choice(
            id=f"d{n}",
            place="AX 1",
            score=n / 600,
            duty=1200.0,
            is_examined=n % 3 == 0,
            is_drawn=n % 3 == 0 and n < n_drawn,
            found=n % 15 == 0,
            recovered=1500.0 if n % 15 == 0 else 0.0,
            chance=1 / 3,
        )
        for n in range(600)
    ]
    return MonthReview(
        folder=GIVEN,
        first_day=TODAY,
        last_day=TODAY,
        declarations=1234,
        manifests=3,
        with_bill=0,
        refused=0,
        undated=0,
        future=0,
        unmatched=0,
        lanes={},
        examined=200,
        found=40,
        recovered=60_000.0,
        currency="AX",
        chances="logged",
        drawn=n_drawn,
        random=FIGURES[0].random if n_drawn else None,
        figures=FIGURES,
        advised=compare(choices, TEACHERS[0], TODAY),
        caveats=EVERY,
    )


REPORTS = {
    "pack": partial(write_pack, PACK),
    "month": partial(write_review, review(600)),
    "month without a random draw": partial(write_review, review(0)),
}


def texts(page: str) -> str:
    bare = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL)
    labels = " ".join(re.findall(r'aria-label="([^"]*)"', bare))
    return html.unescape(re.sub(r"<[^>]+>", " ", bare)) + labels


@pytest.mark.parametrize("name", REPORTS)
def test_every_text_of_a_report_comes_through_the_catalogue_or_is_data(name: str) -> None:
    left = set(LATIN.findall(texts(REPORTS[name](Greek())))) - {"AX"}
    assert left <= {"None"}, left
    assert len(set(LATIN.findall(texts(REPORTS[name](ENGLISH))))) > 60, "in English there is something to find"


@pytest.mark.parametrize("tag", ["fr", "es", "ar"])
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_in_the_readers_language_and_writes_figures_as_it_does(name: str, tag: str) -> None:
    reader = language(tag)
    page = REPORTS[name](reader)
    assert f'<html lang="{tag}" dir="{reader.direction}">' in page
    assert reader.translate("Limits of these figures") in page and "Limits of these figures" not in page
    assert "Examinations are not perfect" not in page
    assert ("1,234" in page) is (tag == "ar")


@pytest.mark.parametrize("tag", ["fr", "es", "ar"])
def test_every_caveat_is_said_in_each_language(tag: str) -> None:
    assert [one for one in EVERY if said_in(one, language(tag)) == one] == []
    assert said_in("said by somebody else", language(tag)) == "said by somebody else"
    assert "{" not in "".join(said_in(one, language(tag)) for one in EVERY)
    assert [said_in(one, ENGLISH) for one in EVERY] == list(EVERY)
    assert set(CAVEATS) == set(get_args(Name))
