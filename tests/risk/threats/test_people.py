# SPDX-License-Identifier: Apache-2.0
"""Detectors of traders and officers: near misses and missing fields; the hits are in `test_detect.py`."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cocket.risk.threats import Act, Declared, Limits, log_of
from cocket.risk.threats.decisions import find_collusion, find_reciprocal_approvals, find_rule_windows
from cocket.risk.threats.looks import find_bulk_browsing, find_enumeration, find_foreign_reading, find_off_shift
from cocket.risk.threats.traders import find_impossible_journeys, find_rings, find_surges, likely_hubs

START = datetime(2027, 3, 1, tzinfo=UTC)


def acts(detector: Any, told: list[dict[str, Any]]) -> list[Any]:
    made = [
        Act(row=n, at=START + timedelta(hours=one.pop("hour", n)), **one) for n, one in enumerate(map(dict, told), 1)
    ]
    return list(detector(log_of([], made), Limits()))


def change(hour: float, becomes: str, second: str | None = None) -> dict[str, Any]:
    return {"hour": hour, "actor": "a1", "kind": "rule-change", "subject": "R1", "becomes": becomes, "second": second}


def test_a_rule_off_for_hours_by_one_alone_is_told_and_by_two_or_for_good_is_not() -> None:
    (one,) = acts(find_rule_windows, [change(1, "off"), change(4, "on")])
    assert (one.rows, one.chance) == ((1, 2), 0.0)
    assert acts(find_rule_windows, [change(1, "off", "a2"), change(4, "on", "a2")]) == []
    assert acts(find_rule_windows, [change(1, "off"), change(400, "on")]) == []
    assert acts(find_rule_windows, [change(1, "off")]) == []


def test_to_name_oneself_as_the_second_person_is_to_be_alone() -> None:
    assert len(acts(find_rule_windows, [change(1, "off", "a1"), change(4, "on", "a2")])) == 1


def approved(one: str, other: str) -> dict[str, Any]:
    return {"actor": one, "kind": "override", "subject": f"K-{one}", "was": "red", "becomes": "green", "second": other}


def test_two_who_are_the_only_ones_at_their_office_cannot_but_approve_each_other() -> None:
    pair = [approved(*both) for _ in range(10) for both in (("o1", "o2"), ("o2", "o1"))]
    assert acts(find_reciprocal_approvals, pair) == []
    source = random.Random(4)
    crowd = [approved(*source.sample([f"p{n}" for n in range(9)], 2)) for _ in range(80)]
    assert [one.who for one in acts(find_reciprocal_approvals, pair + crowd)] == [("o1", "o2")]


def let_go(officer: str, trader: str, number: int) -> list[dict[str, Any]]:
    subject = f"K{officer}{trader}{number}"
    case = {"actor": "engine", "kind": "lane-set", "subject": subject, "lane": "red", "importer": trader, "office": "A"}
    return [case, {"actor": officer, "kind": "override", "subject": subject, "was": "red", "becomes": "green"}]


def test_an_officer_who_lets_one_trader_go_stands_out_and_one_who_lets_everybody_go_does_not() -> None:
    crowd = [one for n in range(120) for one in let_go(f"o{n % 12}", f"T{n % 40}", n)]
    alone = [one for n in range(12) for one in let_go("o1", "T99", n)]
    (found,) = acts(find_collusion, crowd + alone)
    assert found.who == ("o1", "T99")
    everybody = [one for n in range(12) for one in let_go("o1", f"T{n}", 500 + n)]
    assert acts(find_collusion, crowd + everybody) == []


def test_lanes_made_stricter_are_no_collusion() -> None:
    crowd = [one for n in range(120) for one in let_go(f"o{n % 12}", f"T{n % 40}", n)]
    alone = [one | {"becomes": "red", "was": "green"} for n in range(12) for one in let_go("o1", "T99", n)]
    assert acts(find_collusion, crowd + alone) == []


def look(actor: str, hour: float, subject: str, **told: Any) -> dict[str, Any]:
    return {"hour": hour, "actor": actor, "kind": "view", "subject": subject, **told}


def test_many_looks_at_once_are_bulk_unless_others_of_the_role_do_so_too_or_they_are_cases() -> None:
    crowd = [look(f"o{n % 9}", n, f"K{n}") for n in range(300)]
    burst = [look("o1", 100 + n / 100, f"B{n}") for n in range(50)]
    (found,) = acts(find_bulk_browsing, crowd + burst)
    assert (found.who, len(set(found.rows) & set(range(301, 351)))) == (("o1",), 50)
    assert acts(find_bulk_browsing, crowd + [one | {"is_assigned": True} for one in burst]) == []
    peers = [look(f"o{m}", 50 * m + n / 100, f"B{m}{n}") for m in range(2, 9) for n in range(50)]
    assert acts(find_bulk_browsing, crowd + burst + peers) == []


def question(actor: str, answer: str, owner: str | None = None, **told: Any) -> dict[str, Any]:
    return {"actor": actor, "kind": "query", "subject": "K1", "answer": answer, "owner": owner, **told}


def test_many_unknown_references_are_enumeration_and_a_few_typing_errors_are_none() -> None:
    crowd = [question(f"T{n % 9}", "found", f"T{n % 9}") for n in range(200)]
    assert len(acts(find_enumeration, crowd + [question("T1", "not-found")] * 30)) == 1
    assert acts(find_enumeration, crowd + [question("T1", "not-found")] * 3) == []


def test_a_broker_may_read_what_his_clients_own_and_a_rival_may_not() -> None:
    crowd = [question(f"T{n % 9}", "found", f"T{n % 9}") for n in range(200)]
    assert acts(find_foreign_reading, crowd + [question("B1", "found", "T3", is_mandated=True)] * 20) == []
    (found,) = acts(find_foreign_reading, crowd + [question("T1", "found", "T3")] * 9)
    assert found.who == ("T1", "T3")


def declared(told: list[dict[str, Any]], detector: Any) -> list[Any]:
    rows = [Declared(row=n, reference=f"L{n}", **{"at": START} | one) for n, one in enumerate(told, 1)]
    return list(detector(log_of(rows, []), Limits()))


def known(number: int, at: float = 0.0, **identities: str) -> dict[str, Any]:
    own = {"phone": f"p{number}", "account": f"a{number}", "address": f"d{number}"} | identities
    return {"importer": f"T{number}", "identities": tuple(own.items()), "at": START + timedelta(days=at)}


def test_a_telephone_and_an_account_in_common_make_a_ring_and_an_accountants_address_does_not() -> None:
    crowd = [known(n, address=f"d{n % 3}") for n in range(60)]
    assert declared(crowd, find_rings) == []
    relay = [known(100 + n, phone="p", account="a", at=day) for n in range(4) for day in range(10 * n, 10 * n + 12, 2)]
    (found,) = declared(crowd + relay, find_rings)
    assert found.who == ("T100", "T101", "T102", "T103") and "one after another" in found.says


def test_a_chain_whose_shops_trade_all_along_is_no_ring_and_looks_like_a_hub() -> None:
    crowd = [known(n) for n in range(60)]
    chain = [
        known(100 + n, phone="p", account="a", director="d", at=day + 0.1 * n)
        for n in range(5)
        for day in range(0, 40, 4 + n)
    ]
    assert declared(crowd + chain, find_rings) == []
    hubs = declared(crowd + chain, likely_hubs)
    assert [(one.identity, one.value, one.importers) for one in hubs] == [
        ("account", "a", 5), ("director", "d", 5), ("phone", "p", 5),
    ]  # fmt: skip


def test_what_far_more_share_than_others_of_its_kind_looks_like_a_hub_and_an_accountant_of_three_does_not() -> None:
    town = [known(n, phone=f"p{n // 3}") for n in range(60)]
    assert declared(town, likely_hubs) == []
    (hub,) = declared([*town, *(known(100 + n, address="centre") for n in range(20))], likely_hubs)
    assert (hub.identity, hub.value, hub.importers) == ("address", "centre", 20) and 1.0 < hub.usual < 1.1


def lanes(actor: str, many: int, hours: range, lag: float) -> tuple[list[Declared], list[Act]]:
    made, acts = [], []
    for number in range(many):
        at = START.replace(hour=0) + timedelta(days=number // len(hours), hours=hours[number % len(hours)])
        made.append(Declared(row=number, at=at, reference=f"{actor}{number}"))
        acts.append(
            Act(
                row=number,
                at=at + timedelta(seconds=lag),
                actor=actor,
                kind="lane-set",
                subject=f"{actor}{number}",
                lane="green",
            )
        )
    return made, acts


@pytest.mark.parametrize(
    ("actor", "many", "hours", "lag", "is_system"),
    [
        ("SYDONIA", 80, range(8, 16), 5.0, True),
        ("BOT", 240, range(24), 4000.0, True),
        ("ANNA", 80, range(8, 16), 4000.0, False),
        ("BEN", 40, range(24), 5.0, False),
        ("CORE", 1700, range(7, 17), 4000.0, True),
    ],
)
def test_who_sets_lanes_as_no_person_does_is_a_system_whatever_it_is_called(
    actor: str, many: int, hours: range, lag: float, is_system: bool
) -> None:
    made, acts = lanes(actor, many, hours, lag)
    for officer in ("O1", "O2", "O3", "O4"):
        more_made, more = lanes(officer, 70, range(8, 15), 5000.0)
        made, acts = made + more_made, acts + more
    log = log_of(made, acts)
    assert log.passed.guessed == ((actor,) if is_system else ())
    assert log.passed.by_systems == (many if is_system else 0)
    looks = Act(row=9999, at=START, actor=actor, kind="view", subject="X")
    assert log_of(made, [*acts, looks]).passed.guessed == ()


def test_a_business_centre_and_a_brokers_telephone_are_no_ring_and_one_inside_them_is_found() -> None:
    town = [known(n) for n in range(700)]
    centre = [
        known(700 + n, address="centre", **({"phone": "broker", "account": "broker"} if n < 25 else {}))
        for n in range(58)
    ]
    assert declared([*town, *centre], find_rings) == []
    inside = [known(900 + n, address="centre", phone="one", account="one") for n in range(5)]
    (found,) = declared([*town, *centre, *inside], find_rings)
    assert found.who == tuple(f"T{900 + n}" for n in range(5))


def voyage(vessel: str, out: int, back: int, equipment: str = "C1") -> dict[str, Any]:
    departed, arrived = START + timedelta(days=out), START + timedelta(days=back)
    return {"vessel": vessel, "equipment": equipment, "departed": departed, "arrived": arrived, "lane_from": "XA"}


def test_a_container_cannot_be_on_two_ships_nor_arrive_before_it_leaves() -> None:
    assert len(declared([voyage("V1", 0, 8), voyage("V2", 4, 12)], find_impossible_journeys)) == 1
    assert declared([voyage("V1", 0, 8), voyage("V2", 9, 17)], find_impossible_journeys) == []
    assert declared([voyage("V1", 0, 8), voyage("V1", 0, 8)], find_impossible_journeys) == []
    assert len(declared([voyage("V1", 8, 0)], find_impossible_journeys)) == 1
    assert declared([{"vessel": "V1", "equipment": "C1"}], find_impossible_journeys) == []


def test_a_voyage_far_faster_than_any_other_is_told_and_the_fastest_of_many_is_not() -> None:
    fleet = [voyage(f"V{n}", 0, 8 + n % 3, f"C{n}") for n in range(12)]
    assert declared(fleet, find_impossible_journeys) == []
    assert [one.who for one in declared([*fleet, voyage("W", 0, 2, "D")], find_impossible_journeys)] == [("W",)]


def newcomer(days: float, count: int, ordinary: int = 30) -> list[str]:
    """Kinds told of a newcomer of the twentieth day, in a trade of sixty."""
    source = random.Random(6)
    told = [
        (source.uniform(0, 60), f"T{source.randrange(ordinary) ** 2 // ordinary}") for _ in range(50 * ordinary)
    ] + [(20 + days * n / count, "NEW") for n in range(count)]
    declared = [
        Declared(row=n, at=START + timedelta(days=day), reference=f"L{n}", importer=importer)
        for n, (day, importer) in enumerate(sorted(told), 1)
    ]
    return [one.who[0] for one in find_surges(log_of(declared, []), Limits())]


def test_a_newcomer_who_comes_in_a_rush_and_is_gone_is_a_surge_and_a_large_one_who_goes_on_is_none() -> None:
    assert newcomer(10, 400) == ["NEW"]
    assert newcomer(40, 1600) == []
    assert newcomer(40, 60) == []


def looked(hours: range) -> list[dict[str, Any]]:
    """Thirty days of six officers whose cases come in the afternoon, one of whom looks beside them at these hours."""
    source = random.Random(7)
    told = []
    for day in range(30):
        for officer in range(6):
            for hour in source.sample(range(12, 17), 2):
                told.append({"hour": day * 24 + hour, "actor": f"o{officer}", "kind": "result", "subject": f"K{day}"})
        for officer in range(6):
            at = source.choice(hours if officer == 0 else range(11, 17))
            told.append(
                {"hour": day * 24 + at, "actor": f"o{officer}", "kind": "view", "subject": f"L{day}", "role": "officer"}
            )
    return told


def test_looks_at_the_quiet_beginning_of_a_shift_are_on_shift_and_looks_by_night_are_not() -> None:
    assert acts(find_off_shift, looked(range(9, 13))) == []
    assert [one.who for one in acts(find_off_shift, looked(range(1, 4)))] == [("o0",)]


def test_an_officer_whose_few_cases_come_by_day_and_night_still_looks_beside_them_at_one_hour() -> None:
    told = looked(range(12, 16))
    worked = [0, 3, 5, 7, 10, 13, 16, 18, 20, 22, 4, 9]
    told += [
        {"hour": 24 * day + at, "actor": "r", "kind": "result", "subject": f"N{day}"} for day, at in enumerate(worked)
    ]
    told += [
        {"hour": 24 * day + 1, "actor": "r", "kind": "view", "subject": f"M{day}", "role": "officer"}
        for day in range(3, 24)
    ]
    assert [one.who for one in acts(find_off_shift, told)] == [("r",)]
    spread = [
        {**one, "hour": one["hour"] // 24 * 24 + one["hour"] // 24 * 5 % 24}
        if one["actor"] == "r" and one["kind"] == "view"
        else one
        for one in told
    ]
    assert acts(find_off_shift, spread) == []
