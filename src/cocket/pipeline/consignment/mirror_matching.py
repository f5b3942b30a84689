# SPDX-License-Identifier: Apache-2.0
"""Steps of the assessment worker that hold dossiers against a partner's records, and what is said of one.

Records are used while an agreement in force allows it for control. What was found is sealed with the dossier, and sealed anew only
where it changed; a dossier on file is taken out again when a record comes that shares a number with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from cocket.errors import SettingsError
from cocket.findings import Finding
from cocket.governance.agreements import Agreement
from cocket.mirror import Difference, Exchange, Match, TradeRecord, differences_of, match
from cocket.pipeline.base.batch import Batch, Context, records_in
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_records import (
    CONTROL,
    RECORD,
    KeptRecord,
    counterparts,
    own_record,
    usable,
)
from cocket.pipeline.consignment.papers import newest_messages, papers_of
from cocket.risk.suspicion import in_place
from cocket.settings import Settings
from cocket.stores.base.database import Connection

#: Kind of the sealed record of what a partner's records say of a dossier.
HIT: Final = "mirror-hit"

#: Dossiers that are looked at beside one, because they share a number with the same record (count).
_MOST_BESIDE: Final = 50


class MirrorHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a partner's records say of one dossier.

    Attributes:
        consignment: The dossier.
        country: Of the partner.
        agreement: Under which its records are used; empty once nothing is matched any more.
        theirs: Names of the partner's records, as kept (0..n).
        references: Their own numbers (0..n).
        beside: Other dossiers that are of the same shipment (0..n).
        match: Why they are one shipment; None once nothing is matched any more.
        differences: Where they differ (0..n).
        notes: What was assumed, left out, or waits (0..n).
    """

    consignment: str
    country: str
    agreement: str = ""
    theirs: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    match: Match | None = None
    differences: tuple[Difference, ...] = ()
    notes: tuple[Finding, ...] = ()


def reassess_mirrored(turn: Batch, context: Context) -> Batch:
    """Step: take out again dossiers on file that share a number with a record which a partner gave."""
    told = records_in(turn, context, (RECORD,))
    names = {name for _, body in told for name in msgspec.json.decode(body, type=KeptRecord).record.names}
    if not names:
        return turn
    found: list[UUID] = []
    for part in _parts(sorted(names)):
        found += [line.id for line in context.stores.consignments.find(context.connection, part, limit=_MOST_FOUND)]
    wanted = [one for one in dict.fromkeys(found) if one not in turn.touched]
    return replace(turn, touched={**turn.touched, **newest_messages(context.stores, context.connection, wanted)})


def match_mirror(turn: Batch, context: Context) -> Batch:
    """Step: hold each declared dossier against a partner's records; where they differ, it goes with the case."""
    if not turn.cases or RECORD not in context.kinds_of_files:
        return turn
    agreements = usable(context.stores, context.connection, CONTROL)
    exchange, today = exchange_of(context.stores.settings), _day(context)
    cases, mirrored, records = dict(turn.cases), dict(turn.mirrored), list(turn.records)
    for consignment, case in turn.cases.items():
        own = own_record(consignment, turn.papers[consignment])
        hit = _hit(context.stores, context.connection, own, agreements, (today, exchange)) if own is not None else None
        last = last_hit(context.stores, context.connection, consignment)
        if hit is None and last is not None and last.match is not None:
            hit = MirrorHit(consignment=str(consignment), country=last.country)
        if hit is not None and hit != last:
            made = context.stores.sealer.record(HIT, SEALED_ASSESSMENT, hit, about=consignment, at=context.now)
            records.append(made)
        if hit is not None and hit.differences:
            mirrored[consignment] = hit.differences
            says = tuple(in_place(one.message, one.arguments) for one in hit.differences)
            cases[consignment] = msgspec.structs.replace(case, mirror=says)
    return replace(turn, cases=cases, mirrored=mirrored, records=tuple(records))


def last_hit(stores: Stores, connection: Connection, consignment: UUID) -> MirrorHit | None:
    """What was last sealed of a dossier; None if nothing ever was."""
    told = stores.leaves.records_about(connection, consignment, (HIT,))
    return msgspec.json.decode(told[-1][1], type=MirrorHit) if told else None


