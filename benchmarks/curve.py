# SPDX-License-Identifier: Apache-2.0
"""What instances of growing size cost: a declaration, memory, the disk, a restart and pages, drawn as a page with a picture.

Each size is an instance of its own, made as `cocket bench pages` makes it. The machine may be busy: beside each time stands a count
of the same work (processor time, rows that the database read), which depends little on what else runs.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from itertools import islice
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
import msgspec
import psutil
import psycopg

from benchmarks.figures import Figure, distinct, sample_declarations
from benchmarks.intake import cpu_seconds, send, settle
from benchmarks.pages import fill, measured, pages_of, pages_settings, reader
from cocket.cli.roles.serving import Serving
from cocket.errors import PartnerError, StoreError
from cocket.gate import make_key
from cocket.pipeline import open_instance
from cocket.settings import Settings
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE
from cocket.stores.postgres.server import EmbeddedPostgres
from cocket.stores.risk.history_copy import COPY_PLACE, copy_standing

#: Sizes where nobody names any (dossiers).
SIZES: Final = (2_000, 10_000)

#: Declarations by which the cost of one is measured (count).
_LOAD: Final = 3_000

#: What all roles and PostgreSQL may use while nothing is asked of them, before the cost of a declaration is measured (seconds
#: of processor time in so many seconds), and how long that is waited for (seconds).
_REST: Final = (0.5, 5.0)
_REST_PATIENCE: Final = 900.0

#: Numbers that references of what is lodged here begin at: behind those of the day and of its copies.
_FIRST: Final = 5_000_000

#: Pages of which the picture is made; all others are in `cocket bench pages`.
_PAGES: Final = ("queue", "deep page", "search of a reference", "dossier", "trader", "statistics", "inbox")

#: Longest wait for the first lane after a start, and for the copy of the history (seconds); a dossier besides.
_PATIENCE: Final = 1_800.0
_PATIENCE_A_DOSSIER: Final = 0.02

#: Room on the disk that is needed to make one dossier, with indexes and write-ahead log (bytes).
_ROOM: Final = 20_000

_SENDER, _KEY = "BENCH", "curve"

#: What pages of the mapped history are called beside the roles.
_MAPPED: Final = "mapped history"

#: Tables of which the page tells, the others together (count).
_TABLES: Final = 10


class Restart(msgspec.Struct, frozen=True, kw_only=True):
    """One start of all roles.

    Attributes:
        seconds: From the command to the first lane of a declaration that is sent as soon as it is accepted.
        processor: Processor time of all its processes until then, PostgreSQL included (seconds).
        rows: Rows that the database read until then (count).
        leaves: Leaves that the instance has (count).
    """

    seconds: float
    processor: float
    rows: int
    leaves: int


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured at one size; read again where the page is drawn of several runs.

    Attributes:
        dossiers: Dossiers (count).
        leaves: Leaves of the log (count).
        on: Day.
        cores: Processors of the machine.
        load: Load average of the last minute before.
        rate: Declarations answered a second.
        cost: Role → processor time a declaration (µs).
        memory: Role → memory that is its own alone, after the load, and pages of the mapped history apart (bytes).
        tables: Table → bytes with its indexes.
        rows: Table → rows (count).
        files: What else is on the disk → bytes.
        restarts: Kind → what it took.
        pages: Page → median (ms), processor time (ms).
    """

    dossiers: int
    leaves: int
    on: str
    cores: int
    load: float
    rate: float
    cost: dict[str, float]
    memory: dict[str, int]
    tables: dict[str, int]
    rows: dict[str, int]
    files: dict[str, int]
    restarts: dict[str, Restart]
    pages: dict[str, tuple[float, float]]


def bench_curve(
    seconds: float, sizes: Sequence[int] = SIZES, home: Path | None = None, page: Path | None = None
) -> Iterator[Figure]:
    """Measure each size, and draw the page.

    Args:
        seconds: Not used; each figure is of a number of declarations, starts or requests.
        sizes: Dossiers at least (count, 1..n).
        home: Folder in which the instances stay, one a size; measured as they are if there. None for one that is removed.
        page: Folder in which `curve.md` and `curve.svg` are written; None draws none.
    """
    found: list[Size] = []
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(TemporaryDirectory()))
        for size in sorted(sizes):
            one = yield from _size(folder / f"size-{size}", size)
            found.append(one)
    if page is not None:
        page.mkdir(parents=True, exist_ok=True)
        (page / "curve.svg").write_text(picture(found), "utf-8")
        (page / "curve.md").write_text(drawn(found), "utf-8")


