# SPDX-License-Identifier: Apache-2.0
"""Sending results to whoever subscribed to a query of EPCIS: in order, at least once; a thread of the role `events`.

Whoever does not answer holds up himself: each subscription has a pause of its own after a failure, longer each time, and is disabled
after some four days. Each result that was taken is sealed, with the messages that its events came in.

Source: GS1 EPCIS 2.0 §8.2.5, §12.7 (`GS1-Signature`).
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from cocket.errors import CocketError
from cocket.exchange.webhook_calls import ATTEMPT_SECONDS, Resolver, WebhookCalls
from cocket.pipeline.base.document_files import DocumentFiles, file_id, read_body
from cocket.pipeline.base.heartbeat import Doing
from cocket.pipeline.base.senders import OneAtWork, go_on, pause_after
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.webhooks import reach_of
from cocket.pipeline.operations.event_delivery import PAUSES
from cocket.pipeline.partners.epcis import (
    QUERY,
    SUBSCRIPTION,
    NamedQuery,
    Subscription,
    answer_document,
    found_events,
    write_subscription,
)
from cocket.standards.epcis.answering import HOW
from cocket.standards.epcis.schedule import next_run, read_schedule
from cocket.standards.json import parse_json
from cocket.stores.base.database import Connection

#: Kind of the sealed record of a result that was taken, and by whom it is.
SENT: Final = "epcis-sent"
_ACTOR: Final = "events"

#: Events of one result (count); how often is looked for new ones (seconds).
MOST_SENT: Final = 100
_LOOK_SECONDS: Final = 5.0

#: Results under way at a time (count).
_AT_ONCE: Final = 20

_LEASE_SECONDS: Final = 60.0
_GONE: Final = 410


class SentResult(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a result that was sent: for which subscription, how many events, and of which messages."""

    subscription: str
    events: int
    messages: tuple[str, ...]


class _Due(msgspec.Struct, frozen=True):
    """What is to be sent to one subscription, and how it stands once that was taken."""

    known: Subscription
    content: bytes
    events: int
    messages: tuple[str, ...]
    then: Subscription


