# SPDX-License-Identifier: Apache-2.0
"""Sending notifications of ONE Record: to each receiver in order, at least once; a thread of the role `events`.

Whoever does not answer holds up himself alone. What fails is tried again, later each time, over some four days; then it is given up,
and waits for somebody to have it sent again. Whether a receiver may still be told is decided again when it is sent.

Source: ONE Record API 2.3, subscriptions (guaranteed delivery); Standard Webhooks 1.0.0 (signature).
"""

from __future__ import annotations

import asyncio
import base64
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cocket.errors import CocketError
from cocket.exchange.webhook_calls import ATTEMPT_SECONDS, Resolver, WebhookCalls
from cocket.exchange.webhook_signatures import secret_text, signed_headers
from cocket.pipeline.base.document_files import DocumentFiles, read_body
from cocket.pipeline.base.heartbeat import Doing
from cocket.pipeline.base.senders import OneAtWork, go_on, pause_after
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.webhooks import reach_of
from cocket.pipeline.operations.event_delivery import PAUSES
from cocket.pipeline.partners.one_record import (
    OBJECT,
    REQUEST,
    KeptObject,
    KeptRequest,
    content_of,
    holds,
    may_be_told,
)
from cocket.pipeline.partners.one_record_notices import (
    CALLBACK,
    NOTICE,
    Callback,
    OneRecordNotice,
    callback_of,
    write_notices,
)
from cocket.standards.json import write_json
from cocket.standards.one_record.notifications import Told, write_notification
from cocket.standards.one_record.objects import shown
from cocket.stores.base.database import Connection

_ACTOR: Final = "events"

#: How often is looked for what waits (seconds); receivers that are sent to at a time (count).
_LOOK_SECONDS: Final = 5.0
_AT_ONCE: Final = 20

_LEASE_SECONDS: Final = 60.0
_GONE: Final = 410
_TYPE: Final = "application/ld+json; version=2.3.0"


class _Due(msgspec.Struct, frozen=True):
    """What is to be sent to one receiver, and where; why it is not, in words."""

    notice: OneRecordNotice
    content: bytes = b""
    callback: Callback | None = None
    problem: str = ""
    is_withheld: bool = False


