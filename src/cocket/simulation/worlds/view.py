# SPDX-License-Identifier: Apache-2.0
"""The public tables of a world as the features read them: entries with day numbers, and results that teach."""

from __future__ import annotations

import polars as pl

from cocket.risk.features import Entry

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
