# SPDX-License-Identifier: Apache-2.0
"""A fuzzer of a whole house: damaged messages through its real doors, until a role stands still or a door fails.

A round sends some messages at once, from several connections; then every role must reach the end of what came. If one
does not, or if an answer says that the house is at fault, the round's messages are halved in fresh houses until only
those are left that are to blame, and these are stored with the seed.
"""

from __future__ import annotations

import base64
import http.client
import json
import random
import shutil
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from cocket import standards
from cocket.errors import SenderError
from cocket.pipeline.tracking.device_certificates import endpoint_files, make_ca
from cocket.pipeline.tracking.device_register import key_credential, make_device_key, new_device, open_register
from cocket.settings import Settings
from cocket.stores.postgres.server import EmbeddedPostgres
from cocket.tracking.adapters import ADAPTERS, framing_of
from tests.contracts.test_standards import SAMPLES
from tests.corpora import corpora_folder
from tests.damage import damaged, with_function, with_names_of
from tests.faults.reckoning import head_size
from tests.faults.serving import COMMAND, Served, copy_home
from tests.faults.test_ingress_kill import free_port
from tests.ingress.doors import connect, heard, publish
from tests.tracking.device_messages import MESSAGES

#: How long a role that has work may make no progress, and how long a round may take in all.
STILL_S, ROUND_S = 60.0, 600.0

#: Longest wait for an answer.
ANSWER_S = 60.0

#: A share of what is sent comes from devices.
OF_DEVICES = 0.25

#: Adapters whose devices speak their own protocol over TCP.
OVER_TCP = tuple(adapter.name for adapter in ADAPTERS if adapter.framing is not None and adapter.name in MESSAGES)

#: How long a line is listened to: what a device of these protocols is not answered it sends again.
_LISTENING_S = 0.5

_LARGEST_SAMPLE = 64 * 1024


@dataclass(frozen=True)
class Shot:
    """One message on its way to a door.

    Attributes:
        door: `api`, `http`, `mqtt`, or the name of a protocol that devices speak over TCP.
        content: Its bytes.
        device: Which device sends it; empty for a trader.
    """

    door: str
    content: bytes
    device: str = ""


@dataclass
class Report:
    """What a run came to.

    Attributes:
        seed: With it, the same messages are made again.
        sent: Messages sent (count).
        answers: How often each door gave each status; 0 stands for a door that closed, 100 for one that waits for more.
        failures: Sentences that say what failed; empty if nothing did.
        culprits: Messages that make a fresh house fail (0..n).
        folder: Where the culprits are stored.
        errors: What the house said on standard error that it should not have had to, by line (count).
        set_aside: What roles set aside because they could not work on it, by role and reason (count).
    """

    seed: int
    sent: int = 0
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    culprits: list[Shot] = field(default_factory=list)
    folder: Path | None = None
    errors: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        told = ", ".join(f"{door} {status}: {count}" for (door, status), count in sorted(self.answers.items()))
        lines = [f"seed {self.seed}: {self.sent} messages; {told}", *self.failures]
        if self.culprits:
            lines.append(f"to blame: {len(self.culprits)} of them, in {self.folder}")
            lines += [f"  {shot.door} {shot.device} {shot.content[:200]!r}" for shot in self.culprits[:5]]
        lines += [f"set aside {count} times: {why}" for why, count in self.set_aside.most_common(20)]
        lines += [f"said {count} times: {line}" for line, count in self.errors.most_common(10)]
        return "\n".join(lines)


@cache
def samples() -> tuple[bytes, ...]:
    """Our samples of every standard, and third-party ones where they are present (1..n)."""
    own = [path for path in sorted(SAMPLES.rglob("*")) if path.is_file()]
    folder = corpora_folder()
    others = [] if folder is None else [path for path in sorted(folder.rglob("*")) if _is_message(path)]
    chosen = random.Random(0).sample(others, min(len(others), 4 * len(own)))
    contents = [path.read_bytes() for path in (*own, *sorted(chosen))]
    return tuple(content for content in contents if _is_fit(content))


def _is_message(path: Path) -> bool:
    kinds = {".xml", ".json", ".jsonld", ".edi", ".txt"}
    return path.suffix in kinds and path.is_file() and 100 < path.stat().st_size <= _LARGEST_SAMPLE


def _is_fit(content: bytes) -> bool:
    """Whether a message is accepted as it is: what is damaged already teaches little."""
    return standards.read(content).outcome == "accepted"


