# SPDX-License-Identifier: Apache-2.0
"""What each role of the house does, from its start to its end."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from cocket import api, workbench
from cocket.cli.base.host_data import FeedWatch, look_of, source_of, tell_host
from cocket.errors import CocketError, SettingsError, StoreError
from cocket.exchange import check_target
from cocket.feeds import destination_of
from cocket.feeds.patience import HANGS_SECONDS, Patience
from cocket.gate import (
    FILE_BYTES,
    FORM_BYTES,
    UPLOAD_BYTES,
    Board,
    Counting,
    Door,
    Meter,
    bounds_of,
    check_exposure,
    counted,
    listen,
    make_key,
    proxies_of,
    serve,
    tls_of,
)
from cocket.ingress import Doors, doors_of
from cocket.pipeline import AssessmentWorker, Instance, LogPublisher, open_instance, open_stores
from cocket.pipeline.assessment.turn_garbage import TurnGarbage
from cocket.pipeline.base.heartbeat import Doing, Heartbeat, words_of
from cocket.pipeline.base.roles import EVENT_PUSH, FOLLOWING, NOTIFICATIONS, PARTNERS, SOURCES, SUBSCRIPTIONS
from cocket.pipeline.governance.second_person import SecondPerson
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.ledger.cosignatures import Cosigning
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.event_delivery import EventDelivery
from cocket.pipeline.operations.notice_sending import NoticeSending
from cocket.pipeline.operations.row_audit_schedule import RowWatch
from cocket.pipeline.operations.wal_streaming import Streaming
from cocket.pipeline.partners.dcsa_sending import DcsaSending
from cocket.pipeline.partners.epcis_sending import EpcisSending
from cocket.pipeline.partners.following_work import FollowingWork
from cocket.pipeline.partners.log_following import LogFollowing
from cocket.pipeline.partners.one_record_sending import OneRecordSending
from cocket.pipeline.partners.sending import ExchangeSending
from cocket.pipeline.partners.sources import Sources
from cocket.pipeline.tracking.device_intake import open_event_log
from cocket.pipeline.tracking.device_register import open_register
from cocket.pipeline.tracking.worker import Tracker
from cocket.settings import Settings
from cocket.tracking.adapters import ADAPTERS

#: How long an idle role sleeps before it looks again, and a log that stands by before it asks again.
_IDLE_SECONDS, _PAUSE_SECONDS = 0.02, 0.5

#: How long the feeds sleep between two looks: at a folder, at a host's tables.
_FOLDER_SECONDS, _HOST_SECONDS = 1.0, 30.0

#: How long the assessment worker lets messages gather after a batch that left none waiting.
_GATHER_SECONDS = 0.025

#: What the doors for devices are called among the others.
_DEVICE_DOOR = "ingress-"

#: Adapters whose devices come by TCP, with how their frames are told apart.
_FRAMINGS = {adapter.name: adapter.framing for adapter in ADAPTERS if adapter.framing is not None}

#: Doors that speak HTTP, with or without TLS, in words.
_OPEN_DOORS = {"api": "HTTP API", "workbench": "workbench"}


@dataclass(frozen=True)
class Ground:
    """What the parent has made before any role is forked.

    Attributes:
        settings: The settings.
        dsn: The database.
        sockets: Listening sockets by name: `api`, `workbench`, `admin`, `ingress-mqtt` and others for devices.
        tell: Told in one sentence of what goes wrong while a role runs.
        boards: Role and board of each process, by its name: where it counts, and whoever answers a scrape reads.
    """

    settings: Settings
    dsn: str
    sockets: dict[str, socket.socket]
    tell: Callable[[str], None]
    boards: dict[str, tuple[str, Board]] = field(default_factory=dict)


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
        tls_of(settings)  # what is wrong with the certificate is said before anything runs
        for name, (host, port) in wanted.items():
            if roles_of.get(name, name) in roles:
                if name in _OPEN_DOORS:
                    check_exposure(settings, host, _OPEN_DOORS[name])
                taken[name] = listen(host, port)
    except SettingsError:
        for one in taken.values():
            one.close()
        raise
    return taken


def address_of(door: socket.socket, name: str = "", *, is_tls: bool = False) -> str:
    """Address of a door as a URL; a door for devices says what is spoken there."""
    host, port = door.getsockname()[:2]
    spoken = name.removeprefix(_DEVICE_DOOR) if name.startswith(_DEVICE_DOOR) else ""
    plain = "https" if is_tls and name in _OPEN_DOORS else "http"
    scheme = {"": plain, "mqtt": "mqtts", "http": "https"}.get(spoken, "tcp")
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class Post:
    """The place of one process: what it stands on, and how it goes on when something fails.

    Args:
        ground: What the parent has made.
        name: Its role, with a number where there are several.
        is_stopping: Set when it is to end.

    Attributes:
        each_beat: Called about once a second, in a thread.
    """

    def __init__(self, ground: Ground, name: str, is_stopping: threading.Event) -> None:
        role, self._board = ground.boards.get(name, (name, Board()))
        self.ground = ground
        self.name = name
        self.is_stopping = is_stopping
        self.meter = Meter()
        self.pulse = Heartbeat(role, name, ground.dsn, self._publish)
        self.each_beat: Callable[[], None] = lambda: None
        self._told = ""
        self._noted: str | None = None

    def stand_still(self, error: Exception) -> None:
        """Say what is wrong, once, and wait before it is tried again: longer each time, but never for ever."""
        pause = self.pulse.failed(error)
        self.meter.failed()
        words = words_of(error)
        if words != self._told:
            self._told = words
            if not isinstance(error, CocketError):
                structlog.get_logger().error("role-failed", role=self.name, exc_info=error)
            is_outage = isinstance(error, StoreError) and error.code == "store"
            self.ground.tell(
                words if is_outage else f"{self.name} is stalled and retries; the other roles continue. {words}"
            )
        self.is_stopping.wait(pause)

    def note(self, words: str | None) -> None:
        """Say once what is not well though the work goes on; None if all is."""
        if words and words != self._noted:
            self.ground.tell(words)
        self._noted = words

    def go_on(self) -> None:
        """Note that what failed goes well again."""
        if self._told:
            self._told = ""
            self.ground.tell(f"{self.name} continues.")
        self.pulse.well()

    def work(self, begin: Callable[[], Any], turn: Callable[[], bool]) -> None:
        """Turn after turn until it is time to stop; whatever fails is begun again after a pause.

        Args:
            begin: Takes up the work where it was left.
            turn: Works off what there is; whether there was anything.
        """
        is_open, pause = False, _IDLE_SECONDS
        while not self.is_stopping.is_set():
            try:
                if not is_open:
                    begin()
                    is_open = True
                has_worked = self._turn(turn)
            except Exception as error:  # noqa: BLE001 - whatever it is, the role stands still and the house goes on
                is_open = False
                self.stand_still(error)
                continue
            self.go_on()
            pause = _IDLE_SECONDS if has_worked else min(pause * 1.5, 5 * _IDLE_SECONDS)
            if not has_worked:
                self.is_stopping.wait(pause)

    def _publish(self) -> None:
        """With each beat: what is counted, and what else is to be looked at now and then."""
        self._board.write(self.meter.families())
        self.each_beat()

    def _turn(self, turn: Callable[[], bool]) -> bool:
        self.pulse.began()
        started = time.monotonic()
        has_worked = turn()
        self.pulse.ended(has_worked=has_worked)
        self.meter.turned(time.monotonic() - started, has_worked=has_worked)
        return has_worked


def run_role(ground: Ground, name: str, life: Callable[[Post], None], is_stopping: threading.Event) -> None:
    """One process of a role, from its start to its end; a life that fails is begun again after a pause.

    Args:
        ground: What the parent has made.
        name: The role, with a number where there are several.
        life: What it does until it is to stop.
        is_stopping: Set when it is to end.
    """
    post = Post(ground, name, is_stopping)
    post.pulse.start()
    try:
        while not is_stopping.is_set():
            try:
                life(post)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the role stands still and the house goes on
                post.stand_still(error)
    finally:
        post.pulse.close()


def run_api(post: Post, *, with_admin: bool = True) -> None:
    """The HTTP door."""
    ground = post.ground
    admin = ground.sockets["admin"] if with_admin else None

    def run(house: Instance) -> None:
        def look() -> None:
            house.intake.messages.watch_lag()
            if with_admin:  # one process of a machine is enough
                with suppress(StoreError):  # that none comes is seen
                    house.operations.canary.tend_canary()

        post.each_beat = look
        post.pulse.served = house.intake.messages.tally.deeds
        socket, started = ground.sockets["api"], _open_door(post)
        api.run(house, socket, admin, started=started, counting=Counting(post.meter, ground.boards))

    _with_house(ground, run)


def run_workbench(post: Post) -> None:
    """The pages for officers, and the notices that are sent to them."""
    ground = post.ground

    def run(house: Instance) -> None:
        most = max(UPLOAD_BYTES, FILE_BYTES, ground.settings.max_file_bytes + FORM_BYTES)
        bounds = bounds_of(ground.settings, body_bytes=most, takes_files=True)
        app = counted(workbench.build_app(house), post.meter)
        tls, proxies = tls_of(ground.settings), proxies_of(ground.settings)
        sending, is_over = NoticeSending(open_stores(ground.settings, ground.dsn), ground.tell), threading.Event()
        threading.Thread(target=sending.run, args=(is_over,), name="notices", daemon=True).start()
        threading.Thread(
            target=_finish_approved, args=(house.governance.second_person, ground), name="approved", daemon=True
        ).start()
        try:
            serve(Door(app, ground.sockets["workbench"], bounds, tls, proxies), started=_open_door(post))
        finally:
            is_over.set()

    _with_house(ground, run)


def run_feeds(post: Post) -> None:
    """Watching a host's folder or database, and telling it our advice where the settings say so."""
    ground, settings = post.ground, post.ground.settings
    patience = Patience("The host's folder", HANGS_SECONDS)
    source = patience.within(partial(source_of, settings, may_be_absent=True))
    if settings.write_back:
        check_target(Path(settings.write_back), source.places)
    seconds = _FOLDER_SECONDS if source.folder else _HOST_SECONDS

    def run(house: Instance) -> None:
        look = look_of(destination_of(house), settings, source, settle=True)
        watch = FeedWatch(look, lambda: tell_host(house.control.write_back, settings), ground.tell, seconds)
        watch.says_host = False

        def turn() -> bool:
            has_news, pause = watch.turn()
            if watch.trouble is not None:
                raise watch.trouble  # it is said once, shown by health, and tried again
            post.is_stopping.wait(pause)
            return has_news

        post.work(lambda: None, turn)

    _with_house(ground, run)


