# SPDX-License-Identifier: Apache-2.0
"""What each role of the house does, from its start to its end."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cocket import api, workbench
from cocket.cli.feed import look_of, source_of, tell_host
from cocket.cli.feed_watch import FeedWatch
from cocket.errors import CocketError, SettingsError, StoreError
from cocket.exchange import check_target
from cocket.gate import FORM_BYTES, Door, bounds_of, listen, serve
from cocket.ingress import Doors, doors_of
from cocket.pipeline import Book, Desk, House, open_house, open_shelves
from cocket.pipeline.cosigning import Cosigning
from cocket.pipeline.device_intake import open_event_log
from cocket.pipeline.devices import open_register
from cocket.pipeline.erasure import Erasure
from cocket.pipeline.row_watch import RowWatch
from cocket.pipeline.tracker import Tracker
from cocket.settings import Settings
from cocket.tracking.adapters import ADAPTERS

#: How long an idle role sleeps before it looks again, and after something failed.
_IDLE_SECONDS, _PAUSE_SECONDS = 0.02, 0.5

#: How long the feeds sleep between two looks: at a folder, at a host's tables.
_FOLDER_SECONDS, _HOST_SECONDS = 1.0, 30.0

#: How long a desk lets messages gather after a turn that left none waiting.
_GATHER_SECONDS = 0.025

#: What the doors for devices are called among the others.
_DEVICE_DOOR = "ingress-"

#: Adapters whose devices come by TCP, with how their frames are told apart.
_FRAMINGS = {adapter.name: adapter.framing for adapter in ADAPTERS if adapter.framing is not None}

ROLES = ("api", "feeds", "desk", "book", "workbench", "ingress", "tracker")


@dataclass(frozen=True)
class Ground:
    """What the parent has made before any role is forked.

    Attributes:
        settings: The settings.
        dsn: The database.
        sockets: Listening sockets by name: `api`, `workbench`, `admin`, `ingress-mqtt` and others for devices.
        tell: Told in one sentence of what goes wrong while a role runs.
    """

    settings: Settings
    dsn: str
    sockets: dict[str, socket.socket]
    tell: Callable[[str], None]


def take_ports(settings: Settings, roles: tuple[str, ...]) -> dict[str, socket.socket]:
    """Take the ports of these roles, before anything else is done.

    Raises:
        SettingsError: One is taken or not allowed; none is kept.
    """
    wanted = {
        "api": (settings.api_host, settings.api_port),
        "admin": ("127.0.0.1", settings.admin_port),
        "workbench": (settings.workbench_host, settings.workbench_port),
    }
    roles_of = {"admin": "api"}
    for door, port in doors_of(settings, tuple(_FRAMINGS)).items():
        wanted[_DEVICE_DOOR + door] = (settings.ingress_host, port)
        roles_of[_DEVICE_DOOR + door] = "ingress"
    taken: dict[str, socket.socket] = {}
    try:
        for name, (host, port) in wanted.items():
            if roles_of.get(name, name) in roles:
                taken[name] = listen(host, port)
    except SettingsError:
        for one in taken.values():
            one.close()
        raise
    return taken


def address_of(door: socket.socket, name: str = "") -> str:
    """Address of a door as a URL; a door for devices says what is spoken there."""
    host, port = door.getsockname()[:2]
    spoken = name.removeprefix(_DEVICE_DOOR) if name.startswith(_DEVICE_DOOR) else ""
    scheme = {"": "http", "mqtt": "mqtts", "http": "https"}.get(spoken, "tcp")
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def run_api(ground: Ground, is_stopping: threading.Event, *, with_admin: bool = True) -> None:
    """The HTTP door."""
    admin = ground.sockets["admin"] if with_admin else None
    late = _stopping_late(is_stopping)
    _with_house(ground, lambda house: api.run(house, ground.sockets["api"], admin, started=late))


def run_workbench(ground: Ground, is_stopping: threading.Event) -> None:
    """The pages for officers."""

    def run(house: House) -> None:
        bounds = bounds_of(ground.settings, body_bytes=FORM_BYTES)
        door = Door(workbench.build_app(house), ground.sockets["workbench"], bounds)
        serve(door, started=_stopping_late(is_stopping))

    _with_house(ground, run)


def run_feeds(ground: Ground, is_stopping: threading.Event) -> None:
    """Watching a host's folder or database, and telling it our advice where the settings say so."""
    settings = ground.settings
    source = source_of(settings, may_be_absent=True)
    if settings.write_back:
        check_target(Path(settings.write_back), source.places)
    house = open_house(settings, ground.dsn)
    seconds = _FOLDER_SECONDS if source.folder else _HOST_SECONDS
    look = look_of(house, settings, source, settle=True)
    watch = FeedWatch(look, lambda: tell_host(house, settings), ground.tell, seconds)

    def turn() -> bool:
        has_news, pause = watch.turn()
        is_stopping.wait(pause)
        return has_news

    _work(turn, is_stopping, ground)
    house.close()


