# SPDX-License-Identifier: Apache-2.0
"""By whom and of which goods a dossier is found: made from the declaration that holds, and again when that changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from cocket.consignment import Paper
from cocket.model import GovernmentAgencyGoodsItem, Party
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.wiring import Stores, open_stores
from cocket.pipeline.consignment.dossiers import facts_declared, moment_of, newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.risk import Facts, ItemFacts
from cocket.settings import Settings
from cocket.stores.base.database import Database
from cocket.stores.consignment.marks import Mark, Marks

_NOT_IN_A_VALUE: Final = re.compile(r"[\W_]+")

#: Longest value and name of a mark (characters).
_LONGEST: Final = 200

#: An address with fewer letters and digits than this is one that too many have (characters).
_SHORTEST_ADDRESS: Final = 12

#: Dossiers read at once where marks are made for dossiers of before (count).
_AT_ONCE: Final = 500


def value_of(text: str) -> str:
    """A number or name in the form in which parties are compared: letters and digits alone, upper case."""
    return _NOT_IN_A_VALUE.sub("", text).upper()[:_LONGEST]


def marks_of(consignment: UUID, papers: tuple[Paper, ...]) -> tuple[Mark, ...]:
    """The marks of a dossier, sorted (0..n); none where no declaration holds."""
    return _marks(consignment, papers, facts_declared(consignment, papers))


def _marks(consignment: UUID, papers: tuple[Paper, ...], facts: Facts | None) -> tuple[Mark, ...]:
    paper = newest_declaration(papers)
    if paper is None or paper.declaration is None or facts is None:
        return ()
    declaration = paper.declaration
    day = moment_of(declaration, paper.received).date()
    shipment = declaration.shipment
    parties = (
        ("IMPORTER", facts.importer, (shipment.importer, shipment.consignee, shipment.buyer)),
        ("DECLARANT", facts.declarant, (declaration.declarant, declaration.agent)),
        ("SELLER", facts.seller, (shipment.seller, shipment.exporter, shipment.consignor)),
        ("CARRIER", facts.carrier, (shipment.carrier,)),
    )
    found = [Mark(kind, key[:_LONGEST], consignment, _name(several), day) for kind, key, several in parties if key]
    address = value_of(facts.importer_address or "")
    if len(address) >= _SHORTEST_ADDRESS:
        found.append(Mark("ADDRESS", address, consignment, None, day))
    found += [Mark("HS", code[:_LONGEST], consignment, None, day, per_kg) for code, per_kg in _goods(facts)]
    origins = {origin for item in shipment.items for origin in _origins(item)}
    found += [Mark("ORIGIN", origin, consignment, None, day) for origin in origins]
    return tuple(sorted(found, key=lambda one: (one.kind, one.value)))


def _origins(item: GovernmentAgencyGoodsItem) -> set[str]:
    """Countries of origin of an item; an empty one where it states none."""
    return {one.country_code.upper()[:_LONGEST] for one in item.origins if one.country_code} or {""}


def _name(parties: Sequence[Party | None]) -> str | None:
    """The name of the party that facts speak of: the first that has a number or a name."""
    named = next((one for one in parties if one and (one.id or one.name)), None)
    return named.name[:_LONGEST] if named and named.name else None


def _goods(facts: Facts) -> Iterator[tuple[str, float | None]]:
    """Commodity codes with the value of one kg of all goods of that code; None where any of them does not state it."""
    codes: dict[str, list[ItemFacts]] = {}
    for item in facts.items:
        if item.hs:
            codes.setdefault(item.hs, []).append(item)
    for code, items in codes.items():
        masses = [item.net_mass_kg or item.gross_mass_kg or 0.0 for item in items]
        values = [float(item.value) if item.value and item.value > 0 else 0.0 for item in items]
        is_stated = all(mass > 0 for mass in masses) and all(values)
        yield code, sum(values) / sum(masses) if is_stated else None


def mark_dossiers(turn: Batch, context: Context) -> Batch:
    """Step: write by whom and of which goods each dossier is found."""
    marks = {one: _marks(one, papers, turn.facts.get(one)) for one, papers in turn.papers.items()}
    Marks().put(context.connection, marks, turn.opened)
    return turn


def ensure_marks(settings: Settings, dsn: str) -> None:
    """See that dossiers of a database from before there were marks, or marks of origins, have theirs; quick where they do."""
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            row = connection.execute(
                """select not exists (select from consignment_mark where kind = 'ORIGIN')
                and exists (select from consignment where is_declared and not is_cancelled and merged_into is null)"""
            ).fetchone()
    finally:
        database.close()
    if row and row[0]:
        stores = open_stores(settings, dsn)
        try:
            fill_marks(stores)
        finally:
            stores.database.close()


def fill_marks(stores: Stores) -> int:
    """Make the marks of every dossier, all of them or none; how many dossiers there are (count)."""
    after, done = UUID(int=0), 0
    with stores.database.transaction() as connection:
        while True:
            rows = connection.execute(
                "select id from consignment where id > %s and merged_into is null order by id limit %s",
                (after, _AT_ONCE),
            ).fetchall()
            if not rows:
                return done
            ids = [row[0] for row in rows]
            papers = papers_of(stores, connection, ids)
            Marks().put(connection, {one: marks_of(one, papers.get(one, ())) for one in ids})
            after, done = ids[-1], done + len(ids)
