# SPDX-License-Identifier: Apache-2.0
"""One SAD, as its rules look at it."""

from __future__ import annotations

import msgspec

from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.sheet import Paper, Sheet


class Sad(msgspec.Struct, frozen=True):
    """What the rules look at.

    Attributes:
        paper: The paper, all its values in sheets.
        items: Sheets of the items (0..n).
        profile: Habits of the country; its unit of rates may have been shown by the paper itself.
    """

    paper: Paper
    items: list[Sheet]
    profile: Profile

    @property
    def whole(self) -> Sheet:
        """The outermost sheet."""
        return self.paper.sheet

    @property
    def earlier(self) -> list[Sheet]:
        """Sheets of the earlier declarations that this one writes off (0..n)."""
        return self.whole.tables.get("Prev_decl", [])

    def text(self, path: str) -> str:
        """A text of the whole without outer white space; empty if it is missing.

        Source: public SAD files.
        """
        return self.whole.values.get(path, "").strip()
