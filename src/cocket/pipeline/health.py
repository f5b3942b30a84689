# SPDX-License-Identifier: Apache-2.0
"""How the house is, judged by what it does: each check looks at deeds, never at a promise of itself.

A check is one function and one line in a list. What messages cannot be taken in for has *failed*; what lets them be
taken in but does not do its work in time is *degraded*.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from cocket.errors import StoreError
from cocket.pipeline.canary import last_canary
from cocket.pipeline.machines import LAG_SECONDS
from cocket.pipeline.pulse import words_of
from cocket.pipeline.shelves import Shelves
from cocket.pipeline.speaking import PLACE as MODELS_PLACE
from cocket.pipeline.speaking import last_in_use
from cocket.pipeline.tracker import TRACKER_PLACE
from cocket.pipeline.turn import DESK_PLACE
from cocket.settings import Settings
from cocket.stores.database import Connection
from cocket.stores.role_states import RoleState, RoleStates

State = Literal["well", "degraded", "failed"]

ROLES = ("api", "desk", "book", "feeds", "ingress", "tracker", "workbench")

#: A turn that goes on for so long hangs: the longest honest ones, over hundreds of messages, take a few seconds.
_LONGEST_TURN = timedelta(seconds=120)

#: Less free space than one segment of PostgreSQL's log (16 MiB) stops every commit.
_FULL_MB = 16.0

#: How many failures in a row are told; one is over before anybody could look.
_TOLD_FAILURES = 2

#: Leaves looked at for gaps at each look: the newest, and a stretch that moves on, so that a look stays cheap (counts).
_NEWEST, _STRETCH = 4_096, 32_768


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found.

    Attributes:
        name: Which.
        state: `well`; `degraded`: messages are taken in, but something is not done in time; `failed`: they are not.
        words: What is, in a sentence or two.
        since: Since when it is not well, UTC; None if it is well, or if that is not known.
        hint: What to do; None if there is nothing.
        figures: What was measured, by name with its unit.
    """

    name: str
    state: State = "well"
    words: str
    since: datetime | None = None
    hint: str | None = None
    figures: dict[str, float] = {}


class Health(msgspec.Struct, frozen=True):
    """How the house is.

    Attributes:
        at: When it was looked at, UTC.
        checks: What each check found.
    """

    at: datetime
    checks: tuple[Check, ...]

    @property
    def word(self) -> Literal["ready", "degraded", "not-ready"]:
        """All of it in one word."""
        states = {check.state for check in self.checks}
        return "not-ready" if "failed" in states else "degraded" if "degraded" in states else "ready"

    @property
    def problems(self) -> tuple[Check, ...]:
        """Checks that are not well, the worst first."""
        return tuple(sorted((one for one in self.checks if one.state != "well"), key=lambda one: one.state != "failed"))


@dataclass
class Gaps:
    """Where leaves are looked for that are not there, from one look to the next.

    Attributes:
        next: First leaf of the next stretch.
        known: Leaves that were missing when last looked.
        is_whole: Whether every look is at the whole book.
    """

    next: int = 0
    known: set[int] = field(default_factory=set)
    is_whole: bool = False


@dataclass(frozen=True)
class Sight:
    """What the checks look at.

    Attributes:
        shelves: The stores.
        connection: A transaction.
        now: By the database's clock, UTC.
        roles: Every process known of.
        gaps: Where leaves were looked for.
    """

    shelves: Shelves
    connection: Connection
    now: datetime
    roles: tuple[RoleState, ...]
    gaps: Gaps

    @property
    def settings(self) -> Settings:
        """The settings of the house."""
        return self.shelves.settings


def look(shelves: Shelves, gaps: Gaps | None = None) -> Health:
    """Look at everything, once.

    Args:
        shelves: The stores.
        gaps: Where leaves were looked for before; None looks at the whole book.
    """
    checks: list[Check | None] = [check(shelves) for check in GROUND.values()]
    try:
        with shelves.database.transaction() as connection:
            connection.execute("set local statement_timeout = '10s'")
            row = connection.execute("select clock_timestamp()").fetchone()
            now = row[0] if row else datetime.now(UTC)
            roles = tuple(RoleStates().all(connection))
            sight = Sight(shelves, connection, now, roles, gaps or Gaps(is_whole=True))
            checks += [_seen(name, check, sight) for name, check in CHECKS.items()]
    except StoreError as error:
        checks.append(database_away(error))
    return Health(datetime.now(UTC), tuple(check for check in checks if check is not None))


