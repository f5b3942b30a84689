# SPDX-License-Identifier: Apache-2.0
"""After a day is over its seed is told, and every draw made with it can be made again: here, or by anybody from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from cocket.control import Allocation, Drawn, DrawsProof, RuleDraw, RuleDrawn, verify_draws
from cocket.errors import PolicyError
from cocket.governance import Principal
from cocket.model.message import Lane
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.control.officer_allocation import KIND as ALLOCATION
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf

Sealed = TypeVar("Sealed", Drawn, Allocation, RuleDrawn)

#: Leaves gone through together (count).
_BATCH = 5_000


class SeedCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that binds a day's random share before it begins; the seed itself is told afterwards."""

    day: str
    commitment: str


class DisclosedDraws(msgspec.Struct, frozen=True, kw_only=True):
    """Everything drawn with the seed of one day, with the seed: all that anybody needs to draw it again.

    Attributes:
        day: The day.
        commitment: Hash of the seed, as it was sealed before the first draw.
        leaf: Leaf of the log that seals it.
        sealed: When it was sealed, UTC.
        seed: The seed, 64 hexadecimal digits.
        drawn: Draws of consignments, with later advice that reused them (0..n).
        allocations: Draws of examiners (0..n).
        rules: Draws of rules that ask on a share of their hits (0..n).
    """

    day: date
    commitment: str
    leaf: int
    sealed: datetime
    seed: str
    drawn: tuple[Drawn, ...]
    allocations: tuple[Allocation, ...]
    rules: tuple[RuleDrawn, ...] = ()

    def verify(self) -> DrawsProof:
        """Draw everything again.

        Raises:
            ProofError: The seed is not the one committed to.
        """
        seed = bytes.fromhex(self.seed)
        return verify_draws(seed, self.commitment, self.drawn, self.allocations, self.rules)


class _Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What of a sealed advice a draw is."""

    consignment: str
    lane: Lane
    draw: str | None
    why: str | None = None
    number: float | None = None
    chance: float | None = None
    drawn_as: str | None = None
    asked_by: tuple[str, ...] = ()
    rule_draws: tuple[RuleDraw, ...] = ()

    def drawn(self, commitment: str) -> Drawn | None:
        """The draw of the consignment, if it was made under this commitment."""
        if self.draw != commitment or self.number is None or self.chance is None:
            return None
        return Drawn(
            consignment=self.consignment,
            number=self.number,
            chance=self.chance,
            lane=self.lane,
            why=self.why or "none",
            drawn_as=self.drawn_as,
        )

    def drawn_for_rules(self, commitment: str) -> list[RuleDrawn]:
        """The draws of rules made under this commitment, now or before (0..n)."""
        return [
            RuleDrawn(consignment=self.consignment, draw=one, is_asked=one.code in self.asked_by)
            for one in self.rule_draws
            if one.commitment == commitment
        ]


class _Gathered:
    """Everything drawn under one commitment, gathered in the order of the book."""

    def __init__(self, commitment: str) -> None:
        self.commitment = commitment
        self.drawn: list[Drawn] = []
        self.allocations: list[Allocation] = []
        self.rules: dict[tuple[str, str], RuleDrawn] = {}

    def add(self, kind: str, body: bytes) -> None:
        """Take in one sealed record; a rule's draw counts as it was sealed first, when the rule fired."""
        if kind == ALLOCATION:
            allocation = msgspec.json.decode(body, type=Allocation)
            self.allocations += [allocation] if allocation.commitment == self.commitment else []
            return
        advice = msgspec.json.decode(body, type=_Advice)
        drawn = advice.drawn(self.commitment)
        self.drawn += [drawn] if drawn else []
        for one in advice.drawn_for_rules(self.commitment):
            self.rules.setdefault((one.draw.drawn_as, one.draw.code), one)

    def dossiers(self) -> set[str]:
        """Every dossier of which something was drawn."""
        drawn = {one.consignment for one in self.drawn} | {one.consignment for one in self.allocations}
        return drawn | {one.consignment for one in self.rules.values()}


class Draws(Service):
    """Telling seeds."""

    def disclosed_draws(self, principal: Principal, day: date) -> DisclosedDraws:
        """The seed of a day that is over, and everything drawn with it; the look is sealed before it is told.

        Whoever is bound to an office is told the draws of its dossiers, and can draw each of these again.

        Args:
            principal: Who asks.
            day: The day, UTC.

        Raises:
            NotFoundError: No seed was committed for it.
            PolicyError: The principal may not, or the day is not over.
        """
        self._access.require(principal, "draw:verify")
        if day >= datetime.now(UTC).date():
            raise PolicyError("A seed is published when its day is over.", reasons=("day-not-over",))
        with self._stores.database.transaction() as connection:
            seed = self._stores.orders.seed(connection, day)
            committed = self._commitment(connection, day)
            if seed is None or committed is None:
                raise NotFoundError(f"No seed was committed for {day.isoformat()}.")
            leaf, commitment = committed
            gathered = _Gathered(commitment)
            for sealed, body in self._sealed_since(connection, leaf.index):
                gathered.add(sealed.kind, body)
            seen = self._access.seen_advice(connection, principal, gathered.dossiers())
            self._access.seal(connection, self._access.record(principal, "draws", (day.isoformat(),), "oversight"))
        return DisclosedDraws(
            day=day,
            commitment=commitment,
            leaf=leaf.index,
            sealed=leaf.at,
            seed=seed.hex(),
            drawn=_of_seen(gathered.drawn, seen),
            allocations=_of_seen(gathered.allocations, seen),
            rules=_of_seen(gathered.rules.values(), seen),
        )

    def _commitment(self, connection: Connection, day: date) -> tuple[StoredLeaf, str] | None:
        last = self._stores.leaves.size(connection)
        for leaf, body in self._stores.leaves.records_between(connection, 0, last, ("draw-seed",)):
            told = msgspec.json.decode(body, type=SeedCommitment)
            if told.day == day.isoformat():
                return leaf, told.commitment
        return None

    def _sealed_since(self, connection: Connection, first: int) -> Iterator[tuple[StoredLeaf, bytes]]:
        """Advice and allocations in the order of the book."""
        last = self._stores.leaves.size(connection)
        for start in range(first, last, _BATCH):
            upto = min(start + _BATCH, last) - 1
            yield from self._stores.leaves.records_between(connection, start, upto, ("assessment", ALLOCATION))


def _of_seen(drawn: Iterable[Sealed], seen: set[UUID]) -> tuple[Sealed, ...]:
    """What was drawn of dossiers that the reader may see."""
    names = {str(one) for one in seen}
    return tuple(one for one in drawn if one.consignment in names)
