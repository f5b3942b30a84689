# SPDX-License-Identifier: Apache-2.0
"""State of the instance, judged by what it does: each check looks at deeds, never at a promise of itself.

A check is one function and one line in a list. What messages cannot be taken in for has *failed*; what lets them be
taken in but does not do its work in time is *degraded*.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import psutil

from cocket import ledger
from cocket.errors import SettingsError, StoreError
from cocket.findings.words import counted
from cocket.governance.names import clashes
from cocket.pipeline.assessment.worker_state import (
    REBUILT_PLACE,
    RELEARNING_PLACE,
    UNWRITTEN_PLACE,
    relearning,
    state_not_written,
)
from cocket.pipeline.base.agency_holds import standing_holds
from cocket.pipeline.base.database_identity import compare_house, is_own
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.followed_logs import followed_logs
from cocket.pipeline.base.gateway_files import GATEWAY, Gateway, stranded_words
from cocket.pipeline.base.heartbeat import words_of
from cocket.pipeline.base.notices import is_open
from cocket.pipeline.base.partner_agreements import signed_agreements
from cocket.pipeline.base.policies import in_force_at
from cocket.pipeline.base.roles import (
    ASSESSMENT,
    BESIDE,
    EVENT_PUSH,
    EVENTS,
    LOG,
    NOTIFICATIONS,
    SOURCES,
    SUBSCRIPTIONS,
    role_of,
)
from cocket.pipeline.base.set_aside import LOST
from cocket.pipeline.base.wiring import Stores, key_folder
from cocket.pipeline.consignment.partner_notices import overdue_requests
from cocket.pipeline.governance.emergency_files import every_emergency
from cocket.pipeline.governance.key_terms import every_terms
from cocket.pipeline.governance.policies import lockout_of
from cocket.pipeline.governance.provider_sign_in import LEFT_OUT
from cocket.pipeline.intake.machine_access import LAG_SECONDS
from cocket.pipeline.ledger.leaf_audit import forged_covers
from cocket.pipeline.ledger.refused_leaves import known_losses
from cocket.pipeline.ledger.reimport import REIMPORTED
from cocket.pipeline.measures.host_releases import despite_holds
from cocket.pipeline.operations.canary import last_canary
from cocket.pipeline.operations.event_delivery import event_trouble
from cocket.pipeline.operations.lost_keys import SEGMENTS_HINT, segment_faults
from cocket.pipeline.operations.notice_sending import trouble_of
from cocket.pipeline.operations.row_audit import LAST_PLACE, AuditStatement
from cocket.pipeline.operations.wal_streaming import is_streamed, why_keys_lag
from cocket.pipeline.risk.active_models import PLACE as MODELS_PLACE
from cocket.pipeline.risk.active_models import last_in_use
from cocket.pipeline.tracking.worker import TRACKER_PLACE
from cocket.settings import Settings
from cocket.stores.base.database import STANDBY_HINT, Connection, part_of, why_commits_wait
from cocket.stores.base.database_identity import highest_slot
from cocket.stores.base.record_months import OTHER, month_at, parts, stray
from cocket.stores.base.role_states import RoleState, RoleStates
from cocket.stores.base.set_aside import SetAside
from cocket.stores.base.table_shapes import is_lack, odd_tables
from cocket.stores.governance.sign_in import SignIns
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE
from cocket.stores.ledger.yearly_logs import CODE as ERA_ALTERED
from cocket.stores.operations import backups
from cocket.stores.operations.row_audits import RowAudits
from cocket.stores.partners.exchange_queue import ExchangeQueue
from cocket.stores.postgres.durability import hindrances, unsafe_settings
from cocket.stores.risk.history_copy import COPY_PLACE, CopyStanding, copy_standing
from cocket.stores.risk.kept_history import KeptHistory

#: How long health tells that the history was made anew.
_REBUILT_IS_TOLD = timedelta(days=1)

#: Less free space than one segment of PostgreSQL's log (16 MiB) stops every commit.
_FULL_MB = 16.0

#: Leaves looked at for gaps at each look: the newest, and a stretch that moves on, so that a look stays cheap (counts).
_NEWEST, _STRETCH = 4_096, 32_768

#: What to do about an unsafe setting.
SETTINGS_HINT = "Find out who set it, and take it back: ALTER ROLE … RESET, ALTER DATABASE … RESET, or ALTER SYSTEM RESET and a reload."

#: What to do about altered tables.
ALTERED_HINT = "The database schema was changed. Find out by whom and undo the change; then run cocket ledger audit."

#: What to do about files of the archive.
ARCHIVE_HINT = (
    "Mount the folder, or copy the file back. Until then what it has of that month cannot be read; it is not erased."
)

#: Roles that are checked, in the order in which they are shown.
ROLES = ("api", ASSESSMENT, LOG, "feeds", "ingress", "tracker", "workbench", EVENTS)

#: A turn that goes on for so long hangs: the longest honest ones, over hundreds of messages, take a few seconds.
_LONGEST_TURN = timedelta(seconds=120)

#: The same for the assessment worker while messages wait for it.
_LONGEST_WAITED_FOR = timedelta(seconds=30)

#: Clashes of names, and keys whose certificates end, that are told by name (count).
_MOST_CLASHES = 10

#: How long before its end a certificate of a machine is told.
_CERTIFICATE_WARNED = timedelta(days=30)

#: How many failures in a row are told; one is over before anybody could look, but of the assessment worker, whose
#: batches may take long.
_TOLD_FAILURES = 2


#: Clocks that are so far apart are told; so far apart, what is promised and sealed is wrong (seconds).
_APART_SECONDS, _FAR_APART_SECONDS = 5.0, 300.0

#: No look is older than so long when the clocks are compared (seconds).
_LONG_LOOK = 120.0

#: A sequence with fewer numbers left is told (count).
_FEW_LEFT = 1_000_000

#: Where everything fails and nobody sends any more, messages are taken to be refused for so long.
_SHUT = timedelta(seconds=60)

#: What is said of a process under SIGSTOP.
_STOPPED = "is stopped"

#: What says nothing of other messages, or of the next ones. Of SQLSTATE the classes by which the database refuses the values
#: of one statement, not the statement: data, integrity. And rows of `era` that were altered: `check_places` says so as long
#: as they are, and not afterwards.
_NOT_OF_ALL = ("22", "23", ERA_ALTERED)

#: What to do where the house cannot store what is sent.
_REFUSED_HINT = (
    "The senders were asked to send again. Fix the reported cause: cocket doctor says whether tables were altered. "
    "It is over once each of these senders could store a message, or ten minutes after the last failure."
)


State = Literal["well", "degraded", "failed"]


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
    """State of the instance.

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
        misplaced: Leaves that stood at the place of a padding entry when last looked.
        is_whole: Whether every look is at the whole log.
    """

    next: int = 0
    known: set[int] = field(default_factory=set)
    misplaced: set[int] = field(default_factory=set)
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
        ahead_seconds: By how much this machine's clock is ahead of the database's; negative where it is behind.
    """

    stores: Stores
    connection: Connection
    now: datetime
    roles: tuple[RoleState, ...]
    gaps: Gaps
    ahead_seconds: float = 0.0

    @property
    def settings(self) -> Settings:
        """The settings of the house."""
        return self.stores.settings


def clock(moment: datetime, now: datetime) -> str:
    """A moment as people say it: the time alone where it was within the last day, UTC."""
    form = "%H:%M UTC" if now - moment < timedelta(hours=20) else "%Y-%m-%d %H:%M UTC"
    return moment.astimezone(UTC).strftime(form)


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