def _seen(name: str, check: Callable[[Sight], Check | None], sight: Sight) -> Check | None:
    """What one check finds; one that cannot look says so, and never that all is well."""
    try:
        with sight.connection.transaction():
            return check(sight)
    except Exception as error:  # noqa: BLE001 - what is wrong may be anything, and the others are to look all the same
        state: State = "failed" if name == "database" else "degraded"
        return Check(name=name, state=state, words=f"This could not be looked at. {words_of(error)}")


def database_away(error: StoreError) -> Check:
    """What is found where the database does not answer."""
    hint = error.hint or "See that PostgreSQL runs, and what its log says; cocket serve starts its own again."
    return Check(name="database", state="failed", words=error.message, hint=hint)


def check_disks(shelves: Shelves) -> Check:
    """Free space of the disks of home and database."""
    figures: dict[str, float] = {}
    full: list[str] = []
    low: list[str] = []
    reserve = shelves.settings.disk_reserve_mb
    for name, place in _places(shelves.settings).items():
        with suppress(OSError):
            free = shutil.disk_usage(place).free / 2**20
            figures[f"{name}_free_mb"] = round(free, 1)
            if free < max(_FULL_MB, reserve):
                (full if free < _FULL_MB else low).append(f"{free:.0f} MB are free on the disk of {place}")
    if not full and not low:
        return Check(name="disk", words="There is room on the disks.", figures=figures)
    state: State = "failed" if full else "degraded"
    said = f"{'; '.join(full + low)}; {reserve:g} MB should be."
    return Check(name="disk", state=state, words=said, hint="Free space, or give the disk more.", figures=figures)


def check_home(shelves: Shelves) -> Check:
    """A write to the home folder that must reach the disk."""
    probe = shelves.settings.home / ".health"
    try:
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            written = os.write(handle, bytes(4096))
            os.fsync(handle)
        finally:
            os.close(handle)
        if written == 4096:
            return Check(name="home", words="The home folder can be written.")
        why = "no space left"
    except OSError as error:
        why = error.strerror or str(error)
    return Check(
        name="home",
        state="failed",
        words=f"{shelves.settings.home} cannot be written: {why}.",
        hint="See to its disk: free space, owner, and what the system's log says.",
    )


def check_database(sight: Sight) -> Check:
    """A write to the database that must reach the disk before its transaction ends."""
    RoleStates().write_durably(sight.connection, socket.gethostname())
    row = sight.connection.execute("select pg_database_size(current_database())").fetchone()
    figures = {"database_mb": round(row[0] / 2**20, 1)} if row else {}
    return Check(name="database", words="The database answers and can be written.", figures=figures)


def check_role(role: str, sight: Sight) -> Check | None:
    """Each process of one role: whether it lives, and whether what it does goes well."""
    known = [one for one in sight.roles if one.worker.role == role]
    if not known:
        return _nobody(role) if role in _needed(sight.settings) else None
    figures = {
        "silent_seconds": round(max(one.silent_seconds for one in known), 1),
        "failures": float(max(one.deeds.failures for one in known)),
        "processes": float(len(known)),
    }
    for one in known:
        if (found := _trouble(one, sight)) is not None:
            return msgspec.structs.replace(found, figures=figures)
    return Check(name=role, words="It works.", figures=figures)


def check_advice(sight: Sight) -> Check:
    """Whether the desk keeps up: how old the oldest message is that it has not dealt with."""
    place = sight.shelves.places.get(sight.connection, DESK_PLACE)
    upto = int(place) if place is not None else -1
    row = sight.connection.execute(
        "select idx, at from leaf where idx > %s and kind like 'message-%%' order by idx limit 1", (upto,)
    ).fetchone()
    behind = max(0, sight.shelves.messages.newest(sight.connection) - upto)
    age = max(0.0, (sight.now - row[1]).total_seconds()) if row else 0.0
    figures = {"leaves_behind": float(behind), "oldest_seconds": round(age, 1)}
    if row is None or age <= sight.settings.late_seconds:
        return Check(name="advice", words="Every message has been dealt with in time.", figures=figures)
    return Check(
        name="advice",
        state="degraded",
        words=f"No advice on what came since {clock(row[1], sight.now)}: the desk is {behind} leaves behind.",
        since=row[1],
        hint="Messages are taken in and their advice follows. See what is said of the desk.",
        figures=figures,
    )


