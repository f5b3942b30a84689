# SPDX-License-Identifier: Apache-2.0
"""Pages of the workbench over many dossiers: how long each takes from the request to the last byte, database and template included."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import httpx
import msgspec
import psutil
import psycopg
import uvicorn

from benchmarks.figures import Figure, distinct, sample_declarations, sample_manifests
from benchmarks.many_dossiers import Kept, multiply
from cocket.cli.base.instance_access import make_home
from cocket.cli.roles.serving import Serving
from cocket.errors import PartnerError
from cocket.governance import Principal
from cocket.model.message import Envelope
from cocket.pipeline import Instance, open_instance, open_stores
from cocket.pipeline.control.views import NewResult
from cocket.pipeline.queries.views import QueueFilter
from cocket.settings import Settings
from cocket.workbench import build_app

#: Dossiers where nobody says how many, and declarations of a day at most (count); what a page may take (milliseconds).
DOSSIERS, DAY, BUDGET = 2_000, 2_000, 200.0

_SENDER = "BENCH"
_BATCH = 256

#: How often each page is asked for (count); the first answer is told apart.
_TIMES = 20

#: After how long a page whose figures are being measured is asked for again (seconds).
_ASKED_AGAIN = 0.2

_NAME, _PASSWORD = "bench.b", "seal and cord and wax"


def bench_pages(seconds: float, dossiers: int = DOSSIERS, home: Path | None = None) -> Iterator[Figure]:
    """Queue, deep page, searches, dossier, trader, statistics, manifests and inbox, each asked for as a reader does.

    Args:
        seconds: Not used; each page is asked for a number of times.
        dossiers: How many dossiers there are to be at least (count): those of a day come through the real interfaces, the
            rest are copies of them.
        home: Where the instance is made and stays; one that is there is measured as it is. None for one that is removed.
    """
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(TemporaryDirectory()))
        settings = pages_settings(folder)
        if not (folder / "keys").is_dir():
            yield from fill(settings, dossiers)
        with Serving(settings, ()) as serving:
            house = open_instance(settings, serving.dsn)
            with reader(house) as client:
                yield from measure(client, pages_of(client, serving.dsn), folder)
            with reader(house, _usual_office(serving.dsn)) as client:
                yield from measure(client, pages_of_an_office(client), folder)
            house.close()


def pages_settings(home: Path) -> Settings:
    """Settings of an instance whose pages are measured."""
    return Settings(
        home=home,
        log_origin="bench.cocket.invalid/log",
        red_per_day=60,
        yellow_per_day=120,
        random_share=0.02,
        requests_per_second_per_address=1e5,
    )


def fill(settings: Settings, dossiers: int) -> Iterator[Figure]:
    """Make an instance with so many dossiers at least, five orders of six with their results, and say how long that took."""
    make_home(settings)
    with TemporaryDirectory(dir=settings.home) as other:
        one_day = msgspec.structs.replace(settings, home=Path(other))
        shutil.copytree(settings.keys_folder, one_day.keys_folder)
        started = time.monotonic()
        with Serving(one_day, ("assessment", "log")) as serving:
            house = open_instance(one_day, serving.dsn)
            _lodge(house, serving, min(dossiers, DAY))
            day = _dossiers(serving.dsn)
            _examine(house)
            house.close()
        yield Figure(
            name="dossiers of a day", value=day, unit="", note=f"processed in {time.monotonic() - started:.0f} s"
        )
        with Serving(one_day, ()) as theirs, Serving(settings, ()) as serving:
            started = time.monotonic()
            spent = processor_seconds(settings.home)
            had, made = (
                Kept(open_stores(each, at.dsn), at.dsn) for each, at in ((one_day, theirs), (settings, serving))
            )
            days = -(-dossiers // day)
            count = multiply(had, made, days)
            for each in (had, made):
                each.stores.database.close()
            took = time.monotonic() - started
            spent = processor_seconds(settings.home) - spent
            note = (
                f"{days} days like it, the last one and those before, in {took:.0f} s; {spent:.0f} s of processor time, "
                f"{spent / count * 1e6:.0f} µs a dossier"
            )
            yield Figure(name="dossiers", value=count, unit="", note=note)


class Waits(NamedTuple):
    """How long one page took: 95th percentile, median and first answer (ms), and processor time of one request (ms)."""

    name: str
    p95: float
    median: float
    first: float
    processor: float


def measure(client: httpx.Client, pages: dict[str, list[str]], folder: Path) -> Iterator[Figure]:
    """Median and 95th percentile of each page (milliseconds), and the processor time of one request of it.

    Args:
        client: A reader who has signed in.
        pages: Page → addresses to ask for (1..n each).
        folder: Home of the instance, whose database is of this machine.
    """
    for one in measured(client, pages, folder):
        note = f"median {one.median:.0f} ms, processor {one.processor:.0f} ms, first {one.first:.0f} ms; budget {BUDGET:.0f} ms"
        yield Figure(name=f"{one.name}, p95", value=one.p95, unit="ms", note=note)


def measured(client: httpx.Client, pages: dict[str, list[str]], folder: Path) -> Iterator[Waits]:
    """How long each page takes.

    The processor time, of the workbench, its database and this reader, is what a page takes at least; it depends little on what
    else the machine does.

    Args:
        client: A reader who has signed in.
        pages: Page → addresses to ask for (1..n each).
        folder: Home of the instance, whose database is of this machine.
    """
    for name, paths in pages.items():
        first = _asked(client, paths[0])
        before = processor_seconds(folder)
        waits = sorted(_waits(client, paths))
        each = (processor_seconds(folder) - before) / len(waits) * 1e3
        yield Waits(name, _at(waits, 0.95), _at(waits, 0.5), first, each)


def processor_seconds(folder: Path) -> float:
    """Processor time so far of this process and of the database's in a home, those that have ended included (seconds)."""
    postmaster = int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    took = time.process_time()
    parent = psutil.Process(postmaster)
    ended = parent.cpu_times()
    took += ended.children_user + ended.children_system
    for one in parent.children():
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            took += times.user + times.system
    return took


