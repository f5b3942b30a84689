# SPDX-License-Identifier: Apache-2.0
"""A host's folder: found files are taken in, in a stable order, each exactly once however often one looks.

One file never stops another: what is wrong with a file is noted with it, told once, and tried again when the file
changes. Whether a file is still being written is seen by looking twice, not by clocks: the host's may be wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from pathlib import Path

import msgspec

from cocket.errors import SenderError, SettingsError
from cocket.feeds.host_folder import ChangedError, GoneError, HostFolder, UntakenError
from cocket.feeds.lodging import Destination, lodge_each, take_rows, why_not_kept
from cocket.findings import Finding, Gathered
from cocket.governance import Principal
from cocket.model import Envelope
from cocket.pipeline import Answer, HostFile, NewProblem, printable
from cocket.pipeline.consignment.decision_tables import first_line, is_table, read_table, row_not_kept

#: Files (count) and their content (bytes) of one group commit.
_BATCH, _BATCH_BYTES = 64, 16 * 1024 * 1024

#: A watched file must have been the same for so long, by this process's own looks.
_SETTLE_SECONDS = 0.9

#: A watched file that ends in the middle of something is waited for so long before it is taken as it is.
_UNFINISHED_SECONDS = 30.0

#: How long until a file is tried again whose fault may pass without a change of the file: at first, at most.
_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 2.0, 600.0

#: Files waited for at once, files remembered as taken in, and problems named in one report (count).
_MOST_WAITING, _MOST_REMEMBERED, _MOST_NAMED = 20_000, 1_000_000, 200

#: Problems noted in one transaction (count).
_NOTED_AT_ONCE = 500

#: A time so far ahead of this machine's clock deserves a word (ns).
_AHEAD_NS = 5 * 60 * 1_000_000_000

#: A file that changes all the time is told of after so long.
_CHANGING_SECONDS = 600.0

_CHANGING = "keeps changing. Have the host write separate messages, not one growing file."


class FeedReport(msgspec.Struct, kw_only=True):
    """What one look at a folder or at tables brought.

    Attributes:
        accepted: Messages accepted (count).
        refused: Messages refused, sealed as such (count).
        repeats: Messages whose content was known (count).
        unchanged: Files not looked into, because they had not changed (count).
        decisions: Rows of lanes and results taken in (count).
        not_taken: Files that are not taken in as they are, those told of earlier included (count).
        waiting: Files that are still being written, as far as one can see (count).
        unreadable: Files that newly turned out not to be taken in, with the reason; at most 200.
        findings: Findings about tables and times.
    """

    accepted: int = 0
    refused: int = 0
    repeats: int = 0
    unchanged: int = 0
    decisions: int = 0
    not_taken: int = 0
    waiting: int = 0
    unreadable: list[tuple[str, str]] = []
    findings: list[Finding] = []

    @property
    def has_news(self) -> bool:
        """Whether anything came, or something newly could not be read."""
        return bool(self.accepted or self.refused or self.decisions or self.unreadable or self.findings)


#: Told of each file: its path, its answer (None for a table), files done, files in all.
Progress = Callable[[Path, Answer | None, int, int], None]


class _Waiting(msgspec.Struct, frozen=True, gc=False):
    """A file that may still be being written: its state, since when it has that, and since when it is waited for (s)."""

    state: bytes
    since: float
    first: float


class _Trouble(msgspec.Struct, frozen=True, gc=False):
    """A file that was not taken in: the state it was in, why, and when it is tried again and how long that was (s)."""

    state: bytes
    reason: str
    again: float
    pause: float


class _Memory:
    """What one process remembers of a folder from look to look; a file is known by its path and its state."""

    def __init__(self, *, is_whole_folder: bool) -> None:
        self.is_whole_folder = is_whole_folder
        self.taken: set[bytes] = set()
        self.waiting: dict[bytes, _Waiting] = {}
        self.troubles: dict[bytes, _Trouble] = {}
        self.unnoted: list[NewProblem] = []
        self.has_looked = False


class FolderFeed:
    """Takes in the files of one folder.

    Args:
        destination: Where they go.
        folder: The host's folder; only read.
        principal: On whose behalf.
        sender: Name under which the host's messages are kept.
        clock: Seconds that only go forward.
        only: Name of the one file in it that is taken in; None takes in all.

    Raises:
        SettingsError: It is no folder. One that is not there yet is no error: it is waited for.
    """

    def __init__(
        self,
        destination: Destination,
        folder: Path,
        principal: Principal,
        sender: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        only: str | None = None,
    ) -> None:
        if folder.exists() and not folder.is_dir():
            raise SettingsError(f"{folder} is not a folder.", hint="Give the folder that the host writes its files to.")
        self._destination = destination
        self._folder = HostFolder(folder, destination.settings.home, only)
        self._principal = principal
        self._sender = sender
        self._clock = clock
        self._memory = _Memory(is_whole_folder=only is None)

    def once(self, progress: Progress | None = None, *, settle: bool = False) -> FeedReport:
        """Take in everything that is there and not known yet.

        Args:
            progress: Told of each file.
            settle: Whether to leave files that are new or have changed for a later look, so that none is taken while it
                is being written.

        Returns:
            What came in. Messages come before tables, so that a lane finds its declaration.

        Raises:
            PartnerError: The folder is missing.
            StoreError: The database failed; files taken in before stay so, the rest is taken in next time.
        """
        look = _Look(self._folder, self._memory, self._clock(), settle=settle)
        return _Taking(self._destination, look, self._envelope, self._principal, progress).run()

    def _envelope(self, file: HostFile, data: bytes) -> Envelope:
        return Envelope(
            sender=self._sender,
            actor=self._principal.id,
            door="feeds",
            content=data,
            received=datetime.now(UTC),
            file_name=_name(file),
        )


class _Look:
    """Which files of one look are due, and what is remembered of the others."""

    def __init__(self, folder: HostFolder, memory: _Memory, now: float, *, settle: bool) -> None:
        self.folder = folder
        self._memory = memory
        self._now = now
        self._settle = settle
        self._taken: set[bytes] = set()
        self._waiting: dict[bytes, _Waiting] = {}
        self.met: set[bytes] = set()
        self.unnoted = memory.unnoted

    @property
    def waiting(self) -> int:
        """Files waited for (count)."""
        return len(self._waiting)

    @property
    def is_first(self) -> bool:
        """Whether this process has not yet looked at a whole folder to the end."""
        return self._memory.is_whole_folder and not self._memory.has_looked

    def is_old(self, file: HostFile) -> bool:
        """Whether a file is known to have been taken in as it is."""
        state = _state(file)
        if state in self._memory.taken:
            self.take(file)
        return state in self._memory.taken

    def is_hopeless(self, file: HostFile) -> bool:
        """Whether a file was not taken in as it is, and need not be tried again yet."""
        trouble = self._memory.troubles.get(file.path)
        if trouble is None:
            return False
        self.met.add(file.path)
        return trouble.state == _state(file) and trouble.again > self._now

    def is_due(self, file: HostFile) -> bool:
        """Whether a file has been as it is for long enough; one that has not is waited for."""
        if not self._settle:
            return True
        before = self._memory.waiting.get(file.path)
        if before is not None and before.state == _state(file) and self._now - before.since >= _SETTLE_SECONDS:
            return True
        self.wait(file)
        return False

    def has_waited(self, file: HostFile, seconds: float, *, as_it_is: bool) -> bool:
        """Whether a file has been waited for so long, as it is or through all its changes; True if none is waited for."""
        before = self._memory.waiting.get(file.path)
        if not self._settle or before is None:
            return not self._settle
        since = before.since if as_it_is and before.state == _state(file) else self._now if as_it_is else before.first
        return self._now - since >= seconds

    def wait(self, file: HostFile) -> None:
        """Leave a file for a later look."""
        before, state = self._memory.waiting.get(file.path), _state(file)
        since = before.since if before is not None and before.state == state else self._now
        if len(self._waiting) < _MOST_WAITING:
            self._waiting[file.path] = _Waiting(state, since, before.first if before is not None else self._now)

    def take(self, file: HostFile) -> None:
        """Remember a file as taken in."""
        self.met.discard(file.path)
        if len(self._taken) < _MOST_REMEMBERED:
            self._taken.add(_state(file))

    def meet(self, problem: NewProblem, *, may_pass: bool) -> bool:
        """Remember a file that is not taken in; whether that is news."""
        self.met.add(problem.file.path)
        before, state = self._memory.troubles.get(problem.file.path), _state(problem.file)
        is_same = before is not None and (before.state, before.reason) == (state, problem.reason)
        pause = _RETRY_SECONDS
        if before is not None and is_same:
            pause = min(2 * before.pause, _LONGEST_RETRY_SECONDS)
        again = self._now + pause if may_pass else float("inf")
        self._memory.troubles[problem.file.path] = _Trouble(state, problem.reason, again, pause)
        return not is_same

    def end(self, *, is_whole: bool) -> list[bytes]:
        """Keep what was learnt for the next look; paths (0..n) of files noted that are gone or in order again."""
        self._memory.taken = self._taken if is_whole else self._memory.taken | self._taken
        self._memory.waiting = self._waiting if is_whole else self._memory.waiting | self._waiting
        gone = [path for path in self._memory.troubles if path not in self.met] if is_whole else []
        for path in gone:
            del self._memory.troubles[path]
        self._memory.has_looked |= is_whole
        return gone


class _Taking:
    """Takes in what is due of one look."""

    def __init__(
        self,
        destination: Destination,
        look: _Look,
        enclose: Callable[[HostFile, bytes], Envelope],
        principal: Principal,
        progress: Progress | None,
    ) -> None:
        self._messages, self._decisions, self._files = destination.messages, destination.decisions, destination.files
        self._look = look
        self._enclose = enclose
        self._principal = principal
        self._progress = progress
        self._most_bytes = destination.settings.max_message_bytes
        self._report = FeedReport()
        self._findings = Gathered(_MOST_NAMED)
        self._batch: list[tuple[HostFile, bytes]] = []
        self._tables: list[HostFile] = []
        self._ahead: list[tuple[int, HostFile]] = []
        self._done = self._total = 0

    def run(self) -> FeedReport:
        """Take in all that is due; what this look has learnt is kept even if it breaks off."""
        is_whole = False
        try:
            for chunk in self._look.folder.walk():
                self._total = chunk.names
                for problem in chunk.refused:
                    self._refuse(problem, may_pass=True)
                for file in self._due(chunk.files):
                    self._take_up(file)
            self._store()
            for file in self._tables:
                self._take_table(file)
            self._warn_of_times()
            is_whole = True
        finally:
            is_first, met = self._look.is_first, list(self._look.met)
            gone = self._look.end(is_whole=is_whole)
        self._note(gone)
        if is_first:
            self._files.keep_problems_only(self._look.folder.root, met)
        return msgspec.structs.replace(
            self._report, findings=list(self._findings.result()), not_taken=len(met), waiting=self._look.waiting
        )

    def _due(self, files: Sequence[HostFile]) -> list[HostFile]:
        """Those files that are new or have changed, and are no longer being written as far as one can see."""
        new = [file for file in files if not self._look.is_old(file)]
        doubtful = [file for file in new if not self._look.is_hopeless(file)]
        known = self._files.known_files(doubtful) if doubtful else set()
        for file in doubtful:
            if file.path in known:
                self._look.take(file)
        self._report.unchanged += len(files) - len(new) + len(known)
        return [file for file in doubtful if file.path not in known and self._look.is_due(file)]

    def _take_up(self, file: HostFile) -> None:
        data = self._read(file)
        if data is None:
            return
        if not _is_whole(file, data) and not self._look.has_waited(file, _UNFINISHED_SECONDS, as_it_is=True):
            self._look.wait(file)
            return
        ahead = file.modified - time.time_ns()
        if ahead > _AHEAD_NS:
            self._ahead.append((ahead, file))
        if file.path.lower().endswith(b".csv") and is_table(first_line(data)):
            self._tables.append(file)
            return
        self._batch.append((file, data))
        if len(self._batch) >= _BATCH or sum(len(content) for _, content in self._batch) >= _BATCH_BYTES:
            self._store()

    def _read(self, file: HostFile) -> bytes | None:
        """The content of a file; None if it is not taken in now."""
        try:
            return self._look.folder.read(file, self._most_bytes)
        except UntakenError as error:
            self._refuse(NewProblem(file, error.code, error.message), may_pass=error.may_pass)
        except GoneError:
            self._look.met.discard(file.path)
        except ChangedError:
            if self._look.has_waited(file, _CHANGING_SECONDS, as_it_is=False):
                self._refuse(NewProblem(file, "changing", _CHANGING), may_pass=True)
            self._look.wait(file)
        return None

    def _refuse(self, problem: NewProblem, *, may_pass: bool) -> None:
        """Note that a file is not taken in; say so if that is news."""
        if self._look.meet(problem, may_pass=may_pass):
            self._look.unnoted.append(problem)
            if len(self._report.unreadable) < _MOST_NAMED:
                self._report.unreadable.append((printable(problem.file.path), problem.reason))
            if len(self._look.unnoted) >= _NOTED_AT_ONCE:
                self._note()

    def _note(self, gone: Sequence[bytes] = ()) -> None:
        if self._look.unnoted or gone:
            self._files.note_file_problems(self._look.folder.root, self._look.unnoted, gone)
            self._look.unnoted.clear()

    def _store(self) -> None:
        batch, self._batch = self._batch, []
        answers = lodge_each(self._messages, [self._enclose(*one) for one in batch], self._principal)
        came = list(zip(batch, answers, strict=True))
        taken = [(file, sha256(data).digest()) for (file, data), answer in came if isinstance(answer, Answer)]
        self._note_taken(taken)
        for (file, _), answer in came:
            if isinstance(answer, Answer):
                self._count(file, answer)
            else:
                self._refuse(NewProblem(file, "not-kept", answer), may_pass=False)

    def _count(self, file: HostFile, answer: Answer | None) -> None:
        """Remember a file as taken in, and tell of it."""
        self._look.take(file)
        if answer is not None and answer.is_repeat:
            self._report.repeats += 1
        elif answer is not None and answer.outcome == "accepted":
            self._report.accepted += 1
        elif answer is not None:
            self._report.refused += 1
        self._done += 1
        if self._progress:
            self._progress(Path(printable(file.path)), answer, self._done, max(self._total, self._done))

    def _take_table(self, file: HostFile) -> None:
        data = self._read(file)
        if data is None:
            return
        name = _name(file)
        try:
            rows, findings = read_table(data, name)
        except Exception as error:  # noqa: BLE001 - a defect of ours in one table must not keep out all others
            code = error.code if isinstance(error, SenderError) else "not-kept"
            reason = str(error) if isinstance(error, SenderError) else why_not_kept(error)
            self._refuse(NewProblem(file, code, reason), may_pass=False)
            return
        count, refused = take_rows(self._decisions, rows)
        self._report.decisions += count
        self._findings.extend(findings)
        self._findings.extend(row_not_kept(f"{name} {row.reference.value}", why) for row, why in refused)
        self._note_taken([(file, sha256(data).digest())])
        self._count(file, None)

    def _note_taken(self, taken: Sequence[tuple[HostFile, bytes]]) -> None:
        """Note files as taken in; one that cannot be noted is told, and taken in again when Cocket starts anew."""
        for file, error in self._files.note_files(taken):
            if len(self._report.unreadable) < _MOST_NAMED:
                said = f"was imported, and will be imported again at the next start, because recording it failed: it {why_not_kept(error)}"
                self._report.unreadable.append((printable(file.path), said))

    def _warn_of_times(self) -> None:
        """Say that files have times to come, once for all of them: a clock is wrong, theirs or ours."""
        if not self._ahead:
            return
        ahead, file = max(self._ahead, key=lambda one: one[0])
        self._findings.add(
            Finding(
                code="file-times-ahead",
                severity="warning",
                message="{count} files have times ahead of this machine's clock, {file} by {found}; they were imported. "
                "Check which clock is wrong.",
                found=str(timedelta(seconds=ahead // 1_000_000_000)),
                arguments={"count": str(len(self._ahead)), "file": _name(file)},
            )
        )


def _name(file: HostFile) -> str:
    return printable(file.path.rpartition(b"/")[2])


def _state(file: HostFile) -> bytes:
    """What stands for a file as it is, in few bytes."""
    told = b"%d/%d/%d/" % (file.size, file.modified, file.changed) + file.path
    return blake2b(told, digest_size=16).digest()


def _is_whole(file: HostFile, data: bytes) -> bool:
    """Whether a file ends as its kind does; one that does not may still be being written."""
    name = file.path.lower().removesuffix(b".gz")
    if name.endswith(b".csv"):
        return data.endswith((b"\n", b"\r"))
    end = data.rstrip()[-1:] or b" "
    if name.endswith(b".xml"):
        return end == b">"
    return end in b"}]" if name.endswith((b".json", b".tt")) else True
