# SPDX-License-Identifier: Apache-2.0
"""What each process of the house last did: a row each, written by itself, read by whoever asks how the house is.

Times of a turn are those of the process; the sign of life, and how old it is, go by the database's clock, so that hosts
whose clocks differ are judged alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from cocket.stores.base.database import Connection


class Worker(msgspec.Struct, frozen=True):
    """One process of a role.

    Attributes:
        role: The role, such as `tracker`.
        host: Name of the machine.
        name: The role's name, with a number where there are several.
        pid: Process number on that machine.
        started: When it started, UTC.
    """

    role: str
    host: str
    name: str
    pid: int
    started: datetime


class Deeds(msgspec.Struct, frozen=True, kw_only=True):
    """What a process did last.

    Attributes:
        began: When its last turn of work began, UTC; None before the first, and of doors, which have no turns.
        ended: When its last turn ended well.
        worked: When a turn last found work.
        failures: How many failed in a row (0..n).
        failing_since: When the first of these failed; None while it goes well.
        error_code: Code of the last failure, kept after it is over; None if there was none.
        error_words: What was wrong, in words.
        error_at: When.
    """

    began: datetime | None = None
    ended: datetime | None = None
    worked: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    error_code: str | None = None
    error_words: str | None = None
    error_at: datetime | None = None


class RoleState(msgspec.Struct, frozen=True):
    """A process as it last told of itself.

    Attributes:
        worker: Which.
        deeds: What it did.
        silent_seconds: How long ago it gave its last sign of life.
        beat: When that was, UTC.
    """

    worker: Worker
    deeds: Deeds
    silent_seconds: float
    beat: datetime


_DEEDS = ", ".join(Deeds.__struct_fields__)

#: It waits for no disk, also where it is a transaction of its own: what a power cut loses here, nobody was promised.
_PUT = f"""
insert into role_state (role, host, worker, pid, started, beat, {_DEEDS})
select %s, %s, %s, %s, %s, clock_timestamp(), {", ".join(["%s"] * len(Deeds.__struct_fields__))}
from (select set_config('synchronous_commit', 'off', true)) as waits_for_no_disk
on conflict (role, host, worker) do update set pid = excluded.pid, started = excluded.started, beat = excluded.beat,
{", ".join(f"{name} = excluded.{name}" for name in Deeds.__struct_fields__)}
where role_state.pid = excluded.pid or not %s
returning 1
"""

#: A process that has not been heard of for so long counts no more once another of its role is at work.
_FORGOTTEN = "interval '1 day'"


class RoleStates:
    """The rows of processes, on a transaction of the caller."""

    def put(self, connection: Connection, worker: Worker, deeds: Deeds, *, is_polite: bool = False) -> bool:
        """Write what a process did; it waits for no disk.

        Args:
            connection: The transaction.
            worker: The process.
            deeds: What it did.
            is_polite: Whether another process that reports under this name keeps its row.

        Returns:
            Whether it was written; False where another process has the name.
        """
        values = (*msgspec.structs.astuple(worker), *msgspec.structs.astuple(deeds), is_polite)
        return connection.execute(_PUT, values).fetchone() is not None

    def forget_gone(
        self, connection: Connection, host: str, roles: Sequence[str], is_there: Callable[[Worker], bool]
    ) -> None:
        """Forget the processes of these roles on one machine that are not there any more, as that machine sees it."""
        rows = connection.execute(
            "select role, host, worker, pid, started from role_state where host = %s and role = any(%s)",
            (host, list(roles)),
        ).fetchall()
        for row in rows:
            if not is_there(worker := Worker(*row)):
                self.end(connection, worker)

    def forget_old(self, connection: Connection, role: str, roles: Sequence[str]) -> None:
        """Forget processes that fell silent long ago: of a role, and of those that this version does not have.

        Args:
            connection: The transaction.
            role: The role of the process that has just begun.
            roles: Every role of this version.
        """
        connection.execute(
            f"delete from role_state where (role = %s or role <> all(%s)) and beat < now() - {_FORGOTTEN}",
            (role, list(roles)),
        )

    def retire(self, connection: Connection, role: str, host: str, silent_seconds: float) -> list[str]:
        """Forget the processes of a role on one machine for good.

        Args:
            connection: The transaction.
            role: The role.
            host: The machine.
            silent_seconds: Those heard of since are left alone.

        Returns:
            Names of those forgotten (0..n).
        """
        rows = connection.execute(
            """delete from role_state where role = %s and host = %s
            and clock_timestamp() - beat > make_interval(secs => %s) returning worker""",
            (role, host, silent_seconds),
        )
        return sorted(row[0] for row in rows)

    def end(self, connection: Connection, worker: Worker) -> None:
        """Take the row of a process away that ends in order."""
        connection.execute(
            "delete from role_state where role = %s and host = %s and worker = %s and pid = %s",
            (worker.role, worker.host, worker.name, worker.pid),
        )

    def all(self, connection: Connection) -> list[RoleState]:
        """Every process known of, by role and name (0..n)."""
        rows = connection.execute(
            f"""select role, host, worker, pid, started, extract(epoch from clock_timestamp() - beat)::float8, beat,
            {_DEEDS} from role_state order by role, worker, host"""
        ).fetchall()
        names = Deeds.__struct_fields__
        return [
            RoleState(Worker(*row[:5]), Deeds(**dict(zip(names, row[7:], strict=True))), max(0.0, row[5]), row[6])
            for row in rows
        ]

    def silence(self, connection: Connection, role: str) -> float | None:
        """For how long no process of a role did its work: fell silent, or fails; None if none was ever heard of.

        Returns:
            Seconds, of the process that is best off.
        """
        row = connection.execute(
            """select min(extract(epoch from clock_timestamp() - least(beat, failing_since)))::float8 from role_state
            where role = %s""",
            (role,),
        ).fetchone()
        return row[0] if row else None

    def write_durably(self, connection: Connection, host: str) -> None:
        """Write one row of this machine's that must reach the disk: once its transaction has ended, one can write."""
        connection.execute(
            """insert into health_write values (%s, clock_timestamp())
            on conflict (host) do update set at = excluded.at""",
            (host,),
        )
