# SPDX-License-Identifier: Apache-2.0
"""Evidence tables that are held, our own random draw, and the one table that is in use, if any.

A table is used only while the agreements it came under are in force, and only as it was sealed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import CocketError
from cocket.governance.agreements import standing_on
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.partner_agreements import newest_agreements, today_of
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import outcomes_between
from cocket.risk.joint import (
    PARTNER_EVIDENCE,
    Comparison,
    EvidenceTable,
    JointCard,
    Lifts,
    RandomCase,
    adjust,
    lifts_of,
)
from cocket.risk.joint.table import cells_of
from cocket.stores.base.database import Connection

#: Kind of the document of a table that is held; of the sealed statement of what we gave; of the table in use; of a comparison.
TABLE: Final = "joint-table"
GIVEN: Final = "joint-given"
USE: Final = "joint-use"
COMPARISON: Final = "joint-comparison"

#: Name of the one document of what is in use.
IN_USE: Final = "table"

#: What is exchanged, of `cocket.governance.agreements.EXCHANGES`.
JOINT: Final = "joint"

_EPOCH: Final = date(1970, 1, 1)


class KeptTable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An evidence table as it is held; also its sealed record.

    Attributes:
        name: By which it is known here.
        parties: Whose examinations it holds, by country (1..n): one partner, or several summed.
        agreements: Under which it came, or was summed (1..n).
        purpose: For what it was given.
        digest: SHA-256 of the letter that brought it, or of the round it was summed in, hexadecimal.
        table: The table.
        card: What the partner tells of its model; None where it gave none.
        own: What we put into a sum ourselves, to be taken out again: chapter, origin, examined, found (0..n).
        by: Who took it in.
        at: When, UTC.
    """

    name: str
    parties: tuple[str, ...]
    agreements: tuple[str, ...]
    purpose: str
    digest: str
    table: EvidenceTable
    card: JointCard | None = None
    own: tuple[tuple[str, str, int, int], ...] = ()
    by: str
    at: datetime

    @property
    def is_sum(self) -> bool:
        """Whether several were summed."""
        return len(self.parties) > 1

    @property
    def who(self) -> str:
        """Whose examinations it tells of, by countries."""
        return ", ".join(self.parties)

    def lifts(self) -> Lifts:
        """What it tells, without what we put in ourselves."""
        return lifts_of(self.table, {(hs2, origin): (examined, found) for hs2, origin, examined, found in self.own})


class TableUse(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a table moves scores; also its sealed record.

    Attributes:
        state: `on` or `off`.
        table: Name of the table.
        weight: The part of it that is taken (0–1).
        comparison: The test that it was turned on after.
        persons: Who proposed it, and who agreed (2..n).
        reason: Why, in words.
        at: When, UTC.
    """

    state: Literal["on", "off"]
    table: str
    weight: float
    comparison: Comparison
    persons: tuple[str, ...]
    reason: str
    at: datetime


class Weighing(msgspec.Struct, frozen=True, kw_only=True):
    """What moves scores now.

    Attributes:
        who: Whose examinations it tells of, by countries.
        lifts: What it tells.
        weight: The part of it that is taken (0–1).
    """

    who: str
    lifts: Lifts
    weight: float


def weighing_now(stores: Stores, connection: Connection) -> Weighing | None:
    """The table that moves scores now; None where none does: it was changed, or an agreement it came under is not in force."""
    files = DocumentFiles(stores)
    try:
        use = files.read_sealed(connection, USE, IN_USE, TableUse)
        if use is None or use.state != "on":
            return None
        kept = files.read_sealed(connection, TABLE, use.table, KeptTable)
    except CocketError:
        return None
    if kept is None or not are_in_force(stores, connection, kept):
        return None
    return Weighing(who=kept.who, lifts=_lifts(msgspec.json.encode(kept)), weight=use.weight)


def are_in_force(stores: Stores, connection: Connection, kept: KeptTable) -> bool:
    """Whether every agreement that a table came under holds today, and lets it be used for control."""
    today, known = today_of(stores), newest_agreements(stores, connection)
    return all(
        name in known
        and standing_on(known[name], today) == "in-force"
        and JOINT in known[name].exchanges
        and "control" in known[name].purposes
        for name in kept.agreements
    )


def random_cases(
    stores: Stores, connection: Connection, since: date | None = None, until: date | None = None
) -> list[RandomCase]:
    """Our own random draw: consignments whose number fell below the share drawn at random, whatever their score, and were examined.

    Args:
        stores: The stores.
        connection: The transaction.
        since: First day of the declarations; None for all.
        until: Last day; None for all.

    Returns:
        Each once, with the newest result (0..n). The score is that of our own model, without what a table added.
    """
    last = stores.leaves.size(connection) - 1
    outcomes = {
        UUID(one.facts.id): one
        for one in outcomes_between(stores, connection, 0, last)
        if one.origin == "examination" and not one.adds
    }
    assessed = stores.orders.assessed(connection, list(outcomes))
    bodies = stores.leaves.bodies(connection, [one.id for one in assessed.values()])
    found = []
    for consignment, one in sorted(assessed.items()):
        if one.id not in bodies:
            continue
        outcome = outcomes[consignment]
        day = _EPOCH + timedelta(days=int(outcome.facts.day))
        if (since is not None and day < since) or (until is not None and day > until):
            continue
        advice = msgspec.json.decode(bodies[one.id][1], type=SealedAdvice)
        if advice.number is None or advice.chance is None or advice.number >= advice.chance:
            continue
        found.append(
            RandomCase(
                id=str(consignment),
                day=day,
                cells=cells_of(outcome.facts),
                score=own_score(advice),
                found=outcome.found,
                flow=outcome.facts.flow or "",
            )
        )
    return found


def own_score(advice: SealedAdvice) -> float | None:
    """What our own model told, without what a table of partners added."""
    moved = sum(one.weight or 0.0 for one in advice.reasons if one.code == PARTNER_EVIDENCE)
    return advice.score if advice.score is None or not moved else adjust(advice.score, -moved, 1.0)


@lru_cache(maxsize=4)
def _lifts(body: bytes) -> Lifts:
    return msgspec.json.decode(body, type=KeptTable).lifts()
