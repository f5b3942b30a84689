# SPDX-License-Identifier: Apache-2.0
"""Outages as they are kept: what was down when, and by which regime each procedure went on meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

import msgspec

from cocket.model import Declaration, Reading

#: Kind of the document, and of its sealed record.
OUTAGE: Final = "outage"

#: Procedures that a regime can be set for.
PROCEDURES: Final = ("import", "export", "transit", "entry", "other")

#: How a procedure goes on while systems are down: on paper to the end, never lodged later; or captured and lodged afterwards.
Regime = Literal["ends-on-paper", "captured-later"]
REGIMES: Final[tuple[Regime, ...]] = ("ends-on-paper", "captured-later")


class Outage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One outage; also its sealed record.

    Attributes:
        id: Its number, as it is quoted: office (or `ALL`), year and number.
        office: Office that it was at; empty for all.
        begins: When it began, UTC.
        ends: When it ended, UTC; None while it lasts.
        systems: What was down (1..n).
        regimes: Procedure → regime; a procedure that is not named is captured later.
        reason: Why, in words.
        allowed_by: Who allowed to go on without the systems.
        at: When it was entered or last changed, UTC.
    """

    id: str
    office: str = ""
    begins: datetime
    ends: datetime | None = None
    systems: tuple[str, ...]
    regimes: dict[str, Regime] = {}
    reason: str
    allowed_by: str
    at: datetime

    def covers(self, office: str, moment: datetime) -> bool:
        """Whether it was at an office at a moment."""
        return self.office in ("", office) and self.begins <= moment and (self.ends is None or moment <= self.ends)


def outage_at(outages: Iterable[Outage], office: str, moment: datetime) -> Outage | None:
    """The outage in which something was taken in: that of the office before one of all; None for none."""
    found = [one for one in outages if one.covers(office, moment)]
    return max(found, key=lambda one: (one.office != "", one.begins, one.id), default=None)


def procedure_of(reading: Reading) -> str:
    """The procedure of a message: `import`, `export`, `transit`, `entry`, or `other` where it is none of these or not known."""
    standard = reading.standard or ""
    if standard.startswith("ncts"):
        return "transit"
    if standard.startswith("ens"):
        return "entry"
    document = reading.document
    flow = document.flow if isinstance(document, Declaration) else "other"
    return flow if flow in PROCEDURES else "other"
