# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.control import LANES, Candidate, ControlState, Policy, draw_number, select
from cocket.control.standing import (
    Parties,
    Standing,
    parties_of,
    read_register,
    restore,
    standing_of,
    suspend,
    trusted_trader,
)
from cocket.errors import SenderError, SettingsError, UnreadableError
from cocket.model import CustomsOffice, Declaration, GoodsShipment, Party

SEED = bytes(range(32))
DAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
RANK = {lane: rank for rank, lane in enumerate(LANES)}
TRUSTED = Standing(scheme="AEO-C", number="7", trader="T1", scopes=("import",), valid_from=date(2026, 1, 1))
OWN = Parties(flow="import", office="XA1", importer="T1", exporter="S1", declarant="B1")

cases = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 1), st.floats(0, 1), st.booleans(), st.booleans()), max_size=150
)


def candidates(drawn: list[tuple[int, int, float, bool, bool]], trusted: bool) -> list[Candidate]:
    drawn = sorted(drawn, key=lambda each: each[0])
    return [
        Candidate(
            consignment=f"c{n}", office=f"O{office}", day=DAY + timedelta(days=day), score=score, degraded=degraded,
            standing=TRUSTED if trusted and holds else None,
            intelligence=("yellow", "red")[n % 2] if n % 11 == 0 else None,
        )
        for n, (day, office, score, degraded, holds) in enumerate(drawn)
    ]  # fmt: skip


def tight(random_share: float = 0.3) -> Policy:
    return Policy(red_per_day=4, yellow_per_day=4, random_reserve=2, random_share=random_share, red_share=0.3)


@settings(max_examples=150, deadline=None)
@given(cases)
def test_whom_chance_drew_it_draws_whoever_has_a_standing(drawn: list[tuple[int, int, float, bool, bool]]) -> None:
    policy = tight()
    without = select(candidates(drawn, trusted=False), ControlState(), policy, SEED)
    given_weight = select(candidates(drawn, trusted=True), ControlState(), policy, SEED)
    for before, after in zip(without, given_weight, strict=True):
        assert after.number == before.number
        if before.number < policy.random_share and before.lane == "red":
            assert after.lane == "red"
            assert after.standing is None


@settings(max_examples=150, deadline=None)
@given(cases, st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_standing_never_raises_the_lane_of_its_trader(
    before: list[tuple[int, int, float, bool, bool]], score: float, factor: float, degraded: bool
) -> None:
    policy = msgspec.structs.replace(tight(0.02), standing_factor=factor)
    state = ControlState()
    select(candidates(before, trusted=False), state, policy, SEED)
    lanes = []
    for standing in (None, TRUSTED):
        copy = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=ControlState)
        one = Candidate(
            consignment="x", office="O0", day=DAY + timedelta(days=3), score=score, degraded=degraded, standing=standing
        )
        lanes.append(select([one], copy, policy, SEED)[0].lane)
    assert RANK[lanes[1]] <= RANK[lanes[0]]


def one(consignment: str, score: float, policy: Policy | None = None, **more: object) -> object:
    candidate = Candidate(consignment=consignment, office="O", day=DAY, score=score, **more)  # type: ignore[arg-type]
    return select([candidate], ControlState(), policy or Policy(), SEED)[0]


def undrawn() -> str:
    return next(f"u{n}" for n in range(1000) if draw_number(SEED, f"u{n}") > 0.9)


def test_a_standing_lowers_what_the_score_alone_asks_for_and_says_by_how_much() -> None:
    name = undrawn()
    assert one(name, 0.3).lane == "red"  # type: ignore[attr-defined]
    lowered = one(name, 0.3, standing=TRUSTED)
    assert (lowered.lane, lowered.standing, lowered.standing_factor) == ("yellow", TRUSTED, 0.5)  # type: ignore[attr-defined]
    assert one(name, 0.5, standing=TRUSTED).lane == "red"  # type: ignore[attr-defined]


