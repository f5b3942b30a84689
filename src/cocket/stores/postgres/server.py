# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL for an installation: one given by its URL, else one of our own in a folder.

Our own runs as a child process on a private Unix socket, never on a port. Whoever holds the folder's lock is its
supervisor; every other process attaches to the server it runs. What an earlier supervisor left running is stopped, not
adopted: only as our child can a server be watched, and die with us. Who attaches holds a lock that all such share: the supervisor
ends the server when it has waited for them, so that of two commands at once the first does not take it from the second.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self
from urllib.parse import quote

from cocket.errors import StoreError
from cocket.stores.postgres.binaries import Binaries, Origin, find_binaries
from cocket.stores.postgres.cluster import OWN_NAME, major_of, make_cluster, refusal, server_settings, small_environment
from cocket.stores.postgres.external_server import ExternalPostgres
from cocket.stores.postgres.folder_lock import FolderLock
from cocket.stores.postgres.postmaster import Postmaster, end_processes, foreign_server, is_postmaster, read_postmaster
from cocket.stores.postgres.socket_folder import SocketFolder
from cocket.stores.postgres.system_account import SystemAccount, Way, choose_account

_START_S = 600.0  # after a crash the server first replays up to `max_wal_size` of its log
_ATTACH_S = 60.0
_LOG_BYTES = 8 * 1024 * 1024


class PostgresServer(Protocol):
    """A PostgreSQL server as `pipeline` sees it: ours or a given one."""

    @property
    def dsn(self) -> str:
        """Its connection URL."""

    def start(self) -> str:
        """Make sure that it serves; its connection URL."""

    def stop(self) -> None:
        """Let go of it."""

    def is_running(self) -> bool:
        """Whether it serves now."""


def find_database(url: str | None, folder: Path, others_s: float = 0.0) -> PostgresServer:
    """The server to use, not yet started.

    Args:
        url: Connection URL or string of a server that somebody else runs; None or empty means our own.
        folder: Where our own keeps its data; used only without a URL.
        others_s: How long our own waits, when it is to stop, for others that are attached to it (seconds).
    """
    return ExternalPostgres(url) if url else EmbeddedPostgres(folder, others_s=others_s)


