# SPDX-License-Identifier: Apache-2.0
"""Low-value trade in bulk: declarations with the super-reduced data set (H7), and manifests of express carriers.

In: many declarations or consignments in one message, in a JSON form of our own after public facts, manifests as CSV too.
Out: a declaration for each, or a manifest with a bill for each.
Source: Commission Delegated Regulation (EU) 2015/2446, Annex B, column H7; WCO Immediate Release Guidelines.
"""

from cocket.standards.low_value._plugin import LOW_VALUE
from cocket.standards.low_value.rows import RowParts, looks_like_rows, value_of_rows

__all__ = ["LOW_VALUE", "RowParts", "looks_like_rows", "value_of_rows"]
