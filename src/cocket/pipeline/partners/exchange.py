# SPDX-License-Identifier: Apache-2.0
"""Signed messages with partner administrations: what is given and asked for, and what theirs are answered.

The order with theirs is the point: the signature, the nonce, the agreement; then the request is sealed, then done, then the answer
is sealed, and only then sent. A message that comes again is answered as before, and does nothing.

Policy actions: `mirror:give` (by the key of a partner, for its senders), `mirror:run`, `mirror:read`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.errors import CocketError, ProofError, SenderError, StoreError, UnreadableError
from cocket.exchange.followed_files import FollowedLog
from cocket.exchange.signed_http import (
    RECEIPTS,
    SignedAnswer,
    SignedRequest,
    key_id,
    read_receipts,
    sign_answer,
    signing_key,
    verify_request,
    write_receipts,
)
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.governance.partner_notices import ASKED, NOTICE_KINDS, PUSHED
from cocket.ledger import Receipt
from cocket.ledger.receipt import read_proof
from cocket.mirror import TradeRecord
from cocket.pipeline.base.access import AccessRecord, NotFoundError, Service, Subject
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.followed_logs import followed_logs
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.partner_agreements import (
    AgreementOverError,
    over_words,
    signed_agreements,
    signed_by_standing,
    today_of,
    why_over,
)
from cocket.pipeline.base.partner_looks import GIVEN, looks_of_partner, partner_of, seal_all_but_last_looks
from cocket.pipeline.base.partner_looks import NOTICE as NOTICE_LOOK
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_records import MIRROR, PRIVATE
from cocket.pipeline.consignment.partner_notices import NOTICE, KeptNotice, named_dossiers, view_of
from cocket.pipeline.intake.messages import OverloadedError
from cocket.pipeline.partners.joint import JointLearning
from cocket.pipeline.partners.messages import (
    FORM,
    MOST_RECORDS,
    Counts,
    Exchanged,
    ExchangeFiles,
    Message,
    OpenedMessage,
    ReceiptNote,
    Reply,
    SealedThere,
    agreement_of,
    agreement_to,
    check_sendable,
    given_in,
    house_key,
    next_key,
    read_message,
    span_of,
    use_next_key,
)
from cocket.pipeline.partners.notices import answers_to, take_notices
from cocket.pipeline.partners.sending import send_now
from cocket.pipeline.queries.mirror import Mirror
from cocket.pipeline.queries.private_runs import PrivateRuns
from cocket.pipeline.risk.joint_tables import JOINT
from cocket.stores.base.database import Connection
from cocket.stores.partners.exchange_queue import ExchangeQueue, Sending

#: Messages that are shown (count).
MOST_SHOWN: Final = 500

#: For how long a message that was taken and not answered is taken to be worked on still.
_WORKING: Final = timedelta(seconds=60)

_OK, _REFUSED, _CONFLICT, _OVER = 200, 422, 409, 403


class HouseIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner's agreement names of us: the key by which we sign messages, its id, and those of receipts and of the log."""

    key: str
    key_id: str
    receipts: str


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose signature holds, made by a key that agreements name.

    Attributes:
        key: Id of the key.
        request: The request, to which the answer is bound.
        agreements: Names of agreements in force under which it may be, by key and certificate (0..n).
        over: Which agreement named the key, and since when it holds no more, in words; empty where one in force does.
    """

    key: str
    request: SignedRequest
    agreements: tuple[str, ...]
    over: str = ""


class ExchangeView(msgspec.Struct, frozen=True, kw_only=True):
    """Messages as people see them.

    Attributes:
        messages: The last changed first (0..500).
        sending: How sending goes, by agreement, where anything failed or went (0..n).
        waiting: Messages that wait to be sent (count).
    """

    messages: tuple[Exchanged, ...]
    sending: dict[str, Sending]
    waiting: int


class HouseExchange(Service):
    """Signed messages with other administrations.

    Args:
        stores: The stores of this process.
        mirror: Takes and gives records of trade.
        runs: Matches in private.
        joint: Takes letters of evidence.
    """

    def __init__(self, stores: Stores, mirror: Mirror, runs: PrivateRuns, joint: JointLearning) -> None:
        super().__init__(stores)
        self._joint = joint
        self._mirror, self._runs = mirror, runs
        self._exchange = ExchangeFiles(stores)
        self._documents = DocumentFiles(stores)

    def identity(self, principal: Principal) -> HouseIdentity:
        """What the partner's side of an agreement names of us; our key is made at the first use.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:run", Resource())
        key = house_key(self._stores)
        return HouseIdentity(key=key.public, key_id=key.id, receipts=self._stores.sealer.receipt_vkey)

    def rotate_key(self, principal: Principal, *, use_next: bool = False) -> tuple[HouseIdentity, HouseIdentity | None]:
        """Replace the key by which we sign messages: make the next one, for partners to name, then use it.

        Args:
            principal: Who does it.
            use_next: Whether the next key is used from now on, and the former destroyed; else it is only made.

        Returns:
            What partners are to name of us: the key in use, and the next one; None for that where it is in use now.

        Raises:
            PolicyError: The principal may not.
            SettingsError: There is no next key to use; nothing is changed.
        """
        self._access.require(principal, "mirror:run", Resource())
        if use_next:
            use_next_key(self._stores)
            return self.identity(principal), None
        coming = next_key(self._stores)
        now = self.identity(principal)
        return now, msgspec.structs.replace(now, key=coming.public, key_id=coming.id)

    def push_records(
        self, principal: Principal, country: str, first: date, last: date, purpose: str = "control"
    ) -> tuple[Exchanged, ...]:
        """Give a partner our records of trade of some days, in messages of at most 10,000 (1..n); the first tells what is left out.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
            SenderError: The agreement is not for the purpose, or does not say where the other side is reached.
        """
        self._access.require(principal, "mirror:run", Resource())
        wanted = country.strip().upper()
        self._check(MIRROR, wanted, purpose)
        given, records, subjects = self._mirror.own_records(principal, wanted, first, last)
        made: list[Exchanged] = []
        for start in range(0, max(1, len(records)), MOST_RECORDS):
            end = start + MOST_RECORDS
            body = {"records": records[start:end]}
            what, left_out = ("push", MIRROR, purpose), {} if made else given.left_out
            made.append(self._send(principal, what, wanted, body, subjects[start:end], left_out=left_out))
        return tuple(made)

    def query_records(
        self, principal: Principal, country: str, first: date, last: date, purpose: str = "control"
    ) -> Exchanged:
        """Ask a partner for its records of trade of some days; they are taken in as soon as they come.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:run", Resource())
        if last < first:
            raise SenderError("The first day is after the last.", code="exchange-days")
        days = {"since": first.isoformat(), "until": last.isoformat()}
        return self._send(principal, ("query", MIRROR, purpose), country.strip().upper(), days)

    def begin_private(
        self, principal: Principal, country: str, first: date, last: date, purpose: str = "control"
    ) -> Exchanged:
        """Begin a private match with a partner; its steps go by themselves, and the run shows what both have in common.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
            SenderError: A run was begun today, or the days do not fit.
        """
        self._access.require(principal, "mirror:run", Resource())
        wanted = country.strip().upper()
        self._check(PRIVATE, wanted, purpose)
        run, opening = self._runs.begin_run(principal, wanted, first, last)
        body = {"step": "opening", "message": msgspec.Raw(opening)}
        return self._send(principal, ("push", PRIVATE, purpose), wanted, body, count=run.own, counts="own-names")

    def exchanges(self, principal: Principal) -> ExchangeView:
        """Messages to and from partners, with why they wait if they do, and how sending goes; the look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            found = self._exchange.every(connection)
            names = {one.agreement for one in found} | {one.name for one in signed_agreements(self._stores, connection)}
            sending = ExchangeQueue().sending(connection, names)
            shown = self._explained(connection, found[:MOST_SHOWN])
            self._access.seal(connection, self._access.record(principal, "mirror", ("messages",)))
        waiting = sum(one.state == "waiting" for one in found)
        return ExchangeView(messages=shown, sending=sending, waiting=waiting)

    def logs(self, principal: Principal) -> tuple[FollowedLog, ...]:
        """Logs of partners as they are followed (0..n), the gravest first; the look is sealed.

        Raises:
            PolicyError: The principal may not.
            StoreError: What is kept of one cannot be read.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            found = followed_logs(self._stores, connection)
            self._access.seal(connection, self._access.record(principal, "mirror", ("logs",)))
        return found

    def message(self, principal: Principal, message_id: str) -> Exchanged:
        """One message of ours as it stands, with why it waits if it does; the look is sealed.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            found = next((one for one in self._exchange.every(connection) if one.id == message_id), None)
            if found is None:
                raise NotFoundError("There is no such message.")
            (found,) = self._explained(connection, (found,))
            self._access.seal(connection, self._access.record(principal, "mirror", (message_id,)))
        return found

    def opened(self, principal: Principal, message_id: str) -> OpenedMessage:
        """One message with what it holds, as far as that is kept or was sealed with it; the look is sealed.

        What was sent is thrown away once it is answered. Notices are kept, and the partner's look at each object of ours that a message
        tells of was sealed with it.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        today = today_of(self._stores)
        with self._stores.database.transaction() as connection:
            found = next((one for one in self._exchange.every(connection) if one.id == message_id), None)
            if found is None:
                raise NotFoundError("There is no such message.")
            (found,) = self._explained(connection, (found,))
            every = self._documents.every(connection, NOTICE, KeptNotice) if found.kind in NOTICE_KINDS else ()
            notices = [view_of(one, today) for one in every if one.message == message_id][:MOST_SHOWN]
            given = self._given(connection, found)
            dossiers = named_dossiers(self._stores, self._access, connection, principal, given)
            shown = (message_id, *(one.id for one in notices), *(one.id for one in dossiers))
            self._access.seal(connection, self._access.record(principal, "mirror", shown))
        return OpenedMessage(
            message=found,
            notices=tuple(notices),
            dossiers=dossiers,
            others=len(given) - len(dossiers),
            has_more=len(given) == MOST_SHOWN,
            sealed=_sealed_there(found.receipts),
        )

    def _given(self, connection: Connection, one: Exchanged) -> list[UUID]:
        """Objects of ours that a message tells the partner of: those of its looks that were sealed right before it (0..500)."""
        ids = [parse_id(each) for each in (one.leaves[:1] if one.direction == "out" else one.leaves[1:2])]
        sealed = self._stores.leaves.of_records(connection, [each for each in ids if each is not None])
        if not sealed:
            return []
        end, found = sealed[0].index, list[UUID]()
        looks = self._stores.leaves.records_between(connection, end - MOST_SHOWN, end - 1, ("look",))
        for leaf, body in reversed(looks):
            look = msgspec.json.decode(body, type=AccessRecord)
            if (
                leaf.index != end - 1 - len(found)
                or look.what not in (GIVEN, NOTICE_LOOK)
                or look.agreement != one.agreement
            ):
                break
            about = parse_id(look.subjects[0])
            if about is None:
                break
            found.append(about)
        return found[::-1]

    def is_under_way(self, principal: Principal, ids: Collection[str]) -> bool:
        """Whether one of some messages of ours waits, and nothing is known that holds it up.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:run", Resource())
        with self._stores.database.transaction() as connection:
            waiting = [one for one in self._exchange.every(connection, ("waiting",)) if one.id in ids]
            sending = self._exchange.queue.sending(connection, {one.agreement for one in waiting})
        return any(one.agreement not in sending or not sending[one.agreement].problem for one in waiting)

    def send_again(self, principal: Principal, message_id: str) -> Exchanged:
        """Let a message that was given up wait to be sent again. The act is sealed.

        Raises:
            AgreementOverError: The agreement that it was made under is not in force.
            NotFoundError: There is no such message.
            PolicyError: The principal may not.
            SenderError: What it held is not kept any more.
        """
        self._access.require(principal, "mirror:run", Resource())
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            found = next((one for one in self._exchange.every(connection, ("given-up",)) if one.id == message_id), None)
            if found is None:
                raise NotFoundError("There is no message of that id that was given up.")
            if over := why_over(self._stores, connection, found.agreement):
                raise AgreementOverError(f"{over} Nothing goes under it.", found=found.agreement)
            if self._exchange.content(connection, found, "out") is None:
                raise SenderError("What the message held is not kept any more.", code="exchange-gone")
            self._exchange.queue.went_well(connection, found.agreement, now)
            again = msgspec.structs.replace(found, state="waiting", changed=now, made=now, problem="")
            self._access.seal(connection, *self._exchange.write(connection, again))
        return again

    def send_waiting(self, principal: Principal) -> int:
        """Send what waits now, without regard to pauses; how many messages and receipts were taken (count).

        Nothing is done here while the role `events` runs, which sends what waits by itself.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:run", Resource())
        return send_now(self._stores)

    def admit(self, request: SignedRequest, body: bytes, certificates: Sequence[bytes]) -> Admitted:
        """Take a request whose signature holds.

        Args:
            request: As it came, with the address under which we are reached; names of fields in lower case.
            body: Its body.
            certificates: Those that the machine showed, in DER, its own first (0..n).

        Raises:
            NotFoundError: No signed messages are exchanged here.
            ProofError: No agreement names the key, or the signature does not hold, or it came before.
        """
        if not self._stores.settings.partner_exchange:
            raise NotFoundError("No signed messages are exchanged here.")
        key = signing_key(request.headers)
        with self._stores.database.transaction() as connection:
            every, over = signed_by_standing(self._stores, connection)
        ways = [one.signed for one in (*every, *over) if one.signed is not None]
        said = verify_request(request, body, {each for way in ways for each in way.keys})
        if said.key != key:
            raise ProofError("The signature of the message is not accepted: two keys are named.", code="signature")
        with self._stores.database.transaction() as connection:
            if not self._exchange.queue.take_nonce(connection, said.key, said.nonce, said.until):
                raise ProofError("The signature of the message is not accepted: it came before.", code="signature")
        shown = sha256(certificates[0]).hexdigest() if certificates else ""
        named = [one for one in every if said.key in _ids(one)]
        asked = named or [one for one in over if said.key in _ids(one)]
        good = [one for one in asked if one.signed and _is_shown(one.signed.certificates, shown)]
        if not good:
            raise ProofError("The machine did not show a certificate that the agreement names.", code="certificate")
        if named:
            return Admitted(key=said.key, request=request, agreements=tuple(one.name for one in good))
        words = over_words(good[0], today_of(self._stores), with_reason=False)
        return Admitted(key=said.key, request=request, agreements=(), over=words)

    def answer_message(self, admitted: Admitted, body: bytes) -> SignedAnswerBytes:
        """Do what a partner's message says, once, and answer it.

        Where no agreement in force covers it nothing is done or kept, and the answer says so: which one is over, and since when.

        Raises:
            OverloadedError: The same message is being worked on.
            StoreError: It could not be stored; nothing was answered.
            UnreadableError: It is no message.
        """
        message = read_message(body)
        if admitted.over:
            return self._turned_away(admitted, message.id, AgreementOverError.code, admitted.over)
        with self._stores.database.transaction() as connection:
            try:
                agreement = agreement_of(self._stores, connection, admitted.agreements, message.kind)
            except AgreementOverError as error:
                return self._turned_away(admitted, message.id, "exchange-kind", error.message)
            taken, is_new = self._take(connection, admitted, agreement, message, body)
        if taken.digest != sha256(body).hexdigest():
            words = "A message of that id came before, and was another."
            return self._answered(admitted, _CONFLICT, _refused(message.id, "exchange-differs", words), ())
        if not is_new:
            return self._again(admitted, taken)
        status, reply, count, subjects = _OK, None, 0, tuple[Subject, ...]()
        try:
            _check_addressed(agreement, message)
            result, count, subjects = self._do(agreement, admitted, message, taken)
            reply = _done(message, result)
        except StoreError:
            raise
        except CocketError as error:
            status, reply = _REFUSED, _refused(message.id, error.code, error.message)
        taken = self._settle(taken, reply, count, (agreement, subjects), is_refused=status != _OK)
        return self._answered(admitted, status, reply, self._exchange.receipts(taken.leaves))

    def take_receipts(self, admitted: Admitted, body: bytes) -> SignedAnswerBytes:
        """Keep the receipts that a partner brings for the answer that we gave.

        Raises:
            NotFoundError: We gave no such answer.
            SenderError: A receipt is none, or does not hold.
            UnreadableError: It is no such note.
        """
        try:
            note = msgspec.json.decode(body, type=ReceiptNote)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UnreadableError(f"The message that it is about is not named: {error}.", code="exchange") from error
        if admitted.over:
            return self._turned_away(admitted, note.message, AgreementOverError.code, admitted.over)
        with self._stores.database.transaction() as connection:
            found = None
            for agreement in signed_agreements(self._stores, connection):
                if agreement.name in admitted.agreements:
                    found = self._exchange.read(connection, "in", agreement.country, note.message)
                    break
            if found is None or not found.answer:
                raise NotFoundError("No answer to such a message was given.")
            kept = self._with_receipts(found, agreement, admitted)
            state = "done" if kept.state == "answered" else kept.state
            kept = msgspec.structs.replace(kept, state=state, changed=datetime.now(UTC))
            self._access.seal(connection, *self._exchange.write(connection, kept))
        reply = Reply(form=FORM, message=note.message, outcome="done")
        return self._answered(admitted, _OK, msgspec.json.encode(reply), ())

    def _with_receipts(self, one: Exchanged, agreement: Agreement, admitted: Admitted) -> Exchanged:
        """A message with the receipts that came with it.

        Raises:
            SenderError: One of them is none, or does not hold.
            UnreadableError: They are not base64.
        """
        receipts = read_receipts(admitted.request.headers.get(RECEIPTS, ""))
        try:
            return self._exchange.receipts_taken(one, agreement, receipts)
        except ProofError as error:  # the partner's fault: nothing of ours is broken
            raise SenderError(error.message, code="exchange-receipt") from error

    def _explained(self, connection: Connection, messages: Sequence[Exchanged]) -> tuple[Exchanged, ...]:
        """Messages, those that wait with why in `problem`."""
        if not any(one.state == "waiting" for one in messages):
            return tuple(messages)
        waiting = [one for one in self._exchange.every(connection, ("waiting",)) if one.direction == "out"]
        over = {name: why_over(self._stores, connection, name) for name in {one.agreement for one in waiting}}
        sending = self._exchange.queue.sending(connection, {one.agreement for one in waiting})
        is_on = self._stores.settings.partner_exchange

        def why(one: Exchanged) -> str:
            if over[one.agreement]:
                return f"{over[one.agreement]} The message will be given up."
            going = sending.get(one.agreement)
            ahead = sum(
                (each.made, each.id) < (one.made, one.id) for each in waiting if each.agreement == one.agreement
            )
            words = []
            if not is_on:
                words.append("Nothing is sent by itself here, since partner_exchange is not set.")
            if ahead:
                words.append(f"Messages to this partner that wait before it: {ahead}.")
            if going is not None and going.problem:
                words.append(
                    f"Attempts that failed: {going.attempts}. {going.problem} Again at {going.next:%Y-%m-%d %H:%M:%S} UTC."
                )
            return " ".join(words or ["It was not tried yet."])

        return tuple(
            msgspec.structs.replace(one, problem=why(one)) if one.state == "waiting" else one for one in messages
        )

    def _check(self, kind: str, country: str, purpose: str) -> None:
        """See that a message may go, before anything is done for it."""
        with self._stores.database.transaction() as connection:
            check_sendable(agreement_to(self._stores, connection, kind, country), purpose)

    def _send(
        self,
        principal: Principal,
        what: tuple[Any, str, str],
        country: str,
        body: object,
        subjects: Sequence[Subject] = (),
        *,
        count: int = 0,
        counts: Counts = "",
        left_out: Mapping[str, int] | None = None,
    ) -> Exchanged:
        """Let a message wait to be sent, once the partner's looks at all that it tells of are sealed."""
        with self._stores.database.transaction() as connection:
            agreement = agreement_to(self._stores, connection, what[1], country)
        draft = self._exchange.draft(agreement, what, body)
        given = given_in(draft.id, what[2])
        last = seal_all_but_last_looks(self._stores, agreement, given, subjects)
        with self._stores.database.transaction() as connection:
            made, records = self._exchange.send_draft(
                connection, draft, (principal.id, count or len(subjects)), counts=counts, left_out=left_out
            )
            looks = looks_of_partner(self._access, agreement, given, last)
            self._access.seal(connection, *looks, *records)
        return made

    def _take(
        self, connection: Any, admitted: Admitted, agreement: Agreement, message: Message, body: bytes
    ) -> tuple[Exchanged, bool]:
        """The document of a message, and whether it is to be done: it is new, or nobody works on it any more."""
        now = datetime.now(UTC)
        self._stores.case_files.lock(connection, f"partner-exchange {agreement.country}")
        known = self._exchange.read(connection, "in", agreement.country, message.id)
        self._exchange.queue.went_well(connection, agreement.name, now)  # it is there again: what waits may go at once
        if known is not None:
            if known.state == "taken" and known.digest == sha256(body).hexdigest():
                if now - known.changed < _WORKING:
                    raise OverloadedError("The same message is being processed.", retry_after=5)
                return known, True
            return known, False
        words = self._exchange.words(connection, message.id, message.kind, "request", (body, agreement.name))
        days, number = span_of(bytes(message.body))
        made = Exchanged(
            id=message.id,
            direction="in",
            act=message.act,
            kind=message.kind,
            agreement=agreement.name,
            version=agreement.version,
            country=agreement.country,
            purpose=message.purpose,
            state="taken",
            by=admitted.key,
            made=message.made,
            changed=now,
            digest=sha256(body).hexdigest(),
            counts=_counts(message),
            leaves=(str(words.leaf.record),),
            days=days,
            number=number,
        )
        made = self._with_receipts(made, agreement, admitted)
        self._access.seal(connection, words, *self._exchange.write(connection, made))
        return made, True

    def _do(
        self, agreement: Agreement, admitted: Admitted, message: Message, taken: Exchanged
    ) -> tuple[object, int, tuple[Subject, ...]]:
        """What a message asks to be done; what is answered, how much that is (count), and what of ours it tells of (0..n)."""
        partner = partner_of(self._access, agreement, given_in(message.id, message.purpose))
        if (message.act, message.kind) == ("query", MIRROR):
            return self._give_records(partner, agreement, message)
        if message.act == "query" and message.kind in ASKED:
            return self._give_notices(agreement, message)
        doing: dict[tuple[str, str], Callable[[], tuple[object, int]]] = {
            ("push", MIRROR): lambda: self._take_records(partner, agreement, message),
            ("push", PRIVATE): lambda: self._private_step(partner, message),
            ("push", JOINT): lambda: self._take_letter(partner, message),
            **{("push", kind): lambda: self._take_notices(agreement, taken, message) for kind in PUSHED},
        }
        act = doing.get((message.act, message.kind))
        if act is None:
            raise SenderError(f"{message.kind} cannot be had by {message.act}.", code="exchange-kind")
        return *act(), ()

    def _take_records(self, partner: Principal, agreement: Agreement, message: Message) -> tuple[object, int]:
        records = _body(message, _Records).records
        if not records:
            return {"taken": 0}, 0
        lines = b"\n".join(map(msgspec.json.encode, records))
        made = self._mirror.give_records(partner, lines, agreement.country)
        told = {name: getattr(made, name) for name in ("taken", "changed", "repeated", "withdrawn", "left_out")}
        return told, len(records)

    def _give_records(
        self, partner: Principal, agreement: Agreement, message: Message
    ) -> tuple[object, int, tuple[Subject, ...]]:
        days = _body(message, _Days)
        _, records, subjects = self._mirror.own_records(partner, agreement.country, days.since, days.until)
        if len(records) > MOST_RECORDS:
            raise SenderError(
                f"These days have {len(records):,} records, and {MOST_RECORDS:,} are given at once: ask for fewer days.",
                code="exchange-large",
            )
        return {"records": records}, len(records), subjects

    def _private_step(self, partner: Principal, message: Message) -> tuple[object, int]:
        step = _body(message, _Step)
        content = bytes(step.message)
        if step.step == "opening":
            run, reply = self._runs.answer_run(partner, content)
            return {"reply": msgspec.Raw(reply)}, run.own
        if step.step == "closing":
            run = self._runs.close_run(partner, content)
            return {"common": len(run.common)}, len(run.common)
        raise SenderError("A private match has an opening and a closing.", code="exchange-kind")

    def _take_letter(self, partner: Principal, message: Message) -> tuple[object, int]:
        taken = self._joint.take_letter(partner, bytes(_body(message, _Letter).letter))
        return taken, 1

    def _take_notices(self, agreement: Agreement, taken: Exchanged, message: Message) -> tuple[object, int]:
        told = _body(message, tuple[Any, ...])
        with self._stores.database.transaction() as connection:
            number, records = take_notices(self._documents, connection, (agreement, taken.id), told, taken.by)
            self._access.seal(connection, *records)
        return {"taken": number}, number

    def _give_notices(self, agreement: Agreement, message: Message) -> tuple[object, int, tuple[Subject, ...]]:
        number = _body(message, _Number).number
        kind = next(one for one in ASKED if one == message.kind)
        with self._stores.database.transaction() as connection:
            found, subjects = answers_to(self._stores, connection, agreement, kind, number)
        return {"notices": found}, len(found), subjects

    def _settle(
        self,
        taken: Exchanged,
        reply: bytes,
        count: int,
        given: tuple[Agreement, Sequence[Subject]],
        *,
        is_refused: bool,
    ) -> Exchanged:
        """Seal an answer, and the partner's look at each object that it tells of, before it is sent."""
        now, for_it = datetime.now(UTC), given_in(taken.id, taken.purpose)
        last = seal_all_but_last_looks(self._stores, given[0], for_it, given[1])
        with self._stores.database.transaction() as connection:
            words = self._exchange.words(connection, taken.id, taken.kind, "answer", (reply, taken.agreement))
            problem = msgspec.json.decode(reply, type=Reply).problem if is_refused else ""
            taken = msgspec.structs.replace(
                taken,
                state="refused" if is_refused else "answered",
                changed=now,
                answer=sha256(reply).hexdigest(),
                count=count,
                problem=problem,
                leaves=(*taken.leaves[:1], str(words.leaf.record)),
            )
            self._exchange.put(connection, taken, "in", reply)
            looks = looks_of_partner(self._access, given[0], for_it, last)
            self._access.seal(connection, *looks, words, *self._exchange.write(connection, taken))
        return taken

    def _again(self, admitted: Admitted, taken: Exchanged) -> SignedAnswerBytes:
        with self._stores.database.transaction() as connection:
            reply = self._exchange.content(connection, taken, "in")
        if reply is None:
            raise OverloadedError(
                "The message came before, and the answer to it is not kept any more.", retry_after=3600
            )
        status = _REFUSED if taken.state == "refused" else _OK
        return self._answered(admitted, status, reply, self._exchange.receipts(taken.leaves))

    def _turned_away(self, admitted: Admitted, message: str, code: str, words: str) -> SignedAnswerBytes:
        """The answer to what no agreement in force covers, so that the other side gives it up; nothing of it is kept."""
        return self._answered(admitted, _OVER, _refused(message, code, words), ())

    def _answered(self, admitted: Admitted, status: int, reply: bytes, receipts: Sequence[bytes]) -> SignedAnswerBytes:
        answer = sign_answer(house_key(self._stores), admitted.request, status, reply, write_receipts(receipts))
        return SignedAnswerBytes(status=status, body=reply, headers=_headers(answer))