def check_head(sight: Sight) -> Check:
    """Whether the book keeps its promises: how long the oldest message waits for a signed head."""
    shelves = sight.shelves
    size, signed = shelves.leaves.size(sight.connection), shelves.leaves.signed(sight.connection)
    row = sight.connection.execute("select max(at) from heads").fetchone()
    waiting = shelves.leaves.waiting_since(sight.connection)
    age = max(0.0, (sight.now - waiting).total_seconds()) if waiting else 0.0
    figures = {"leaves": float(size), "leaves_signed": float(signed), "oldest_seconds": round(age, 1)}
    if row and row[0]:
        figures["head_age_seconds"] = round(max(0.0, (sight.now - row[0]).total_seconds()), 1)
    if waiting is None or age <= min(LAG_SECONDS, sight.settings.merge_delay_seconds):
        return Check(name="head", words="Every message is in a signed head in time.", figures=figures)
    is_overdue = age > sight.settings.merge_delay_seconds
    broken = "Promises are broken" if is_overdue else "Receipts are marked degraded"
    return Check(
        name="head",
        state="degraded",
        words=f"No signed head holds what came since {clock(waiting, sight.now)}. {broken}.",
        since=waiting,
        hint="See what is said of the book.",
        figures=figures,
    )


def check_leaves(sight: Sight) -> Check:
    """Whether every leaf of the book is there."""
    gaps, leaves, connection = sight.gaps, sight.shelves.leaves, sight.connection
    size = leaves.size(connection)
    if gaps.is_whole:
        gaps.known = leaves.missing(connection, 0, size)
    else:
        start = gaps.next if gaps.next < size else 0
        stretches = [(start, min(size, start + _STRETCH)), (max(0, size - _NEWEST), size)]
        stretches += [(index, index + 1) for index in sorted(gaps.known)[:100]]
        looked = [(first, upto, leaves.missing(connection, first, upto)) for first, upto in stretches]
        for first, upto, missing in looked:
            gaps.known = {index for index in gaps.known if not first <= index < upto} | missing
        gaps.next = start + _STRETCH
    figures = {"missing": float(len(gaps.known))}
    if not gaps.known:
        return Check(name="leaves", words="No leaf of the book is missing.", figures=figures)
    return Check(
        name="leaves",
        state="degraded",
        words=f"{len(gaps.known)} leaves are not in the database; the first is leaf {min(gaps.known)}.",
        hint="Somebody deleted them, or a disk lost them. cocket ledger reimport brings back what can be.",
        figures=figures,
    )


def check_devices(sight: Sight) -> Check | None:
    """Whether the tracker keeps up with what devices sent."""
    row = sight.connection.execute("select coalesce(max(id), 0) from device_batch").fetchone()
    place = sight.shelves.places.get(sight.connection, TRACKER_PLACE)
    newest, upto = (row[0] if row else 0), int(place) if place is not None else 0
    if not newest and not sight.settings.ingress:
        return None
    figures = {"rows": float(newest), "rows_behind": float(max(0, newest - upto))}
    return Check(name="devices", words=f"{max(0, newest - upto)} rows of devices wait.", figures=figures)


def check_queue(sight: Sight) -> Check:
    """How much work waits for officers; a figure, no judgement."""
    rows = sight.connection.execute(
        "select lane, count(*) from control_order where status = 'open' group by lane"
    ).fetchall()
    figures = {lane: float(number) for lane, number in rows}
    return Check(name="orders", words=f"{sum(number for _, number in rows)} orders are open.", figures=figures)


def check_models(sight: Sight) -> Check:
    """Whether the models that should speak do."""
    refused = last_in_use(sight.shelves.places.get(sight.connection, MODELS_PLACE)).refused
    figures = {"refused": float(len(refused))}
    if not refused:
        return Check(name="models", words="No model was refused.", figures=figures)
    return Check(
        name="models",
        state="degraded",
        words=" ".join(f"The model was refused as {role}: {why}" for role, why in sorted(refused.items())),
        hint="The rules speak in its place. See cocket risk models.",
        figures=figures,
    )