def look(stores: Stores, gaps: Gaps | None = None, machine: Callable[[], datetime] = utc_now) -> Health:
    """Look at everything, once.

    Args:
        shelves: The stores.
        gaps: Where leaves were looked for before; None looks at the whole log.
        machine: The clock of this machine.
    """
    checks: list[Check | None] = [check(stores) for check in GROUND.values()]
    try:
        checks.append(check_database(stores))
        with stores.database.transaction() as connection:
            connection.execute("set local statement_timeout = '10s'")
            now, ahead = clocks_of(connection, machine)
            roles = tuple(RoleStates().all(connection))
            sight = Sight(stores, connection, now, roles, gaps or Gaps(is_whole=True), ahead)
            seen = [_seen(name, check, sight) for name, check in CHECKS.items()]
    except StoreError as error:
        seen = [database_away(error)]
        checks = [one for one in checks if one is not None and one.name != "database"]
    return Health(datetime.now(UTC), tuple(check for check in (*checks, *seen) if check is not None))


def look_at_records(stores: Stores) -> tuple[Check, ...]:
    """What is wrong with what is kept: leaves, their places, what is set aside; with log and assessment where they run.

    Raises:
        StoreError: The database does not answer.
    """
    with stores.database.transaction() as connection:
        now, ahead = clocks_of(connection)
        sight = Sight(stores, connection, now, tuple(RoleStates().all(connection)), Gaps(is_whole=True), ahead)
        running = {one.worker.role for one in sight.roles}
        names = [name for name in (ASSESSMENT, LOG) if name in running] + ["head"] * (LOG in running)
        seen = [
            _seen(name, CHECKS[name], sight)
            for name in (*names, "leaves", "places", "months", "archive-files", "set-aside")
        ]
    return tuple(check for check in seen if check is not None)


def _seen(name: str, check: Callable[[Sight], Check | None], sight: Sight) -> Check | None:
    """What one check finds; one that cannot look says so, and never that all is well."""
    try:
        with part_of(sight.connection):
            return check(sight)
    except Exception as error:  # noqa: BLE001 - what is wrong may be anything, and the others are to look all the same
        return Check(name=name, state="degraded", words=f"This could not be checked. {words_of(error)}")


def database_away(error: StoreError) -> Check:
    """What is found where the database does not answer."""
    hint = error.hint or "Check that PostgreSQL runs, and its log; cocket serve restarts its own."
    return Check(name="database", state="failed", words=error.message, hint=hint)


def check_disks(stores: Stores) -> Check:
    """Free space of the disks of home and database."""
    figures: dict[str, float] = {}
    full: list[str] = []
    low: list[str] = []
    reserve = stores.settings.disk_reserve_mb
    for name, place in _places(stores.settings).items():
        with suppress(OSError):
            free = shutil.disk_usage(place).free / 2**20
            figures[f"{name}_free_mb"] = round(free, 1)
            if free < max(_FULL_MB, reserve):
                (full if free < _FULL_MB else low).append(f"{free:.0f} MB free on the disk of {place}")
    if not full and not low:
        return Check(name="disk", words="The disks have enough free space.", figures=figures)
    state: State = "failed" if full else "degraded"
    said = f"{'; '.join(full + low)}; {reserve:g} MB are required."
    return Check(name="disk", state=state, words=said, hint="Free space, or give the disk more.", figures=figures)


def check_home(stores: Stores) -> Check:
    """A write to the home folder that must reach the disk."""
    probe = stores.settings.home / ".health"
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
        words=f"{stores.settings.home} cannot be written: {why}.",
        hint="Check its disk: free space, owner, and the system log.",
    )


def check_database(stores: Stores) -> Check:
    """A write to the database that must reach the disk before its transaction ends; it ends at once, and holds up nobody.

    Raises:
        StoreError: It cannot be written.
    """
    with stores.database.transaction() as connection:
        if (why := why_commits_wait(connection)) is not None:
            raise StoreError(why, hint=STANDBY_HINT)
        RoleStates().write_durably(connection, socket.gethostname())
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    figures = {"database_mb": round(row[0] / 2**20, 1)} if row else {}
    return Check(name="database", words="The database answers and can be written.", figures=figures)


def check_durability(sight: Sight) -> Check:
    """Whether the database keeps what it acknowledges: settings of server, database and role."""
    found = unsafe_settings(sight.connection, is_own=not sight.settings.database_url)
    if not found:
        return Check(name="durability", words="No setting lets the database lose what it acknowledged.")
    return Check(name="durability", state="failed", words=" ".join(found), hint=SETTINGS_HINT)


def check_sequences(sight: Sight) -> Check:
    """Whether the numbers that the database gives out do not end: at its end a sequence stops what needs a number."""
    return sequence_check(sight.connection)


def sequence_check(connection: Connection) -> Check:
    """What the sequences of our tables are worth; with the statement that sets one back."""
    rows = connection.execute(
        """select s.sequencename, s.increment_by, s.cycle, c.relname, a.attname, case when s.increment_by > 0
        then (s.max_value::numeric - coalesce(s.last_value, s.start_value - 1)) / s.increment_by
        else (s.min_value::numeric - coalesce(s.last_value, s.start_value + 1)) / s.increment_by end::float8
        from pg_catalog.pg_sequences s
        join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('i', 'a')
        and d.objid = pg_catalog.format('%I.%I', s.schemaname, s.sequencename)::pg_catalog.regclass
        join pg_catalog.pg_class c on c.oid = d.refobjid
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
        where s.schemaname = 'public' order by 1"""
    ).fetchall()
    said, acts = [], []
    for name, step, is_cycle, table, column, left in rows:
        if left >= _FEW_LEFT and step == 1 and not is_cycle:
            continue
        how = (
            f"has {counted(int(left), 'number')} left"
            if left >= 1
            else "is at its end: what needs a number of it fails"
        )
        said.append(f"The sequence {name} {how}{'' if step == 1 else f', and counts by {step}'}.")
        acts.append(
            f"ALTER SEQUENCE {name} NO MINVALUE NO MAXVALUE INCREMENT BY 1 NO CYCLE; "
            f"SELECT setval('{name}', (SELECT coalesce(max({column}), 1) FROM {table}));"
        )
    if not said:
        return Check(name="sequences", words="The database's sequences are far from their ends.")
    hint = f"Find out who changed it. {' '.join(acts)} What waits for a number goes on by itself."
    return Check(name="sequences", state="degraded", words=" ".join(said), hint=hint)


def check_settings(sight: Sight) -> Check:
    """Settings kept for role or database that limit the house, or would change what is written into its tables."""
    found = hindrances(sight.connection)
    if not found:
        return Check(name="settings", words="No setting of the role or the database hinders Cocket.")
    hint = " ".join(dict.fromkeys(one.act for one in found))
    return Check(
        name="settings",
        state="degraded",
        words=" ".join(one.words for one in found),
        hint=f"Find out who set it. {hint}",
    )


def clocks_of(connection: Connection, machine: Callable[[], datetime] = utc_now) -> tuple[datetime, float]:
    """The time by the database's clock, UTC, and by how many seconds this machine's is ahead; what a look takes is left out."""
    before = machine()
    row = connection.execute("select clock_timestamp()").fetchone()
    after, now = machine(), row[0] if row else before
    return now, max(0.0, (before - now).total_seconds()) - max(0.0, (now - after).total_seconds())


def check_clock(sight: Sight) -> Check:
    """This machine's clock against the database's, and against what the log says of the time."""
    return clock_check(sight.connection, sight.now, sight.ahead_seconds)