def _size(folder: Path, dossiers: int) -> Generator[Figure, None, Size]:
    """All figures of one size; gives them together at the end."""
    settings = msgspec.structs.replace(pages_settings(folder), api_port=0, admin_port=0, workbench_port=0)
    at = f"{dossiers:,} dossiers"
    if not (folder / "keys").is_dir():
        _check_room(folder, dossiers)
        yield from fill(settings, dossiers)
    key = make_key()  # those of earlier runs stay taken
    with Serving(settings, ("assessment", "log")) as serving:
        # What was copied is under no head yet, and the worker has not learnt from it.
        house = open_instance(settings, serving.dsn)
        house.governance.accounts.add_key(key, _KEY, ["trader"], [_SENDER])
        begun = time.monotonic()
        settle(house, serving, _PATIENCE + _PATIENCE_A_DOSSIER * dossiers)
        used = ", ".join(f"{name} {spent:.0f} s" for name, spent in cpu_seconds(serving).items())
        waited = time.monotonic() - begun
        yield Figure(name="under a signed head", value=waited, unit="s", note=f"{at}; processor: {used}")
        samples = sample_declarations()
        with psycopg.connect(serving.dsn) as connection:
            first = _FIRST + _number(connection, "select count(*) from message")
            was_copied = _is_copied(connection)
        begun = time.monotonic()
        _await_copy(serving.dsn, begun + _PATIENCE + _PATIENCE_A_DOSSIER * dossiers)
        if not was_copied:
            copied = time.monotonic() - begun
            yield Figure(name="history copied into the database", value=copied, unit="s", note=f"{at}, at rest")
        house.close()
    messages = distinct(samples, first)
    # Before the starts: whoever lost his history reads values of it from the database for a while.
    load = os.getloadavg()[0]
    with Serving(settings, ("api", "assessment", "log")) as serving:
        house = open_instance(settings, serving.dsn)
        settle(house, serving, _PATIENCE)
        send(serving, key, 60.0, None, islice(messages, _LOAD // 4))  # what a start does once
        settle(house, serving, _PATIENCE)
        waited = _await_rest(serving)
        before = cpu_seconds(serving)
        sent = send(serving, key, 60.0, None, islice(messages, _LOAD))
        taken = [one for one in sent if one.status == 202]
        settle(house, serving, _PATIENCE)
        cost = {name: (used - before[name]) / len(taken) * 1e6 for name, used in cpu_seconds(serving).items()}
        rate = len(taken) / (max(one.answered for one in sent) - min(one.due for one in sent))
        memory = {name: psutil.Process(pid).memory_full_info().uss for name, pid in serving.crew.pids.items()}
        memory[_MAPPED] = _mapped_of_history(serving.crew.pids["assessment"])
        memory["assessment"] -= memory[_MAPPED]
        memory["postgres"] = _memory_of_postgres(settings.home)
        house.close()
    yield Figure(
        name="at rest after a start",
        value=waited,
        unit="s",
        note=f"{at}: audits and vacuum of what was copied are done",
    )
    yield Figure(name="CPU a declaration", value=sum(cost.values()), unit="µs", note=f"{at}: {_told(cost)}")
    yield Figure(name="answers", value=rate, unit="/s", note=at)
    starts = _Starts(settings, key, messages, _PATIENCE + _PATIENCE_A_DOSSIER * dossiers)
    restarts = {
        "after a clean stop": starts.after(starts.stop),
        "after a kill of everything": starts.after(starts.kill),
        "after its history was lost": starts.after(starts.lose),
    }
    starts.end()
    for kind, took in restarts.items():
        note = f"{at}; processor {took.processor:.1f} s, {took.rows:,} rows read of {took.leaves:,} leaves"
        yield Figure(name=f"first lane {kind}", value=took.seconds, unit="s", note=note)
    with Serving(settings, ()) as serving:
        with psycopg.connect(serving.dsn, autocommit=True) as connection:
            connection.execute("checkpoint")
            tables, rows = _tables(connection)
            dossiers = _number(connection, "select count(*) from consignment where merged_into is null")
            leaves = _number(connection, "select max(idx) + 1 from leaf")
        files = _files(settings)
        house = open_instance(settings, serving.dsn)
        pages = {}
        with reader(house) as client:
            every = pages_of(client, serving.dsn)
            for one in measured(client, {name: every[name] for name in _PAGES}, folder):
                pages[one.name] = (one.median, one.processor)
                note = f"{at}; processor {one.processor:.0f} ms"
                yield Figure(name=f"{one.name}, median", value=one.median, unit="ms", note=note)
        house.close()
    disk = sum(tables.values()) + sum(files.values())
    yield Figure(name="disk a dossier", value=disk / dossiers, unit="bytes", note=f"{at}: {disk:,} bytes in all")
    found = Size(
        dossiers=dossiers,
        leaves=leaves,
        on=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count() or 1,
        load=load,
        rate=rate,
        cost=cost,
        memory=memory,
        tables=tables,
        rows=rows,
        files=files,
        restarts=restarts,
        pages=pages,
    )
    (folder / "curve.json").write_bytes(msgspec.json.encode(found))
    return found


def _is_copied(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    """Whether the copy of the history in the database is whole, and of all that was assessed."""
    rows = dict(
        connection.execute("select name, value from place where name = any(%s)", ([COPY_PLACE, ASSESSMENT_PLACE],))
    )
    copy = copy_standing(bytes(rows[COPY_PLACE])) if COPY_PLACE in rows else None
    return copy is not None and copy.copied is None and copy.upto >= int(rows[ASSESSMENT_PLACE])


def _await_rest(serving: Serving) -> float:
    """Wait until what a start does beside the work is done; how long that took (seconds).

    Raises:
        PartnerError: It is not done in time.
    """
    most, seconds = _REST
    begun = time.monotonic()
    while time.monotonic() - begun < _REST_PATIENCE:
        before = sum(cpu_seconds(serving).values())
        time.sleep(seconds)
        serving.crew.tend(0.05)
        if sum(cpu_seconds(serving).values()) - before < most:
            return time.monotonic() - begun
    raise PartnerError(f"The instance is not at rest after {_REST_PATIENCE:.0f} seconds.")


def _await_copy(dsn: str, deadline: float) -> None:
    """Wait until the copy of the history in the database is whole.

    Raises:
        PartnerError: It is not by then.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not _is_copied(connection):
            if time.monotonic() > deadline:
                raise PartnerError("The history was not copied into the database in time.")
            time.sleep(0.5)


def _check_room(folder: Path, dossiers: int) -> None:
    """See that the disk has room for an instance, before hours are spent on it.

    Raises:
        StoreError: It has not.
    """
    near = next(one for one in (folder, *folder.parents) if one.is_dir())
    free, needed = shutil.disk_usage(near).free, dossiers * _ROOM
    if free < needed:
        raise StoreError(
            f"{dossiers:,} dossiers need about {needed / 1e9:.0f} GB, and {near} has {free / 1e9:.0f} GB free.",
            code="disk-full",
            hint="Give another folder (--home), or a smaller size.",
        )


class _Starts:
    """Starts `cocket serve` again and again, and waits for the first lane each time."""

    def __init__(self, settings: Settings, key: str, messages: Iterator[bytes], patience: float) -> None:
        self._settings, self._key, self._messages, self._patience = settings, key, messages, patience
        self._process: subprocess.Popen[bytes] | None = None

    def after(self, what: Callable[[], None]) -> Restart:
        """Start, after something was done to what runs; to the first lane."""
        if self._process is None:
            self._start()  # something has to run first
            self._lane()
        before = self._rows_read()
        what()
        started = time.monotonic()
        self._start()
        dsn = self._lane()
        took = time.monotonic() - started
        rows = self._rows_read()
        with psycopg.connect(dsn) as connection:
            leaves = _number(connection, "select max(idx) + 1 from leaf")
        # A crash resets what the server counts; a clean stop does not.
        return Restart(
            seconds=took, processor=self._used, rows=rows - before if rows >= before else rows, leaves=leaves
        )

    def _rows_read(self) -> int:
        """Rows that the server has read or returned so far, in all (count)."""
        time.sleep(1.2)  # what backends count reaches the statistics once a second
        with psycopg.connect(EmbeddedPostgres(self._settings.home / "postgres").start()) as connection:
            asked = "select tup_returned + tup_fetched from pg_stat_database where datname = current_database()"
            return _number(connection, asked)

    def stop(self) -> None:
        """Stop it as an operator does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    def kill(self) -> None:
        """Kill all its processes at once, PostgreSQL's with them."""
        if self._process is None:
            return
        whole = [*self._family(), psutil.Process(self._process.pid)]
        for one in whole:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self._process.wait(60)
        psutil.wait_procs(whole, 60)

    def lose(self) -> None:
        """Stop it once its history is in the database too, and take away what its home keeps of it."""
        _await_copy(EmbeddedPostgres(self._settings.home / "postgres").start(), time.monotonic() + self._patience)
        self.stop()
        shutil.rmtree(self._settings.history_folder)

    end = stop

    def _start(self) -> None:
        environment = os.environ | _environment(self._settings)
        with (self._settings.home / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cocket", "serve"], env=environment, stdout=log, stderr=log
            )

    def _lane(self) -> str:
        """Lodge one as soon as it is accepted, and wait for its lane; the database's address."""
        address, deadline = "", time.monotonic() + self._patience
        body, answer = next(self._messages), None
        while answer is None or answer.status_code >= 500:
            self._check(deadline)
            with suppress(OSError, ValueError, KeyError, httpx.HTTPError):
                told = msgspec.json.decode((self._settings.home / "serving.json").read_bytes())
                if self._process is not None and told["pid"] == self._process.pid:
                    address = told["addresses"]["api"]
                    answer = httpx.post(
                        f"{address}/v1/messages",
                        content=body,
                        headers={"authorization": f"Bearer {self._key}", "content-type": "application/xml"},
                    )
            time.sleep(0.02)
        if answer.status_code != 202:
            raise PartnerError(f"A declaration was answered with {answer.status_code}.", found=answer.text[:200])
        dsn = EmbeddedPostgres(self._settings.home / "postgres").start()
        with psycopg.connect(dsn, autocommit=True) as connection:
            asked = """select 1 from consignment_message m join consignment c on c.id = m.consignment
                where m.message = %s and c.lane is not null"""
            name = answer.json()["id"]
            while connection.execute(asked, (name,)).fetchone() is None:
                self._check(deadline)
                time.sleep(0.02)
        self._used = sum(_seconds_of(one) for one in (psutil.Process(self._pid), *self._family()))
        return dsn

    @property
    def _pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    def _family(self) -> list[psutil.Process]:
        """Every process of the instance but the first."""
        found = psutil.Process(self._pid).children(recursive=True)
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            data = self._settings.home / "postgres" / "data" / "postmaster.pid"
            postmaster = psutil.Process(int(data.read_text().split()[0]))
            found += [postmaster, *postmaster.children(recursive=True)]
        return list(dict.fromkeys(found))

    def _check(self, deadline: float) -> None:
        if self._process is None or self._process.poll() is not None:
            raise PartnerError("The instance ended.", hint=f"See {self._settings.home / 'serve.log'}.")
        if time.monotonic() > deadline:
            raise PartnerError("There was no lane, or no copy of the history, within the time that was given to it.")


def _environment(settings: Settings) -> dict[str, str]:
    """Settings that differ from the usual, as the command takes them."""
    usual, found = Settings(), {}
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if value != getattr(usual, name):
            found[f"COCKET_{name.upper()}"] = str(value)
    return found


def _seconds_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    except psutil.NoSuchProcess:
        return 0.0


def _mapped_of_history(pid: int) -> int:
    """Pages of the file of the history that a process alone has mapped and not changed (bytes): the system takes them back."""
    maps = psutil.Process(pid).memory_maps(grouped=True)
    return sum(one.private_clean for one in maps if one.path.endswith("/history/data.mdb"))


def _memory_of_postgres(home: Path) -> int:
    """Memory of its processes that is each one's own alone (bytes); what they share is not counted."""
    postmaster = psutil.Process(int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))
    found = 0
    for one in (postmaster, *postmaster.children()):
        with suppress(psutil.Error):
            found += one.memory_full_info().uss
    return found


def _number(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0] or 0) if row else 0


def _tables(connection: psycopg.Connection[Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes of each table with its indexes and parts, the largest first; and rows as they are estimated."""
    connection.execute("analyze")
    found = connection.execute(
        """select relname, pg_total_relation_size(c.oid), greatest(reltuples, 0)::int8 from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and relkind = 'r' order by 2 desc"""
    ).fetchall()
    return {row[0]: int(row[1]) for row in found}, {row[0]: int(row[2]) for row in found}


def _files(settings: Settings) -> dict[str, int]:
    """What is on the disk of it beside the tables, by what it is (bytes)."""
    data = settings.home / "postgres" / "data"
    return {
        "write-ahead log": _bytes_in(data / "pg_wal"),
        "public log": _bytes_in(settings.log_folder),
        "history": _bytes_in(settings.history_folder),
        "keys": _bytes_in(settings.keys_folder),
    }


def _bytes_in(folder: Path) -> int:
    return sum(one.stat().st_blocks * 512 for one in folder.rglob("*") if one.is_file())


def _told(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.0f}" for name, value in values.items())


_HEAD: Final = """# What an instance costs as it grows

Drawn by `make curve`, that is `cocket bench curve --size N … --home FOLDER --page FOLDER`: an instance of each size is made as for
[the times of pages](page-times.md) (one day through the real interfaces, the others copies of it), and then measured as a whole.
Measured on {on}, on {cores} cores; the load average was {load} before the declarations were sent, so builds and tests ran beside it.
Times are worth little on such a machine; processor time, rows, bytes and the ratio between two sizes are worth more.

![Each figure beside that of the smallest instance](curve.svg)

Days are copied for some 0.6 ms of processor time a dossier (measured over 12,000, indexes and `vacuum` included), and need 20 kB of room
on the disk each: a size that does not fit is refused before it begins. On a machine whose processors others use, a copy takes as much
longer as its share of them is smaller.

Days follow one another as they did, the oldest first, so that the risk history is that of an instance which has grown day by day.

The picture shows each figure as a multiple of that of the smallest instance: a flat line costs the same at any size.

"""


def drawn(found: Sequence[Size]) -> str:
    """The page of some sizes, from the smallest (1..n)."""
    parts = [
        _HEAD.format(
            on=" and ".join(dict.fromkeys(one.on for one in found)),
            cores=found[0].cores,
            load=", ".join(f"{one.load:.1f}" for one in found),
        )
    ]
    kinds = list(found[0].restarts)
    roles = list(found[0].cost)
    parts += _table(
        "A declaration, in µs of processor time",
        found,
        [
            ("all together", [f"{sum(one.cost.values()):,.0f}" for one in found]),
            *((f"`{name}`", [f"{one.cost.get(name, 0):,.0f}" for one in found]) for name in roles),
            ("answers a second", [f"{one.rate:,.0f}" for one in found]),
        ],
        f"{_LOAD:,} declarations over HTTP as fast as they are answered, once the instance is at rest, to the lane "
        "and the signed head; the load generator, on the same cores, is not in the processor time.",
    )
    parts += _table(
        "Restart, to the first lane",
        found,
        [
            row
            for kind in kinds
            for row in (
                (kind, [f"{one.restarts[kind].seconds:.1f} s" for one in found]),
                ("– processor time", [f"{one.restarts[kind].processor:.1f} s" for one in found]),
                ("– rows read", [f"{one.restarts[kind].rows:,}" for one in found]),
            )
        ],
        "From `cocket serve`, with all roles, to the lane of a declaration that is sent as soon as one is accepted. Rows are those that "
        "PostgreSQL read or returned meanwhile, for any role. What of them grows is one row a leaf: the role `log` grows the tree of the "
        "year's log anew and compares it with what is published before it signs again; lanes do not wait for that.",
    )
    parts += _table(
        "Memory that is a process's own, in MiB",
        found,
        [(f"`{name}`", [f"{one.memory[name] / 2**20:,.0f}" for one in found]) for name in found[0].memory],
        "After those declarations. The mapped history are pages of its file that the assessment worker has read: the system takes them "
        "back when it needs room. PostgreSQL's shared buffers are not counted.",
    )
    parts += _table(
        "Disk, in bytes a dossier",
        found,
        [
            ("tables with their indexes", [f"{sum(one.tables.values()) / one.dossiers:,.0f}" for one in found]),
            *(
                (f"– `{name}`", [f"{one.tables.get(name, 0) / one.dossiers:,.0f}" for one in found])
                for name in list(found[-1].tables)[:_TABLES]
            ),
            *((name, [f"{one.files[name] / one.dossiers:,.0f}" for one in found]) for name in found[0].files),
        ],
        "PostgreSQL keeps its write-ahead log within bounds: that row falls with size.",
    )
    parts += _table(
        "Pages, median in ms, in brackets processor time",
        found,
        [(name, [f"{one.pages[name][0]:.0f} ({one.pages[name][1]:.0f})" for one in found]) for name in found[0].pages],
        "One reader, twenty requests each, a supervisor of all offices.",
    )
    return "".join(parts).rstrip() + "\n"


def _table(title: str, found: Sequence[Size], rows: Sequence[tuple[str, list[str]]], note: str) -> Iterator[str]:
    heads = " | ".join(f"{one.dossiers:,} dossiers" for one in found)
    yield f"## {title}\n\n{note}\n\n| | {heads} |\n|---|{'---|' * len(found)}\n"
    for name, cells in rows:
        yield f"| {name} | {' | '.join(cells)} |\n"
    yield "\n"


def _lines(found: Sequence[Size]) -> dict[str, list[float]]:
    """What the picture shows: name → figure at each size."""
    return {
        "CPU a declaration": [sum(one.cost.values()) for one in found],
        "rows read after a clean stop": [float(one.restarts["after a clean stop"].rows) for one in found],
        "rows read after a loss of the history": [
            float(one.restarts["after its history was lost"].rows) for one in found
        ],
        "memory of assessment": [float(one.memory["assessment"]) for one in found],
        "disk a dossier, tables": [sum(one.tables.values()) / one.dossiers for one in found],
        "processor time of the queue": [one.pages["queue"][1] for one in found],
    }


#: Size of the picture, and of the part with lines in it (units of the drawing).
_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 340, 56, 280, 20, 40

#: Colours that are told apart without colours too: each line has a dash of its own.
_STROKES: Final = (
    ("#0b5fa5", ""),
    ("#a5480b", "6 3"),
    ("#6a1b9a", "2 3"),
    ("#2e7d32", "8 3 2 3"),
    ("#555555", "12 4"),
    ("#ad1457", "4 2"),
)


def picture(found: Sequence[Size]) -> str:
    """The figures of some sizes beside those of the smallest, as SVG; both axes are logarithmic."""
    lines = {name: [value / values[0] for value in values] for name, values in _lines(found).items() if values[0] > 0}
    sizes = [one.dossiers for one in found]
    most = max(2.0, *(max(values) for values in lines.values()))
    least = min(0.5, *(min(value for value in values if value > 0) for values in lines.values()))

    def across(size: float) -> float:
        share = log(size / sizes[0]) / log(sizes[-1] / sizes[0]) if sizes[-1] > sizes[0] else 0.5
        return _LEFT + share * (_WIDE - _LEFT - _RIGHT)

    def down(ratio: float) -> float:
        return _TOP + (log(most) - log(ratio)) / (log(most) - log(least)) * (_HIGH - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" font-family="sans-serif" font-size="12" role="img">',
        "<title>Figures of growing instances as multiples of those of the smallest</title>",
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>',
    ]
    for ratio in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500):
        if least <= ratio <= most:
            y = down(ratio)
            parts.append(
                f'<path d="M{_LEFT} {y:.1f}H{_WIDE - _RIGHT}" stroke="{"#999" if ratio == 1 else "#ddd"}"/>'
                f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#333">×{ratio:g}</text>'
            )
    parts += [
        f'<text x="{across(size):.1f}" y="{_HIGH - 16}" text-anchor="middle" fill="#333">{size:,}</text>'
        for size in sizes
    ]
    ends = sorted(lines, key=lambda name: -lines[name][-1])
    rows = dict(zip(ends, _apart([down(lines[name][-1]) for name in ends]), strict=True))
    for (name, values), (colour, dash) in zip(lines.items(), _STROKES, strict=False):
        points = " ".join(f"{across(size):.1f},{down(value):.1f}" for size, value in zip(sizes, values, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
            f'<text x="{_WIDE - _RIGHT + 8}" y="{rows[name] + 4:.1f}" fill="{colour}">{name} ×{values[-1]:.2g}</text>'
        )
    return "\n".join(parts) + "\n</svg>\n"


def _apart(heights: Sequence[float], step: float = 16.0) -> list[float]:
    """Heights of words from the top, moved down so that none lies on another."""
    found: list[float] = []
    for height in heights:
        found.append(max(height, found[-1] + step) if found else height)
    return found