class EmbeddedPostgres:
    """A PostgreSQL server of our own, whole in one folder.

    Args:
        folder: Its folder, made at need: `data` in it is the database, `postgres.log` what the server says.
        durable: False skips every flush to disk. Only for tests: a power cut then loses acknowledged rows.
        origin: Take the programs only from there; None takes the machine's, else the wheel's.
        way: Take on an unprivileged account only so; None tries what the machine allows.
        others_s: How long `stop` waits for other processes that are attached (seconds).
    """

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        origin: Origin | None = None,
        way: Way | None = None,
        others_s: float = 0.0,
    ) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self._durable = durable
        self._origin = origin
        self._way = way
        self._others_s = others_s
        self._lock = FolderLock(self.folder / "postgres.lock")
        self._users = FolderLock(self.folder / "postgres.users")
        self._server: subprocess.Popen[bytes] | None = None
        self._sockets: SocketFolder | None = None
        self._name = ""
        self._dsn: str | None = None

    @property
    def dsn(self) -> str:
        """Connection URL of the server, for psycopg and every other client of libpq.

        Raises:
            StoreError: It was not started.
        """
        if self._dsn is None:
            raise StoreError("The embedded PostgreSQL is not started.", code="postgres-stopped")
        return self._dsn

    def start(self) -> str:
        """Make sure that the server runs: start it, or attach to the one that another process supervises.

        It may be called again at any time, and then brings a server that died back. A server started from the main
        thread ends with this process, however that ends.

        Returns:
            Its connection URL.

        Raises:
            StoreError: It cannot be started; nothing half-made is left.
        """
        if self._dsn is None or not self.is_running():
            with self._told_plainly():
                self.folder.mkdir(parents=True, exist_ok=True)
                self._name = _name_of(self.folder)
                self._dsn = _url(self._own_or_attach())
        return self._dsn

    def attach(self) -> str:
        """Attach to the server that runs in this folder, whoever supervises it; nothing is started or made.

        Returns:
            Its connection URL.

        Raises:
            StoreError: None runs.
        """
        with self._told_plainly():
            if self.data.is_dir():
                self._name = _name_of(self.folder)
                if ready := self._ready():
                    self._dsn = _url(ready)
                    return self._dsn
        raise StoreError(
            f"No database runs in {self.folder}.",
            code="postgres-stopped",
            hint="No instance is running here; start it with cocket serve.",
        )

    def stop(self) -> None:
        """Let go of the server; if this process supervises it, shut it down: sessions end, open transactions are undone.

        It waits for other processes that are attached, for as long as it was made to.

        Raises:
            StoreError: It does not stop.
        """
        self._dsn = None
        if self._lock.is_held:
            try:
                with self._told_plainly():
                    try:
                        self._wait_for_others()
                    finally:
                        self._end_server()
            finally:
                self._lock.release()
        self._users.release()

    def _wait_for_others(self) -> None:
        """Wait until no other process is attached, and let none attach any more; or not at all, if it was made so."""
        deadline = time.monotonic() + self._others_s
        while self._others_s and not self._users.take() and time.monotonic() < deadline:
            time.sleep(0.05)

    def is_running(self) -> bool:
        """Whether the server runs and takes connections."""
        if self._lock.is_held and (self._server is None or self._server.poll() is not None):
            return False
        return self._ready() is not None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _own_or_attach(self) -> Postmaster:
        """The running server: our own if the lock is free, else that of whoever holds it."""
        deadline = time.monotonic() + _ATTACH_S
        while not self._lock.take():
            if (ready := self._ready()) and self._users.take(shared=True):
                return ready
            if time.monotonic() > deadline:
                raise StoreError(
                    f"Another process supervises the PostgreSQL in {self.folder}, but does not start it.",
                    code="postgres-held",
                    hint="Stop that process, then start again.",
                )
            time.sleep(0.05)
        self._users.release()  # it was attached to one that died
        try:
            return self._own()
        except BaseException:
            self.stop()
            raise

    def _own(self) -> Postmaster:
        """Bring up the server as our child."""
        self._end_server()
        major = major_of(self.data)
        binaries = find_binaries(major, self._origin)
        account = choose_account(self.folder, self.data, binaries.program("postgres"), self._way)
        if major is None:
            make_cluster(self.data, binaries, account, durable=self._durable)
        self._remove_stale_mark()
        account.give_all(self.data)
        sockets = SocketFolder(self._name, account)
        sockets.make()
        self._sockets = sockets
        with self._open_log() as log:
            begin = log.seek(0, os.SEEK_END)
            self._server = self._launch(binaries, account, log)
            ready = self._wait_until_ready(self._server)
            log.seek(begin)
            said = "" if ready else log.read().decode(errors="replace")
        if ready is None:
            raise refusal(self.folder, said)
        return ready

    def _remove_stale_mark(self) -> None:
        """Remove what a dead server left to say that it runs; its process number may be anyone's by now."""
        mark = self.data / "postmaster.pid"
        if mark.exists() and (pid := foreign_server(self.data)):
            raise StoreError(
                f"A PostgreSQL that Cocket did not start serves {self.data} (process {pid}).",
                code="postgres-foreign",
                hint="Stop it, then start again.",
            )
        mark.unlink(missing_ok=True)

    def _launch(self, binaries: Binaries, account: SystemAccount, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the postmaster, in a session of its own so that Ctrl-C at the terminal reaches only us."""
        settings = {
            **server_settings(binaries, durable=self._durable),
            "cluster_name": self._name,
            "unix_socket_directories": str(self._sockets.path if self._sockets else ""),
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        words = account.command(binaries.program("postgres"), "-D", str(self.data), *options, dies_with_parent=True)
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=small_environment(),
            start_new_session=True,
        )

    def _wait_until_ready(self, server: subprocess.Popen[bytes]) -> Postmaster | None:
        """What the server says of itself once it serves; None if it ended first, or takes too long."""
        deadline = time.monotonic() + _START_S
        while server.poll() is None and time.monotonic() < deadline:
            ready = self._ready()
            if ready and ready.pid == server.pid:
                return ready
            time.sleep(0.01)
        return None

    def _ready(self) -> Postmaster | None:
        """What the running server of this folder says of itself; None unless it takes connections."""
        found = read_postmaster(self.data)
        is_ours = found and found.status == "ready" and is_postmaster(found.pid, self._name)
        return found if is_ours else None

    def _end_server(self) -> None:
        """End what serves this folder, by whomever it was started, and clear its socket away."""
        end_processes(self._name)
        if self._server:
            self._server.wait()
            self._server = None
        if self._sockets:
            self._sockets.remove()
            self._sockets = None

    def _open_log(self) -> IO[bytes]:
        """The server's log, for the owner's eyes; one that has grown long is set aside first."""
        path = self.folder / "postgres.log"
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > _LOG_BYTES:
                path.replace(path.with_suffix(".log.old"))
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)

    @contextlib.contextmanager
    def _told_plainly(self) -> Iterator[None]:
        """Turn the system's refusals into one sentence."""
        try:
            yield
        except OSError as problem:
            if problem.errno in (errno.ENOSPC, errno.EDQUOT):
                raise refusal(self.folder, str(problem)) from problem
            place = problem.filename or self.folder
            raise StoreError(
                f"The database in {self.folder} cannot be used: {place}: {problem.strerror}.",
                code="store-permission" if isinstance(problem, PermissionError) else "store",
                hint="Check who owns the folder, and that its disk can be written.",
            ) from problem


def _name_of(folder: Path) -> str:
    """What the server of a folder and its socket folder are called: short, and the folder's alone."""
    place = folder.stat()
    return "cocket-" + sha256(f"{place.st_dev}:{place.st_ino}".encode()).hexdigest()[:16]


def _url(server: Postmaster) -> str:
    sockets = quote(server.socket_folder, safe="")
    return f"postgresql://{OWN_NAME}@/{OWN_NAME}?host={sockets}&port={server.port}"