def clock_check(connection: Connection, now: datetime, ahead: float) -> Check:
    """What the clocks are worth.

    Args:
        connection: The transaction.
        now: By the database's clock, UTC.
        ahead: By how many seconds this machine's clock is ahead of it.
    """
    row = connection.execute(
        "select (select at from leaf order by idx desc limit 1), (select at from heads order by size desc limit 1)"
    ).fetchone()
    here = now + timedelta(seconds=ahead)
    entry, head = ((max(0.0, (one - here).total_seconds()) if one else 0.0) for one in row or (None, None))
    figures = {
        "ahead_of_database_seconds": round(ahead, 1),
        "entry_ahead_seconds": round(entry, 1),
        "head_ahead_seconds": round(head, 1),
    }
    said = []
    if abs(ahead) > _APART_SECONDS:
        side = "ahead of" if ahead > 0 else "behind"
        said.append(f"This machine's clock is {_span(abs(ahead))} {side} the database's.")
    for what, seconds in (("The newest entry of the log", entry), ("The newest signed head", head)):
        if seconds > _APART_SECONDS:
            said.append(f"{what} is dated {_span(seconds)} ahead of this machine's clock.")
    hint = "Set the clocks of all machines by NTP. Times that were sealed stay as they are."
    off = _replaced_clocks(connection)
    for name, seconds in off.items():
        side = "ahead of" if seconds > 0 else "behind"
        said.append(
            f"The function {name} of the database is {_span(abs(seconds))} {side} its own clock: it was replaced."
        )
        hint = "Find out who replaced the function, and set it back to PostgreSQL's own. Then run cocket ledger audit."
    if not said:
        return Check(name="clock", words="This machine, the database and the log have the same time.", figures=figures)
    worst = max(abs(ahead), entry, head, *map(abs, off.values()))
    state: State = "failed" if worst > _FAR_APART_SECONDS else "degraded"
    return Check(name="clock", state=state, words=" ".join(said), hint=hint, figures=figures)


def _replaced_clocks(connection: Connection) -> dict[str, float]:
    """Functions that tell another time than the server does (0..n): name → by how many seconds they are ahead.

    `current_timestamp` is no function that could be replaced: it is when the transaction began. The others tell the same,
    or what a look has taken more.
    """
    names = ("now()", "transaction_timestamp()", "statement_timestamp()", "clock_timestamp()")
    told = ", ".join(f"extract(epoch from {name} - current_timestamp)::float8" for name in names)
    row = connection.execute(f"select {told}").fetchone() or ()
    return {
        name: seconds
        for name, seconds, most in zip(names, row, (0.0, 0.0, _LONG_LOOK, _LONG_LOOK), strict=True)
        if not -_APART_SECONDS <= seconds <= most + _APART_SECONDS
    }


