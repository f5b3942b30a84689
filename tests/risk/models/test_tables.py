# SPDX-License-Identifier: Apache-2.0
"""Tables that somebody made: what of them cannot be used, and what should be there."""

from __future__ import annotations

import polars as pl
import pytest

from cocket.errors import SettingsError
from cocket.risk.models.learning import Origin
from cocket.risk.models.tables import train_on_tables

ENTRIES = pl.DataFrame({"id": ["a", "b"], "day": [1.0, 2.0], "value": [5.0, 6.0], "colour": ["red", "blue"]})
RESULTS = pl.DataFrame({"id": ["a"], "returned": [3.0], "found": [True]})


@pytest.mark.parametrize(
    ("entries", "results", "says", "columns"),
    [
        (ENTRIES.drop("day"), RESULTS, "declarations has no column day", ["id", "day", "declaration"]),
        (ENTRIES.drop("id", "day"), RESULTS, "declarations has no column id, day", ["id", "day", "declaration"]),
        (ENTRIES, RESULTS.drop("found"), "results has no column found", ["id", "returned", "found"]),
        (ENTRIES.with_columns(day=pl.Series([1.0, None])), RESULTS, "declarations has 1 row without day", []),
        (ENTRIES.with_columns(day=pl.Series(["soon", "late"])), RESULTS, "2 rows in which day cannot be read", []),
        (ENTRIES, RESULTS.with_columns(id=pl.lit("c")), "1 results belong to no declaration", []),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_the_columns_it_needs(
    entries: pl.DataFrame, results: pl.DataFrame, says: str, columns: list[str]
) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        train_on_tables(entries, results, Origin(data_root="", code_version=""))
    if columns:
        assert str(caught.value.expected).split(", ")[:3] == columns
