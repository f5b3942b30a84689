# SPDX-License-Identifier: Apache-2.0
"""Steps of the assessment worker that hold dossiers against a partner's records, and what is said of one.

Records are used while an agreement in force allows it for control. What was found is sealed with the dossier, and sealed anew only
where it changed; a dossier on file is taken out again when a record comes that shares a number with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from cocket.consignment import Paper
from cocket.errors import SettingsError
from cocket.findings import Finding
from cocket.governance.agreements import Agreement
from cocket.mirror import TELLS_OF, Difference, Exchange, Match, TradeRecord, differences_of, leaving_days, match
from cocket.mirror.matching import State, Windows
from cocket.pipeline.base.batch import Batch, Context, records_in
from cocket.pipeline.base.partner_agreements import AGREEMENT, today_of
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.base.unopenable import statements_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_records import (
    CONTROL,
    MIRROR,
    RECORD,
    KeptRecord,
    OwnDeclaration,
    RecordsReach,
    counterparts,
    dossier_of,
    own_declarations,
    own_records,
    usable,
)
from cocket.pipeline.consignment.papers import newest_messages, papers_of
from cocket.risk.suspicion import in_place
from cocket.settings import Settings
from cocket.stores.base.database import Connection

#: Kind of the sealed record of what a partner's records say of a dossier.
HIT: Final = "mirror-hit"

#: What is said where an agreement named fields once, and names them no more, and the code of it.
NOT_NAMED: Final = (
    "The agreement does not name {fields} any more: what was kept of these before is neither shown nor used"
)
_UNNAMED: Final = "mirror-not-named"

LoneState = State | Literal["fits"]

#: What is asked of an import of which a partner's records hold no export, by how that stands.
LONE: Final[dict[LoneState, str]] = {
    "missing": "Did the goods of {number} leave {country}? Its records cover {first_day} to {last_day}, when they can have left, "
    "and hold no export that fits",
    "waits": "Did the goods of {number} leave {country}? Its records hold no export that fits yet. They reach from {since_day} to "
    "{until_day}; it is called missing at the latest once they cover {first_day} to {last_day}, when the goods can have left",
    "unclear": "Did the goods of {number} leave {country}? Its records hold exports that may be theirs, and none clearly is",
    "fits": "The records of {country} hold an export that fits {number} by parties, goods and mass, without a number in common. They are "
    "compared once this dossier is assessed again",
}

#: Dossiers that are looked at beside one, because they share a number with the same record (count).
_MOST_BESIDE: Final = 50


class MirrorHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a partner's records say of one declaration of a dossier, or of several that are parts of one shipment.

    Attributes:
        consignment: The dossier.
        declaration: Which of its declarations: the end of the id of the record that it is; empty for the first.
        ours: Numbers of the declarations of the dossier that it is of (0..n).
        messages: The messages that declare these, the newest last (0..n).
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
    declaration: str = ""
    ours: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    country: str
    agreement: str = ""
    theirs: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    match: Match | None = None
    differences: tuple[Difference, ...] = ()
    notes: tuple[Finding, ...] = ()


class MirrorLone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An import of which a partner's records hold no export, though they are of that time.

    Attributes:
        ours: Its number.
        country: Of the partner.
        agreement: Under which its records are used.
        state: `missing`, `unclear`, `waits` until the partner's records cover the days on which the goods can have left, or `fits`: an
            export without a number in common came since it was assessed.
        first: First day on which they can have left.
        last: Last such day.
        since: First day that the partner's records cover.
        until: Last such day.
        says: The same as a question.
    """

    ours: str
    country: str
    agreement: str
    state: LoneState
    first: date
    last: date
    since: date
    until: date
    says: Finding


