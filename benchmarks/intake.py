# SPDX-License-Identifier: Apache-2.0
"""The whole walk under load: HTTP in, durable answer, dossier, lane, signed head; with the cost of every process.

At a steady rate twice: once by itself, once with all beside it that an instance has besides: pages asked for, vacuum, the history
being written down, heads.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

import psutil
import psycopg

from benchmarks.figures import Figure, distinct, sample_declarations
from benchmarks.load import Load, Lodgement, run_load
from benchmarks.pages import pages_of, reader
from benchmarks.statements import Statements, count_statements, figures
from cocket.cli.base.instance_access import make_home
from cocket.cli.roles.serving import Serving
from cocket.errors import PartnerError
from cocket.gate import make_key
from cocket.pipeline import Instance, open_instance
from cocket.settings import Settings
from cocket.stores.risk.history_copy import COPY_PLACE, copy_standing

_ROLES = ("api", "assessment", "log")
_CONNECTIONS = 64
_STEADY_RATE = 500.0
_SENDER = "BENCH"

#: Pages that are asked for beside the load, and how long after an answer the next is, and a vacuum after the one before (seconds).
_PAGES: Final = ("queue", "dossier", "search of a reference", "trader", "statistics", "inbox")
_PAGE_EVERY: Final = 0.25
_VACUUM_EVERY: Final = 1.0


def bench_intake(seconds: float, *, is_profiled: bool = False) -> Iterator[Figure]:
    """Declarations received, checked, sealed, linked, assessed and given a lane; then at a steady 500 a second, without and with
    page queries and vacuum beside it.

    Args:
        seconds: Duration of each load.
        is_profiled: Whether to say too what each role and each statement of PostgreSQL cost; counting costs a little itself.
    """
    samples = sample_declarations()
    with TemporaryDirectory() as folder:
        settings = Settings(
            home=Path(folder),
            api_port=0,
            admin_port=0,
            log_origin="bench.cocket.invalid/log",
            requests_per_second=1e6,
            red_per_day=1000,
            yellow_per_day=1000,
        )
        make_home(settings)
        if is_profiled:
            count_statements(settings)
        with Serving(settings, _ROLES) as serving:
            house = open_instance(settings, serving.dsn)
            key = make_key("bench")
            house.governance.accounts.add_key(key, "bench", ["trader"], [_SENDER])
            messages = distinct(samples)
            send(serving, key, 1.0, None, islice(messages, 500))
            settle(house, serving)
            counted = Statements(serving.dsn) if is_profiled else None
            yield from _flat_out(serving, house, key, seconds, messages, counted)
            yield from _steady(serving, house, key, seconds, messages)
            with _Beside(settings, serving.dsn) as beside:
                yield from _steady(serving, house, key, seconds, messages, beside)
            house.close()


def _flat_out(
    serving: Serving,
    house: Instance,
    key: str,
    seconds: float,
    messages: Iterator[bytes],
    counted: Statements | None,
) -> Iterator[Figure]:
    if counted is not None:
        counted.reset()
    before = cpu_seconds(serving)
    sent = send(serving, key, seconds, None, messages)
    taken = [one for one in sent if one.status == 202]
    span = max(one.answered for one in sent) - min(one.due for one in sent)
    settled = settle(house, serving)
    cost = {name: used - before.get(name, 0.0) for name, used in cpu_seconds(serving).items()}
    each = sum(cost.values()) / len(taken) * 1e6
    statements = counted.read() if counted is not None else []
    raw = _raw_copy(serving.dsn, house)
    parts = ", ".join(f"{name} {used / len(taken) * 1e6:.0f}" for name, used in cost.items())
    yield Figure(
        name="durable answers",
        value=len(taken) / span,
        unit="/s",
        note=f"{_CONNECTIONS} connections, generator on the same cores",
    )
    yield Figure(name="not accepted", value=len(sent) - len(taken), unit="", note="answers other than 202")
    yield Figure(
        name="CPU a declaration", value=each, unit="µs", note=f"to lane and signed head, generator excluded: {parts}"
    )
    if counted is not None:
        yield from roles(cost, len(taken))
        yield from figures(statements, len(taken))
        counted.close()
    yield Figure(name="assessment behind", value=settled, unit="s", note="from the last answer to the last lane")
    yield Figure(name="raw COPY", value=raw, unit="rows/s", note="the same bytes, batches of 256, one connection")
    yield Figure(name="share of raw COPY", value=len(taken) / span / raw, unit="", note="budget 0.05")


def roles(cost: dict[str, float], number: int) -> Iterator[Figure]:
    """Each role's share of one declaration, and all of PostgreSQL's, in their order.

    Args:
        cost: CPU seconds by role.
        number: Declarations meanwhile (1..n).
    """
    whole = sum(cost.values())
    for name, used in cost.items():
        note = f"{used / whole:.0%} of the CPU" if whole else ""
        yield Figure(name=f"  role {name}", value=used / number * 1e6, unit="µs", note=note)


def _steady(
    serving: Serving,
    house: Instance,
    key: str,
    seconds: float,
    messages: Iterator[bytes],
    beside: _Beside | None = None,
) -> Iterator[Figure]:
    watch = _Watch(serving.dsn)
    first = house.queries.records.assessment_progress()[1]
    before = _also_done(serving.dsn)
    if beside:
        beside.begin()
    sent = send(serving, key, seconds, _STEADY_RATE, messages)
    pages, vacuums = beside.end() if beside else (0, 0)
    settle(house, serving)
    waits = sorted(watch.stop(first, sent))
    heads, is_written = (now - then for now, then in zip(_also_done(serving.dsn), before, strict=True))
    answers = sorted(one.answered - one.due for one in sent)
    done = f"{heads} heads signed, the history {'' if is_written else 'not '}written down meanwhile"
    if beside:
        done = f"{pages} pages asked for, vacuum of all tables {vacuums} times at the pace of autovacuum, {done}"
    name = " beside pages and vacuum" if beside else ""
    note = f"{len(sent)} declarations at {_STEADY_RATE:.0f}/s; {done}"
    yield Figure(name=f"answer{name}, median", value=_percentile(answers, 0.5) * 1e3, unit="ms", note=note)
    yield Figure(name=f"answer{name}, p99", value=_percentile(answers, 0.99) * 1e3, unit="ms", note="budget 50 ms")
    due = "from when the request was due"
    yield Figure(name=f"lane{name}, median", value=_percentile(waits, 0.5) * 1e3, unit="ms", note=due)
    yield Figure(name=f"lane{name}, p99", value=_percentile(waits, 0.99) * 1e3, unit="ms", note="budget 150 ms")
    yield Figure(name=f"lane{name}, longest", value=_percentile(waits, 1.0) * 1e3, unit="ms", note="of all of them")


def _also_done(dsn: str) -> tuple[int, int]:
    """Heads signed so far (count), and the leaf up to which the history was written down."""
    with psycopg.connect(dsn) as connection:
        (heads,) = connection.execute("select count(*) from heads").fetchone() or (0,)
        row = connection.execute("select value from place where name = %s", (COPY_PLACE,)).fetchone()
    copy = copy_standing(bytes(row[0])) if row else None
    return heads, copy.upto if copy else 0


class _Beside:
    """A reader of pages and a vacuum, in a process of their own, while declarations come.

    Args:
        settings: Of the instance.
        dsn: Its database.
    """

    def __init__(self, settings: Settings, dsn: str) -> None:
        fork = multiprocessing.get_context("fork")
        self._settings, self._dsn = settings, dsn
        self._begin, self._is_over = fork.Event(), fork.Event()
        self._done: multiprocessing.SimpleQueue[tuple[int, int] | None] = fork.SimpleQueue()
        self._process = fork.Process(target=self._run, daemon=True)

    def __enter__(self) -> _Beside:
        """Sign in, and find out what to ask for; returns when that is done."""
        self._process.start()
        self._done.get()
        return self

    def __exit__(self, *raised: object) -> None:
        self._is_over.set()
        self._begin.set()
        self._process.join()

    def begin(self) -> None:
        """Begin to ask."""
        self._begin.set()

    def end(self) -> tuple[int, int]:
        """Ask no more; pages that were asked for, and how often all tables were cleaned (counts)."""
        self._is_over.set()
        return self._done.get() or (0, 0)

    def _run(self) -> None:
        house = open_instance(self._settings, self._dsn)
        with reader(house) as client:
            every = pages_of(client, self._dsn)
            paths = [path for some in zip(*(every[name] for name in _PAGES), strict=False) for path in some]
            self._done.put(None)
            self._begin.wait()
            vacuums: list[float] = []
            cleaner = threading.Thread(target=self._clean, args=(vacuums,))
            cleaner.start()
            asked = 0
            while not self._is_over.wait(_PAGE_EVERY):
                client.get(paths[asked % len(paths)], follow_redirects=True).raise_for_status()
                asked += 1
            cleaner.join()
            self._done.put((asked, len(vacuums)))
        house.close()

    def _clean(self, done: list[float]) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(
                "select set_config('vacuum_cost_delay', current_setting('autovacuum_vacuum_cost_delay'), false)"
            )
            while not self._is_over.wait(_VACUUM_EVERY):
                connection.execute("vacuum analyze")
                done.append(time.monotonic())


def send(serving: Serving, key: str, seconds: float, rate: float | None, messages: Iterator[bytes]) -> list[Lodgement]:
    """Load from a process of its own, so that its cost can be told apart."""
    address = urlsplit(serving.addresses["api"])
    load = Load(
        host=address.hostname or "",
        port=address.port or 0,
        key=key,
        connections=_CONNECTIONS,
        seconds=seconds,
        rate=rate,
    )
    bodies = list(islice(messages, int(seconds * (rate or 6000)) + _CONNECTIONS))
    answers: multiprocessing.SimpleQueue[list[tuple[float, float, int]]] = multiprocessing.get_context(
        "fork"
    ).SimpleQueue()

    def send() -> None:
        answers.put([(one.due, one.answered, one.status) for one in run_load(load, iter(bodies))])

    process = multiprocessing.get_context("fork").Process(target=send)
    process.start()
    sent = [Lodgement(*one) for one in answers.get()]
    process.join()
    return sent


def settle(house: Instance, serving: Serving, patience: float = 300.0) -> float:
    """Wait until every lane is there and every leaf is under a head; seconds until the last lane.

    Args:
        house: The instance.
        serving: Its roles, which are tended meanwhile.
        patience: Longest wait (seconds).

    Raises:
        PartnerError: It takes longer.
    """
    started = time.monotonic()
    lanes_after = None
    while time.monotonic() - started < patience:
        serving.crew.tend(0.05)
        done, due = house.queries.records.assessment_progress()
        if lanes_after is None and done >= due:
            lanes_after = time.monotonic() - started
        size, in_head = house.queries.records.log_size()
        if lanes_after is not None and in_head == size:
            return lanes_after
    raise PartnerError(f"Assessment or log is not done after {patience:.0f} seconds.")


def cpu_seconds(serving: Serving) -> dict[str, float]:
    """CPU seconds used so far by each role, and by all of PostgreSQL."""
    used = {}
    for name, pid in serving.crew.pids.items():
        times = psutil.Process(pid).cpu_times()
        used[name] = times.user + times.system
    with psycopg.connect(serving.dsn) as connection:
        row = connection.execute("select pg_backend_pid()").fetchone()
        used["postgres"] = sum(_of_postgres(row[0] if row else 0))
    return used


def _of_postgres(backend: int) -> Iterator[float]:
    """CPU seconds of the server, its processes that have ended included."""
    server = psutil.Process(backend).parent()
    if server is None:
        return
    times = server.cpu_times()
    yield times.user + times.system + times.children_user + times.children_system
    for child in server.children():
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        yield times.user + times.system


def _raw_copy(dsn: str, house: Instance) -> float:
    """Rows a second of a plain COPY of the same stored bytes, durable every 256 rows."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("select id, content, reading from message order by id desc limit 4096").fetchall()
        connection.execute("create table raw_copy (id uuid, content bytea, reading bytea)")
        connection.commit()
        started = time.monotonic()
        for start in range(0, len(rows), 256):
            with connection.cursor() as cursor, cursor.copy("copy raw_copy from stdin (format binary)") as copy:
                copy.set_types(["uuid", "bytea", "bytea"])
                for row in rows[start : start + 256]:
                    copy.write_row(row)
            connection.commit()
        took = time.monotonic() - started
        connection.execute("drop table raw_copy")
    return len(rows) / took


class _Watch:
    """Looks every two milliseconds how far the assessment worker has got."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._seen: list[tuple[int, float]] = []
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self, first: int, sent: list[Lodgement]) -> list[float]:
        """Seconds from when each request was due until its lane was there.

        Messages and requests are matched in their order: of two that overlap, one is told too early by as much as the
        other too late.
        """
        self._is_stopping.set()
        self._thread.join()
        with psycopg.connect(self._dsn) as connection:
            rows = connection.execute(
                "select idx from leaf where kind like 'message-%%' and idx >= %s order by idx", (first,)
            )
            indexes = [row[0] for row in rows]
        places = [place for place, _ in self._seen]
        dues = sorted(one.due for one in sent if one.status == 202)
        found = []
        for index, due in zip(indexes, dues, strict=False):
            at = bisect_left(places, index)
            if at < len(places):
                found.append(self._seen[at][1] - due)
        return found

    def _run(self) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            while not self._is_stopping.wait(0.002):
                row = connection.execute("select value from place where name = 'desk'").fetchone()
                place = int(row[0]) if row else -1
                if not self._seen or self._seen[-1][0] != place:
                    self._seen.append((place, time.monotonic()))


def _percentile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")
