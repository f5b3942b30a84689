# SPDX-License-Identifier: Apache-2.0
"""What a declaration shows anew each time, read off the features of a row.

Only what a declaration shows anew counts as a trace; what a trader always shows would be counted again with every row.
So each figure is taken relative to what is usual for its goods and origin, and a figure that only tells where a trade
is at home (the fit of words that fit) is cut off there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cocket.risk.features.columns import Figures, Ops

#: A preference counts as to be had where it is claimed for more than so many goods of the origin, and of the subheading.
_CLAIMED_OF_ORIGIN, _CLAIMED_OF_GOODS = 0.02, 0.005


def _preference(f: Figures, ops: Ops) -> Any:
    shown = ops.hidden(f["preference"], f["origin_preference_habit"], _CLAIMED_OF_ORIGIN)
    return ops.hidden(shown, f["hs6_preference_habit"], _CLAIMED_OF_GOODS)


#: Usual duty and tax by value, as temptation is learnt by it.
TAX = "tax_share_usual"

#: Trace → how it is read off the features, before it is rounded; unknown where it tells nothing.
TRACES: dict[str, Callable[[Figures, Ops], Any]] = {
    "price": lambda f, _: f["price_gap"],
    "package": lambda f, _: f["package_gap"],
    "tare": lambda f, _: f["tare_gap"],
    "threshold": lambda f, ops: ops.largest(ops.smallest(f["under_threshold"], 1.02), 0.8),
    "bill": lambda f, _: f["bill_differs"],
    "preference": _preference,
    "route": lambda f, ops: ops.largest(f["route_rarity"], 0.5),
    "words": lambda f, _: f["text_oddity"],
    "same bill": lambda f, ops: ops.flag(f["bill_rows_30_days"], 0.0),
    "new number": lambda f, _: f["number_new"],
}
