# SPDX-License-Identifier: Apache-2.0
"""What a guarantee secures: each reason to refuse, and what is left after locking, claiming and releasing in any order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.tracking.guarantee import Guarantee, Usage, claimed, grn_key, is_grn, locked, refusal, released

DAY = date(2026, 5, 4)


def guarantee(**fields: Any) -> Guarantee:
    usual = {
        "reference": "26XX1234567890AB1",
        "type": "comprehensive",
        "holder": "ACME",
        "guarantor": "BANK",
        "reference_amount": Decimal(10_000),
        "currency": "EUR",
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2026, 12, 31),
    }
    return Guarantee(**usual | fields)


def usage(name: str, amount: int = 4_000) -> Usage:
    return Usage(
        journey=name, reference=f"MRN{name}", amount=Decimal(amount), at=datetime(2026, 5, 4, tzinfo=UTC), by="o"
    )


@pytest.mark.parametrize(
    ("fields", "taken", "expected"),
    [
        ({}, (), None),
        ({}, ("a",), None),
        ({}, ("a", "b"), ("exhausted", "2000 EUR")),
        ({}, ("c",), ("twice", "MRNc")),
        ({"state": "suspended"}, (), ("not-valid", "suspended")),
        ({"valid_from": date(2026, 5, 5)}, (), ("not-yet", "2026-05-05")),
        ({"valid_until": date(2026, 5, 3)}, (), ("expired", "2026-05-03")),
        ({"valid_until": None}, (), None),
        ({"valid_until": DAY}, (), None),
        ({"type": "individual"}, (), None),
        ({"type": "individual"}, ("a",), ("used", "MRNa")),
        ({"type": "individual", "released": 1}, (), ("used", "another")),
        ({"type": "waiver", "guarantor": ""}, ("a", "b"), ("exhausted", "2000 EUR")),
    ],
)
def test_each_reason_to_refuse(
    fields: dict[str, Any], taken: tuple[str, ...], expected: tuple[str, str] | None
) -> None:
    made = guarantee(**fields)
    for name in taken:
        made = locked(made, usage(name))
    assert refusal(made, usage("c"), DAY) == expected


def test_exactly_what_is_left_can_be_locked() -> None:
    made = locked(guarantee(), usage("a", 6_000))
    assert refusal(made, usage("b", 4_000), DAY) is None
    assert refusal(made, usage("b", 4_001), DAY) == ("exhausted", "4000 EUR")


def test_what_is_claimed_is_not_released_by_a_discharge() -> None:
    made = claimed(locked(locked(guarantee(), usage("a")), usage("b")), "a", Decimal(1_500), "not presented")
    assert (made.exposure, made.left) == (8_000, 2_000)
    after = released(released(made, "a"), "b")
    assert [(one.journey, one.claimed, one.why) for one in after.usages] == [("a", Decimal(1_500), "not presented")]
    assert (after.exposure, after.released, after.released_amount) == (4_000, 1, 4_000)
    assert released(after, "nobody") == after


def test_numbers_are_one_number_however_they_are_written() -> None:
    assert grn_key(" 26xx-1234567890ab1 ") == grn_key("26XX 1234567890 AB1") == "26XX1234567890AB1"
    assert is_grn("26XX1234567890AB1")
    assert is_grn("26XX1234567890AB1A123456")
    assert not is_grn("26XX1234567890AB")


@settings(max_examples=200, deadline=None, database=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(("lock", "release", "claim")), st.integers(1, 5_000)))
)
def test_the_ledger_never_goes_below_what_is_locked(steps: list[tuple[str, str, int]]) -> None:
    """Exposure is the sum of what is locked and not released, and no journey is secured that was refused."""
    made, open_ = guarantee(), dict[str, int]()
    claims: set[str] = set()
    for name, act, amount in steps:
        if act == "lock" and refusal(made, usage(name, amount), DAY) is None:
            made = locked(made, usage(name, amount))
            open_[name] = amount
        elif act == "claim" and name in open_:
            made = claimed(made, name, Decimal(min(amount, open_[name])), "due")
            claims.add(name)
        elif act == "release":
            made = released(made, name)
            if name not in claims:
                open_.pop(name, None)
        assert made.exposure == sum(open_.values())
        assert 0 <= made.exposure <= made.reference_amount
    assert msgspec.json.decode(msgspec.json.encode(made), type=Guarantee) == made
