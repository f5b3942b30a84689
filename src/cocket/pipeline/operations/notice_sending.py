# SPDX-License-Identifier: Apache-2.0
"""Sending notices to officers by e-mail, webhook and short message, from the role `workbench`: what waits, and what is soon due.

Each attempt is sealed. What fails is tried again, later each time; what is given up is shown to the operator by the health of the
installation, on the page of administration, and to the officer on his own account.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, get_args
from uuid import UUID

import msgspec

from cocket.errors import CocketError, StoreError
from cocket.exchange.notices import REFUSED, compose_mail, post_sms, post_webhook, send_mail
from cocket.languages import ENGLISH, Language, spoken
from cocket.pipeline.base.mailing import mail_server_of, secret_in
from cocket.pipeline.base.notices import (
    SENDING,
    Channel,
    Notice,
    NoticeKind,
    Preferences,
    Sending,
    is_open,
    preferences_of,
    put_sending,
    send,
)
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.senders import is_due
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.officer_allocation import allocations_of
from cocket.stores.base.database import Connection
from cocket.stores.consignment.queue_lines import QueueLines

#: How long before its end an order is told of.
LEAD: Final = timedelta(hours=2)

#: Pauses after each attempt that failed; after the last of them the notice is given up.
PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
)

#: For how long one sender keeps a notice to itself: longer than any server may take.
_LEASE: Final = timedelta(minutes=2)

#: Notices sent at one look (count), how often it is looked (seconds).
_AT_ONCE: Final = 20
_LOOK_SECONDS: Final = 5.0

#: What each kind of notice says, in the officer's language.
SENTENCES: Final[dict[NoticeKind, str]] = {
    "assigned": "A control order was assigned to you",
    "mention": "A comment mentions you",
    "due": "A control order with you is due within two hours",
    "second": "An act waits for you as the second person",
    "alert": "An alert of the way waits for you",
    "emergency": "An officer opened a consignment in an emergency",
    "test": "This is a test notice that you asked for",
}
_CLOSE: Final = "Cocket sent this because your account asks for it. Change that here: {address}"


class NoticeSending:
    """Sends notices for one process; of several that run, each notice is taken by one.

    Args:
        stores: Stores of its own.
        tell: Told in one sentence of what goes wrong with the sending as a whole.
    """

    def __init__(self, stores: Stores, tell: Callable[[str], None]) -> None:
        self._stores, self._tell = stores, tell

    def run(self, is_stopping: threading.Event) -> None:
        """Look now and then what is to be sent, until told to stop."""
        said = ""
        while not is_stopping.wait(_LOOK_SECONDS):
            try:
                self.turn(datetime.now(UTC))
                said = ""
            except Exception as error:  # noqa: BLE001 - the sending must not end unseen, whatever it meets
                words = str(error) if isinstance(error, CocketError) else f"a defect in Cocket, {type(error).__name__}"
                if words != said:
                    self._tell(f"The sending of notices is stalled: {words}")
                said = words
        self._stores.database.close()

    def turn(self, now: datetime) -> int:
        """Give notice of orders that are soon due, and send what waits; how many were sent (count).

        Raises:
            StoreError: The database does not answer.
        """
        if not any(is_open(self._stores, channel) for channel in get_args(Channel)):
            return 0
        self._tell_of_due(now)
        sent = 0
        for identity, sending in self._take(now):
            sent += self._attempt(identity, sending, now)
        return sent

    def _tell_of_due(self, now: datetime) -> None:
        with self._stores.database.transaction() as connection:
            ids = QueueLines().due_between(connection, now, now + LEAD)
            ranks = QueueLines().ranks_of(connection, ids)
            orders = self._stores.orders.order_of(connection, ids)
            allotted = allocations_of(self._stores, connection, list(orders.values()))
            for consignment, order in orders.items():
                with_him, rank = allotted.get(order.id), ranks.get(consignment)
                if (
                    with_him is None
                    or with_him.examiner is None
                    or rank is None
                    or rank.due is None
                    or not now < rank.due <= now + LEAD
                ):
                    continue
                examiner = with_him.examiner
                notice = Notice(
                    officer=examiner, kind="due", consignment=str(consignment), by=SEALED_ASSESSMENT, at=now
                )
                wishes = preferences_of(self._stores, connection, examiner)
                for channel in wishes.channels("due"):
                    told = f"{order.id} {rank.due.isoformat()} {channel} {examiner}"
                    identity = UUID(bytes=sha256(told.encode()).digest()[:16])
                    if is_open(self._stores, channel) and not self._stores.case_files.get(connection, identity):
                        send(self._stores, connection, notice, (channel, wishes.address(channel)), identity)

    def _take(self, now: datetime) -> list[tuple[UUID, Sending]]:
        """Notices to be sent now, kept from others for a while."""
        taken = []
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, SENDING)
            for file in reversed(self._stores.case_files.of_kind(connection, SENDING, ("waiting",))):
                sending = msgspec.json.decode(file.body, type=Sending)
                if not is_due(sending.next, now, PAUSES) or not is_open(self._stores, sending.channel):
                    continue
                kept = msgspec.structs.replace(sending, next=now + _LEASE)
                put_sending(self._stores, connection, file.id, kept, now)
                taken.append((file.id, sending))
                if len(taken) == _AT_ONCE:
                    break
        return taken

    def _attempt(self, identity: UUID, sending: Sending, now: datetime) -> bool:
        """Try to send one, and seal what came of it; whether it was sent."""
        problem, is_final = self._tried(identity, sending, now)
        if problem:
            tries = sending.attempts + 1
            is_over = is_final or tries > len(PAUSES)
            done = msgspec.structs.replace(
                sending,
                attempts=tries,
                problem=problem,
                state="failed" if is_over else "waiting",
                next=now if is_over else now + PAUSES[tries - 1],
            )
        else:
            done = msgspec.structs.replace(sending, attempts=sending.attempts + 1, problem="", state="sent")
        with self._stores.database.transaction() as connection:
            put_sending(self._stores, connection, identity, done, now)
            record = self._stores.sealer.record(SENDING, "workbench", done, about=identity, at=now)
            self._stores.leaves.append_records(connection, [record])
        return done.state == "sent"

    def _tried(self, identity: UUID, sending: Sending, now: datetime) -> tuple[str, bool]:
        """Send one; what went wrong, in words, and whether trying again is of no use. A defect of ours is sealed like the rest.

        Raises:
            StoreError: The database does not answer.
        """
        try:
            self._send(identity, sending, now)
        except StoreError:
            raise
        except CocketError as error:
            return error.message, error.code == REFUSED
        except Exception as error:  # noqa: BLE001 - one notice that meets a defect must not hold up the others unrecorded
            return f"A defect in Cocket, {type(error).__name__}.", False
        return "", False

    def _send(self, identity: UUID, sending: Sending, now: datetime) -> None:
        settings = self._stores.settings
        with self._stores.database.transaction() as connection:
            wishes = preferences_of(self._stores, connection, sending.notice.officer)
            reference = self._reference(connection, sending.notice)
        address = address_of(settings.workbench_url, sending.notice)
        if sending.channel == "webhook":
            body = {
                "type": f"notice.{sending.notice.kind}",
                "timestamp": sending.notice.at,
                "data": {"officer": sending.notice.officer, "reference": reference, "url": address},
            }
            secret = secret_in(settings.webhook_secret_file)
            post_webhook(settings.webhook_url, secret, str(identity), now, body)
            return
        subject, text = words_of(sending.notice, reference, address, language_of(wishes), settings.workbench_url)
        if sending.channel == "sms":
            token = secret_in(settings.sms_token_file)
            post_sms(settings.sms_url, token, str(identity), sending.address, f"{subject} {address}")
            return
        addresses = settings.mail_from, sending.address
        send_mail(mail_server_of(settings), compose_mail(str(identity), sending.notice.at, addresses, subject, text))

    def _reference(self, connection: Connection, notice: Notice) -> str:
        """What a notice is about, by the reference that everybody knows it by."""
        if notice.consignment is None:
            return notice.reference
        line = self._stores.consignments.line(connection, UUID(notice.consignment))
        return line.title if line else ""


def language_of(wishes: Preferences) -> Language:
    """The language that an officer chose, if it is whole; English else."""
    language = spoken().get(wishes.language or "")
    return language if language is not None and language.is_whole else ENGLISH


def words_of(notice: Notice, reference: str, address: str, language: Language, home: str) -> tuple[str, str]:
    """Subject and text of an e-mail: the kind, the reference, a link, and why it comes; nothing else is said of the case."""
    sentence = language.translate(SENTENCES[notice.kind])
    subject = f"{sentence}: {reference}" if reference else sentence
    close = language.say(_CLOSE, address=f"{home.rstrip('/')}/account")
    lines = [f"{sentence}.", *([reference] if reference else []), address, "", close]
    return " ".join(subject.split()), "\n".join(lines) + "\n"


def address_of(home: str, notice: Notice) -> str:
    """Address of the page that shows what a notice is about."""
    return home.rstrip("/") + (notice.path or f"/consignments/{notice.consignment}")


class NoticeTrouble(msgspec.Struct, frozen=True, kw_only=True):
    """How the sending of notices goes.

    Attributes:
        failed: Given up within the last seven days (count).
        retried: Waiting after an attempt that failed (count).
        since: When the first of these was caused, UTC; None for none.
        problem: Why the newest failed, in words; empty for none.
    """

    failed: int = 0
    retried: int = 0
    since: datetime | None = None
    problem: str = ""


#: For how long a notice that was given up is told of.
_TOLD: Final = timedelta(days=7)


def trouble_of(stores: Stores, connection: Connection, now: datetime) -> NoticeTrouble:
    """How the sending goes, for the operator.

    Raises:
        StoreError: The database does not answer.
    """
    rows = connection.execute(
        "select id from case_file where kind = %s and (state = 'waiting' or state = 'failed' and changed > %s)",
        (SENDING, now - _TOLD),
    ).fetchall()
    files = [file for row in rows if (file := stores.case_files.get(connection, row[0]))]
    sendings = [(file.changed, msgspec.json.decode(file.body, type=Sending)) for file in files]
    bad = sorted(((at, one) for at, one in sendings if one.problem), key=lambda pair: pair[0])
    return NoticeTrouble(
        failed=sum(one.state == "failed" for _, one in bad),
        retried=sum(one.state == "waiting" for _, one in bad),
        since=min((one.notice.at for _, one in bad), default=None),
        problem=bad[-1][1].problem if bad else "",
    )
