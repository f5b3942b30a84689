# SPDX-License-Identifier: Apache-2.0
"""The body of a result: everything that can be said of an examination, and nothing that cannot be read."""

from __future__ import annotations

import base64
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cocket.api.result_body import read_result
from cocket.control import ExaminedItem, Quantity, Sample, SeenGoods, Seizure
from cocket.gate import RequestError
from cocket.model import Amount
from cocket.pipeline import NewResult
from cocket.pipeline.control.views import NewEvidence

WHOLE: dict[str, Any] = {
    "depth": "full",
    "found": True,
    "offence": "narcotics",
    "other_offences": ["not-declared"],
    "items": [{"item": 2, "found": {"value": {"value": "10.50"}, "quantity": {"value": "3", "unit": "NMB"}}}],
    "sample": {"number": "L-7", "answer": "cocaine", "answered": "2026-11-20"},
    "seizures": [{"offence": "narcotics", "goods": "powder", "detection": "dog", "route": ["XJ", "XAPTA"]}],
    "evidence": [{"name": "a.jpg", "content": base64.b64encode(b"\xff\xd8").decode()}],
}


def read(**changes: Any) -> NewResult:
    return read_result(json.dumps({**WHOLE, **changes}).encode())


def test_everything_that_can_be_said_is_read() -> None:
    assert read() == NewResult(
        depth="full",
        found=True,
        offence="narcotics",
        other_offences=("not-declared",),
        items=(
            ExaminedItem(item=2, found=SeenGoods(value=Amount(Decimal("10.50")), quantity=Quantity(Decimal(3), "NMB"))),
        ),
        sample=Sample(number="L-7", answer="cocaine", answered=date(2026, 11, 20)),
        seizures=(Seizure(offence="narcotics", goods="powder", detection="dog", route=("XJ", "XAPTA")),),
        evidence=(NewEvidence(name="a.jpg", content=b"\xff\xd8"),),
    )


def test_an_old_class_of_offence_is_still_taken() -> None:
    assert read(offence="revenue").offence == "revenue"


@pytest.mark.parametrize(
    "changes",
    [
        {"offence": "piracy"},
        {"items": [{"item": 0, "found": {}}]},
        {"items": [{"item": 1}]},
        {"items": [{"item": 1, "found": {"value": {"value": "-1"}}}]},
        {"items": [{"item": 1, "found": {"origin": "xj"}}]},
        {"items": [{"item": 1, "found": {}, "declared": {}}]},
        {"sample": {"number": ""}},
        {"sample": {"number": "L", "answered": "2026-13-40"}},
        {"seizures": [{"offence": "narcotics"}]},
        {"seizures": [{"offence": "narcotics", "goods": "x", "detection": "luck"}]},
        {"seizures": [{"offence": "narcotics", "goods": "x", "route": ["far away"]}]},
        {"evidence": [{"name": "a", "sha256": "abc"}]},
        {"evidence": [{"name": "a", "content": "a"}]},
        {"amends": "the first"},
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(changes: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as refused:
        read(**changes)
    assert (refused.value.status, refused.value.code) == (422, "result-malformed")
