# SPDX-License-Identifier: Apache-2.0
"""Events as an e-mail: several in one message, in plain words, with the sender's own references; and the code that confirms an address.

A trader reads what happened, the reference that he gave himself, and where to look; a partner reads ids, as his webhook says them.
What is in a thing is never said, but for the answer to a message, which goes with it where its sender chose so.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC
from email.message import EmailMessage
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment.uses import as_given
from cocket.errors import CocketError, StoreError
from cocket.exchange.cloud_events import thing_of
from cocket.exchange.notices import Attachment, compose_mail
from cocket.governance.contest import Contest
from cocket.governance.events import EVENT_TYPES, PING, RECEIVED, REFUSED, Audience, Thing, subject_of
from cocket.governance.question import Question
from cocket.languages import ENGLISH, Language, spoken
from cocket.pipeline.base.document_files import file_id, read_body
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.contests import CONTEST
from cocket.pipeline.control.questions import QUESTION
from cocket.pipeline.governance.webhooks import CONFIRM, Webhook, mail_code
from cocket.pipeline.intake.messages import findings_of
from cocket.pipeline.operations.written_answers import Answered, answer_to
from cocket.standards.answers import FORMS
from cocket.stores.base.database import Connection
from cocket.stores.operations.event_deliveries import Delivery

#: Events of one message, and of one with answers (counts).
MOST: Final = 500
MOST_WITH_ANSWERS: Final = 20

#: Longest reference that is written (characters).
_LONGEST: Final = 70

#: What is said, in the reader's language.
SENTENCES: Final[dict[str, str]] = {
    "confirm-subject": "Confirm this e-mail address",
    "confirm": "Someone registered this address for e-mail from {administration}. If it was you, give this code by {time} UTC:",
    "confirm-where": "Here: {address}",
    "confirm-partner": "Give it to those at customs who registered the address.",
    "confirm-else": "If it was not you, do nothing: at most four more codes are sent. If they go on, tell {administration}.",
    "test": "This is a test that you asked for",
    "subject": "Events: {count}",
    "answer": "The answers to these messages are attached.",
    "close": "Cocket sent this because this address was registered and confirmed. Pause or end it here: {address}",
    "close-partner": "Cocket sent this under the agreement {name}. To end it, tell customs.",
}

#: What an event is called there, by its type.
EVENTS: Final = {name: one.words for name, one in EVENT_TYPES.items()}

#: Where each thing is shown: to traders, and to customs.
_PAGES: Final[dict[Thing, tuple[str, str]]] = {
    "message": ("/own/messages/{id}", "/messages/{id}"),
    "question": ("/own/questions/{id}", "/questions/{id}"),
    "contest": ("/own/contests/{id}", "/contests/{id}"),
    "mandate": ("/own/mandates", ""),
    "consignment": ("", "/consignments/{id}"),
    "appointment": ("/own/appointments", "/consignments/{id}"),
    "webhook": ("/own/webhooks/{id}", "/administration/webhooks/{id}"),
}


class EventMail:
    """Writes messages; reads what they name, and changes nothing.

    Args:
        stores: The stores.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def write(self, known: Webhook, rows: Sequence[Delivery]) -> tuple[EmailMessage, int]:
        """One message with some events.

        Args:
            known: The address.
            rows: The events (1..n), or the one that asks for the code.

        Returns:
            The message, and how many answers go with it (count).

        Raises:
            PartnerError: The address cannot stand in a message.
            StoreError: The database does not answer, or the code cannot be opened.
        """
        language = spoken().get(known.language, ENGLISH)
        if rows[0].type == CONFIRM:
            return self._message(known, rows[:1], *self._confirm(known, language)), 0
        files = self._answers(known, rows) if known.is_with_answers else ()
        with self._stores.database.transaction() as connection:
            names = [self._reference(connection, known.audience, one) for one in rows]
        words = [_words(one.type, language) for one in rows]
        lines = []
        for one, said, name in zip(rows, words, names, strict=True):
            head = f"{said}: {name}" if name else said
            lines += [f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC · {language.isolate(head)}"]
            lines += [f"  {self._place(known.audience, one)}", ""]
        subject = f"{words[0]}: {names[0]}" if names[0] else words[0]
        if len(rows) > 1:
            subject = language.say(SENTENCES["subject"], count=len(rows))
        if files:
            lines += [language.translate(SENTENCES["answer"]), ""]
        lines.append(self._close(known, language))
        return self._message(known, rows, subject, "\n".join(lines) + "\n", files=files), len(files)

    def _message(
        self, known: Webhook, rows: Sequence[Delivery], subject: str, text: str, *, files: tuple[Attachment, ...] = ()
    ) -> EmailMessage:
        """The message; its id is that of its events, so that it is the same if it is sent twice, and another with one event more."""
        told = " ".join((known.id, *(one.event for one in rows)))
        addresses = self._stores.settings.mail_from, known.mail_address
        identity = sha256(told.encode()).hexdigest()[:32]
        return compose_mail(identity, rows[0].at, addresses, _plain(subject, 200), text, attachments=files)

    def _confirm(self, known: Webhook, language: Language) -> tuple[str, str]:
        code, until = mail_code(self._stores, known), known.code.until if known.code is not None else known.made
        shown = f"{code[:4]}-{code[4:]}"
        house = self._stores.settings.administration
        lines = [
            language.say(SENTENCES["confirm"], administration=house, time=f"{until:%Y-%m-%d %H:%M}"),
            "",
            f"    {shown}",
        ]
        lines.append("")
        if known.audience == "partner":
            lines.append(language.translate(SENTENCES["confirm-partner"]))
        else:
            lines.append(language.say(SENTENCES["confirm-where"], address=self._page(known)))
        lines += ["", language.say(SENTENCES["confirm-else"], administration=house)]
        return language.translate(SENTENCES["confirm-subject"]), "\n".join(lines) + "\n"

    def _close(self, known: Webhook, language: Language) -> str:
        if known.audience == "partner":
            return language.say(SENTENCES["close-partner"], name=known.agreement)
        return language.say(SENTENCES["close"], address=self._page(known))

    def _page(self, known: Webhook) -> str:
        return self._at(_PAGES["webhook"][0 if known.audience == "trader" else 1].format(id=known.id))

    def _at(self, path: str) -> str:
        return self._stores.settings.workbench_url.rstrip("/") + path

    def _place(self, audience: Audience, row: Delivery) -> str:
        """Where the thing is shown; to a partner, and where there is no page, what it is by our id."""
        thing = thing_of(row.type)
        path = "" if audience == "partner" else _PAGES[thing][0 if audience == "trader" else 1]
        return self._at(path.format(id=row.identity)) if path else subject_of(thing, row.identity)

    def _reference(self, connection: Connection, audience: Audience, row: Delivery) -> str:
        """The sender's own reference of what an event is about; empty for a partner, and where there is none."""
        if audience == "partner":
            return ""
        thing, message = thing_of(row.type), None
        if thing == "message":
            message = row.identity
        elif thing in {"question", "contest"}:
            file = self._stores.case_files.get(
                connection, file_id(QUESTION if thing == "question" else CONTEST, row.identity)
            )
            with suppress(msgspec.MsgspecError):
                if file is not None:
                    told = read_body(file, Question) if thing == "question" else read_body(file, Contest)
                    message = told.message
        elif thing == "consignment":
            line = self._stores.consignments.line(connection, UUID(row.identity))
            return _plain(line.title if line else "", _LONGEST)
        if message is None:
            return ""
        with suppress(StoreError):
            found = self._stores.messages.get(connection, UUID(message), [row.sender] if row.sender else None)
            return _plain((found.reference or "") if found is not None else "", _LONGEST)
        return ""

    def _answers(self, known: Webhook, rows: Sequence[Delivery]) -> tuple[Attachment, ...]:
        """The answers to the messages among these, for their sender alone; one that cannot be written is left out."""
        if known.audience != "trader":
            return ()
        files = []
        for row in rows:
            if row.type not in (RECEIVED, REFUSED) or row.sender is None:
                continue
            with suppress(CocketError):
                told = self._answered(UUID(row.identity), row.sender)
                if told is None:
                    continue
                answer = answer_to(self._stores, told)
                ending = "edi" if answer.form == "edifact-cusres" else "xml"
                name = f"{row.identity}.answer.{ending}"
                files.append(Attachment(name=name, media_type=FORMS[answer.form], content=answer.content))
        return tuple(files)

    def _answered(self, message_id: UUID, sender: str) -> Answered | None:
        with self._stores.database.transaction() as connection:
            message = self._stores.messages.get(connection, message_id, [sender])
        if message is None:
            return None
        return Answered(
            id=str(message.id),
            standard=message.standard,
            reference=as_given(message.reference),
            is_accepted=message.outcome == "accepted",
            sender=message.sender,
            received=message.received,
            version=message.version,
            findings=findings_of(message),
        )


def _words(type_: str, language: Language) -> str:
    return language.translate(SENTENCES["test"] if type_ == PING else EVENTS[type_])


def _plain(text: str, most: int) -> str:
    """A text of others in one line, without what cannot be seen."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:most]
