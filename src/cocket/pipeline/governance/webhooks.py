# SPDX-License-Identifier: Apache-2.0
"""Webhooks: endpoints of traders, partners and the administration to which events are sent.

A trader keeps those of the senders that he speaks for by his own right; a supervisor keeps those of the administration, and those of
partners, which hold as long as an agreement covers them. Each is one sealed document. Its secret is shown once, and lies in the
document encrypted. What is sent, and when, is for `cocket.pipeline.operations.event_delivery`.

An e-mail address is a webhook whose address begins with `mailto:`. It has no secret; before anything else goes to it, whoever
registered it gives back a code that was sent there.

Policy actions: `webhook:keep-own`, `webhook:keep`.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.exchange.notices import domain_of, in_ascii
from cocket.exchange.webhook_calls import Reach, check_url
from cocket.exchange.webhook_signatures import SECRET_BYTES, Scheme, public_key_text, secret_text
from cocket.governance import Principal, Resource
from cocket.governance.events import OFFERED, Audience
from cocket.languages import spoken
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, file_id, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.mailing import mail_domains
from cocket.pipeline.base.partner_agreements import named_agreement
from cocket.pipeline.base.wiring import Stores
from cocket.settings import Settings
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.operations.event_deliveries import Delivery, EventDeliveries, Receiving

#: Kind of the sealed record and case file of a webhook.
WEBHOOK: Final = "webhook"

#: Kinds of the sealed records that a test was asked for, and that what was given up is to be sent again.
PINGED: Final = "webhook-ping"
AGAIN: Final = "webhook-again"

#: What is given to a partner, of `cocket.governance.agreements.EXCHANGES`.
EXCHANGE: Final = "events"

#: Webhooks of one sender, and of the administration with its partners, that are not ended (count).
MOST_OF_SENDER: Final = 10
MOST_INSIDE: Final = 50

#: Longest note, and longest time for which a former secret holds (hours).
LONGEST_NOTE: Final = 100
MOST_OVERLAP_HOURS: Final = 168

#: Events that are shown of those that were given up (count).
MOST_SHOWN: Final = 100

#: How the address of a webhook begins that is an e-mail address.
MAILTO: Final = "mailto:"

#: What waits for an address that is not confirmed: the message with its code, before everything else. No event of the catalogue.
CONFIRM: Final = "org.cocket.confirm"

#: Signs of a code, without those that look alike; how many it has, for how long it is good, how many are sent to one address, and how
#: often one may be given wrong (counts).
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_SIGNS: Final = 8
CODE_HOURS: Final = 48
MOST_CODES: Final = 5
MOST_WRONG: Final = 5

#: Places of the messages with codes among what waits: the first code at −1. One that is under way is not taken for the next.
CONFIRM_INDEXES: Final = frozenset(range(-MOST_CODES, 0))

#: How many e-mail addresses a sender registers within this time at most: as many as it may have webhooks.
_NEW_WITHIN: Final = timedelta(days=1)

State = Literal["unconfirmed", "active", "paused", "disabled", "ended"]

#: How what is sent is signed; e-mail is not.
Signed = Scheme | Literal["none"]


class WebhookSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as it is kept: encrypted, in base64; since when, and until when it signs, UTC. None for as long as the webhook is."""

    wrapped: str
    since: datetime
    until: datetime | None = None


class MailCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that confirms an e-mail address.

    Attributes:
        wrapped: The code, encrypted, in base64.
        until: Until when it is good, UTC.
        number: Which code of this address it is (1..5).
        wrong: How often another one was given instead (0..5).
    """

    wrapped: str
    until: datetime
    number: int
    wrong: int = 0


class Webhook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An endpoint and what is sent to it; also its sealed record.

    Attributes:
        id: Its id.
        audience: Whose it is.
        senders: Of a trader, senders whose events are sent (1..n); of a partner, his senders by the agreement (0..n); else none.
        is_with_clients: Whether those of clients who gave these senders a mandate are sent too.
        agreement: Of a partner, name of the agreement; empty else.
        url: Where; `mailto:` and an address for e-mail.
        types: Events that are sent (1..n).
        note: What its owner calls it; may be empty.
        scheme: How it is signed.
        secrets: Its secrets, the newest first (1..2); none of an e-mail address.
        language: Of e-mail, tag of its language; empty else.
        is_with_answers: Of e-mail, whether the answer to each message goes with it.
        code: Of an e-mail address that is not confirmed, its code; None else.
        confirmed: When the e-mail address was confirmed, UTC; None if it was not, or is none.
        state: `unconfirmed` until the code is given back; `active`; `paused` by its owner; `disabled` since it failed for too long, or said
            that it is gone; `ended`.
        reason: Why it is disabled, in words; empty else.
        made: When it was registered, UTC.
        by: Key or account that did.
        changed: When it last changed, UTC.
    """

    id: str
    audience: Audience
    senders: tuple[str, ...] = ()
    is_with_clients: bool = False
    agreement: str = ""
    url: str
    types: tuple[str, ...]
    note: str = ""
    scheme: Signed
    secrets: tuple[WebhookSecret, ...]
    language: str = ""
    is_with_answers: bool = False
    code: MailCode | None = None
    confirmed: datetime | None = None
    state: State
    reason: str = ""
    made: datetime
    by: str
    changed: datetime

    @property
    def mail_address(self) -> str:
        """The e-mail address; empty for none."""
        return self.url.removeprefix(MAILTO) if self.url.startswith(MAILTO) else ""

    @property
    def begun(self) -> datetime:
        """From when on events are its to be told, UTC."""
        return self.confirmed or self.made


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook to register.

    Attributes:
        url: Where: `https://…`, or an e-mail address, which may begin with `mailto:`.
        types: Events, of those that are offered; empty for all of them.
        senders: Of a trader, whose events; empty for all that he speaks for by his own right.
        is_with_clients: Whether those of clients by mandate too.
        agreement: Of a partner, name of the agreement; empty for the administration itself, and for traders.
        note: What to call it.
        scheme: `v1` for a shared secret, `v1a` for Ed25519; of no matter for e-mail.
        language: Of e-mail, tag of its language; empty for English.
        is_with_answers: Of a trader's e-mail, whether the answer to each message goes with it (WCO Response, or CUSRES).
    """

    url: str
    types: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    is_with_clients: bool = False
    agreement: str = ""
    note: str = ""
    scheme: Scheme = "v1"
    language: str = ""
    is_with_answers: bool = False


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as its owner sees it, without its secret.

    Attributes:
        id: Its id.
        audience: Whose it is.
        senders: Whose events are sent (0..n).
        is_with_clients: Whether those of clients by mandate too.
        agreement: Agreement with the partner; empty for none.
        url: Where; `mailto:` and an address for e-mail.
        types: Events that are sent (1..n).
        note: What it is called.
        scheme: How it is signed; `none` for e-mail.
        public_keys: Ed25519 keys that signatures may be made with now, the newest first; none of a shared secret.
        former_until: Until when the former secret signs too, UTC; None where there is none.
        language: Of e-mail, tag of its language; empty else.
        is_with_answers: Of e-mail, whether the answer to each message goes with it.
        confirmed: When an e-mail address was confirmed, UTC; None if it was not, or is none.
        code_until: Until when its code is good, UTC; None where none is to be given.
        state: How it stands.
        reason: Why it is disabled, in words; empty else.
        made: When it was registered, UTC.
        waiting: Events that wait to be sent (count).
        given_up: Events that are not sent by themselves any more (count).
        delivered: Events that were taken (count).
        last: When the last one was, UTC; None for none.
        failing_since: Since when every attempt failed, UTC; None where the last one did not.
        attempts: Attempts since then (count).
        next: When it is tried again, UTC; None where nothing failed.
        problem: What the last attempt met, in words; empty where it went well.
    """

    id: str
    audience: Audience
    senders: tuple[str, ...]
    is_with_clients: bool
    agreement: str
    url: str
    types: tuple[str, ...]
    note: str
    scheme: Signed
    public_keys: tuple[str, ...]
    former_until: datetime | None
    language: str
    is_with_answers: bool
    confirmed: datetime | None
    code_until: datetime | None
    state: State
    reason: str
    made: datetime
    waiting: int
    given_up: int
    delivered: int
    last: datetime | None
    failing_since: datetime | None
    attempts: int
    next: datetime | None
    problem: str


