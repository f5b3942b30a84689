# SPDX-License-Identifier: Apache-2.0
"""Random trade, small and messy: few parties, gaps, ties in time, several spellings, values that are zero."""

from __future__ import annotations

from itertools import groupby
from random import Random

import msgspec
import polars as pl

from cocket.risk.features import COLUMN_NAMES, Entry, Label, Memory, Terms
from cocket.risk.features.batch import CORRECTED

SCHEMA = {
    name: pl.Float64 if name in ("day", "share", "value", "freight", "duty_and_tax", "net_kg", "gross_kg", "bill_gross_kg")
    else pl.Int64 if name in ("packages", "bill_packages")
    else pl.Boolean if name == "is_authorised"
    else pl.String
    for name in Entry.__struct_fields__
}  # fmt: skip

_WORDS = ("red", "cotton", "shirts", "frozen", "chicken", "steel", "pumps", "goods", "of", "various", "kinds")


def some_rows(seed: int, size: int = 400) -> tuple[list[Entry], list[Label]]:
    """Entries in the order of their days, and results of some of them."""
    dice = Random(seed)
    day, entries, labels, is_more = 20_000.0, [], [], False
    for number in range(size):
        if not is_more:
            day += dice.choice((0.0, 0.01, dice.expovariate(3.0), dice.expovariate(0.5)))
        entry = _entry(dice, f"E{number}", day)
        if is_more:
            entry = _item_of(entries[-1], entry)
        elif dice.random() < 0.2:
            entry = msgspec.structs.replace(entry, declaration=f"D{number}", share=dice.choice((0.5, 1 / 3)))
        entries.append(entry)
        is_more = entry.declaration is not None and dice.random() < 0.6
        if dice.random() < 0.4:
            returned = day + dice.choice((-1.0, 0.0, 1.0, dice.expovariate(0.1)))
            labels.append(_label(dice, f"E{number}", returned))
    labels.append(Label(id="nobody's", returned=day, found=True))
    return entries, labels


def _label(dice: Random, number: str, returned: float) -> Label:
    """A result: a third are finds, of which most tell what was otherwise."""
    found, weight = dice.random() < 0.3, dice.choice((1.0, 0.4))
    if not found or dice.random() < 0.2:
        return Label(id=number, returned=returned, found=found, weight=weight)
    return Label(
        id=number,
        returned=returned,
        found=True,
        weight=weight,
        value_ratio=dice.choice((None, 1.4, 900.0, 0.0)),
        quantity_ratio=dice.choice((None, 0.5, 2.0)),
        found_hs=dice.choice((None, "610990", "841370", "62", "999999")),
        found_origin=dice.choice((None, "XB", "XC", "XZ")),
    )


def _item_of(before: Entry, entry: Entry) -> Entry:
    """The entry as a further item of the declaration before it."""
    shared = ("declaration", "share", "importer", "importer_name", "importer_phone", "transport_document")
    return msgspec.structs.replace(entry, **{name: getattr(before, name) for name in shared})


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
    schema = {"id": pl.String, "returned": pl.Float64, "found": pl.Boolean, "weight": pl.Float64, **CORRECTED}
    results = {name: [getattr(label, name) for label in labels] for name in schema}
    return pl.DataFrame(rows, schema=SCHEMA), pl.DataFrame(results, schema=schema)


def one_by_one(entries: list[Entry], labels: list[Label], terms: Terms) -> pl.DataFrame:
    """Features of the entries, each taken as it comes."""
    memory = Memory(terms)
    for label in labels:
        memory.learn(label)
    rows = []
    for _, items in groupby(entries, key=lambda entry: entry.declaration or entry.id):
        looks = memory.look(list(items))
        rows += [look.row for look in looks]
        memory.take(looks)
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMN_NAMES, pl.Float64), orient="row")
