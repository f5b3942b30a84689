# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from random import Random

import pytest
from hypothesis import given as property_of
from hypothesis import strategies as st

from cocket.errors import StoreError
from cocket.risk import FEATURES, History, compute, replay
from cocket.risk.tallies import HALF_LIFE_DAYS, NEEDED, REMEMBERED, Middle
from tests.risk.given import case, facts, item, outcome, past, seasoned


def test_a_result_that_is_returned_later_changes_nothing_before() -> None:
    without, with_one = seasoned(), seasoned()
    with_one.learn(outcome(found=True, returned=110.0))
    for day in (100.0, 109.0, 109.999):
        without.advance(day)
        with_one.advance(day)
        assert compute(case(), with_one, day) == compute(case(), without, day)
    with_one.advance(110.0)
    assert compute(case(), with_one, 110.0) != compute(case(), without, 110.0)


def test_features_of_the_past_do_not_change_when_later_days_are_added() -> None:
    whole = past(600)
    early = type(whole)(whole.cases[:300], whole.outcomes)
    assert replay(early).rows == replay(whole).rows[: len(replay(early).rows)]


def test_replaying_gives_an_equal_history_bit_for_bit() -> None:
    assert replay(past(400)).history.snapshot() == replay(past(400)).history.snapshot()


def test_results_told_in_another_order_give_an_equal_history() -> None:
    outcomes = [outcome(found=n % 3 == 0, returned=110.0 + n, id=f"c{n}") for n in range(20)]
    one, other = History(), History()
    for each in outcomes:
        one.learn(each)
    Random(1).shuffle(outcomes)
    for each in outcomes:
        other.learn(each)
    one.advance(200.0)
    for day in range(100, 201):
        other.advance(float(day))
    assert one.snapshot() == other.snapshot()


def test_a_restored_history_goes_on_as_if_nothing_had_happened() -> None:
    history = replay(past(400)).history
    copy = History.restore(history.snapshot())
    assert copy.snapshot() == history.snapshot()
    for each in (history, copy):
        each.observe(facts("later", 300.0))
        each.learn(outcome(id="later", returned=301.0))
        each.advance(302.0)
    assert copy.snapshot() == history.snapshot()
    assert compute(case(), copy, 302.0) == compute(case(), history, 302.0)


def test_bytes_that_are_no_snapshot_are_refused() -> None:
    for data in (b"", b"\x00", b"\x81\xa1a\x01"):
        with pytest.raises(StoreError):
            History.restore(data)


def test_a_narrow_group_takes_after_the_wider_one_until_it_has_a_record_of_its_own() -> None:
    history = History()
    for n in range(30):
        history.learn(outcome(found=n % 2 == 0, returned=100.0, id=f"c{n}"))
    history.advance(100.0)
    assert history.rate(100.0, "hs2:61", "hs4:6109", "hs6:610999") == pytest.approx(
        history.rate(100.0, "hs2:61", "hs4:6109")
    )
    assert history.rate(100.0, "hs2:61") > 0.4
    assert history.rate(100.0, "hs2:01") == pytest.approx(history.rate(100.0))
    # Thirty examinations, fifteen findings: the country takes after the prior, the chapter after the country.
    country = (15 + 20 * 0.05) / (30 + 20)
    assert history.rate(100.0, "hs2:61") == pytest.approx((15 + 6 * country) / (30 + 6))


def test_a_record_fades_by_half_in_a_half_life() -> None:
    history = History()
    history.learn(outcome(returned=100.0))
    history.advance(100.0)
    assert history.found(100.0, "importer:A1") == pytest.approx(1.0)
    assert history.found(100.0 + HALF_LIFE_DAYS, "importer:A1") == pytest.approx(0.5)


def test_an_origin_sent_from_itself_or_from_a_hub_is_not_rare() -> None:
    history = History()
    for n in range(30):
        history.observe(facts(f"d{n}", importer=f"I{n}"))
    for origin in ("XB", "XC", "XD", "XE", "XG"):
        for n in range(10):
            history.observe(facts(f"h{origin}{n}", export_country="XF", items=(item(origin=origin),)))
    assert history.route_rarity("XB", "XB") == 0.0
    assert history.route_rarity("XB", "XF") == 0.0
    assert history.route_rarity("XB", "XS") == 1.0
    assert history.route_rarity("XQ", "XS") is None


def test_words_belong_to_the_heading_they_were_seen_with() -> None:
    history = seasoned()
    assert history.words_astray(item()) == 0.0
    assert history.words_astray(item(hs="87032300")) == 1.0
    assert history.words_astray(item(words=("UNHEARD",))) is None
    assert history.words_astray(item(hs=None)) is None


@property_of(st.lists(st.floats(-50, 50), max_size=3 * REMEMBERED))
def test_a_middle_looks_as_if_the_last_values_were_sorted(values: list[float]) -> None:
    middle = Middle()
    for value in values:
        middle.add(value)
    kept = sorted(values[-REMEMBERED:])
    look = middle.look()
    if len(kept) < NEEDED:
        assert look is None
    else:
        n = len(kept)
        assert look == ((kept[n // 2] + kept[(n - 1) // 2]) / 2, (kept[3 * n // 4] - kept[n // 4]) / 2)


def test_one_liar_in_twelve_does_not_move_the_usual_value() -> None:
    honest, mixed = seasoned(), seasoned()
    for n in range(4):
        mixed.observe(facts(f"liar{n}", importer="L", items=(item(value=item().value / 5),)))
    here = honest.usual_unit_value(item())
    there = mixed.usual_unit_value(item())
    assert here is not None and there is not None
    assert there[0] == pytest.approx(here[0], abs=0.01)


def test_an_empty_history_knows_no_peers_and_takes_everybody_for_average() -> None:
    values = dict(zip((f.name for f in FEATURES), compute(case(), History(), 100.0), strict=True))
    assert values["value_gap"] is values["package_mass_gap"] is values["words_astray"] is None
    assert values["importer_rate"] == values["hs6_rate"] == pytest.approx(0.05)
