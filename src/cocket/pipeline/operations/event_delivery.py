# SPDX-License-Identifier: Apache-2.0
"""Sending events: to each webhook in order, at least once, and to the message bus; the role `events`.

Each endpoint has one request under way at most, and nobody waits for another's: whoever hangs holds up himself. What fails is tried
again, later each time, over some four days; then the endpoint is disabled, with words to its owner, and what waited is given up until
he has it sent again. To an e-mail address go one message for all that waits, and the next one not before some minutes: who asks for a
thousand events gets a few messages. Each burst to an endpoint is sealed: from which event to which, how many, and what went wrong.

Source: Standard Webhooks 1.0.0, deliverability and reliability.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.errors import CocketError, PartnerError, StoreError
from cocket.exchange.cloud_events import MEDIA_TYPE, Told, bus_subject, source_of, write_event
from cocket.exchange.event_bus import BusEvent, EventBus
from cocket.exchange.notices import AWAY, NOT_TAKEN, send_mail
from cocket.exchange.webhook_calls import ATTEMPT_SECONDS, Resolver, WebhookCalls
from cocket.exchange.webhook_signatures import signed_headers
from cocket.governance.events import PING, Audience
from cocket.pipeline.base.document_files import DocumentFiles, file_id, read_body
from cocket.pipeline.base.mailing import mail_server_of
from cocket.pipeline.base.senders import OneAtWork, pause_after
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.webhooks import (
    CONFIRM,
    CONFIRM_INDEXES,
    WEBHOOK,
    Webhook,
    reach_of,
    signing_secrets,
    write_webhook,
)
from cocket.pipeline.operations import event_mail
from cocket.pipeline.operations.event_feed import BUS, EventFeed, subscriber_of
from cocket.stores.base.database import Connection
from cocket.stores.operations.event_deliveries import Delivery, EventDeliveries

#: Pauses after each attempt that failed, each made up to a fifth shorter or longer; after the last the endpoint is disabled.
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)

#: Answers by which a receiver refuses an event as such, and not us; after so many attempts the next event is sent.
_REFUSING: Final = frozenset({400, 413, 415, 422})
_MOST_REFUSED: Final = 3

#: Says that the endpoint is gone for good.
_GONE: Final = 410

#: The next message to an e-mail address is not before this, so that what happens meanwhile comes together.
MAIL_APART: Final = timedelta(minutes=5)

#: Pauses after a message that was not taken; the last of them alone may end an address. While the server of the settings does not work
#: an address is not to blame: it is tried after the second pause, again and again.
MAIL_PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)

#: Messages handed to the mail server at a time (count).
_MAILS_AT_ONCE: Final = 4

#: Longest that a receiver may ask us to wait; pauses for the bus, which is never given up.
_LONGEST_WAIT: Final = timedelta(hours=24)
_BUS_PAUSES: Final = tuple(timedelta(seconds=min(60, 2**tries)) for tries in range(7))

#: How far ahead the next attempt may be, after none that failed and after one that did: further ahead was set by a wrong clock.
_AHEAD: Final = (MAIL_APART * 1.5, _LONGEST_WAIT * 1.5)

#: Endpoints that are sent to at a time, events of one burst (counts); how long it goes on to begin new ones (seconds).
MOST_AT_ONCE: Final = 100
BURST: Final = 50
_BURST_SECONDS: Final = 2.0

#: How often leaves are looked for, and for how long sending goes on in between (seconds).
_LOOK_SECONDS: Final = 0.2
_SLICE_SECONDS: Final = 0.1

#: For how long what was given up is kept.
KEPT: Final = timedelta(days=30)

#: Kind of the sealed record of a burst, and by whom it is.
SENT: Final = "webhook-sent"
_ACTOR: Final = "events"

_LEASE_SECONDS: Final = 20.0


class WebhookBurst(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of what was sent to an endpoint.

    Attributes:
        webhook: Which.
        first: Id of the first event that it took; empty if it took none.
        last: Id of the last one.
        events: How many it took (count).
        problem: What went wrong with the next one, in words; empty if nothing did.
        event: Id of that one.
        answers: Answers to messages that went with it by e-mail (count).
    """

    webhook: str
    first: str = ""
    last: str = ""
    events: int = 0
    problem: str = ""
    event: str = ""
    answers: int = 0