def _span(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def check_advice(sight: Sight) -> Check:
    """Whether the assessment worker keeps up: how old the oldest message is that it has not dealt with."""
    place = sight.stores.places.get(sight.connection, ASSESSMENT_PLACE)
    upto = int(place) if place is not None else -1
    row = sight.connection.execute(
        "select idx, at from leaf where idx > %s and kind like 'message-%%' order by idx limit 1", (upto,)
    ).fetchone()
    behind = sight.stores.messages.newest(sight.connection, upto) - upto
    age = max(0.0, (sight.now - row[1]).total_seconds()) if row else 0.0
    figures = {"leaves_behind": float(behind), "oldest_seconds": round(age, 1)}
    if row is None or age <= sight.settings.late_seconds:
        return Check(name="advice", words="Every message has been processed in time.", figures=figures)
    return Check(
        name="advice",
        state="degraded",
        words=f"No advice on messages since {clock(row[1], sight.now)}: assessment is {counted(behind, 'leaf', 'leaves')} behind.",
        since=row[1],
        hint=f"Messages are accepted and their advice follows later. See the state of the role {ASSESSMENT}.",
        figures=figures,
    )


def check_head(sight: Sight) -> Check:
    """Whether the log keeps its promises: how long the oldest message waits for a signed head."""
    stores = sight.stores
    size, signed = stores.leaves.size(sight.connection), stores.leaves.signed(sight.connection)
    row = sight.connection.execute("select max(at) from heads").fetchone()
    waiting = stores.leaves.waiting_since(sight.connection)
    age = max(0.0, (sight.now - waiting).total_seconds()) if waiting else 0.0
    figures = {"leaves": float(size), "leaves_signed": float(signed), "oldest_seconds": round(age, 1)}
    if row and row[0]:
        figures["head_age_seconds"] = round(max(0.0, (sight.now - row[0]).total_seconds()), 1)
    if waiting is None or age <= min(LAG_SECONDS, sight.settings.merge_delay_seconds):
        return Check(name="head", words="Every message is in a signed head in time.", figures=figures)
    is_overdue = age > sight.settings.merge_delay_seconds
    broken = "Promises of receipts are broken" if is_overdue else "Receipts are marked degraded"
    return Check(
        name="head",
        state="degraded",
        words=f"No signed head includes what was received since {clock(waiting, sight.now)}. {broken}.",
        since=waiting,
        hint=f"See the state of the role {LOG}.",
        figures=figures,
    )


def check_leaves(sight: Sight) -> Check:
    """Whether every leaf of the log is there, and where none but it is."""
    gaps, leaves, connection = sight.gaps, sight.stores.leaves, sight.connection
    size = leaves.size(connection)
    if gaps.is_whole:
        gaps.known = leaves.missing(connection, 0, size)
        gaps.misplaced = set(leaves.on_cover(connection, 0, size))
    else:
        start = gaps.next if gaps.next < size else 0
        stretches = [(start, min(size, start + _STRETCH)), (max(0, size - _NEWEST), size)]
        stretches += [(index, index + 1) for index in sorted(gaps.known | gaps.misplaced)[:100]]
        looked = [(first, upto, leaves.missing(connection, first, upto)) for first, upto in stretches]
        for first, upto, missing in looked:
            gaps.known = {index for index in gaps.known if not first <= index < upto} | missing
            gaps.misplaced = {index for index in gaps.misplaced if not first <= index < upto}
            gaps.misplaced |= set(leaves.on_cover(connection, first, upto))
        gaps.next = start + _STRETCH
    lost = len(known_losses(sight.stores, connection))
    figures = {"missing": float(len(gaps.known)), "on_padding": float(len(gaps.misplaced)), "known_losses": float(lost)}
    if forged := forged_covers(sight.stores, connection, sorted(gaps.misplaced)[:100]):
        leaf, row = min(forged.items())
        return Check(
            name="leaves",
            state="degraded",
            words=f"cover {row} was forged or altered in the database: it says that a padding entry stands at the place of leaf "
            f"{leaf}, whose proof holds.",
            hint=f'Run cocket ledger audit, then cocket ledger audit --set-right "cover {row}" --reason …',
            figures=figures,
        )
    if gaps.misplaced:
        words, first = counted(len(gaps.misplaced), "leaf stands", "leaves stand"), min(gaps.misplaced)
        return Check(
            name="leaves",
            state="degraded",
            words=f"{words} at the place of a padding entry, so that no proof of it holds; the first is leaf {first}.",
            hint=f"Give each a place of its own: cocket set-aside leaf {first} --reason …",
            figures=figures,
        )
    if not gaps.known:
        words = "No leaf of the log is missing."
        if lost:
            words += f" The sealed content of {counted(lost, 'leaf', 'leaves')} is recorded as lost."
        return Check(name="leaves", words=words, figures=figures)
    return Check(
        name="leaves",
        state="degraded",
        words=f"{counted(len(gaps.known), 'leaf is', 'leaves are')} not in the database; the first is leaf {min(gaps.known)}.",
        hint="They were deleted, or lost by a disk. Restore them: cocket ledger reimport.",
        figures=figures,
    )


def check_places(sight: Sight) -> Check:
    """Whether receipts can say at which place of the log a message will stand: looked up as intake does, for the next leaf."""
    eras, connection = sight.stores.leaves.eras, sight.connection
    eras.load(connection)
    name = "places"
    try:
        if size := sight.stores.leaves.size(connection):
            eras.of(size)
    except StoreError as error:
        return Check(name=name, state="failed", words=f"No messages are accepted: {error.message}", hint=error.hint)
    try:
        eras.check()
    except StoreError as error:
        return Check(name=name, state="degraded", words=error.message, hint=error.hint)
    return Check(name=name, words="Receipts can name the places of messages in the log.")


def check_devices(sight: Sight) -> Check | None:
    """Whether the tracker keeps up with what devices sent."""
    row = sight.connection.execute("select coalesce(max(id), 0) from device_batch").fetchone()
    place = sight.stores.places.get(sight.connection, TRACKER_PLACE)
    newest, upto = (row[0] if row else 0), int(place) if place is not None else 0
    if not newest and not sight.settings.ingress:
        return None
    figures = {"rows": float(newest), "rows_behind": float(max(0, newest - upto))}
    return Check(
        name="devices", words=f"{counted(max(0, newest - upto), 'row')} of device messages waiting.", figures=figures
    )


def check_queue(sight: Sight) -> Check:
    """How much work waits for officers; a figure, no judgement."""
    rows = sight.connection.execute(
        "select lane, count(*) from control_order where status = 'open' group by lane"
    ).fetchall()
    figures = {lane: float(number) for lane, number in rows}
    return Check(
        name="orders",
        words=f"{counted(sum(number for _, number in rows), 'order is', 'orders are')} open.",
        figures=figures,
    )


def check_models(sight: Sight) -> Check:
    """Whether the models that should speak do."""
    refused = last_in_use(sight.stores.places.get(sight.connection, MODELS_PLACE)).refused
    figures = {"refused": float(len(refused))}
    if not refused:
        return Check(name="models", words="No model was refused.", figures=figures)
    return Check(
        name="models",
        state="degraded",
        words=" ".join(f"The model was refused as {role}: {why}" for role, why in sorted(refused.items())),
        hint="Only the rules are active instead. See cocket risk models.",
        figures=figures,
    )


def check_learning(sight: Sight) -> Check:
    """Whether the assessment worker could write down what it learnt; its work does not wait for that."""
    note = state_not_written(sight.stores.places.learnt(sight.connection, UNWRITTEN_PLACE))
    figures = {"history_mb": KeptHistory(sight.stores.settings.history_folder).size / 2**20}
    if note is None:
        rebuilt = state_not_written(sight.stores.places.learnt(sight.connection, REBUILT_PLACE))
        words = "The assessment worker's state can be saved."
        if rebuilt is not None and sight.now - rebuilt.since < _REBUILT_IS_TOLD:
            source = "its copy in the database" if rebuilt.is_from_copy else "the log"
            words += f" It was rebuilt from {source} at {clock(rebuilt.since, sight.now)}: {rebuilt.words}"
        again = relearning(sight.stores.places.learnt(sight.connection, RELEARNING_PLACE))
        if again is not None:
            done = f"leaf {again.reached:,} of {again.upto:,}"
            words += f" Something was erased: the history is being rebuilt without it while work continues, {done}."
        copy = copy_standing(sight.stores.places.learnt(sight.connection, COPY_PLACE))
        if copy is not None and copy.is_partial:
            words += _words_of_copying(copy)
        return Check(name="learning", words=words, figures=figures)
    return Check(
        name="learning",
        state="degraded",
        words=f"The assessment worker's state could not be saved since {clock(note.since, sight.now)}: {note.words}",
        since=note.since,
        hint="Advice continues, and saving is retried. The next start of the assessment worker takes longer.",
        figures=figures,
    )


def _words_of_copying(copy: CopyStanding) -> str:
    """How far the history is copied into the database, and what it means that this is not done."""
    far = f"{copy.done:,} of {copy.total:,} values" if copy.done is not None and copy.total else "not begun"
    return (
        f" While there is nothing else to do, its history is copied into the database: {far}. If the power fails before this is "
        "done, nothing is lost and the copy is continued or begun again. Only a home that loses its history before then must "
        "read the whole log again to learn it."
    )


def check_set_aside(sight: Sight) -> Check:
    """What could not be worked on and waits for an operator; the rest goes on."""
    counts = SetAside().counts(sight.connection)
    total = sum(one.open for one in counts)
    figures = {role_of(one.role): float(one.open) for one in counts}
    if not total:
        return Check(name="set-aside", words="Nothing is set aside.", figures=figures)
    since = min(one.since for one in counts)
    said = ", ".join(f"{one.open} of {role_of(one.role)}" for one in counts)
    return Check(
        name="set-aside",
        state="degraded",
        words=f"{counted(total, 'thing')} set aside since {clock(since, sight.now)}, because it could not be processed: {said}.",
        since=since,
        hint=_what_to_do(sight.connection, total),
        figures=figures,
    )


def _what_to_do(connection: Connection, total: int) -> str:
    """What an operator does of what is set aside; things whose keys are lost are not tried again."""
    lost = SetAside().count_of(connection, LOST)
    again = "Retry each once its cause is fixed." if not lost else ""
    if 0 < lost < total:
        again = "Retry those that are not lost once the cause is fixed."
    gone = (
        f"{counted(lost, 'item')} whose key is lost cannot be retried: ask the senders to send again, "
        "then close them: cocket set-aside close --lost."
    )
    return " ".join(one for one in ("Everything else continues.", again, gone if lost else "") if one)


def check_rows(sight: Sight) -> Check:
    """Rows of the database that do not agree with their sealed records; nothing goes by them."""
    odd = odd_tables(sight.connection, is_own=not sight.settings.database_url)
    listed = RowAudits().names(sight.connection)
    hidden = sight.connection.marks.noted() - listed
    number = len(listed) + len(hidden)
    if odd:
        lacking = any(is_lack(part) for what in odd.values() for part in what.split("; "))
        return Check(
            name="rows",
            state="failed" if lacking else "degraded",
            words=f"Tables were altered: {', '.join(f'{name} {what}' for name, what in odd.items())}.",
            hint=ALTERED_HINT,
            figures={"differ": float(max(number, len(odd)))},
        )
    figures = {"differ": float(number)}
    if not number:
        return Check(name="rows", words="No row is known to differ from its sealed record.", figures=figures)
    if (restored := _restored_since(sight)) is not None:
        return Check(
            name="rows",
            state="degraded",
            words=f"Missing leaves were restored at {clock(restored, sight.now)}, and no audit of the rows has ended since: "
            f"{counted(number, 'row that was', 'rows that were')} found to differ before may agree now.",
            since=restored,
            hint="Run cocket ledger audit; it also begins by itself within a minute.",
            figures=figures,
        )
    return Check(
        name="rows",
        state="degraded",
        words=f"{counted(number, 'row of the database does', 'rows of the database do')} not agree with sealed records: the "
        "database was changed from outside Cocket."
        + (f" {len(hidden)} of them were removed from the list of differences." if hidden else ""),
        hint="cocket ledger audit lists them; --set-right repairs one. One that was repaired otherwise counts until the "
        "next audit, which begins by itself within a minute.",
        figures=figures,
    )


def _restored_since(sight: Sight) -> datetime | None:
    """When missing leaves were restored after the last whole audit of the rows; None if none were."""
    row = sight.connection.execute(
        "select l.idx, l.at from record r join leaf l on l.record = r.id where r.kind = %s order by l.idx desc limit 1",
        (REIMPORTED,),
    ).fetchone()
    packed = sight.stores.places.learnt(sight.connection, LAST_PLACE)
    if row is None or (packed and msgspec.json.decode(packed, type=AuditStatement).upto > row[0]):
        return None
    at: datetime = row[1]
    return at


def check_months(sight: Sight) -> Check:
    """Whether bodies of advice and contents of messages stand in the tables of their months, and the next month has one."""
    strays = stray(sight.connection)
    following = month_at(sight.now).after(1)
    figures = {"stray": float(strays)}
    if not strays and following.table in parts(sight.connection):
        return Check(
            name="months", words="There are tables for the contents of this month and the next.", figures=figures
        )
    words = (
        f"{counted(strays, 'body stands', 'bodies stand')} in the table {OTHER}, in no month's."
        if strays
        else f"There is no table for the contents of {following}; they would go to {OTHER}."
    )
    return Check(
        name="months",
        state="degraded",
        words=words,
        hint="The role log makes the tables and moves the bodies within a minute; if this stays, its log says what keeps it. "
        "Bodies whose id has no time in it stay there: cocket ledger audit says whether they are as they were sealed.",
        figures=figures,
    )


def check_archive(sight: Sight) -> Check | None:
    """Whether every file of the archive is in its folder, in its size; None where nothing was archived."""
    archive, months = sight.stores.leaves.archive, sight.stores.leaves.archived_months(sight.connection)
    files = [(month.month, part) for month in months.values() for part in month.parts]
    if not files:
        return None
    faults = [(month, part.file, fault) for month, part in files if (fault := archive.fault(part, is_whole=False))]
    figures = {"files": float(len(files)), "faults": float(len(faults))}
    if not faults:
        words = f"{counted(len(files), 'file')} of the archive, none missing."
        return Check(name="archive-files", words=words, figures=figures)
    named = "; ".join(f"{file} of {month} {fault}" for month, file, fault in faults[:_MOST_CLASHES])
    more = f"; and {len(faults) - _MOST_CLASHES} more" if len(faults) > _MOST_CLASHES else ""
    return Check(
        name="archive-files", state="degraded", words=f"The archive: {named}{more}.", hint=ARCHIVE_HINT, figures=figures
    )


def check_identity(sight: Sight) -> Check:
    """Whether the database still says that it is of this instance: it would not be opened again."""
    try:
        compare_house(sight.settings, sight.connection)
    except SettingsError as error:
        if not is_own(error):
            return Check(name="identity", state="failed", words=error.message, hint=error.hint)
        own = ledger.family_of(sight.settings.log_origin)
        return Check(
            name="identity",
            state="degraded",
            words="The database names another log, though its keys are those of this instance; one of them was changed: "
            f"{'; '.join(error.problems)}. What runs goes on, but would not start again.",
            hint=f"Find out who changed it, and set it back; the setting is {own}.",
        )
    return Check(name="identity", words="The database is that of this instance.")


def check_feed_files(sight: Sight) -> Check | None:
    """Files of the host's folder that are not taken in; each is told by cocket feed --problems."""
    if not sight.settings.feed:
        return None
    row = sight.connection.execute("select count(*), min(first_seen) from feed_problem").fetchone()
    number, since = row or (0, None)
    figures = {"not_taken": float(number)}
    if not number:
        return Check(name="feed-files", words="Every complete host file was imported.", figures=figures)
    files = counted(number, "file of the host is", "files of the host are")
    words = f"{files} not imported, the first since {clock(since, sight.now)}."
    hint = "cocket feed --problems gives the reasons."
    return Check(name="feed-files", state="degraded", words=words, since=since, hint=hint, figures=figures)


def check_backups(sight: Sight) -> Check:
    """How old the newest backup is; judged where the settings say how old it may be."""
    newest, most = backups.newest(sight.connection), sight.settings.backup_hours
    age = (sight.now - newest.at).total_seconds() / 3600 if newest else None
    figures = {} if age is None else {"age_hours": round(age, 2)}
    words = f"The newest backup is of {clock(newest.at, sight.now)}." if newest else "No backup was made yet."
    if not most or (age is not None and age <= most):
        return Check(name="backup", words=words, figures=figures)
    hint = f"There should be one every {most:g} hours: check what runs cocket backup."
    since = newest.at if newest else None
    return Check(name="backup", state="degraded", words=words, since=since, hint=hint, figures=figures)


def check_subject_keys(sight: Sight) -> Check:
    """Whether every segment of the keys of sealed things is there: what one held cannot be opened without it."""
    place, highest = key_folder(sight.settings), highest_slot(sight.connection)
    said = segment_faults(sight.settings, sight.connection)
    if highest is not None and highest >= (slots := place.slots()):
        said.append(f"The database refers to key {highest}, but {place.folder} ends at {slots}.")
    if not said:
        return Check(name="subject-keys", words="Every segment of the keys of sealed content is there.")
    return Check(name="subject-keys", state="degraded", words=" ".join(said), hint=SEGMENTS_HINT)


def check_streamed_keys(sight: Sight) -> Check | None:
    """Whether the keys follow the database's log where that is streamed: without them nothing streamed can be opened."""
    if not is_streamed(sight.settings):
        return None
    if (why := why_keys_lag(sight.settings)) is not None:
        return Check(name="streamed-keys", state="degraded", words=why)
    return Check(name="streamed-keys", words="The keys are copied along with the database's write-ahead log.")


def check_notices(sight: Sight) -> Check | None:
    """Whether notices to officers are sent by the channels that the settings have."""
    if not any(is_open(sight.stores, channel) for channel in ("email", "webhook")):
        return None
    seen = trouble_of(sight.stores, sight.connection, sight.now)
    figures = {"failed": float(seen.failed), "retried": float(seen.retried)}
    if seen.since is None:
        return Check(name="notices", words="Notices to officers are sent.", figures=figures)
    said = [f"{counted(seen.failed, 'notice', 'notices')} to officers could not be sent"] if seen.failed else []
    said += [f"{counted(seen.retried, 'notice is', 'notices are')} tried again"] if seen.retried else []
    return Check(
        name="notices",
        state="degraded",
        words=f"{'; '.join(said)}. {seen.problem}",
        since=seen.since,
        hint="Officers see all of them in their inboxes. The page of administration lists those that failed.",
        figures=figures,
    )


def check_events(sight: Sight) -> Check | None:
    """Whether events reach those who asked for them; one who does not answer is no fault of the instance."""
    if not sight.settings.tells_events:
        return None
    seen = event_trouble(sight.stores, sight.connection)
    figures = {"waiting": float(seen.waiting), "failing": float(seen.failing), "disabled": float(seen.disabled)}
    said = [f"{counted(seen.waiting, 'event waits', 'events wait')} to be sent"] if seen.waiting else []
    said += [f"{counted(seen.failing, 'webhook does', 'webhooks do')} not answer"] if seen.failing else []
    said += [f"{counted(seen.disabled, 'webhook was', 'webhooks were')} disabled"] if seen.disabled else []
    words, hint = "", ""
    if seen.bus:
        words = f"Events are not published: {seen.bus} {'; '.join(said)}."
        hint = "They are published as soon as it answers. Check COCKET_NATS_URL and the server."
    elif seen.mail:
        words = f"Events are not sent by e-mail: {seen.mail} {'; '.join(said)}."
        hint = "They are sent as soon as it works. Check COCKET_MAIL_SERVER and what goes with it."
    if words:
        return Check(name="event-sending", state="degraded", words=words, since=seen.since, hint=hint, figures=figures)
    return Check(name="event-sending", words=f"{'; '.join(said) or 'Events are sent'}.", figures=figures)


def check_partners(sight: Sight) -> Check | None:
    """Whether messages to partner administrations are answered; for a day, one who does not answer is no fault of the instance."""
    if not sight.settings.partner_exchange:
        return None
    states = sight.stores.case_files.states(sight.connection, "partner-exchange")
    names = [one.name for one in signed_agreements(sight.stores, sight.connection)]
    going = ExchangeQueue().sending(sight.connection, names)
    failing = {name: one for name, one in sorted(going.items()) if one.failing_since is not None}
    waiting, given_up = states.get("waiting", 0), states.get("given-up", 0)
    figures = {"waiting": float(waiting), "given_up": float(given_up), "failing": float(len(failing))}
    said = [f"{counted(waiting, 'message waits', 'messages wait')} to be sent"] if waiting else []
    said += [f"{counted(given_up, 'message was', 'messages were')} given up"] if given_up else []
    said += [f"under {name} nothing goes: {one.problem.rstrip('.')}" for name, one in failing.items()]
    since = min((one.failing_since for one in failing.values() if one.failing_since), default=None)
    words = f"Partner administrations: {'; '.join(said) or 'all messages are answered'}."
    if since is not None and sight.now - since > timedelta(days=1):
        hint = (
            "Messages wait, and go as soon as it answers: cocket partner list. An agreement that the partner ended is ended here too, "
            "or put in force again: cocket agreements list"
        )
        return Check(name="partner-exchange", state="degraded", words=words, since=since, hint=hint, figures=figures)
    return Check(name="partner-exchange", words=words, figures=figures)


def check_requests(sight: Sight) -> Check | None:
    """Whether requests for assistance are answered by their day; what a partner owes us is said, and is no fault of the instance."""
    if not sight.settings.partner_exchange:
        return None
    overdue = overdue_requests(sight.stores, sight.connection)
    days = [one.notice.due for one in overdue if one.direction == "in" and one.notice.due is not None]
    theirs = len(overdue) - len(days)
    figures = {"ours": float(len(days)), "theirs": float(theirs)}
    said = [f"{counted(len(days), 'request', 'requests')} that we are to answer"] if days else []
    said += [f"{counted(theirs, 'request', 'requests')} that we made"] if theirs else []
    words = f"Requests for assistance past their day: {' and '.join(said) or 'none'}."
    if not days:
        return Check(name="partner-requests", words=words, figures=figures)
    due = min(days)
    return Check(
        name="partner-requests",
        state="degraded",
        words=words,
        since=datetime(due.year, due.month, due.day, tzinfo=ZoneInfo(sight.settings.time_zone)) + timedelta(days=1),
        hint="Answer or decline them: cocket partner notices --kind assistance",
        figures=figures,
    )


def check_sources(sight: Sight) -> Check | None:
    """Whether sources that are asked by themselves answer; for a day, one that does not is no fault of the instance."""
    if not sight.settings.source_following:
        return None
    every = [
        msgspec.json.decode(one.body, type=_Asking)
        for one in sight.stores.case_files.of_kind(sight.connection, "source-work")
    ]
    held_up = sorted((one for one in every if one.problem), key=lambda one: one.source)
    told = sight.stores.case_files.states(sight.connection, "source-notice").get("waiting", 0)
    figures = {"held_up": float(len(held_up)), "waiting": float(told + sum(one.waiting for one in held_up))}
    said = [
        f"{one.source} is not asked: {one.problem.rstrip('.')}"
        + (f"; {counted(one.waiting, 'consignment waits', 'consignments wait')} for it" if one.waiting else "")
        + (f"; it is asked again at {one.again:%Y-%m-%d %H:%M} UTC" if one.again else "")
        for one in held_up
    ]
    words = f"Sources asked by themselves: {'. '.join(said) or 'all answer'}."
    since = min((one.since for one in held_up if one.since is not None), default=None)
    is_long = since is not None and sight.now - since > timedelta(days=1)
    if is_long or any(one.since is None for one in held_up):
        hint = "What waits is asked for as soon as it can be: cocket sources work"
        return Check(name="sources", state="degraded", words=words, since=since, hint=hint, figures=figures)
    return Check(name="sources", words=words, figures=figures)


def check_gateways(sight: Sight) -> Check | None:
    """Whether what gateways of offices bring is taken; None where none is registered."""
    every = [
        read_body(one, Gateway)
        for one in sight.stores.case_files.of_kind(sight.connection, GATEWAY, ("active", "forked"))
    ]
    if not every:
        return None
    refused = [(one, one.refused) for one in every if one.state == "active" and one.refused is not None]
    said = [f"{one.name}: {why.words}" for one, why in refused]
    said += [f"{one.name}: {one.why} {stranded_words(one)}" for one in every if one.state == "forked"]
    figures = {"gateways": float(len(every)), "refused": float(len(said))}
    if not said:
        words = f"What {counted(len(every), 'gateway brings', 'gateways bring')} is taken."
        return Check(name="gateways", words=words, figures=figures)
    more = f" And {len(said) - _MOST_CLASHES} more." if len(said) > _MOST_CLASHES else ""
    return Check(
        name="gateways",
        state="degraded",
        words=f"What a gateway brings is not taken. {' '.join(said[:_MOST_CLASHES])}{more}",
        since=min((why.at for _, why in refused), default=None),
        hint="The page When the line is down shows it; one whose entries are not at customs is ended: "
        "cocket continuity end-gateway",
        figures=figures,
    )


def check_holds(sight: Sight) -> Check | None:
    """Whether goods that another agency holds went on all the same; None where no agency holds anything."""
    holds = standing_holds(sight.stores, sight.connection)
    if not holds:
        return None
    gone = despite_holds(sight.stores, sight.connection, holds)
    figures = {"held": float(len(holds)), "let go": float(len(gone))}
    held = counted(len(holds), "consignment is held by another agency", "consignments are held by other agencies")
    if not gone:
        return Check(name="holds", words=f"{held}; none was let go.", figures=figures)
    lines = sight.stores.consignments.lines_of(sight.connection, list(gone))
    named = [
        f"{lines[dossier].title if dossier in lines else dossier}: held by {', '.join(one.agencies)}, {_GONE[one.how]} ({one.by})."
        for dossier, one in sorted(gone.items(), key=lambda pair: (pair[1].at, pair[0]))
    ]
    more = f" And {len(named) - _MOST_CLASHES} more." if len(named) > _MOST_CLASHES else ""
    return Check(
        name="holds",
        state="degraded",
        words=f"Goods that another agency holds were let go. {' '.join(named[:_MOST_CLASHES])}{more}",
        since=min(one.at for one in gone.values()),
        hint="Inform the agency: the dossier shows who let them go. It ends when the agency releases them, or customs overrides its hold.",
        figures=figures,
    )


#: How goods went on, in words.
_GONE = {"lane": "the host gave them the green lane", "release": "a message says released", "gate-out": "they left"}


class _Asking(msgspec.Struct, frozen=True):
    """What a check needs to know of how asking a source goes."""

    source: str
    waiting: int = 0
    problem: str = ""
    since: datetime | None = None
    again: datetime | None = None


def check_logs(sight: Sight) -> Check | None:
    """Whether the logs of partners are what they were: at once if one is not, after a day if one cannot be read or stands still."""
    if not sight.settings.partner_exchange:
        return None
    every = followed_logs(sight.stores, sight.connection)
    said, is_bad, since = [], False, None
    for one in every:
        begun = one.followed.since
        words = [one.followed.problem] if one.followed.problem else []
        words += [kept.alarm.message for _, kept in one.alarms if kept.alarm.message not in one.followed.problem]
        if not words:
            continue
        more = f" And {len(words) - 3} more." if len(words) > 3 else ""
        said.append(f"The log of {one.followed.country}: {' '.join(words[:3])}{more}")
        if one.is_grave or (begun is not None and sight.now - begun > timedelta(days=1)):
            is_bad, since = True, min(filter(None, (since, begun)), default=None)
    figures = {
        "logs": float(len(every)),
        "unwell": float(len(said)),
        "alarms": float(sum(len(one.alarms) for one in every)),
    }
    words_ = (
        " ".join(said)
        or f"{counted(len(every), 'log', 'logs')} of partners followed, and each goes on from what it was."
    )
    if not is_bad:
        return Check(name="partner-logs", words=words_, figures=figures)
    hint = (
        "cocket partner logs names the files of alarms; cocket ledger convict says what one proves. Ask the partner by another way; "
        "an alarm is shown until its file is moved elsewhere."
    )
    return Check(name="partner-logs", state="degraded", words=words_, since=since, hint=hint, figures=figures)


def check_canary(sight: Sight) -> Check | None:
    """Whether the last message that the house lodged with itself was dealt with in time."""
    every = 60.0 * sight.settings.canary_minutes
    if not every:
        return None
    last = last_canary(sight.stores, sight.connection)
    if last is None:
        return Check(name="canary", words="No canary was sent yet.")
    (lodged, is_done), patience = last, max(sight.settings.late_seconds, sight.settings.merge_delay_seconds)
    age = max(0.0, (sight.now - lodged.at).total_seconds())
    figures = {"age_seconds": round(age, 1), "dealt_with": float(is_done)}
    since = clock(lodged.at, sight.now)
    if not is_done and age > patience:
        words = f"The canary of {since} has not been assessed and included in a signed head."
    elif age > 2 * every + patience:
        words = f"No canary was sent since {since}."
    else:
        return Check(name="canary", words=f"The last canary was sent at {since}.", figures=figures)
    hint = f"See the state of the roles api, {ASSESSMENT} and {LOG}."
    return Check(name="canary", state="degraded", words=words, since=lodged.at, hint=hint, figures=figures)


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
    if role == "api" and (refused := _refused(known, sight)) is not None:
        return msgspec.structs.replace(refused, figures=figures)
    for one in known:
        if (found := _trouble_of(one, sight)) is not None:
            several = f"{len(known)} processes; " if len(known) > 1 else ""
            found = msgspec.structs.replace(found, words=several + found.words, figures=figures)
            is_shut = role == "api" and all(_is_silent(one, sight) for one in known)
            if is_shut:  # not one process of it lives
                words = f"No messages are accepted: {found.words}"
                found = msgspec.structs.replace(found, state="failed", words=words)
            return found
    words = "It works." if len(known) == 1 else f"Its {len(known)} processes work."
    return Check(name=role, words=words, figures=figures)


def check_beside(name: str, sight: Sight) -> Check | None:
    """A thread beside the role `events`: whether it goes on, and whether what it does goes well."""
    known = [one for one in sight.roles if one.worker.role == name]
    figures = {"failures": float(max((one.deeds.failures for one in known), default=0))}
    for one in known:
        if (found := _trouble_of(one, sight)) is not None:
            return msgspec.structs.replace(found, figures=figures)
    settings = sight.settings
    wanted = {
        SUBSCRIPTIONS: True,
        EVENT_PUSH: settings.event_webhooks,
        NOTIFICATIONS: settings.event_webhooks,
        SOURCES: settings.source_following,
    }
    is_wanted = settings.sends_to_others and wanted.get(name, settings.partner_exchange)
    if known or not is_wanted or not any(one.worker.role == EVENTS for one in sight.roles):
        return Check(name=name, words="It works.", figures=figures) if known else None
    hint = "Restart the role events: its parent starts it again when it ends."
    return Check(name=name, state="degraded", words=f"Nothing has been heard of {name}.", hint=hint)


def _refused(known: Sequence[RoleState], sight: Sight) -> Check | None:
    """What the doors could not store or look up for a reason that is not the sender's; None if there is nothing.

    While nothing was stored since, and the last failure is recent, messages are not taken in; but where the database refuses
    the values themselves, that says nothing of other messages, so that no sender alone makes the door not ready. Afterwards
    it is told until each sender concerned could store again, or has sent nothing for `store_tally.TOLD_SECONDS`.
    """
    failing = [one for one in known if one.deeds.failing_since and one.deeds.error_at and not _is_silent(one, sight)]
    if not failing:
        return None
    since = min(one.deeds.failing_since for one in failing if one.deeds.failing_since)
    newest = max(failing, key=lambda one: one.deeds.error_at or since)
    last, worked = (
        newest.deeds.error_at or since,
        max((one.deeds.worked for one in known if one.deeds.worked), default=None),
    )
    is_of_values = all((one.deeds.error_code or "").startswith(_NOT_OF_ALL) for one in failing)
    is_shut = (worked is None or worked < since) and sight.now - last < _SHUT and not is_of_values
    stored = f"the last message was stored at {clock(worked, sight.now)}" if worked else "none was stored before"
    number = counted(sum(one.deeds.failures for one in failing), "request")
    words = (
        f"{'Nothing is accepted' if is_shut else 'Some messages are not accepted'} since {clock(since, sight.now)}: "
        f"{number} answered 503, the last at {clock(last, sight.now)}; {stored}. "
        + "; ".join(dict.fromkeys(one.deeds.error_words or "" for one in failing))
    )
    return Check(name="api", state="failed" if is_shut else "degraded", words=words, since=since, hint=_REFUSED_HINT)


def _needed(settings: Settings) -> set[str]:
    """Roles without which the house does not do its work."""
    has_feed = bool(settings.feed or settings.feed_database_url)
    needed = {ASSESSMENT, LOG} | ({"feeds"} if has_feed else set())
    return (
        needed
        | ({"ingress", "tracker"} if settings.ingress else set())
        | ({EVENTS} if settings.sends_to_others else set())
    )


def _nobody(role: str) -> Check:
    return Check(
        name=role,
        state="degraded",
        words=f"No process of the role {role} has reported.",
        hint=f"Start it with cocket serve, or cocket serve {role} on the machine where it belongs.",
    )


def _trouble_of(one: RoleState, sight: Sight) -> Check | None:
    """What is wrong with one process; None if nothing is."""
    worker, deeds = one.worker, one.deeds
    if _is_silent(one, sight):
        how, hint = _silence(one)
        words = f"{worker.name} on {worker.host} {how} since {clock(one.beat, sight.now)}."
        return Check(name=worker.role, state="degraded", words=words, since=one.beat, hint=hint)
    if deeds.failures >= (1 if worker.role == ASSESSMENT else _TOLD_FAILURES) and deeds.failing_since is not None:
        since = deeds.failing_since
        words = f"{worker.name} has been stalled since {clock(since, sight.now)}: {deeds.error_words}"
        hint = "It retries by itself, and the other roles continue. Fix the reported cause."
        return Check(name=worker.role, state="degraded", words=words, since=since, hint=hint)
    return _long_turn(one, sight)


def _long_turn(one: RoleState, sight: Sight) -> Check | None:
    """A turn that goes on for too long, if there is one."""
    worker, deeds = one.worker, one.deeds
    is_within = deeds.began is not None and (deeds.ended is None or deeds.began > deeds.ended) and not deeds.failures
    if worker.role == "feeds" or not is_within or deeds.began is None:
        return None
    took = sight.now - deeds.began
    is_waited_for = worker.role == ASSESSMENT and took > _LONGEST_WAITED_FOR and _has_waiting(sight)
    if took > _LONGEST_TURN or is_waited_for:
        words = f"{worker.name} has been processing one batch since {clock(deeds.began, sight.now)}."
        if is_waited_for:
            words = f"{words[:-1]}, and messages wait."
        hint = f"If it does not finish, kill its process {worker.pid}: it is restarted, and nothing is lost."
        return Check(name=worker.role, state="degraded", words=words, since=deeds.began, hint=hint)
    return None


def _has_waiting(sight: Sight) -> bool:
    """Whether a message waits for the assessment worker."""
    place = sight.stores.places.get(sight.connection, ASSESSMENT_PLACE)
    upto = int(place) if place is not None else -1
    return sight.stores.messages.newest(sight.connection, upto) > upto


def _is_silent(one: RoleState, sight: Sight) -> bool:
    """Whether a process gives no sign of life; one of this machine that was stopped is seen before it is late."""
    return one.silent_seconds > sight.settings.late_seconds or (
        one.worker.host == socket.gethostname() and _silence(one)[0] == _STOPPED
    )


def _silence(one: RoleState) -> tuple[str, str]:
    """Why a process gives no sign of life, as far as that is seen from here, and what to do."""
    pid = one.worker.pid
    retire = f"If it no longer runs there: cocket status --retire {one.worker.role}@{one.worker.host}."
    if one.worker.host != socket.gethostname():
        return (
            "has sent no heartbeat",
            f"Check that the machine and its process {pid} are running. {retire}",
        )
    try:
        status = psutil.Process(pid).status()
    except psutil.Error:
        return "is gone; its last heartbeat was", f"Restart it with cocket serve. {retire}"
    if status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP):
        return _STOPPED, f"Its process was stopped: continue it with kill -CONT {pid}."
    return "has sent no heartbeat", f"Kill its process {pid}: it is restarted, and nothing is lost."


