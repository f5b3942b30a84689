# SPDX-License-Identifier: Apache-2.0
"""What happened between two moments, counted from leaves of the log and from messages: nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from cocket.stores.base.database import Connection

#: Accepted messages with the first advice that was sealed on their dossier after each; amendments count as much as originals.
_ADVISED = """
select extract(epoch from a.at - l.at) from message m join leaf l on l.record = m.id
join lateral (select n.at from consignment_message x join record r on r.about = x.consignment and r.kind = 'assessment'
    join leaf n on n.record = r.id where x.message = m.id and n.idx > l.idx order by n.idx + 0 limit 1) a on true
where m.outcome = 'accepted' and l.at >= %(since)s and l.at < %(until)s order by l.idx desc limit %(most)s
"""


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """From a message to the first advice on it: how many, the median and the time within which 95 of 100 came (seconds)."""

    number: int
    median: float | None
    of_95: float | None


class TrialCounts:
    """Counting, on a transaction of the caller."""

    def kinds(self, connection: Connection, kinds: Sequence[str], since: datetime, until: datetime) -> dict[str, int]:
        """Kind of record → things that records of it are about, between two moments, the later one left out; 0 for none."""
        rows = connection.execute(
            "select kind, count(distinct subject) from leaf where kind = any(%s) and at >= %s and at < %s group by kind",
            (list(kinds), since, until),
        ).fetchall()
        return dict.fromkeys(kinds, 0) | dict(rows)

    def sealed(self, connection: Connection, since: datetime, until: datetime) -> int:
        """Leaves between two moments, the later one left out (count)."""
        row = connection.execute("select count(*) from leaf where at >= %s and at < %s", (since, until)).fetchone()
        return int(row[0]) if row else 0

    def heads(self, connection: Connection, since: datetime, until: datetime) -> int:
        """Signed heads between two moments, the later one left out (count)."""
        row = connection.execute("select count(*) from heads where at >= %s and at < %s", (since, until)).fetchone()
        return int(row[0]) if row else 0

    def outcomes(self, connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
        """Outcome → messages received between two moments, the later one left out."""
        rows = connection.execute(
            "select outcome, count(*) from message where received >= %s and received < %s group by outcome",
            (since, until),
        ).fetchall()
        return dict(rows)

    def waits(self, connection: Connection, since: datetime, until: datetime, most: int) -> Waits:
        """How long advice took, of the newest messages between two moments.

        Args:
            connection: The transaction.
            since: From when messages count.
            until: Until when; left out itself.
            most: Messages looked at (count).
        """
        row = connection.execute(
            f"""with told(seconds) as ({_ADVISED}) select count(*), percentile_cont(0.5) within group (order by seconds),
            percentile_cont(0.95) within group (order by seconds) from told""",
            {"since": since, "until": until, "most": most},
        ).fetchone()
        if row is None or not row[0]:
            return Waits(number=0, median=None, of_95=None)
        return Waits(number=row[0], median=float(row[1]), of_95=float(row[2]))
