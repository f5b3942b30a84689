# SPDX-License-Identifier: Apache-2.0
"""Attempts to sign in: levels of the brake, browsers and addresses an officer is known by, and failures counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from cocket.stores.base.database import Connection

#: How many browsers, and how many addresses, an officer is known by; those used longest ago are forgotten (count).
_MOST_PLACES: Final = 10

#: How long a place is remembered that is not used.
_PLACE_DAYS: Final = 180

#: How long failures are kept, and how many rows of a day name an address (count).
_TALLY_DAYS: Final = 90
_MOST_TALLIES: Final = 10_000

_LOCK: Final = 0x436F636B0D


class Level(msgspec.Struct, frozen=True):
    """How full a bucket was, and when."""

    level: float
    at: datetime


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts of one day that failed in one way.

    Attributes:
        day: The day, UTC.
        outcome: `wrong` password or name, `wrong code` or passkey after the right password, or `braked`: not looked at
            because too many had failed. At the OpenID provider `unproven`: its answer did not hold, `no groups`: it
            left them out, or `no role`: no group gives one, or the account is disabled.
        officer: Whose account was tried; empty for names that are no officer's, which are not kept: people type
            passwords where the name belongs.
        address: From where; empty for the rest of a day on which more addresses came than are kept.
        count: How many.
        first: The first of them.
        last: The last of them.
    """

    day: date
    outcome: str
    officer: str
    address: str
    count: int
    first: datetime
    last: datetime


class SignIns:
    """Attempts to sign in, on a transaction of the caller."""

    def lock(self, connection: Connection) -> None:
        """Let no other attempt be weighed until this transaction ends."""
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))

    def levels(self, connection: Connection, names: Iterable[bytes]) -> dict[bytes, Level]:
        """What is known of these buckets; one that is not known is full."""
        rows = connection.execute(
            "select name, level, at from sign_in_bucket where name = any(%s)", (list(names),)
        ).fetchall()
        return {bytes(name): Level(level, at) for name, level, at in rows}

    def put_levels(self, connection: Connection, levels: Mapping[bytes, float], at: datetime, full: datetime) -> None:
        """Keep levels, and forget those not touched since `full`: they are full again.

        Args:
            connection: The transaction.
            levels: Level by bucket.
            at: The present moment.
            full: Whatever was touched before is full by now.
        """
        connection.execute("delete from sign_in_bucket where at < %s", (full,))
        connection.execute(
            """insert into sign_in_bucket (name, level, at) select name, level, %s
            from unnest(%s::bytea[], %s::float8[]) as given (name, level)
            on conflict (name) do update set level = excluded.level, at = excluded.at""",
            (at, list(levels), list(levels.values())),
        )

    def is_known(self, connection: Connection, officer: str, kind: str, digest: bytes) -> bool:
        """Whether an officer has signed in from this browser or address before."""
        row = connection.execute(
            "select 1 from sign_in_place where officer = %s and kind = %s and digest = %s", (officer, kind, digest)
        ).fetchone()
        return row is not None

    def remember(self, connection: Connection, officer: str, kind: str, digest: bytes, at: datetime) -> None:
        """An officer has signed in from here; places unused for long, or too many, are forgotten."""
        connection.execute(
            """insert into sign_in_place (officer, kind, digest, last) values (%s, %s, %s, %s)
            on conflict (officer, kind, digest) do update set last = excluded.last""",
            (officer, kind, digest, at),
        )
        connection.execute(
            """delete from sign_in_place where officer = %s and kind = %s and (last < %s or digest not in
            (select digest from sign_in_place where officer = %s and kind = %s order by last desc limit %s))""",
            (officer, kind, at - timedelta(days=_PLACE_DAYS), officer, kind, _MOST_PLACES),
        )

    def forget(self, connection: Connection, officer: str, kind: str, digest: bytes) -> None:
        """A place counts no more."""
        connection.execute(
            "delete from sign_in_place where officer = %s and kind = %s and digest = %s", (officer, kind, digest)
        )

    def forget_all(self, connection: Connection, officer: str) -> None:
        """No place of an officer counts any more."""
        connection.execute("delete from sign_in_place where officer = %s", (officer,))

    def count(self, connection: Connection, outcome: str, officer: str, address: str, at: datetime) -> bool:
        """Count an attempt that failed; whether it is the first of its day with this outcome and officer."""
        seen = connection.execute(
            "select 1 from sign_in_tally where day = %s::date and outcome = %s and officer = %s limit 1",
            (at, outcome, officer),
        ).fetchone()
        many = connection.execute(
            "select count(*) from (select 1 from sign_in_tally where day = %s::date limit %s) as found",
            (at, _MOST_TALLIES),
        ).fetchone()
        kept = "" if many and many[0] >= _MOST_TALLIES else address
        connection.execute(
            """insert into sign_in_tally values (%s::date, %s, %s, %s, 1, 1, %s, %s)
            on conflict (day, outcome, officer, address) do update
            set count = sign_in_tally.count + 1, unseen = sign_in_tally.unseen + 1, last = excluded.last""",
            (at, outcome, officer, kept, at, at),
        )
        if seen is None:
            connection.execute("delete from sign_in_tally where day < %s", (at.date() - timedelta(days=_TALLY_DAYS),))
        return seen is None

    def take_unseen(self, connection: Connection, officer: str) -> int:
        """How many attempts failed since the officer was last told of them (count)."""
        row = connection.execute(
            """with seen as (update sign_in_tally set unseen = 0 where officer = %s and unseen > 0 returning 1)
            select coalesce(sum(unseen), 0) from sign_in_tally where officer = %s""",
            (officer, officer),
        ).fetchone()
        return int(row[0]) if row else 0

    def unseen(self, connection: Connection, officer: str, outcome: str) -> int:
        """How many attempts of an officer ended so since he was last let in (count)."""
        row = connection.execute(
            "select coalesce(sum(unseen), 0) from sign_in_tally where officer = %s and outcome = %s", (officer, outcome)
        ).fetchone()
        return int(row[0]) if row else 0

    def counted(self, connection: Connection, outcome: str, since: datetime) -> tuple[int, datetime | None]:
        """How many attempts ended so of late, by days that are not over before a moment (count), and when the last did."""
        row = connection.execute(
            """select coalesce(sum(count), 0), max(last) from sign_in_tally
            where day >= %s::date and outcome = %s and last > %s""",
            (since, outcome, since),
        ).fetchone()
        return (int(row[0]), row[1]) if row else (0, None)

    def failures(self, connection: Connection, days: int, today: date) -> list[Failure]:
        """What failed in the last days, newest first."""
        rows = connection.execute(
            """select day, outcome, officer, address, count, first, last from sign_in_tally
            where day > %s order by last desc""",
            (today - timedelta(days=days),),
        ).fetchall()
        names = Failure.__struct_fields__
        return [Failure(**dict(zip(names, row, strict=True))) for row in rows]
