# SPDX-License-Identifier: Apache-2.0
"""Medians that follow the market: what is usual is the median of the last whole block of values of a group.

The first block has eight values, the next ones twice as many each, up to 128: little is needed to begin with, and one liar
never moves a median.
"""

from __future__ import annotations

#: Sizes of the first blocks; all later ones have the last size.
FIRST_BLOCKS = (8, 16, 32, 64)
LAST_BLOCK = 128

#: Median distance from the median × this = deviation, were the values normal.
TO_DEVIATION = 1.4826


class Block:
    """The values of one group, one after the other.

    Args:
        values: Values of the block that is not whole yet.
        done: Whole blocks before it (count).
        usual: Median and spread of the last whole block; None before there is one.

    Attributes:
        usual: See the argument.
    """

    __slots__ = ("_done", "_values", "usual")

    def __init__(
        self, values: list[float] | None = None, done: int = 0, usual: tuple[float, float] | None = None
    ) -> None:
        self._values = values or []
        self._done = done
        self.usual = usual

    def add(self, value: float) -> None:
        """Take in one value."""
        self._values.append(value)
        size = FIRST_BLOCKS[self._done] if self._done < len(FIRST_BLOCKS) else LAST_BLOCK
        if len(self._values) == size:
            middle = _median(self._values)
            self.usual = (middle, TO_DEVIATION * _median([abs(value - middle) for value in self._values]))
            self._values.clear()
            self._done += 1

    def parts(self) -> tuple[list[float], int, tuple[float, float] | None]:
        """The arguments that make an equal one."""
        return self._values, self._done, self.usual


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    return (ordered[len(ordered) // 2 - 1] + ordered[len(ordered) // 2]) / 2.0
