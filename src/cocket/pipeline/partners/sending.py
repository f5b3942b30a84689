# SPDX-License-Identifier: Apache-2.0
"""Sending messages to partner administrations: in their order, until each is answered, through outages of either side.

A message waits in the database until an answer that the partner signed is sealed here. What is not answered is tried again, later each
time, over four days; then it is given up, and somebody has it sent again. The other side does a message once, however often it comes.
Once it is answered the receipt of the answer is brought in the same way.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final

import msgspec

from cocket.errors import CocketError, PartnerError, ProofError
from cocket.exchange.house_client import HouseClient, SignedReply, check_partner_url
from cocket.governance import Principal
from cocket.governance.agreements import Agreement
from cocket.governance.partner_notices import ASKED, PUSHED, Notice, given
from cocket.mirror import TradeRecord
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.heartbeat import Doing
from cocket.pipeline.base.partner_agreements import AgreementOverError, signed_agreements, why_over
from cocket.pipeline.base.senders import Bursts, OneAtWork, go_on, is_due, pause_after
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_records import MIRROR, PRIVATE, allowed
from cocket.pipeline.partners.messages import (
    FORM,
    Exchanged,
    ExchangeFiles,
    ReceiptNote,
    Reply,
    house_key,
    read_message,
)
from cocket.pipeline.partners.notices import take_notices
from cocket.pipeline.queries.mirror import Mirror
from cocket.pipeline.queries.private_runs import PrivateRuns
from cocket.pipeline.risk.joint_tables import JOINT

#: Paths of a partner's server.
MESSAGES: Final = "/v1/exchange/messages"
RECEIPTS: Final = "/v1/exchange/receipts"

#: Pauses after each attempt that failed, the last one again and again; each made up to a fifth shorter or longer.
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)

#: After how long a message is given up, and how long answers are kept that may be asked for again.
GIVEN_UP_AFTER: Final = timedelta(days=4)
KEPT: Final = timedelta(days=7)

#: Partners that are called at a time (count); messages of one at a time; how often it is looked what waits (seconds).
_AT_ONCE: Final = 8
_BURST: Final = 50
_LOOK_SECONDS: Final = 1.0

#: For how long a turn waits for the first burst to end (seconds).
_SLICE_SECONDS: Final = 5.0
_LEASE_SECONDS: Final = 60.0
_TIDY_SECONDS: Final = 3600.0

_OK: Final = 200


class ExchangeSending:
    """Sends what waits; of several processes one works at a time, and no partner waits for another.

    Args:
        stores: Stores of its own.
        draw: Gives a number, 0–1, for the length of a pause.
    """

    def __init__(self, stores: Stores, draw: Callable[[], float] = random.random) -> None:
        self._stores, self._draw = stores, draw
        self._exchange, self._documents = ExchangeFiles(stores), DocumentFiles(stores)
        self._mirror, self._runs = Mirror(stores), PrivateRuns(stores)
        self._one = OneAtWork(stores, "partner-exchange", _LEASE_SECONDS)
        self._bursts: Bursts[int] = Bursts(_AT_ONCE, "partner")
        self._tidied: datetime | None = None

    @property
    def is_sending(self) -> bool:
        """Whether a burst is under way."""
        return bool(self._bursts.names)

    def turn(self, *, is_patient: bool = True) -> int:
        """Send what waits and may be sent now; how many messages and receipts were taken meanwhile (count).

        Args:
            is_patient: Whether partners who did not answer are left alone until their pause is over.

        Raises:
            StoreError: The database does not answer.
        """
        if not self._one.holds():
            return 0
        now = datetime.now(UTC)
        self._tidy(now)
        with self._stores.database.transaction() as connection:
            agreements = {one.name: one for one in signed_agreements(self._stores, connection)}
            waiting = self._exchange.every(connection, ("waiting", "answered"))
            sending = self._exchange.queue.sending(connection, agreements)
        outgoing = sorted((one for one in waiting if one.direction == "out"), key=lambda one: (one.made, one.id))
        by_agreement: dict[str, list[Exchanged]] = {}
        for one in outgoing:
            if one.agreement not in agreements:
                self._give_up_over(one)
                with self._stores.database.transaction() as connection:
                    self._exchange.queue.went_well(connection, one.agreement, now)
            else:
                by_agreement.setdefault(one.agreement, []).append(one)
        for name, several in by_agreement.items():
            if not is_patient or name not in sending or is_due(sending[name].next, now, PAUSES, sending[name].attempts):
                self._bursts.begin(name, partial(self._send, agreements[name], several[:_BURST]))
        return sum(self._bursts.results(_SLICE_SECONDS))

    def run(self, is_stopping: threading.Event, doing: Doing, tell: Callable[[str], None]) -> None:
        """Go on sending until told to stop; what goes wrong is noted and told, and tried again."""
        try:
            go_on(lambda: 0.0 if self.turn() else _LOOK_SECONDS, is_stopping, doing, tell)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the lease and the database."""
        self.release()
        self._stores.database.close()

    def release(self) -> None:
        """Let another process send."""
        self._one.release()

    def _tidy(self, now: datetime) -> None:
        if self._tidied is not None and (now - self._tidied).total_seconds() < _TIDY_SECONDS:
            return
        self._tidied = now
        with self._stores.database.transaction() as connection:
            self._exchange.queue.forget(connection, now - KEPT, now)

    def _send(self, agreement: Agreement, several: list[Exchanged]) -> int:
        """Send some messages of one agreement in their order, until one is not answered (count)."""
        went = 0
        way = agreement.signed
        if way is None or not way.url:
            return 0
        settings = self._stores.settings
        try:
            check_partner_url(way.url, is_plain_allowed=settings.allow_plain_http)
            certificate = settings.partner_certificate, settings.partner_certificate_key
            client = HouseClient(way.url, house_key(self._stores), way.keys, settings.partner_ca, certificate)
        except CocketError as error:
            self._failed(agreement, several[0], error.message)
            return 0
        with ExitStack() as stack:
            stack.enter_context(client)
            for one in several:
                now = self._in_force(one)
                if now is None:
                    self._give_up_over(one)
                    continue
                if now.signed != way:
                    break  # it is reached in another way from now on
                try:
                    if one.state == "waiting":
                        self._message(client, now, one)
                    else:
                        self._receipt(client, one)
                except (PartnerError, ProofError) as error:
                    self._failed(agreement, one, error.message)
                    break
                went += 1
        return went

    def _in_force(self, one: Exchanged) -> Agreement | None:
        """The agreement under which a message may go, as it is now; None once it is over."""
        with self._stores.database.transaction() as connection:
            every = signed_agreements(self._stores, connection)
        return next((each for each in every if each.name == one.agreement), None)

    def _give_up_over(self, one: Exchanged) -> None:
        """Send a message no more, since its agreement is over; which one, and since when, is said."""
        with self._stores.database.transaction() as connection:
            words = why_over(self._stores, connection, one.agreement)
        self._give_up(one, words or f"The agreement {one.agreement} was not in force.")

    def _message(self, client: HouseClient, agreement: Agreement, one: Exchanged) -> None:
        with self._stores.database.transaction() as connection:
            content = self._exchange.content(connection, one, "out")
        if content is None:
            self._give_up(one, "What the message held is not kept any more, or was changed.")
            return
        if problem := _withheld(agreement, one, content):
            self._give_up(one, problem)
            return
        answer = client.post(MESSAGES, content, self._exchange.receipts(one.leaves[:1]))
        try:
            reply = msgspec.json.decode(answer.body, type=Reply)
        except msgspec.MsgspecError as error:
            raise PartnerError(f"The partner's answer is none: {error}.", code="partner-answer") from error
        if reply.message != one.id:
            raise PartnerError("The partner's answer is to another message.", code="partner-answer")
        self._settle(agreement, one, answer, reply)

    def _receipt(self, client: HouseClient, one: Exchanged) -> None:
        """Bring the receipt of the answer; a partner that does not take it any more has had its time."""
        note = msgspec.json.encode(ReceiptNote(form=FORM, message=one.id))
        answer = client.post(RECEIPTS, note, self._exchange.receipts(one.leaves[1:2]))
        with self._stores.database.transaction() as connection:
            known = self._exchange.read(connection, "out", one.country, one.id)
            if known is not None and known.state == "answered":
                problem = "" if answer.status == _OK else f"The partner did not take our receipt ({answer.status})."
                done = msgspec.structs.replace(
                    known, state="done", changed=datetime.now(UTC), problem=known.problem or problem
                )
                self._stores.leaves.append_records(connection, self._exchange.write(connection, done))

    def _settle(self, agreement: Agreement, one: Exchanged, answer: SignedReply, reply: Reply) -> None:
        """Do what an answer leads to, and seal it."""
        now, problem, count = datetime.now(UTC), reply.problem, one.count
        if reply.code == AgreementOverError.code:
            problem = f"The partner answers: {problem}"
        if reply.outcome == "done":
            try:
                count = self._follow(agreement, one, reply) or one.count
            except CocketError as error:
                if not isinstance(error, ProofError | PartnerError) and error.code == "store":
                    raise
                problem = f"The answer could not be used: {error.message}"
        with self._stores.database.transaction() as connection:
            known = self._exchange.read(connection, "out", one.country, one.id)
            if known is None or known.state != "waiting":
                return  # another process settled it
            words = self._exchange.words(connection, one.id, one.kind, "answer", (answer.body, agreement.name))
            made = msgspec.structs.replace(
                known,
                state="answered" if reply.outcome == "done" else "refused",
                changed=now,
                answer=sha256(answer.body).hexdigest(),
                count=count,
                problem=problem[:500],
                leaves=(*known.leaves[:1], str(words.leaf.record)),
            )
            try:
                made = self._exchange.receipts_taken(made, agreement, answer.receipts)
            except ProofError as error:
                made = msgspec.structs.replace(made, problem=made.problem or error.message)
            self._exchange.drop(connection, made, "out")
            if reply.code == AgreementOverError.code:  # it is there, and takes nothing under this agreement
                self._exchange.queue.failed(connection, agreement.name, now, now, made.problem)
            else:
                self._exchange.queue.went_well(connection, agreement.name, now)
            self._stores.leaves.append_records(connection, [words, *self._exchange.write(connection, made)])

    def _follow(self, agreement: Agreement, one: Exchanged, reply: Reply) -> int:
        """What the answer to a message leads to here: records and notices are taken in, a private match goes on (count)."""
        asker = Principal(id=one.by, kind="officer", roles=("supervisor",))
        if (one.act, one.kind) == ("query", MIRROR):
            records = _body(reply, _Records).records
            if records:
                lines = b"\n".join(map(msgspec.json.encode, records))
                self._mirror.give_records(asker, lines, agreement.country)
            return len(records)
        if one.act == "query" and one.kind in ASKED:
            told = _body(reply, _Notices).notices
            with self._stores.database.transaction() as connection:
                number, records_ = take_notices(self._documents, connection, (agreement, one.id), told, one.by)
                self._stores.leaves.append_records(connection, records_)
            return number
        if one.kind == PRIVATE and (content := _body(reply, _PrivateReply).reply):
            run, closing_ = self._runs.finish_run(asker, bytes(content))
            body = {"step": "closing", "message": msgspec.Raw(closing_)}
            with self._stores.database.transaction() as connection:
                _, sealed = self._exchange.send(
                    connection,
                    agreement,
                    ("push", PRIVATE, one.purpose),
                    body,
                    (one.by, len(run.common)),
                    counts="in-common",
                )
                self._stores.leaves.append_records(connection, sealed)
        return 0

    def _failed(self, agreement: Agreement, one: Exchanged, words: str) -> None:
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            going = self._exchange.queue.sending(connection, [agreement.name]).get(agreement.name)
            tries = going.attempts if going is not None else 0
            pause = pause_after(PAUSES, tries, self._draw)
            self._exchange.queue.failed(connection, agreement.name, now + pause, now, words[:500])
        if now - one.made > GIVEN_UP_AFTER:
            self._give_up(one, f"No answer for four days. {words}")

    def _give_up(self, one: Exchanged, words: str) -> None:
        """Send a message no more by itself; what it held is kept, so that somebody can have it sent again."""
        with self._stores.database.transaction() as connection:
            known = self._exchange.read(connection, "out", one.country, one.id)
            if known is None or known.state not in ("waiting", "answered"):
                return
            state: Any = "given-up" if known.state == "waiting" else "done"
            made = msgspec.structs.replace(known, state=state, changed=datetime.now(UTC), problem=words[:500])
            self._stores.leaves.append_records(connection, self._exchange.write(connection, made))


