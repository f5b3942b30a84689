# SPDX-License-Identifier: Apache-2.0
"""The house's own past, as rules are measured by it and tried on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID

import msgspec

from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import case_as_of
from cocket.pipeline.consignment.outcomes import learnt_until, outcomes_between
from cocket.pipeline.risk.effort_figures import declared_between
from cocket.pipeline.risk.read_past import PastReader
from cocket.risk import Case, Outcome, Past, PastCase, day_number
from cocket.risk.rules import Looked
from cocket.stores.base.database import Connection
from cocket.stores.risk.rules import RuleHits


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What rules are measured by.

    Attributes:
        looked: One entry an assessed consignment, by day of declaration, oldest first.
        host_rules: Codes of the host's rules among their hits, sorted: its lanes, where it tells no more.
    """

    looked: tuple[Looked, ...]
    host_rules: tuple[str, ...]


def measured_between(
    stores: Stores, connection: Connection, since: date, past: PastReader | None = None, *, again: bool = False
) -> Measured:
    """Consignments declared since then, with the rules that fired and what came of them.

    The chance of examination is known where our advice chose; where the host chose, nobody logged it. Chance drew what went to
    red though it might not have; what an officer sent there had a reason. Of all declarations only those speak that the
    random share of all drew, as the assessment says: a rule's own draws speak for its hits.

    Args:
        stores: The stores of this process.
        connection: A transaction.
        since: First day of declaration.
        past: Reads what is measured; None reads it now.
        again: Whether it reads now too, however new its last reading is.
    """
    read = (past or PastReader(stores)).read(connection, since, None, again=again)
    outcomes = learnt_until(stores, connection, read.size - 1)
    looked = []
    host_rules: set[str] = set()
    known = read.rows
    days = declared_between(known, since, None).days
    for one in sorted(
        (one for one in known if str(one.consignment) in days), key=lambda one: days[str(one.consignment)]
    ):
        outcome = outcomes.get(str(one.consignment))
        made = day_number(one.made)
        lane = (f"host-{one.host_lane}",) if one.host_lane not in (None, "green") else ()
        host_rules.update(lane)
        looked.append(
            Looked(
                id=str(one.consignment),
                day=day_number(datetime.combine(days[str(one.consignment)], time(12), UTC)),
                hits=(*dict.fromkeys(one.rules), *lane),
                is_examined=outcome is not None,
                is_drawn=outcome is not None
                and outcome.propensity is not None
                and outcome.propensity < 1.0
                and one.lane == "red",
                is_random=outcome is not None and outcome.propensity is not None and one.is_random,
                found=bool(outcome and outcome.found),
                duty=one.duty if outcome else None,
                chance=outcome.propensity if outcome else one.propensity or None,
                held_days=max(0.0, outcome.returned - made) if outcome else None,
            )
        )
    return Measured(looked=tuple(looked), host_rules=tuple(sorted(host_rules)))


def instance_past(
    stores: Stores, connection: Connection, since: date, most: int | None = None
) -> tuple[Past, dict[str, float], int]:
    """What this house has assessed of what was declared since then, to try a rule on.

    Of what the papers disagree in nothing is known any more, so a rule that asks for it cannot be told there.

    Args:
        stores: The stores of this process.
        connection: A transaction.
        since: First day of declaration.
        most: Of more than so many, the newest are taken; None takes all.

    Returns:
        The past; the duty recovered by consignment; and how many there are since then (count).
    """
    outcomes = _outcomes(stores, connection)
    every = RuleHits().measured(connection, since)
    days = declared_between(every, since, None).days
    assessed = [one for one in every if str(one.consignment) in days]
    newest_first = sorted(assessed, key=lambda one: (days[str(one.consignment)], one.made), reverse=True)
    measured = {one.consignment: one for one in newest_first[:most]}
    newest = stores.leaves.size(connection) - 1
    cases = []
    for consignment, message in stores.orders.first_assessments(connection, 0, newest):
        known = measured.get(consignment)
        case = _case(stores, connection, consignment, message) if known else None
        if known and case:
            outcome = outcomes.get(str(consignment))
            cases.append(PastCase(case=case, propensity=outcome.propensity if outcome else None))
    cases.sort(key=lambda one: (one.case.facts.day, one.case.facts.id))
    ids = {one.case.facts.id for one in cases}
    duties = {str(one.consignment): one.duty for one in measured.values() if one.duty is not None}
    return (
        Past(tuple(cases), {name: outcome for name, outcome in outcomes.items() if name in ids}),
        duties,
        len(assessed),
    )


def _outcomes(stores: Stores, connection: Connection) -> dict[str, Outcome]:
    """The latest outcome of each consignment that was examined."""
    last = stores.leaves.size(connection) - 1
    return {one.facts.id: one for one in outcomes_between(stores, connection, 0, last)}


def _case(stores: Stores, connection: Connection, consignment: UUID, message_id: UUID) -> Case | None:
    message = stores.messages.get(connection, message_id)
    links = stores.consignments.messages_of(connection, [consignment]).get(consignment, ())
    messages = {one.id: one for one in stores.messages.get_many(connection, [name for name, _ in links])}
    parts = [(messages[name], part) for name, part in links if name in messages]
    case = case_as_of(consignment, parts, message.index) if message else None
    return msgspec.structs.replace(case, differences=None) if case else None