class OneRecordSending:
    """All sending of notifications of one process; of several that run, one works.

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
        self._calls = WebhookCalls(reach_of(stores.settings), stores.settings.event_ca, resolve, seconds)
        self._one = OneAtWork(stores, "one-record-notices", _LEASE_SECONDS)

    def run(self, is_stopping: threading.Event, doing: Doing, tell: Callable[[str], None]) -> None:
        """Send until it is time to stop; what goes wrong is noted and told, and tried again."""
        try:
            go_on(lambda: 0.1 if self.turn(datetime.now(UTC)) else _LOOK_SECONDS, is_stopping, doing, tell)
        finally:
            self.close()

    def turn(self, now: datetime) -> int:
        """Send the oldest of each receiver that is due; how many were settled or failed (count).

        Raises:
            StoreError: The database does not answer.
        """
        if not self._one.holds():
            return 0
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.of_kind(connection, NOTICE, ("waiting",))
            first: dict[str, OneRecordNotice] = {}
            for one in sorted((read_body(file, OneRecordNotice) for file in files), key=lambda one: (one.at, one.id)):
                first.setdefault(one.receiver, one)
            waiting = [one for one in first.values() if (one.again or now) <= now]
            found = [self._due(connection, one) for one in waiting[:_AT_ONCE]]
        if found:
            self._loop.run_until_complete(self._send(found, now))
        return len(found)

    def close(self) -> None:
        """Stop sending."""
        self._loop.run_until_complete(self._calls.close())
        self._loop.close()
        self._one.release()
        self._stores.database.close()

    def _due(self, connection: Connection, notice: OneRecordNotice) -> _Due:
        """What is sent for a notification now; that it is withheld where the receiver may not be told any more."""
        try:
            callback = callback_of(self._files, connection, notice.receiver)
            if callback is None:
                return _Due(notice, problem="It is not known where notifications are to be sent.")
            if not notice.object:
                told = Told(event=notice.event, request=_request_address(notice))
                return _Due(notice, write_json(write_notification(told)), callback)
            kept = self._files.read_sealed(connection, OBJECT, notice.object, KeptObject)
            asked = self._files.read(connection, REQUEST, notice.request, KeptRequest)
            if (
                kept is None
                or asked is None
                or not holds(asked, notice.event)
                or not may_be_told(kept, notice.receiver, notice.event)
            ):
                words = "The subscription does not hold any more, or the object may not be read any more."
                return _Due(notice, problem=words, is_withheld=True)
            where, latest = f"{notice.base}/{kept.id}", len(kept.revisions)
            whole = None
            if notice.is_whole and may_be_told(kept, notice.receiver, "LOGISTICS_OBJECT_UPDATED"):
                whole = shown(content_of(self._stores, connection, kept.revisions[-1].message), where, (latest, latest))
            told = Told(
                event=notice.event,
                object=where,
                object_type=kept.type,
                request=_request_address(notice),
                changed=notice.changed,
            )
            events = tuple(f"{where}/logistics-events/{one}" for one in notice.events)
            return _Due(notice, write_json(write_notification(told, events=events, whole=whole)), callback)
        except CocketError as error:  # such as an object that was erased: the others are told all the same
            return _Due(notice, problem=error.message, is_withheld=error.code == "not-found")

    async def _send(self, found: list[_Due], now: datetime) -> None:
        answers = await asyncio.gather(*(self._attempt(one) for one in found))
        for one, (problem, status) in zip(found, answers, strict=True):
            self._settle(one, problem, status, now)

    async def _attempt(self, due: _Due) -> tuple[str, int | None]:
        """Send a notification once; what went wrong in words, empty if it was taken, and the status of the answer."""
        if due.callback is None:
            return due.problem, None
        try:
            secret = secret_text("v1", self._opened(due.callback, due.callback.secret))
            stamp = str(int(datetime.now(UTC).timestamp()))
            headers = {"content-type": _TYPE, **signed_headers((secret,), due.notice.id, stamp, due.content)}
            if due.callback.token:
                headers["authorization"] = f"Bearer {self._opened(due.callback, due.callback.token).decode()}"
            answer = await self._calls.post(due.callback.address, headers, due.content)
        except CocketError as error:
            return error.message, None
        if 200 <= answer.status < 300:
            return "", answer.status
        return f"It answered with status {answer.status}{': ' + answer.words if answer.words else ''}.", answer.status

    def _opened(self, callback: Callback, wrapped: str) -> bytes:
        return self._stores.secrets_box.unwrap(f"{CALLBACK} {callback.sender}", base64.b64decode(wrapped))

    def _settle(self, due: _Due, problem: str, status: int | None, now: datetime) -> None:
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, NOTICE, due.notice.id, OneRecordNotice, to_change=True)
            if known is None or known.state != "waiting":
                return
            if due.is_withheld:
                made = msgspec.structs.replace(known, state="withheld", problem=problem)
            elif not problem:
                made = msgspec.structs.replace(known, state="sent", problem="", again=None)
            elif status == _GONE or known.attempts >= len(PAUSES):
                made = msgspec.structs.replace(known, state="given-up", problem=problem[:300])
            else:
                pause = pause_after(PAUSES, known.attempts, self._draw)
                again = now + max(pause, timedelta(seconds=1))
                made = msgspec.structs.replace(known, attempts=known.attempts + 1, again=again, problem=problem[:300])
            self._stores.leaves.append_records(connection, write_notices(self._files, connection, (made,), _ACTOR))


def _request_address(notice: OneRecordNotice) -> str:
    """Address of the request that led to a notification."""
    return (
        f"{notice.base.removesuffix('/logistics-objects')}/action-requests/{notice.request}" if notice.request else ""
    )
