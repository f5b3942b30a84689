# SPDX-License-Identifier: Apache-2.0
"""Parting dossiers whose papers no longer hang together, and joining those that officers found to be one.

An amendment may take a number back, an officer may say that a paper does not belong, or that two dossiers are one, or take
either back. Then the papers of the dossiers concerned are linked afresh. An id stays with the papers it was first assessed
for; others get back the id that was theirs before they were joined, else a new one. Orders, advice, results, journeys and
alerts go with the papers they are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.consignment import groups, search_keys, uses_in
from cocket.pipeline.base.batch import Batch, Context, records_in
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.consignment.dossier_homes import Homes, Part, homes_in
from cocket.pipeline.consignment.filed_claims import LINK_CORRECTION, LinkCorrection, claims_of
from cocket.pipeline.consignment.linking import LinkTable
from cocket.pipeline.consignment.papers import newest_messages
from cocket.stores import NewRecord
from cocket.stores.control.orders import ORDERS, OVERRIDES
from cocket.stores.tracking.alerts import Alerts
from cocket.stores.tracking.journeys import Journeys

#: Kind of the record of a dossier that was parted.
PARTED: Final = "parted"

#: Kind of the same record about the dossier that was made.
PARTED_FROM: Final = "parted-from"

#: What is said in the timeline of why a dossier was taken out again.
_CAUSES: Final = {
    "amended": "an amendment took a number back",
    "corrected": "links corrected by {who}",
}


class Parted(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of papers that were taken out of a dossier into one of their own.

    Attributes:
        source: The dossier they were in.
        target: The dossier they are in now.
        papers: Message and part of each (1..n).
        numbers: Keys that the two have in common and that no longer join, as `kind value`, sorted (0..n).
        assessments: Assessments made for these papers, which went with them (0..n).
        journeys: Journeys that name them, which went with them (0..n).
        alerts: Alerts on these journeys (0..n).
        results: Results of their goods, which went with them (0..n).
        addresses: Ids that had gone up in the dossier and lead to the other now, itself where it stands again (0..n).
        handed_over: Table (`control_order`, `override`), dossier whose it was and dossier whose it is now, in order (0..n).
        lane: Lane last advised for what stays; None where nothing was.
        score: Its score; None where there is none.
        assessment: Its assessment; None where there is none.
    """

    source: str
    target: str
    papers: tuple[tuple[str, int], ...]
    numbers: tuple[str, ...] = ()
    assessments: tuple[str, ...] = ()
    journeys: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    handed_over: tuple[tuple[str, str, str], ...] = ()
    lane: str | None = None
    score: float | None = None
    assessment: str | None = None


def relink_dossiers(turn: Batch, context: Context) -> Batch:
    """Step: link afresh the dossiers of amendments, and those that officers corrected; write down what parts and what joins."""
    causes = _wanted(turn, context)
    if not causes:
        return turn
    records: list[NewRecord] = []
    changed: dict[UUID, str] = {}
    for dossier, cause in causes.items():
        for one in _relinked(dossier, context, records):
            changed[one] = cause
    if not changed:
        return turn
    known = {dossier: message for dossier, message in turn.touched.items() if dossier not in changed}
    moved = context.stores.consignments.standing_of(context.connection, list(known))
    touched = {moved.get(dossier, dossier): message for dossier, message in known.items()}
    newest = newest_messages(context.stores, context.connection, list(changed))
    told = {dossier: cause for dossier, cause in changed.items() if dossier in newest}
    return replace(
        turn,
        touched={**touched, **newest},
        causes={**turn.causes, **told},
        records=(*turn.records, *records),
        opened={one: parts for one, parts in turn.opened.items() if one not in changed},
    )


def _wanted(turn: Batch, context: Context) -> dict[UUID, str]:
    """Dossiers to be linked afresh, with why."""
    shelf, connection = context.stores.consignments, context.connection
    amended = [one.id for one in turn.messages if one.version > 1 and one.outcome == "accepted"]
    found = dict.fromkeys(sorted(shelf.of_messages(connection, amended)), _CAUSES["amended"]) if amended else {}
    told = records_in(turn, context, (LINK_CORRECTION,))
    for leaf, body in told:
        kept = msgspec.json.decode(body, type=LinkCorrection)
        standing = shelf.standing_of(connection, [UUID(one) for one in kept.dossiers]).values()
        lies_in = shelf.of_message(connection, UUID(kept.message)) if kept.message else []
        found |= dict.fromkeys([*standing, *lies_in], _CAUSES["corrected"].format(who=leaf.actor))
    return found


