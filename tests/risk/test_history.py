# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from random import Random

import msgspec
import pytest

from cocket.errors import StoreError, UnreadableError
from cocket.risk import Case, Corrected, History, Outcome, Past, PastCase, replay
from cocket.risk.features import measure
from cocket.risk.models.tables import tables_of
from tests.risk.given import case, facts, item, outcome, past, seasoned


def values(history: History, day: float = 100.0, **changes: object) -> dict[str, float | None]:
    each = case(**changes)  # type: ignore[arg-type]
    return measure(each, history.look(each.facts, day).looks).values


def test_a_result_that_is_returned_later_changes_nothing_before() -> None:
    without, with_one = seasoned(), seasoned()
    with_one.learn(outcome(found=True, returned=110.0))
    for day in (100.0, 109.0, 109.999):
        assert values(with_one, day) == values(without, day)
    assert values(with_one, 110.0) != values(without, 110.0)


def test_features_of_the_past_do_not_change_when_later_days_are_added() -> None:
    whole = past(600)
    one, other = History(), History()
    for history, outcomes in ((one, whole.outcomes.values()), (other, list(whole.outcomes.values())[:200])):
        for each in outcomes:
            history.learn(each)
    for each in whole.cases[:250]:
        if each.case.facts.day < 10.0:
            looked = [history.look(each.case.facts) for history in (one, other)]
            assert looked[0].looks[0].row == pytest.approx(looked[1].looks[0].row, rel=0, abs=0, nan_ok=True)
        for history in (one, other):
            history.observe(each.case.facts)


def test_replaying_gives_an_equal_history_bit_for_bit() -> None:
    assert replay(past(400)).snapshot() == replay(past(400)).snapshot()


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
    assert values(one, 200.0) == values(other, 200.0)
    assert one.windows.lines() == other.windows.lines()


def test_a_restored_history_goes_on_as_if_nothing_had_happened() -> None:
    history = replay(past(400))
    copy = History.restore(history.snapshot())
    assert copy.snapshot() == history.snapshot()
    for each in (history, copy):
        each.observe(facts("later", 300.0))
        each.learn(outcome(id="later", returned=301.0))
        each.advance(302.0)
    assert values(copy, 302.0) == values(history, 302.0)
    assert copy.snapshot() == history.snapshot()


def test_a_history_keeps_the_threshold_it_goes_by_and_holds_values_to_come_against_it() -> None:
    history = replay(past(50), 1000.0)
    copy = History.restore(history.snapshot())
    for one in (history, copy):
        told = values(one, items=(item(value=Decimal("900")),))
        assert told["under_threshold"] == pytest.approx(0.9) and told["just_under_threshold"] == 1.0
    copy.go_by(None)  # a model without one changes nothing
    copy.go_by(500.0)
    assert values(copy, items=(item(value=Decimal("400")),))["under_threshold"] == pytest.approx(0.8)
    without = values(replay(past(50)), items=(item(value=Decimal("900")),))
    assert without["under_threshold"] is None


def test_a_snapshot_of_before_thresholds_is_restored_and_goes_by_none_until_a_model_has_one() -> None:
    history = replay(past(50))
    state = msgspec.msgpack.decode(history.snapshot())
    del state["threshold"]
    copy = History.restore(msgspec.msgpack.encode(state))
    assert copy.snapshot() == history.snapshot()
    assert values(copy, items=(item(value=Decimal("900")),))["under_threshold"] is None
    copy.go_by(1000.0)
    assert values(copy, items=(item(value=Decimal("900")),))["under_threshold"] == pytest.approx(0.9)


def test_bytes_that_are_no_snapshot_or_of_another_edition_are_refused() -> None:
    whole = seasoned().snapshot()
    assert b"\xa6format\x02" in whole
    for data in (b"", b"\x00", b"\x81\xa1a\x01", whole.replace(b"\xa6format\x02", b"\xa6format\x01"), whole[:-3]):
        with pytest.raises(StoreError):
            History.restore(data)


