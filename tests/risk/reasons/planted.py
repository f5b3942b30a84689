# SPDX-License-Identifier: Apache-2.0
"""A world with planted offences, a model of its past, and what the heads of its later cases suspect."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
import polars as pl

from cocket.risk import Case, Facts, ItemFacts, Outcome, Past, PastCase, Sitting, assess, load_model, replay, train
from cocket.risk.facts import words_of
from cocket.risk.heads import head_of
from cocket.risk.signs import Around, signs_of
from cocket.risk.suspicion import Kind
from cocket.simulation.challenge import challenge

#: Offence of the world → what an officer should look for.
SHOULD: Final[dict[str, Kind]] = {
    "undervaluation": "value",
    "classification": "code",
    "origin": "origin",
    "quantity": "quantity",
}


class Named(msgspec.Struct, frozen=True):
    """A true hit: the offence planted, and what its head suspects first; None if nothing."""

    planted: str
    suspected: Kind | None


def name_hits(name: str, seed: int, size: int, top: float = 0.05) -> list[Named]:
    """What is suspected of the cases that a model puts first and that an examination finds something in.

    Args:
        name: World, as `challenge` takes it.
        seed: Seed of the world.
        size: Declarations (count).
        top: Share of later cases that counts as first (0–1).
    """
    world = challenge(name, seed, size)
    cases = [PastCase(case=Case(facts=_facts(row))) for row in world.entries.iter_rows(named=True)]
    cut = int(0.7 * len(cases))
    past = Past(
        tuple(cases[:cut]),
        _outcomes(world.results, {one.case.facts.id: one for one in cases}, cases[cut].case.facts.day),
    )
    model = load_model(train(past).to_bytes())
    history, sitting = replay(past), Sitting(seen={}, takes=True)
    assessed = assess([one.case for one in cases[cut:]], history, model, sitting=sitting)
    first = sorted(range(len(assessed)), key=lambda place: -assessed[place].score)[: int(top * len(assessed))]
    told = []
    for place in first:
        kind = str(world.kinds[cut + place])
        if kind in SHOULD and world.found[cut + place]:
            one = assessed[place]
            facts = signs_of(one, (sitting.seen or {})[one.id], model, Around(declaration="paper", currency="XXX"))
            suspicion = head_of(facts, one, model, is_random=False).suspicion
            told.append(Named(kind, suspicion.kind if suspicion else None))
    return told


def _facts(row: dict[str, Any]) -> Facts:
    item = ItemFacts(number=1, hs=row["hs"], origin=row["origin"], value=Decimal(str(round(row["value"], 2))),
        duty=Decimal(str(round(row["duty_and_tax"], 2))), gross_mass_kg=row["gross_kg"], net_mass_kg=row["net_kg"],
        packages=row["packages"], preference=None if row["preference"] in ("", "100") else row["preference"],
        words=words_of(row["description"]))  # fmt: skip
    return Facts(id=row["id"], day=row["day"], office=row["office"], importer=row["importer"],
        importer_name=row.get("importer_name"), importer_address=row["importer_address"], declarant=row["declarant"],
        seller=row["seller"], export_country=row["export_country"], items=(item,))  # fmt: skip


def _outcomes(results: pl.DataFrame, cases: dict[str, PastCase], until: float) -> dict[str, Outcome]:
    return {
        row["id"]: Outcome(facts=cases[row["id"]].case.facts, found=row["found"], returned=row["returned"],
            propensity=row["propensity"], offence=row["offence"], recovered=row["duty_recovered"] if row["found"] else None)
        for row in results.iter_rows(named=True) if row["returned"] <= until
    }  # fmt: skip
