# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cocket.consignment import Filing, Holder, LinkDecision, LinkKey, Use, link
from cocket.consignment.link import near
from cocket.consignment.uses import WINDOW_DAYS, day_of, is_air_waybill, meet, reuse_of
from cocket.model import GovernmentProcedure
from tests.consignment.making import NOON, bill, declaration, item, manifest

A, B, C = (LinkKey("BL", f"TSTB000000{n}", True) for n in range(3))
GROUP = LinkKey("EQUIPMENT", "TSTU8208494")
OLD, YOUNG, YOUNGEST = (Holder(n, UUID(int=99 - n)) for n in range(3))


DAY = date(2026, 3, 1)
ENDLESS = tuple(LinkKey("MRN", f"26XA000000{n}", True) for n in range(3))


def used(*of: Holder, day: date | None = DAY) -> dict[Holder, Use]:
    return {holder: Use(day, day) for holder in of}


def test_a_claim_nobody_knows_opens_a_dossier() -> None:
    assert link((A,), DAY, {B.pair: used(OLD)}) == LinkDecision()
    assert link((), DAY, {B.pair: used(OLD)}) == LinkDecision()


def test_a_claim_joins_the_dossier_that_holds_its_key() -> None:
    assert link((A, B), DAY, {B.pair: used(YOUNG)}) == LinkDecision(target=YOUNG.id, reasons=(B,))


def test_the_oldest_dossier_stays_and_the_younger_go_up_in_it() -> None:
    decision = link((A, B, C), DAY, {A.pair: used(YOUNGEST), B.pair: used(OLD), C.pair: used(YOUNG)})
    assert decision == LinkDecision(target=OLD.id, merge=(YOUNG.id, YOUNGEST.id), reasons=(A, B, C))


def test_two_keys_of_one_dossier_merge_nothing() -> None:
    assert link((A, B), DAY, {A.pair: used(OLD), B.pair: used(OLD)}).merge == ()


def test_a_group_key_never_joins() -> None:
    assert link((GROUP,), DAY, {GROUP.pair: used(OLD)}) == LinkDecision()


AWB = LinkKey("BL", "61800000011", True)
WINDOW = timedelta(days=WINDOW_DAYS["air-waybill"])


def test_an_air_waybill_number_given_again_after_a_year_joins_nothing() -> None:
    known = {AWB.pair: used(OLD, day=DAY)}
    assert link((AWB,), DAY + WINDOW, known).target == OLD.id
    assert link((AWB,), DAY + WINDOW + timedelta(days=1), known) == LinkDecision()
    assert link((AWB,), DAY + timedelta(days=365), known) == LinkDecision()


def test_a_retro_dated_paper_joins_the_earlier_use_of_a_number() -> None:
    known = {AWB.pair: {OLD: Use(DAY, DAY), YOUNG: Use(DAY + timedelta(days=400), DAY + timedelta(days=400))}}
    assert link((AWB,), DAY + timedelta(days=3), known) == LinkDecision(target=OLD.id, reasons=(AWB,))


def test_a_number_that_never_ends_joins_whatever_the_days() -> None:
    assert link(ENDLESS[:1], DAY + timedelta(days=4000), {ENDLESS[0].pair: used(OLD)}).target == OLD.id


def test_a_paper_of_no_day_goes_with_the_latest_use_and_ties_none_together() -> None:
    later = DAY + timedelta(days=400)
    uses = {OLD: Use(DAY, DAY), YOUNG: Use(later, later), YOUNGEST: Use()}
    assert near(AWB.pair, None, uses) == (YOUNG,)
    assert near(AWB.pair, later, uses) == (YOUNG,)
    assert near(AWB.pair, later, {OLD: Use(DAY, DAY), YOUNGEST: Use()}) == (YOUNGEST,)