def run_ingress(ground: Ground, is_stopping: threading.Event) -> None:
    """The doors for devices."""
    sockets = {
        name.removeprefix(_DEVICE_DOOR): door for name, door in ground.sockets.items() if name.startswith(_DEVICE_DOOR)
    }
    with (
        closing(open_event_log(ground.settings, ground.dsn)) as log,
        closing(open_register(ground.settings, ground.dsn)) as register,
    ):
        Doors(ground.settings, log, register, sockets, _FRAMINGS).run(_stopping_late(is_stopping))


def run_tracker(ground: Ground, is_stopping: threading.Event) -> None:
    """What devices sent, taken in and judged; of several trackers one works at a time."""
    tracker = Tracker(open_shelves(ground.settings, ground.dsn))
    _work(_opening(tracker.open, tracker.turn), is_stopping, ground)
    tracker.close()


def run_desk(ground: Ground, is_stopping: threading.Event) -> None:
    """Dossiers, assessments and lanes; of several desks one takes each turn."""
    shelves = open_shelves(ground.settings, ground.dsn)
    desk, erasure = Desk(shelves), Erasure(shelves)

    def begin() -> None:
        erasure.finish_erasures()  # what was begun when the power went
        desk.open()

    def turn() -> bool:
        has_worked = desk.turn()
        if has_worked and not desk.is_behind:
            is_stopping.wait(_GATHER_SECONDS)  # a turn costs much the same for one message as for ten
        return has_worked

    _work(_opening(begin, turn), is_stopping, ground)
    desk.close()


def run_book(ground: Ground, is_stopping: threading.Event) -> None:
    """Heads over the leaves, at even times, and cosignatures in between; one book signs, others stand by."""
    book = Book(open_shelves(ground.settings, ground.dsn, signs_heads=True))
    cosigning = Cosigning(ground.settings)
    interval = ground.settings.head_interval_seconds

    def begin() -> None:
        while not book.hold():
            if is_stopping.wait(_PAUSE_SECONDS):
                return
        book.open()

    def turn() -> bool:
        if cosigning.tend(is_stopping, interval - time.time() % interval):
            return False
        return book.tick(datetime.now(UTC)) > 0

    watch = RowWatch(open_shelves(ground.settings, ground.dsn, signs_heads=True), ground.tell)
    auditing = threading.Thread(target=watch.run, args=(is_stopping,), name="rows", daemon=True)
    auditing.start()
    _work(_opening(begin, turn), is_stopping, ground)
    auditing.join(_PAUSE_SECONDS)
    cosigning.close()
    with suppress(StoreError):
        book.close()


def _opening(open_first: Callable[[], Any], turn: Callable[[], bool]) -> Callable[[], bool]:
    """Turns of work that begin by opening, and open again after a failure."""
    is_open = False

    def opened_turn() -> bool:
        nonlocal is_open
        if not is_open:
            open_first()
            is_open = True
        try:
            return turn()
        except CocketError:
            is_open = False
            raise

    return opened_turn


def _work(turn: Callable[[], bool], is_stopping: threading.Event, ground: Ground) -> None:
    """Turn after turn until told to stop; a store that fails is waited for, anything else ends the role.

    Raises:
        CocketError: Something that waiting does not mend.
    """
    pause = _IDLE_SECONDS
    has_told = ""
    while not is_stopping.is_set():
        try:
            has_worked = turn()
            has_told = ""
        except StoreError as error:
            if str(error) != has_told:
                ground.tell(str(error))
                has_told = str(error)
            is_stopping.wait(_PAUSE_SECONDS)
            continue
        pause = _IDLE_SECONDS if has_worked else min(pause * 1.5, 5 * _IDLE_SECONDS)
        if not has_worked:
            is_stopping.wait(pause)


def _stopping_late(is_stopping: threading.Event) -> Callable[[], None]:
    """What a door does once it is open: close again if it was told to before it could listen for that."""

    def started() -> None:
        if is_stopping.is_set():
            signal.raise_signal(signal.SIGTERM)

    return started


def _with_house(ground: Ground, run: Callable[[House], None]) -> None:
    house = open_house(ground.settings, ground.dsn)
    try:
        run(house)
    finally:
        house.close()
