# SPDX-License-Identifier: Apache-2.0
"""An instance that runs: ports taken, database answering, a process for each role."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType

import msgspec
import psutil

from cocket.cli.base.instance_access import need_home
from cocket.cli.base.output import complain
from cocket.cli.base.process_supervisor import Crew, Work, check_apart
from cocket.cli.roles.roles import (
    Ground,
    Post,
    address_of,
    run_api,
    run_archive,
    run_assessment,
    run_events,
    run_feeds,
    run_ingress,
    run_log,
    run_role,
    run_tracker,
    run_workbench,
    take_ports,
)
from cocket.errors import SettingsError, StoreError
from cocket.gate import Board, start_log
from cocket.ingress.tls import device_tls
from cocket.pipeline import LogPublisher, open_database, open_stores
from cocket.pipeline.base.heartbeat import forget_workers
from cocket.pipeline.base.roles import ASSESSMENT, BESIDE, EVENTS, LOG, ROLES
from cocket.pipeline.operations.bootstrap import make_new_keys
from cocket.settings import Settings

#: How long the database is kept at the end for commands that work with it (seconds).
_OTHERS_S = 5.0

#: Doors for devices that need a certificate.
_SPEAKING_TLS = ("ingress-mqtt", "ingress-http")


class Serving:
    """The house running: ports taken, database answering, roles forked and tended, until the block ends.

    Args:
        settings: The settings.
        roles: Roles to run (1..n).
        tell: Told in one sentence of what goes wrong meanwhile.
        takes_any_port: Whether to go to free ports where those of the settings are taken.
    """

    def __init__(
        self,
        settings: Settings,
        roles: tuple[str, ...],
        tell: Callable[[str], None] = complain,
        *,
        takes_any_port: bool = False,
    ) -> None:
        need_home(settings)
        self._takes_any_port = takes_any_port
        self.settings = settings
        self._roles = roles
        self._teller = tell
        self._told: set[str] = set()
        self._remembered: dict[str, int] = {}
        self._stack = ExitStack()
        self._is_stopping = threading.Event()
        self.addresses: dict[str, str] = {}
        self.dsn = ""
        self._place: Path | None = None
        self.crew = Crew(self._tell)

    def __enter__(self) -> Serving:
        try:
            self._stack.enter_context(_orderly_end(self._is_stopping))
            sockets = self._take_ports()
            for one in sockets.values():
                self._stack.callback(one.close)
            is_tls = bool(self.settings.tls_certificate)
            self.addresses = {name: address_of(one, name, is_tls=is_tls) for name, one in sockets.items()}
            make_new_keys(self.settings)
            check_apart(partial(open_stores, self.settings, "", signs_heads=LOG in self._roles))
            if "ingress" in self._roles and any(name in sockets for name in _SPEAKING_TLS):
                check_apart(partial(device_tls, self.settings))
            self._stack.callback(self._forget)
            self._remember()
            self._server = self._stack.enter_context(
                open_database(self.settings, apart=check_apart, tell=self._tell, is_told=True, others_s=_OTHERS_S)
            )
            self.dsn = self._server.dsn
            check_apart(self._check_ground)
            ground = Ground(self.settings, self.dsn, sockets, self._tell)
            self._stack.callback(self.crew.stop)
            start_log()
            for name, work in _works(self._roles, ground):
                self.crew.add(name, work)
            self._remember()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _check_ground(self) -> None:
        """Refuse to take messages in on a database older than what was published, where their places are given away.

        What processes of an earlier start said of themselves here is forgotten; where all roles run that the settings
        ask for, so is that of roles which they ask for no more.
        """
        stores = open_stores(self.settings, self.dsn, signs_heads=LOG in self._roles)
        with closing(stores.database):
            forget_workers(stores, self._roles if len(self._roles) == 1 else (*ROLES, *BESIDE))
            if LOG in self._roles:
                LogPublisher(stores).check()

    def _take_ports(self) -> dict[str, socket.socket]:
        try:
            return take_ports(self.settings, self._roles)
        except SettingsError as error:
            if not self._takes_any_port or error.code != "port":
                raise
            self._tell(f"{error.message} Using free ports instead.")
            self.settings = msgspec.structs.replace(self.settings, api_port=0, workbench_port=0, admin_port=0)
            return take_ports(self.settings, self._roles)

    def until_stopped(self) -> None:
        """Tend the crew until SIGTERM or SIGINT."""

        def on_signal(number: int, frame: FrameType | None) -> None:
            self._is_stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, on_signal)
        while not self._is_stopping.is_set():
            self.tend()

    def tend(self) -> None:
        """Look once after database, crew and word of them."""
        if not self.settings.database_url:  # a given one is brought back by whoever runs it
            self._try(self._tend_database)
        self.crew.tend()
        if self.crew.pids != self._remembered:
            self._try(self._remember)

    def _tend_database(self) -> None:
        if not self._server.is_running():
            self._tell_once("the database stopped; restarting it")
            self._server.start()
            self._told.clear()

    def _try(self, act: Callable[[], None]) -> None:
        """Do what may fail now and will be tried again at the next look."""
        try:
            act()
        except StoreError as error:
            self._tell_once(str(error))

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._tell(sentence)

    def _tell(self, sentence: str) -> None:
        """Say what is wrong. The house goes on when nobody can be told, such as on a full disk."""
        with suppress(OSError):
            self._teller(sentence)

    def _word(self) -> Path:
        """Where word is left: another file than that of another parent that serves this home, and lives."""
        home = self.settings.home
        parents = {path: parent for path, parent in words_of(home) if parent != os.getpid()}
        living = {path for path, parent in parents.items() if psutil.pid_exists(parent)}
        for path in parents.keys() - living:
            with suppress(OSError):
                path.unlink()
        return home / "serving.json" if home / "serving.json" not in living else home / f"serving-{os.getpid()}.json"

    def _remember(self) -> None:
        """Leave word for `cocket status`."""
        word = {"pid": os.getpid(), "roles": self.crew.pids, "addresses": self.addresses}
        partial_file = self.settings.home / f".serving-{os.getpid()}.json"
        try:
            self._place = self._place or self._word()
            partial_file.write_text(json.dumps(word), "utf-8")
            partial_file.replace(self._place)
        except OSError as error:
            with suppress(OSError):
                partial_file.unlink()
            raise StoreError(f"{self.settings.home} cannot be written: {error.strerror}.") from error
        self._remembered = self.crew.pids

    def _forget(self) -> None:
        if self._place:
            with suppress(OSError):
                self._place.unlink()


def words_of(home: Path) -> Iterator[tuple[Path, int]]:
    """Word that parents left in a home, each with its process id; 0 where it cannot be read."""
    for path in sorted(home.glob("serving*.json")):
        try:
            yield path, int(json.loads(path.read_text("utf-8"))["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            yield path, 0


@contextmanager
def _orderly_end(is_stopping: threading.Event) -> Iterator[None]:
    """Let SIGTERM undo what has been begun, as Ctrl-C does; without it, the roles would outlive their parent.

    The interrupt may strike where a library swallows it, so it is noted as well.
    """

    def on_signal(number: int, frame: FrameType | None) -> None:
        is_stopping.set()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _works(roles: tuple[str, ...], ground: Ground) -> list[tuple[str, Work]]:
    """Every process of these roles, by name, each with a board of its own to count on."""
    lives: dict[str, Callable[[Post], None]] = {
        "archive": run_archive,
        EVENTS: run_events,
        LOG: run_log,
        ASSESSMENT: run_assessment,
        "feeds": run_feeds,
        "ingress": run_ingress,
        "tracker": run_tracker,
        "workbench": run_workbench,
    }
    found = [(name, name, lives[name]) for name in roles if name in lives]
    if "api" in roles:
        for number in range(ground.settings.api_workers):
            name = "api" if ground.settings.api_workers == 1 else f"api-{number + 1}"
            found.append(("api", name, partial(run_api, with_admin=number == 0)))
    ground.boards.update({name: (role, Board()) for role, name, _ in found})
    return [(name, partial(run_role, ground, name, life)) for _, name, life in found]
