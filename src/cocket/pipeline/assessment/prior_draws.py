# SPDX-License-Identifier: Apache-2.0
"""What was drawn for consignments before, from the advice sealed then: an amendment is judged by it, and draws nothing anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from cocket.control import KeptDraws, RuleDraw, commit_seed, draw_number
from cocket.model.message import Lane
from cocket.pipeline.base.batch import Context


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a sealed advice was drawn."""

    consignment: str
    lane: str
    draw: str | None = None
    number: float | None = None
    chance: float | None = None
    drawn_as: str | None = None
    rule_draws: tuple[RuleDraw, ...] = ()


_DECODE = msgspec.json.Decoder(_Sealed)


def prior_draws(context: Context, earlier: Mapping[UUID, tuple[date, Lane]]) -> dict[UUID, KeptDraws]:
    """What was drawn for each consignment before.

    Args:
        context: The turn's context.
        earlier: Day (UTC) on which each was first assessed, and the lane it has (0..n).

    Returns:
        The draws by consignment. Its newest advice tells them, since each carries on those of all before. Of two dossiers found to be
        one, the draw of the one that stands holds if it has any, else that of the other; so pointing an amendment at
        an older dossier draws nothing anew. Advice of an earlier edition does not tell them all; there the
        number is made again from the seed of the first day, and the consignment is left out where that seed is gone.
    """
    if not earlier:
        return {}
    stored = context.stores.orders.newest_of_each(context.connection, list(earlier))
    ids = [one.id for several in stored.values() for one in several]
    bodies = context.stores.leaves.bodies(context.connection, ids)
    kept = {}
    for consignment, several in stored.items():
        day, lane = earlier[consignment]
        told = [_DECODE.decode(bodies[one.id][1]) for one in several if one.id in bodies]
        draws = _told(str(consignment), told) or _made_again(context, consignment, day)
        if draws is not None:
            standing = next((one for one in several if one.lane == lane), None)
            kept[consignment] = msgspec.structs.replace(
                draws,
                propensity=standing.propensity if standing else 0.0,
                is_random=standing.is_random if standing else False,
            )
    return kept


def _told(consignment: str, told: Sequence[_Sealed]) -> KeptDraws | None:
    """What sealed advice tells of draws, newest first; None where none tells all of one."""
    told = sorted(told, key=lambda one: one.consignment != consignment)
    for one in told:
        if one.draw is not None and one.number is not None and one.chance is not None:
            rules = {draw.code: draw for other in reversed(told) for draw in other.rule_draws}
            return KeptDraws(
                drawn_as=one.drawn_as or one.consignment,
                number=one.number,
                chance=one.chance,
                commitment=one.draw,
                propensity=0.0,
                rules=tuple(rules.values()),
            )
    return None


def _made_again(context: Context, consignment: UUID, day: date) -> KeptDraws | None:
    """The number of advice that does not tell it, under no share: whether it was drawn, its lane shows."""
    seed = context.stores.orders.seed(context.connection, day)
    if seed is None:
        return None
    number = draw_number(seed, str(consignment))
    return KeptDraws(drawn_as=str(consignment), number=number, chance=0.0, commitment=commit_seed(seed), propensity=0.0)
