# SPDX-License-Identifier: Apache-2.0
"""What the desk's analysts carry in their heads: the model, the history, the day's seeds; and how they get it back.

The history is written down now and then together with how far it goes; what came since is gone through again.
"""

from __future__ import annotations

import hmac
from datetime import date, timedelta
from uuid import UUID

import msgspec
import zstandard

from cocket.control import commit_seed
from cocket.errors import StoreError
from cocket.model import Declaration
from cocket.pipeline.dossiers import moment_of
from cocket.pipeline.filing import reading_of
from cocket.pipeline.results import outcomes_between
from cocket.pipeline.shelves import Shelves
from cocket.risk import Facts, History, Model, facts_of
from cocket.stores.database import Connection

#: Leaves after which the history is written down again (count).
_OFTEN = 5_000

_PLACE = "analysts"


class _Written(msgspec.Struct, frozen=True):
    """The history as it stood after one leaf."""

    upto: int
    history: bytes


class SeedCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that binds a day's random share before it begins; the seed itself is told afterwards."""

    day: str
    commitment: str


class Analysts:
    """Model, history and seeds of one desk.

    Args:
        shelves: The stores.
    """

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._saved = -1
        self._model_stamp: tuple[int, int] | None = None
        self.seed = b""
        self.seed_day: date | None = None
        self.model: Model | None = None
        self.history = History()

    def open(self, connection: Connection, upto: int) -> None:
        """Remember everything up to a leaf.

        Raises:
            StoreError: Model or history cannot be read.
        """
        self.refresh()
        written = self._written(connection)
        if written is None or written.upto > upto:
            self.history, self._saved = self._first_history(), -1
        else:
            self.history, self._saved = History.restore(written.history), written.upto
        self._go_through(connection, self._saved + 1, upto)

    def refresh(self) -> None:
        """Take up the model file if it is new; without one, the rules speak alone.

        Raises:
            StoreError: It cannot be read.
        """
        path = self._shelves.settings.model_file
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp != self._model_stamp:
                self.model = Model.load(path.read_bytes())
                self._model_stamp = stamp
        except FileNotFoundError:
            self.model, self._model_stamp = None, None
        except OSError as error:
            raise StoreError(f"The model {path} cannot be read: {error.strerror}.") from error

    def is_due(self, upto: int) -> bool:
        """Whether it is time to write the history down."""
        return upto - self._saved >= _OFTEN

    def save(self, connection: Connection, upto: int) -> None:
        """Write the history down as it stands after a leaf."""
        packed = zstandard.compress(self.history.snapshot(), 1)
        self._shelves.places.put(connection, _PLACE, msgspec.msgpack.encode(_Written(upto, packed)))
        self._saved = upto

    def commit_seeds(self, connection: Connection, today: date) -> None:
        """Commit the seeds of today and tomorrow, in a transaction of their own, before any draw with them.

        A seed follows from a key that never leaves the keys folder, so nobody can have chosen it to fit a draw.
        """
        records = []
        for day in (today, today + timedelta(days=1)):
            if self._shelves.orders.seed(connection, day) is None:
                seed = hmac.digest(self._shelves.draw_key, f"draw {day.isoformat()}".encode(), "sha256")
                body = SeedCommitment(day=day.isoformat(), commitment=commit_seed(seed))
                record = self._shelves.sealer.record("draw-seed", "desk", body)
                self._shelves.orders.put_seed(connection, day, seed, record.leaf.record)
                records.append(record)
        self._shelves.leaves.append_records(connection, records)
        self.seed = self._shelves.orders.seed(connection, today) or b""
        self.seed_day = today

    def _first_history(self) -> History:
        """What the model was trained on, if that was kept beside it; else nothing."""
        path = self._shelves.settings.model_file.with_suffix(".history")
        try:
            return History.restore(path.read_bytes())
        except FileNotFoundError:
            return History()
        except OSError as error:
            raise StoreError(f"The history {path} cannot be read: {error.strerror}.") from error

    def _written(self, connection: Connection) -> _Written | None:
        value = self._shelves.places.get(connection, _PLACE)
        if value is None:
            return None
        written = msgspec.msgpack.decode(value, type=_Written)
        return msgspec.structs.replace(written, history=zstandard.decompress(written.history))

    def _go_through(self, connection: Connection, first: int, last: int) -> None:
        """See again what was declared and found in a range of leaves, in its order."""
        if first > last:
            return
        seen = [
            (self._facts(connection, *pair)) for pair in self._shelves.orders.first_assessments(connection, first, last)
        ]
        for facts in seen:
            if facts is not None:
                self.history.observe(facts)
        for outcome in outcomes_between(self._shelves, connection, first, last):
            self.history.learn(outcome)

    def _facts(self, connection: Connection, consignment: UUID, message_id: UUID) -> Facts | None:
        message = self._shelves.messages.get(connection, message_id)
        document = reading_of(message).document if message else None
        if message is None or not isinstance(document, Declaration):
            return None
        return facts_of(document, str(consignment), moment_of(document, message.received))
