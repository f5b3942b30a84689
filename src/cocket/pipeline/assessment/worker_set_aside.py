# SPDX-License-Identifier: Apache-2.0
"""What the assessment worker does about leaves and dossiers that it cannot work on: finds them by ever smaller portions,
sets them aside, and tries again what it is asked to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from cocket.consignment import consignments_of
from cocket.model import Manifest
from cocket.pipeline.assessment.rescreening import skip_rescreening
from cocket.pipeline.base.batch import Batch
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.roles import ASSESSMENT, SEALED_ASSESSMENT
from cocket.pipeline.base.set_aside import (
    ALIKE,
    WORKED,
    Thing,
    is_outage,
    put_aside,
    reason_of,
    seal,
    standstill,
)
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import newest_messages
from cocket.pipeline.tracking.port_calls import MANIFEST_MESSAGE, MANIFESTS_PLACE
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.base.set_aside import StoredSetAside
from cocket.stores.intake.messages import StoredMessage

T = TypeVar("T")

#: How often it is looked for what an operator wants tried again (seconds).
_LOOK_SECONDS = 1.0

#: Dossiers and waiting messages that are tried to tell a bad leaf from a house in which nothing works (counts).
_BEFORE, _AHEAD, _WITHIN = 3, 6, 5_000

#: Longest part of a key by which a dossier can be found (characters).
_LONGEST_KEY = 500

#: What is said of an assessment that was tried again.
_AGAIN = "set aside before, retried"


class BatchSize:
    """How much the role takes at a time: all it may, until a turn fails on its data; then half of what failed, until the culprit is alone.

    Leaves are gone through without recalled dossiers, so that it is known which of the two is at fault; if the leaves are
    not, the dossiers are gone through without leaves.

    Args:
        most_leaves: Leaves of a whole portion (count).
        most_recalls: Dossiers taken out again in a whole portion (count).
    """

    def __init__(self, most_leaves: int, most_recalls: int) -> None:
        self._most = (most_leaves, most_recalls)
        self._ends: list[int] = []
        self._recalls = most_recalls
        self._suspects = 0

    @property
    def is_narrow(self) -> bool:
        """Whether something failed that is not behind yet."""
        return bool(self._ends) or self._suspects > 0

    def next(self) -> tuple[int, int]:
        """Most leaves and most recalled dossiers to take now."""
        if self._ends:
            return self._most[0], 0
        if self._suspects > 0:
            return 0, self._recalls
        return self._most

    def end(self, reached: int) -> int:
        """The last leaf to take now, of those within reach."""
        return min(reached, self._ends[-1]) if self._ends else reached

    def worked(self, upto: int, recalls: int, *, is_recalling: bool) -> None:
        """A portion up to a leaf went through, with up to so many recalled dossiers; whether more of them wait."""
        while self._ends and self._ends[-1] <= upto:
            self._ends.pop()
        if recalls:
            self._suspects -= recalls
        if not is_recalling or (self._suspects <= 0 and not self._ends):
            self._suspects, self._recalls = 0, self._most[1]

    def failed(self, upto: int, last: int, recalls: int) -> bool:
        """A portion past a leaf failed, with up to so many recalled dossiers.

        Args:
            upto: Leaf up to which the work was done before.
            last: Last leaf of the portion.
            recalls: Most recalled dossiers of it (count).

        Returns:
            Whether the next portion is a smaller one; False if what failed stands alone.
        """
        if last > upto:
            if recalls:
                self._ends.append(last)
                self._suspects = self._most[1]
                return True
            if last - upto > 1:
                if not self._ends or self._ends[-1] > last:
                    self._ends.append(last)
                self._ends.append(upto + (last - upto + 1) // 2)
                return True
            return False
        self._suspects = max(self._suspects, recalls)
        if recalls > 1:
            self._recalls = (recalls + 1) // 2
            return True
        return False

    def behind(self, upto: int) -> None:
        """What stood alone was set aside; the work is done up to a leaf."""
        while self._ends and self._ends[-1] <= upto:
            self._ends.pop()
        self._recalls = self._most[1]


class AssessmentSetAside:
    """Setting aside, for one process.

    Args:
        shelves: The stores.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._look_at = 0.0

    def check(self, error: Exception, upto: int, last: int, rehearse: Callable[[Batch], Exception | None]) -> None:
        """See that other work can be done, before something is set aside.

        Dossiers that went well before are gone through again, and messages further on tried ahead, all of it undone.

        Args:
            error: By which a leaf, or a recalled dossier, failed alone.
            upto: Leaf up to which the work is done.
            last: The leaf that failed; `upto` if it was a dossier.
            rehearse: Does a turn and undoes it; gives what it failed by.

        Raises:
            StandstillError: It cannot: everything fails alike.
            StoreError: The database failed.
        """
        mark = reason_of(error).mark
        alike = 1
        for turn in self._controls(upto, last):
            found = turn if isinstance(turn, Exception) else rehearse(turn)
            if found is None or reason_of(found).mark != mark:
                return
            alike += 1
        with self._stores.database.transaction() as connection:
            alike += self._stores.set_aside.has_mark(connection, SEALED_ASSESSMENT, mark, ALIKE)
        if alike >= ALIKE:
            raise standstill(ASSESSMENT, error)

    def set_aside(self, connection: Connection, upto: int, last: int, error: Exception) -> list[NewRecord]:
        """Set aside the one leaf past an index, or else the next dossier that was to be looked at again.

        Returns:
            Records to append as the last act of the transaction (0..1).
        """
        thing = self._leaf(connection, last) if last > upto else self._recall(connection)
        return [put_aside(connection, self._stores.sealer, SEALED_ASSESSMENT, thing, error)] if thing else []

    def leave_lapses(self, error: Exception) -> None:
        """Note that orders could not be looked through for those that waited too long."""
        thing = Thing(kind="lapses", subject="orders", what="orders that expired")
        with self._stores.database.transaction() as connection:
            record = put_aside(connection, self._stores.sealer, SEALED_ASSESSMENT, thing, error)
            self._stores.leaves.append_records(connection, [record])

    def wanted(self) -> StoredSetAside | None:
        """What an operator wants tried again, if there is anything; looked for once in a while."""
        if time.monotonic() < self._look_at:
            return None
        with self._stores.database.transaction() as connection:
            found = self._stores.set_aside.of_role(connection, SEALED_ASSESSMENT, ("retrying",), 1)
        if found:
            return found[0]
        self._look_at = time.monotonic() + _LOOK_SECONDS
        return None

    def begin(self, connection: Connection, wanted: StoredSetAside, upto: int, now: datetime) -> Batch | None:
        """A turn that works on one thing set aside, in a transaction in which it is marked as worked on.

        Returns:
            The turn; None if another process has dealt with it.
        """
        row = self._stores.set_aside.get(connection, wanted.id, to_change=True)
        if row is None or row.state != "retrying":
            return None
        record = seal(self._stores.sealer, WORKED, SEALED_ASSESSMENT, row, "It was retried and succeeded.")
        self._stores.set_aside.change(connection, row.id, "worked", record.leaf.record, now)
        if row.leaf is not None:
            messages = self._stores.messages.between(connection, row.leaf - 1, row.leaf, "refuse")
            for message in messages:
                self._tell_tracker(connection, message, row, now)
            return Batch(messages=tuple(messages), first=row.leaf, last=row.leaf, records=(record,))
        touched = {}
        if row.kind == "recall":
            touched = newest_messages(self._stores, connection, [UUID(row.subject)])
        causes = dict.fromkeys(touched, _AGAIN)
        return Batch(first=upto + 1, last=upto, touched=touched, causes=causes, records=(record,))

    def _tell_tracker(self, connection: Connection, message: StoredMessage, row: StoredSetAside, now: datetime) -> None:
        """Have the tracker read a manifest that is filed late, behind the place up to which it has read."""
        place = self._stores.places.get(connection, MANIFESTS_PLACE)
        if (
            place is None
            or int(place) < message.index
            or not any(isinstance(one, Manifest) for one in reading_of(message).documents)
        ):
            return
        late = msgspec.structs.replace(
            row,
            id=new_id(),
            role="tracker",
            kind=MANIFEST_MESSAGE,
            subject=str(message.id),
            about=message.id,
            what="port calls of a manifest that was filed late",
            first=now,
            last=now,
            attempts=1,
            state="retrying",
        )
        self._stores.set_aside.put(connection, late)

    def again(self, connection: Connection, row: StoredSetAside, error: Exception) -> list[NewRecord]:
        """Set aside anew what failed again; the records to append."""
        thing = Thing(kind=row.kind, subject=row.subject, what=row.what, about=row.about, leaf=row.leaf)
        return [put_aside(connection, self._stores.sealer, SEALED_ASSESSMENT, thing, error)]

    def _controls(self, upto: int, last: int) -> Iterator[Batch | Exception]:
        """Turns that should go through if anything does: dossiers that did before, then the next of each sender.

        Of one whose stored messages cannot be read, what that failed by.
        """
        messages = self._stores.messages

        def dossier(connection: Connection, consignment: UUID) -> Batch:
            return Batch(first=upto + 1, last=upto, touched=newest_messages(self._stores, connection, [consignment]))

        def leaf(connection: Connection, index: int) -> Batch:
            found = messages.between(connection, index - 1, index, "refuse")
            return Batch(messages=tuple(found), first=index, last=index)

        with self._stores.database.transaction() as connection:
            dossiers = messages.worked(connection, upto, _BEFORE)
            ahead = messages.next_of_each_sender(connection, max(last, upto), _WITHIN, _AHEAD)
        yield from (self._fetched(dossier, consignment) for consignment in dossiers)
        yield from (self._fetched(leaf, index) for index in ahead)

    def _fetched(self, fetch: Callable[[Connection, T], Batch], of: T) -> Batch | Exception:
        """A turn fetched from the stores, or what that failed by where it is no outage."""
        try:
            with self._stores.database.transaction() as connection:
                return fetch(connection, of)
        except Exception as error:
            if is_outage(error):
                raise
            return error

    def _leaf(self, connection: Connection, index: int) -> Thing:
        named = self._stores.messages.named(connection, index)
        if named is None:
            return Thing(kind="record", subject=str(index), what=f"leaf {index}", leaf=index)
        record, kind, what = named
        if not kind.startswith("message-"):
            return Thing(kind="record", subject=str(record), what=what, leaf=index)
        keys = self._keys(connection, index)
        return Thing(kind="message", subject=str(record), what=what, about=record, leaf=index, keys=keys)

    def _recall(self, connection: Connection) -> Thing | None:
        skipped = skip_rescreening(self._stores, connection)
        if skipped is None:
            return None
        consignment, because = skipped
        what = f"dossier {consignment}, to be assessed again: {because}"
        return Thing(kind="recall", subject=str(consignment), what=what, about=consignment)

    def _keys(self, connection: Connection, index: int) -> tuple[tuple[str, str], ...]:
        """Keys of the dossiers that a message would have gone to, as far as it can be read (0..n)."""
        try:
            messages = self._stores.messages.between(connection, index - 1, index)
            claims = [claim for one in messages for claim in consignments_of(reading_of(one), one.sender)]
            pairs = {key.pair for claim in claims for key in claim.strong}
            return tuple(sorted(pair for pair in pairs if all(map(_can_be_kept, pair))))
        except Exception as error:
            if is_outage(error):
                raise
            return ()


def _can_be_kept(text: str) -> bool:
    return len(text) <= _LONGEST_KEY and "\0" not in text and text.isprintable()
