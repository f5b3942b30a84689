# SPDX-License-Identifier: Apache-2.0
"""Tables that models learn from and score: cases as the assessment worker makes them, a row a goods item, or anyone's own."""

from __future__ import annotations

import msgspec
import polars as pl

from cocket.errors import SettingsError
from cocket.risk.features import Entry, Terms, entries_of
from cocket.risk.history import Outcome
from cocket.risk.hubs import Hubs, Identity
from cocket.risk.models.cells import DECLARATIONS, RESULTS, declarations_in, results_in
from cocket.risk.models.layered_v1 import LayeredFile
from cocket.risk.models.learning import Origin, train_layered
from cocket.risk.models.threshold import threshold_in
from cocket.risk.past import Past

_SCHEMA: dict[str, type[pl.DataType]] = {name: form.kind for name, form in DECLARATIONS.items()}
#: Results as `train_layered` takes them.
RESULT_TYPES: dict[str, type[pl.DataType]] = {
    name: form.kind for name, form in RESULTS.items() if name not in ("found_value", "found_net_kg")
}

#: Columns that may hold a hub.
_HUB_COLUMNS: dict[str, Identity] = {"importer_address": "address", "importer_phone": "phone"}

#: What a table of results may tell beside, as figures → the declared one that each is held against, and the ratio it makes.
_FOUND = {"found_value": ("value", "value_ratio"), "found_net_kg": ("net_kg", "quantity_ratio")}


def train_on_past(past: Past, origin: Origin | None = None, threshold: float | None = None) -> LayeredFile:
    """Train on cases with results; `threshold` as for `train_on_tables`, raises as `train_layered`."""
    entries, results = tables_of(past)
    return _trained(entries, results, origin or Origin(data_root="", code_version=""), threshold)


def train_on_tables(
    entries: pl.DataFrame, results: pl.DataFrame, origin: Origin, threshold: float | None = None
) -> LayeredFile:
    """Train on two tables that somebody made.

    Args:
        entries: A goods item a row, with the columns of `Entry`: `id` and `day` (days since 1970 UTC) must be there, the others
            may be missing or empty.
        results: `id`, `returned` (day number) and `found`; others as `train_layered` takes them.
        origin: Where they come from.
        threshold: Value under which clearance is simplified, national currency; None looks for it in the values. The model
            keeps it.

    Raises:
        SettingsError: As of `cells.declarations_in` and `cells.results_in`, or a result is of no declaration; or as
            `train_layered`.
    """
    told, found = checked(declarations_in(entries).table, results)
    if not len(found):
        raise SettingsError("The table of results has a heading and no rows.", code="table-empty", found="0 rows")
    return _trained(told, found, origin, threshold)


def rows_without_hubs(entries: pl.DataFrame, hubs: Hubs) -> pl.DataFrame:
    """A table of declarations without importers' addresses and telephones that are hubs."""
    for column, identity in _HUB_COLUMNS.items():
        if len(hubs) and column in entries.columns and entries.schema[column] == pl.String:
            listed = [text for text in entries[column].unique().drop_nulls() if hubs.has(identity, text)]
            is_hub = pl.col(column).is_in(listed)
            entries = entries.with_columns(pl.when(is_hub).then(None).otherwise(pl.col(column)).alias(column))
    return entries


def _trained(entries: pl.DataFrame, results: pl.DataFrame, origin: Origin, stated: float | None) -> LayeredFile:
    """Train with the threshold of simplified clearance that is stated, or else is found in the values."""
    terms = Terms(threshold=threshold_in(entries) if stated is None else stated)
    made = train_layered(entries, results, terms, origin)
    is_found = stated is None and terms.threshold is not None
    return msgspec.structs.replace(made, card=msgspec.structs.replace(made.card, threshold_found=is_found))


def checked(entries: pl.DataFrame, results: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both tables with columns of their types, declarations in the order of their days, corrections as ratios.

    Raises:
        SettingsError: As of `train_on_tables`.
    """
    told, found = entries, results_in(results).table
    twins = told.filter(pl.col("id").is_duplicated())["id"]
    if len(twins):
        raise SettingsError(
            f"{twins.n_unique():,} ids are both in the table of declarations and in that of earlier ones, the first of them "
            f"{str(twins[0])!r}: two rows have the same id.",
            code="table-columns",
            found=str(twins[0]),
        )
    strange = found.filter(~pl.col("id").is_in(told["id"].implode()))
    if len(strange):
        raise SettingsError(
            f"{len(strange):,} results belong to no declaration, the first of them of id {str(strange['id'][0])!r}.",
            code="table-columns",
            found=str(strange["id"][0]),
        )
    told = told.with_columns(pl.col("share").fill_null(1.0))
    told = told.sort("day", pl.coalesce("declaration", "id"), "id")
    return told, _with_ratios(found, told)


def _with_ratios(found: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Results with what was corrected as ratios; what was found as declared corrects nothing."""
    declared = found.select("id").join(told, on="id", how="left", maintain_order="left")
    for name, (column, ratio) in _FOUND.items():
        if name not in found.columns:
            continue
        stated = declared[column]
        is_stated = (stated > 0).fill_null(False)
        over = found[name] / stated.set(~is_stated, None)
        if ratio in found.columns:
            over = over.fill_null(found[ratio])
        found = found.with_columns(over.alias(ratio)).drop(name)
    for name, column in (("found_hs", "hs"), ("found_origin", "origin")):
        if name in found.columns:
            is_same = (found[name] == declared[column]).fill_null(False) | (found[name] == "").fill_null(False)
            found = found.with_columns(found[name].set(is_same, None))
    return found


def tables_of(past: Past) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Entries and results of a past, as `train_layered` takes them.

    A result is told of each item with the item's share of it, where it names items each as it was found; what was recovered is
    parted by the duty declared among the items found otherwise.
    """
    rows = [entry for each in past.cases for entry in entries_of(each.case.facts)]
    results = [
        (
            *(entry.id, one.returned, family is not None, family, recovered, one.propensity, entry.share),
            *(corrected.value_ratio, corrected.quantity_ratio, corrected.hs, corrected.origin),
        )
        for one in past.outcomes.values()
        for (entry, family, recovered), corrected in zip(_of_items(one), one.corrections(), strict=True)
    ]
    entries = pl.DataFrame({name: [getattr(row, name) for row in rows] for name in _SCHEMA}, schema=_SCHEMA)
    return entries, pl.DataFrame(results, schema=RESULT_TYPES, orient="row")


def _of_items(one: Outcome) -> list[tuple[Entry, str | None, float | None]]:
    """Each item with what was found of it and its part of what was recovered."""
    told = list(zip(entries_of(one.facts), one.of_items(), strict=True))
    found = tuple(entry for entry, family in told if family is not None) or tuple(entry for entry, _ in told)
    return [(entry, family, _part(one.recovered, entry, found) if entry in found else None) for entry, family in told]


def _part(recovered: float | None, entry: Entry, items: tuple[Entry, ...]) -> float | None:
    if recovered is None:
        return None
    duties = [item.duty_and_tax for item in items if item.duty_and_tax is not None]
    total = sum(duties)
    known = len(duties) == len(items) and total > 0
    return recovered * ((entry.duty_and_tax or 0.0) / total if known else 1.0 / len(items))
