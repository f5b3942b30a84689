# SPDX-License-Identifier: Apache-2.0
"""Filing messages into dossiers: which claims belong together, which dossiers turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import msgspec

from cocket.consignment import Holder, LinkKey, consignments_of, link
from cocket.pipeline.base.batch import Batch, Context, Filed
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.stores import NewRecord


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of two dossiers found to be one consignment."""

    source: str
    target: str
    keys: tuple[str, ...]


class LinkTable:
    """Dossiers as they stand during one turn: what the database has, and what this turn has changed so far.

    Args:
        context: The turn's context.
        keys: Every strong key that will be asked for.
    """

    def __init__(self, context: Context, keys: Sequence[LinkKey]) -> None:
        self._context = context
        shelf = context.stores.consignments
        owners = shelf.owners(context.connection, [key.pair for key in keys])
        ages = shelf.ages(context.connection, set(owners.values()))
        self._ages = {owner: Holder(number, owner) for owner, number in ages.items()}
        self._holders = {LinkKey(*pair, True): self._ages[owner] for pair, owner in owners.items()}
        self._next = 1 << 62  # dossiers opened in this turn are younger than all before, in the order of opening
        self.opened: list[UUID] = []
        self.moved: dict[UUID, UUID] = {}
        self.records: list[NewRecord] = []

    def file(self, keys: Sequence[LinkKey]) -> UUID:
        """Find or open the dossier of a claim, and join those that it shows to be one."""
        decision = link(keys, self._holders)
        target = decision.target or self._open()
        for source in decision.merge:
            self._join(source, target, decision.reasons)
        for key in keys:
            if key.is_strong:
                self._holders.setdefault(key, self._ages[target])
        return target

    def standing(self, consignment: UUID) -> UUID:
        """The dossier that one has gone up in, or itself."""
        while consignment in self.moved:
            consignment = self.moved[consignment]
        return consignment

    def _open(self) -> UUID:
        self._next += 1
        made = new_id()
        self._ages[made] = Holder(self._next, made)
        self.opened.append(made)
        return made

    def _join(self, source: UUID, target: UUID, reasons: Sequence[LinkKey]) -> None:
        self._holders = {key: self._ages[target] if h.id == source else h for key, h in self._holders.items()}
        self.moved[source] = target
        body = Merged(source=str(source), target=str(target), keys=tuple(f"{key.kind} {key.value}" for key in reasons))
        self.records.append(self._context.stores.sealer.record("merged", SEALED_ASSESSMENT, body, about=target))


def link_messages(turn: Batch, context: Context) -> Batch:
    """Step: file every claim of every message, and write down dossiers, keys and mergings."""
    claims = [
        (message, claim)
        for message in turn.messages
        if message.outcome != "conflict"
        for claim in consignments_of(turn.readings[message.id], message.sender)
    ]
    cabinet = LinkTable(context, [key for _, claim in claims for key in claim.strong])
    filed = [Filed(message, claim, cabinet.file(claim.keys)) for message, claim in claims]
    _write(filed, cabinet, context)
    touched = {cabinet.standing(one.consignment): one.message for one in filed}
    return replace(turn, touched={**turn.touched, **touched}, records=(*turn.records, *cabinet.records))


def _write(filed: Sequence[Filed], cabinet: LinkTable, context: Context) -> None:
    shelf, connection = context.stores.consignments, context.connection
    shelf.create(connection, [(opened, context.now) for opened in cabinet.opened])
    # Mergings first: a strong key has one dossier at any time.
    for source, target in cabinet.moved.items():
        shelf.merge(connection, source, cabinet.standing(target))
    shelf.add_keys(
        connection,
        [(cabinet.standing(one.consignment), key.pair, key.is_strong) for one in filed for key in one.claim.keys],
    )
    shelf.add_messages(
        connection, [(cabinet.standing(one.consignment), one.message.id, one.claim.part) for one in filed]
    )
