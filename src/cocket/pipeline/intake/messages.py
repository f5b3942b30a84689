# SPDX-License-Identifier: Apache-2.0
"""The first half of a declaration's walk: from an envelope to an answer that is on disk.

Reading happens where the message came in; storing happens in groups, so that many messages share one durable commit.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec

from cocket import standards
from cocket.consignment.uses import as_given
from cocket.errors import CocketError, KeyMissingError, RowDiffersError, StoreError
from cocket.findings import Finding
from cocket.model.message import Envelope, Lane, Reading
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.readings import behind_in, reading_of, use_of
from cocket.pipeline.base.sealing import Sealer
from cocket.pipeline.base.set_aside import Thing, culprits, plain, put_aside
from cocket.standards import Options
from cocket.standards.bounds import shown
from cocket.stores import Messages, NewMessage, Placed
from cocket.stores.base.packing import pack
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.ledger.leaves import NewLeaf

_ENCODE = msgspec.msgpack.Encoder()

#: How much later a promise falls due that is given while the book is down: a day, as is the custom of certificate logs,
#: so that it can be kept once somebody has come to set it right.
LATER = timedelta(hours=24)

#: Doors whose senders are the source of what they send: a changed file is a new version, not a conflict.
AUTHORITIES = {"feeds", "sources"}


Outcome = Literal["accepted", "refused", "conflict"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender is told about one message, after it is on disk.

    Attributes:
        id: Our id of the message.
        outcome: `accepted`, `refused`, or `conflict` (same reference, other content: sealed as a refusal).
        findings: What the checks said (0..n).
        receipt: The signed promise, as JSON.
        is_repeat: Whether the same content had been taken in before; id and receipt are then the earlier ones.
        is_unreadable: Whether it was refused because it could not be read as any standard.
        lane: The lane, only if the caller asked and may know; None otherwise.
    """

    id: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    receipt: dict[str, Any]
    is_repeat: bool = False
    is_unreadable: bool = False
    lane: Lane | None = None


class OverloadedError(StoreError):
    """More is waiting to be stored than the house takes on; nothing was acknowledged (HTTP 503, Retry-After)."""

    code = "overloaded"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """A message read and packed, waiting for its place.

    Attributes:
        message: What will be stored.
        digest: SHA-256 of the bytes.
        reading: What was read.
    """

    message: NewMessage
    digest: bytes
    reading: Reading


def read_envelope(envelope: Envelope) -> Reading:
    """Read and check the message in an envelope; pure work, no waiting."""
    return standards.read(envelope.content, None if envelope.profile is None else Options(profile=envelope.profile))


def prepare(envelope: Envelope, reading: Reading, sealer: Sealer) -> Prepared:
    """Pack one message that was read; pure work, no waiting."""
    message = NewMessage(
        id=new_id(),
        sender=envelope.sender,
        actor=envelope.actor,
        door=envelope.door,
        received=envelope.received,
        content_mac=sealer.content_mac(envelope.content),
        standard=reading.standard,
        outcome=reading.outcome,
        function=reading.function,
        reference=reading.reference,
        is_authority=envelope.door in AUTHORITIES,
        content=pack(envelope.content),
        reading=pack(_ENCODE.encode(reading)),
        file_name=None if envelope.file_name is None else shown(envelope.file_name),
        behind=behind_in(reading),
    )
    return Prepared(message, sha256(envelope.content).digest(), reading)


def conflict_finding(reference: str | None) -> Finding:
    """What a sender is told who used a reference again for something else."""
    return Finding(
        code="reference-conflict",
        severity="error",
        message="the reference {found} already belongs to another message; use a new one, or send an amendment",
        found=reference,
    )


def findings_of(message: StoredMessage) -> tuple[Finding, ...]:
    """What is wrong with a stored message; of a conflict first of all that it is one."""
    findings = reading_of(message).findings
    if message.outcome != "conflict":
        return findings
    return (conflict_finding(as_given(message.reference)), *findings)


def unkept_finding() -> Finding:
    """What a sender is told whose message was read but cannot be kept."""
    return Finding(
        code="cannot-be-kept",
        severity="error",
        message="the message was read but cannot be stored; check for control characters and for very long or "
        "very large values, and send it corrected",
    )


