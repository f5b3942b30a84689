# SPDX-License-Identifier: Apache-2.0
"""The numbers about a goods item, each defined once, for training and for today alike.

`columns` defines them; `batch` computes them for a table of millions and `online` for one item after the other, with the
same result. `declared` makes a declaration's items into such rows, and `measured` lets the worst item speak for the case.
`batch` needs NumPy and Polars and is loaded by who uses it.
"""

from cocket.risk.features.columns import COLUMN_NAMES, COLUMNS, RATE_NAMES, Entry, Terms
from cocket.risk.features.declared import entries_of
from cocket.risk.features.feature import Feature
from cocket.risk.features.measured import EVIDENCE, FEATURES, NAMES, RENAMED, ROW_NAMES, Measurements, measure
from cocket.risk.features.online import Label, Look, Memory

__all__ = [
    "COLUMNS",
    "COLUMN_NAMES",
    "EVIDENCE",
    "FEATURES",
    "NAMES",
    "RATE_NAMES",
    "RENAMED",
    "ROW_NAMES",
    "Entry",
    "Feature",
    "Label",
    "Look",
    "Measurements",
    "Memory",
    "Terms",
    "entries_of",
    "measure",
]
