# SPDX-License-Identifier: Apache-2.0
"""The second half of a declaration's walk: from sealed messages to dossiers, assessments and lanes.

The worker works in index order, each turn in one transaction: what it derives, what it seals and how far it has got are
committed together, so nothing is done twice and nothing is left out, whenever it is killed. Of several workers one takes
each turn.

A turn that fails on its data is done again in ever smaller portions, until what is at fault stands alone; that is set
aside, and the rest goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from cocket.errors import CocketError
from cocket.pipeline.assessment.advice_steps import (
    assess_cases,
    keep_advice,
    learn_results,
    observe_cases,
    select_lanes,
)
from cocket.pipeline.assessment.alert_reassessment import attach_alerts, reassess_alerted
from cocket.pipeline.assessment.joint_evidence import weigh_partner_evidence
from cocket.pipeline.assessment.refused_stories import attach_refused, reassess_refused
from cocket.pipeline.assessment.rescreening import RECALL_PLACE, has_rescreenings, rescreen_matched
from cocket.pipeline.assessment.worker_set_aside import AssessmentSetAside, BatchSize
from cocket.pipeline.assessment.worker_state import WorkerState
from cocket.pipeline.base.batch import MOST_RESCREENED, Batch, Context
from cocket.pipeline.base.roles import ASSESSMENT
from cocket.pipeline.base.set_aside import is_outage, standstill
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import derive_dossiers, gather_papers, prepare_cases, read_messages
from cocket.pipeline.consignment.linking import link_messages
from cocket.pipeline.consignment.marks import mark_dossiers
from cocket.pipeline.consignment.mirror_matching import match_mirror, reassess_mirrored
from cocket.pipeline.consignment.relinking import relink_dossiers
from cocket.pipeline.control.exploration import CONTROL_PLACE
from cocket.pipeline.control.officer_allocation import OFF_DUTY_PLACE, allocate_examiners
from cocket.pipeline.control.order_expiry import expire_orders
from cocket.pipeline.governance.decoys import leave_out_decoys
from cocket.pipeline.measures.permit_write_off import write_off_permits
from cocket.pipeline.risk.active_models import PLACE as MODELS_PLACE
from cocket.pipeline.risk.hubs import leave_out_hubs
from cocket.pipeline.risk.intelligence import is_selected, match_intelligence, reassess_named
from cocket.pipeline.risk.rulebooks import Rulebooks
from cocket.pipeline.risk.rules import apply_rules
from cocket.pipeline.screening.lists import screen_papers
from cocket.pipeline.screening.watchlists import Watchlists
from cocket.stores.base.database import ASSESSMENT_LOCK, Connection, try_lock
from cocket.stores.base.progress import Sight
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE
from cocket.stores.risk.kept_history import DamagedHistoryError, MovedHistoryError

Step = Callable[[Batch, Context], Batch]

#: The order is the point.
STEPS: tuple[Step, ...] = (
    read_messages,
    link_messages,
    relink_dossiers,
    reassess_named,
    reassess_alerted,
    reassess_refused,
    rescreen_matched,
    reassess_mirrored,
    gather_papers,
    derive_dossiers,
    mark_dossiers,
    leave_out_decoys,
    write_off_permits,
    learn_results,
    prepare_cases,
    leave_out_hubs,
    match_intelligence,
    match_mirror,
    screen_papers,
    attach_alerts,
    attach_refused,
    assess_cases,
    weigh_partner_evidence,
    apply_rules,
    select_lanes,
    observe_cases,
    keep_advice,
    allocate_examiners,
)

#: How often it is looked for orders that waited too long.
_LAPSES_EVERY = timedelta(minutes=10)

#: Most leaves looked at in one turn, those of advice not counted (count).
MOST = 256


#: From so many messages on a turn is large (count): what it costs whatever is in it is less than half of it.
_MANY = 24


#: Places that turns ask for: those that only whoever has the turn writes, and who is off duty, as it is when the turn begins.
_PLACES = (ASSESSMENT_PLACE, MODELS_PLACE, RECALL_PLACE, CONTROL_PLACE, OFF_DUTY_PLACE)


class _Tried(NamedTuple):
    """What a turn took on: up to which leaf, and at most how many recalled dossiers."""

    last: int
    recalls: int


class _UndoneError(CocketError):
    """A turn that was only tried is undone."""

    code = "undone"


class AssessmentWorker:
    """Derives dossiers and advice from what was taken in.

    Args:
        shelves: The stores.

    Attributes:
        is_behind: Whether the last turn was a large one: more is waiting, and nothing is won by letting it become still more.
        is_tidying: Whether the last turn had nothing to do, and so did a step of what is done beside the work, after which another
            follows: nothing is won by waiting before it.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._analysts = WorkerState(stores)
        self._lookout = Watchlists(stores)
        self._rulebooks = Rulebooks(stores)
        self._aside = AssessmentSetAside(stores)
        self._portions = BatchSize(MOST, MOST_RESCREENED)
        self._trying: _Tried | None = None
        self._upto = -1
        self._is_idle = False
        self._seen: Sight | None = None
        self._is_sound = False
        self._lapsed: datetime | None = None
        self.is_behind = False
        self.is_tidying = False

    @property
    def unwritten(self) -> str | None:
        """Why what was learnt could not be written down the last time, in words; None if it could."""
        return self._analysts.unwritten

    def open(self) -> int:
        """Take up the work where it was left.

        Returns:
            Leaf index up to which it is done (-1 for none).

        Raises:
            StoreError: The database does not answer.
        """
        self._take_up(is_to_save=self._portions.is_narrow)
        self._is_sound = True
        return self._upto

    def turn(self) -> bool:
        """Work off the next leaves, if there are any, and look again at dossiers that are to be.

        Returns:
            Whether there was anything to do.

        Raises:
            StoreError: The database failed; nothing of the turn is kept, and `open` must come before the next.
            StandstillError: The same, and whatever the worker processes fails alike.
        """
        self._is_sound = self.is_tidying = False
        now = datetime.now(UTC)
        self._trying = None
        try:
            if self._analysts.settle():
                self._tidy()
            self._prepare(now)
            has_worked = self._try_again(now) or self._turn(now)
            if not has_worked and self._analysts.is_idle(self._upto):
                self._save()
            elif not has_worked and self._analysts.is_untidy:
                self.is_tidying = self._tidy() and self._analysts.is_untidy
            self._analysts.rest()
        except Exception as error:
            if is_outage(error):
                raise
            if self._trying is None:
                raise standstill(ASSESSMENT, error) from error
            self._narrow(self._trying, error, now)
            has_worked = True
        self._is_sound = True
        return has_worked

    def _prepare(self, now: datetime) -> None:
        """See to what a turn needs, and to what is due apart from leaves."""
        if self._analysts.seed_day != now.date():
            with self._stores.database.transaction() as connection:
                self._analysts.commit_seeds(connection, now.date())
        if self._analysts.speakers.refresh():
            self._analysts.go_by_champion()
            self._seen = None
        self._let_lapse(now)

    def _turn(self, now: datetime) -> bool:
        seen, sight = self._seen, self._sight() if self._is_idle else None
        if sight is not None and sight == seen and not self._analysts.has_moved and not self._portions.is_narrow:
            return False
        leaves, recalls = self._portions.next()
        self._is_idle, self._seen = False, None
        with self._stores.database.transaction() as connection:
            if not self._has_turn(connection):
                return False
            self._stores.leaves.append_records(connection, self._analysts.speakers.news(connection))
            reached = self._stores.messages.reach(connection, self._upto, leaves) if leaves else self._upto
            upto = self._portions.end(reached)
            if upto == self._upto and not has_rescreenings(self._stores, connection):
                self._portions.worked(upto, recalls, is_recalling=False)
                self._is_idle, self._seen = True, sight
                return False
            self._trying = _Tried(upto, recalls)
            messages = self._stores.messages.between(connection, self._upto, upto, "refuse")
            kinds = self._stores.leaves.kinds_between(connection, self._upto + 1, upto)
            turn = Batch(messages=tuple(messages), first=self._upto + 1, last=upto, kinds=kinds)
            if self._is_own(connection, turn):
                self._reach(connection, upto)
            else:
                self._work(connection, turn, now, upto, recalls)
            is_recalling = has_rescreenings(self._stores, connection)
        self._upto = upto
        self._portions.worked(upto, recalls, is_recalling=is_recalling)
        self.is_behind = is_recalling or self._portions.is_narrow or len(messages) >= _MANY
        if self._analysts.is_due(upto) and not self._analysts.begin_saving(upto):
            self._save()
            self._tidy()
        return True

    def close(self) -> None:
        """Write down what the analysts have learnt, so that the next start is quick, and let go of the database.

        After a failed turn nothing is written: what they learnt in it was undone, and the database may be gone.
        """
        try:
            if self._is_sound:
                self._save()
                self._analysts.close()
        finally:
            self._analysts.settle(is_to_wait=True)
            self._stores.database.close()

    def _narrow(self, tried: _Tried, error: Exception, now: datetime) -> None:
        """After a turn that failed on its data: let the next one be smaller, or set aside what stands alone."""
        before = self._upto
        self._take_up(is_to_save=True)
        self.is_behind = True
        if self._upto != before:  # another process has worked meanwhile
            return
        if self._portions.failed(self._upto, tried.last, tried.recalls):
            return
        self._aside.check(error, self._upto, tried.last, lambda turn: self._rehearse(turn, now))
        self._take_up()
        with self._stores.database.transaction() as connection:
            if not self._has_turn(connection):
                return
            records = self._aside.set_aside(connection, self._upto, tried.last, error)
            self._stores.places.put(connection, ASSESSMENT_PLACE, str(tried.last).encode())
            self._stores.leaves.append_records(connection, records)
        self._upto = tried.last
        self._portions.behind(self._upto)

    def _try_again(self, now: datetime) -> bool:
        """Work on what an operator wants tried again, one thing a turn."""
        wanted = self._aside.wanted()
        if wanted is None:
            return False
        try:
            with self._stores.database.transaction() as connection:
                if not self._has_turn(connection):
                    return False
                turn = self._aside.begin(connection, wanted, self._upto, now)
                if turn is not None:
                    self._work(connection, turn, now, self._upto, 0)
        except Exception as error:
            if is_outage(error):
                raise
            self._take_up()
            with self._stores.database.transaction() as connection:
                self._stores.leaves.append_records(connection, self._aside.again(connection, wanted, error))
        return True

    def _rehearse(self, turn: Batch, now: datetime) -> Exception | None:
        """Do a turn and undo it; what it failed by, None if it went through."""
        try:
            with self._stores.database.transaction() as connection:
                self._work(connection, turn, now, self._upto, 0)
                raise _UndoneError("The batch was a dry run.")
        except _UndoneError:
            return None
        except Exception as error:
            if is_outage(error):
                raise
            return error
        finally:
            self._take_up()

    def _sight(self) -> Sight:
        """What a look that finds nothing to do went by: as long as that is the same, there is still nothing to do."""
        with self._stores.database.alone() as connection:
            return self._stores.places.with_newest_leaf(connection, _PLACES)

    def _take_up(self, *, is_to_save: bool = False) -> None:
        """Know again what was known after the last turn that was kept; written down, it is known again quickly."""
        self._seen = None
        with self._stores.database.transaction() as connection:
            self._upto = self._place(connection)
            self._analysts.open(connection, self._upto)
        if self._analysts.is_due(self._upto) or (is_to_save and self._analysts.is_unwritten(self._upto)):
            self._save()

    def _save(self) -> None:
        """Write down what was learnt, in a transaction of its own; where that fails it is said, and the work goes on."""
        try:
            with self._stores.database.transaction() as connection:
                if try_lock(connection, ASSESSMENT_LOCK) and self._place(connection) == self._upto:
                    self._analysts.save(connection, self._upto)
        except Exception as error:  # noqa: BLE001 - nothing but the next start waits for it, and an outage shows in the next turn
            self._analysts.put_off(self._upto, error)

    def _tidy(self) -> bool:
        """Bring what was learnt and its copy a step nearer to each other; where that fails, the work goes on without.

        Returns:
            Whether a step was done.

        Raises:
            DamagedHistoryError: What was learnt cannot be read, and must be opened anew.
        """
        begun, is_done = time.monotonic(), False
        try:
            with self._stores.database.transaction() as connection:
                if try_lock(connection, ASSESSMENT_LOCK) and self._place(connection) == self._upto:
                    self._analysts.tidy(connection, self._upto)
                    is_done = True
        except (DamagedHistoryError, MovedHistoryError):
            raise
        except Exception as error:  # noqa: BLE001 - nothing but a start after a loss waits for it, and an outage shows in the next turn
            self._analysts.put_off(self._upto, error)
            return False
        if is_done:
            self._analysts.tidied(time.monotonic() - begun)
        return is_done

    def _has_turn(self, connection: Connection) -> bool:
        """Whether this process may work now; what another has worked meanwhile is known then."""
        if not try_lock(connection, ASSESSMENT_LOCK):
            return False
        self._stores.places.read_ahead(connection, _PLACES)  # after the lock: what another has written is there
        if self._place(connection) != self._upto or self._analysts.has_moved:
            self._upto = self._place(connection)
            self._analysts.open(connection, self._upto)
        return True

    def _work(self, connection: Connection, turn: Batch, now: datetime, place: int, recalls: int) -> None:
        context = Context(
            stores=self._stores,
            connection=connection,
            history=self._analysts.history,
            lookout=self._lookout,
            rulebooks=self._rulebooks,
            speakers=self._analysts.speakers,
            seed=self._analysts.seed,
            now=now,
            most_recalled=recalls,
        )
        for step in STEPS:
            turn = step(turn, context)
        connection.write_put_off()  # before leaves are appended, which only the commit may follow
        self._reach(connection, place)
        self._stores.leaves.append_records(connection, turn.records)

    def _is_own(self, connection: Connection, turn: Batch) -> bool:
        """Whether there is nothing in a turn but advice, which calls for no work."""
        return not turn.messages and turn.kinds <= {"assessment"} and not has_rescreenings(self._stores, connection)

    def _reach(self, connection: Connection, place: int) -> None:
        """Write down up to which leaf the work is done."""
        self._stores.places.put(connection, ASSESSMENT_PLACE, str(place).encode())

    def _let_lapse(self, now: datetime) -> None:
        """Let orders lapse that waited too long; looked at once in a while."""
        if self._lapsed is not None and now - self._lapsed < _LAPSES_EVERY:
            return
        try:
            with self._stores.database.transaction() as connection:
                if not try_lock(connection, ASSESSMENT_LOCK):
                    return
                is_kept = partial(is_selected, self._stores, connection)
                records = expire_orders(self._stores, connection, now, is_kept)
                self._stores.leaves.append_records(connection, records)
        except Exception as error:
            if is_outage(error):
                raise
            self._aside.leave_lapses(error)
        self._lapsed = now

    def _place(self, connection: Connection) -> int:
        value = self._stores.places.get(connection, ASSESSMENT_PLACE)
        return int(value) if value is not None else -1