class _Failure(msgspec.Struct, frozen=True):
    """Why an event was not taken: in words, the status of an answer, and how long the receiver asks to be left alone (seconds).

    Of e-mail the status is the server's answer to the address or the message; None while it is the server that does not work,
    or a defect of ours; `is_server` tells the former.
    """

    words: str
    status: int | None = None
    wait_seconds: float | None = None
    is_server: bool = False


class EventDelivery:
    """The feed, and all sending, of one process; of several that run, one works.

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
        settings = stores.settings
        self._stores, self._draw = stores, draw
        self._feed, self._deliveries, self._files = EventFeed(stores), EventDeliveries(), DocumentFiles(stores)
        self._loop = asyncio.new_event_loop()
        self._calls = WebhookCalls(reach_of(settings), settings.event_ca, resolve, seconds)
        servers = settings.nats_url.replace(",", " ").split()
        self._bus = (
            EventBus(servers, settings.nats_stream, settings.nats_credentials_file, settings.nats_ca)
            if servers
            else None
        )
        self._under_way: dict[UUID, asyncio.Task[None]] = {}
        self._mail = event_mail.EventMail(stores)
        self._mails: set[UUID] = set()
        self._is_mail_away = True  # after a start too: whoever waits for the server is sent to once it answers anybody
        self._mailers = ThreadPoolExecutor(max_workers=_MAILS_AT_ONCE, thread_name_prefix="event-mail")
        self._source = source_of(settings.log_origin)
        self._looked, self._tidied = -_LOOK_SECONDS, -3600.0
        self._one = OneAtWork(stores, "events", _LEASE_SECONDS)

    def turn(self) -> bool:
        """Take up new events, and send for a moment; whether there was anything to do.

        Raises:
            StoreError: The database does not answer.
        """
        if not self._one.holds():
            return False
        now, has_news = datetime.now(UTC), False
        moment = time.monotonic()
        if moment - self._looked >= _LOOK_SECONDS:
            self._looked = moment
            has_news = self._feed.turn(now)
            self._tidy(moment, now)
        self._loop.run_until_complete(self._slice(now))
        return has_news or bool(self._under_way)

    def close(self) -> None:
        """Stop sending: what is under way is broken off, and sent again by whoever comes next."""
        for task in self._under_way.values():
            task.cancel()
        self._loop.run_until_complete(self._closed())
        self._loop.close()
        self._mailers.shutdown(wait=False, cancel_futures=True)
        self._one.release()
        self._stores.database.close()

    async def _closed(self) -> None:
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        await self._calls.close()
        if self._bus is not None:
            await self._bus.close()

    def _tidy(self, moment: float, now: datetime) -> None:
        if moment - self._tidied < 3600:
            return
        self._tidied = moment
        with self._stores.database.transaction() as connection:
            self._deliveries.forget(connection, now - KEPT)
            if self._bus is None:
                self._deliveries.end(connection, BUS)

    async def _slice(self, now: datetime) -> None:
        """Begin bursts for whoever may be sent to, and go on with those under way for a moment."""
        free = MOST_AT_ONCE - len(self._under_way)
        if free > 0:
            with self._stores.database.transaction() as connection:
                due = [one for one in self._deliveries.due(connection, now, *_AHEAD) if one not in self._under_way]
            mails = [one for one in due if one in self._mails]
            held = set(mails[max(0, _MAILS_AT_ONCE - len(self._mails & self._under_way.keys())) :])
            for place in [one for one in due if one not in held][:free]:
                life = self._publish() if place == BUS else self._send(place)
                self._under_way[place] = self._loop.create_task(life)
        if not self._under_way:
            return
        await asyncio.wait(self._under_way.values(), timeout=_SLICE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        over = {place: task for place, task in self._under_way.items() if task.done()}
        for place in over:
            del self._under_way[place]
        for task in over.values():
            task.result()

    async def _send(self, place: UUID) -> None:
        """One burst to a webhook, or one message to an e-mail address."""
        began, now = time.monotonic(), datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            known = self._active(connection, place)
            rows = self._deliveries.waiting(connection, place, _most(known)) if known is not None else []
            if known is None:
                self._deliveries.bury(connection, place, "The webhook is not active.", now)
                return
            rows = self._still_his(connection, known, rows, now)
        if known.mail_address:
            self._mails.add(place)
            if rows:
                await self._send_mail(known, rows)
            return
        taken: list[Delivery] = []
        failure: _Failure | None = None
        secrets: tuple[str, ...] = ()
        try:
            secrets = signing_secrets(self._stores, known, now)
        except StoreError as error:
            failure = _Failure(error.message)
        for row in rows if failure is None else ():
            failure = await self._attempt(known, row, secrets)
            if failure is not None:
                break
            taken.append(row)
            if time.monotonic() - began > _BURST_SECONDS:
                break
        if rows:
            self._settle(place, (rows, taken), failure)

    async def _send_mail(self, known: Webhook, rows: list[Delivery]) -> None:
        """One message with all of these events."""
        failure, answers = None, 0
        try:
            message, answers = self._mail.write(known, rows)
            server = mail_server_of(self._stores.settings)
            await self._loop.run_in_executor(self._mailers, send_mail, server, message)
        except PartnerError as error:
            is_his = error.message.startswith(NOT_TAKEN) and (error.found or "").isdigit()
            failure = _Failure(error.message, int(error.found or 0) if is_his else None, is_server=error.code == AWAY)
        except CocketError as error:
            failure = _Failure(error.message)
        except Exception as error:  # noqa: BLE001 - one message that meets a defect must not hold up the others
            failure = _Failure(f"A defect in Cocket, {type(error).__name__}.")
        self._settle(UUID(known.id), (rows, rows if failure is None else ()), failure, answers)
        if failure is not None and failure.is_server:
            self._is_mail_away = True
        elif self._is_mail_away and (failure is None or failure.status is not None):
            self._release_mail()
            self._is_mail_away = False

    def _release_mail(self) -> None:
        """The mail server answers again: whoever waits for it is sent to now, and no attempt of that time counts against an address."""
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.of_kind(connection, WEBHOOK, ("active", "unconfirmed"))
            places = [UUID(one.id) for file in files if (one := read_body(file, Webhook)).mail_address]
            for place, going in self._deliveries.receiving(connection, places).items():
                if going.failing_since is not None and not going.problem.startswith(NOT_TAKEN):
                    self._deliveries.begin(connection, place, now)

    def _active(self, connection: Connection, place: UUID) -> Webhook | None:
        """A webhook as it stands, which others do not change meanwhile; None where nothing is to be sent to it."""
        file = self._stores.case_files.get(connection, file_id(WEBHOOK, str(place)), to_change=True)
        known = read_body(file, Webhook) if file is not None else None
        return known if known is not None and known.state in ("active", "unconfirmed") else None

    def _still_his(self, connection: Connection, known: Webhook, rows: list[Delivery], now: datetime) -> list[Delivery]:
        """Events that he may still be told; a mandate or an agreement can have ended since."""
        told = subscriber_of(self._stores, connection, known, now) if known.state == "active" else None
        senders = None if told is None or told.senders is None else told.senders
        types = told.types | {PING} if told is not None else {PING}
        if known.state == "unconfirmed":
            is_good = known.code is not None and known.code.until > now
            types = {CONFIRM} if is_good else frozenset()
        kept = [
            one
            for one in rows
            if one.type in types and (one.sender is None or senders is None or one.sender in senders)
        ]
        gone = {one.index for one in rows} - {one.index for one in kept}
        if gone:
            self._deliveries.drop(connection, UUID(known.id), gone)
        return kept

    async def _attempt(self, known: Webhook, row: Delivery, secrets: Sequence[str]) -> _Failure | None:
        """Send one event once; None if it was taken."""
        content = self._content(row, known.audience)
        stamp = str(int(time.time()))
        headers = {"content-type": MEDIA_TYPE, **signed_headers(secrets, row.event, stamp, content)}
        try:
            answer = await self._calls.post(known.url, headers, content)
        except PartnerError as error:
            return _Failure(error.message)
        if 200 <= answer.status < 300:
            return None
        words = f"It answered with status {answer.status}{': ' + answer.words if answer.words else ''}."
        return _Failure(words, answer.status, answer.wait_seconds)

    def _content(self, row: Delivery, audience: Audience) -> bytes:
        told = Told(id=row.event, source=self._source, type=row.type, identity=row.identity, at=row.at)
        return write_event(told, audience)

    def _settle(
        self,
        place: UUID,
        sent: tuple[Sequence[Delivery], Sequence[Delivery]],
        failure: _Failure | None,
        answers: int = 0,
    ) -> None:
        """Write down what came of a burst, and seal it."""
        rows, taken = sent
        now = datetime.now(UTC)
        if not taken and failure is None:
            return
        records = []
        with self._stores.database.transaction() as connection:
            known = self._active(connection, place)
            if taken:
                # what is full is followed at once by the next, and a code by the first message
                is_full = known is None or len(taken) >= _most(known)
                is_code = taken[0].type == CONFIRM  # whatever the address is meanwhile
                later = (
                    now + MAIL_APART
                    if known is not None and known.mail_address and not is_full and not is_code
                    else None
                )
                self._deliveries.taken(connection, place, [one.index for one in taken], now, later)
            burst = WebhookBurst(webhook=str(place))
            if taken:
                burst = msgspec.structs.replace(
                    burst, first=taken[0].event, last=taken[-1].event, events=len(taken), answers=answers
                )
            if failure is not None:
                refused = rows[len(taken)]
                burst = msgspec.structs.replace(burst, problem=failure.words, event=refused.event)
                if known is not None:
                    ended = self._failed(connection, known, refused, failure, now)
                    if (
                        ended is not None
                        and (record := write_webhook(self._files, connection, ended, _ACTOR)) is not None
                    ):
                        records.append(record)
            about = file_id(WEBHOOK, str(place))
            records.insert(0, self._stores.sealer.record(SENT, _ACTOR, burst, about=about, at=now))
            self._stores.leaves.append_records(connection, records)

    def _failed(
        self, connection: Connection, known: Webhook, row: Delivery, failure: _Failure, now: datetime
    ) -> Webhook | None:
        """Say when it is tried again, or give up the event or the endpoint; the webhook where that is disabled."""
        place = UUID(known.id)
        going = self._deliveries.receiving(connection, [place]).get(place)
        tries = (going.attempts if going is not None else 0) + 1
        if known.mail_address:
            return self._mail_failed(connection, known, failure, tries, now)
        if failure.status == _GONE:
            return self._disable(connection, known, "The receiver says that the endpoint is gone (410).", now)
        if failure.status in _REFUSING and tries >= _MOST_REFUSED:
            self._deliveries.bury(connection, place, failure.words, now, row.index)
            self._deliveries.begin(connection, place, now)
            return None
        if tries > len(PAUSES):
            since = (going.failing_since if going is not None else None) or now
            words = f"No attempt succeeded since {since:%Y-%m-%d %H:%M} UTC."
            self._deliveries.failed(connection, place, now, now, failure.words)
            return self._disable(connection, known, words, now)
        pause = pause_after(PAUSES, tries - 1, self._draw)
        asked = timedelta(seconds=failure.wait_seconds or 0)
        next_ = now + max(pause, min(asked, _LONGEST_WAIT))
        self._deliveries.failed(connection, place, next_, now, failure.words)
        return None

    def _mail_failed(
        self, connection: Connection, known: Webhook, failure: _Failure, tries: int, now: datetime
    ) -> Webhook | None:
        """The same of an e-mail address: one that is refused for good is disabled after the third attempt."""
        place, is_ours = UUID(known.id), failure.status is None
        going = self._deliveries.receiving(connection, [place]).get(place)
        if not is_ours and going is not None and going.problem and not going.problem.startswith(NOT_TAKEN):
            self._deliveries.begin(
                connection, place, now
            )  # attempts at a server that did not work are none at the address
            tries = 1
        is_refused = failure.status is not None and failure.status >= 500
        if (is_refused and tries >= _MOST_REFUSED) or (not is_ours and tries > len(MAIL_PAUSES)):
            self._deliveries.failed(connection, place, now, now, failure.words)
            if known.state == "unconfirmed":
                self._deliveries.drop(connection, place, CONFIRM_INDEXES)
                return None
            return self._disable(connection, known, failure.words, now)
        pauses = MAIL_PAUSES[:2] if is_ours else MAIL_PAUSES
        next_ = now + pause_after(pauses, tries - 1, self._draw)
        self._deliveries.failed(connection, place, next_, now, failure.words)
        return None

    def _disable(self, connection: Connection, known: Webhook, reason: str, now: datetime) -> Webhook:
        self._deliveries.bury(connection, UUID(known.id), reason, now)
        return msgspec.structs.replace(known, state="disabled", reason=reason, changed=now)

    async def _publish(self) -> None:
        """One burst to the message bus, which is tried for ever: what it does not have waits."""
        if self._bus is None:
            return
        with self._stores.database.transaction() as connection:
            rows = self._deliveries.waiting(connection, BUS, 4 * BURST)
        events = [BusEvent(bus_subject(one.type), one.event, self._content(one, "administration")) for one in rows]
        problem, number = "", 0
        try:
            number = await self._bus.publish(events)
        except CocketError as error:
            problem = error.message
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            if number:
                self._deliveries.taken(connection, BUS, [one.index for one in rows[:number]], now)
            if problem:
                going = self._deliveries.receiving(connection, [BUS]).get(BUS)
                tries = going.attempts if going is not None else 0
                pause = pause_after(_BUS_PAUSES, tries, self._draw)
                self._deliveries.failed(connection, BUS, now + pause, now, problem)


def _most(known: Webhook | None) -> int:
    """How many events are sent to one at a time."""
    if known is None or not known.mail_address:
        return BURST
    return event_mail.MOST_WITH_ANSWERS if known.is_with_answers else event_mail.MOST


class _Results(msgspec.Struct, frozen=True):
    """How sending to a subscription of EPCIS, or of Track and Trace, stands (`cocket.pipeline.partners`)."""

    state: str = "active"
    attempts: int = 0

    @property
    def is_failing(self) -> bool:
        """Whether the last attempt failed, and it is tried again."""
        return self.state == "active" and self.attempts > 0


class EventTrouble(msgspec.Struct, frozen=True, kw_only=True):
    """How the sending of events goes.

    Attributes:
        waiting: Events that wait (count).
        mail: Why no e-mail goes out, in words, where that is not for its address; empty if it goes well.
        failing: Webhooks, e-mail addresses, and subscriptions of EPCIS and of Track and Trace, whose last attempt failed (count).
        disabled: Those that were disabled for that (count).
        bus: What the last attempt to publish met, in words; empty if it went well.
        since: Since when the first of those fails, UTC; None where none does.
    """

    waiting: int = 0
    failing: int = 0
    disabled: int = 0
    bus: str = ""
    mail: str = ""
    since: datetime | None = None


def event_trouble(stores: Stores, connection: Connection) -> EventTrouble:
    """How the sending of events goes, for the operator.

    Raises:
        StoreError: The database does not answer.
    """
    files = stores.case_files.of_kind(connection, WEBHOOK, ("active", "disabled", "unconfirmed"))
    known = [read_body(file, Webhook) for file in files]
    places = [BUS, *(UUID(one.id) for one in known if one.state != "disabled")]
    mails = {UUID(one.id) for one in known if one.mail_address}
    deliveries = EventDeliveries()
    going, counts = deliveries.receiving(connection, places), deliveries.counts(connection, places)
    results = [
        read_body(file, _Results)
        for kind in ("epcis-subscription", "dcsa-subscription")
        for file in stores.case_files.of_kind(connection, kind, ("active", "disabled"))
    ]
    failing = {place: one for place, one in going.items() if one.failing_since is not None}
    unsent = [one.problem for place, one in failing.items() if place in mails and counts.get(place, (0, 0))[0]]
    return EventTrouble(
        mail=next((one for one in unsent if not one.startswith(NOT_TAKEN)), ""),
        waiting=sum(waiting for waiting, _ in counts.values()),
        failing=sum(place != BUS for place in failing) + sum(one.is_failing for one in results),
        disabled=sum(one.state == "disabled" for one in known) + sum(one.state == "disabled" for one in results),
        bus=failing[BUS].problem if BUS in failing else "",
        since=min((one.failing_since for one in failing.values() if one.failing_since), default=None),
    )