class Intake:
    """Stores prepared messages in group commits and answers each.

    Args:
        messages: The shelf.
        sealer: Makes leaves and receipts.
        is_lagging: Whether the book lags, so that promises are marked degraded.
    """

    def __init__(self, messages: Messages, sealer: Sealer, is_lagging: threading.Event) -> None:
        self._messages = messages
        self._sealer = sealer
        self._is_lagging = is_lagging

    def prepare(self, envelope: Envelope, reading: Reading) -> Prepared:
        """Pack one message that was read; pure work, no waiting."""
        return prepare(envelope, reading, self._sealer)

    def store(self, batch: Sequence[Prepared]) -> list[Answer]:
        """Store a batch and answer each message, in order; one that cannot be kept is refused.

        Raises:
            StoreError: Not all is stored; what is, is known again when it is sent again.
        """
        answers = self.store_each(batch)
        failed = next((one for one in answers if isinstance(one, StoreError)), None)
        if failed is not None:
            raise failed
        return [one for one in answers if isinstance(one, Answer)]

    def store_each(self, batch: Sequence[Prepared]) -> list[Answer | StoreError]:
        """Store a batch in one durable transaction; where a message of it cannot be kept, that one is refused alone.

        Returns:
            The answer to each message, in order, or why that one may not be acknowledged.
        """
        answers: dict[UUID, Answer | StoreError] = {}

        def attempt(some: Sequence[Prepared]) -> None:
            answers.update(zip((one.message.id for one in some), self._store(some), strict=True))

        try:
            for one, error in culprits(batch, attempt):
                answers[one.message.id] = self._refuse(one, error)
        except Exception as error:  # noqa: BLE001 - an outage; nobody may wait for an answer for ever
            failed = error if isinstance(error, StoreError) else _unstored(error)
            return [answers.get(one.message.id, failed) for one in batch]
        return [answers[one.message.id] for one in batch]

    def _refuse(self, one: Prepared, error: Exception) -> Answer | StoreError:
        """Keep a message that cannot be kept as it was read as a refused one, and show it to an operator.

        Its content is not held against it: sent again, it is read anew, by a program that may have been repaired. Where
        what stands about an earlier message was changed by another hand, or its key is missing, it is neither kept nor answered.
        """
        if isinstance(error, RowDiffersError | KeyMissingError):
            return error
        reading = Reading(standard=one.reading.standard, outcome="refused", findings=(unkept_finding(),))
        number = new_id()
        message = msgspec.structs.replace(
            one.message,
            id=number,
            content_mac=self._sealer.content_mac(number.bytes + one.digest),
            outcome="refused",
            function="original",
            reference=None,
            behind=(),
            reading=pack(_ENCODE.encode(reading)),
            file_name=plain(one.message.file_name) if one.message.file_name else None,
        )
        refused = Prepared(message, one.digest, reading)
        try:
            answer = self._store([refused])[0]
        except Exception as failure:  # noqa: BLE001 - it is this message's own, the others are answered
            return failure if isinstance(failure, StoreError) else _unstored(failure)
        thing = Thing(
            kind="answered",
            subject=answer.id,
            what=f"{reading.standard or 'message'} from {message.sender}, refused when it was stored",
            about=UUID(answer.id),
        )
        with suppress(CocketError), self._messages.database.transaction() as connection:
            self._messages.leaves.append_records(
                connection, [put_aside(connection, self._sealer, "intake", thing, error)]
            )
        return answer

    def _store(self, batch: Sequence[Prepared]) -> list[Answer]:
        digests = {one.message.id: one.digest for one in batch}
        is_degraded = self._is_lagging.is_set()

        def seal(message: NewMessage, outcome: Literal["accepted", "refused", "conflict"]) -> NewLeaf:
            subject = self._sealer.subject(message.sender, message.standard or "", message.reference or str(message.id))
            kind = f"message-{outcome}"
            leaf = self._sealer.leaf(message.id, kind, message.received, (message.actor, subject), digests[message.id])
            return msgspec.structs.replace(leaf, include_by=leaf.include_by + LATER) if is_degraded else leaf

        placed = self._messages.take([one.message for one in batch], seal, use_of, is_degraded=is_degraded)
        return [self._answer(one, place) for one, place in zip(batch, placed, strict=True)]

    def _answer(self, prepared: Prepared, place: Placed) -> Answer:
        findings = prepared.reading.findings
        if place.outcome == "conflict":
            findings = (conflict_finding(place.clash), *findings)
        return Answer(
            id=str(place.id),
            outcome=place.outcome,
            findings=findings,
            receipt=msgspec.to_builtins(self._sealer.receipt(place.leaf)),
            is_repeat=place.is_repeat,
            is_unreadable=prepared.reading.standard is None,
        )


#: How long a sender waits at most to be told whether a message was stored (seconds).
ANSWER_SECONDS = 30.0

#: Messages are read together up to so many bytes; then the loop looks at its connections before it goes on.
_GROUP_BYTES = 256 * 1024

Made = TypeVar("Made")


class _Group(msgspec.Struct, frozen=True):
    """Messages that were read one after the other, on their way to one commit.

    Attributes:
        prepared: The messages (1..n).
        futures: Who waits for the answer to each.
        patience: What ends their waiting if no answer comes.
    """

    prepared: list[Prepared]
    futures: list[Any]  # asyncio.Future[Answer]; msgspec cannot name it
    patience: Any  # asyncio.TimerHandle


