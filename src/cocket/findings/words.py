# SPDX-License-Identifier: Apache-2.0
"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun in the right form, such as `1 leaf` and `1,204 leaves`.

    Args:
        number: How many (count).
        one: The noun, and what agrees with it, for one: `file is`.
        many: The same for any other number; None adds an s.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
