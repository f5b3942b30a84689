# SPDX-License-Identifier: Apache-2.0
"""The second half of a declaration's walk: from sealed messages to dossiers, assessments and lanes.

The desk works in index order, each turn in one transaction: what it derives, what it seals and how far it has got are
committed together, so nothing is done twice and nothing is left out, whenever it is killed. Of several desks one takes
each turn.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cocket.pipeline.advising import assess_cases, keep_advice, learn_results, observe_cases, select_lanes
from cocket.pipeline.analysts import Analysts
from cocket.pipeline.dossiers import derive_dossiers, gather_papers, prepare_cases, read_messages
from cocket.pipeline.examiners import allocate_examiners
from cocket.pipeline.heeding import heed_alerts, recall_alerted
from cocket.pipeline.intelligence import match_intelligence, recall_named
from cocket.pipeline.lapsing import lapse_selections
from cocket.pipeline.linking import link_messages
from cocket.pipeline.lookout import Lookout
from cocket.pipeline.recalling import has_recalls, recall_matched
from cocket.pipeline.rulebooks import Rulebooks
from cocket.pipeline.rules import heed_rules
from cocket.pipeline.screening import screen_papers
from cocket.pipeline.shelves import Shelves
from cocket.pipeline.turn import DESK_PLACE, Context, Turn
from cocket.pipeline.writing_off import write_off_permits
from cocket.stores.database import DESK_LOCK, Connection, try_lock

Step = Callable[[Turn, Context], Turn]

#: The order is the point.
STEPS: tuple[Step, ...] = (
    read_messages,
    link_messages,
    recall_named,
    recall_alerted,
    recall_matched,
    gather_papers,
    derive_dossiers,
    write_off_permits,
    learn_results,
    prepare_cases,
    match_intelligence,
    screen_papers,
    heed_alerts,
    assess_cases,
    heed_rules,
    select_lanes,
    observe_cases,
    keep_advice,
    allocate_examiners,
)

#: How often it is looked for orders that waited too long.
_LAPSES_EVERY = timedelta(minutes=10)

#: Most leaves looked at in one turn (count).
MOST = 256


class Desk:
    """Derives dossiers and advice from what was taken in.

    Args:
        shelves: The stores.

    Attributes:
        is_behind: Whether the last turn was a full one, so that more is waiting.
    """

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._analysts = Analysts(shelves)
        self._lookout = Lookout(shelves)
        self._rulebooks = Rulebooks(shelves)
        self._upto = -1
        self._is_sound = False
        self._lapsed: datetime | None = None
        self.is_behind = False

    def open(self) -> int:
        """Take up the work where it was left.

        Returns:
            Leaf index up to which it is done (-1 for none).

        Raises:
            StoreError: The database does not answer.
        """
        with self._shelves.database.transaction() as connection:
            self._upto = self._place(connection)
            self._analysts.open(connection, self._upto)
        self._is_sound = True
        return self._upto

    def turn(self) -> bool:
        """Work off the next leaves, if there are any, and look again at dossiers that are to be.

        Returns:
            Whether there was anything to do.

        Raises:
            StoreError: The database failed; nothing of the turn is kept, and `open` must come before the next.
        """
        self._is_sound = False
        has_worked = self._turn(datetime.now(UTC))
        self._is_sound = True
        return has_worked

    def _turn(self, now: datetime) -> bool:
        if self._analysts.seed_day != now.date():
            with self._shelves.database.transaction() as connection:
                self._analysts.commit_seeds(connection, now.date())
        self._analysts.speakers.refresh()
        with self._shelves.database.transaction() as connection:
            if not try_lock(connection, DESK_LOCK):
                return False
            if self._place(connection) != self._upto:
                self._upto = self._place(connection)
                self._analysts.open(connection, self._upto)
            self._let_lapse(connection, now)
            self._shelves.leaves.append_records(connection, self._analysts.speakers.news(connection))
            messages, upto = self._shelves.messages.after(connection, self._upto, MOST)
            if upto == self._upto and not has_recalls(self._shelves, connection):
                return False
            self._work(connection, Turn(messages=tuple(messages), first=self._upto + 1, last=upto), now)
            is_recalling = has_recalls(self._shelves, connection)
        self.is_behind = is_recalling or upto - self._upto >= MOST
        self._upto = upto
        return True

    def close(self) -> None:
        """Write down what the analysts have learnt, so that the next start is quick, and let go of the database.

        After a failed turn nothing is written: what they learnt in it was undone, and the database may be gone.
        """
        try:
            if self._is_sound:
                with self._shelves.database.transaction() as connection:
                    if try_lock(connection, DESK_LOCK) and self._place(connection) == self._upto:
                        self._analysts.save(connection, self._upto)
        finally:
            self._shelves.database.close()

    def _work(self, connection: Connection, turn: Turn, now: datetime) -> None:
        context = Context(
            shelves=self._shelves,
            connection=connection,
            history=self._analysts.history,
            lookout=self._lookout,
            rulebooks=self._rulebooks,
            speakers=self._analysts.speakers,
            seed=self._analysts.seed,
            now=now,
        )
        for step in STEPS:
            turn = step(turn, context)
        self._shelves.places.put(connection, DESK_PLACE, str(turn.last).encode())
        if self._analysts.is_due(turn.last):
            self._analysts.save(connection, turn.last)
        self._shelves.leaves.append_records(connection, turn.records)

    def _let_lapse(self, connection: Connection, now: datetime) -> None:
        """Let orders lapse that waited too long; looked at once in a while."""
        if self._lapsed is not None and now - self._lapsed < _LAPSES_EVERY:
            return
        records = lapse_selections(self._shelves, connection, now)
        self._shelves.leaves.append_records(connection, records)
        self._lapsed = now

    def _place(self, connection: Connection) -> int:
        value = self._shelves.places.get(connection, DESK_PLACE)
        return int(value) if value is not None else -1
