# SPDX-License-Identifier: Apache-2.0
"""From what was entered to what is recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from cocket.control import Evidence, ExaminedItem, Quantity, Sample, SeenGoods, Seizure
from cocket.model import Amount
from cocket.pipeline import NewResult, ResultView
from cocket.pipeline.control.views import NewEvidence
from cocket.workbench.control.forms import count_of, fields_of, read_report, read_result

FOUND = {
    "depth": "full",
    "found": "yes",
    "offence": "revenue",
    "duty": "41 200.00",
    "currency": "usd",
    "note": " under-valued ",
}


def test_a_find_is_recorded_with_its_kind_and_duty() -> None:
    expected = NewResult(
        depth="full", found=True, offence="revenue", duty_recovered="41200.00", currency="USD", note="under-valued"
    )
    assert read_result(FOUND).result == expected


def test_nothing_found_drops_what_belongs_to_a_find() -> None:
    assert read_result({**FOUND, "found": "no"}).result == NewResult(depth="full", found=False, note="under-valued")


def test_not_examined_is_kept_apart_from_nothing_found() -> None:
    result = read_result({**FOUND, "depth": "not-examined"}).result
    assert result == NewResult(depth="not-examined", found=None, note="under-valued")


def test_a_find_without_duty_has_no_currency() -> None:
    result = read_result({**FOUND, "duty": ""}).result
    assert result is not None
    assert (result.duty_recovered, result.currency) == (None, None)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"depth": ""}, "depth"),
        ({"depth": "thorough"}, "depth"),
        ({"found": ""}, "found"),
        ({"offence": ""}, "offence"),
        ({"offence": "piracy"}, "offence"),
        ({"duty": "much"}, "duty"),
        ({"duty": "-5"}, "duty"),
        ({"duty": "1e9"}, "duty"),
        ({"currency": "dollars"}, "currency"),
        ({"note": "x" * 4001}, "note"),
        ({"depth": "not-examined", "note": " "}, "note"),
    ],
)
def test_each_problem_is_said_beside_its_field_and_nothing_is_recorded(changed: dict[str, str], wrong: str) -> None:
    filled = read_result({**FOUND, **changed})
    assert filled.result is None
    assert list(filled.problems) == [wrong]


def test_an_empty_form_asks_for_depth_and_finding() -> None:
    assert list(read_result({}).problems) == ["depth", "found"]


DIGEST = "ab" * 32
REST = {
    "also-narcotics": "yes",
    "item-1-value": "50 000.00 usd",
    "item-1-quantity": "9",
    "item-3-description": "watches",
    "item-3-origin": "xj",
    "seizure-1-goods": "resin",
    "seizure-1-offence": "narcotics",
    "seizure-1-quantity": "4.2 kgm",
    "seizure-1-detection": "dog",
    "seizure-1-route": "XJABC > XK, xapta",
    "evidence-1-name": "scan.png",
    "evidence-1-sha256": DIGEST.upper(),
    "evidence-1-kept": "store 4",
}


def test_items_seizures_and_evidence_are_read() -> None:
    result = read_result({**FOUND, **REST}).result
    assert result is not None
    assert result.other_offences == ("narcotics",)
    assert result.items == (
        ExaminedItem(item=1, found=SeenGoods(value=Amount(Decimal("50000.00"), "USD"), quantity=Quantity(Decimal(9)))),
        ExaminedItem(item=3, found=SeenGoods(origin="XJ", description="watches")),
    )
    assert result.seizures == (
        Seizure(
            offence="narcotics",
            goods="resin",
            quantity=Quantity(Decimal("4.2"), "KGM"),
            detection="dog",
            route=("XJABC", "XK", "XAPTA"),
        ),
    )
    assert result.evidence == (NewEvidence(name="scan.png", sha256=DIGEST, kept="store 4"),)


def test_nothing_found_drops_items_and_seizures_too() -> None:
    assert read_result({**FOUND, **REST, "found": "no"}).result == NewResult(
        depth="full", found=False, note="under-valued"
    )


def test_a_seizure_is_for_the_kind_above_unless_another_is_chosen() -> None:
    result = read_result({**FOUND, "offence": "ipr", "seizure-1-goods": "bags"}).result
    assert result is not None and [one.offence for one in result.seizures] == ["ipr"]


def test_what_only_the_laboratory_can_tell_is_neither_found_nor_not() -> None:
    fields = {"depth": "partial", "found": "pending", "sample_number": "L-7"}
    assert read_result(fields).result == NewResult(depth="partial", found=None, sample=Sample(number="L-7"))


def test_an_answer_makes_it_known() -> None:
    fields = {"depth": "partial", "found": "no", "sample_number": "L-7", "sample_answer": "flour"}
    result = read_result({**fields, "sample_answered": "2026-11-20", "amends": "r1"}).result
    assert result is not None and (result.found, result.amends) == (False, "r1")
    assert result.sample == Sample(number="L-7", answer="flour", answered=date(2026, 11, 20))


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"item-1-value": "much"}, "item-1-value"),
        ({"item-1-value": "-3"}, "item-1-value"),
        ({"item-1-value": "10 DOLLARS"}, "item-1-value"),
        ({"item-1-quantity": "many"}, "item-1-quantity"),
        ({"item-1-origin": "Xanadu"}, "item-1-origin"),
        ({"item-1-classification": "cars"}, "item-1-classification"),
        ({"seizure-1-goods": ""}, "seizure-1-goods"),
        ({"seizure-1-quantity": "some"}, "seizure-1-quantity"),
        ({"seizure-1-detection": "luck"}, "seizure-1-detection"),
        ({"seizure-1-offence": "piracy"}, "seizure-1-offence"),
        ({"seizure-1-route": "from far away"}, "seizure-1-route"),
        ({"evidence-1-sha256": "abc"}, "evidence-1-sha256"),
        ({"evidence-1-kept": ""}, "evidence-1-kept"),
        ({"evidence-1-name": ""}, "evidence-1-name"),
        ({"found": "pending"}, "sample_number"),
        ({"found": "no", "sample_number": "L-7"}, "sample_answer"),
        ({"found": "pending", "sample_number": "L", "sample_answer": "flour"}, "sample_answer"),
        ({"sample_answer": "flour"}, "sample_number"),
        ({"sample_number": "L", "sample_answered": "soon"}, "sample_answered"),
    ],
)
def test_a_problem_of_the_parts_folded_away_is_said_beside_its_field(changed: dict[str, str], wrong: str) -> None:
    filled = read_result({**FOUND, **REST, **changed})
    assert filled.result is None
    assert list(filled.problems) == [wrong]


def test_an_amendment_begins_from_what_was_recorded() -> None:
    result = read_result({**FOUND, **REST, "sample_number": "L-7"}).result
    assert result is not None
    told = ResultView(
        id="r1",
        at=datetime(2026, 11, 2, tzinfo=UTC),
        officer="o",
        depth=result.depth,
        found=True,
        offence=result.offence,
        other_offences=result.other_offences,
        items=result.items,
        duty_recovered=result.duty_recovered,
        currency=result.currency,
        sample=result.sample,
        seizures=result.seizures,
        evidence=(Evidence(name="scan.png", sha256=DIGEST, kept="store 4"),),
        note=result.note,
    )
    again = read_result(fields_of(told)).result
    assert again is not None
    assert (again.amends, again.evidence) == ("r1", ())  # what is on file stays on file
    for name in (
        "depth",
        "found",
        "offence",
        "other_offences",
        "items",
        "duty_recovered",
        "sample",
        "seizures",
        "note",
    ):
        assert getattr(again, name) == getattr(result, name), name


def test_a_form_shows_one_block_more_than_is_filled() -> None:
    assert count_of({}, "seizure") == 1
    assert count_of({"seizure-1-goods": "resin", "seizure-2-goods": " "}, "seizure") == 2
    assert count_of(REST, "evidence") == 2


NOW, ZONE = datetime(2026, 11, 2, 9, tzinfo=UTC), ZoneInfo("Etc/GMT-7")
REPORT = {
    "threat": "weapons",
    "source": "B",
    "information": "2",
    "handling": "restricted",
    "text": " pistols ",
    "PARTY": "Acme Ltd\n\n XA 42 ",
    "ROUTE": "XJ",
    "expires": "2026-11-30",
}


def test_a_report_counts_to_the_end_of_its_last_day_where_it_is_read() -> None:
    report = read_report(REPORT, ZONE, NOW).report
    assert report is not None
    assert (report.text, report.source_grade, report.information_grade) == ("pistols", "B", "2")
    assert report.links == (("PARTY", "Acme Ltd"), ("PARTY", "XA 42"), ("ROUTE", "XJ"))
    assert report.expires.astimezone(UTC) == datetime(2026, 11, 30, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"threat": "piracy"}, "threat"),
        ({"source": ""}, "source"),
        ({"information": "7"}, "information"),
        ({"handling": "secret"}, "handling"),
        ({"text": " "}, "text"),
        ({"text": "x" * 8001}, "text"),
        ({"PARTY": "", "ROUTE": " "}, "PARTY"),
        ({"expires": "2026-11-01"}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"expires": "9999-12-31"}, "expires"),
    ],
)
def test_each_problem_of_a_report_is_said_beside_its_field(changed: dict[str, str], wrong: str) -> None:
    filled = read_report({**REPORT, **changed}, ZONE, NOW)
    assert filled.report is None
    assert list(filled.problems) == [wrong]
