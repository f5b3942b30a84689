# SPDX-License-Identifier: Apache-2.0
"""The public tables of a world as the features read them: entries with day numbers, and results that teach."""

from __future__ import annotations

import polars as pl

from cocket.risk.features import Entry, Terms
from cocket.risk.features.editions import Place
from cocket.risk.models.trust import CARE

_NAMES = {"hs6": "hs", "importer_is_authorised": "is_authorised"}
_MICROSECONDS_A_DAY = 86_400_000_000.0

#: Depths of an examination that teach; a look at documents misses most of what there is, so its "nothing" is no label.
TEACHING = ("partial", "full")


def entries_of(declarations: pl.DataFrame) -> pl.DataFrame:
    """Declarations as `risk.features.batch.features_of` takes them: the columns are fields of `Entry`."""
    table = declarations.rename(_NAMES).with_columns(day=_day("registered"))
    return table.select([name for name in Entry.__struct_fields__ if name in table.columns])


def labels_of(results: pl.DataFrame) -> pl.DataFrame:
    """Results of examinations as labels: `id`, `returned` (day number), `found`."""
    taught = results.filter(pl.col("depth").is_in(TEACHING)).drop_nulls("found")
    return taught.select("id", _day("returned").alias("returned"), "found")


def _day(column: str) -> pl.Expr:
    return pl.col(column).dt.timestamp("us") / _MICROSECONDS_A_DAY


def results_of(results: pl.DataFrame, selections: pl.DataFrame) -> pl.DataFrame:
    """Results that teach, with the chance of their selection and what tells how careful they are.

    Columns `id, returned, found, offence, duty_recovered, propensity, office, depth, officers, minutes`.
    """
    taught = results.filter(pl.col("depth").is_in(TEACHING)).drop_nulls("found")
    chosen = selections.select("id", "propensity", office=pl.col("officer").str.split("-").list.first())
    table = taught.join(chosen, on="id", how="left", maintain_order="left")
    return table.select(
        "id", _day("returned").alias("returned"), "found", "offence", "duty_recovered", "propensity", *CARE
    )


def terms_of(crossing: pl.DataFrame, threshold: float) -> Terms:
    """Terms of the features for a world: its threshold, and where codes of its older edition stand in the newer one."""
    moved = {
        (edition, old): Place(new, new[:4], new[:2])
        for edition, old, new in crossing.select("from_edition", "hs6", "to_hs6").iter_rows()
    }
    return Terms(threshold=threshold, crossings=moved)
