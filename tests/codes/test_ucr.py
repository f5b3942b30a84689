# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.codes import Ducr, Ucr


def test_a_ucr_in_the_recommended_form_is_parted() -> None:
    ucr = Ucr.parse(" 6se1234567890-order 7 ".replace(" 7", "7"))
    assert ucr == Ucr("6SE1234567890-ORDER7", 6, "SE", "1234567890-ORDER7")


def test_a_ucr_in_another_form_is_kept_whole() -> None:
    assert Ucr.parse("UN043325711MH8031200000000001") == Ucr("UN043325711MH8031200000000001")


def test_a_year_with_no_country_after_it_is_not_the_recommended_form() -> None:
    assert Ucr.parse("6QA-1") == Ucr("6QA-1", 6, "QA", "-1")
    assert Ucr.parse("6QB-1") == Ucr("6QB-1")


@pytest.mark.parametrize("text", ["", "A" * 36, "A B", "É1", "-A"])
def test_what_no_message_may_carry_is_no_ucr(text: str) -> None:
    assert Ucr.parse(text) is None
    assert Ucr.parse("A" * 35) is not None


def test_a_declaration_ucr_is_year_trader_and_reference() -> None:
    ducr = Ducr.parse("6gb123456789012-Order42")
    assert ducr == Ducr(6, "GB123456789012", "ORDER42")
    assert ducr.canonical == "6GB123456789012-ORDER42"


@pytest.mark.parametrize(
    "text", ["GB123456789012-X", "6GB123456789012", "6GB123456789012-", "6GB123456789012-" + "X" * 20]
)
def test_what_lacks_a_part_is_no_declaration_ucr(text: str) -> None:
    assert Ducr.parse(text) is None


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    Ucr.parse(text)
    ducr = Ducr.parse(text)
    assert ducr is None or Ducr.parse(ducr.canonical) == ducr