def test_sorts_of_number_are_told_apart() -> None:
    assert is_air_waybill("61800000011")
    assert not is_air_waybill("61800000012")
    assert reuse_of("BL", "61800000011") == "air-waybill"
    assert reuse_of("BL", "TSTB0100007") == "transport-document"
    assert reuse_of("BL", "XA110000/2026/1/12") is None
    assert reuse_of("INVOICE", "17") is None
    assert (reuse_of("INVOICE", "ACME/17"), reuse_of("UCR", "6XA1"), reuse_of("MRN", "26XA")) == (
        "invoice",
        "ucr",
        None,
    )
    assert meet(AWB.pair, Use(), Use(DAY, DAY)) is None


def test_the_day_of_a_paper_is_the_journeys_where_it_tells_that() -> None:
    assert day_of(manifest(bill(), arrives=DAY, departed=DAY - timedelta(days=9)), NOON) == DAY
    assert day_of(manifest(bill()), NOON) is None
    told = declaration(shipment={"expected_arrival": datetime(2026, 3, 1, 8, tzinfo=UTC)}, accepted=NOON)
    assert day_of(told, NOON) == DAY
    assert day_of(declaration(accepted=datetime(2025, 3, 1, 8, tzinfo=UTC)), NOON) == date(2025, 3, 1)
    assert day_of(declaration(accepted=datetime(2206, 3, 1, 8, tzinfo=UTC)), NOON) == NOON.date()
    assert day_of(None, None) is None


def test_goods_out_of_a_warehouse_have_no_day() -> None:
    out = msgspec.structs.replace(item(), procedure=GovernmentProcedure(current="40", previous="71"))
    assert day_of(declaration(shipment={"items": (out,)}), NOON) is None


def filed(claims: Sequence[tuple[int, frozenset[LinkKey], date]]) -> set[frozenset[int]]:
    """Which claims came to lie together."""
    moved: dict[Holder, Holder] = {}
    filing = Filing(joined=lambda source, target, reasons: moved.update({source: target}))
    went: dict[int, Holder] = {}
    for place, (number, keys, day) in enumerate(claims):
        went[number], _ = filing.file(keys, day, partial(Holder, place, UUID(int=place)))
    together: dict[Holder, set[int]] = {}
    for number, holder in went.items():
        while holder in moved:
            holder = moved[holder]
        together.setdefault(holder, set()).add(number)
    return {frozenset(several) for several in together.values()}


_KEYS = st.frozensets(
    st.builds(LinkKey, st.sampled_from(["BL", "MRN"]), st.sampled_from("ABCDEF"), st.booleans()), max_size=3
)
_CLAIMS = st.lists(st.tuples(_KEYS, st.integers(0, 40).map(lambda n: DAY + timedelta(days=91 * n))), max_size=12)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(_CLAIMS.flatmap(lambda sets: st.tuples(st.just(sets), st.permutations(range(len(sets))))))
def test_any_order_of_the_same_messages_gives_the_same_dossiers(
    drawn: tuple[list[tuple[frozenset[LinkKey], date]], list[int]],
) -> None:
    sets, order = drawn
    straight = [(number, keys, day) for number, (keys, day) in enumerate(sets)]
    assert filed(straight) == filed([straight[n] for n in order])


def test_the_order_test_would_notice_a_missed_merging() -> None:
    one, two, bridge = (0, frozenset({A}), DAY), (1, frozenset({B}), DAY), (2, frozenset({A, B}), DAY)
    assert filed([one, two, bridge]) == {frozenset({0, 1, 2})}
    assert filed([one, two]) == {frozenset({0}), frozenset({1})}


def test_a_dossier_that_grows_over_the_days_of_another_takes_it_up() -> None:
    far = DAY + timedelta(days=800)
    between = DAY + timedelta(days=400)
    claims = [(0, frozenset({A, ENDLESS[0]}), DAY), (1, frozenset({A}), between), (2, frozenset({A, ENDLESS[0]}), far)]
    assert filed(claims[:2]) == {frozenset({0}), frozenset({1})}
    assert filed(claims) == {frozenset({0, 1, 2})}