class WebhookSecretShown(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook with its new secret, which is shown this once; of Ed25519 there is none to show, only the public key, of e-mail neither."""

    webhook: WebhookView
    secret: str | None


class UndeliveredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is not sent by itself any more: its id and type, what it is about, when that was, and why it was given up."""

    event: str
    type: str
    identity: str
    at: datetime
    given_up: datetime
    problem: str


class WebhookAct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of a test, or of events that are to be sent again: of which webhook, and how many."""

    webhook: str
    events: int = 1


class Webhooks(Service):
    """Registering, looking at and ending webhooks of one side: of traders, or of the administration and its partners.

    Args:
        stores: The stores of this process.
        is_own: Whether these are webhooks of traders' own.
    """

    def __init__(self, stores: Stores, *, is_own: bool) -> None:
        super().__init__(stores)
        self._is_own = is_own
        self._files = DocumentFiles(stores)
        self._deliveries = EventDeliveries()

    @property
    def is_offered(self) -> bool:
        """Whether this installation sends to webhooks."""
        return self._stores.settings.event_webhooks

    @property
    def is_mail_offered(self) -> bool:
        """Whether this installation sends events by e-mail."""
        return self.is_offered and bool(self._stores.settings.mail_server)

    def register(self, principal: Principal, new: NewWebhook) -> WebhookSecretShown:
        """Register an endpoint: of a trader's own, or of the administration or a partner.

        Returns:
            It with its secret, which is never shown again.

        Raises:
            PolicyError: The principal may keep none, or none for such a sender.
            SenderError: It cannot be called, sends nothing that is offered, there are too many, or none is offered here.
        """
        now = _now()
        if not self.is_offered:
            raise SenderError("This installation sends no webhooks.", code="webhooks-off")
        own = _by_right(principal)
        if self._is_own:
            audience: Audience = "trader"
            senders = tuple(sorted(set(new.senders or own.senders)))
            for one in senders or ("",):
                self._access.require(own, "webhook:keep-own", Resource(sender=one or None))
            if new.agreement:
                raise SenderError("Only the administration registers webhooks of partners.", code="webhook-agreement")
        else:
            self._access.require(principal, "webhook:keep")
            audience, senders = ("partner" if new.agreement else "administration"), ()
            if new.senders or new.is_with_clients:
                raise SenderError("Events of single senders are for these senders.", code="webhook-senders")
        url, language = self._target(new, audience)
        note = new.note.strip()
        if len(note) > LONGEST_NOTE or not note.isprintable():
            raise SenderError("The note is too long, or has characters that do not print.", code="webhook-note")
        types = _types(new.types, OFFERED[audience])
        identity, secret = str(new_id()), secrets.token_bytes(SECRET_BYTES)
        with self._stores.database.transaction() as connection:
            if audience == "partner":
                under = named_agreement(self._stores, connection, EXCHANGE, new.agreement)
                given = {f"org.cocket.{one}" for one in under.exchanges[EXCHANGE]} if under is not None else set()
                types = _types(new.types, tuple(one for one in OFFERED["partner"] if one in given))
                senders = under.senders if under is not None else ()
            self._stores.case_files.lock(connection, WEBHOOK)
            is_mail = url.startswith(MAILTO)
            self._check_number(connection, audience, senders, is_mail=is_mail)
            self._check_new(connection, (audience, senders, new.agreement), url, types)
            made = Webhook(
                id=identity,
                audience=audience,
                senders=senders,
                is_with_clients=new.is_with_clients,
                agreement=new.agreement,
                url=url,
                types=types,
                note=note,
                scheme="none" if is_mail else new.scheme,
                secrets=() if is_mail else (self._wrapped(identity, secret, now),),
                language=language,
                is_with_answers=new.is_with_answers,
                code=self._code(identity, now, 1) if is_mail else None,
                state="unconfirmed" if is_mail else "active",
                made=now,
                by=principal.id,
                changed=now,
            )
            self._deliveries.begin(connection, UUID(identity), now)
            if is_mail:
                self._send_code(connection, identity, now, 1)
            view = self._views(connection, [made])[0]
            self._keep(connection, made, principal.id)
        return WebhookSecretShown(webhook=view, secret=_shown(made.scheme, secret))

    def webhooks(self, principal: Principal) -> tuple[WebhookView, ...]:
        """Webhooks that this principal keeps, but those that ended; the last registered first (0..n). The look is sealed.

        Raises:
            PolicyError: The principal may keep none.
        """
        with self._stores.database.transaction() as connection:
            if self._is_own:
                own = _by_right(principal)
                if not any(self._access.may(own, "webhook:keep-own", Resource(sender=one)) for one in own.senders):
                    self._access.require(own, "webhook:keep-own", Resource())
                found = self._of(connection, [("sender", one) for one in sorted(set(own.senders))])
            else:
                self._access.require(principal, "webhook:keep")
                found = self._of(connection, [("audience", "partner"), ("audience", "administration")])
            kept = [one for one in found if one.state != "ended" and self._keeps(principal, one)]
            shown = self._views(connection, kept)
            if shown:
                self._seal_look(connection, principal, tuple(one.id for one in shown))
        return tuple(sorted(shown, key=lambda one: (one.made, one.id), reverse=True))

    def webhook(self, principal: Principal, webhook_id: str) -> WebhookView:
        """One webhook. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal keeps.
        """
        with self._stores.database.transaction() as connection:
            view = self._views(connection, [self._one(connection, principal, webhook_id)])[0]
            self._seal_look(connection, principal, (view.id,))
        return view

    def given_up(self, principal: Principal, webhook_id: str) -> tuple[UndeliveredEvent, ...]:
        """Events that are not sent to a webhook by themselves any more, oldest first (0..100). The look is sealed.

        Raises:
            NotFoundError: There is none that this principal keeps.
        """
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, webhook_id)
            found = self._deliveries.dead(connection, UUID(known.id), MOST_SHOWN)
            self._seal_look(connection, principal, (known.id,))
        return tuple(_undelivered(one) for one in found)

    def send_again(self, principal: Principal, webhook_id: str, event: str | None = None) -> int:
        """Let what was given up be sent again, or one event of it; how many these are (count). The act is sealed.

        Raises:
            NotFoundError: There is no such webhook or event.
            SenderError: The webhook is not active.
        """
        now = _now()
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, webhook_id)
            if known.state != "active":
                raise SenderError("The webhook is not active; resume it first.", code="webhook-inactive")
            place = UUID(known.id)
            index = None
            if event is not None:
                dead = self._deliveries.dead(connection, place, 1_000_000)
                index = next((one.index for one in dead if one.event == event), None)
                if index is None:
                    raise NotFoundError("There is no such event.")
            number = self._deliveries.again(connection, place, now, index)
            if number:
                self._deliveries.begin(connection, place, now)
                told = WebhookAct(webhook=known.id, events=number)
                record = self._stores.sealer.record(AGAIN, principal.id, told, about=file_id(WEBHOOK, known.id))
                self._access.seal(connection, record)
        return number

    def send_test(self, principal: Principal, webhook_id: str) -> WebhookView:
        """Have a test event sent, in its turn like any other. The act is sealed, and is what the event follows from.

        Raises:
            NotFoundError: There is no such webhook.
            SenderError: The webhook is not active.
        """
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, webhook_id)
            if known.state != "active":
                raise SenderError("The webhook is not active; resume it first.", code="webhook-inactive")
            view = self._views(connection, [known])[0]
            told = WebhookAct(webhook=known.id)
            record = self._stores.sealer.record(PINGED, principal.id, told, about=file_id(WEBHOOK, known.id))
            self._access.seal(connection, record)
        return view

    def confirm(self, principal: Principal, webhook_id: str, code: str) -> WebhookView:
        """Confirm an e-mail address by the code that was sent to it.

        Args:
            principal: Who keeps it.
            webhook_id: Which.
            code: The code, in capitals or not, with or without its hyphen.

        Raises:
            NotFoundError: There is no such webhook.
            SenderError: No code is given, it waits for none, or the code is wrong or too old.
        """
        given = "".join(one for one in code.upper() if one.isalnum())
        if not given:
            raise SenderError(
                "Give the code that was sent to the address, or have a new one sent.", code="webhook-code"
            )
        return self._coded(principal, webhook_id, given)

    def send_code(self, principal: Principal, webhook_id: str) -> WebhookView:
        """Have a new code sent to an e-mail address that is not confirmed; the one before is good no more.

        Raises:
            NotFoundError: There is no such webhook.
            SenderError: It waits for no code, or there were too many of them.
        """
        return self._coded(principal, webhook_id, "")

    def _coded(self, principal: Principal, webhook_id: str, given: str) -> WebhookView:
        now = _now()
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, webhook_id, to_change=True)
            if known.code is None:
                raise SenderError("This address waits for no code.", code="webhook-confirmed")
            made, problem = self._after(connection, known, given, now)
            view = self._views(connection, [made])[0]
            self._keep(connection, made, principal.id)
        if problem is not None:
            raise problem
        return view

    def _after(
        self, connection: Connection, known: Webhook, given: str, now: datetime
    ) -> tuple[Webhook, SenderError | None]:
        """An address that is not confirmed after a code was given, or a new one asked for ("")."""
        code, place = known.code, UUID(known.id)
        if code is None or (not given and code.number >= MOST_CODES):
            raise SenderError(
                "Too many codes were sent to this address; end it and register it again.", code="webhook-codes"
            )
        if not given:
            self._deliveries.begin(connection, place, now)
            self._send_code(connection, known.id, now, code.number + 1)
            return msgspec.structs.replace(known, code=self._code(known.id, now, code.number + 1), changed=now), None
        if code.until <= now or code.wrong >= MOST_WRONG:
            raise SenderError("This code is not good any more; have a new one sent.", code="webhook-code")
        if not hmac.compare_digest(given.encode(), mail_code(self._stores, known).encode()):
            wrong = msgspec.structs.replace(code, wrong=code.wrong + 1)
            error = SenderError("This is not the code that was sent to the address.", code="webhook-code")
            return msgspec.structs.replace(known, code=wrong, changed=now), error
        self._deliveries.drop(connection, place, CONFIRM_INDEXES)
        self._deliveries.begin(connection, place, now)
        return msgspec.structs.replace(known, code=None, confirmed=now, state="active", changed=now), None

    def renew_secret(self, principal: Principal, webhook_id: str, overlap_hours: int = 24) -> WebhookSecretShown:
        """Make a new secret; for a while the former signs too.

        Args:
            principal: Who keeps it.
            webhook_id: Which.
            overlap_hours: For how long (0..168).

        Raises:
            NotFoundError: There is no such webhook.
            SenderError: The time is too long.
        """
        if not 0 <= overlap_hours <= MOST_OVERLAP_HOURS:
            raise SenderError(
                f"The former secret can stay good for at most {MOST_OVERLAP_HOURS} hours.", code="webhook-overlap"
            )
        now, secret = _now(), secrets.token_bytes(SECRET_BYTES)
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, webhook_id, to_change=True)
            if known.mail_address:
                raise SenderError("An e-mail address has no secret.", code="webhook-no-secret")
            former = msgspec.structs.replace(known.secrets[0], until=now + timedelta(hours=overlap_hours))
            both = (self._wrapped(known.id, secret, now), former)
            made = msgspec.structs.replace(known, secrets=both if overlap_hours else both[:1], changed=now)
            view = self._views(connection, [made])[0]
            self._keep(connection, made, principal.id)
        return WebhookSecretShown(webhook=view, secret=_shown(made.scheme, secret))

    def set_state(
        self, principal: Principal, webhook_id: str, state: Literal["active", "paused", "ended"]
    ) -> WebhookView:
        """Pause a webhook, resume it, or end it. While it is paused nothing is kept for it; what waited is given up, and can be sent again.

        Raises:
            NotFoundError: There is no such webhook.
            SenderError: It stands like that already.
        """
        now = _now()
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, webhook_id, to_change=True)
            if known.state == state:
                raise SenderError("The webhook is in this state already.", code="webhook-state", found=state)
            if known.code is not None and state != "ended":
                raise SenderError("Confirm the address first.", code="webhook-unconfirmed")
            place = UUID(known.id)
            if state == "active":
                self._deliveries.begin(connection, place, now)
            elif state == "paused":
                self._deliveries.bury(connection, place, "It was paused.", now)
            else:
                self._deliveries.end(connection, place)
            made = msgspec.structs.replace(known, state=state, reason="", changed=now)
            view = self._views(connection, [made])[0]
            self._keep(connection, made, principal.id)
        return view

    # Within

    def _keeps(self, principal: Principal, known: Webhook) -> bool:
        if (known.audience == "trader") is not self._is_own:
            return False
        if not self._is_own:
            return self._access.may(principal, "webhook:keep")
        own = _by_right(principal)
        return all(self._access.may(own, "webhook:keep-own", Resource(sender=one)) for one in known.senders)

    def _one(
        self, connection: Connection, principal: Principal, webhook_id: str, *, to_change: bool = False
    ) -> Webhook:
        wanted = parse_id(webhook_id)
        place = file_id(WEBHOOK, str(wanted))
        file = self._stores.case_files.get(connection, place, to_change=to_change) if wanted else None
        known = read_body(file, Webhook) if file is not None else None
        if known is None or known.state == "ended" or not self._keeps(principal, known):
            raise NotFoundError("There is no such webhook.")
        return known

    def _of(self, connection: Connection, names: list[tuple[str, str]]) -> list[Webhook]:
        found = self._stores.case_files.found_by(connection, WEBHOOK, names)
        every = {one.id: one for files in found.values() for one in (read_body(file, Webhook) for file in files)}
        return list(every.values())

    def _target(self, new: NewWebhook, audience: Audience) -> tuple[str, str]:
        """Where a new webhook leads, and the language of e-mail.

        Raises:
            SenderError: It is no address that may be sent to.
        """
        text = new.url.strip()
        address = text[len(MAILTO) :] if text[: len(MAILTO)].lower() == MAILTO else text
        settings = self._stores.settings
        if "@" not in address or "/" in address:
            if new.is_with_answers:
                raise SenderError("Answers go with e-mail alone.", code="webhook-answers")
            return check_url(text, reach_of(settings)), ""
        if not self.is_mail_offered:
            raise SenderError("This installation sends no events by e-mail.", code="webhook-mail-off")
        domain, own = domain_of(address), mail_domains(settings)
        if domain is None:
            words = "This is not an e-mail address such as name@customs.example."
            if (ascii_ := in_ascii(address)) is not None:
                words = f"Write the domain in letters without accents: {ascii_}."
            raise SenderError(words, code="webhook-mail", expected=ascii_)
        if audience == "administration" and own and domain not in own:
            words = f"Notices are sent to addresses of the administration alone: {', '.join(sorted(own))}."
            raise SenderError(words, code="webhook-mail")
        if new.is_with_answers and audience != "trader":
            raise SenderError("Answers go to the sender of a message alone.", code="webhook-answers")
        language = spoken().get(new.language or "en")
        if language is None or not language.is_whole:
            raise SenderError("There is no such language.", code="webhook-language", found=new.language[:20])
        return f"{MAILTO}{address}", language.tag

    def _code(self, identity: str, now: datetime, number: int) -> MailCode:
        code = "".join(secrets.choice(_SIGNS) for _ in range(_CODE_SIGNS))
        wrapped = self._stores.secrets_box.wrap(f"webhook code {identity}", code.encode())
        until = now + timedelta(hours=CODE_HOURS)
        return MailCode(wrapped=base64.b64encode(wrapped).decode(), until=until, number=number)

    def _send_code(self, connection: Connection, identity: str, now: datetime, number: int) -> None:
        """Let the message with the code wait, in place of one that waits already."""
        place = UUID(identity)
        self._deliveries.drop(connection, place, CONFIRM_INDEXES)
        row = Delivery(
            subscription=place,
            index=-number,
            event=f"evt_{new_id()}",
            type=CONFIRM,
            identity=identity,
            sender=None,
            at=now,
            changed=now,
        )
        self._deliveries.add(connection, [row])

    def _check_number(
        self, connection: Connection, audience: Audience, senders: tuple[str, ...], *, is_mail: bool
    ) -> None:
        if audience == "trader":
            groups, most = [self._of(connection, [("sender", one)]) for one in senders], MOST_OF_SENDER
        else:
            groups = [self._of(connection, [("audience", "partner"), ("audience", "administration")])]
            most = MOST_INSIDE
        if any(sum(one.state != "ended" for one in group) >= most for group in groups):
            raise SenderError("There are too many webhooks; end one first.", code="webhook-number")
        since = _now() - _NEW_WITHIN
        if is_mail and any(sum(bool(one.mail_address) and one.made > since for one in each) >= most for each in groups):
            raise SenderError("Too many e-mail addresses were registered within a day.", code="webhook-number")

    def _check_new(
        self, connection: Connection, whose: tuple[str, tuple[str, ...], str], url: str, types: tuple[str, ...]
    ) -> None:
        """One e-mail address is registered once for a sender, so that it is told nothing twice; an endpoint once for the same events."""
        audience, senders, agreement = whose
        if audience == "trader":
            known = [one for name in senders for one in self._of(connection, [("sender", name)])]
        else:
            known = [one for one in self._of(connection, [("audience", audience)]) if one.agreement == agreement]
        wanted = _spelt(url)
        for one in known:
            if one.state == "ended" or _spelt(one.url) != wanted:
                continue
            if one.mail_address or (set(one.types) == set(types) and set(one.senders) == set(senders)):
                raise SenderError(
                    "This address is registered already; end that one first, or go on with it.",
                    code="webhook-known",
                    found=one.id,
                )

    def _views(self, connection: Connection, known: list[Webhook]) -> list[WebhookView]:
        ids = [UUID(one.id) for one in known]
        going, counts = self._deliveries.receiving(connection, ids), self._deliveries.counts(connection, ids)
        return [self._view(one, going.get(UUID(one.id)), counts.get(UUID(one.id), (0, 0))) for one in known]

    def _view(self, known: Webhook, going: Receiving | None, counts: tuple[int, int]) -> WebhookView:
        now = _now()
        good = [one for one in known.secrets if one.until is None or one.until > now]
        keys: tuple[str, ...] = ()
        if known.scheme == "v1a":
            keys = tuple(public_key_text(unwrapped(self._stores, known.id, one)) for one in good)
        is_failing = going is not None and going.failing_since is not None
        return WebhookView(
            id=known.id,
            audience=known.audience,
            senders=known.senders,
            is_with_clients=known.is_with_clients,
            agreement=known.agreement,
            url=known.url,
            types=known.types,
            note=known.note,
            scheme=known.scheme,
            public_keys=keys,
            former_until=good[1].until if len(good) > 1 else None,
            language=known.language,
            is_with_answers=known.is_with_answers,
            confirmed=known.confirmed,
            code_until=known.code.until if known.code is not None else None,
            state=known.state,
            reason=known.reason,
            made=known.made,
            waiting=counts[0],
            given_up=counts[1],
            delivered=going.delivered if going else 0,
            last=going.last if going else None,
            failing_since=going.failing_since if going else None,
            attempts=going.attempts if going else 0,
            next=going.next if going is not None and is_failing and known.state in ("active", "unconfirmed") else None,
            problem=going.problem if going else "",
        )

    def _wrapped(self, identity: str, secret: bytes, now: datetime) -> WebhookSecret:
        wrapped = self._stores.secrets_box.wrap(f"webhook {identity}", secret)
        return WebhookSecret(wrapped=base64.b64encode(wrapped).decode(), since=now)

    def _seal_look(self, connection: Connection, principal: Principal, subjects: tuple[str, ...]) -> None:
        what = "own webhooks" if self._is_own else "webhooks"
        self._access.seal(connection, self._access.record(principal, what, subjects))

    def _keep(self, connection: Connection, made: Webhook, who: str) -> None:
        record = write_webhook(self._files, connection, made, who)
        if record is not None:
            self._access.seal(connection, record)


def write_webhook(files: DocumentFiles, connection: Connection, made: Webhook, who: str) -> NewRecord | None:
    """Keep a webhook as it stands; the record that is to be sealed as the last act, or None where nothing changed."""
    place = Place(state=made.state, names=tuple(sorted(webhook_names(made))))
    return files.write(connection, WEBHOOK, made.id, (made, who), place)


def webhook_names(known: Webhook) -> set[tuple[str, str]]:
    """The names by which the file of a webhook is found."""
    if known.audience == "trader":
        return {("name", known.id), *(("sender", one) for one in known.senders)}
    return {("name", known.id), ("audience", known.audience)}


def unwrapped(stores: Stores, identity: str, kept: WebhookSecret) -> bytes:
    """A secret of a webhook.

    Raises:
        StoreError: It was encrypted under another key, or changed.
    """
    return stores.secrets_box.unwrap(f"webhook {identity}", base64.b64decode(kept.wrapped))


def signing_secrets(stores: Stores, known: Webhook, now: datetime) -> tuple[str, ...]:
    """The secrets that a webhook is signed with at a moment, the newest first (1..2).

    Raises:
        StoreError: One was encrypted under another key, or changed.
    """
    if known.scheme == "none":
        return ()
    good = (one for one in known.secrets if one.until is None or one.until > now)
    return tuple(secret_text(known.scheme, unwrapped(stores, known.id, one)) for one in good)


def mail_code(stores: Stores, known: Webhook) -> str:
    """The code that confirms an e-mail address, without its hyphen; empty where it waits for none.

    Raises:
        StoreError: It was encrypted under another key, or changed.
    """
    if known.code is None:
        return ""
    return stores.secrets_box.unwrap(f"webhook code {known.id}", base64.b64decode(known.code.wrapped)).decode()


def reach_of(settings: Settings) -> Reach:
    """Where webhooks may lead, by the settings."""
    networks = tuple(settings.event_networks.replace(",", " ").split())
    return Reach(networks=networks, is_plain_allowed=settings.event_plain_http)


def _types(wanted: tuple[str, ...], offered: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [one for one in wanted if one not in offered]
    if unknown or not offered:
        raise SenderError(
            "There is no such event for you.",
            code="webhook-types",
            found=unknown[0][:80] if unknown else None,
            expected=", ".join(offered) or None,
        )
    return tuple(one for one in offered if one in wanted) if wanted else offered


def _undelivered(one: Delivery) -> UndeliveredEvent:
    return UndeliveredEvent(
        event=one.event, type=one.type, identity=one.identity, at=one.at, given_up=one.changed, problem=one.problem
    )


def _shown(scheme: Signed, secret: bytes) -> str | None:
    return secret_text("v1", secret) if scheme == "v1" else None


def _by_right(principal: Principal) -> Principal:
    """The principal as it stands by its own key, without what it may do by mandates."""
    return msgspec.structs.replace(principal, senders=principal.by_right)


def _spelt(url: str) -> str:
    """An address as it is compared: the case of letters is of no matter in e-mail, and in the name of a host."""
    if url.startswith(MAILTO):
        return url.casefold()
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{host.lower()}{slash}{path}"


def _now() -> datetime:
    return datetime.now(UTC)
