# SPDX-License-Identifier: Apache-2.0
"""What doors are shown of threats."""

from __future__ import annotations

from datetime import datetime

import msgspec


class ThreatRowView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an alert rests on.

    Attributes:
        at: When, UTC.
        what: `declaration`, `amend`, `cancel`, `lane-set`, `view`, `result`, `override`, `release` or `rule-change`.
        who: Who did it; None for a declaration whose importer is not told.
        consignment: Dossier; None if it belongs to none.
        title: Best name of the dossier for people.
    """

    at: datetime
    what: str
    who: str | None
    consignment: str | None
    title: str


class ThreatView(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as this reader may see it; `cocket.risk.threats.Alert` explains the fields.

    Attributes:
        kind: One of `cocket.risk.threats.KINDS`.
        who: Whom the rows have in common (1..n).
        message: Why, an English sentence with `{name}` places.
        arguments: Values for the places.
        chance: Chance at most (0–1) that chance alone did it; 0 where not explained by chance.
        first: When the first of the rows happened, UTC.
        last: When the last did, UTC.
        is_insider: Whether it is about somebody inside.
        rows: What it rests on, in the order of time (1..n).
    """

    kind: str
    who: tuple[str, ...]
    message: str
    arguments: dict[str, str]
    chance: float
    first: datetime
    last: datetime
    is_insider: bool
    rows: tuple[ThreatRowView, ...]


class ThreatList(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a stretch of time.

    Attributes:
        since: Begin of the stretch, UTC.
        until: End of the stretch, UTC.
        declarations: Versions of declarations looked through (count).
        acts: Acts looked through (count).
        is_cut: Whether there was more than is looked through at once, and the oldest was left out.
        threats: Last ones first (0..n).
    """

    since: datetime
    until: datetime
    declarations: int
    acts: int
    is_cut: bool
    threats: tuple[ThreatView, ...]