def pages_of(client: httpx.Client, dsn: str) -> dict[str, list[str]]:
    """Page → addresses to ask for (1..n each)."""
    with psycopg.connect(dsn) as connection:
        ids = [row[0] for row in connection.execute("select id from consignment order by random() limit %s", (_TIMES,))]
        marks = connection.execute(
            "select distinct on (kind, value) kind, value, name from consignment_mark"
        ).fetchall()
        title = [
            row[0] for row in connection.execute("select title from consignment order by random() limit %s", (_TIMES,))
        ]
    hs = sorted({value for kind, value, _ in marks if kind == "HS"})
    traders = sorted({(value, name) for kind, value, name in marks if kind == "IMPORTER"})
    words = sorted({word for _, name in traders if name for word in name.split() if len(word) > 3})
    deep = _deep(client, "/queue?state=all")
    return {
        "queue": ["/queue"] * _TIMES,
        "queue of a lane": [f"/queue?lane={lane}" for lane in ("red", "yellow", "blue", "green")] * (_TIMES // 4),
        "queue by title": ["/queue?sort=title&state=all"] * _TIMES,
        "queue of what is done": ["/queue?state=done"] * _TIMES,
        "deep page": [deep] * _TIMES,
        "page by number": [f"/queue?state=all&offset={50 * step}" for step in range(20, 20 + _TIMES)],
        "search of a reference": [f"/search?text={one}" for one in title],
        "search of an HS prefix": [f"/search?text={one[:length]}" for length in (4, 6) for one in hs[: _TIMES // 2]],
        "search of a trader": [f"/search?text={value}" for value, _ in traders[:_TIMES]],
        "search of words": [f"/search?text={one}" for one in words[:_TIMES]],
        "queue by words": [f"/queue?state=all&text={one}" for one in words[:_TIMES]],
        "dossier": [f"/consignments/{one}" for one in ids],
        "trader": [f"/traders/{value}" for value, _ in traders[:_TIMES]],
        "statistics": ["/statistics"] * _TIMES,
        "manifests": ["/manifests"] * _TIMES,
        "rules": ["/rules"] * _TIMES,
        "inbox": ["/inbox"] * _TIMES,
    }


def pages_of_an_office(client: httpx.Client) -> dict[str, list[str]]:
    """The same of the queue, for an officer who is bound to one office."""
    deep = _deep(client, "/queue?state=all")
    return {
        "queue, for one office": ["/queue"] * _TIMES,
        "deep page, for one office": [deep] * _TIMES,
        "page by number, for one office": [f"/queue?state=all&offset={50 * step}" for step in range(20, 20 + _TIMES)],
        "queue of what is done, for one office": ["/queue?state=done"] * _TIMES,
    }


def _usual_office(dsn: str) -> str:
    """The office with most dossiers."""
    asked = "select office from consignment where office is not null group by 1 order by count(*) desc limit 1"
    with psycopg.connect(dsn) as connection:
        row = connection.execute(asked).fetchone()
    return str(row[0]) if row else ""


def _deep(client: httpx.Client, path: str, pages: int = 40) -> str:
    """Address of the page that is reached by going on so often."""
    for _ in range(pages):
        further = re.search(r'href="(/queue\?[^"]*place=[^"]+)"', client.get(path).text)
        if further is None:
            break
        path = further[1].replace("&amp;", "&")
    return path


def _waits(client: httpx.Client, paths: Sequence[str]) -> Iterator[float]:
    return (_asked(client, path) for path in paths)


def _asked(client: httpx.Client, path: str) -> float:
    """How long a page took (milliseconds); where it says that its figures are being measured, until they are there."""
    started = time.perf_counter()
    answer = client.get(path, follow_redirects=True)  # a search with one answer opens it
    while answer.status_code == 202:
        time.sleep(_ASKED_AGAIN)
        answer = client.get(path, follow_redirects=True)
    took = (time.perf_counter() - started) * 1e3
    if answer.status_code != 200:
        raise PartnerError(f"{path} was answered with {answer.status_code}.")
    return took


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def _lodge(house: Instance, serving: Serving, declarations: int) -> None:
    """Take in so many declarations, and manifests, and wait until each dossier has a lane."""
    messages = islice(distinct(sample_declarations(240)), declarations)
    _send(house, serving, messages, "api")
    _send(house, serving, iter(sample_manifests(declarations // 2)), "feeds")
    done, due = house.queries.records.assessment_progress()
    last = time.monotonic()
    while done < due:
        serving.crew.tend(0.1)
        before = done
        done, due = house.queries.records.assessment_progress()
        last = time.monotonic() if done > before else last
        if time.monotonic() - last > 300:
            raise PartnerError("The assessment worker has made no progress for five minutes.")


def _send(house: Instance, serving: Serving, messages: Iterator[bytes], door: Literal["api", "feeds"]) -> None:
    sender = Principal(id="bench", kind="key", roles=("trader",), senders=(_SENDER,))
    while batch := list(islice(messages, _BATCH)):
        now = datetime.now(UTC)
        envelopes = [Envelope(sender=_SENDER, actor="bench", door=door, received=now, content=one) for one in batch]
        house.intake.messages.take_many(envelopes, principal=sender)
        serving.crew.tend(0)


def _examine(house: Instance) -> None:
    """Record a result of five orders of six; every fourth found something."""
    officer = Principal(id=_NAME, kind="officer", roles=("supervisor",))
    lines = house.queries.records.queue(officer, QueueFilter(limit=DAY)).lines
    for number, order in enumerate(line.order for line in lines if line.order is not None):
        if number % 6:
            found = number % 4 == 1
            new = NewResult(
                depth="full",
                found=found,
                offence="undervaluation" if found else None,
                duty_recovered="1250.00" if found else None,
                currency="XTS" if found else None,
            )
            house.control.officer_acts.record_result(officer, order.id, new)


def _dossiers(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select count(*) from consignment where merged_into is null").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def reader(house: Instance, office: str | None = None) -> Iterator[httpx.Client]:
    """A supervisor of all offices, or an officer of one, who has signed in at a workbench in this process."""
    name, role = (f"{_NAME}.o", "officer") if office else (_NAME, "supervisor")
    house.governance.accounts.put_officer(name, "Bench", role, office, _PASSWORD)
    server = uvicorn.Server(uvicorn.Config(build_app(house), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        with httpx.Client(base_url=address, headers={"origin": address}, timeout=600) as client:
            client.post("/sign-in", data={"name": name, "password": _PASSWORD})
            yield client
    finally:
        server.should_exit = True
        thread.join()
