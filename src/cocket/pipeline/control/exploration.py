# SPDX-License-Identifier: Apache-2.0
"""Results that tell how far the score may be trusted, and so how much chance is to draw; where the terms explore."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from cocket.control import ControlState, ToldResult, note_results
from cocket.pipeline.base.batch import Context
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.base.wiring import Stores
from cocket.risk.history import Outcome
from cocket.stores.base.database import Connection

#: Where the database keeps what the selection remembers.
CONTROL_PLACE = "control"

#: Whys of a red lane by which the score is judged; a rule, intelligence or an alert would have asked whatever it said.
_BY_SCORE = ("score", "given")


def control_state(stores: Stores, connection: Connection) -> ControlState:
    """What the selection remembers."""
    packed = stores.places.learnt(connection, CONTROL_PLACE)
    return msgspec.msgpack.decode(packed, type=ControlState) if packed else ControlState()


def keep_control_state(context: Context, state: ControlState) -> None:
    """Remember it."""
    context.stores.places.put(context.connection, CONTROL_PLACE, msgspec.msgpack.encode(state))


def steer_exploration(context: Context, outcomes: Sequence[Outcome]) -> None:
    """Hold what examinations found against what was said of them, and set how much chance draws from the next week on.

    Args:
        context: The turn's context.
        outcomes: Results that were sealed since the last turn (0..n). Only examinations that our red lane asked for count.
    """
    book = context.policy
    if not outcomes or not book.explores:
        return
    state = control_state(context.stores, context.connection)
    note_results(state, book, _told(context, outcomes), context.now.toordinal() // 7)
    keep_control_state(context, state)


def _told(context: Context, outcomes: Sequence[Outcome]) -> Iterator[ToldResult]:
    examined = {UUID(one.facts.id): one for one in outcomes if one.origin == "examination"}
    advised = context.stores.orders.assessed(context.connection, list(examined))
    bodies = context.stores.leaves.bodies(context.connection, [one.id for one in advised.values()])
    for consignment, outcome in examined.items():
        stored = advised.get(consignment)
        if stored is None or stored.id not in bodies or stored.lane != "red":
            continue
        advice = msgspec.json.decode(bodies[stored.id][1], type=SealedAdvice)
        if not advice.is_random and (advice.score is None or advice.why not in _BY_SCORE):
            continue
        yield ToldResult(
            office=outcome.facts.office or "",
            flow=outcome.facts.flow,
            found=outcome.found,
            chance=None if advice.is_random else advice.score,
        )
