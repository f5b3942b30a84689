# SPDX-License-Identifier: Apache-2.0
"""What was refused to whoever had come in, counted by day; no leaf each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from cocket.stores.base.database import Connection

#: Different things of one actor that are kept of a day (count); what is more is counted without what was asked for.
MOST_OF_A_DAY: Final = 200

#: How long they are kept (days).
KEPT_DAYS: Final = 400


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What one account or key was refused on one day.

    Attributes:
        day: Which day, UTC.
        who: Account or key.
        method: How it was asked for, such as `GET`; empty where there were too many different ones.
        path: What was asked for; empty where there were too many different ones.
        code: Id of the rule of policy that refused, or `not-found`; empty where there were too many different ones.
        count: How often.
        first: When first, UTC.
        last: When last, UTC.
    """

    day: date
    who: str
    method: str
    path: str
    code: str
    count: int
    first: datetime
    last: datetime


class Refusals:
    """Refusals, on a transaction of the caller."""

    def count(self, connection: Connection, who: str, asked: tuple[str, str, str], at: datetime, more: int = 0) -> None:
        """Count one, and what could not be written one by one.

        Args:
            connection: The transaction.
            who: Account or key.
            asked: Method, path and code.
            at: When, UTC.
            more: Refusals of the same actor shortly before, of which nothing else is kept (count).
        """
        row = connection.execute(
            """select (select count(*) from refusal where day = %(day)s and who = %(who)s),
            exists (select from refusal where day = %(day)s and who = %(who)s and method = %(method)s and path = %(path)s
            and code = %(code)s)""",
            {"day": at.date(), "who": who, "method": asked[0], "path": asked[1], "code": asked[2]},
        ).fetchone()
        number, is_known = row or (0, False)
        if not number:
            connection.execute("delete from refusal where day < %s", (at.date() - timedelta(days=KEPT_DAYS),))
        self._add(connection, who, asked if is_known or number < MOST_OF_A_DAY else ("", "", ""), at, 1)
        if more:
            self._add(connection, who, ("", "", ""), at, more)

    def _add(self, connection: Connection, who: str, asked: tuple[str, str, str], at: datetime, number: int) -> None:
        connection.execute(
            """insert into refusal (day, who, method, path, code, count, first, last)
            values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (day, who, method, path, code)
            do update set count = refusal.count + excluded.count, last = excluded.last""",
            (at.date(), who, *asked, number, at, at),
        )

    def newest(self, connection: Connection, since: date, who: str, most: int) -> tuple[list[Refusal], int]:
        """What was refused since a day, the last first (0..most), and how much there is in all (count of rows).

        Args:
            connection: The transaction.
            since: First day, UTC.
            who: Account or key; empty for all.
            most: How many at most.
        """
        rows = connection.execute(
            """select day, who, method, path, code, count, first, last, count(*) over () from refusal
            where day >= %(since)s and (%(who)s = '' or who = %(who)s) order by last desc, who, path limit %(most)s""",
            {"since": since, "who": who, "most": most},
        ).fetchall()
        names = Refusal.__struct_fields__
        found = [Refusal(**dict(zip(names, row[:-1], strict=True))) for row in rows]
        return found, (rows[0][-1] if rows else 0)
