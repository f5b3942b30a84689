# SPDX-License-Identifier: Apache-2.0
"""One batch of the assessment worker: what the steps hand to each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

import msgspec

from cocket.consignment import Claim, Entry, Paper, Summary
from cocket.control import Asking, PolicyBook, Selection
from cocket.mirror import Difference
from cocket.model import Reading
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.base.wiring import Stores
from cocket.risk import Assessment, Case, Facts, History, Reason
from cocket.risk.assessment import Basis
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredOrder
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.risk.rules import StoredHit
from cocket.stores.tracking.alerts import StoredAlert

if TYPE_CHECKING:
    from cocket.measures.tariff import Calculator
    from cocket.risk.models import Model
    from cocket.risk.rules import Rulebook
    from cocket.screening import Screened, Screener, Subject

#: Dossiers looked at again in one turn at most, because what is known of names has changed (count).
MOST_RESCREENED: Final = 64


class ReadyLists(Protocol):
    """The lists that names are screened against, made ready."""

    def screener(self, connection: Connection) -> Screener | None:
        """What screens against the lists as they are now; None where there are none."""

    def screen(self, connection: Connection, subjects: Sequence[Subject]) -> dict[str, tuple[Screened, ...]]:
        """Subject's key → its hits; subjects without a hit are left out."""


class ReadyRules(Protocol):
    """The rules of the lab, made ready."""

    def now(self, connection: Connection) -> tuple[Rulebook, Rulebook]:
        """Rules that count, and rules that run in shadow."""


class ReadyModels(Protocol):
    """The models of the house, loaded."""

    @property
    def champion(self) -> Model | None:
        """The model whose scores select; None if there is none."""

    @property
    def beside(self) -> tuple[Model, ...]:
        """Models that are tried beside it (0..2)."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What every step of a turn may use.

    Attributes:
        shelves: The stores.
        connection: The turn's one transaction.
        history: What is known of the past; changed by the turn.
        lookout: The lists that names are screened against.
        rulebooks: Rules of the lab that count, and those in shadow.
        speakers: The models that speak, and those tried beside them.
        seed: Today's seed of the random share, committed in the book before.
        now: When the turn began, UTC.
        most_recalled: Dossiers taken out again at most for what is known of names (count).
    """

    stores: Stores
    connection: Connection
    history: History
    lookout: ReadyLists
    rulebooks: ReadyRules
    speakers: ReadyModels
    seed: bytes
    now: datetime
    most_recalled: int = MOST_RESCREENED

    @cached_property
    def calculator(self) -> Calculator | None:
        """The calculator of the tariff as the turn found it; None if there is no tariff."""
        return calculator_of(self.stores.settings)

    @cached_property
    def policy(self) -> PolicyBook:
        """The terms of examination as the turn found them."""
        return policy_of(self.stores.settings)

    @cached_property
    def kinds_of_files(self) -> frozenset[str]:
        """Kinds of which the house has files as the turn found them: a step whose kind it has none of asks for nothing."""
        return self.stores.case_files.kinds(self.connection)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch on its way through the steps; each step gives a new one.

    Attributes:
        first: First leaf index of this turn.
        last: Last leaf index of this turn.
        messages: Messages of this turn in index order.
        readings: What was read in each.
        touched: Dossiers that something changed in, each with the message that changed it last.
        papers: Papers of each dossier touched.
        versioned: Messages of before among those of `papers`, under whose reference another version was refused.
        dossiers: What the papers of each dossier touched come to.
        facts: The flat facts of the declaration that holds, by dossier; dossiers in which none holds are left out.
        cases: What is assessed, by dossier.
        assessments: One a case, in the same order.
        bases: Case id → what its assessment rests on.
        moved: Case id → what an officer is told where a table of partners moved its score.
        alerts: Red alerts that stand and were not explained, by dossier (1..n each).
        mirrored: Where a partner's records differ, by dossier: the messages of ours that declare it, and the difference (1..n each).
        refused: Refused versions of papers that say something else, by dossier (1..n each).
        asking: Rules of the lab that fired and what they ask for, by dossier.
        hits: Every rule that fired, in shadow too.
        selections: One a case, in the same order.
        causes: Why a dossier was taken out again, in words, where it was no paper that called for it.
        records: What will be sealed at the end of the turn.
        kinds: Kinds of the leaves of this turn: what it has none of need not be asked for.
        opened: Dossiers opened in this turn, each with its messages and parts: nothing of before is about them. Those that others
            went up in, or that were parted, are not among them.
        ordered: Orders on dossiers opened in this turn, which have none of before.
        unwritten: Those of `opened` that the database has no row of yet, in the order of opening.
    """

    first: int = 0
    last: int = -1
    messages: tuple[StoredMessage, ...] = ()
    readings: dict[UUID, Reading] = {}
    touched: dict[UUID, StoredMessage] = {}
    papers: dict[UUID, tuple[Paper, ...]] = {}
    versioned: frozenset[UUID] = frozenset()
    dossiers: dict[UUID, Summary] = {}
    facts: dict[UUID, Facts] = {}
    cases: dict[UUID, Case] = {}
    assessments: tuple[Assessment, ...] = ()
    bases: dict[str, Basis] = {}
    moved: dict[str, Reason] = {}
    alerts: dict[UUID, tuple[StoredAlert, ...]] = {}
    mirrored: dict[UUID, tuple[tuple[tuple[str, ...], Difference], ...]] = {}
    refused: dict[UUID, tuple[Entry, ...]] = {}
    asking: dict[UUID, tuple[Asking, ...]] = {}
    hits: tuple[StoredHit, ...] = ()
    selections: tuple[Selection, ...] = ()
    causes: dict[UUID, str] = {}
    records: tuple[NewRecord, ...] = ()
    kinds: frozenset[str] = frozenset()
    opened: dict[UUID, list[tuple[UUID, int]]] = {}
    unwritten: tuple[UUID, ...] = ()
    ordered: tuple[StoredOrder, ...] = ()

    def known_before(self, consignments: Iterable[UUID]) -> list[UUID]:
        """Those of some dossiers that something of before may be about (0..n)."""
        return [one for one in consignments if one not in self.opened]


def records_in(turn: Batch, context: Context, kinds: Sequence[str]) -> list[tuple[StoredLeaf, bytes]]:
    """Records of some kinds among the leaves of a turn, in index order (0..n)."""
    if turn.kinds.isdisjoint(kinds):
        return []
    return context.stores.leaves.records_between(context.connection, turn.first, turn.last, kinds)


@dataclass(frozen=True)
class Filed:
    """One claim of one message, and the dossier it went to."""

    message: StoredMessage
    claim: Claim
    consignment: UUID
