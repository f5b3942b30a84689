# SPDX-License-Identifier: Apache-2.0
"""Notices: what an officer should know of, put into his inbox, and sent after him where he chose so.

Any topic gives notice by `tell`, in the transaction of the act that causes it; it only writes rows. The role `workbench` sends
(`cocket.pipeline.operations.notice_sending`). What is sent holds the reference of the case and a link, and never a lane, a trader
or a reason. How an officer wishes to be reached is his own order of work: the rows bear MACs, and a change of it is sealed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

#: Kinds of case file: a notice in an inbox, one that is to be sent, and how an officer wishes to be reached.
NOTICE, SENDING, PREFERENCES = "notice", "notice-sending", "preferences"

#: Kind of the sealed record of what became of a notice in an inbox.
SEEN: Final = "notice-seen"

#: Names by which the files are found; their value is a sign-in name.
NEW, WISHES = "NOTICE", "PREFERENCES"

#: `assigned`: an order is with him now; `mention`: a comment names him; `due`: an order with him must soon be dealt with;
#: `second`: an act waits for him as the second person; `alert`: he is called for an alert of the way; `emergency`: somebody
#: opened a consignment in an emergency; `test`: he asked for one.
NoticeKind = Literal["assigned", "mention", "due", "second", "alert", "emergency", "test"]

#: Kinds that an officer chooses from.
KINDS: Final[tuple[NoticeKind, ...]] = ("assigned", "mention", "due", "second", "alert", "emergency")

#: Kinds that stand in the inbox until they are done; the others stand there by themselves, as long as they hold.
_KEPT: Final = ("assigned", "mention", "alert")

Channel = Literal["email", "webhook", "sms"]

Calendar = Literal["gregorian", "buddhist", "nepali"]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an officer should know of.

    Attributes:
        officer: Who.
        kind: Which kind.
        consignment: Dossier that it is about; None if it is about none.
        by: Who caused it.
        at: When, UTC.
        reference: What it is about where that is no dossier, such as the code of a rule; empty else.
        path: Page of ours that shows it; empty for the dossier's.
    """

    officer: str
    kind: NoticeKind
    consignment: str | None = None
    by: str
    at: datetime
    reference: str = ""
    path: str = ""


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an officer sees pages and wishes to be reached; also the sealed record of a change of it.

    Attributes:
        officer: Who.
        language: Tag of the language of pages and e-mail; None for that of the browser.
        time_zone: Zone of times on pages; None for that of the installation.
        calendar: Calendar of days on pages.
        email: Address for notices; None for none.
        by_email: Kinds that are sent there (0..n).
        by_webhook: Kinds that are sent to the webhook of the installation (0..n).
        phone: Number for short messages, `+` and digits; None for none.
        by_sms: Kinds that are sent there (0..n).
    """

    officer: str
    language: str | None = None
    time_zone: str | None = None
    calendar: Calendar = "gregorian"
    email: str | None = None
    by_email: tuple[NoticeKind, ...] = ()
    by_webhook: tuple[NoticeKind, ...] = ()
    phone: str | None = None
    by_sms: tuple[NoticeKind, ...] = ()

    def address(self, channel: Channel) -> str:
        """Where a channel reaches him; "" for none, and for the webhook."""
        return {"email": self.email or "", "sms": self.phone or "", "webhook": ""}[channel]

    def channels(self, kind: NoticeKind) -> tuple[Channel, ...]:
        """By which channels a kind of notice goes to him (0..3)."""
        wanted: tuple[tuple[Channel, bool], ...] = (
            ("email", self.email is not None and kind in self.by_email),
            ("webhook", kind in self.by_webhook),
            ("sms", self.phone is not None and kind in self.by_sms),
        )
        return tuple(channel for channel, is_wanted in wanted if is_wanted)


class Sending(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notice on its way by one channel, as it stands; also the sealed record of each attempt.

    Attributes:
        notice: What is sent.
        channel: By which channel.
        address: The e-mail address or the telephone number; empty for the webhook.
        state: Whether it waits, was sent, or was given up.
        attempts: How often it was tried (count).
        next: Not to be tried before, UTC.
        problem: Why the last attempt failed, in words; empty if none did.
    """

    notice: Notice
    channel: Channel
    address: str = ""
    state: Literal["waiting", "sent", "failed"] = "waiting"
    attempts: int = 0
    next: datetime
    problem: str = ""


class NoticeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a notice was shown to its officer for the first time, or that he took it off his inbox.

    Attributes:
        notice: What he was to know of.
        outcome: `shown` or `dismissed`; the record bears the moment.
        channel: By which channel: the pages.
    """

    notice: Notice
    outcome: Literal["shown", "dismissed"]
    channel: Literal["browser"] = "browser"


def tell(stores: Stores, connection: Connection, notice: Notice) -> None:
    """Give an officer notice: in his inbox, and by the channels that he chose for its kind, where the installation has them."""
    if notice.kind in _KEPT:
        kept = _file(new_id(), NOTICE, "new", notice, msgspec.json.encode(notice))
        stores.case_files.put(connection, kept, ((NEW, notice.officer),))
    wishes = preferences_of(stores, connection, notice.officer)
    for channel in wishes.channels(notice.kind):
        if is_open(stores, channel):
            send(stores, connection, notice, (channel, wishes.address(channel)))


def send(
    stores: Stores,
    connection: Connection,
    notice: Notice,
    to: tuple[Channel, str],
    identity: UUID | None = None,
) -> None:
    """Put a notice on its way by one channel.

    Args:
        stores: The stores.
        connection: The transaction.
        notice: The notice.
        to: The channel, and the address in it, which is not looked at for the webhook.
        identity: Id of the sending; None for a new one.
    """
    channel, address = to
    sending = Sending(notice=notice, channel=channel, address="" if channel == "webhook" else address, next=notice.at)
    put_sending(stores, connection, identity or new_id(), sending, notice.at)


def put_sending(stores: Stores, connection: Connection, identity: UUID, sending: Sending, now: datetime) -> None:
    """Keep a sending as it stands."""
    file = _file(identity, SENDING, sending.state, sending.notice, msgspec.json.encode(sending))
    stores.case_files.put(connection, msgspec.structs.replace(file, changed=now))


def seen(
    stores: Stores, connection: Connection, file: StoredCaseFile, outcome: Literal["shown", "dismissed"]
) -> NewRecord:
    """Note what became of a notice in its officer's inbox; the record of it, to be sealed as the last act.

    Args:
        stores: The stores.
        connection: The transaction.
        file: The notice.
        outcome: It was shown, and stands there on; or it was dismissed, and is found by no name any more.
    """
    now, notice = datetime.now(UTC), msgspec.json.decode(file.body, type=Notice)
    state, names = ("shown", [(NEW, notice.officer)]) if outcome == "shown" else ("ended", [])
    stores.case_files.put(connection, msgspec.structs.replace(file, state=state, changed=now), names)
    told = NoticeSeen(notice=notice, outcome=outcome)
    return stores.sealer.record(SEEN, notice.officer, told, about=file.id, at=now)


def is_open(stores: Stores, channel: Channel) -> bool:
    """Whether the settings of the installation have a channel."""
    settings = stores.settings
    return bool({"email": settings.mail_server, "webhook": settings.webhook_url, "sms": settings.sms_url}[channel])


def preferences_of(stores: Stores, connection: Connection, officer: str) -> Preferences:
    """How an officer wishes to be reached; the usual where he said nothing."""
    key = (WISHES, officer)
    files = stores.case_files.found_by(connection, PREFERENCES, [key]).get(key, [])
    return msgspec.json.decode(files[-1].body, type=Preferences) if files else Preferences(officer=officer)


def _file(identity: UUID, kind: str, state: str, notice: Notice, body: bytes) -> StoredCaseFile:
    return StoredCaseFile(
        id=identity,
        kind=kind,
        state=state,
        consignment=UUID(notice.consignment) if notice.consignment else None,
        opened=notice.at,
        changed=notice.at,
        body=body,
    )