class _Coming(msgspec.Struct, frozen=True):
    """A message that waits to be read.

    Attributes:
        envelope: The message.
        read: Reads and checks it.
        future: Who waits for the answer, an `asyncio.Future`.
    """

    envelope: Envelope
    read: Callable[[], Reading]
    future: Any


class Committer:
    """A thread that gathers what many requests wait for into one commit at a time.

    Requests that came together are read one after the other too, and packed one after the other, and go over to the thread as one
    group: what a step needs is then still at hand in the processor's caches.

    Args:
        intake: Stores a batch.
        interval_seconds: How long the first of a batch waits for others.
        most_waiting: Messages that may wait before more are turned away (count).
        most_in_batch: Messages of one commit, but for the last group that is taken into it (count).
    """

    def __init__(
        self, intake: Intake, interval_seconds: float, most_waiting: int = 4096, most_in_batch: int = 256
    ) -> None:
        self._intake = intake
        self._interval = interval_seconds
        self._most = most_in_batch
        self._coming: list[_Coming] = []
        self._waiting: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._room = most_waiting
        self._given = self._taken = 0  # messages: counted up by the loop, and by the thread
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    async def take(self, prepared: Prepared) -> Answer:
        """Wait until a message that was read is on disk; raises as `read`."""
        self._check_room()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._hand_over(loop, [prepared], [future])
        return await future

    async def read(self, envelope: Envelope, read: Callable[[], Reading]) -> Answer:
        """Have a message read on this loop with those that came together, and wait until it is on disk.

        Args:
            envelope: The message.
            read: Reads and checks it; pure work, no waiting. What it raises is raised here.

        Raises:
            OverloadedError: Too many wait already.
            StoreError: It could not be stored, or it is not known in time whether it was.
        """
        self._check_room()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        if not self._coming:
            loop.call_soon(self._read_coming, loop)
        self._coming.append(_Coming(envelope, read, future))
        return await future

    def close(self) -> None:
        """Store what waits, then stop."""
        self._waiting.put(None)
        self._thread.join(timeout=30)

    def _check_room(self) -> None:
        if self._given - self._taken + len(self._coming) >= self._room:
            raise OverloadedError("More messages are waiting than can be stored.")

    def _read_coming(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read those who came since the last time, and hand them over; where they are large, some now and the others next."""
        end = size = 0
        while end < len(self._coming) and size < _GROUP_BYTES:
            size += len(self._coming[end].envelope.content)
            end += 1
        coming, self._coming = self._coming[:end], self._coming[end:]
        if self._coming:
            loop.call_soon(self._read_coming, loop)
        read = [(one, reading) for one in coming if (reading := _tried(one.future, one.read)) is not None]
        packed = [
            (made, one.future)
            for one, reading in read
            if (made := _tried(one.future, partial(self._intake.prepare, one.envelope, reading))) is not None
        ]
        if packed:
            self._hand_over(loop, [made for made, _ in packed], [future for _, future in packed])

    def _hand_over(
        self, loop: asyncio.AbstractEventLoop, prepared: list[Prepared], futures: list[asyncio.Future[Answer]]
    ) -> None:
        self._given += len(prepared)
        self._waiting.put(_Group(prepared, futures, loop.call_later(ANSWER_SECONDS, _give_up, futures)))

    def _run(self) -> None:
        is_open = True
        while is_open:
            first = self._waiting.get()
            if first is None:
                return
            batch = [first]
            size = len(first.prepared)
            time.sleep(self._interval)
            while size < self._most and is_open:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    is_open = False
                else:
                    batch.append(following)
                    size += len(following.prepared)
            self._taken += size
            self._commit(batch)

    def _commit(self, batch: list[_Group]) -> None:
        loop = batch[0].futures[0].get_loop()
        answers = self._intake.store_each([prepared for group in batch for prepared in group.prepared])
        loop.call_soon_threadsafe(_resolve, batch, answers)


def _tried(future: asyncio.Future[Answer], work: Callable[[], Made]) -> Made | None:
    """What a piece of work gives; None where it failed, which whoever waits is told, or where nobody waits any more."""
    if future.done():
        return None
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - it is this message's own, the others are read
        future.set_exception(error)
        return None


def _resolve(batch: list[_Group], answers: list[Answer | StoreError]) -> None:
    waiting = [future for group in batch for future in group.futures]
    for future, answer in zip(waiting, answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, StoreError):
            future.set_exception(answer)
        else:
            future.set_result(answer)
    for group in batch:
        group.patience.cancel()


def _give_up(futures: list[asyncio.Future[Answer]]) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(
                StoreError(
                    f"The database did not confirm the message within {ANSWER_SECONDS:.0f} seconds. Whether it was stored is "
                    "not known.",
                    hint="Send it again: a message that was stored is recognised, and answered with its receipt.",
                )
            )


def _unstored(error: Exception) -> StoreError:
    failed = StoreError(f"The message could not be stored: {type(error).__name__}.")
    failed.__cause__ = error
    return failed
