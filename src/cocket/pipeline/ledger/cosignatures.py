# SPDX-License-Identifier: Apache-2.0
"""Gathering cosignatures over our own heads, beside the book and never in its way.

A head is published first. Then each witness is asked by a thread of its own, again and again with longer pauses while
it fails; what it answers is added below the checkpoint by the book's thread once the quorum is met. A witness that is
silent costs nothing but its cosignature.
"""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from cocket import ledger
from cocket.errors import PartnerError, ProofError, SettingsError, StoreError
from cocket.exchange import put_file
from cocket.exchange.policy_files import read_policies
from cocket.exchange.witness_client import WitnessClient
from cocket.ledger.cosignature import Cosignature, WitnessKey
from cocket.ledger.note import Signature
from cocket.ledger.witness_policy import Judgement, judge_by_any
from cocket.ledger.witnessing import add_signatures
from cocket.settings import Settings
from cocket.stores.ledger.log_files import LogFiles
from cocket.stores.ledger.witness_state import name_of

_SLICE_SECONDS = 0.05
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 60.0
_TELL_SECONDS = 5.0
_LOGS_AT_ONCE = 2
_YEAR = re.compile(r"\d{4}")


class WitnessView(msgspec.Struct, frozen=True, kw_only=True):
    """How a witness of ours does.

    Attributes:
        url: Where it is asked.
        size: Size of the head it cosigned last (entries); None if it did none since the book started.
        time: When it answered last (POSIX seconds, UTC); None if it has not.
        failure: Why it does not cosign, in a sentence; None while it does.
    """

    url: str
    size: int | None
    time: int | None
    failure: str | None


class WitnessingView(msgspec.Struct, frozen=True, kw_only=True):
    """How well the newest head is witnessed.

    Attributes:
        log: Origin.
        size: Size of the newest head (entries).
        has: Members of the quorum that cosigned it (0..n).
        of: All members of the quorum (0..n).
        needed: How many are enough.
        witnesses: Each witness that is asked (0..n).
        cosignatures: Those that count (0..n), whether they make the quorum or not.
        met: When a head last met its quorum (POSIX seconds, UTC); None if none did since the book started.
        failure: Why cosignatures are not published, in a sentence; None while they are.
    """

    log: str
    size: int
    has: tuple[str, ...]
    of: tuple[str, ...]
    needed: int
    witnesses: tuple[WitnessView, ...]
    cosignatures: tuple[Cosignature, ...] = ()
    met: int | None = None
    failure: str | None = None


class _Wanted(msgspec.Struct, frozen=True):
    """A head to be cosigned: its log, its note, and the files that prove it."""

    head: ledger.Checkpoint
    note: bytes
    files: LogFiles


