# SPDX-License-Identifier: Apache-2.0
"""The book: makes leaves public, by whole steps, in one log a year, and signs heads over them.

The order is the point: commit the root, then sign, then publish. A root committed for a size is the only one ever
signed for that size, whatever crashes in between. Before that, each leaf is made again from the bytes it seals, so
that what was changed in the database since is found before a head covers it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cocket import ledger
from cocket.errors import ProofError, SettingsError, StoreError
from cocket.ledger.cose import sign_head
from cocket.pipeline.base.roles import SEALED_LOG
from cocket.pipeline.base.sealing import check_sealed
from cocket.pipeline.base.unopenable import unopenable_leaves
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.ledger.leaf_audit import altered_eras
from cocket.pipeline.ledger.refused_leaves import note_refused, standing_leaves
from cocket.settings import Settings
from cocket.stores.base.database import Connection
from cocket.stores.base.leases import Lease
from cocket.stores.ledger.log_files import LogFiles
from cocket.stores.ledger.yearly_logs import CODE as ERA_ALTERED
from cocket.stores.ledger.yearly_logs import LogYear
from cocket.stores.operations.row_audits import RowAudits

#: Most leaves of one head, and most that are made again at a time (counts).
MOST = 16_384
_AT_A_TIME = 512

#: Within what time a leaf should be under a head, however busy the house is (seconds); a promise may be stricter.
_PATIENCE_SECONDS = 5.0

#: How long a book that went silent keeps others out, beyond its pause between two heads (seconds).
_LEASE_SECONDS = 10.0

#: Leaves over which both keys sign after a change of the checkpoint key (count).
HANDOVER_LEAVES = 100_000


class LogPublisher:
    """Signs heads over the leaves in the database.

    Args:
        shelves: The stores, opened with the checkpoint key.
        lease_seconds: How long it may go silent, beyond its pause between two heads, before another replaces it.

    Raises:
        SettingsError: They were opened without it.
    """

    def __init__(self, stores: Stores, *, lease_seconds: float = _LEASE_SECONDS) -> None:
        if not stores.checkpoint_keys:
            raise SettingsError("The log needs the checkpoint key.")
        self._stores = stores
        self._database = stores.database
        self._leaves = stores.leaves
        self._eras = stores.leaves.eras
        self._root = stores.log_files
        self._keys = stores.checkpoint_keys
        self._settings = stores.settings
        self._lease = Lease(SEALED_LOG, lease_seconds + 3 * stores.settings.head_interval_seconds)
        self._term: int | None = None
        self._pace = _pace_of(stores.settings)
        self._tree = ledger.Tree()
        self._upto = 0
        self._begun: tuple[int, int] | None = None
        self._signers: dict[str, list[ledger.Signer]] = {}

    def hold(self) -> bool:
        """Become the one book that signs; False while another is.

        On one machine the log's lock tells at once that the holder before is gone. Elsewhere, and where the holder
        hangs, its lease must lapse. One that wakes up after that finds its term past, and signs nothing.
        """
        is_alone = self._root.hold()
        with self._database.transaction() as connection:
            self._term = self._lease.take(connection, self._root.holder, is_successor=is_alone)
        return self._term is not None

    def close(self) -> None:
        """Let another book take over at once.

        Raises:
            StoreError: The database does not answer; another must wait until the lease lapses.
        """
        self._root.let_go()
        if self._term is not None:
            with self._database.transaction() as connection:
                self._lease.end(connection, self._term)
            self._term = None

    def open(self) -> int:
        """Compare the public log with the database, and mend its files from the database where they are incomplete.

        A head whose root was committed and that was not published, here or at all, is published now.

        Returns:
            How many leaves of the book are under the published head.

        Raises:
            ProofError: The database is behind the published head, or holds other leaves than were published. Nothing
                was changed; the leaves must be brought back from a backup or from the tiles first.
            StoreError: Rows of `era` were altered.
        """
        self._check_eras()
        committed, era, published, upto = self._compared()
        self._tree, self._upto = ledger.Tree(), 0
        if committed and committed[2] > upto:
            era, upto = self._eras.of(committed[2] - 1), committed[2]
            self._restore(era, ledger.Checkpoint(era.log, *committed[:2]), published)
        elif era and published:
            self._tree = self._rebuild(era, published, published.size)
        self._upto = upto
        return upto

    def _check_eras(self) -> None:
        """See that no row of `era` is altered, and note those that are, where health and the audit find them.

        Raises:
            StoreError: One is.
        """
        with self._database.transaction() as connection:
            self._eras.load(connection)
            RowAudits().note(connection, altered_eras(self._stores))
        self._eras.check()

    def check(self) -> None:
        """See that the database is not behind what was published, and that this is the house that published it.

        Where rows of `era` were altered, so that this cannot be seen, nothing is promised before they are repaired: the log
        says so when it is opened, and doors ask senders to send again.

        Raises:
            ProofError: It is; whoever took messages in now would promise places in the log that are given away.
        """
        try:
            self._compared()
        except (ProofError, StoreError):
            if not self._eras.altered:
                raise

    def _compared(self) -> tuple[tuple[int, bytes, int] | None, LogYear | None, ledger.Checkpoint | None, int]:
        """The head committed to last, the newest log with its published head, and how many leaves are under that."""
        with self._database.transaction() as connection:
            self._eras.load(connection)
            if self._eras.newest is None:
                self._eras.check()
            known = self._leaves.size(connection)
            committed = self._leaves.newest_head(connection)
        era, published = self._published()
        upto = era.log_first + published.size if era and published else 0
        if known < upto:
            raise _behind(f"over {upto} leaves", upto, known)
        return committed, era, published, upto

    def turn(self, now: datetime | None = None) -> int:
        """Sign one head over the leaves that wait, if any do.

        Args:
            now: The time, UTC; None for the clock's.

        Returns:
            How many leaves were added, cover leaves included.

        Raises:
            StoreError: Database or disk failed, or another book has taken over; the old head still stands.
            ProofError: A leaf is not what was sealed, or another root was committed for this size; nothing is signed.
            StoreError: Rows of `era` were altered; nothing is signed.
        """
        with self._database.transaction() as connection:
            waiting = self._leaves.size(connection) - self._upto
        return self._advance(waiting, now or datetime.now(UTC), self._settings.head_step) if waiting else 0

    def tick(self, now: datetime) -> int:
        """Do what is due: called at even times, it makes the log grow as evenly as its cover leaves allow.

        Only time and the messages that senders know of themselves set the pace: a head each interval for as long as
        messages come and a while after; then one each long interval. What officers do never sets it.

        Args:
            now: The time, UTC.

        Returns:
            How many leaves were added, cover leaves included.

        Raises:
            StoreError: As `turn`.
            ProofError: As `turn`.
        """
        if self._settings.head_step == 1:
            return self.turn(now)
        with self._database.alone() as connection:
            size, has_message = self._leaves.size_with_news(connection, self._upto)
            newest = self._eras.newest or (self._eras.load(connection) or (None,))[-1]
        if newest is not None:
            due = self._pace.due(now, size - self._upto, newest.step, has_message=has_message)
            if due is not None:
                return self._advance(due[0], now, due[1])
        with self._database.transaction() as connection:
            self._renew(connection)
        return 0

    def _advance(self, leaves: int, now: datetime, step: int) -> int:
        """Sign one head over about so many more leaves: whole steps, within one log; leaves to come stand in `step`s."""
        if self._term is None and not self.hold():
            raise StoreError("Another process signs the log.", code="book-taken")
        try:
            start, target = self._upto, self._target(leaves, now, step)
            era = self._enter(self._eras.of(start))
            growth = self._grow(era, start, target, now)
            head = ledger.Checkpoint(origin=era.log, size=growth.size, root=growth.root)
            files = self._files(era)
            files.publish(growth.files, self._sign(head, files), lambda note: _follows(note, head))
            files.remove(growth.obsolete)
        except BaseException as error:
            self._tree, self._upto = ledger.Tree(), 0  # it may be ahead of what is published; `open` comes first
            if isinstance(error, ProofError):
                note_refused(self._stores, error)
            elif isinstance(error, StoreError) and error.code == ERA_ALTERED:
                self._check_eras()
            raise
        self._upto = target
        return target - start

    def _target(self, leaves: int, now: datetime, step: int) -> int:
        """Up to where the next head reaches, once cover leaves have filled its last step."""
        with self._database.transaction() as connection:
            self._renew(connection)
            size = self._leaves.fill(connection, 0)
            newest = (self._eras.load(connection) or (self._eras.of(size),))[-1]
            self._eras.check()
            log = self._log_for(connection, newest, now)
            if (log, step) != (newest.log, newest.step):
                size = self._begin_era(connection, newest, size, (log, step))
            era = self._eras.of(self._upto)
            end = self._eras.end(era)
            most = max(1, MOST // era.step) * era.step
            target = era.whole(max(self._upto, era.base) + min(leaves, most))
            if end is not None:
                return min(target, end)
            if era.step == 1:
                return min(target, size)
            self._leaves.fill_up(connection, size, target)
        return target

    def _log_for(self, connection: Connection, newest: LogYear, now: datetime) -> str:
        """The log that leaves go to from now on: the newest, until a year after the one it was begun in."""
        if self._begun is None or self._begun[0] != newest.log_first:
            begun = self._leaves.begun(connection, newest.log_first)
            self._begun = None if begun is None else (newest.log_first, begun.year)
        log = ledger.log_of_year(newest.log, now.year)
        is_new = self._begun is not None and now.year > self._begun[1] and not self._eras.has(log)
        return log if is_new else newest.log

    def _begin_era(self, connection: Connection, newest: LogYear, size: int, wanted: tuple[str, int]) -> int:
        """Fill the last step, then begin another log, or another step in the same log.

        Where there is cover, a whole step is filled even if nothing waits, so that the change tells nothing either.

        Returns:
            How many leaves the book has then.
        """
        log, step = wanted
        least = self._upto + newest.step if newest.step > 1 else 0
        first = self._leaves.fill_up(connection, size, newest.whole(max(size, least)))
        if log == newest.log:
            self._eras.begin(connection, LogYear(first, log, newest.log_first, step, newest.begins_with))
            return first
        size = self._leaves.fill_up(connection, first, first + 1)  # the place of the last checkpoint of the log before
        self._eras.begin(connection, LogYear(first, log, first, step, None))
        return size

    def _enter(self, era: LogYear) -> LogYear:
        """Close the log before, where a leaf is the first of a new log: its last checkpoint is the new one's entry 0."""
        if self._upto != era.log_first or era.log_first == 0:
            return era
        before = self._files(self._eras.of(era.first - 1)).read(ledger.CHECKPOINT_FILE)
        if before is None:
            raise ProofError(f"The log preceding {era.log} has no checkpoint.", code="log-open")
        with self._database.transaction() as connection:
            era = self._eras.close_log(connection, era, before)
        self._tree = ledger.Tree()
        return era

    def _entries(self, connection: Connection, start: int, upto: int) -> list[bytes]:
        """Entries of a range of leaves, each made again from the bytes it seals."""
        unopenable: set[int] | None = None
        standing: dict[int, bytes] | None = None
        seals: dict[int, bytes] = {}
        for first in range(start, upto, _AT_A_TIME):
            for sealed in self._leaves.sealed_between(connection, first, min(upto, first + _AT_A_TIME)):
                seals[sealed[0].index] = sealed[0].seal
                if sealed[0].nonce is None and unopenable is None:
                    unopenable = unopenable_leaves(self._stores, connection)
                if sealed[0].nonce is None and sealed[0].index in (unopenable or ()):
                    continue
                try:
                    check_sealed(*sealed)
                except ProofError:
                    if standing is None:
                        standing = standing_leaves(self._stores, connection)
                    if standing.get(sealed[0].index) != sealed[0].seal:
                        raise
        return self._leaves.entries(connection, start, upto, seals)

    def _grow(self, era: LogYear, start: int, upto: int, now: datetime) -> ledger.Growth:
        """Grow the tree by a range of leaves, and commit to its root."""
        with self._database.transaction() as connection:
            growth = self._tree.grow(self._entries(connection, start, upto))
            self._renew(connection)
            stands = self._leaves.add_head(connection, era.log, (growth.size, growth.root, upto), now)
        if stands != growth.root:
            raise ProofError(
                f"A different root is already recorded for size {growth.size}; the log does not sign a second one.",
                code="second-root",
                expected=stands.hex(),
                found=growth.root.hex(),
            )
        return growth

    def _renew(self, connection: Connection) -> None:
        """Go on holding the lease, if it was taken; nobody else can take it until the transaction ends."""
        if self._term is not None and not self._lease.renew(connection, self._term):
            self._term = None
            raise StoreError("Another process has taken over signing the log.", code="book-taken")

    def _sign(self, head: ledger.Checkpoint, files: LogFiles) -> bytes:
        if head.origin not in self._signers:
            self._signers[head.origin] = [ledger.Signer.from_bytes(head.origin, seed) for seed in self._keys]
        present, *former = self._signers[head.origin]
        first = self._first_key(head.origin, files)
        tenures = ledger.read_tenures(first, files.read)
        if tenures[-1].vkey != present.verifier.vkey:
            self._hand_over(tenures, present, former, head.size, files)
            tenures = ledger.read_tenures(first, files.read)
        good = {verifier.vkey for verifier in ledger.verifiers_for(tenures, head.size)}
        return sign_head(head, *(one for one in (present, *former) if one.verifier.vkey in good))

    def _first_key(self, log: str, files: LogFiles) -> str:
        """The first public key of a log, as its folder has it; the present one where it has none."""
        stands = files.read(ledger.KEY_FILE)
        if stands is not None:
            return stands.decode("ascii", "replace").strip()
        vkey = ledger.Signer.from_bytes(log, self._keys[0]).verifier.vkey
        files.put(ledger.KEY_FILE, f"{vkey}\n".encode())
        return vkey

    def _hand_over(
        self,
        tenures: tuple[ledger.Tenure, ...],
        present: ledger.Signer,
        former: list[ledger.Signer],
        size: int,
        files: LogFiles,
    ) -> None:
        """Publish that the log has a new key, signed by the one before."""
        if not former or former[0].verifier.vkey != tenures[-1].vkey:
            raise ProofError(
                f"The log {present.verifier.name} is not signed with this instance's key.", code="head-of-another"
            )
        note = ledger.write_handover(former[0], present, size, size + HANDOVER_LEAVES)
        files.put(f"{ledger.HANDOVERS}/{len(tenures)}", note)

    def _files(self, era: LogYear) -> LogFiles:
        """The folder of the log of an era: the first log's is the root."""
        return self._root.of(self._eras.folder(era.log))

    def _published(self) -> tuple[LogYear | None, ledger.Checkpoint | None]:
        """The newest log that has a head, and that head, signed by this house; none before the first.

        Raises:
            ProofError: The head is another's, or stands in a log that this database knows nothing of.
        """
        logs = self._eras.logs()
        known = {self._eras.folder(era.log) for era in logs} | {""}
        if ahead := sorted(set(ledger.year_folders(self._root.paths())) - known):
            raise _behind(f"of the year {ahead[-1]}", None)
        for era in reversed(logs):
            note = self._files(era).read(ledger.CHECKPOINT_FILE)
            if note is not None:
                return era, self._open_head(era.log, note)
        note = self._root.read(ledger.CHECKPOINT_FILE)
        if note is not None and (head := self._open_head(self._settings.log_origin, note)).size:
            raise _behind(f"over {head.size} leaves", head.size)
        return None, None

    def _open_head(self, log: str, note: bytes) -> ledger.Checkpoint:
        own = [ledger.Signer.from_bytes(log, seed).verifier for seed in self._keys]
        try:
            head = ledger.open_checkpoint(note, own)[0]
        except ProofError as error:
            raise self._of_another(log) from error
        if head.origin != log or ledger.family_of(log) != ledger.family_of(self._settings.log_origin):
            raise self._of_another(log)
        return head

    def _of_another(self, log: str) -> ProofError:
        return ProofError(
            f"The published head is not signed by {log} with this instance's key.",
            code="head-of-another",
            hint="Check that log_origin and keys/checkpoint.key are those the log was created with.",
        )

    def _restore(self, era: LogYear, head: ledger.Checkpoint, published: ledger.Checkpoint | None) -> None:
        """Publish a head that was committed: after a crash, or on a machine that has not the newest files."""
        if not self.hold():
            raise StoreError("Another process signs the log.", code="book-taken")
        for before, after in pairwise(self._eras.logs()):
            if after.begins_with is not None:
                self._restore_closed(before, after.begins_with)
        covered = published.size if published and published.origin == head.origin else 0
        self._tree = self._rebuild(era, head, covered)
        files = self._files(era)
        files.publish({}, self._sign(head, files), lambda note: _follows(note, head))

    def _restore_closed(self, era: LogYear, note: bytes) -> None:
        """Bring a log of an earlier year to its last checkpoint, where it is older or not there."""
        files = self._files(era)
        last = ledger.read_checkpoint(ledger.split_note(note)[0])
        if _is_behind(files.read(ledger.CHECKPOINT_FILE), last):
            self._rebuild(era, last, last.size)
            files.put(ledger.CHECKPOINT_FILE, note)
            self._first_key(era.log, files)

    def _rebuild(self, era: LogYear, head: ledger.Checkpoint, covered: int) -> ledger.Tree:
        """Grow the tree of a log anew, and write each file that is missing or different, once the root is that of the head.

        Leaves up to the size `covered` are taken as they stand, since a signed head vouches for them; those beyond are
        made again from what they seal.

        Raises:
            ProofError: The leaves give another root; no file was changed.
        """
        tree, differs, obsolete = self._grown(era, head, covered, writes=False)
        if differs:
            tree, _, _ = self._grown(era, head, covered, writes=True)
        self._files(era).remove(obsolete)
        return tree

    def _grown(
        self, era: LogYear, head: ledger.Checkpoint, covered: int, *, writes: bool
    ) -> tuple[ledger.Tree, bool, list[str]]:
        """The tree of a log, whether a file of it is missing or different, and folders that are needed no more."""
        tree = ledger.Tree()
        root = tree.root
        files = self._files(era)
        differs, obsolete = False, list[str]()
        while tree.size < head.size:
            start = era.log_first + tree.size
            end = covered if tree.size < covered else head.size
            upto = self._eras.whole_before(min(start + MOST, era.log_first + end))
            entries = self._leaves.entries if end == covered else self._entries
            with self._database.transaction() as connection:
                growth = tree.grow(entries(connection, start, upto))
            root = growth.root
            for path, content in growth.files.items():
                if files.read(path) != content:
                    differs = True
                    if writes:
                        files.put(path, content)
            obsolete += growth.obsolete
        if root != head.root:
            raise ProofError(
                f"The leaves in the database do not produce the published root of size {head.size}.",
                code="database-differs-from-head",
                expected=head.root.hex(),
                found=root.hex(),
                hint="Find out what changed before signing is resumed.",
            )
        return tree, differs, obsolete


