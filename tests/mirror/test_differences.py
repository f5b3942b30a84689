# SPDX-License-Identifier: Apache-2.0
"""Where the two sides of one shipment differ, and what is no difference."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from benchmarks.mirror import EXCHANGE
from cocket.mirror import CODES, Compared, Exchange, TradeRecord, asymmetry_of, differences_of, match, record_of
from cocket.model import Amount, Declaration
from cocket.risk.suspicion import in_place
from cocket.simulation.mirror_trade import two_sides
from tests.mirror.test_matching import DAY, ROUTE, TODAY, record


def held(export: TradeRecord, brought: TradeRecord, today: date = TODAY, exchange: Exchange = EXCHANGE) -> Compared:
    (one,) = match([export], [brought], ROUTE, today).matches
    return differences_of(one, {export.id: export, brought.id: brought}, today, exchange)


def pair(**here) -> tuple[TradeRecord, TradeRecord]:
    export = record("e", "export", ucrs=("U",))
    brought = record("i", "import", DAY + timedelta(20), ucrs=("U",))
    line = msgspec.structs.replace(brought.lines[0], **here)
    return export, msgspec.structs.replace(brought, lines=(line,))


def test_two_sides_that_agree_differ_in_nothing() -> None:
    assert held(*pair()) == Compared()


@pytest.mark.parametrize(
    ("here", "code", "says"),
    [
        ({"net_kg": Decimal(120)}, "mirror-net-differs", "The partner's export says 1000 kg net, the import 120 kg"),
        ({"packages": 49}, "mirror-packages-differ", "The partner's export says 50 packages, the import 49"),
        ({"price": Amount(Decimal(1600), "USD")}, "mirror-price-differs", "3200.00 USD, the import 1600.00 USD"),
        ({"hs": "870323"}, "mirror-code-differs", "under 090111, the import under 870323: another heading"),
        ({"hs": "090112"}, "mirror-heading-differs", "the same heading"),
        ({"origin": "XD"}, "mirror-origin-differs", "has the origin XA, the import XD"),
    ],
)
def test_each_difference_is_told_in_words(here: dict, code: str, says: str) -> None:
    (found,) = held(*pair(**here)).differences
    assert (found.code, found.kind) == (code, CODES[code])
    assert says in in_place(found.message, found.arguments)


@pytest.mark.parametrize(
    "here", [{"net_kg": Decimal(985)}, {"net_kg": None}, {"packages": None}, {"origin": None}, {"hs": ""}]
)
def test_what_is_rounded_or_not_stated_is_no_difference(here: dict) -> None:
    assert held(*pair(**here)).differences == ()


def _valued(export_value: str, import_value: str, freight: str | None) -> tuple[TradeRecord, TradeRecord]:
    export, brought = pair(price=None, value=Amount(Decimal(import_value), "EUR"))
    line = msgspec.structs.replace(export.lines[0], price=None, value=Amount(Decimal(export_value), "USD"))
    carried = Amount(Decimal(freight), "EUR") if freight else None
    return msgspec.structs.replace(export, lines=(line,)), msgspec.structs.replace(brought, freight=carried)


def test_freight_is_taken_off_the_import_before_values_are_compared() -> None:
    assert held(*_valued("1000", "960", "60")).differences == ()
    (found,) = held(*_valued("1000", "560", "60")).differences
    assert (found.theirs, found.ours) == (Decimal("900.0"), Decimal(500))


@pytest.mark.parametrize(("share", "is_told"), [("0.40", True), ("0.85", True), ("1.00", False)])
def test_values_in_one_currency_are_compared_without_a_tariff(share: str, is_told: bool) -> None:
    none = Exchange(currency="", rate_of=lambda _currency, _day: None)
    export, brought = pair(price=None, value=Amount(Decimal(1000) * Decimal(share), "USD"))
    line = msgspec.structs.replace(export.lines[0], price=None, value=Amount(Decimal(1000), "USD"))
    found = held(msgspec.structs.replace(export, lines=(line,)), brought, exchange=none)
    assert [one.code for one in found.differences] == ["mirror-value-differs"] * is_told
    assert [one.code for one in found.notes] == ["mirror-no-stake"] * is_told
    assert all((one.theirs, one.arguments["theirs_money"]) == (None, "1000.00 USD") for one in found.differences)


def test_freight_that_nobody_states_is_assumed_and_said_to_be() -> None:
    found = held(*_valued("1000", "990", None))
    assert found.differences == ()
    assert [note.code for note in found.notes] == ["mirror-margin"]
    assert [one.code for one in held(*_valued("1000", "800", None)).differences] == ["mirror-value-differs"]


def test_values_without_a_rate_are_not_compared_and_said_not_to_be() -> None:
    nothing = Exchange(currency="EUR", rate_of=lambda currency, _: Decimal(1) if currency == "EUR" else None)
    found = held(*_valued("1000", "10", None), exchange=nothing)
    assert found.differences == ()
    assert [note.code for note in found.notes] == ["mirror-no-rate"]
    export, brought = _valued("1000", "10", None)
    matched = match([export], [brought], ROUTE, TODAY)
    told = asymmetry_of([export], [brought], matched, {0: found}, nothing)
    assert (told.matched_exports, told.differing, told.values_left) == (1, 0, 1)
    same = asymmetry_of([export], [brought], matched, {0: held(export, brought)}, EXCHANGE)
    assert (same.differing, same.values_left) == (1, 0)


def test_less_of_everything_alike_waits_for_further_parts_and_differs_once_their_time_has_passed() -> None:
    export, part = pair(net_kg=Decimal(400), packages=20, price=Amount(Decimal(1280), "USD"))
    early = held(export, part, DAY + timedelta(40))
    assert early.differences == ()
    assert [note.code for note in early.notes] == ["mirror-part-waits"]
    assert {one.code for one in held(export, part).differences} >= {"mirror-net-differs", "mirror-packages-differ"}


def test_the_other_way_round_the_sentence_names_each_side_rightly() -> None:
    export, brought = pair(net_kg=Decimal(120))
    (one,) = match([export], [brought], ROUTE, TODAY).matches
    found = differences_of(one, {"e": export, "i": brought}, TODAY, EXCHANGE, is_ours_export=True).differences
    assert in_place(found[0].message, found[0].arguments) == "The partner's import says 120 kg net, the export 1000 kg"
    assert (found[0].theirs, found[0].ours) == (Decimal(120), Decimal(1000))


def test_transit_is_no_record_of_trade() -> None:
    assert record_of(Declaration(flow="transit"), "t", DAY) is None


def test_a_month_tells_both_sides_with_the_factor_it_goes_by_and_masks_few_traders() -> None:
    sides = two_sides(9, 1500, faults=0.0)
    exports, imports = (
        [made for one in side if (made := record_of(one.declaration, one.id, one.day))]
        for side in (sides.exports, sides.imports)
    )
    matched = match(exports, imports, ROUTE, sides.today)
    by_id = {one.id: one for one in (*exports, *imports)}
    compared = {n: differences_of(one, by_id, sides.today, EXCHANGE) for n, one in enumerate(matched.matches)}
    found = asymmetry_of(exports, imports, matched, compared, EXCHANGE)
    assert found.exports == len(exports)
    assert found.export_states["not-expected"] == sum(one.id in sides.elsewhere for one in exports)
    assert found.matched_exports + sum(found.export_states.values()) == len(exports)
    assert Decimal("1.02") < (found.factor or 0) < Decimal("1.10")  # freight of 2 to 10 % is drawn
    told = [cell for cell in found.cells if not cell.is_masked]
    assert told
    assert all(abs(cell.asymmetry or 0) < Decimal("0.1") for cell in told)
    few = asymmetry_of(exports[:1], [], matched, compared, EXCHANGE)
    assert all(cell.is_masked and cell.export_value is None for cell in few.cells)
