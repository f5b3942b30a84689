# SPDX-License-Identifier: Apache-2.0
"""Reviews of files that a person drops on a page: held in memory for the session, read and reviewed in the background.

Nothing of the files is written anywhere. They go when the person signs out, starts again, or is away for an hour, and with
the session at the latest. What was said of columns and words is kept in the home folder, so that the next file with these
headings needs no answers: headings and words of results, no data of declarations.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from cocket.errors import CocketError, SenderError, SettingsError, StoreError
from cocket.governance import Principal
from cocket.languages import ENGLISH, Language
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.risk.given_columns import Answers
from cocket.pipeline.risk.given_sheet import GivenSheet, Taken, check_answers, remembered, take
from cocket.pipeline.risk.monthly_review import MonthFiles, review_month
from cocket.risk.rules.month import GIVEN, MonthReview, write_review

#: What one session, and all together, may hold: bytes and files.
SESSION_BYTES, ALL_BYTES, SESSION_FILES = 64 * 1024 * 1024, 128 * 1024 * 1024, 20_000

#: What the files of one session may unpack to (bytes).
ROOM: Final = 256 * 1024 * 1024

#: Time without a visit after which files are forgotten (seconds).
IDLE_SECONDS: Final = 3600.0

#: Longest name of a file (characters).
_NAME: Final = 300


class ReviewState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a review is.

    Attributes:
        files: Files held (count).
        size: Their bytes.
        job: What runs: `reading`, `reviewing`; "" if nothing.
        done: How much of it is done.
        of: Of how much; 0 if that is not known yet.
        sheet: What was recognised; None before it was read.
        review: The review; None before.
        problem: Why there is none, in words; "" else.
        further: What to do about it; "" else.
    """

    files: int = 0
    size: int = 0
    job: str = ""
    done: int = 0
    of: int = 0
    sheet: GivenSheet | None = None
    review: MonthReview | None = None
    problem: str = ""
    further: str = ""


class _Held(msgspec.Struct):
    """What one session has given."""

    files: dict[str, bytearray] = {}
    said: Answers = Answers()
    taken: Taken | None = None
    review: MonthReview | None = None
    job: str = ""
    done: int = 0
    of: int = 0
    problem: str = ""
    further: str = ""
    seen: float = 0.0
    number: int = 0


class ReviewDesk:
    """The files of each session, and the work on them.

    Args:
        memory: File in which what was said of columns is kept; None keeps nothing.
        clock: Tells seconds that only grow.
    """

    def __init__(self, memory: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._memory = memory
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def put(self, session: str, name: str, offset: int, data: bytes) -> None:
        """Add a part of a file.

        Args:
            session: Of whom.
            name: Name of the file.
            offset: Bytes of it that were sent before; 0 begins it anew.
            data: The part.

        Raises:
            SenderError: It does not follow on what was sent, or is more than may be held.
        """
        with self._lock:
            held = self._of(session)
            if not name or len(name) > _NAME or not name.isprintable():
                raise SenderError("The name of the file cannot be used.", code="review-name", hint="Rename it.")
            known = held.files.get(name, bytearray())
            if offset not in (0, len(known)):
                raise SenderError(
                    "The parts of this file did not arrive in order.", code="review-order", hint="Give it again."
                )
            whole = sum(map(len, held.files.values())) - (len(known) if offset == 0 else 0) + len(data)
            everything = sum(len(one) for each in self._held.values() for one in each.files.values()) + len(data)
            if whole > SESSION_BYTES or len(held.files) + (name not in held.files) > SESSION_FILES:
                raise SenderError(
                    "That is more than can be given here.",
                    code="review-too-large",
                    hint="Pack them as .zip, or use cocket risk review in a terminal.",
                )
            if everything > ALL_BYTES:
                raise SenderError(
                    "Others are reviewing files now, and there is no room for more.",
                    code="review-no-room",
                    hint="Try again later, or use cocket risk review in a terminal.",
                )
            if offset == 0:
                held.files[name] = bytearray(data)
            else:
                known += data
            self._change(held)

    def answer(self, session: str, said: Answers) -> None:
        """Say what columns and words are; it is remembered for the next file with these headings.

        Raises:
            SettingsError: It speaks of a field or meaning that there is not.
            StoreError: It cannot be remembered.
        """
        check_answers(said)
        with self._lock:
            held = self._of(session)
            held.said = held.said.with_more(said)
            sheet = held.taken.sheet if held.taken else None
            self._change(held)
        if sheet is not None and self._memory is not None:
            self._keep(remembered(self._known(), sheet, said))

    def start(self, session: str, job: str) -> None:
        """Begin to read, or to review; what runs already goes on.

        Args:
            session: Of whom.
            job: `reading` or `reviewing`.
        """
        with self._lock:
            held = self._of(session)
            if held.job or not held.files:
                return
            held.job, held.done, held.of, held.problem, held.further = job, 0, len(held.files), "", ""
            held.number += 1
            number = held.number
        threading.Thread(target=self._work, args=(session, held, job, number), daemon=True).start()

    def state(self, session: str) -> ReviewState:
        """How far it is."""
        with self._lock:
            if session not in self._held:
                return ReviewState()
            held = self._of(session)
            return ReviewState(
                files=len(held.files),
                size=sum(map(len, held.files.values())),
                job=held.job,
                done=held.done,
                of=held.of,
                sheet=held.taken.sheet if held.taken else None,
                review=held.review,
                problem=held.problem,
                further=held.further,
            )

    def forget(self, session: str) -> None:
        """Let go of everything that a session gave."""
        with self._lock:
            held = self._held.pop(session, None)
            if held:
                held.number += 1  # what still runs for it is not kept

    def _of(self, session: str) -> _Held:
        now = self._clock()
        for name in [name for name, one in self._held.items() if one.seen < now - IDLE_SECONDS]:
            del self._held[name]
        held = self._held.setdefault(session, _Held())
        held.seen = now
        if self._timer is None:
            self._timer = threading.Timer(IDLE_SECONDS + 1, self._sweep)
            self._timer.daemon = True
            self._timer.start()
        return held

    def _sweep(self) -> None:
        """Forget what was left behind, also while nobody visits."""
        with self._lock:
            now = self._clock()
            self._held = {name: one for name, one in self._held.items() if one.seen >= now - IDLE_SECONDS}
            self._timer = None
            if self._held:
                self._timer = threading.Timer(60.0, self._sweep)
                self._timer.daemon = True
                self._timer.start()

    def _change(self, held: _Held) -> None:
        held.taken, held.review, held.problem, held.further = None, None, "", ""
        held.number += 1
        held.job = ""

    def _work(self, session: str, held: _Held, job: str, number: int) -> None:
        def step(done: int, of: int) -> None:
            with self._lock:
                if held.number == number:
                    held.done, held.of, held.seen = done, of, self._clock()

        taken, review, problem, further = held.taken, None, "", ""
        try:
            if taken is None:
                with self._lock:
                    files, said = [(name, bytes(content)) for name, content in held.files.items()], held.said
                taken = take(
                    files,
                    memory=self._known(),
                    said=said,
                    progress=lambda done: step(done, max(done, len(files))),
                    room=ROOM,
                )
            if job == "reviewing":
                review = review_month(_month(taken), lambda _what, done, of: step(done, of))
        except CocketError as error:
            problem, further = error.message, error.hint or ""
        except Exception as error:  # noqa: BLE001  nobody waits for this thread: whatever happens must be said on the page
            problem, further = "The files could not be reviewed.", f"({type(error).__name__})"
        with self._lock:
            if held.number == number and self._held.get(session) is held:
                held.taken, held.review, held.problem, held.further, held.job = taken, review, problem, further, ""

    def _known(self) -> dict[str, Answers]:
        if self._memory is None or not self._memory.is_file():
            return {}
        try:
            return msgspec.json.decode(self._memory.read_bytes(), type=dict[str, Answers])
        except (OSError, msgspec.MsgspecError) as error:
            raise SettingsError(
                f"{self._memory} cannot be read: {error}.",
                code="review-memory",
                hint="Delete it; columns are asked again.",
            ) from error

    def _keep(self, known: dict[str, Answers]) -> None:
        if self._memory is None:
            return
        fresh = self._memory.with_suffix(".new")
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(known)))
            fresh.replace(self._memory)
        except OSError as error:
            raise StoreError(f"{self._memory} cannot be written: {error.strerror}.") from error