class _Records(msgspec.Struct, frozen=True):
    records: tuple[TradeRecord, ...]


class _Notices(msgspec.Struct, frozen=True):
    notices: tuple[Any, ...]


class _PrivateReply(msgspec.Struct, frozen=True):
    reply: msgspec.Raw = msgspec.Raw(b"")
    common: int = 0


def _body(reply: Reply, form: type[Any]) -> Any:
    try:
        return msgspec.json.decode(reply.body, type=form)
    except msgspec.MsgspecError as error:
        raise PartnerError(
            f"The partner's answer is not what was asked for: {error}.", code="partner-answer"
        ) from error


def _withheld(agreement: Agreement, one: Exchanged, content: bytes) -> str:
    """Why a message may not go under the agreement as it is now, which may be another version of it; empty if it may."""
    if one.kind not in agreement.exchanges:
        return f"The agreement {agreement.name} does not cover {one.kind} any more."
    if one.purpose not in agreement.purposes:
        return f"The agreement {agreement.name} is not for the purpose {one.purpose} any more."
    if one.act == "push" and one.version != agreement.version and not _is_given(agreement, one.kind, content):
        return f"The agreement {agreement.name} does not let all of it be given any more. Give it again."
    return ""


def _is_given(agreement: Agreement, kind: str, content: bytes) -> bool:
    """Whether an agreement lets everything be given that a message holds."""
    body = read_message(content).body
    if kind == MIRROR:
        return all(allowed(agreement, each) == each for each in msgspec.json.decode(body, type=_Records).records)
    if kind in PUSHED:
        return all(given(agreement, each) == each for each in msgspec.json.decode(body, type=tuple[Notice, ...]))
    if kind == JOINT:
        letter = msgspec.json.decode(body)["letter"]
        is_table, has_card = letter["kind"] == "table", bool(letter["body"].get("card"))
        needed = ("table", *(["card"] if has_card else ())) if is_table else ("sum",)
        return set(needed) <= set(agreement.exchanges[JOINT])
    return True


def send_now(stores: Stores) -> int:
    """Send what waits once, and receipts after it; how many went (count). Where another process sends, nothing is done here."""
    sending, went = ExchangeSending(stores), 0
    try:
        while (now := sending.turn(is_patient=False)) or sending.is_sending:
            went += now
    finally:
        sending.release()
    return went
