# SPDX-License-Identifier: Apache-2.0
"""Filing messages into dossiers: which claims belong together, which dossiers turn out to be one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.consignment import Claim, Correction, Filing, Holder, LinkKey, Use, consignments_of, corrected
from cocket.pipeline.base.batch import Batch, Context, Filed
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.consignment.filed_claims import LINK_CORRECTION, corrections_of, filed_claim, names_of
from cocket.stores import NewRecord
from cocket.stores.consignment.consignments import Key


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of two dossiers found to be one consignment.

    Attributes:
        source: The dossier that went up in the other.
        target: The other.
        keys: What they share, as `kind value` (1..n).
        source_paper: Message and part of the oldest paper that each had of its own; None where it had none yet, and in records
            of before.
        target_paper: The same of the other.
    """

    source: str
    target: str
    keys: tuple[str, ...]
    source_paper: tuple[str, int] | None = None
    target_paper: tuple[str, int] | None = None


class LinkTable:
    """Dossiers as they stand during one turn: what the database has, and what this turn has changed so far.

    Args:
        context: The turn's context.
        keys: Every strong key that will be asked for.
    """

    def __init__(self, context: Context, keys: Iterable[LinkKey]) -> None:
        self._context = context
        self._ages: dict[UUID, Holder] = {}
        self._filing = Filing(self._have, self._join)
        self._next = 1 << 62  # dossiers opened in this turn are younger than all before, in the order of opening
        self.opened: list[UUID] = []
        self.moved: dict[UUID, UUID] = {}
        self.records: list[NewRecord] = []
        self._load({key.pair for key in keys})

    def file(self, claim: Claim) -> UUID:
        """Find or open the dossier of a claim, and join those that it shows to be one."""
        return self._filing.file(claim.keys, claim.day, self._open)[0].id

    def settle(self, consignment: UUID) -> None:
        """Join a dossier with those that it has come near by its keys."""
        holder = self._ages.get(self.standing(consignment))
        if holder is not None:
            self._filing.settle(holder)

    def standing(self, consignment: UUID) -> UUID:
        """The dossier that one has gone up in, or itself."""
        while consignment in self.moved:
            consignment = self.moved[consignment]
        return consignment

    def _open(self) -> Holder:
        self._next += 1
        made = Holder(self._next, new_id())
        self._ages[made.id] = made
        self.opened.append(made.id)
        return made

    def _join(self, source: Holder, target: Holder, reasons: tuple[LinkKey, ...]) -> None:
        self.moved[source.id] = target.id
        told = tuple(f"{key.kind} {key.value}" for key in reasons)
        papers = self._context.stores.consignments.messages_of(self._context.connection, [source.id, target.id])
        oldest = {one: min((str(message), part) for message, part in several) for one, several in papers.items()}
        body = Merged(
            source=str(source.id),
            target=str(target.id),
            keys=told,
            source_paper=oldest.get(source.id),
            target_paper=oldest.get(target.id),
        )
        self.records.append(self._context.stores.sealer.record("merged", SEALED_ASSESSMENT, body, about=target.id))

    def _have(self, holder: Holder) -> None:
        """Have at hand every strong key of a dossier and of those that went up in it, with all who bear them."""
        ids = [holder.id, *(source for source in self.moved if self.standing(source) == holder.id)]
        stored = self._context.stores.consignments.borne_by(self._context.connection, ids)
        self._load({(one.kind, one.value) for one in stored} - self._filing.uses.keys())

    def _load(self, pairs: Collection[Key]) -> None:
        """Have at hand who bears some keys, which are not at hand yet."""
        shelf, connection = self._context.stores.consignments, self._context.connection
        found = shelf.bearers(connection, sorted(pairs))
        unknown = {one.consignment for one in found} - self._ages.keys()
        self._ages |= {owner: Holder(number, owner) for owner, number in shelf.ages(connection, unknown).items()}
        self._filing.uses |= {pair: {} for pair in pairs}
        for one in found:
            holder, uses = self._ages[self.standing(one.consignment)], self._filing.uses[one.kind, one.value]
            uses[holder] = uses.get(holder, Use()).widened(Use(one.first, one.last))


def link_messages(turn: Batch, context: Context) -> Batch:
    """Step: file every claim of every message, and write down dossiers, keys and mergings."""
    said = [
        (message, filed_claim(message, claim))
        for message in turn.messages
        if message.outcome != "conflict"
        for claim in consignments_of(turn.readings[message.id], message.sender, message.received)
    ]
    corrections: tuple[Correction, ...] = ()
    if LINK_CORRECTION in context.kinds_of_files:
        corrections = corrections_of(context.stores, context.connection, names_of([one for _, one in said]))
    claims = [(message, (corrected(one, corrections) if corrections else one).claim) for message, one in said]
    cabinet = LinkTable(context, [key for _, claim in claims for key in claim.strong])
    filed = [Filed(message, claim, cabinet.file(claim)) for message, claim in claims]
    is_plain = not cabinet.moved and _is_plain(turn)
    _write(filed, cabinet, context, is_plain=is_plain)
    touched = {cabinet.standing(one.consignment): one.message for one in filed}
    opened: dict[UUID, dict[tuple[UUID, int], None]] = {one: {} for one in cabinet.opened if not cabinet.moved}
    for one in filed:
        if one.consignment in opened:
            opened[one.consignment][one.message.id, one.claim.part] = None
    return replace(
        turn,
        touched={**turn.touched, **touched},
        records=(*turn.records, *cabinet.records),
        opened={one: list(parts) for one, parts in opened.items()},
        unwritten=tuple(cabinet.opened) if is_plain else (),
    )


#: Kinds of leaves that no step takes dossiers out again for, beside those of messages.
_PLAIN: Final = frozenset({"assessment", "look", "look-ended", "draw-seed"})


def _is_plain(turn: Batch) -> bool:
    """Whether nothing but new papers calls for work, so that no step before dossiers are derived reads rows of those just opened."""
    kinds = {one for one in turn.kinds if not one.startswith("message-")}
    return kinds <= _PLAIN and not any(one.version > 1 for one in turn.messages)


def _write(filed: Sequence[Filed], cabinet: LinkTable, context: Context, *, is_plain: bool) -> None:
    """Write down what was filed; of a plain turn dossiers that it opens are made when they are derived."""
    shelf, connection = context.stores.consignments, context.connection
    new = frozenset() if cabinet.moved else frozenset(cabinet.opened)
    held = [(cabinet.standing(one.consignment), one) for one in filed]
    if not is_plain:
        shelf.create(connection, [(opened, context.now) for opened in cabinet.opened])
    for source, target in cabinet.moved.items():
        shelf.merge(connection, source, cabinet.standing(target))
    shelf.add_keys(
        connection,
        [
            (consignment, key.pair, key.is_strong, one.claim.day, one.claim.day)
            for consignment, one in held
            for key in one.claim.keys
        ],
        new,
    )
    links = [(consignment, one.message.id, one.claim.part) for consignment, one in held]
    shelf.add_messages(connection, links, new)
