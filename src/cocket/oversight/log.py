# SPDX-License-Identifier: Apache-2.0
"""What the watchers read: who looked at what and did what, and what is known of the people and the consignments.

Ids of events are those of sealed records, so that whoever reads a case can open what it rests on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

#: What happens to a consignment. `drawn` and `given` put an order in an officer's hands, by the draw or by another person; `taken`
#: is an order that he took over himself; `queued` puts it into the queue of its office and `done` takes it out; `lowered` is a
#: milder lane, or a release without examination; `second` confirms another's act; `doubt` and `contest` are a trader's questions
#: that an officer answers; `changed` is a trader's amendment or cancellation, and names nobody inside.
EventKind = Literal[
    "look", "search", "drawn", "given", "taken", "queued", "done", "result", "lowered", "raised", "second", "doubt", "contest", "comment",
    "changed",
]  # fmt: skip

#: Acts that show an officer at work.
WORK: Final = frozenset({"result", "lowered", "raised", "second", "doubt", "contest", "comment"})


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One look, search or act.

    Attributes:
        id: Id of its sealed record.
        at: When, UTC.
        kind: What happened.
        subject: Consignment; empty for a search.
        officer: Who did it, or in whose hands it was put; empty for nobody inside.
        is_found: Of a result, whether an irregularity was found; None if not told.
        lane: Of `queued`, the lane.
        hits: Of a search, the consignments that it showed (0..n).
    """

    id: str
    at: datetime
    kind: EventKind
    subject: str = ""
    officer: str = ""
    is_found: bool | None = None
    lane: str = ""
    hits: tuple[str, ...] = ()


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is watched.

    Attributes:
        id: Name of the account.
        role: Role; peers are those of the same.
        office: Office bound to; empty for none.
        name: Full name; empty if not known.
        address: Home address, as internal affairs entered it; empty if not known.
    """

    id: str
    role: str
    office: str = ""
    name: str = ""
    address: str = ""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A name and an address that stand in a consignment's papers; empty where not told."""

    name: str = ""
    address: str = ""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a consignment.

    Attributes:
        id: Its id.
        office: Its office; empty if not known.
        trader: Its importer, or who declared it; empty if not known.
        parties: Names and addresses in its papers (0..n).
        linked: Consignments that share papers or equipment with it (0..n).
        is_honey: Whether it is a decoy: no work leads to it.
    """

    id: str
    office: str = ""
    trader: str = ""
    parties: tuple[Party, ...] = ()
    linked: tuple[str, ...] = ()
    is_honey: bool = False


class WatchLog(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time as the watchers read it.

    Attributes:
        events: In the order of time (0..n).
        consignments: By id.
        officers: By id; who is not in it is not watched.
        since: Begin, UTC.
        until: End, UTC.
    """

    events: tuple[Event, ...]
    consignments: dict[str, Watched]
    officers: dict[str, Officer]
    since: datetime
    until: datetime

    @property
    def officer_days(self) -> int:
        """Days on which an officer did or saw anything, over all officers (count)."""
        return len(
            {(e.officer, e.at.date()) for e in self.events if e.officer in self.officers and e.kind not in _GIVEN}
        )


#: What comes to an officer without his doing anything.
_GIVEN: Final = frozenset({"drawn", "given", "queued", "done", "changed"})