def run_ingress(post: Post) -> None:
    """The doors for devices."""
    ground = post.ground
    sockets = {
        name.removeprefix(_DEVICE_DOOR): door for name, door in ground.sockets.items() if name.startswith(_DEVICE_DOOR)
    }
    with (
        closing(open_event_log(ground.settings, ground.dsn)) as log,
        closing(open_register(ground.settings, ground.dsn)) as register,
    ):
        Doors(ground.settings, log, register, sockets, _FRAMINGS).run(_open_door(post))


def run_tracker(post: Post) -> None:
    """What devices sent, taken in and judged; of several trackers one works at a time."""
    with closing(Tracker(open_stores(post.ground.settings, post.ground.dsn))) as tracker:
        post.work(tracker.open, tracker.turn)


def run_assessment(post: Post) -> None:
    """Dossiers, assessments and lanes; of several processes one takes each batch."""
    stores = open_stores(post.ground.settings, post.ground.dsn)
    erasure, garbage = Erasure(stores), TurnGarbage()
    with closing(AssessmentWorker(stores)) as worker:

        def begin() -> None:
            erasure.finish_erasures()  # what was begun when the power went
            worker.open()

        def turn() -> bool:
            with garbage.after_turn():
                has_worked = worker.turn()
            if not has_worked and not worker.is_tidying:
                garbage.rest()
            post.note(
                worker.unwritten and f"{post.name} continues, but could not save what it learned. {worker.unwritten}"
            )
            if has_worked and not worker.is_behind:
                post.is_stopping.wait(_GATHER_SECONDS)  # a turn costs much the same for one message as for ten
            return has_worked or worker.is_tidying

        post.work(begin, turn)


