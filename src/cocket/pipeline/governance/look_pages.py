# SPDX-License-Identifier: Apache-2.0
"""Accesses page by page, narrowed by who, role, what, purpose, case, object and day: read from the sealed records themselves.

What a look says is encrypted, so a narrow question opens many records. One answer opens a bounded number; where more is left it
says how many it searched, and from where to go on.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from cocket.errors import SenderError
from cocket.governance import PURPOSES, ROLES
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.destroyed_accesses import DestroyedAccesses, destroyed_accesses
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf

#: Accesses of one page (count).
PAGE: Final = 50

#: Records that one answer opens at most, and how many are read at once (count).
MOST_SEARCHED: Final = 20_000
_AT_ONCE: Final = 1_000

_READ: Final = msgspec.json.Decoder(AccessRecord)


class LookFilter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which accesses are wanted; what is empty narrows nothing.

    Attributes:
        who: Officer or key.
        role: One of his roles.
        what: What was disclosed, such as `dossier`.
        purpose: For what.
        case: Case that was named.
        subject: Id of an object that was disclosed.
        first: First day, in the time zone of the installation; None for no bound.
        last: Last day; None likewise.
        shown: `whole`: nothing was withheld; `part`: a part was refused and withheld. Requests that were refused wholly disclosed
            nothing, and are no accesses.
    """

    who: str = ""
    role: str = ""
    what: str = ""
    purpose: str = ""
    case: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None
    shown: Literal["", "whole", "part"] = ""

    def fits(self, look: AccessRecord) -> bool:
        """Whether an access is wanted, its day aside."""
        withheld = any(one.is_refused for one in look.decisions)
        return (
            self.who in ("", look.who)
            and (not self.role or self.role in look.roles)
            and self.what in ("", look.what)
            and self.purpose in ("", look.purpose)
            and self.case in ("", look.case)
            and (not self.subject or self.subject in look.subjects)
            and (not self.shown or withheld == (self.shown == "part"))
        )


class LookLine(msgspec.Struct, frozen=True, kw_only=True):
    """One access in a list.

    Attributes:
        id: Id of its sealed record.
        index: Index of its leaf.
        at: When, UTC.
        who: Officer or key.
        roles: In which roles.
        what: What was disclosed.
        purpose: For what.
        case: Case that was named; empty without one.
        subjects: Objects that were disclosed (count).
        is_part: Whether a part was refused and withheld.
    """

    id: str
    index: int
    at: datetime
    who: str
    roles: tuple[str, ...]
    what: str
    purpose: str
    case: str
    subjects: int
    is_part: bool = False


class LookPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of accesses.

    Attributes:
        lines: The newest first (0..50).
        next: Index of a leaf, below which the next page begins; None where nothing is left.
        searched: Accesses that were opened for it (count).
        unread: Of these, accesses that nobody can open any more (count): they were erased, or their key is lost.
        destroyed: Days whose accesses were destroyed under the retention schedule: of them none is listed, though there were some.
            None where none were.
    """

    lines: tuple[LookLine, ...]
    next: int | None
    searched: int
    unread: int = 0
    destroyed: DestroyedAccesses | None = None


def check_filter(wanted: LookFilter) -> None:
    """Refuse a question that can have no answer.

    Raises:
        SenderError: There is no such role or purpose, or the last day is before the first.
    """
    if wanted.role and wanted.role not in ROLES:
        raise SenderError("There is no such role.", code="look-role", found=wanted.role[:40])
    if wanted.purpose and wanted.purpose not in PURPOSES:
        raise SenderError("There is no such purpose.", code="purpose-unknown", found=wanted.purpose[:40])
    if wanted.first and wanted.last and wanted.last < wanted.first:
        raise SenderError("The last day is before the first.", code="look-days", found=wanted.last.isoformat())


def page_of(stores: Stores, connection: Connection, wanted: LookFilter, before: int | None) -> LookPage:
    """One page of accesses, the newest first, with what was destroyed of such accesses.

    Args:
        stores: The stores.
        connection: The transaction.
        wanted: Which.
        before: Those whose leaf has a lower index; None for the newest.
    """
    found = _page_of(stores, connection, wanted, before)
    zone = ZoneInfo(stores.settings.time_zone)
    since = datetime.combine(wanted.first, time(), zone) if wanted.first else None
    return msgspec.structs.replace(found, destroyed=destroyed_accesses(stores, connection, since))


def _page_of(stores: Stores, connection: Connection, wanted: LookFilter, before: int | None) -> LookPage:
    zone = ZoneInfo(stores.settings.time_zone)
    since = datetime.combine(wanted.first, time(), zone) if wanted.first else None
    until = datetime.combine(wanted.last + timedelta(days=1), time(), zone) if wanted.last else None
    lines: list[LookLine] = []
    below, searched, unread = before, 0, 0
    while searched < MOST_SEARCHED:
        found, read, last = stores.leaves.records_below(
            connection, ("look", wanted.who), below, (since, until), _AT_ONCE
        )
        searched, unread = searched + read, unread + read - len(found)
        for leaf, body in found:
            look = _READ.decode(body)
            if not wanted.fits(look):
                continue
            if len(lines) == PAGE:
                return LookPage(lines=tuple(lines), next=lines[-1].index, searched=searched, unread=unread)
            lines.append(_line(leaf, look))
        if last is None:
            return LookPage(lines=tuple(lines), next=None, searched=searched, unread=unread)
        below = last
    return LookPage(lines=tuple(lines), next=below, searched=searched, unread=unread)


def _line(leaf: StoredLeaf, look: AccessRecord) -> LookLine:
    return LookLine(
        id=str(leaf.record),
        index=leaf.index,
        at=leaf.at,
        who=look.who,
        roles=look.roles,
        what=look.what,
        purpose=look.purpose,
        case=look.case,
        subjects=len(look.subjects),
        is_part=any(one.is_refused for one in look.decisions),
    )