def reassess_mirrored(turn: Batch, context: Context) -> Batch:
    """Step: take out again dossiers on file that share a number with a record which a partner gave, or of which something was said that
    an agreement does not let be used any more.
    """
    told = records_in(turn, context, (RECORD,))
    names = {name for _, body in told for name in msgspec.json.decode(body, type=KeptRecord).record.names}
    found = _no_longer_said(context) if records_in(turn, context, (AGREEMENT,)) else []
    if not names and not found:
        return turn
    for part in _parts(sorted(names)):
        found += [line.id for line in context.stores.consignments.find(context.connection, part, limit=_MOST_FOUND)]
    wanted = [one for one in dict.fromkeys(found) if one not in turn.touched]
    return replace(turn, touched={**turn.touched, **newest_messages(context.stores, context.connection, wanted)})


def _no_longer_said(context: Context) -> list[UUID]:
    """Dossiers of which something was said that no agreement lets be used today (0..n)."""
    hits = {
        (hit.consignment, hit.declaration): hit
        for _, hit in statements_of(context.stores, context.connection, HIT, MirrorHit)
    }
    agreements = usable(context.stores, context.connection, CONTROL)
    over = [
        hit
        for hit in hits.values()
        if hit.match is not None
        and (
            hit.agreement not in agreements or _as_named(agreements[hit.agreement], hit).differences != hit.differences
        )
    ]
    return [UUID(one) for one in dict.fromkeys(hit.consignment for hit in over)]


def match_mirror(turn: Batch, context: Context) -> Batch:
    """Step: hold each declared dossier against a partner's records; where they differ, it goes with the case."""
    if not turn.cases or RECORD not in context.kinds_of_files:
        return turn
    agreements = usable(context.stores, context.connection, CONTROL)
    exchange, today = exchange_of(context.stores.settings), _day(context)
    cases, mirrored, records = dict(turn.cases), dict(turn.mirrored), list(turn.records)
    for consignment, case in turn.cases.items():
        own = own_declarations(consignment, turn.papers[consignment])
        found = _hits(context.stores, context.connection, own, agreements, (today, exchange))
        last = last_hits(context.stores, context.connection, consignment)
        for name, hit in last.items():
            if hit.match is not None and name not in found:
                found[name] = MirrorHit(consignment=str(consignment), declaration=name, country=hit.country)
        for name, hit in sorted(found.items()):
            if hit != last.get(name):
                made = context.stores.sealer.record(HIT, SEALED_ASSESSMENT, hit, about=consignment, at=context.now)
                records.append(made)
        if differing := [hit for _, hit in sorted(found.items()) if hit.differences]:
            mirrored[consignment] = tuple((hit.messages, one) for hit in differing for one in hit.differences)
            says = tuple(_said(hit, one, is_alone=len(own) == 1) for hit in differing for one in hit.differences)
            cases[consignment] = msgspec.structs.replace(case, mirror=says)
    return replace(turn, cases=cases, mirrored=mirrored, records=tuple(records))


def _said(hit: MirrorHit, one: Difference, *, is_alone: bool) -> str:
    """A difference in words; of a dossier with several declarations with the number of the one that it is of."""
    told = in_place(one.message, one.arguments)
    return told if is_alone or not hit.ours else f"{', '.join(hit.ours)}: {told}"


def last_hits(stores: Stores, connection: Connection, consignment: UUID) -> dict[str, MirrorHit]:
    """What was last sealed of each declaration of a dossier (0..n)."""
    told = stores.leaves.records_about(connection, consignment, (HIT,))
    hits = (msgspec.json.decode(body, type=MirrorHit) for _, body in told)
    return {hit.declaration: hit for hit in hits}


def mirror_of(stores: Stores, connection: Connection, consignment: UUID) -> tuple[MirrorHit, ...]:
    """What is shown of a dossier: what was sealed last, while the agreement that it rests on is in force and as far as it names the
    fields today (0..n).
    """
    hits = [hit for hit in last_hits(stores, connection, consignment).values() if hit.match is not None]
    agreements = usable(stores, connection, CONTROL) if hits else {}
    return tuple(_as_named(agreements[hit.agreement], hit) for hit in hits if hit.agreement in agreements)


