# SPDX-License-Identifier: Apache-2.0
"""Random trade, small and messy: few parties, gaps, ties in time, several spellings, values that are zero."""

from __future__ import annotations

from random import Random

import polars as pl

from cocket.risk.features import COLUMN_NAMES, Entry, Label, Memory, Terms

SCHEMA = {
    name: pl.Float64 if name in ("day", "value", "freight", "duty_and_tax", "net_kg", "gross_kg", "bill_gross_kg")
    else pl.Int64 if name in ("packages", "bill_packages")
    else pl.Boolean if name == "is_authorised"
    else pl.String
    for name in Entry.__struct_fields__
}  # fmt: skip

_WORDS = ("red", "cotton", "shirts", "frozen", "chicken", "steel", "pumps", "goods", "of", "various", "kinds")


def some_rows(seed: int, size: int = 400) -> tuple[list[Entry], list[Label]]:
    """Entries in the order of their days, and results of some of them."""
    dice = Random(seed)
    day, entries, labels = 20_000.0, [], []
    for number in range(size):
        day += dice.choice((0.0, 0.01, dice.expovariate(3.0), dice.expovariate(0.5)))
        entries.append(_entry(dice, f"E{number}", day))
        if dice.random() < 0.4:
            returned = day + dice.choice((-1.0, 0.0, 1.0, dice.expovariate(0.1)))
            labels.append(
                Label(id=f"E{number}", returned=returned, found=dice.random() < 0.3, weight=dice.choice((1.0, 0.4)))
            )
    labels.append(Label(id="nobody's", returned=day, found=True))
    return entries, labels


def _entry(dice: Random, number: str, day: float) -> Entry:
    def maybe(*values: str) -> str | None:
        return dice.choice((*values, *values, *values, None))

    def amount(scale: float) -> float | None:
        return dice.choice((None, 0.0, *[round(dice.lognormvariate(0, 1) * scale, 2)] * 10))

    who, gross, packages = dice.randrange(6), amount(110.0), dice.choice((None, 0, 5, 10, 40))
    return Entry(
        id=number,
        day=day,
        office=maybe("A", "B"),
        importer=maybe(f"I{who}", f"I{who}-new"),
        importer_name=maybe(f"Firm {who} Ltd", f"FIRM {who} LIMITED", "Ltd"),
        importer_address=maybe(f"{who // 2} Mill Street, Town", f"TOWN, Mill Str. {who // 2}"),
        importer_phone=maybe(f"+999 200 {1000 + who}", f"00999-200-{1000 + who}", "12"),
        is_authorised=dice.choice((True, False, None)),
        declarant=maybe("D1", "D2", "D3"),
        seller=maybe("S1", "S2"),
        carrier=maybe("C1"),
        origin=maybe("XB", "XC"),
        export_country=maybe("XB", "XF"),
        hs=maybe("610910", "610990", "6203", "62", "84137000"),
        hs_edition=maybe("2017", "2022"),
        description=maybe(" ".join(dice.choices(_WORDS, k=4)), "12 34"),
        preference=maybe("200", ""),
        value=amount(100_000.0),
        freight=amount(500.0),
        duty_and_tax=amount(9_000.0),
        net_kg=amount(100.0),
        gross_kg=gross,
        packages=packages,
        transport_document=maybe(f"B{dice.randrange(40)}"),
        bill_gross_kg=dice.choice((gross, gross, amount(110.0))),
        bill_packages=dice.choice((packages, packages, None, 10)),
    )


def tables_of(entries: list[Entry], labels: list[Label]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same as tables."""
    rows = {name: [getattr(entry, name) for entry in entries] for name in SCHEMA}
    results = {name: [getattr(label, name) for label in labels] for name in Label.__struct_fields__}
    schema = {"id": pl.String, "returned": pl.Float64, "found": pl.Boolean, "weight": pl.Float64}
    return pl.DataFrame(rows, schema=SCHEMA), pl.DataFrame(results, schema=schema)


def one_by_one(entries: list[Entry], labels: list[Label], terms: Terms) -> pl.DataFrame:
    """Features of the entries, each taken as it comes."""
    memory = Memory(terms)
    for label in labels:
        memory.learn(label)
    rows = []
    for entry in entries:
        rows.append(memory.features(entry))
        memory.observe(entry)
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMN_NAMES, pl.Float64), orient="row")