def check_canary(sight: Sight) -> Check | None:
    """Whether the last message that the house lodged with itself was dealt with in time."""
    every = 60.0 * sight.settings.canary_minutes
    if not every:
        return None
    last = last_canary(sight.shelves, sight.connection)
    if last is None:
        return Check(name="canary", words="No canary was lodged yet.")
    (lodged, is_done), patience = last, max(sight.settings.late_seconds, sight.settings.merge_delay_seconds)
    age = max(0.0, (sight.now - lodged.at).total_seconds())
    figures = {"age_seconds": round(age, 1), "dealt_with": float(is_done)}
    since = clock(lodged.at, sight.now)
    if not is_done and age > patience:
        words = f"The canary of {since} has not passed the desk and reached a signed head."
    elif age > 2 * every + patience:
        words = f"No canary was lodged since {since}."
    else:
        return Check(name="canary", words=f"The last canary was lodged at {since}.", figures=figures)
    hint = "See what is said of api, desk and book."
    return Check(name="canary", state="degraded", words=words, since=lodged.at, hint=hint, figures=figures)


#: Without the database.
GROUND: dict[str, Callable[[Shelves], Check]] = {"disk": check_disks, "home": check_home}

#: With it. A new check is one more line.
CHECKS: dict[str, Callable[[Sight], Check | None]] = {
    "database": check_database,
    **{role: partial(check_role, role) for role in ROLES},
    "advice": check_advice,
    "head": check_head,
    "leaves": check_leaves,
    "devices": check_devices,
    "orders": check_queue,
    "models": check_models,
    "canary": check_canary,
}


def clock(moment: datetime, now: datetime) -> str:
    """A moment as people say it: the time alone where it was within the last day, UTC."""
    form = "%H:%M UTC" if now - moment < timedelta(hours=20) else "%Y-%m-%d %H:%M UTC"
    return moment.astimezone(UTC).strftime(form)


def _places(settings: Settings) -> dict[str, Path]:
    """What is on disks of this machine, by name."""
    return (
        {"home": settings.home}
        if settings.database_url
        else {
            "home": settings.home,
            "database": settings.home / "postgres",
        }
    )


def _needed(settings: Settings) -> set[str]:
    """Roles without which the house does not do its work."""
    has_feed = bool(settings.feed or settings.feed_database_url)
    return (
        {"desk", "book"} | ({"feeds"} if has_feed else set()) | ({"ingress", "tracker"} if settings.ingress else set())
    )


def _nobody(role: str) -> Check:
    return Check(
        name=role,
        state="degraded",
        words=f"No process of the role {role} has been heard of.",
        hint=f"Start it with cocket serve, or cocket serve {role} where it is to run.",
    )


def _trouble(one: RoleState, sight: Sight) -> Check | None:
    """What is wrong with one process; None if nothing is."""
    worker, deeds = one.worker, one.deeds
    if one.silent_seconds > sight.settings.late_seconds:
        how, hint = _silence(one)
        words = f"{worker.name} on {worker.host} {how} since {clock(one.beat, sight.now)}."
        return Check(name=worker.role, state="degraded", words=words, since=one.beat, hint=hint)
    if deeds.failures >= _TOLD_FAILURES and deeds.failing_since is not None:
        since = deeds.failing_since
        words = f"{worker.name} stands still since {clock(since, sight.now)}: {deeds.error_words}"
        hint = "It tries again by itself, and the other roles go on. Set right what it says."
        return Check(name=worker.role, state="degraded", words=words, since=since, hint=hint)
    is_within = deeds.began is not None and (deeds.ended is None or deeds.began > deeds.ended) and not deeds.failures
    if worker.role != "feeds" and is_within and deeds.began is not None and sight.now - deeds.began > _LONGEST_TURN:
        words = f"A turn of {worker.name} goes on since {clock(deeds.began, sight.now)}."
        hint = f"If it does not end, end its process {worker.pid}: it is started again, and nothing is lost."
        return Check(name=worker.role, state="degraded", words=words, since=deeds.began, hint=hint)
    return None


def _silence(one: RoleState) -> tuple[str, str]:
    """Why a process gives no sign of life, as far as that is seen from here, and what to do."""
    pid = one.worker.pid
    if one.worker.host != socket.gethostname():
        return "has given no sign of life", f"See to that machine: whether it runs, and its process {pid} with it."
    try:
        status = psutil.Process(pid).status()
    except psutil.Error:
        return "is gone, and was last heard of", "Start it again with cocket serve."
    if status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP):
        return "is stopped", f"Somebody stopped its process: kill -CONT {pid} lets it go on."
    return "has given no sign of life", f"End its process {pid}: it is started again, and nothing is lost."