def run_archive(post: Post) -> None:
    """The database's log, streamed to the folder of backups."""
    streaming = Streaming(post.ground.settings, post.ground.dsn)

    def turn() -> bool:
        streaming.run(post.is_stopping)
        return False

    post.work(lambda: None, turn)


def run_events(post: Post) -> None:
    """Events sent to webhooks, subscribers and the message bus, results of subscriptions, messages to partners, and questions to sources.

    Of several processes one works at a time.
    """
    settings, dsn = post.ground.settings, post.ground.dsn

    def beside(name: str, work: Callable[[threading.Event, Doing, Callable[[str], None]], None]) -> None:
        given = post.is_stopping, post.pulse.beside(name), post.ground.tell
        going = threading.Thread(target=work, args=given, name=name, daemon=True)
        going.start()
        stack.callback(going.join, _PAUSE_SECONDS)

    with ExitStack() as stack:
        delivery = stack.enter_context(closing(EventDelivery(open_stores(settings, dsn))))
        beside(SUBSCRIPTIONS, EpcisSending(open_stores(settings, dsn)).run)
        if settings.event_webhooks:
            beside(EVENT_PUSH, DcsaSending(open_stores(settings, dsn)).run)
            beside(NOTIFICATIONS, OneRecordSending(open_stores(settings, dsn)).run)
        if settings.source_following:
            asking = open_stores(settings, dsn)
            beside(SOURCES, FollowingWork(asking, Sources(asking, MachineAccess(asking))).run)
        if settings.partner_exchange:
            beside(PARTNERS, ExchangeSending(open_stores(settings, dsn)).run)
            beside(FOLLOWING, LogFollowing(open_stores(settings, dsn)).run)
        post.work(lambda: None, delivery.turn)