class EpcisSending:
    """All sending to subscriptions of one process; of several that run, one works.

    Args:
        stores: Stores of its own.
        resolve: Finds the addresses of receivers; None for the resolver of the system.
        draw: Gives a number, 0–1, for the length of a pause.
        seconds: Time for one attempt (seconds).
    """

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
        settings = stores.settings
        self._calls = WebhookCalls(reach_of(settings), settings.event_ca, resolve, seconds)
        self._one = OneAtWork(stores, "epcis-subscriptions", _LEASE_SECONDS)

    def run(self, is_stopping: threading.Event, doing: Doing, tell: Callable[[str], None]) -> None:
        """Send until it is time to stop; what goes wrong is noted and told, and tried again."""
        try:
            go_on(lambda: 0.1 if self.turn(datetime.now(UTC)) else _LOOK_SECONDS, is_stopping, doing, tell)
        finally:
            self.close()

    def turn(self, now: datetime) -> bool:
        """Send what is due; whether anything was.

        Raises:
            StoreError: The database does not answer.
        """
        if not self._one.holds():
            return False
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.of_kind(connection, SUBSCRIPTION, ("active",))
            active = [read_body(file, Subscription) for file in files]
            waiting = [one for one in active if (one.again or now) <= now and (one.next or now) <= now]
            found = [due for one in waiting[:_AT_ONCE] if (due := self._due(connection, one, now)) is not None]
        if not found:
            return False
        self._loop.run_until_complete(self._send(found))
        return True

    def close(self) -> None:
        """Stop sending."""
        self._loop.run_until_complete(self._calls.close())
        self._loop.close()
        self._one.release()
        self._stores.database.close()

    def _due(self, connection: Connection, known: Subscription, now: datetime) -> _Due | None:
        """What is to be sent to a subscription; None where there is nothing, which is noted."""
        query = self._files.read(connection, QUERY, f"{known.owner} {known.query}", NamedQuery)
        if query is None or query.state != "kept":
            return None
        senders = dict.fromkeys(known.senders, known.since)
        asked = {name: value for name, value in query.parameters.items() if name not in HOW}
        found, place = found_events(self._stores, connection, senders, asked, ((known.after, known.skipped), MOST_SENT))
        after, skipped = place if place is not None else (self._stores.messages.newest(connection, known.after), 0)
        following = known.next
        if known.schedule and place is None:
            following = next_run(read_schedule(parse_json(known.schedule.encode())), now)
        then = msgspec.structs.replace(
            known, after=after, skipped=skipped, next=following, attempts=0, again=None, problem=""
        )
        if not found and not (known.reports_empty and known.schedule and place is None):
            if then != known and (known.schedule or place is not None):  # a stream waits where it is
                self._keep(connection, then)
            return None
        events = [one for _, one in found]
        content = answer_document(events, known.query, now, known.id)
        messages = tuple(dict.fromkeys(message for message, _ in found))
        return _Due(known, content, len(events), messages, msgspec.structs.replace(then, last=now))

    async def _send(self, found: list[_Due]) -> None:
        answers = await asyncio.gather(*(self._attempt(one) for one in found))
        for one, problem in zip(found, answers, strict=True):
            self._settle(one, *problem)

    async def _attempt(self, due: _Due) -> tuple[str, int | None]:
        """Send one result once; what went wrong in words, empty if it was taken, and the status of the answer."""
        headers = {"content-type": "application/json", "gs1-epcis-version": "2.0.0", "gs1-cbv-version": "2.0.0"}
        try:
            if due.known.token:
                secret = self._stores.secrets_box.unwrap(
                    f"{SUBSCRIPTION} {due.known.id}", base64.b64decode(due.known.token)
                )
                headers["gs1-signature"] = signature_of(secret, due.content)
            answer = await self._calls.post(due.known.dest, headers, due.content)
        except CocketError as error:
            return error.message, None
        if 200 <= answer.status < 300:
            return "", answer.status
        return f"It answered with status {answer.status}{': ' + answer.words if answer.words else ''}.", answer.status

    def _settle(self, due: _Due, problem: str, status: int | None) -> None:
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, SUBSCRIPTION, due.known.id, Subscription, to_change=True)
            if known is None or known.state != "active":
                return
            if not problem:
                told = SentResult(subscription=known.id, events=due.events, messages=due.messages)
                sent = self._stores.sealer.record(SENT, _ACTOR, told, about=file_id(SUBSCRIPTION, known.id), at=now)
                record = write_subscription(self._files, connection, due.then, _ACTOR)
                self._stores.leaves.append_records(connection, [sent, *([record] if record is not None else [])])
                return
            self._keep(connection, self._failed(known, problem, status, now))

    def _failed(self, known: Subscription, problem: str, status: int | None, now: datetime) -> Subscription:
        if status == _GONE or known.attempts >= len(PAUSES):
            reason = (
                "The receiver says that it is gone (410)." if status == _GONE else f"No attempt succeeded: {problem}"
            )
            return msgspec.structs.replace(known, state="disabled", reason=reason, problem=problem)
        pause = pause_after(PAUSES, known.attempts, self._draw)
        return msgspec.structs.replace(
            known, attempts=known.attempts + 1, again=now + max(pause, timedelta(seconds=1)), problem=problem
        )

    def _keep(self, connection: Connection, made: Subscription) -> None:
        record = write_subscription(self._files, connection, made, _ACTOR)
        if record is not None:
            self._stores.leaves.append_records(connection, [record])


def signature_of(secret: bytes, content: bytes) -> str:
    """What stands in `GS1-Signature`: HMAC-SHA256 of the body under the subscriber's token.

    Source: GS1 EPCIS 2.0 §12.7, OpenAPI of the REST bindings: how it is signed is the implementation's choice.
    """
    return f"sha256={hmac.new(secret, content, sha256).hexdigest()}"