class _Asker:
    """Asks one witness, from a thread of its own."""

    def __init__(self, url: str, keys: Sequence[WitnessKey], news: threading.Event) -> None:
        self.url = url
        self._client = WitnessClient(url, keys)
        self._keys = tuple(keys)
        self._news = news
        self._lock = threading.Condition()
        self._wanted: dict[str, _Wanted] = {}
        self._answers: list[tuple[_Wanted, tuple[Signature, ...]]] = []
        self._size: int | None = None
        self._time: int | None = None
        self._failure: str | None = None
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name=f"witness {url}")
        self._thread.start()

    def ask_for(self, wanted: _Wanted) -> None:
        """Ask for this head rather than an older one of its log, unless it bears this witness's cosignature already."""
        present = ledger.split_note(wanted.note)[1]
        if any(key.is_of(one) for key in self._keys for one in present):
            return
        with self._lock:
            self._wanted[wanted.head.origin] = wanted
            self._lock.notify()

    def take_answers(self) -> list[tuple[_Wanted, tuple[Signature, ...]]]:
        """Answers since the last call."""
        with self._lock:
            answers, self._answers = self._answers, []
        return answers

    def view(self) -> WitnessView:
        """How it does."""
        with self._lock:
            return WitnessView(url=self.url, size=self._size, time=self._time, failure=self._failure)

    def close(self) -> None:
        """End, without waiting for an answer that is under way."""
        self._is_closing.set()
        with self._lock:
            self._lock.notify()

    def _work(self) -> None:
        with self._client:
            self._ask_on()

    def _ask_on(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while (wanted := self._next()) is not None:
            try:
                self._ask(wanted)
            except (PartnerError, ProofError, StoreError) as error:
                with self._lock:
                    self._failure = str(error)
                    self._wanted.setdefault(wanted.head.origin, wanted)
                self._is_closing.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            else:
                pause = _FIRST_PAUSE_SECONDS

    def _next(self) -> _Wanted | None:
        """The next head to ask for, once there is one; None at the end."""
        with self._lock:
            self._lock.wait_for(lambda: self._wanted or self._is_closing.is_set())
            return None if self._is_closing.is_set() else self._wanted.pop(next(iter(self._wanted)))

    def _ask(self, wanted: _Wanted) -> None:
        head = wanted.head

        def prove(old: int) -> list[bytes]:
            return ledger.prove_consistency(old, head.size, wanted.files.read)

        signatures = self._client.cosign(head.origin, head.size, wanted.note, prove)
        with self._lock:
            self._size, self._time, self._failure = head.size, int(time.time()), None
            self._answers.append((wanted, signatures))
        self._news.set()


class Cosigning:
    """What the book does about witnesses between two heads.

    Args:
        settings: The settings of the house.

    Raises:
        SettingsError: The policy cannot be read, or is not one.
    """

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home
        self._root = LogFiles(settings.log_folder)
        self._policies = read_policies(settings.witness_policy)
        self._news = threading.Event()
        self._asked: dict[str, _Wanted] = {}
        self._gathered: dict[str, list[Signature]] = defaultdict(list)
        self._failure: str | None = None
        self._told = -_TELL_SECONDS
        self._judgement: Judgement | None = None
        self._met: int | None = None
        now = int(time.time())
        keys: dict[str, list[WitnessKey]] = defaultdict(list)
        for policy in self._policies:
            for witness in policy.witnesses.values():
                if witness.url and policy.is_valid(now):
                    keys[witness.url].append(witness.key)
        try:
            self._askers = [_Asker(url, some, self._news) for url, some in keys.items()]
        except PartnerError as error:
            raise SettingsError(str(error), problems=(str(error),)) from error

    def tend(self, is_stopping: threading.Event, seconds: float) -> bool:
        """Pass a time between two heads by publishing what witnesses answer.

        Args:
            is_stopping: Set when the role is to end.
            seconds: How long.

        Returns:
            Whether the role is to end.
        """
        if not self._askers:
            return is_stopping.wait(seconds)
        end = time.monotonic() + seconds
        self.turn()
        while (left := end - time.monotonic()) > 0:
            if is_stopping.wait(min(_SLICE_SECONDS, left)):
                return True
            if self._news.is_set():
                self.turn()
        return is_stopping.is_set()

    def turn(self) -> None:
        """Ask for heads that are new, and publish cosignatures that have come; a failure is told in the status."""
        self._news.clear()
        try:
            for files in self._logs():
                self._ask_for(files)
            for asker in self._askers:
                for wanted, signatures in asker.take_answers():
                    self._publish(wanted, signatures)
            self._failure = None
        except (StoreError, ProofError) as error:
            self._failure = str(error)
        with suppress(StoreError):
            self._tell()

    def close(self) -> None:
        """Ask no more."""
        for asker in self._askers:
            asker.close()

    def _logs(self) -> list[LogFiles]:
        """The newest logs: that of this year, and that of the year before, whose last head must be witnessed too."""
        folder = self._root.folder
        years = sorted(path.name for path in folder.iterdir() if _YEAR.fullmatch(path.name)) if folder.is_dir() else []
        return [self._root.of(name) for name in ["", *years][-_LOGS_AT_ONCE:]]

    def _ask_for(self, files: LogFiles) -> None:
        note = files.read(ledger.CHECKPOINT_FILE)
        if note is None:
            return
        head = ledger.read_checkpoint(ledger.split_note(note)[0])
        asked = self._asked.get(head.origin)
        if head.size and (asked is None or asked.head != head):
            self._asked[head.origin] = wanted = _Wanted(head, note, files)
            self._gathered[head.origin] = []
            for asker in self._askers:
                asker.ask_for(wanted)
            self._judgement = self._judge(note)

    def _publish(self, wanted: _Wanted, signatures: tuple[Signature, ...]) -> None:
        """Add cosignatures below the checkpoint, if it is still the newest and they make the quorum."""
        origin = wanted.head.origin
        if self._asked[origin].head != wanted.head:
            return
        self._gathered[origin] += signatures
        note = add_signatures(self._asked[origin].note, self._gathered[origin])
        self._judgement = judgement = self._judge(note)
        if judgement.holds:
            self._met = int(time.time())
            put_file(_witnessed_file(self._home, origin), note)
            text = ledger.split_note(note)[0]
            try:
                wanted.files.publish({}, note, lambda stands: stands is not None and _text(stands) == text)
            except StoreError as error:
                if error.code != "book-overtaken":
                    raise

    def _judge(self, note: bytes) -> Judgement:
        origin = ledger.read_checkpoint(_text(note)).origin
        return judge_by_any(self._policies, note, [key for key in self._own_keys() if key.name == origin])

    def _own_keys(self) -> list[ledger.Verifier]:
        """All keys that our newest logs have had."""
        keys = []
        for files in self._logs():
            first = files.read(ledger.KEY_FILE)
            if first is not None:
                tenures = ledger.read_tenures(first.decode("ascii", "replace").strip(), files.read)
                keys += [ledger.Verifier.from_vkey(tenure.vkey) for tenure in tenures]
        return keys

    def _tell(self) -> None:
        """Say how it stands, now and then."""
        if self._judgement is None or time.monotonic() - self._told < _TELL_SECONDS:
            return
        self._told = time.monotonic()
        view = WitnessingView(
            log=self._judgement.head.origin,
            size=self._judgement.head.size,
            has=self._judgement.has,
            of=self._judgement.of,
            needed=self._judgement.needed,
            witnesses=tuple(asker.view() for asker in self._askers),
            cosignatures=self._judgement.cosignatures,
            met=self._met,
            failure=self._failure,
        )
        put_file(_status_file(self._home), msgspec.json.encode(view) + b"\n")


def read_witnessing(home: Path) -> WitnessingView | None:
    """How well the newest head is witnessed, as the book last said; None if it never did.

    Raises:
        StoreError: The book's word cannot be read.
    """
    try:
        return msgspec.json.decode(_status_file(home).read_bytes(), type=WitnessingView)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{_status_file(home)} cannot be read: {error}.") from error


def witnessed_note(home: Path, log: str) -> bytes | None:
    """The last head of a log of ours that met its quorum, with the cosignatures; None if none did.

    Raises:
        StoreError: It is there and cannot be read.
    """
    file = _witnessed_file(home, log)
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}.") from error


def _witnessed_file(home: Path, log: str) -> Path:
    return home / "witnessed" / name_of(log)


def _status_file(home: Path) -> Path:
    return home / "witnessing.json"


def _text(note: bytes) -> str:
    return ledger.split_note(note)[0]
