# SPDX-License-Identifier: Apache-2.0
"""Break-glass: in an emergency an officer sees one consignment that is not his to see, and answers for it afterwards.

Such an access is for reading one consignment and its papers, for a short time. It gives no right to act. Whoever opened it gave a
reason and a case, and another person judges afterwards whether it was justified.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from cocket.errors import SenderError

#: Shortest reason (characters): a word or two that a supervisor can judge.
SHORTEST: Final = 10

#: Longest reason, and longest words of a review (characters).
LONGEST: Final = 400


class Emergency(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One access in an emergency, as it stands.

    Attributes:
        id: Its id.
        consignment: The one consignment that it is for.
        reference: The reference by which the officer named it.
        by: Who opened it.
        office: His office; None for all.
        reason: Why, in words.
        case: Case of the administration.
        opened: Since when, UTC.
        until: Until when at the latest, UTC.
        ended: When he ended it before that, UTC; None if he did not.
        reviewer: Who judged it; empty before.
        reviewed: When, UTC; None before.
        is_justified: Whether it was justified; None before it was judged.
        words: What the reviewer says of it; empty before.
    """

    id: str
    consignment: str
    reference: str
    by: str
    office: str | None = None
    reason: str
    case: str
    opened: datetime
    until: datetime
    ended: datetime | None = None
    reviewer: str = ""
    reviewed: datetime | None = None
    is_justified: bool | None = None
    words: str = ""

    @property
    def end(self) -> datetime:
        """When it ended, or ends, UTC."""
        return self.until if self.ended is None else min(self.ended, self.until)

    def is_open(self, now: datetime) -> bool:
        """Whether it still lets in."""
        return self.opened <= now < self.end and self.reviewed is None

    def is_overdue(self, now: datetime, hours: float) -> bool:
        """Whether it should have been judged by now.

        Args:
            now: The present moment, UTC.
            hours: How long after its end it may wait.
        """
        return self.reviewed is None and now >= self.end + timedelta(hours=hours)


def ended(one: Emergency, now: datetime) -> Emergency:
    """One that is ended before its time.

    Raises:
        SenderError: It is over.
    """
    if not one.is_open(now):
        raise SenderError("This access is over.", code="emergency-over")
    return msgspec.structs.replace(one, ended=now)


def judged(one: Emergency, reviewer: str, words: str, now: datetime, *, is_justified: bool) -> Emergency:
    """One that another person judged; one that is still open ends with that.

    Raises:
        SenderError: It was judged before, or nothing is said of it.
    """
    if one.reviewed is not None:
        raise SenderError("This access was reviewed before.", code="emergency-reviewed")
    words = words.strip()
    if not 0 < len(words) <= LONGEST:
        raise SenderError("Say why, in at most 400 characters; it is recorded under your name.", code="reason-missing")
    end = now if one.is_open(now) else one.ended
    return msgspec.structs.replace(
        one, ended=end, reviewer=reviewer, reviewed=now, is_justified=is_justified, words=words
    )