class Reviews(Service):
    """Reviews on a page: each step is asked of policy, and each look at what was given is sealed."""

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._desk = ReviewDesk(stores.settings.home / "review-columns.json")

    def put(self, principal: Principal, session: str, name: str, offset: int, data: bytes) -> None:
        """Add a part of a file; see `ReviewDesk.put`.

        Raises:
            PolicyError: The principal may not review files.
            SenderError: It cannot be held.
        """
        self._access.require(principal, "review:run")
        self._desk.put(session, name, offset, data)

    def answer(self, principal: Principal, session: str, said: Answers) -> None:
        """Say what columns and words are.

        Raises:
            PolicyError: The principal may not review files.
            SettingsError: It speaks of a field or meaning that there is not.
        """
        self._access.require(principal, "review:run")
        self._desk.answer(session, said)

    def start(self, principal: Principal, session: str, job: str) -> None:
        """Begin to read, or to review; that is a look at what was given, and sealed.

        Raises:
            PolicyError: The principal may not review files.
        """
        self._access.require(principal, "review:run")
        with self._stores.database.transaction() as connection:
            self._access.seal(connection, self._access.record(principal, f"files given: {job}", ()))
        self._desk.start(session, job)

    def state(self, principal: Principal, session: str) -> ReviewState:
        """How far it is.

        Raises:
            PolicyError: The principal may not review files.
        """
        self._access.require(principal, "review:run")
        return self._desk.state(session)

    def report(self, principal: Principal, session: str, language: Language = ENGLISH) -> str | None:
        """The report as one HTML file in a language, for who chooses to keep it; None before there is one. The look is sealed.

        Raises:
            PolicyError: The principal may not review files.
        """
        review = self.state(principal, session).review
        if review is None:
            return None
        with self._stores.database.transaction() as connection:
            self._access.seal(connection, self._access.record(principal, "files given: report", ()))
        return write_review(review, language)

    def forget(self, session: str) -> None:
        """Let go of everything that a session gave; its end does too."""
        self._desk.forget(session)


def _month(taken: Taken) -> MonthFiles:
    return MonthFiles(
        name=GIVEN,
        messages=taken.messages,
        readings=taken.readings,
        rows=taken.rows,
        criteria=taken.criteria,
        chances=taken.chances,
        differing=taken.differing,
    )
