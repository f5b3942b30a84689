# SPDX-License-Identifier: Apache-2.0
"""What those have in common who post to addresses that others named: threads of the role `events`, of which one works at a time.

Whoever does not answer holds up himself: after a failure he has a pause of his own, longer each time, and is given up after some four
days, or at once where he says that he is gone.
"""

from __future__ import annotations

import asyncio
import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

import msgspec

from cocket.errors import CocketError
from cocket.exchange.webhook_calls import ATTEMPT_SECONDS, Resolver, WebhookCalls
from cocket.pipeline.base.document_files import DocumentFiles, read_body
from cocket.pipeline.base.heartbeat import Doing
from cocket.pipeline.base.senders import OneAtWork, go_on, is_due, pause_after
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.webhooks import reach_of
from cocket.pipeline.operations.event_delivery import PAUSES
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: By whom what is sent is sealed.
ACTOR: Final = "events"

#: How often is looked for what is to be sent (seconds); receivers that are posted to at a time (count).
LOOK_SECONDS: Final = 5.0
AT_ONCE: Final = 20

_LEASE_SECONDS: Final = 60.0
_GONE: Final = 410


class Posting(ABC):
    """Posts what is due, turn by turn; of several processes one works.

    Args:
        stores: Stores of its own.
        resolve: Finds the addresses of receivers; None for the resolver of the system.
        draw: Gives a number, 0–1, for the length of a pause.
        seconds: Time for one attempt (seconds).
    """

    #: Name of the lease.
    lease: str

    def __init__(
        self,
        stores: Stores,
        resolve: Resolver | None = None,
        draw: Callable[[], float] = random.random,
        seconds: float = ATTEMPT_SECONDS,
    ) -> None:
        self._stores, self._draw = stores, draw
        self._files = DocumentFiles(stores)
        self._loop = asyncio.new_event_loop()
        self._calls = WebhookCalls(reach_of(stores.settings), stores.settings.event_ca, resolve, seconds)
        self._one = OneAtWork(stores, self.lease, _LEASE_SECONDS)

    def run(self, is_stopping: threading.Event, doing: Doing, tell: Callable[[str], None]) -> None:
        """Send until it is time to stop; what goes wrong is noted and told, and tried again."""
        try:
            go_on(lambda: 0.1 if self.turn(datetime.now(UTC)) else LOOK_SECONDS, is_stopping, doing, tell)
        finally:
            self.close()

    @abstractmethod
    def turn(self, now: datetime) -> int:
        """Send what is due; how much was sent or failed (count).

        Raises:
            StoreError: The database does not answer.
        """

    def close(self) -> None:
        """Stop sending."""
        self._loop.run_until_complete(self._calls.close())
        self._loop.close()
        self._one.release()
        self._stores.database.close()

    def _together(self, attempts: list[Coroutine[Any, Any, tuple[str, int | None]]]) -> list[tuple[str, int | None]]:
        """What came of several attempts that are made at the same time."""

        async def gathered() -> list[tuple[str, int | None]]:
            return list(await asyncio.gather(*attempts))

        return self._loop.run_until_complete(gathered())

    async def _post(self, address: str, headers: Mapping[str, str], content: bytes) -> tuple[str, int | None]:
        """Post once; what went wrong in words, empty if it was taken, and the status of the answer, None without one."""
        try:
            answer = await self._calls.post(address, headers, content)
        except CocketError as error:
            return error.message, None
        if 200 <= answer.status < 300:
            return "", answer.status
        return f"It answered with status {answer.status}{': ' + answer.words if answer.words else ''}.", answer.status

    def _may(self, again: datetime | None, attempts: int, now: datetime) -> bool:
        """Whether it may be tried now, after so many failures."""
        return is_due(again, now, PAUSES, attempts)

    def _again(self, attempts: int, now: datetime) -> datetime:
        """When it is tried again after so many failures before this one."""
        return now + max(pause_after(PAUSES, attempts, self._draw), timedelta(seconds=1))