#: Without the database.
GROUND: dict[str, Callable[[Stores], Check]] = {"disk": check_disks, "home": check_home}


#: With it. A new check is one more line.
def check_sign_in(sight: Sight) -> Check | None:
    """Whether the OpenID provider says which groups people are in; without them no one there has a role here."""
    if not sight.settings.openid_issuer:
        return None
    count, last = SignIns().counted(sight.connection, LEFT_OUT, sight.now - timedelta(days=1))
    if not count or last is None:
        return Check(name="sign-in", words="The OpenID provider says which groups people are in.")
    return Check(
        name="sign-in",
        state="degraded",
        words=f"The OpenID provider left out the groups of {counted(count, 'sign-in', 'sign-ins')} within a day, "
        f"the last at {clock(last, sight.now)}; they were refused.",
        since=last,
        hint=f"Let it put the claim {sight.settings.openid_groups_claim} into the ID token. Entra ID leaves it out above "
        "200 groups: let it send only the groups assigned to the application.",
        figures={"left_out": float(count)},
    )


def check_names(sight: Sight) -> Check:
    """Names of accounts and keys that could be taken for one another, so that sealed records of them are ambiguous."""
    people, connection = sight.stores.people, sight.connection
    found, ever = clashes(people.names(connection, only_good=True)), clashes(people.names(connection))
    figures = {"clashes": float(len(found)), "clashes_ever": float(len(ever))}
    if not found:
        words = "No account and no key could be taken for another."
        if ever:
            words += f" Older records may be ambiguous: {_groups(ever)}."
        return Check(name="names", words=words, figures=figures)
    return Check(
        name="names",
        state="degraded",
        words=f"{counted(len(found), 'name could', 'names could')} be taken for another in sealed records: {_groups(found)}. "
        "They were given before names were compared, and go on working.",
        hint="Make an account or key under another name, then run cocket officer disable or cocket key revoke for the former.",
        figures=figures,
    )