def lone_of(
    stores: Stores, connection: Connection, consignment: UUID, papers: Iterable[Paper], reach: RecordsReach
) -> tuple[MirrorLone, ...]:
    """Imports of a dossier of which the records of the country that they are from hold no export, as of today (0..n).

    Nothing is said of a partner that gave no record of an export yet.
    """
    agreements = usable(stores, connection, CONTROL)
    if not agreements:
        return ()
    met = {
        name
        for hit in last_hits(stores, connection, consignment).values()
        if hit.match is not None and hit.agreement in agreements
        for name in hit.match.imports
    }
    found: list[MirrorLone] = []
    own = [one for one in own_records(consignment, papers) if one.flow == "import" and one.id not in met]
    for agreement in agreements.values():
        alone = [one for one in own if one.country == agreement.country]
        covered = reach.days(connection, agreement) if alone else None
        if covered is None:
            continue
        near = counterparts(stores, connection, alone, {agreement.name: agreement}).values()
        countries = agreement.country, agreement.own_country or None
        matched = match([one.record for one in near], alone, countries, today_of(stores), Windows(covered=covered))
        states: dict[str, LoneState] = {one.record: one.state for one in matched.imports}
        found += [
            _lone(one, agreement, state, covered)
            for one in alone
            if (state := states.get(one.id, "fits")) != "not-expected"
        ]
    return tuple(found)


def _lone(one: TradeRecord, agreement: Agreement, state: LoneState, covered: tuple[date, date]) -> MirrorLone:
    first, last = leaving_days(one)
    days = {"first_day": first, "last_day": last, "since_day": covered[0], "until_day": covered[1]}
    told = {name: day.isoformat() for name, day in days.items() if f"{{{name}}}" in LONE[state]}
    told |= {"number": one.reference or "–", "country": agreement.country}
    return MirrorLone(
        ours=one.reference,
        country=agreement.country,
        agreement=agreement.name,
        state=state,
        first=first,
        last=last,
        since=covered[0],
        until=covered[1],
        says=Finding(code=f"mirror-export-{state}", severity="info", message=LONE[state], arguments=told),
    )


def _as_named(agreement: Agreement, hit: MirrorHit) -> MirrorHit:
    """What was said of a declaration without what tells of fields that the agreement names no more; that is said instead."""
    reasons = hit.match.reasons if hit.match is not None else ()
    codes = [one.code for one in hit.differences] + [one.code for one in (*hit.notes, *reasons)]
    fields = set(agreement.exchanges[MIRROR])
    needs = {code: set(TELLS_OF.get(code, ())) for code in codes}
    gone = {code for code, needed in needs.items() if needed and not needed & fields}
    if not gone or hit.match is None:
        return hit
    known = next((one.arguments["fields"].split(", ") for one in hit.notes if one.code == _UNNAMED), [])
    unnamed = sorted({*known, *(name for code in gone for name in needs[code])} - fields)
    return msgspec.structs.replace(
        hit,
        match=msgspec.structs.replace(
            hit.match, reasons=tuple(one for one in hit.match.reasons if one.code not in gone)
        ),
        differences=tuple(one for one in hit.differences if one.code not in gone),
        notes=(*(one for one in hit.notes if one.code not in {*gone, _UNNAMED}), _not_named(unnamed)),
    )


def _not_named(fields: Iterable[str]) -> Finding:
    return Finding(code=_UNNAMED, severity="info", message=NOT_NAMED, arguments={"fields": ", ".join(fields)})


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


