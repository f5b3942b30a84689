# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from cocket.control import (
    Evidence,
    ExaminationResult,
    ExaminedItem,
    Quantity,
    Sample,
    SeenGoods,
    Seizure,
    check_result,
    label_of,
    more_than,
)
from cocket.model import Amount
from cocket.risk import Corrected, day_number
from tests.risk.given import facts

CHEAP, DEAR = Amount(Decimal(100), "XTS"), Amount(Decimal(180), "XTS")
ITEM = ExaminedItem(item=1, declared=SeenGoods(value=CHEAP, origin="XB"), found=SeenGoods(value=DEAR))
OPEN = Sample(number="L-7")
SEIZED = Seizure(offence="narcotics", goods="resin", quantity=Quantity(Decimal("4.2"), "KGM"))
DIGEST = "ab" * 32
EXAMINED, RETURNED = datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2026, 11, 3, 9, tzinfo=UTC)

IRREGULAR = ExaminationResult(
    consignment="c1",
    officer="officer-a",
    examined=EXAMINED,
    returned=RETURNED,
    depth="full",
    conclusion="irregular",
    offences=("undervaluation",),
    items=(ITEM,),
    duty_recovered=Amount(Decimal("36"), "XTS"),
)
CONFORM = msgspec.structs.replace(IRREGULAR, conclusion="conform", offences=(), items=(), duty_recovered=None)
PENDING = msgspec.structs.replace(CONFORM, conclusion="pending", sample=OPEN)
SMUGGLED = msgspec.structs.replace(IRREGULAR, offences=("undervaluation", "narcotics"), seizures=(SEIZED,))
UNSEEN = msgspec.structs.replace(CONFORM, conclusion="not-examined", depth="not-examined", examined=None)


def _found(**found: object) -> ExaminedItem:
    return ExaminedItem(item=2, found=SeenGoods(**found))  # type: ignore[arg-type]


def _seized(**changes: object) -> Seizure:
    return msgspec.structs.replace(SEIZED, **changes)


@pytest.mark.parametrize("result", [IRREGULAR, CONFORM, UNSEEN, PENDING, SMUGGLED])
def test_a_plain_result_has_no_findings(result: ExaminationResult) -> None:
    assert check_result(result) == ()


@pytest.mark.parametrize(
    ("result", "changes", "code"),
    [
        (CONFORM, {"depth": "not-examined"}, "result-depth"),
        (UNSEEN, {"depth": "scan"}, "result-depth"),
        (CONFORM, {"examined": None}, "result-when"),
        (IRREGULAR, {"offences": ()}, "result-offence"),
        (CONFORM, {"offences": ("revenue",)}, "result-traces"),
        (CONFORM, {"items": (ITEM,)}, "result-traces"),
        (CONFORM, {"conclusion": "pending"}, "result-sample"),
        (PENDING, {"sample": Sample(number="L-7", answer="cotton")}, "result-sample"),
        (CONFORM, {"sample": OPEN}, "result-sample"),
        (PENDING, {"sample": Sample(number=" ")}, "result-sample-number"),
        (UNSEEN, {"evidence": (Evidence(name="a.jpg", sha256=DIGEST, kept="locker 4"),)}, "result-unseen"),
        (IRREGULAR, {"items": (ITEM, ITEM)}, "result-item"),
        (IRREGULAR, {"items": (ExaminedItem(item=0, found=SeenGoods(origin="XJ")),)}, "result-item"),
        (IRREGULAR, {"items": (ExaminedItem(item=1, found=SeenGoods()),)}, "result-item-same"),
        (IRREGULAR, {"items": (_found(value=Amount(Decimal(-1), "XTS")),)}, "result-item-value"),
        (IRREGULAR, {"items": (_found(value=Amount(Decimal(1))),)}, "result-item-currency"),
        (IRREGULAR, {"items": (_found(quantity=Quantity(Decimal(-1), "KGM")),)}, "result-item-quantity"),
        (SMUGGLED, {"offences": ("undervaluation",)}, "seizure-offence"),
        (SMUGGLED, {"seizures": (_seized(goods=" "),)}, "seizure-goods"),
        (SMUGGLED, {"seizures": (_seized(quantity=Quantity(Decimal(0))),)}, "seizure-quantity"),
        (IRREGULAR, {"evidence": (Evidence(name="a.jpg", sha256="abc", kept="locker 4"),)}, "evidence-digest"),
        (IRREGULAR, {"evidence": (Evidence(name="a.jpg", sha256=DIGEST),)}, "evidence-kept"),
        (UNSEEN, {"duty_recovered": Amount(Decimal(1), "XTS")}, "result-traces"),
        (IRREGULAR, {"duty_recovered": Amount(Decimal(-1), "XTS")}, "result-duty"),
        (IRREGULAR, {"duty_recovered": Amount(Decimal(1))}, "result-currency"),
        (IRREGULAR, {"examined": RETURNED, "returned": EXAMINED}, "result-order"),
    ],
)
def test_a_contradiction_is_an_error(result: ExaminationResult, changes: dict[str, object], code: str) -> None:
    findings = check_result(msgspec.structs.replace(result, **changes))
    assert [(each.code, each.severity) for each in findings] == [(code, "error")]