def test_a_narrow_group_takes_after_the_wider_one_until_it_has_a_record_of_its_own() -> None:
    history = History()
    for n in range(30):
        history.learn(outcome(found=n % 2 == 0, returned=100.0, id=f"c{n}"))
    told = values(history, items=(item(hs="61099900"),))
    assert told["hs6_rate"] == pytest.approx(told["hs4_rate"])
    elsewhere = values(history, items=(item(hs="01012100"),))
    # Thirty examinations, fifteen findings: the country takes after the prior, the chapter after the country.
    country = (15 + 20 * 0.05) / (30 + 20)
    assert elsewhere["hs2_rate"] == pytest.approx(country)
    assert told["hs2_rate"] == pytest.approx((15 + 6 * country) / (30 + 6))


def test_a_record_fades_by_half_in_a_half_life() -> None:
    history = History()
    history.learn(outcome(returned=100.0))
    assert values(history)["importer_found"] == pytest.approx(1.0)
    assert values(history, 280.0)["importer_found"] == pytest.approx(0.5)


def test_what_comes_out_of_order_is_seen_on_the_day_of_the_latest_before_it() -> None:
    history = seasoned()
    history.observe(facts("now", 120.0))
    looked = history.look(facts("old", 60.0))
    assert looked.day == 120.0
    assert looked.looks[0].figures["importer_days"] == 0.0
    history.take(looked)
    assert history.look(facts("next", 121.0)).looks[0].figures["importer_days"] == 1.0


def test_words_belong_to_the_heading_they_were_seen_with() -> None:
    history = seasoned()
    assert values(history, items=(item(hs="87032300"),))["text_oddity"] is not None
    assert values(history)["text_oddity"] > values(history, items=(item(hs="87032300"),))["text_oddity"]  # type: ignore[operator]
    assert values(history, items=(item(words=("UNHEARD",)),))["text_oddity"] is None
    assert values(history, items=(item(hs=None),))["text_oddity"] is None


def test_one_liar_in_twelve_does_not_move_the_usual_value() -> None:
    honest, mixed = seasoned(), seasoned()
    for n in range(4):
        mixed.observe(facts(f"liar{n}", 54.0, importer="L", items=(item(value=item().value / 5),)))  # type: ignore[operator]
    assert values(mixed)["price_gap"] == pytest.approx(values(honest)["price_gap"], abs=0.08)


def test_an_empty_history_knows_no_peers_and_takes_everybody_for_average() -> None:
    told = values(History())
    assert told["price_gap"] is told["package_gap"] is told["text_oddity"] is None
    assert told["importer_rate"] == told["hs6_rate"] == pytest.approx(0.05)


def test_a_find_of_which_nobody_wrote_down_what_it_was_is_of_no_named_family() -> None:
    assert Outcome(facts=facts(), found=True, returned=1.0).family == "other"
    assert Outcome(facts=facts(), found=True, returned=1.0, offence="revenue").family == "revenue"
    assert Outcome(facts=facts(), found=False, returned=1.0).family is None


def test_a_history_of_values_beyond_all_measure_can_be_written_down_and_goes_on() -> None:
    history = seasoned()
    for n in range(20):
        history.observe(facts(f"huge{n}", 300.0 + n, transport_document="B1", items=(item(value=Decimal(10**18 - 1)),)))
        history.learn(outcome(id=f"huge{n}", returned=400.0))
    copy = History.restore(history.snapshot())
    assert copy.snapshot() == history.snapshot()
    assert values(copy, 330.0) == values(history, 330.0)


def test_a_result_that_names_items_teaches_of_those_alone() -> None:
    """Of two items one was found under another code: the heading of the other stays clean."""
    two = (item(number=1, hs="61091000"), item(number=2, hs="87032300", words=("USED", "CARS")))
    rates = {}
    for name, items in (("whole", {}), ("of item 2", {2: "classification"})):
        history = seasoned()
        history.observe(facts("two", 100.0, items=two))
        history.learn(Outcome(facts=facts("two", 100.0, items=two), found=True, returned=101.0, items=items))
        rates[name] = [values(history, 102.0, items=(one,))["hs4_rate"] for one in two]
    assert rates["of item 2"][0] < rates["whole"][0]  # type: ignore[operator]
    assert rates["of item 2"][1] > rates["of item 2"][0]  # type: ignore[operator]
    assert rates["whole"][0] == rates["whole"][1]


