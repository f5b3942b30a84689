# SPDX-License-Identifier: Apache-2.0
"""The report of a year: failures first, small counts withheld, nothing of what was written runs."""

from __future__ import annotations

from datetime import date

from cocket.languages import languages
from cocket.trials.lessons.recommendations import judged
from cocket.trials.lessons.year import YearReport, runs_in, write_page, year_card, year_report
from tests.trials.lessons.given import AT, card, cost, measured, recommendation

DAYS = (date(2026, 1, 1), date(2026, 12, 1))


def report() -> YearReport:
    failed = card(measured(value=3.0), title="Night runs", status="stopped", failed="The feed broke each night.")
    fell = judged(recommendation(title="More draws"), measured("random-hit-rate", value=0.5), DAYS[1], ("vea", AT))
    waits = recommendation(title="Fewer rules")
    cards = [year_card(card(title="A good one", cost=cost()), (measured(),)), year_card(failed, failed.results)]
    return year_report((2026, "Alphaland Customs", AT), DAYS, [measured("missed", value=9.0)], cards, [waits, fell])


def test_failures_stand_first_and_small_counts_are_counted_as_withheld() -> None:
    told = report()
    assert [one.title for one in told.cards] == ["Night runs", "A good one"]
    assert [one.title for one in told.recommendations] == ["More draws", "Fewer rules"]
    assert told.withheld == 1
    page = write_page(told).decode()
    assert page.index("The feed broke each night.") < page.index("A good one")
    assert "EUR 100.00 – 200.00" in page
    assert page.count("not known") == 1


def test_a_year_without_a_failure_does_not_claim_that_there_was_none() -> None:
    told = year_report((2026, "Alphaland Customs", AT), DAYS, [], [], [])
    assert "not proof that there was none" in write_page(told).decode()


def test_only_the_days_of_the_year_count_and_a_plan_does_not() -> None:
    assert runs_in(card(begins=date(2025, 3, 1)), *DAYS) == DAYS
    assert runs_in(card(begins=date(2026, 3, 1), ends=date(2026, 4, 1)), *DAYS) == (date(2026, 3, 1), date(2026, 4, 1))
    assert runs_in(card(begins=date(2025, 3, 1), ends=date(2025, 4, 1)), *DAYS) is None
    assert runs_in(card(status="planned"), *DAYS) is None


def test_the_page_is_whole_in_every_language_and_runs_nothing() -> None:
    for language in languages().values():
        page = write_page(report(), language).decode()
        assert f'lang="{language.tag}" dir="{language.direction}"' in page
        assert "<script" not in page
        assert "http" not in page
