# SPDX-License-Identifier: Apache-2.0
"""How much a desk takes at a time: all it may, until a turn fails on its data; then ever less, until the culprit is alone."""

from __future__ import annotations


class BatchSize:
    """Halves what failed, and goes back to whole portions once that is behind.

    Leaves are gone through without recalled dossiers, so that it is known which of the two is at fault; if the leaves are
    not, the dossiers are gone through without leaves.

    Args:
        most_leaves: Leaves of a whole portion (count).
        most_recalls: Dossiers taken out again in a whole portion (count).
    """

    def __init__(self, most_leaves: int, most_recalls: int) -> None:
        self._most = (most_leaves, most_recalls)
        self._ends: list[int] = []
        self._recalls = most_recalls
        self._suspects = 0

    @property
    def is_narrow(self) -> bool:
        """Whether something failed that is not behind yet."""
        return bool(self._ends) or self._suspects > 0

    def next(self) -> tuple[int, int]:
        """Most leaves and most recalled dossiers to take now."""
        if self._ends:
            return self._most[0], 0
        if self._suspects > 0:
            return 0, self._recalls
        return self._most

    def end(self, reached: int) -> int:
        """The last leaf to take now, of those within reach."""
        return min(reached, self._ends[-1]) if self._ends else reached

    def worked(self, upto: int, recalls: int, *, is_recalling: bool) -> None:
        """A portion up to a leaf went through, with up to so many recalled dossiers; whether more of them wait."""
        while self._ends and self._ends[-1] <= upto:
            self._ends.pop()
        if recalls:
            self._suspects -= recalls
        if not is_recalling or (self._suspects <= 0 and not self._ends):
            self._suspects, self._recalls = 0, self._most[1]

    def failed(self, upto: int, last: int, recalls: int) -> bool:
        """A portion past a leaf failed, with up to so many recalled dossiers.

        Args:
            upto: Leaf up to which the work was done before.
            last: Last leaf of the portion.
            recalls: Most recalled dossiers of it (count).

        Returns:
            Whether the next portion is a smaller one; False if what failed stands alone.
        """
        if last > upto:
            if recalls:
                self._ends.append(last)
                self._suspects = self._most[1]
                return True
            if last - upto > 1:
                if not self._ends or self._ends[-1] > last:
                    self._ends.append(last)
                self._ends.append(upto + (last - upto + 1) // 2)
                return True
            return False
        self._suspects = max(self._suspects, recalls)
        if recalls > 1:
            self._recalls = (recalls + 1) // 2
            return True
        return False

    def behind(self, upto: int) -> None:
        """What stood alone was set aside; the work is done up to a leaf."""
        while self._ends and self._ends[-1] <= upto:
            self._ends.pop()
        self._recalls = self._most[1]
