# SPDX-License-Identifier: Apache-2.0
"""A past of cases as the tables that models learn from: a row a goods item, made as the desk makes it."""

from __future__ import annotations

import polars as pl

from cocket.risk.features import Entry, Terms, entries_of
from cocket.risk.models.layered_v1 import LayeredFile
from cocket.risk.models.learning import Origin, train_layered
from cocket.risk.past import Past

_NUMBERS = ("day", "share", "value", "freight", "duty_and_tax", "net_kg", "gross_kg", "bill_gross_kg", "bill_packages")
_SCHEMA: dict[str, type[pl.DataType]] = {
    name: pl.Float64 if name in _NUMBERS else {"packages": pl.Int64, "is_authorised": pl.Boolean}.get(name, pl.String)
    for name in Entry.__struct_fields__
}
_RESULTS: dict[str, type[pl.DataType]] = {
    "id": pl.String, "returned": pl.Float64, "found": pl.Boolean, "offence": pl.String, "duty_recovered": pl.Float64,
    "propensity": pl.Float64, "weight": pl.Float64,
}  # fmt: skip


def train_on_past(past: Past, origin: Origin | None = None) -> LayeredFile:
    """Train on cases with results; raises as `train_layered`."""
    entries, results = tables_of(past)
    return train_layered(entries, results, Terms(), origin or Origin(data_root="", code_version=""))


def tables_of(past: Past) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Entries and results of a past, as `train_layered` takes them.

    A result is told of each item with the item's share of it; what was recovered is parted by the duty declared.
    """
    rows = [entry for each in past.cases for entry in entries_of(each.case.facts)]
    results = [
        (entry.id, one.returned, one.found, one.family, _part(one.recovered, entry, items), one.propensity, entry.share)
        for one in past.outcomes.values()
        for items in (entries_of(one.facts),)
        for entry in items
    ]
    entries = pl.DataFrame({name: [getattr(row, name) for row in rows] for name in _SCHEMA}, schema=_SCHEMA)
    return entries, pl.DataFrame(results, schema=_RESULTS, orient="row")


def _part(recovered: float | None, entry: Entry, items: tuple[Entry, ...]) -> float | None:
    if recovered is None:
        return None
    duties = [item.duty_and_tax for item in items if item.duty_and_tax is not None]
    total = sum(duties)
    known = len(duties) == len(items) and total > 0
    return recovered * ((entry.duty_and_tax or 0.0) / total if known else entry.share)
