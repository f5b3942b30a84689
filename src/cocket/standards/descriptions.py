# SPDX-License-Identifier: Apache-2.0
"""Words on goods that say nothing of them."""

from __future__ import annotations

#: Descriptions that say nothing of goods.
_VAGUE = frozenset(
    {"accessories", "article", "articles", "consolidated", "electronics", "foodstuff", "gift", "gifts", "good", "goods"}
    | {
        "item",
        "items",
        "merchandise",
        "misc",
        "miscellaneous",
        "other",
        "parcel",
        "parts",
        "personal effects",
        "present",
    }
    | {"product", "products", "sample", "samples", "stuff", "things", "various", "as described", "see invoice"}
)


def is_vague(description: str) -> bool:
    """Whether words say nothing of what goods are.

    Args:
        description: The words.

    Source: WCO guidelines on acceptable descriptions of goods.
    """
    return " ".join(description.casefold().split()).strip(" .") in _VAGUE
