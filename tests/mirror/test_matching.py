# SPDX-License-Identifier: Apache-2.0
"""Which records of two sides are one shipment."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import msgspec
import pytest

from benchmarks.mirror import first_world, score, second_world, told_of
from cocket.mirror import TradeLine, TradeRecord, match, named_alike
from cocket.model import Amount

DAY = date(2026, 3, 2)
TODAY = date(2026, 9, 1)
ROUTE = ("XA", "XB")


def record(name: str, flow: str, day: date = DAY, *, kg: str = "1000", packages: int = 50, hs: str = "090111", **more):
    line = TradeLine(
        number=1, hs=hs, net_kg=Decimal(kg), packages=packages, price=Amount(Decimal("3200"), "USD"), origin="XA"
    )
    told = {
        "exporter": "Dorvel Coffee Ltd",
        "importer": "Kelmi Foods SA",
        "country": "XB" if flow == "export" else "XA",
    }
    return TradeRecord(id=name, flow=flow, day=day, lines=(line,), **(told | more))


def ids(found) -> list[tuple[tuple[str, ...], tuple[str, ...], str]]:
    return [(one.exports, one.imports, one.basis) for one in found.matches]


def test_a_shared_ucr_makes_one_shipment_whatever_else_differs() -> None:
    export = record("e", "export", ucrs=("6XA1",))
    brought = record("i", "import", DAY + timedelta(30), kg="100", packages=2, hs="870323", ucrs=("6XA1",))
    (found,) = match([export], [brought], ROUTE, TODAY).matches
    assert (found.exports, found.imports, found.basis) == (("e",), ("i",), "UCR")
    assert {"mirror-ucr", "mirror-importer", "mirror-days"} <= {reason.code for reason in found.reasons}


def test_a_number_that_strangers_use_too_joins_nothing() -> None:
    export = record("e", "export", ucrs=("6XA1",))
    stranger = record(
        "i", "import", DAY + timedelta(9), hs="870323", ucrs=("6XA1",), importer="Zanfen", exporter="Prilo"
    )
    assert match([export], [stranger], ROUTE, TODAY).matches == ()


def test_a_number_used_again_is_told_by_time() -> None:
    exports = [record("e1", "export", DAY, ucrs=("U",)), record("e2", "export", DAY + timedelta(60), ucrs=("U",))]
    imports = [
        record("i1", "import", DAY + timedelta(20), ucrs=("U",)),
        record("i2", "import", DAY + timedelta(85), ucrs=("U",)),
    ]
    assert ids(match(exports, imports, ROUTE, TODAY)) == [(("e1",), ("i1",), "UCR"), (("e2",), ("i2",), "UCR")]


def test_a_number_beyond_the_window_joins_nothing() -> None:
    late = record("i", "import", DAY + timedelta(200), ucrs=("U",))
    assert match([record("e", "export", ucrs=("U",))], [late], ROUTE, TODAY).matches == ()


def test_parts_are_told_together_by_number_and_without() -> None:
    shares = [("400", 20), ("600", 30)]
    for more in ({"transport_documents": ("BL1",)}, {}):
        export = record("e", "export", **more)
        parts = [
            record(f"i{n}", "import", DAY + timedelta(12 + n), kg=kg, packages=count, **more)
            for n, (kg, count) in enumerate(shares)
        ]
        # Without numbers the price of each part must not be that of the whole.
        parts = [
            msgspec.structs.replace(
                one,
                lines=(msgspec.structs.replace(one.lines[0], price=Amount(Decimal(kg) * Decimal("3.2"), "USD")),),
            )
            for one, (kg, _) in zip(parts, shares, strict=True)
        ]
        assert [one[:2] for one in ids(match([export], parts, ROUTE, TODAY))] == [(("e",), ("i0", "i1"))]


def test_loads_joined_in_one_import_are_told_together() -> None:
    exports = [record(f"e{n}", "export", kg="500", equipment=("TSTU1",)) for n in range(2)]
    brought = record("i", "import", DAY + timedelta(20), kg="1000", equipment=("TSTU1",))
    assert ids(match(exports, [brought], ROUTE, TODAY)) == [(("e0", "e1"), ("i",), "EQUIPMENT")]


def test_a_container_that_many_share_joins_each_with_its_own() -> None:
    firms = ("Dorvel Kelzan", "Bafen Nistu", "Prilo Garhu", "Stomi Velran")
    exports = [record(f"e{n}", "export", importer=name, equipment=("TSTU1",)) for n, name in enumerate(firms)]
    imports = [
        record(f"i{n}", "import", DAY + timedelta(25), importer=name.upper(), exporter=None, equipment=("TSTU1",))
        for n, name in enumerate(firms)
    ]
    assert [one[:2] for one in ids(match(exports, imports, ROUTE, TODAY))] == [
        ((f"e{n}",), (f"i{n}",)) for n in range(4)
    ]


def test_without_numbers_parties_goods_mass_and_time_make_one_shipment() -> None:
    brought = record("i", "import", DAY + timedelta(20), kg="1003", importer="KELMI FOODS S.A.")
    (found,) = match([record("e", "export")], [brought], ROUTE, TODAY).matches
    assert found.basis == "facts"
    assert found.confidence < match([record("e", "export", ucrs=("U",))], [record("i", "import", ucrs=("U",))], ROUTE, TODAY).matches[0].confidence  # fmt: skip # noqa: E501


def test_of_two_that_fit_alike_neither_is_taken_and_neither_is_missing() -> None:
    imports = [record(f"i{n}", "import", DAY + timedelta(20)) for n in range(2)]
    found = match([record("e", "export")], imports, ROUTE, TODAY)
    assert found.matches == ()
    assert [one.state for one in found.exports] == ["unclear"]


def test_what_is_alone_waits_until_its_time_has_passed_and_is_missing_then() -> None:
    export = record("e", "export", mode="4")
    early = match([export], [], ROUTE, DAY + timedelta(10)).exports[0]
    assert (early.state, early.until) == ("waits", DAY + timedelta(20))
    assert match([export], [], ROUTE, DAY + timedelta(21)).exports[0].state == "missing"


def test_what_went_to_another_country_or_came_from_one_is_not_expected() -> None:
    brought = record("i", "import", country="XC", hs="870323", importer="Prilo", exporter="Garhu")
    gone = match([record("e", "export", country="XC")], [brought], ROUTE, TODAY)
    assert [one.state for one in (*gone.exports, *gone.imports)] == ["not-expected", "not-expected"]


def test_an_import_waits_for_records_that_do_not_reach_its_days() -> None:
    brought = record("i", "import", DAY, exporter="Prilo Garhu", importer="Stomi")
    later = record("e", "export", DAY + timedelta(1), mode="1")
    earlier = record("e0", "export", DAY - timedelta(120), mode="1")
    assert [one.state for one in match([later], [brought], ROUTE, TODAY).imports] == ["waits"]
    assert [one.state for one in match([earlier, later], [brought], ROUTE, TODAY).imports] == ["missing"]


def test_the_same_records_give_the_same_answer_in_any_order() -> None:
    world = first_world(5, 300)
    dice = Random(1)
    exports, imports = list(world.exports), list(world.imports)
    first = match(exports, imports, ROUTE, world.today)
    dice.shuffle(exports)
    dice.shuffle(imports)
    assert match(exports, imports, ROUTE, world.today) == first


@pytest.mark.parametrize("make", [first_world, second_world])
@pytest.mark.parametrize("has_identifiers", [True, False])
def test_what_is_planted_is_told_and_little_else(make, has_identifiers: bool) -> None:
    found = score(make(77, 600, has_identifiers=has_identifiers))
    assert found.planted > 60
    assert found.told >= 0.95 * found.planted
    assert found.alerted <= 0.01 * found.clean
    assert found.wrong <= 0.01 * found.found


def test_a_file_of_another_trade_alerts_nobody_and_is_said_to_be_doubtful() -> None:
    own, strange = first_world(3, 300), second_world(3, 300)
    found = match(strange.exports, own.imports, ROUTE, own.today)
    assert found.is_doubtful
    assert not any(told_of(found, (*strange.exports, *own.imports), own.today).values())
    assert not match(own.exports, own.imports, ROUTE, own.today).is_doubtful


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("Kelmi Foods Ltd", "KELMI FOODS LIMITED", True),
        ("Kelmi Foods Ltd", "Kelmifoods Limited", True),
        ("Kelmi Foods Ltd", "Dorvel Steel GmbH", False),
        ("Kelmi Foods Ltd", None, None),
    ],
)
def test_names_are_compared_without_their_dress(one: str, other: str | None, is_alike: bool | None) -> None:
    assert named_alike(one, other) is is_alike
