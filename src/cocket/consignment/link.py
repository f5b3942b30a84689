# SPDX-License-Identifier: Apache-2.0
"""Which dossier a claim belongs to: joined by any strong key that it shares near in time, the oldest dossier staying.

Dossiers are the connected parts of the graph of claims, in which two claims touch where they share a strong key and what
they are about is near in time. A dossier bears a key from the first to the last day that its papers are about; where two
come near each other by a key, they are one. As dossiers only grow by this, the same messages give the same dossiers in
whatever order they come; only papers of no day go with the use that is known when they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

import msgspec

from cocket.consignment.references import LinkKey
from cocket.consignment.uses import Use, meet


class Holder(msgspec.Struct, frozen=True, order=True):
    """A dossier that holds a key.

    Attributes:
        number: Order in which dossiers were made; lower is older.
        id: The dossier.
    """

    number: int
    id: UUID


#: Kind and value of a key.
Pair = tuple[str, str]

#: Which dossiers bear each key, by kind and value, and from when to when.
Uses = Mapping[Pair, Mapping[Holder, Use]]


class LinkDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Where a claim goes, and what must become one for that.

    Attributes:
        target: The dossier it joins; None if it opens a new one.
        merge: Younger dossiers that go up in the target, oldest first (0..n); each merging is to be recorded.
        reasons: Keys it shares with these dossiers, sorted (0..n).
    """

    target: UUID | None = None
    merge: tuple[UUID, ...] = ()
    reasons: tuple[LinkKey, ...] = ()


def link(keys: Iterable[LinkKey], day: date | None, known: Uses) -> LinkDecision:
    """Decide where a claim belongs.

    Args:
        keys: Keys of the claim; group keys are ignored.
        day: What it is about; None where no paper tells.
        known: Which dossiers bear each strong key today.

    Returns:
        The oldest dossier that shares a strong key near in time, and the younger ones that turn out to be the same
        consignment.
    """
    found = {key: near(key.pair, day, known.get(key.pair, {})) for key in keys if key.is_strong}
    reasons = tuple(sorted(key for key, holders in found.items() if holders))
    holders = sorted({holder for several in found.values() for holder in several})
    if not holders:
        return LinkDecision()
    oldest, *younger = holders
    return LinkDecision(target=oldest.id, merge=tuple(holder.id for holder in younger), reasons=reasons)


def near(pair: tuple[str, str], day: date | None, uses: Mapping[Holder, Use]) -> tuple[Holder, ...]:
    """Which of those that bear a key are near a day, sorted (0..n).

    Where time does not tell, because the claim or all that bear the key have no day, it is the one that bears it latest.
    """
    told = {holder: meet(pair, Use(day, day), use) for holder, use in uses.items()}
    sure = sorted(holder for holder, is_near in told.items() if is_near)
    if sure:
        return tuple(sure)
    open_ones = [holder for holder, is_near in told.items() if is_near is None]
    return (max(open_ones, key=lambda one: (uses[one].last or date.min, -one.number)),) if open_ones else ()


class Filing:
    """Dossiers while claims are filed: which bears which number and when, and which have gone up in which.

    Args:
        have: Has at hand who else bears the strong keys of a dossier, before it is looked whether they are one; None where
            all is at hand.
        joined: Told of each merging: what goes up, in what, and by which keys.

    Attributes:
        uses: Which dossiers bear each strong key; may be filled beforehand.
    """

    def __init__(
        self,
        have: Callable[[Holder], None] | None = None,
        joined: Callable[[Holder, Holder, tuple[LinkKey, ...]], None] | None = None,
    ) -> None:
        self.uses: dict[Pair, dict[Holder, Use]] = {}
        self._have, self._joined = have, joined

    def file(
        self, keys: Iterable[LinkKey], day: date | None, opened: Callable[[], Holder]
    ) -> tuple[Holder, tuple[LinkKey, ...]]:
        """File a claim, and join the dossiers that it shows to be one.

        Args:
            keys: Keys of the claim.
            day: What it is about; None where no paper tells.
            opened: Opens a dossier, younger than all before.

        Returns:
            Its dossier, and the keys by which it joined that (none if it opened it).
        """
        strong = [key for key in keys if key.is_strong]
        if not any(
            self.uses.get(key.pair) for key in strong
        ):  # nobody bears any of them, so that there is nothing to join
            target = opened()
            for key in strong:
                self.uses.setdefault(key.pair, {})[target] = Use(day, day)
            return target, ()
        decision = link(strong, day, self.uses)
        by_id = {one.id: one for key in strong for one in self.uses.get(key.pair, {})}
        target = by_id[decision.target] if decision.target else opened()
        for source in decision.merge:
            self._join(by_id[source], target, decision.reasons)
        for key in strong:
            uses = self.uses.setdefault(key.pair, {})
            uses[target] = uses.get(target, Use()).widened(Use(day, day))
        return self.settle(target, None if decision.merge else [key.pair for key in strong]), decision.reasons

    def settle(self, target: Holder, pairs: Iterable[Pair] | None = None) -> Holder:
        """Join dossiers that have come near each other by the days of their papers, until none are.

        Args:
            target: The dossier that has grown.
            pairs: Keys by which it has; None for all.

        Returns:
            Where it all went.
        """
        while True:
            found = self._touching(target, self._pairs_of(target) if pairs is None else pairs)
            if found is None:
                return target
            pair, other = found
            target, younger = sorted((target, other))
            self._join(younger, target, (LinkKey(*pair, True),))
            pairs = None

    def _touching(self, holder: Holder, pairs: Iterable[Pair]) -> tuple[Pair, Holder] | None:
        """A key by which a dossier has come near another, and that other; None if it stands apart from all."""
        for pair in pairs:
            uses = self.uses.get(pair, {})
            own = uses.get(holder)
            for other in sorted(uses.keys() - {holder}) if own is not None else ():
                if own is not None and meet(pair, own, uses[other]):
                    return pair, other
        return None

    def _pairs_of(self, holder: Holder) -> list[Pair]:
        if self._have is not None:
            self._have(holder)
        return [pair for pair, uses in self.uses.items() if holder in uses]

    def _join(self, source: Holder, target: Holder, reasons: tuple[LinkKey, ...]) -> None:
        for pair in self._pairs_of(source):
            uses = self.uses[pair]
            uses[target] = uses.pop(source).widened(uses.get(target, Use()))
        if self._joined is not None:
            self._joined(source, target, reasons)