def _hits(
    stores: Stores,
    connection: Connection,
    own: Sequence[OwnDeclaration],
    agreements: Mapping[str, Agreement],
    when: tuple[date, Exchange],
) -> dict[str, MirrorHit]:
    """What partners' records say of each declaration of a dossier, by its place; those of parts of one shipment stand at the first."""
    by_id = {one.record.id: one for one in own if one.record is not None}
    found: dict[str, MirrorHit] = {}
    met: set[str] = set()
    for flow in ("export", "import"):
        records = [one.record for one in by_id.values() if one.record is not None and one.record.flow == flow]
        by_country: dict[str, list[KeptRecord]] = {}
        for kept in counterparts(stores, connection, records, agreements).values():
            by_country.setdefault(kept.country, []).append(kept)
        for country, several in sorted(by_country.items()):
            left = [record for record in records if record.id not in met]
            beside = _beside(stores, connection, left, [kept.record for kept in several])
            for matched, hit in _hits_of((left, beside), several, (country, agreements), when):
                mine = [by_id[name] for name in by_id if name in matched]
                met |= {one.record.id for one in mine if one.record is not None}
                numbers = (one.record.reference for one in mine if one.record is not None)
                place = next(one.record.id.partition("/")[2] for one in mine if one.record is not None)
                found[place] = msgspec.structs.replace(
                    hit,
                    declaration=place,
                    ours=tuple(filter(None, numbers)),
                    messages=tuple(one.message for one in mine),
                )
    return found


def _hits_of(
    sides: tuple[Sequence[TradeRecord], Sequence[TradeRecord]],
    several: Sequence[KeptRecord],
    partner: tuple[str, Mapping[str, Agreement]],
    when: tuple[date, Exchange],
) -> Iterator[tuple[set[str], MirrorHit]]:
    """Matches of a dossier's records, and of others beside it, with those of one partner: our ids in each, and what it says."""
    country, agreements = partner
    own, beside = sides
    if not own:
        return
    is_ours_export = own[0].flow == "export"
    names = {kept.record.id: kept for kept in several}
    theirs, ours = [kept.record for kept in several], [*own, *beside]
    ours_country = agreements[several[0].agreement].own_country or None
    matched = match(
        *((ours, theirs) if is_ours_export else (theirs, ours)),
        (ours_country, country) if is_ours_export else (country, ours_country),
        when[0],
    )
    by_id = {record.id: record for record in (*theirs, *ours)}
    of_dossier = {record.id for record in own}
    for one in matched.matches:
        mine = set(one.exports if is_ours_export else one.imports)
        if mine.isdisjoint(of_dossier):
            continue
        compared = differences_of(one, by_id, *when, is_ours_export=is_ours_export)
        met = [names[name] for name in (one.imports if is_ours_export else one.exports)]
        unnamed = sorted({field for kept in met for field in kept.unnamed})
        yield (
            mine & of_dossier,
            MirrorHit(
                consignment=dossier_of(own[0].id),
                country=country,
                agreement=met[0].agreement,
                theirs=tuple(kept.name for kept in met),
                references=tuple(kept.record.reference for kept in met if kept.record.reference),
                beside=tuple(sorted({dossier_of(name) for name in mine - of_dossier})),
                match=one,
                differences=compared.differences,
                notes=(*compared.notes, *([_not_named(unnamed)] if unnamed else ())),
            ),
        )


def _beside(
    stores: Stores, connection: Connection, own: Sequence[TradeRecord], theirs: Sequence[TradeRecord]
) -> list[TradeRecord]:
    """Records of other dossiers of ours that share a number with the same records: parts of one shipment, or others in one container."""
    names = sorted({name for record in theirs for name in record.names})
    lines = stores.consignments.find(connection, names, limit=_MOST_BESIDE) if names and own else []
    ids = [line.id for line in lines if str(line.id) != dossier_of(own[0].id)]
    found = (
        record for one, papers in papers_of(stores, connection, ids).items() for record in own_records(one, papers)
    )
    return [one for one in found if one.flow == own[0].flow]


def _day(context: Context) -> date:
    return context.now.astimezone(UTC).astimezone(ZoneInfo(context.stores.settings.time_zone)).date()


#: Names looked up at once, and dossiers found by them at most (counts).
_AT_ONCE: Final = 500
_MOST_FOUND: Final = 5_000


def _parts(names: Sequence[tuple[str, str]]) -> list[Sequence[tuple[str, str]]]:
    return [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