def _relinked(dossier: UUID, context: Context, records: list[NewRecord]) -> set[UUID]:
    """Dossiers that are other than they were once one was linked afresh; none where nothing changed."""
    stores, connection = context.stores, context.connection
    (standing,) = stores.consignments.standing_of(connection, [dossier]).values() or (dossier,)
    claims, unread = claims_of(stores, connection, [standing])
    before = {(one.kind, one.value): one for one in stores.consignments.borne_by(connection, [standing])}
    parts = groups(claims[standing]) if standing not in unread else (claims[standing],)
    changed: dict[UUID, Part] = {}
    if len(parts) > 1:
        changed = _parted(standing, parts, context, records)
    else:
        changed[standing] = parts[0]
    if standing not in unread:
        stores.consignments.put_keys(
            connection,
            changed,
            [
                (one, pair, is_strong, use.first, use.last)
                for one, several in changed.items()
                for pair, (is_strong, use) in uses_in(several).items()
            ],
        )
    strong = {key for several in changed.values() for claim in several for key in claim.claim.strong}
    table = LinkTable(context, strong)
    for one in changed:
        table.settle(one)
    for source, target in table.moved.items():
        stores.consignments.merge(connection, source, table.standing(target))
    records += table.records
    if len(parts) == 1 and not table.moved:
        after = {(one.kind, one.value): one for one in stores.consignments.borne_by(connection, [standing])}
        return {standing} if after.keys() != before.keys() else set()
    return {table.standing(one) for one in changed}


def _parted(standing: UUID, parts: Sequence[Part], context: Context, records: list[NewRecord]) -> dict[UUID, Part]:
    """Part a dossier; the papers of each that there is then."""
    stores, connection = context.stores, context.connection
    homes = homes_in(standing, parts, context)
    stays = homes.ids[standing]
    names = {place: homes.names.get(place) or new_id() for place in range(len(parts))}
    fresh = [one for place, one in names.items() if place not in homes.names]
    stores.consignments.create(connection, [(one, context.now) for one in fresh])
    told = [
        _part((standing, one), (parts[stays], parts[place]), place, homes, context)
        for place, one in names.items()
        if place != stays
    ]
    told[-1] = replace(told[-1], handed_over=tuple(_handed_over(names, homes, context)))
    for one in told:
        records.append(stores.sealer.record(PARTED, SEALED_ASSESSMENT, one, about=standing))
        records.append(stores.sealer.record(PARTED_FROM, SEALED_ASSESSMENT, one, about=UUID(one.target)))
    return {one: parts[place] for place, one in names.items()}


def _handed_over(names: Mapping[int, UUID], homes: Homes, context: Context) -> Iterator[tuple[str, str, str]]:
    """Give each part the order and the officer's lane of its goods, wherever these stand; what was handed over, in order."""
    for table, found in ((ORDERS.table, homes.orders), (OVERRIDES.table, homes.overrides)):
        holders = dict(found)
        for _ in found:  # one that makes room for another goes first
            for holder, place in list(holders.items()):
                target = names[place]
                if target not in holders:
                    context.stores.consignments.hand_over(context.connection, table, (holder, target))
                    holders[target] = holders.pop(holder)
                    yield table, str(holder), str(target)


def _part(two: tuple[UUID, UUID], papers: tuple[Part, Part], place: int, homes: Homes, context: Context) -> Parted:
    """Take papers out of a dossier into another, with what is about them; what is to be sealed of it.

    Args:
        two: The dossier, and the one that they go to.
        papers: Papers that stay, and papers that go.
        place: Which part of the dossier's papers goes.
        homes: Where what lies with the dossier belongs.
        context: The turn's context.
    """
    stores, connection = context.stores, context.connection
    source, target = two
    stay, go = papers
    moved = [one for one in homes.assessed if homes.assessments.get(one.id) == place]
    results = [one for one, belongs in homes.results.items() if belongs == place]
    addresses = [one for one, belongs in homes.ids.items() if belongs == place]
    journeys = tuple(_journeys_of(source, papers, context))
    alerts = Alerts().of_journeys(connection, journeys)
    stores.consignments.part(
        connection, two, [(UUID(one.message), one.claim.part) for one in go], [one.id for one in moved]
    )
    stores.consignments.lead(connection, {one: stores.sealer.subject(str(one)) for one in addresses}, two, results)
    Journeys().relink(connection, journeys, target)
    for journey in journeys:
        Alerts().link(connection, journey, target)
    left = [one for one in homes.assessed if homes.assessments.get(one.id, homes.ids[source]) == homes.ids[source]]
    newest = left[-1] if left else None
    if newest is not None and moved:
        stores.consignments.advise(connection, [(source, newest.lane, newest.score, newest.id)])
    bare, kept = uses_in(go), uses_in(stay)
    return Parted(
        source=str(source),
        target=str(target),
        papers=tuple((one.message, one.claim.part) for one in go),
        numbers=tuple(sorted(" ".join(pair) for pair in bare.keys() & kept.keys())),
        assessments=tuple(str(one.id) for one in moved),
        journeys=tuple(map(str, journeys)),
        alerts=alerts,
        results=tuple(map(str, results)),
        addresses=tuple(map(str, addresses)),
        lane=newest.lane if newest else None,
        score=newest.score if newest else None,
        assessment=str(newest.id) if newest else None,
    )


def _journeys_of(source: UUID, two: tuple[Part, Part], context: Context) -> Iterable[UUID]:
    """Journeys of a dossier whose reference only the papers that go bear."""
    stay, go = (uses_in(claims).keys() for claims in two)
    for journey in Journeys().of_consignment(context.connection, source):
        named = {key.pair for key in search_keys(journey.reference)}
        if named & go and not named & stay:
            yield journey.id