def is_given_up(attempts: int, status: int | None) -> bool:
    """Whether a receiver is given up after an attempt that failed, and so many before it."""
    return status == _GONE or attempts >= len(PAUSES)


_Known = TypeVar("_Known", bound=Any)


class Due(msgspec.Struct, Generic[_Known], frozen=True):
    """What is to be sent to one subscription.

    Attributes:
        known: The subscription.
        content: The body.
        records: What is sealed once it was taken, beside the subscription.
        then: The subscription as it stands then.
    """

    known: _Known
    content: bytes
    records: Callable[[datetime], list[NewRecord]]
    then: _Known


class SubscriptionPosting(Posting, Generic[_Known]):
    """Posts the events that are due to each subscription, in order and at least once; see `Posting` for what it takes."""

    #: Kind of the sealed document of a subscription, and its form.
    kind: str
    form: type[_Known]

    def turn(self, now: datetime) -> int:
        """Send what is due to each subscription; how many were sent to (count).

        Raises:
            StoreError: The database does not answer.
        """
        if not self._one.holds():
            return 0
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.of_kind(connection, self.kind, ("active",))
            active = [read_body(file, self.form) for file in files]
            waiting = [one for one in active if self._may(one.again, one.attempts, now) and self._is_time(one, now)]
            found = [due for one in waiting[:AT_ONCE] if (due := self._due(connection, one, now)) is not None]
        answers = self._together([self._attempt(one) for one in found]) if found else []
        for one, (problem, status) in zip(found, answers, strict=True):
            self._settle(one, problem, status)
        return len(found)

    def _is_time(self, known: _Known, now: datetime) -> bool:
        """Whether it is time to send to a subscription that has no pause."""
        return True

    @abstractmethod
    def _due(self, connection: Connection, known: _Known, now: datetime) -> Due[_Known] | None:
        """What is to be sent to a subscription; None where there is nothing."""

    @abstractmethod
    def _address(self, known: _Known) -> str:
        """Where it is sent."""

    @abstractmethod
    def _headers(self, known: _Known, content: bytes) -> dict[str, str]:
        """Fields that go with a body.

        Raises:
            StoreError: What it is signed with was encrypted under another key, or changed.
        """

    @abstractmethod
    def _write(self, connection: Connection, made: _Known) -> NewRecord | None:
        """Keep a subscription as it stands; what is to be sealed, None where nothing changed."""

    async def _attempt(self, due: Due[_Known]) -> tuple[str, int | None]:
        try:
            headers = self._headers(due.known, due.content)
        except CocketError as error:
            return error.message, None
        return await self._post(self._address(due.known), headers, due.content)

    def _settle(self, due: Due[_Known], problem: str, status: int | None) -> None:
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, self.kind, due.known.id, self.form, to_change=True)
            if known is None or known.state != "active":
                return
            if problem:
                self._keep(connection, self._failed(known, problem, status, now))
                return
            records = due.records(now)
            record = self._write(connection, self._moved(known, due.then))
            self._stores.leaves.append_records(connection, [*records, *([record] if record is not None else [])])

    def _moved(self, known: _Known, then: _Known) -> _Known:
        """A subscription after its events were taken; what its owner changed meanwhile stays."""
        return then

    def _failed(self, known: _Known, problem: str, status: int | None, now: datetime) -> _Known:
        if is_given_up(known.attempts, status):
            gone = "The receiver says that it is gone (410)."
            reason = gone if status == _GONE else f"No attempt succeeded: {problem}"
            return msgspec.structs.replace(known, state="disabled", reason=reason, problem=problem)
        again = self._again(known.attempts, now)
        return msgspec.structs.replace(known, attempts=known.attempts + 1, again=again, problem=problem)

    def _keep(self, connection: Connection, made: _Known) -> None:
        record = self._write(connection, made)
        if record is not None:
            self._stores.leaves.append_records(connection, [record])
