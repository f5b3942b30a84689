# SPDX-License-Identifier: Apache-2.0
"""Declarations of the Danish customs system (DMS): the WCO declaration in the order and with the names Denmark gives it.

In: a Declaration without envelope that names its data set (`ProcedureCategory`): H1 to H7, I1, B1 to B4, as lodged,
changed or cancelled. Out: the tree that the reader of the WCO declaration takes, the verdict of its own table, and back.
Source: Skatteforvaltningen, DMS, schemas of December 2025; EU Customs Data Model 6.1.
"""

from cocket.standards.wco_dm.dk.dialect import danish_element, data_set_of, is_danish, names_of, to_wco
from cocket.standards.wco_dm.dk.tables import data_sets, shape_for

__all__ = ["danish_element", "data_set_of", "data_sets", "is_danish", "names_of", "shape_for", "to_wco"]
