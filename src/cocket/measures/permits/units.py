# SPDX-License-Identifier: Apache-2.0
"""Whether a unit is one that anybody knows."""

from __future__ import annotations

from decimal import Decimal

from cocket import codes
from cocket.measures.tariff.units import quantity_in

#: One unit of each dimension in which tariffs count.
_DIMENSIONS = ("KGM", "LTR", "NAR", "HEAD", "NPR", "MTK", "MTR", "MWH", "TJO", "LPA")


def is_unit(text: str) -> bool:
    """Whether a unit is in our part of Recommendation 20, or can be converted into one that is.

    Source: UNECE Recommendation 20; TARIC measurement units.
    """
    one_of_each = dict.fromkeys(_DIMENSIONS, Decimal(1))
    return codes.unit(text) is not None or quantity_in(text, one_of_each) is not None
