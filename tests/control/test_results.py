# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from cocket.control import Correction, ExaminationResult, check_result, label_of
from cocket.model import Amount
from cocket.risk import day_number
from tests.risk.given import facts

EXAMINED, RETURNED = datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2026, 11, 3, 9, tzinfo=UTC)

IRREGULAR = ExaminationResult(
    consignment="c1",
    officer="officer-a",
    examined=EXAMINED,
    returned=RETURNED,
    depth="full",
    conclusion="irregular",
    offences=("revenue",),
    corrections=(Correction(item=1, what="value", declared="100 XTS", found="180 XTS"),),
    duty_recovered=Amount(Decimal("36"), "XTS"),
)
CONFORM = msgspec.structs.replace(IRREGULAR, conclusion="conform", offences=(), corrections=(), duty_recovered=None)
UNSEEN = msgspec.structs.replace(CONFORM, conclusion="not-examined", depth="not-examined", examined=None)


@pytest.mark.parametrize("result", [IRREGULAR, CONFORM, UNSEEN])
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
        (CONFORM, {"is_seized": True}, "result-traces"),
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


def test_not_examined_is_not_conform() -> None:
    assert label_of(UNSEEN, facts(), 1.0) is None


def test_a_look_at_documents_teaches_only_what_it_found() -> None:
    papers = msgspec.structs.replace(CONFORM, depth="documents")
    assert label_of(papers, facts(), 1.0) is None
    found = label_of(msgspec.structs.replace(IRREGULAR, depth="documents"), facts(), 1.0)
    assert found is not None and found.found


def test_a_result_survives_being_written_down() -> None:
    assert msgspec.json.decode(msgspec.json.encode(IRREGULAR), type=ExaminationResult) == IRREGULAR
