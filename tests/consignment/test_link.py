# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cocket.consignment import Holder, LinkDecision, LinkKey, link

A, B, C = (LinkKey("BL", f"TSTB000000{n}", True) for n in range(3))
GROUP = LinkKey("EQUIPMENT", "TSTU8208494")
OLD, YOUNG, YOUNGEST = (Holder(n, UUID(int=99 - n)) for n in range(3))


def test_a_claim_nobody_knows_opens_a_dossier() -> None:
    assert link((A,), {B: OLD}) == LinkDecision()
    assert link((), {B: OLD}) == LinkDecision()


def test_a_claim_joins_the_dossier_that_holds_its_key() -> None:
    assert link((A, B), {B: YOUNG}) == LinkDecision(target=YOUNG.id, reasons=(B,))


def test_the_oldest_dossier_stays_and_the_younger_go_up_in_it() -> None:
    decision = link((A, B, C), {A: YOUNGEST, B: OLD, C: YOUNG})
    assert decision == LinkDecision(target=OLD.id, merge=(YOUNG.id, YOUNGEST.id), reasons=(A, B, C))


def test_two_keys_of_one_dossier_merge_nothing() -> None:
    assert link((A, B), {A: OLD, B: OLD}).merge == ()


def test_a_group_key_never_joins() -> None:
    assert link((GROUP,), {GROUP: OLD}) == LinkDecision()


class FilingRoom:
    """The least that keeps what linking decides."""

    def __init__(self) -> None:
        self.owner: dict[LinkKey, Holder] = {}
        self.claims: dict[Holder, list[int]] = {}

    def file(self, claim: int, keys: Iterable[LinkKey]) -> None:
        strong = [key for key in keys if key.is_strong]
        decision = link(strong, self.owner)
        by_id = {holder.id: holder for holder in self.claims}
        target = by_id[decision.target] if decision.target else Holder(len(self.claims), UUID(int=claim))
        self.claims.setdefault(target, []).append(claim)
        for gone in decision.merge:
            self.claims[target] += self.claims[by_id[gone]]
            self.claims[by_id[gone]] = []
            self.owner |= {key: target for key, holder in self.owner.items() if holder.id == gone}
        self.owner |= dict.fromkeys(strong, target)

    def partition(self) -> set[frozenset[int]]:
        return {frozenset(claims) for claims in self.claims.values() if claims}


def filed(claims: Sequence[tuple[int, frozenset[LinkKey]]]) -> set[frozenset[int]]:
    room = FilingRoom()
    for number, keys in claims:
        room.file(number, keys)
    return room.partition()


_KEYS = st.frozensets(st.builds(LinkKey, st.just("BL"), st.sampled_from("ABCDEFGH"), st.booleans()), max_size=3)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_KEYS, max_size=12).flatmap(lambda sets: st.tuples(st.just(sets), st.permutations(range(len(sets))))))
def test_any_order_of_the_same_messages_gives_the_same_dossiers(
    drawn: tuple[list[frozenset[LinkKey]], list[int]],
) -> None:
    sets, order = drawn
    straight = list(enumerate(sets))
    assert filed(straight) == filed([straight[n] for n in order])


def test_the_order_test_would_notice_a_missed_merging() -> None:
    bridge = frozenset({A, B})
    assert filed([(0, frozenset({A})), (1, frozenset({B})), (2, bridge)]) == {frozenset({0, 1, 2})}
    assert filed([(0, frozenset({A})), (1, frozenset({B}))]) == {frozenset({0}), frozenset({1})}