def mirror_of(stores: Stores, connection: Connection, consignment: UUID) -> MirrorHit | None:
    """What is shown of a dossier: what was sealed last, while the agreement that it rests on is in force."""
    hit = last_hit(stores, connection, consignment)
    if hit is None or hit.match is None:
        return None
    return hit if hit.agreement in usable(stores, connection, CONTROL) else None


def exchange_of(settings: Settings) -> Exchange:
    """Exchange rates of the house; without a tariff none is known, and money of two currencies is not compared."""
    try:
        calculator = calculator_of(settings)
    except SettingsError:  # the pages of duties say so; here money is not compared
        calculator = None
    if calculator is None:
        return Exchange(currency="", rate_of=lambda _currency, _day: None)
    rates = calculator.rates

    def rate_of(currency: str, day: date) -> Decimal | None:
        return rates.of(currency, day)

    return Exchange(currency=calculator.tariff.currency, rate_of=rate_of)


def _hit(
    stores: Stores,
    connection: Connection,
    own: TradeRecord,
    agreements: Mapping[str, Agreement],
    when: tuple[date, Exchange],
) -> MirrorHit | None:
    """What the records of one partner say of a dossier; None where none is of the same shipment."""
    found = counterparts(stores, connection, [own], agreements)
    by_country: dict[str, list[KeptRecord]] = {}
    for kept in found.values():
        by_country.setdefault(kept.country, []).append(kept)
    for country, several in sorted(by_country.items()):
        beside = _beside(stores, connection, own, [kept.record for kept in several])
        if (hit := _hit_of(own, beside, several, (country, agreements), when)) is not None:
            return hit
    return None


def _hit_of(
    own: TradeRecord,
    beside: Sequence[TradeRecord],
    several: Sequence[KeptRecord],
    partner: tuple[str, Mapping[str, Agreement]],
    when: tuple[date, Exchange],
) -> MirrorHit | None:
    country, agreements = partner
    is_ours_export = own.flow == "export"
    names = {kept.record.id: kept for kept in several}
    theirs, ours = [kept.record for kept in several], [own, *beside]
    ours_country = agreements[several[0].agreement].own_country or None
    sides = (ours, theirs) if is_ours_export else (theirs, ours)
    countries = (ours_country, country) if is_ours_export else (country, ours_country)
    matched = match(*sides, countries, when[0])
    one = next((each for each in matched.matches if own.id in (*each.exports, *each.imports)), None)
    if one is None:
        return None
    by_id = {record.id: record for record in (*theirs, *ours)}
    compared = differences_of(one, by_id, *when, is_ours_export=is_ours_export)
    met = [names[name] for name in (one.imports if is_ours_export else one.exports)]
    return MirrorHit(
        consignment=own.id,
        country=country,
        agreement=met[0].agreement,
        theirs=tuple(kept.name for kept in met),
        references=tuple(kept.record.reference for kept in met if kept.record.reference),
        beside=tuple(name for name in (one.exports if is_ours_export else one.imports) if name != own.id),
        match=one,
        differences=compared.differences,
        notes=compared.notes,
    )


def _beside(
    stores: Stores, connection: Connection, own: TradeRecord, theirs: Sequence[TradeRecord]
) -> list[TradeRecord]:
    """Our other dossiers that share a number with the same records: parts of one shipment, or others in one container."""
    names = sorted({name for record in theirs for name in record.names})
    lines = stores.consignments.find(connection, names, limit=_MOST_BESIDE) if names else []
    ids = [line.id for line in lines if str(line.id) != own.id]
    found = (own_record(one, papers) for one, papers in papers_of(stores, connection, ids).items())
    return [one for one in found if one is not None and one.flow == own.flow]


def _day(context: Context) -> date:
    return context.now.astimezone(UTC).astimezone(ZoneInfo(context.stores.settings.time_zone)).date()


#: Names looked up at once, and dossiers found by them at most (counts).
_AT_ONCE: Final = 500
_MOST_FOUND: Final = 5_000


def _parts(names: Sequence[tuple[str, str]]) -> list[Sequence[tuple[str, str]]]:
    return [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
