# SPDX-License-Identifier: Apache-2.0
"""Where what lies with a dossier belongs once its papers part: its ids, orders, advice and results go with the goods they are for.

Every id has a home: the papers for which it was first assessed (the declaration), or, where it never was, the oldest paper
that it had before it was joined with others. So an id that went up in another dossier is an address of its own papers again
once these part, and orders and results go back to the goods they were made for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.consignment import FiledClaim
from cocket.pipeline.base.batch import Context
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.consignment.linking import Merged
from cocket.stores.control.orders import StoredAssessment, StoredOrder

#: Papers that belong together.
Part = tuple[FiledClaim, ...]


@dataclass(frozen=True)
class Homes:
    """What lies with a dossier, by the place (0..n-1) of the part that it belongs to.

    Attributes:
        assessed: Assessments of the dossier, oldest first.
        ids: The dossier and those that went up in it.
        assessments: Assessments.
        results: Results.
        orders: Dossiers under whose id an order stands, by where that order belongs.
        overrides: The same of lanes that officers set.
        names: The id by which each part is known; parts without one need a new one.
    """

    assessed: tuple[StoredAssessment, ...]
    ids: Mapping[UUID, int]
    assessments: Mapping[UUID, int]
    results: Mapping[UUID, int]
    orders: Mapping[UUID, int]
    overrides: Mapping[UUID, int]
    names: Mapping[int, UUID]


def homes_in(standing: UUID, parts: Sequence[Part], context: Context) -> Homes:
    """Where everything belongs that lies with a dossier whose papers part.

    Args:
        standing: The dossier.
        parts: Its papers as they belong together, in the order of their first ones (2..n).
        context: The turn's context.
    """
    stores, connection = context.stores, context.connection
    gone_up = stores.consignments.gone_up_in(connection, standing)
    ages = stores.consignments.ages(connection, gone_up)
    assessed = tuple(stores.orders.assessments_of(connection, standing))
    advice, firsts = _advice(assessed, parts, context)
    ids = _ids(standing, gone_up, parts, firsts, context)
    names: dict[int, UUID] = {}
    for one in (standing, *sorted(gone_up, key=lambda known: ages[known])):
        if one in ids:
            names.setdefault(ids[one], one)
    every = [standing, *gone_up]
    orders = stores.orders.order_of(connection, every)
    overrides = stores.orders.overrides(connection, every)
    results = stores.orders.results_of(connection, [standing])
    acts = [order.record for order in orders.values()] + [override.record for override in overrides.values()]
    leaves = stores.leaves.of_records(
        connection, [*(act for act in acts if act is not None), *(one.id for one in results)]
    )
    by_subject = {stores.sealer.subject(str(one)): one for one in every}
    about = {leaf.record: by_subject.get(leaf.subject, standing) for leaf in leaves}

    def home(record: UUID | None, holder: UUID) -> int:
        known = about.get(record, holder) if record is not None else holder
        return ids.get(known, ids[standing])

    made = {one.made: advice[one.id] for one in assessed if one.id in advice}
    of_orders = {key: made.get(one.created, home(one.record, key)) for key, one in orders.items()}
    current = orders.get(standing)
    return Homes(
        assessed=assessed,
        ids=ids,
        assessments=advice,
        results={
            one.id: of_orders[standing]
            if about.get(one.id) == standing and _is_after(one.at, current)
            else home(one.id, standing)
            for one in results
        },
        orders=of_orders,
        overrides={key: home(one.record, key) for key, one in overrides.items()},
        names=names,
    )


def _is_after(at: datetime, order: StoredOrder | None) -> bool:
    """Whether a result came under an order that stands with the dossier."""
    return order is not None and at >= order.created


def _advice(
    assessed: Sequence[StoredAssessment], parts: Sequence[Part], context: Context
) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """The part whose goods each assessment is about; and the part that each id was first assessed for."""
    of_message: dict[str, int] = {}
    for place, part in enumerate(parts):
        for claim in part:
            of_message.setdefault(claim.message, place)
    bodies = context.stores.leaves.bodies(context.connection, [one.id for one in assessed])
    advice: dict[UUID, int] = {}
    firsts: dict[UUID, int] = {}
    for one in assessed:
        told = msgspec.json.decode(bodies[one.id][1], type=SealedAdvice) if one.id in bodies else None
        goods = [told.declaration, told.message] if told is not None else [str(one.message)]
        known = [of_message[message] for message in goods if message in of_message]
        if known:
            advice[one.id] = known[0]
            firsts.setdefault(UUID(told.consignment) if told is not None else one.consignment, known[0])
    return advice, firsts


def _ids(
    standing: UUID, gone_up: Sequence[UUID], parts: Sequence[Part], firsts: Mapping[UUID, int], context: Context
) -> dict[UUID, int]:
    """The part that is the home of each id; of the dossier itself there is always one."""
    of_paper = {claim.place: place for place, part in enumerate(parts) for claim in part}
    joined: dict[UUID, Merged] = {}
    for _, body in context.stores.leaves.records_about(context.connection, standing, ["merged"]):
        told = msgspec.json.decode(body, type=Merged)
        joined[UUID(told.source)] = told
    ids = {one: firsts[one] for one in gone_up if one in firsts}
    for one in gone_up:
        paper = joined[one].source_paper if one in joined else None
        if one not in ids and paper in of_paper:
            ids[one] = of_paper[paper]
    own = next((told.target_paper for told in joined.values() if told.target == str(standing)), None)
    ids[standing] = firsts.get(standing, of_paper.get(own, 0) if own is not None else 0)
    return ids