def test_what_was_found_of_items_is_told_item_by_item_and_of_others_alike() -> None:
    two = facts("two", 100.0, items=(item(number=1), item(number=2)))
    told = Outcome(facts=two, found=True, returned=101.0, offence="origin", items={2: "quantity"})
    assert told.of_items() == [None, "quantity"]
    assert msgspec.structs.replace(told, items={7: "quantity"}).of_items() == ["origin", "origin"]
    assert msgspec.structs.replace(told, items={}, found=False).of_items() == [None, None]


def test_tables_for_training_tell_items_apart_and_part_what_was_recovered_among_those_found() -> None:
    two = facts("two", 100.0, items=(item(number=1), item(number=2)))
    told = Outcome(facts=two, found=True, returned=101.0, items={2: "quantity"}, recovered=500.0)
    _, results = tables_of(Past((PastCase(case=Case(facts=two)),), {"two": told}))
    assert results["found"].to_list() == [False, True]
    assert results["offence"].to_list() == [None, "quantity"]
    assert results["duty_recovered"].to_list() == [None, 500.0]


def test_what_an_examination_corrected_of_an_item_is_learnt_and_a_later_correction_is_added_once() -> None:
    told = msgspec.structs.replace(
        outcome(id="old1"), corrected={1: Corrected(value_ratio=2.0)}, offence="undervaluation"
    )
    plain, corrected, late = seasoned(), seasoned(), seasoned()
    for history, one in (
        (plain, msgspec.structs.replace(told, corrected={})),
        (corrected, told),
        (late, msgspec.structs.replace(told, corrected={})),
    ):
        history.learn(one)
    late.learn(msgspec.structs.replace(told, returned=111.0, adds=True))
    first, second, third = (values(one, 112.0) for one in (plain, corrected, late))
    assert first["importer_value_correction"] == 0.0 < second["importer_value_correction"]
    assert third["importer_value_correction"] == pytest.approx(second["importer_value_correction"], rel=0.01)
    for name in ("importer_rate", "importer_examined", "importer_found", "hs6_rate"):
        assert first[name] == second[name] == third[name]
    copy = History.restore(late.snapshot())
    assert values(copy, 112.0) == third


def test_a_table_tells_what_was_corrected_of_each_item() -> None:
    from cocket.risk import read_past

    lines = b"".join(
        msgspec.json.encode(PastCase(case=case(id=name, items=(item(number=1), item(number=2, origin="XC"))))) + b"\n"
        for name in ("a", "b")
    )
    rows = (
        b"id,depth,found,returned,offence,item,found_value,found_net_kg,found_hs,found_origin\n"
        b"a,full,true,1970-05-01T00:00:00+00:00,undervaluation,1,75000,,,\n"
        b"a,full,true,1970-05-01T00:00:00+00:00,classification,2,,50,84137000,XC\n"
        b"b,full,false,1970-05-01T00:00:00+00:00,,,,,,\n"
    )
    one = read_past(lines, rows).outcomes["a"]
    assert one.items == {1: "undervaluation", 2: "classification"}
    assert one.corrected == {1: Corrected(value_ratio=1.5), 2: Corrected(quantity_ratio=0.5, hs="84137000")}
    _, results = tables_of(read_past(lines, rows))
    assert results["value_ratio"].to_list() == [1.5, None, None, None]
    for wrong in (rows.replace(b",1,75000", b",9,75000"), rows.replace(b"75000", b"-1"), rows.replace(b"75000", b"x")):
        with pytest.raises(UnreadableError, match="Line 2"):
            read_past(lines, wrong)