def _pace_of(settings: Settings) -> ledger.Pace:
    longest = min(_PATIENCE_SECONDS, settings.merge_delay_seconds / 4)
    return ledger.Pace(
        settings.head_step,
        max(1, int(longest / settings.head_interval_seconds)),
        timedelta(minutes=settings.head_rest_minutes),
        timedelta(minutes=settings.head_rest_interval_minutes),
    )


def _follows(note: bytes | None, head: ledger.Checkpoint) -> bool:
    """Whether a head may take the place of the checkpoint that stands: it is the same, or larger."""
    if note is None:
        return True
    stands = ledger.read_checkpoint(ledger.split_note(note)[0])
    return stands.size < head.size or (stands.size, stands.root) == (head.size, head.root)


def _is_behind(note: bytes | None, head: ledger.Checkpoint) -> bool:
    """Whether a checkpoint is older than a head of its log, or is missing."""
    return note is None or ledger.read_checkpoint(ledger.split_note(note)[0]).size < head.size


def _behind(head: str, expected: int | None, found: int = 0) -> ProofError:
    return ProofError(
        f"A head {head} is published, but the database has {found or 'fewer'} leaves.",
        code="database-behind-head",
        expected=None if expected is None else str(expected),
        found=str(found),
        hint="Restore the newest backup. Then run cocket ledger reimport, which restores what is missing from the published tiles.",
    )