def test_a_factor_of_one_gives_a_standing_no_weight() -> None:
    name, policy = undrawn(), Policy(standing_factor=1.0)
    dice = Random(1)
    for _ in range(200):
        score = dice.random()
        lanes = {one(name, score, policy, standing=held).lane for held in (None, TRUSTED)}  # type: ignore[attr-defined]
        assert len(lanes) == 1


def test_intelligence_still_selects_and_no_standing_weighs_against_it() -> None:
    for degraded in (False, True):
        hit = one(undrawn(), 0.01, intelligence="red", standing=TRUSTED, degraded=degraded)
        assert (hit.lane, hit.why, hit.propensity, hit.standing) == ("red", "intelligence", 1.0, None)  # type: ignore[attr-defined]


def test_a_rule_that_asks_for_documents_gets_them_whoever_the_trader_is() -> None:
    assert one(undrawn(), 0.0, rules=("papers-disagree",), standing=TRUSTED).lane == "yellow"  # type: ignore[attr-defined]


def test_the_propensity_of_a_trusted_trader_is_how_often_seeds_choose_him() -> None:
    policy = Policy(red_per_day=1000, random_reserve=0, random_share=0.2)
    seeds = [bytes([n % 256, n // 256] * 16) for n in range(2000)]
    each = Candidate(consignment="c", office="O", day=DAY, score=0.3, standing=TRUSTED)
    picks = [select([each], ControlState(), policy, seed)[0] for seed in seeds]
    assert {pick.propensity for pick in picks} == {0.2}
    assert sum(pick.lane == "red" for pick in picks) / len(seeds) == pytest.approx(0.2, abs=0.035)


def test_a_lane_given_is_not_lowered_by_a_standing_granted_later() -> None:
    assert one(undrawn(), 0.0, standing=TRUSTED, given="red").lane == "red"  # type: ignore[attr-defined]


@pytest.mark.parametrize("factor", [-0.1, 1.1])
def test_a_factor_that_is_no_share_is_refused(factor: float) -> None:
    with pytest.raises(SettingsError):
        Policy(standing_factor=factor)


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"valid_from": DAY}, True),
        ({"valid_to": DAY}, True),
        ({"valid_from": DAY + timedelta(days=1)}, False),
        ({"valid_to": DAY - timedelta(days=1)}, False),
        ({"status": "suspended"}, False),
        ({"status": "withdrawn"}, False),
        ({"offices": ("XA1",)}, True),
        ({"offices": ("XB2",)}, False),
        ({"scopes": ("export", "security")}, False),
        ({"trader": "T2"}, False),
    ],
)
def test_only_a_standing_that_is_valid_and_covers_it_speaks_for_a_consignment(
    changes: dict[str, object], holds: bool
) -> None:
    standing = msgspec.structs.replace(TRUSTED, **changes)
    assert (standing_of([standing], OWN, DAY) == standing) is holds


@pytest.mark.parametrize(
    ("scope", "parties", "covered"),
    [
        ("export", {"flow": "export", "exporter": "T1", "importer": "X"}, True),
        ("export", {"flow": "export", "importer": "T1", "exporter": "X"}, False),
        ("import", {"flow": "export", "exporter": "T1"}, False),
        ("simplified", {"flow": "import", "importer": "T1", "declarant": "T1"}, True),
        ("simplified", {"flow": "import", "importer": "X", "declarant": "T1"}, False),
        ("import", {"flow": "import", "importer": "X", "declarant": "T1"}, False),
        ("security", {"flow": "transit", "exporter": "T1"}, True),
        ("security", {"flow": "import", "importer": "T1"}, False),
        ("import", {"flow": "import"}, False),
    ],
)
def test_a_standing_speaks_for_the_traders_own_goods_alone(scope: str, parties: dict[str, str], covered: bool) -> None:
    standing = msgspec.structs.replace(TRUSTED, scopes=(scope,))
    assert (standing_of([standing], Parties(**parties), DAY) is not None) is covered


