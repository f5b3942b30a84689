# SPDX-License-Identifier: Apache-2.0
"""The tariff of Japan: texts of rates as formulas, and the whole schedule.

In: cells of text; JSON chapters. Out: formulas with the marks beside them; a tariff.
Source: Japan Customs, tariff schedule.
"""

from cocket.measures.tariff.japanese.cell import Cell, read_cell
from cocket.measures.tariff.japanese.schedule import is_chapter, is_index, is_law_table, load_schedule

__all__ = ["Cell", "is_chapter", "is_index", "is_law_table", "load_schedule", "read_cell"]