class SignedAnswerBytes(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it goes out: status, body, and its fields."""

    status: int
    body: bytes
    headers: dict[str, str]


class _Records(msgspec.Struct, frozen=True):
    records: tuple[TradeRecord, ...]


class _Days(msgspec.Struct, frozen=True):
    since: date
    until: date


class _Step(msgspec.Struct, frozen=True):
    step: str
    message: msgspec.Raw


class _Letter(msgspec.Struct, frozen=True):
    letter: msgspec.Raw


class _Number(msgspec.Struct, frozen=True):
    number: str


def _counts(message: Message) -> Counts:
    """What is counted of a message that came: of a match in private names of ours, then those in common."""
    if message.kind != PRIVATE:
        return ""
    try:
        return "in-common" if _body(message, _Step).step == "closing" else "own-names"
    except UnreadableError:
        return ""  # it is refused for that once it is done


def _sealed_there(receipts: Sequence[str]) -> tuple[SealedThere, ...]:
    """What the other side sealed, by its receipts."""
    found = []
    for text in receipts:
        receipt = read_proof(text.encode())
        if isinstance(receipt, Receipt):
            part = receipt.opening.type.removeprefix("partner-") if receipt.opening is not None else ""
            found.append(SealedThere(part=part, log=receipt.promise.log, entry=receipt.promise.index))
    return tuple(found)


def _ids(agreement: Agreement) -> set[str]:
    return {key_id(one) for one in agreement.signed.keys} if agreement.signed is not None else set()


def _is_shown(certificates: Sequence[str], shown: str) -> bool:
    return not certificates or shown in certificates


def _check_addressed(agreement: Agreement, message: Message) -> None:
    if (message.sender, message.receiver) != (agreement.country, agreement.own_country):
        raise SenderError("The message is from or for another administration.", code="exchange-address")
    if message.purpose not in agreement.purposes:
        raise SenderError(f"The agreement is not for the purpose {message.purpose[:40]!r}.", code="exchange-purpose")


def _body(message: Message, form: type[Any]) -> Any:
    try:
        return msgspec.json.decode(message.body, type=form)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableError(f"The body is none of {message.kind}: {error}.", code="exchange") from error


def _done(message: Message, result: object) -> bytes:
    body = msgspec.Raw(msgspec.json.encode(result))
    return msgspec.json.encode(Reply(form=FORM, message=message.id, outcome="done", body=body))


def _refused(message: str, code: str, words: str) -> bytes:
    return msgspec.json.encode(Reply(form=FORM, message=message, outcome="refused", code=code, problem=words[:500]))


def _headers(answer: SignedAnswer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