def run_log(post: Post) -> None:
    """Heads over the leaves, at even times, and cosignatures in between; one process signs, others stand by."""
    settings, is_stopping = post.ground.settings, post.is_stopping
    log = LogPublisher(open_stores(settings, post.ground.dsn, signs_heads=True))
    interval = settings.head_interval_seconds

    def begin() -> None:
        while not log.hold():
            post.go_on()
            if is_stopping.wait(_PAUSE_SECONDS):
                return
        log.open()

    def turn() -> bool:
        if cosigning.tend(is_stopping, interval - time.time() % interval):
            return False
        return log.tick(datetime.now(UTC)) > 0

    watch = RowWatch(open_stores(settings, post.ground.dsn, signs_heads=True), post.ground.tell)
    auditing = threading.Thread(target=watch.run, args=(is_stopping,), name="rows", daemon=True)
    auditing.start()
    with closing(Cosigning(settings)) as cosigning:
        post.work(begin, turn)
    auditing.join(_PAUSE_SECONDS)
    with suppress(StoreError):
        log.close()


def _open_door(post: Post) -> Callable[[], None]:
    """What a door does once it is open: close again if it was told to before it could listen for that."""

    def started() -> None:
        post.go_on()
        if post.is_stopping.is_set():
            signal.raise_signal(signal.SIGTERM)

    return started


def _finish_approved(second: SecondPerson, ground: Ground) -> None:
    """Carry out what two persons approved before the machine fell, and take in what waited in an earlier form."""
    try:
        problems = second.resume(make_key)
    except CocketError as error:
        problems = (error.message,)
    for problem in problems:
        ground.tell(f"An approved act was not carried out: {problem}")


def _with_house(ground: Ground, run: Callable[[Instance], None]) -> None:
    house = open_instance(ground.settings, ground.dsn)
    try:
        run(house)
    finally:
        house.close()
