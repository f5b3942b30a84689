# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.risk.models.metrics import auc
from cocket.simulation import Parameters, read_parameters
from cocket.simulation.people import SCHEMES, goods_list, settle
from cocket.simulation.trade import Trade, trade

PARAMETERS = Parameters(seed=11, history_size=12_000, size=500)


@pytest.fixture(scope="module")
def all_trade() -> list[Trade]:
    past, live = trade(PARAMETERS, settle(PARAMETERS))
    return [*past, *live]


def test_the_same_parameters_give_the_same_trade_and_another_seed_another() -> None:
    small = Parameters(seed=2, history_size=300, size=20)
    assert trade(small, settle(small)) == trade(small, settle(small))
    other = msgspec.structs.replace(small, seed=3)
    assert trade(other, settle(other)) != trade(small, settle(small))


@pytest.mark.parametrize("rate", [0.01, 0.04, 0.08])
def test_the_fraud_rate_is_the_one_asked_for(rate: float) -> None:
    parameters = Parameters(seed=5, history_size=12_000, fraud_rate=rate)
    past, _ = trade(parameters, settle(parameters))
    share = sum(each.scheme is not None for each in past) / len(past)
    assert share == pytest.approx(rate, abs=4 * (rate / len(past)) ** 0.5)


def test_every_scheme_occurs_and_only_fraud_withholds_duty(all_trade: list[Trade]) -> None:
    assert set(Counter(each.scheme for each in all_trade)) == {None, *SCHEMES}
    assert all((each.duty > 0) == (each.scheme is not None) for each in all_trade)


def test_fraud_can_be_learnt_but_not_with_certainty(all_trade: list[Trade]) -> None:
    found = [each.scheme is not None for each in all_trade]
    best = auc(found, [each.p_bayes for each in all_trade])
    assert best is not None and 0.85 < best < 0.99
    assert sum(each.p_bayes for each in all_trade) == pytest.approx(sum(found), rel=0.12)


def test_importers_keep_their_propensity(all_trade: list[Trade]) -> None:
    half = len(all_trade) // 2
    early = Counter(each.importer.id for each in all_trade[:half] if each.scheme)
    later = [each for each in all_trade[half:] if each.scheme]
    again = sum(each.importer.id in early for each in later) / len(later)
    usual = sum(each.importer.id in early for each in all_trade[half:]) / half
    assert again > usual + 0.15


def test_trade_is_in_the_order_of_time_within_its_periods() -> None:
    past, live = trade(PARAMETERS, settle(PARAMETERS))
    moments = [each.moment for each in (*past, *live)]
    assert moments == sorted(moments)
    assert past[-1].moment.date() < PARAMETERS.start <= live[0].moment.date()
    assert (live[-1].moment.date() - PARAMETERS.start).days < PARAMETERS.days


def test_nobody_trades_before_he_began(all_trade: list[Trade]) -> None:
    newcomers = [each for each in all_trade if each.days_in_trade is not None]
    assert newcomers
    assert all(each.days_in_trade >= 0 for each in newcomers)  # type: ignore[operator]


def test_net_is_never_above_gross_and_prices_are_above_nought(all_trade: list[Trade]) -> None:
    for line in (line for each in all_trade for line in each.lines):
        assert 0 < line.net_kg <= line.gross_kg
        assert line.packages >= 1 and line.usd > 0


def test_goods_are_many_and_their_codes_are_unique() -> None:
    goods = goods_list()
    assert len(goods) >= 60
    assert len({each.hs for each in goods}) == len(goods)
    assert all(len(each.hs) == 8 and each.usd_kg > 0 and each.package_kg > 0 and 0 <= each.duty < 1 for each in goods)


def test_a_file_changes_only_what_it_names() -> None:
    changed = read_parameters(PARAMETERS, b"fraud_rate = 0.02\nstart = 2027-01-04\n")
    assert (changed.fraud_rate, changed.start.isoformat(), changed.size) == (0.02, "2027-01-04", PARAMETERS.size)


@pytest.mark.parametrize("toml", [b"fraud_rate = 0.9", b"unheard_of = 1", b"not toml", b'size = "many"', b"\xff"])
def test_parameters_that_do_not_hold_are_refused(toml: bytes) -> None:
    with pytest.raises(SettingsError):
        read_parameters(PARAMETERS, toml)
