# SPDX-License-Identifier: Apache-2.0
"""Sending notifications of ONE Record: to each receiver in order, at least once; a thread of the role `events`.

Whoever does not answer holds up himself alone. What fails is tried again, later each time, over some four days; then it is given up,
and waits for somebody to have it sent again. Whether a receiver may still be told is decided when it is sent, object by object, as the
key stands then that asked for it; where its right has ended, so has the subscription. What was taken is a look at what it told.

Source: ONE Record API 2.3, subscriptions (guaranteed delivery); Standard Webhooks 1.0.0 (signature).
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Final

import msgspec

from cocket.errors import CocketError, PolicyError
from cocket.exchange.webhook_signatures import secret_text, signed_headers
from cocket.governance import Resource
from cocket.pipeline.base.access import Access, AccessRecord
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.partners.one_record import (
    EVENT,
    NOT_READABLE,
    OBJECT,
    REQUEST,
    KeptEvent,
    KeptObject,
    KeptRequest,
    content_of,
    holds,
    may_be_told,
    stopped,
)
from cocket.pipeline.partners.one_record_notices import (
    CALLBACK,
    NOTICE,
    Callback,
    OneRecordNotice,
    callback_of,
    write_notices,
)
from cocket.pipeline.partners.posting import ACTOR, AT_ONCE, Posting, is_given_up
from cocket.pipeline.partners.receivers import receiver_of
from cocket.standards.json import write_json
from cocket.standards.one_record.notifications import Told, write_notification
from cocket.standards.one_record.objects import shown
from cocket.stores.base.database import Connection

_TYPE: Final = "application/ld+json; version=2.3.0"


class _Due(msgspec.Struct, frozen=True):
    """What is to be sent to one receiver, and where; why it is not, in words; the look that it is; and the subscription that it stops."""

    notice: OneRecordNotice
    content: bytes = b""
    callback: Callback | None = None
    problem: str = ""
    is_withheld: bool = False
    look: AccessRecord | None = None
    stops: KeptRequest | None = None


class OneRecordSending(Posting):
    """All sending of notifications of ONE Record of one process; see `Posting` for what it takes."""

    lease = "one-record-notices"

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
            waiting = [one for one in first.values() if self._may(one.again, one.attempts, now)]
            found = [self._due(connection, one) for one in waiting[:AT_ONCE]]
        answers = self._together([self._attempt(one) for one in found]) if found else []
        for due, (problem, status) in zip(found, answers, strict=True):
            self._settle(due, problem, status, now)
        return len(found)

    def _due(self, connection: Connection, notice: OneRecordNotice) -> _Due:
        """What is sent for a notification now; that it is withheld where the receiver may not be told any more."""
        try:
            callback = callback_of(self._files, connection, notice.receiver)
            if callback is None:
                return _Due(notice, problem="It is not known where notifications are to be sent.")
            asked = self._files.read_sealed(connection, REQUEST, notice.request, KeptRequest)
            if asked is None:
                return _Due(notice, problem="The request is not there any more.", is_withheld=True)
            access = Access(self._stores)
            try:
                receiver = receiver_of(self._stores, connection, asked.by, (notice.receiver,))
                for action in ("webhook:keep-own", "message:read"):
                    access.require(receiver, action, Resource(sender=notice.receiver))
            except PolicyError as error:
                stops = asked if notice.object else None
                return _Due(notice, problem=error.message, is_withheld=True, stops=stops)
            if not notice.object:
                told = Told(event=notice.event, request=_request_address(notice))
                look = access.look(receiver, "movement events", (asked.id,))
                return _Due(notice, write_json(write_notification(told)), callback, look=look)
            kept = self._files.read_sealed(connection, OBJECT, notice.object, KeptObject)
            if kept is None or not holds(asked, notice.event) or not may_be_told(kept, notice.receiver, notice.event):
                words = "The subscription does not hold any more, or the object may not be read any more."
                is_over = kept is not None and not may_be_told(kept, notice.receiver, "LOGISTICS_OBJECT_UPDATED")
                stops = msgspec.structs.replace(asked, problem=NOT_READABLE) if asked.objects and is_over else None
                return _Due(notice, problem=words, is_withheld=True, stops=stops)
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
            given = [self._files.read(connection, EVENT, one, KeptEvent) for one in notice.events]
            subjects = kept.revisions[-1].message, *(one.message for one in given if one is not None)
            look = access.look(receiver, "movement events", subjects)
            return _Due(notice, write_json(write_notification(told, events=events, whole=whole)), callback, look=look)
        except CocketError as error:  # such as an object that was erased: the others are told all the same
            return _Due(notice, problem=error.message, is_withheld=error.code == "not-found")

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
        except CocketError as error:
            return error.message, None
        return await self._post(due.callback.address, headers, due.content)

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
            elif is_given_up(known.attempts, status):
                made = msgspec.structs.replace(known, state="given-up", problem=problem[:300])
            else:
                again = self._again(known.attempts, now)
                made = msgspec.structs.replace(known, attempts=known.attempts + 1, again=again, problem=problem[:300])
            records = write_notices(self._files, connection, (made,), ACTOR)
            if due.look is not None and made.state == "sent":
                records.append(self._stores.sealer.record("look", due.look.who, due.look, at=now))
            if due.stops is not None:
                known_request = self._files.read(connection, REQUEST, due.stops.id, KeptRequest, to_change=True)
                words = due.stops.problem or problem
                if known_request is not None:
                    records += stopped(self._files, connection, known_request, words, ACTOR)
            self._stores.leaves.append_records(connection, records)


def _request_address(notice: OneRecordNotice) -> str:
    """Address of the request that led to a notification."""
    return (
        f"{notice.base.removesuffix('/logistics-objects')}/action-requests/{notice.request}" if notice.request else ""
    )