def test_a_result_teaches_from_the_day_it_was_returned() -> None:
    label = label_of(IRREGULAR, facts(), 0.03)
    assert label is not None
    assert (label.found, label.returned, label.propensity) == (True, day_number(RETURNED), 0.03)
    clean = label_of(CONFORM, facts(), None)
    assert clean is not None and clean.found is False


def test_a_label_says_what_each_item_was_found_to_be() -> None:
    other = ExaminedItem(item=3, declared=SeenGoods(classification="1"), found=SeenGoods(classification="2"))
    worded = ExaminedItem(item=4, declared=SeenGoods(description="a"), found=SeenGoods(description="b"))
    several = msgspec.structs.replace(IRREGULAR, items=(ITEM, other, worded))
    label = label_of(several, facts(), 1.0)
    assert label is not None
    assert label.items == {1: "undervaluation", 3: "classification", 4: several.offences[0]}


def test_a_label_says_how_each_item_was_corrected() -> None:
    kilos, pounds = Quantity(Decimal(100), "KGM"), Quantity(Decimal("440.924524"), "LBR")
    other = ExaminedItem(
        item=3,
        declared=SeenGoods(classification="6109.10.00", quantity=kilos, value=CHEAP),
        found=SeenGoods(classification="6109 90 00", quantity=pounds, value=Amount(Decimal(90), "EUR"), origin="XC"),
    )
    spelt = ExaminedItem(item=4, declared=SeenGoods(classification="6109.10"), found=SeenGoods(classification="610910"))
    label = label_of(msgspec.structs.replace(IRREGULAR, items=(ITEM, other, spelt)), facts(), None)
    assert label is not None
    assert set(label.corrected) == {1, 3}  # another spelling of a code corrects nothing
    assert label.corrected[1] == Corrected(value_ratio=1.8)
    told = label.corrected[3]  # amounts of two currencies say nothing of each other
    assert (told.value_ratio, told.hs, told.origin) == (None, "61099000", "XC")
    assert told.quantity_ratio == pytest.approx(2.0, rel=1e-5)
    assert more_than(label, label) is None
    first = msgspec.structs.replace(label, corrected={1: label.corrected[1]})
    added = more_than(label, first)
    assert added is not None and added.adds and set(added.corrected) == {3}


def test_not_examined_is_not_conform() -> None:
    assert label_of(UNSEEN, facts(), 1.0) is None


def test_a_look_at_documents_teaches_only_what_it_found() -> None:
    papers = msgspec.structs.replace(CONFORM, depth="documents")
    assert label_of(papers, facts(), 1.0) is None
    found = label_of(msgspec.structs.replace(IRREGULAR, depth="documents"), facts(), 1.0)
    assert found is not None and found.found


def test_a_result_survives_being_written_down() -> None:
    assert msgspec.json.decode(msgspec.json.encode(IRREGULAR), type=ExaminationResult) == IRREGULAR


def test_what_a_laboratory_has_yet_to_say_teaches_nothing_and_is_no_conform() -> None:
    assert label_of(PENDING, facts(), 1.0) is None
    assert (PENDING.is_found, CONFORM.is_found, UNSEEN.is_found) == (None, False, None)


def test_a_late_answer_counts_from_when_it_returned() -> None:
    later = datetime(2026, 12, 24, 9, tzinfo=UTC)
    answered = msgspec.structs.replace(
        IRREGULAR, returned=later, sample=Sample(number="L-7", answer="silk"), amends="r1"
    )
    label = label_of(answered, facts(), 1.0)
    assert label is not None and label.returned == day_number(later)


@pytest.mark.parametrize("name", ["revenue", "smuggling", "narcotics", "ipr", "cites", "security", "health", "other"])
def test_a_record_of_before_is_still_read(name: str) -> None:
    body = (
        '{"consignment":"c1","officer":"o","examined":"2026-01-02T00:00:00Z","returned":"2026-01-02T00:00:00Z",'
        f'"depth":"full","conclusion":"irregular","offences":["{name}"],"is_seized":true}}'
    )
    result = msgspec.json.decode(body, type=ExaminationResult)
    assert result.offences == (name,) and check_result(result) == ()


def test_an_item_tells_what_differs_and_what_should_have_been_declared() -> None:
    item = ExaminedItem(
        item=1,
        declared=SeenGoods(value=CHEAP, origin="XB", description="shirts"),
        found=SeenGoods(value=DEAR, origin="XB", classification="61091000"),
    )
    assert item.differences == ("value", "classification")
    assert item.corrected == SeenGoods(value=DEAR, origin="XB", description="shirts", classification="61091000")


def test_cartons_are_refused_where_kilograms_are_declared() -> None:
    weighed = SeenGoods(quantity=Quantity(Decimal("1187.64"), "KGM"))
    counted = ExaminedItem(item=1, declared=weighed, found=SeenGoods(quantity=Quantity(Decimal(34), "CARTONS")))
    (finding,) = check_result(msgspec.structs.replace(IRREGULAR, items=(counted,)))
    assert (finding.code, finding.arguments) == (
        "result-item-unit",
        {"item": "1", "declared": "KGM", "unit": "CARTONS"},
    )
    in_pounds = msgspec.structs.replace(counted, found=SeenGoods(quantity=Quantity(Decimal(34), "LBR")))
    assert check_result(msgspec.structs.replace(IRREGULAR, items=(in_pounds,))) == ()