class Gun:
    """Makes messages, the same for the same seed.

    Args:
        seed: The seed.
        adapters: Adapters of devices that may send.
    """

    def __init__(self, seed: int, adapters: Sequence[str]) -> None:
        self._dice = random.Random(seed)
        self._adapters = adapters
        self._before: list[bytes] = []

    def rounds(self, count: int, in_round: int) -> Iterator[list[Shot]]:
        """So many messages, in rounds."""
        for start in range(0, count, in_round):
            yield [self._shot() for _ in range(min(in_round, count - start))]

    def _shot(self) -> Shot:
        dice = self._dice
        if dice.random() < OF_DEVICES:
            adapter = dice.choice(self._adapters)
            if adapter in OVER_TCP and dice.random() < 0.5:
                own = [dice.choice(MESSAGES[adapter]) for _ in range(dice.choice((0, 1, 3)))]
                return Shot(adapter, b"".join((*own, damaged(dice, MESSAGES[adapter]), *own)), f"line-{adapter}")
            content = damaged(dice, MESSAGES[adapter])[:_LARGEST_SAMPLE]
            return Shot(dice.choice(("http", "http", "mqtt")), content, f"fuzz-{adapter}")
        content = damaged(dice, samples())
        if self._before and dice.random() < 0.15:
            # Of one that came before: named in another, amended, cancelled, or changed once more.
            content = dice.choice(self._before)
            content = with_function(dice, content)
            content = with_names_of(dice, content, dice.choice(self._before))
        elif dice.random() < 0.1:
            content = with_function(dice, content)
        self._before = [*self._before[-200:], content]
        return Shot("api", content)


def fuzz_home(home: Path) -> dict[str, str]:
    """Make a home that nobody serves fit for the fuzzer: its devices are registered; their keys by name."""
    settings = Settings(home=home)
    make_ca(settings, ["localhost"])
    keys = {f"fuzz-{adapter.name}": make_device_key() for adapter in ADAPTERS if adapter.name in MESSAGES}
    with EmbeddedPostgres(home / "postgres") as server:
        register = open_register(settings, server.dsn)
        for name, key in keys.items():
            register.add((new_device(name, name.removeprefix("fuzz-")), key_credential(key)))
        for adapter in OVER_TCP:
            for number, identity in enumerate(sorted(_identities(adapter))):
                register.add((new_device(f"line-{adapter}-{number}", adapter, identity=identity), None))
        register.close()
    (home / "devices.json").write_text(json.dumps(keys))
    return keys


def _identities(adapter: str) -> set[str]:
    """What devices call themselves in the messages of an adapter."""
    framing, found = framing_of(adapter), set[str]()
    assert framing is not None
    for message in MESSAGES[adapter]:
        with suppress(SenderError):
            found |= {frame.device for frame in framing.split(message)[0] if frame.device}
    return found