def check_policy(sight: Sight) -> Check | None:
    """Whether people can change the policy in force, and a second person approved it; None where it is the one shipped."""
    policies, connection = sight.stores.policies, sight.connection
    version = in_force_at(policies.versions(connection), sight.now)
    if version is None:
        return None
    missing = lockout_of(sight.stores, connection, policies.policy_of(connection, version))
    if missing:
        return Check(
            name="policy",
            state="degraded",
            words=f"Version {version.number} of the policy lets no one do {', '.join(missing)}.",
            since=version.in_force,
            hint='Run cocket policy recover --reason "…" on the machine, then draft and approve a better one.',
        )
    if not version.approver:
        return Check(
            name="policy",
            state="degraded",
            words=f"{version.proposer} put version {version.number} of the policy in force at the machine; no one approved it.",
            since=version.in_force,
            hint="Draft the policy that is to hold, and let a second person approve it.",
        )
    return Check(
        name="policy", words=f"Version {version.number} of the policy is in force, approved by {version.approver}."
    )


def check_emergencies(sight: Sight) -> Check | None:
    """Accesses in an emergency that are open, or should have been reviewed by now; None where none was ever opened."""
    every = every_emergency(sight.stores, sight.connection)
    if not every:
        return None
    now, hours = sight.now, sight.settings.emergency_review_hours
    live = [one for one in every if one.is_open(now)]
    late = [one for one in every if one.is_overdue(now, hours)]
    figures = {"open": float(len(live)), "overdue": float(len(late)), "ever": float(len(every))}
    if not live and not late:
        waits = sum(one.reviewed is None for one in every)
        words = f"No access in an emergency is open; {counted(waits, 'waits', 'wait')} for review."
        return Check(name="emergencies", words=words, figures=figures)
    said = [f"{one.by} opened {one.reference} in an emergency until {clock(one.until, now)}." for one in live]
    said += [f"The review of what {one.by} opened at {clock(one.opened, now)} is overdue." for one in late]
    more = f" And {len(said) - _MOST_CLASHES} more." if len(said) > _MOST_CLASHES else ""
    return Check(
        name="emergencies",
        state="degraded",
        words=" ".join(said[:_MOST_CLASHES]) + more,
        since=min(one.opened for one in (*live, *late)),
        hint="A supervisor other than the one who opened it reviews it on the page of accesses in an emergency.",
        figures=figures,
    )


