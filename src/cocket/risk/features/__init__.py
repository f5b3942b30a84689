# SPDX-License-Identifier: Apache-2.0
"""The numbers a model sees: of a case at the desk, and of a row of a table.

`cases` reads a declaration with all its items against a `History`, one at a time. `columns` defines the features of a row
(one goods item) of a table of millions; `batch` runs them over a table and `online` over one row after the other, with the
same result. `batch` needs NumPy and Polars and is loaded by who uses it.
"""

from cocket.risk.features.cases import FEATURES, NAMES, Feature, Measurements, compute, measure
from cocket.risk.features.columns import COLUMN_NAMES, COLUMNS, RATE_NAMES, Entry, Terms
from cocket.risk.features.online import Label, Memory

__all__ = [
    "COLUMNS",
    "COLUMN_NAMES",
    "FEATURES",
    "NAMES",
    "RATE_NAMES",
    "Entry",
    "Feature",
    "Label",
    "Measurements",
    "Memory",
    "Terms",
    "compute",
    "measure",
]
