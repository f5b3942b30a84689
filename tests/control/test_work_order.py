# SPDX-License-Identifier: Apache-2.0
"""The order of work can be worked out from the chance and the money that its readers see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from cocket.control import Office, OfficeBook, Policy, PolicyBook, office_of
from cocket.control.work_order import MONEY, NONE, RANDOM, rank_of, worth_of
from cocket.errors import SettingsError
from cocket.risk.suspicion import Head, Likely, Stake, Suspicion, said_as


def case(of: int | None, out_of: int, amount: str | None) -> Head:
    likely = None if of is None else Likely(of=of, out_of=out_of)
    return Head(suspicion=Suspicion(kind="value", message="x"), stake=Stake(amount=amount), likely=likely)


def test_the_order_within_a_band_is_the_product_of_the_two_figures_shown() -> None:
    dice = Random(4)
    cases = []
    for _ in range(300):
        said = said_as(dice.random() ** 3)
        cases.append(case(said.of, said.out_of, f"{dice.random() * 1e6:.2f}"))
    ordered = sorted(cases, key=lambda one: -rank_of(one, is_random=False).worth)
    products = [one.likely.of / one.likely.out_of * float(one.stake.amount or 0) for one in ordered if one.likely]
    assert len(products) == 300 and all(one >= other for one, other in pairwise(products))


def test_two_scores_that_are_said_alike_stand_alike() -> None:
    one, other = (Head(stake=Stake(amount="500.00"), likely=said_as(score)) for score in (0.096, 0.104))
    assert one.likely == other.likely
    assert rank_of(one, is_random=False) == rank_of(other, is_random=False)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (case(1, 8, "192812"), case(1, 50, "222516")),  # 24 101 before 4 450
        (case(1, 100, "0.00"), case(None, 0, "900000.00")),  # of the second no product can be told
        (case(None, 0, "900000.00"), case(None, 0, "5.00")),
        (case(None, 0, "5.00"), case(1, 2, None)),
        (case(1, 2, None), case(1, 3, None)),
    ],
)
def test_what_cannot_be_compared_comes_after_what_can(first: Head, then: Head) -> None:
    assert worth_of(first.likely, first.stake) > worth_of(then.likely, then.stake)


def test_what_goes_to_no_officer_and_what_chance_drew_is_ordered_by_age_alone() -> None:
    assert rank_of(None, is_random=False).worth == 0.0 and rank_of(None, is_random=False).band == NONE
    drawn = rank_of(Head(), is_random=True)
    assert (drawn.band, drawn.worth, drawn.stake) == (RANDOM, -2.0, None)
    assert rank_of(case(1, 2, "1.00"), is_random=False).band == MONEY


OPENED, ASSESSED = datetime(2026, 11, 27, 8, tzinfo=UTC), datetime(2026, 11, 27, 9, tzinfo=UTC)  # a Friday


def test_an_order_has_an_end_by_the_clock_of_its_office() -> None:
    own = Office(code="XA2", order_hours=6)
    closed = Office(code="XA3", order_hours=48, weekdays=(1, 2, 3, 4, 5))
    book = PolicyBook(usual=Policy(order_hours=24.0), offices=OfficeBook(offices=(own, closed)))
    assert book.due(("XA1", None), "red", OPENED, ASSESSED) == (OPENED + timedelta(hours=24), False)
    assert book.due(("XA2", None), "red", OPENED, ASSESSED) == (OPENED + timedelta(hours=6), False)
    assert book.due(("XA2", None), "yellow", OPENED, ASSESSED) == (OPENED + timedelta(hours=6), False)
    assert book.due(("XA3", None), "red", OPENED, ASSESSED) == (OPENED + timedelta(hours=96), False), "over a weekend"
    assert book.due(("XA2", None), "green", OPENED, ASSESSED) == (None, False)
    never = PolicyBook(usual=Policy(order_hours=0.0))
    assert never.due(("XA1", None), "red", OPENED, ASSESSED) == (None, False)
    lapsing = PolicyBook(usual=Policy(yellow_days=2))
    assert lapsing.due(("XA1", None), "yellow", OPENED, ASSESSED) == (ASSESSED + timedelta(days=2), True)
    assert Policy().order_hours == 24.0, "an installation that sets nothing has ends"


def test_the_hours_of_an_office_are_read_from_its_form_and_bounded() -> None:
    fields = {"weekdays": "12345", "order_hours": "36"}
    assert office_of(fields, "XA1").order_hours == 36
    assert office_of({"weekdays": "1"}, "XA1").order_hours is None
    with pytest.raises(SettingsError, match="8760"):
        office_of(fields | {"order_hours": "9000"}, "XA1")


def test_a_threat_stands_before_money_by_its_chance() -> None:
    threat = Stake(is_threat=True)
    likely, unlikely = (worth_of(Likely(of=1, out_of=many), threat) for many in (3, 50))
    dearest = worth_of(Likely(of=9, out_of=10), Stake(amount="900000000000.00"))
    assert likely > unlikely > dearest > worth_of(None, Stake(amount="0.00"))
    assert worth_of(None, threat) > dearest