def check_certificates(sight: Sight) -> Check | None:
    """Whether the certificates that keys need are valid for a while yet; None where no key needs one."""
    good = set(sight.stores.people.names(sight.connection, only_good=True))
    bound = [one for one in every_terms(sight.stores, sight.connection).values() if one.needs_certificate]
    bound = sorted((one for one in bound if one.key in good), key=lambda one: one.key)
    if not bound:
        return None
    said = []
    for one in bound:
        ends = [each.until for each in one.certificates if each.until is not None]
        last = max(ends, default=None)
        if not one.certificates:
            said.append(f"The key {one.key} needs a certificate and is bound to none: it is refused everywhere.")
        elif last is not None and len(ends) == len(one.certificates) and last - sight.now < _CERTIFICATE_WARNED:
            how = "expired on" if last <= sight.now else "expires on"
            said.append(f"The certificate of the key {one.key} {how} {last:%Y-%m-%d}.")
    figures = {"keys": float(len(bound)), "ending": float(len(said))}
    if not said:
        words = f"{counted(len(bound), 'key needs', 'keys need')} a certificate; none ends soon."
        return Check(name="certificates", words=words, figures=figures)
    more = f" So do {len(said) - _MOST_CLASHES} more." if len(said) > _MOST_CLASHES else ""
    return Check(
        name="certificates",
        state="degraded",
        words=" ".join(said[:_MOST_CLASHES]) + more,
        hint="Ask the holder for the next certificate and bind it: cocket key bind. The former stays good until it ends.",
        figures=figures,
    )