def test_a_suspension_here_counts_at_once_and_for_days_before() -> None:
    suspended = suspend(TRUSTED, NOW, "head", "found short twice")
    assert not suspended.is_valid(DAY - timedelta(days=30))
    assert restore(suspended) == TRUSTED
    for wrong in (
        lambda: suspend(suspended, NOW, "head", "x"),
        lambda: suspend(TRUSTED, NOW, "h", " "),
        lambda: restore(TRUSTED),
    ):
        with pytest.raises(SenderError):
            wrong()
    gone = msgspec.structs.replace(suspended, status="withdrawn")
    assert (gone.standing_now, restore(gone).standing_now) == ("withdrawn", "withdrawn")


def test_a_party_without_a_number_has_no_standing_whatever_its_name() -> None:
    shipment = GoodsShipment(importer=Party(name="T1"), consignee=Party(id="T1"), exporter=Party(id="s-1"))
    declaration = Declaration(
        flow="import", office=CustomsOffice(code="XA1"), shipment=shipment, declarant=Party(id="  ")
    )
    parties = parties_of(declaration)
    assert parties == Parties(flow="import", office="XA1", exporter="S1")
    assert standing_of([TRUSTED], parties, DAY) is None


def test_the_reason_says_how_much_was_taken_off() -> None:
    reason = trusted_trader(TRUSTED, 0.4, 0.5)
    assert reason.arguments == {"standing": "AEO-C 7", "before": "40.0", "after": "20.0"}
    assert reason.weight == pytest.approx(-0.981, abs=0.001)
    assert set(reason.arguments) == {"standing", "before", "after"}
    assert trusted_trader(TRUSTED, 1.0, 0.5).weight is None
    assert trusted_trader(TRUSTED, 0.4, 0.0).weight is None


REGISTER = b"""number;trader;scheme;scopes;valid_from;valid_to;status;offices
7;t-1;AEO-C;import export;2026-01-01;;;
8;T2;AEO-S;security;2026-01-01;2027-12-31;suspended;XA1 XB2
"""


def test_a_register_is_read_with_either_comma_or_semicolon() -> None:
    standings, findings = read_register(REGISTER)
    assert findings == ()
    assert standings == read_register(b"\xef\xbb\xbf" + REGISTER.replace(b";", b","))[0]
    assert [(one.name, one.trader, one.scopes, one.standing_now, one.offices) for one in standings] == [
        ("AEO-C/7", "T1", ("export", "import"), "valid", ()),
        ("AEO-S/8", "T2", ("security",), "suspended", ("XA1", "XB2")),
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"9;T;S;import;2026-13-01;;;", "register-day"),
        (b"9;T;S;import;2026-01-01;never;;", "register-day"),
        (b"9;T;S;import;2026-02-01;2026-01-31;;", "register-order"),
        (b"9;T;S;import moon;2026-01-01;;;", "register-scope"),
        (b"9;T;S;import;2026-01-01;;asleep;", "register-status"),
        (b"9;;S;import;2026-01-01;;;", "register-absent"),
        (b"9;--;S;import;2026-01-01;;;", "register-trader"),
        (b"9;T;S;import", "register-absent"),
        (b"9;T;S;import;2026-01-01;;;;extra", "register-cells"),
        (b"7;T9;AEO-C;import;2026-01-01;;;", "register-twice"),
    ],
)
def test_a_line_that_says_nothing_sure_is_told_and_gives_no_standing(line: bytes, code: str) -> None:
    standings, findings = read_register(REGISTER + line + b"\n")
    assert [finding.code for finding in findings] == [code]
    assert findings[0].location == "line 4"
    assert len(standings) == 2


def test_a_column_nobody_knows_is_told() -> None:
    standings, findings = read_register(b"number,trader,scheme,scopes,valid_from,mood\n7,T1,S,import,2026-01-01,fine\n")
    assert len(standings) == 1
    assert [(finding.code, finding.severity, finding.found) for finding in findings] == [
        ("register-column", "warning", "mood")
    ]


@pytest.mark.parametrize("data", [b"", b"name\nx\n", b"\xff\xfe\x00", b'number,trader,scheme,scopes,valid_from\n"7,T1'])
def test_what_is_no_register_is_refused_whole(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_register(data)