class Range:
    """A served house with its doors open, to be shot at.

    Args:
        home: Its home, as `fuzz_home` left it.
        command: How `cocket` is called; a control calls it otherwise.
    """

    def __init__(self, home: Path, command: tuple[str, ...] = COMMAND) -> None:
        self.keys: dict[str, str] = json.loads((home / "devices.json").read_text())
        self._ports = {door: free_port() for door in ("http", "mqtt", *OVER_TCP)}
        doors = " ".join(f"{door}:{port}" for door, port in self._ports.items())
        self.served = Served(home, command=command, ingress=doors, ingress_messages_per_second=10_000)
        self._trust = ssl.create_default_context(cafile=str(endpoint_files(Settings(home=home)).root))

    def __enter__(self) -> Self:
        self.served.__enter__()
        self._server = EmbeddedPostgres(self.served.home / "postgres")
        self._connection = psycopg.connect(self._server.start(), autocommit=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._server.stop()
        self.served.__exit__(kind, error, trace)

    def fire(self, shots: Sequence[Shot], threads: int = 4) -> list[tuple[Shot, int, str]]:
        """Send messages over several connections; each with the status it was answered with, and what was said."""
        answers: list[tuple[Shot, int, str]] = []
        waiting = iter(list(shots))
        lock = threading.Lock()

        def send() -> None:
            barrel = Barrel(self.served, self._ports, self.keys, self._trust)
            while True:
                with lock:
                    shot = next(waiting, None)
                if shot is None:
                    barrel.close()
                    return
                answers.append((shot, *barrel.send(shot)))

        several = [threading.Thread(target=send, daemon=True) for _ in range(threads)]
        for one in several:
            one.start()
        for one in several:
            one.join(ROUND_S)
        return answers

    def behind(self) -> dict[str, tuple[int, int]]:
        """Roles that have not reached the end: where each stands, and where it must get to."""
        row = self._connection.execute(_PLACES).fetchone()
        assert row is not None
        newest, message, desk, batch, tracker, manifests, told = row
        wanted = {
            "assessment": (desk, message),
            "log": (head_size(self.served.home) - 1, newest),
            "tracker": (tracker, batch),
            "tracker, of manifests": (manifests, message),
            "tracker, judging": (-told, 0),
        }
        return {role: (place, end) for role, (place, end) in wanted.items() if place < end}

    def set_aside(self) -> Counter[str]:
        """What roles could not work on, by role and reason (count)."""
        rows = self._connection.execute("select role, kind, code, reason from set_aside").fetchall()
        return Counter(f"{role}, a {kind}: {code}: {reason[:300]}" for role, kind, code, reason in rows)

    def still(self, still_s: float = STILL_S) -> list[str]:
        """Wait until every role has reached the end of what came; sentences on those that do not."""
        started = moved = time.monotonic()
        ends, before = dict[str, int](), dict[str, int]()
        while behind := self.behind():
            # What the roles write themselves moves the end of the book; the end that counts is the first one seen.
            for role, (_, end) in behind.items():
                ends.setdefault(role, end)
            late = {role: place for role, (place, _) in behind.items() if place < ends[role]}
            if not late:
                return []
            if late != before:
                before, moved = late, time.monotonic()
            if time.monotonic() - moved > still_s or time.monotonic() - started > ROUND_S:
                return [f"the {role} stands at {place} of {ends[role]}" for role, place in late.items()]
            time.sleep(0.1)
        return []


_PLACES = """
with place_of as (select name, convert_from(value, 'UTF8') as value from place where name in ('desk', 'tracker', 'tracker-manifests'))
select (select coalesce(max(idx), -1) from leaf),
    (select coalesce(max(idx), -1) from leaf where kind like 'message-%%'),
    (select coalesce(max(value::bigint), -1) from place_of where name = 'desk'),
    (select coalesce(max(id), 0) from device_batch),
    (select coalesce(max(value::bigint), 0) from place_of where name = 'tracker'),
    (select coalesce(max(value::bigint), -1) from place_of where name = 'tracker-manifests'),
    (select count(*) from device_standing where told > judged)
""".replace("%%", "%")


class Barrel:
    """The connections of one sender, kept open, and opened again at need."""

    def __init__(self, served: Served, ports: dict[str, int], keys: dict[str, str], trust: ssl.SSLContext) -> None:
        self._served, self._ports, self._keys, self._trust = served, ports, keys, trust
        self._open: dict[str, http.client.HTTPConnection] = {}

    def send(self, shot: Shot) -> tuple[int, str]:
        """Send one message; the status, and what was said. A connection that hangs or breaks is status 599."""
        deadline = time.monotonic() + ANSWER_S
        while True:
            try:
                status, said = self._sending(shot.door)(shot)
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.close()
                return 599, f"{type(error).__name__}: {error}"
            if status != 429 or time.monotonic() > deadline:
                return status, said
            time.sleep(0.2)

    def close(self) -> None:
        """Hang up."""
        for one in self._open.values():
            one.close()
        self._open.clear()

    def _sending(self, door: str) -> Callable[[Shot], tuple[int, str]]:
        if door in OVER_TCP:
            return self._line
        return self._mqtt if door == "mqtt" else self._http

    def _line(self, shot: Shot) -> tuple[int, str]:
        """Send over a line of its own: 202 if anything came back, 0 if the door closed, 100 if it waits for more."""
        with socket.create_connection(("127.0.0.1", self._ports[shot.door]), ANSWER_S) as line:
            line.settimeout(_LISTENING_S)
            try:
                line.sendall(shot.content)
                return (202 if line.recv(65536) else 0), ""
            except TimeoutError:
                return 100, ""
            except (ConnectionResetError, BrokenPipeError):
                return 0, ""

    def _http(self, shot: Shot) -> tuple[int, str]:
        if shot.door not in self._open:
            if shot.door == "api":
                host, port = self._served.address().rsplit(":", 1)
                self._open["api"] = http.client.HTTPConnection(host, int(port), timeout=ANSWER_S)
            else:
                self._open["http"] = http.client.HTTPSConnection(
                    "localhost", self._ports["http"], timeout=ANSWER_S, context=self._trust
                )
        path = "/v1/messages" if shot.door == "api" else "/v1/device-messages"
        self._open[shot.door].request("POST", path, shot.content, self._headers(shot))
        answer = self._open[shot.door].getresponse()
        said = answer.read()
        if answer.will_close:
            self._open.pop(shot.door).close()
        return answer.status, said.decode("utf-8", "replace")[:500]

    def _headers(self, shot: Shot) -> dict[str, str]:
        if shot.door == "api":
            start = shot.content.lstrip()[:1]
            kind = "application/json" if start in (b"{", b"[") else "application/xml" if start == b"<" else "text/plain"
            return {"Authorization": f"Bearer {self._served.key}", "Content-Type": kind}
        secret = base64.b64encode(f"{shot.device}:{self._keys[shot.device]}".encode()).decode()
        return {"Authorization": f"Basic {secret}", "Content-Type": "application/octet-stream"}

    def _mqtt(self, shot: Shot) -> tuple[int, str]:
        """Publish once on a connection of its own: 202 if it was taken, 0 if the door closed."""
        with (
            socket.create_connection(("127.0.0.1", self._ports["mqtt"]), ANSWER_S) as plain,
            self._trust.wrap_socket(plain, server_hostname="localhost") as line,
        ):
            line.sendall(connect(shot.device, shot.device, self._keys[shot.device]))
            heard(line, b"\x20\x02\x00\x00", ANSWER_S)
            line.sendall(publish(f"iot/{shot.device}/telemetry", 7, shot.content))
            try:
                heard(line, b"\x40\x02\x00\x07", ANSWER_S)
            except AssertionError as error:
                if "closed" in str(error):
                    return 0, str(error)
                raise
            return 202, ""


def is_fault(status: int) -> bool:
    """Whether an answer says that the house is at fault."""
    return status >= 500


def run(
    home: Path, folder: Path, seed: int, rounds: Iterable[list[Shot]], *, command: tuple[str, ...] = COMMAND
) -> Report:
    """Shoot at a house until it fails or there are no more messages.

    Args:
        home: A home as `fuzz_home` left it; it stays as it is, and a copy is served.
        folder: Where copies are served, and where culprits are stored.
        seed: What the messages were made by, for the report.
        rounds: Messages; all roles must have caught up after each round.
        command: How `cocket` is called.
    """
    report, suspects = Report(seed), list[Shot]()
    with Range(copy_home(home, folder / "shot-at"), command) as target:
        for shots in rounds:
            report.failures, answers = _shoot(target, shots)
            report.sent += len(shots)
            report.answers.update((shot.door, status) for shot, status, _ in answers)
            if report.failures:
                suspects = [shot for shot, status, _ in answers if is_fault(status)] or shots
                break
        report.errors = _errors(target.served.said)
        report.set_aside = target.set_aside()
    if report.failures:
        report.culprits = blamed(home, folder, suspects, command)
        report.folder = _stored(folder / "culprits", report)
    return report


def _shoot(target: Range, shots: Sequence[Shot]) -> tuple[list[str], list[tuple[Shot, int, str]]]:
    """Send one round and wait; what failed, and all answers."""
    answers = target.fire(shots)
    failures = [f"{shot.door} answered {status}: {said}" for shot, status, said in answers if is_fault(status)]
    if len(answers) < len(shots):
        failures.append(f"{len(shots) - len(answers)} messages were not answered at all")
    return [*failures[:10], *target.still()], answers


def _errors(said: str) -> Counter[str]:
    words = ("The database refused", "Traceback", '"level": "error"', "failed", "ended")
    return Counter(line[:600] for line in said.splitlines() if any(word in line for word in words))


def blamed(home: Path, folder: Path, shots: Sequence[Shot], command: tuple[str, ...]) -> list[Shot]:
    """Fewer messages, down to one, that make a fresh house fail; all of them if it does not fail again."""
    left, number = list(shots), 0
    while len(left) > 1:
        middle = len(left) // 2
        for half in (left[:middle], left[middle:]):
            number += 1
            if _fails(copy_home(home, folder / f"halved-{number}"), half, command):
                left = half
                break
        else:
            return left
    return left


def _fails(home: Path, shots: Sequence[Shot], command: tuple[str, ...]) -> bool:
    try:
        with Range(home, command) as target:
            return bool(_shoot(target, shots)[0])
    finally:
        shutil.rmtree(home)


def _stored(folder: Path, report: Report) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, shot in enumerate(report.culprits):
        (folder / f"{number:03}-{shot.door}-{shot.device or 'trader'}.bin").write_bytes(shot.content)
    (folder / "report.txt").write_text(str(report))
    return folder