def _groups(found: Sequence[Sequence[str]]) -> str:
    """Names that could be taken for one another, in words."""
    more = f"; and {len(found) - _MOST_CLASHES} more" if len(found) > _MOST_CLASHES else ""
    return "; ".join(", ".join(group) for group in found[:_MOST_CLASHES]) + more


CHECKS: dict[str, Callable[[Sight], Check | None]] = {
    **{role: partial(check_role, role) for role in ROLES},
    **{name: partial(check_beside, name) for name in BESIDE},
    "durability": check_durability,
    "settings": check_settings,
    "sequences": check_sequences,
    "clock": check_clock,
    "advice": check_advice,
    "head": check_head,
    "leaves": check_leaves,
    "places": check_places,
    "devices": check_devices,
    "orders": check_queue,
    "models": check_models,
    "learning": check_learning,
    "set-aside": check_set_aside,
    "rows": check_rows,
    "months": check_months,
    "archive-files": check_archive,
    "identity": check_identity,
    "feed-files": check_feed_files,
    "backup": check_backups,
    "subject-keys": check_subject_keys,
    "streamed-keys": check_streamed_keys,
    "canary": check_canary,
    "notices": check_notices,
    "event-sending": check_events,
    "partner-exchange": check_partners,
    "partner-requests": check_requests,
    "sources": check_sources,
    "partner-logs": check_logs,
    "gateways": check_gateways,
    "holds": check_holds,
    "names": check_names,
    "policy": check_policy,
    "certificates": check_certificates,
    "emergencies": check_emergencies,
    "sign-in": check_sign_in,
}


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
