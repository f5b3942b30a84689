# SPDX-License-Identifier: Apache-2.0
"""The house towards machines: taking messages and host decisions in, knowing keys."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import cast, get_args
from uuid import UUID

import msgspec
import structlog

from cocket.errors import PolicyError, RowDiffersError, SenderError, SettingsError, StoreError
from cocket.governance import TRADERS, Principal, Resource, disclose
from cocket.model import Certificate, Envelope
from cocket.model.message import Lane, Reading
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.ownership import belongings
from cocket.pipeline.base.roles import LOG
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.credentials.known_documents import contexts_of, resolver_of
from cocket.pipeline.credentials.lodged_certificates import verified
from cocket.pipeline.governance.key_certificates import (
    Authorities,
    CertificateRefusedError,
    check_certificate,
    thumbprint_of,
)
from cocket.pipeline.governance.key_terms import (
    KeyTerms,
    good_secret,
    is_over,
    seen,
    terms_kept,
    terms_of,
    used_terms,
)
from cocket.pipeline.governance.mandates import clients_of
from cocket.pipeline.intake.access_tokens import TOKEN, AccessToken, read_token, token_for
from cocket.pipeline.intake.endpoint_checks import checked_at_endpoint
from cocket.pipeline.intake.messages import AUTHORITIES, Answer, Committer, Intake, Prepared, read_envelope
from cocket.pipeline.intake.store_tally import StoreTally
from cocket.standards.certificates import looks_like_one
from cocket.stores.base.database import Connection
from cocket.stores.base.role_states import RoleStates
from cocket.stores.governance.people import StoredKey

#: Stands for a key that is not there, so that one that is there takes no longer.
_NOBODYS = StoredKey(id="", secret_hash=bytes(32), name="", roles=(), senders=(), office=None)

#: How long a key, once looked up, is taken to be as it was.
_KEY_SECONDS = 5.0

#: A promise given while the book is this far behind is marked degraded (seconds).
LAG_SECONDS = 20.0


class MachineAccess(Service):
    """Taking in.

    Args:
        shelves: The stores of this process.

    Attributes:
        tally: What could be stored, and what could not.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self.tally = StoreTally()
        self._is_lagging = threading.Event()
        self.intake = Intake(stores.messages, stores.sealer, self._is_lagging)
        self._committer: Committer | None = None
        self._known_keys: dict[bytes, tuple[float, Principal | None]] = {}
        self._lag_looked = 0.0
        stated = stores.settings.edifact_addresses.split(",")
        self._addresses = frozenset(filter(None, map(str.strip, stated)))
        self._authorities = Authorities(stores.settings.client_ca)

    async def take(self, envelope: Envelope, *, principal: Principal, wait_for_lane: float = 0.0) -> Answer:
        """Take one message in; when it returns, the message is on disk and promised to the log.

        Args:
            envelope: The message and what is known around it.
            principal: Whose key brought it.
            wait_for_lane: How long to wait for the lane, in seconds; 0 does not wait.

        Returns:
            The answer. Refused messages and conflicts are sealed too, and answered as such. The lane is in it only if
            it came in time and this principal may know it.

        Raises:
            PolicyError: The key may not lodge, or not for this sender.
            OverloadedError: Too many messages are waiting.
            StoreError: It could not be stored; nothing was acknowledged.
        """
        await self._stores.policies.ready()
        self._access.require(principal, "message:lodge", Resource(sender=envelope.sender))
        if self._committer is None:
            self._committer = Committer(self.intake, self._stores.settings.commit_interval_ms / 1000)
        self.watch_lag()
        with self._counted(envelope.sender):
            if looks_like_one(
                envelope.content
            ):  # a certificate apart from the loop, for verifying it asks the database
                prepared = await asyncio.to_thread(self._prepare, envelope, principal)
                answer = await self._committer.take(prepared)
            else:
                answer = await self._committer.read(envelope, partial(self._read, envelope, principal))
        if wait_for_lane > 0 and answer.outcome == "accepted" and self._access.may(principal, "lane:read"):
            lane = await self._wait_for_lane(principal, UUID(answer.id), min(wait_for_lane, 10.0))
            answer = disclose(principal, "answer", msgspec.structs.replace(answer, lane=lane))
        return answer

    def take_many(
        self, envelopes: Sequence[Envelope], *, principal: Principal, is_in_order: bool = False
    ) -> list[Answer]:
        """Take a batch in, in one durable transaction if all of it can be kept; for doors that bring files.

        Args:
            envelopes: Messages (0..n).
            principal: Who brings them.
            is_in_order: Whether of several under one reference the first of them is the one that holds it; such are stored one
                after the other.

        Raises:
            PolicyError: The principal may not lodge for one of the senders; nothing is taken.
            StoreError: Not all could be stored; what was, is known again when the batch is brought again.
        """
        return self.store_read(self.read_many(envelopes, principal=principal), is_in_order=is_in_order)

    def read_many(self, envelopes: Sequence[Envelope], *, principal: Principal) -> list[Prepared]:
        """Read and check a batch without storing it, so that reading one batch goes on while another is stored.

        Args:
            envelopes: Messages (0..n).
            principal: Who brings them.

        Returns:
            What `store_read` stores, in order; nothing is acknowledged yet.

        Raises:
            PolicyError: The principal may not lodge for one of the senders.
        """
        for sender in {envelope.sender for envelope in envelopes}:
            self._access.require(principal, "message:lodge", Resource(sender=sender))
        return [self._prepare(envelope, principal) for envelope in envelopes]

    def store_read(self, prepared: Sequence[Prepared], *, is_in_order: bool = False) -> list[Answer]:
        """Store what `read_many` read, as `take_many` does.

        Raises:
            StoreError: Not all could be stored; what was, is known again when the batch is brought again.
        """
        if not prepared:
            return []
        self.watch_lag()
        parts = _apart(prepared) if is_in_order else [prepared]
        return [answer for part in parts for answer in self.intake.store(part)]

    def take_decided(self, envelope: Envelope) -> Answer:
        """Take one message in that an officer decided on, whose right to decide was asked where he did; no key lodges it.

        Raises:
            StoreError: It could not be stored.
        """
        sender = Principal(id=envelope.actor, kind="key", roles=(), senders=(envelope.sender,))
        [answer] = self.store_read([self._prepare(envelope, sender)])
        return answer

    def principal_of_key(self, presented: str, shown: tuple[bytes, ...] = ()) -> Principal | None:
        """Who presents this API key, or a token in its place; None if it is unknown, over or revoked. Takes as long either way.

        Args:
            presented: The key or the token.
            shown: Certificates that the connection showed, in DER, its own first (0..n): a key or a token that is bound to one
                is good with it alone. Why one is refused is in the log, and is not said to the caller.
        """
        digest = sha256(b"\0".join((presented.encode(), *shown))).digest()
        at, principal = self._known_keys.get(digest, (0.0, None))
        now = time.monotonic()
        if now - at < _KEY_SECONDS and at:
            return principal
        if len(self._known_keys) > 10_000:
            self._known_keys.clear()
        principal = self._look_up_key(presented, shown)
        self._known_keys[digest] = (now, principal)
        return principal

    def close(self) -> None:
        """Store what waits, then let go of the database."""
        if self._committer is not None:
            self._committer.close()
        self._stores.database.close()

    @contextmanager
    def _counted(self, sender: str = "") -> Iterator[None]:
        """Count how the block ended, but for what is the sender's own affair."""
        try:
            yield
        except (SenderError, PolicyError):
            raise
        except Exception as error:
            self.tally.failed(error, sender)
            raise
        self.tally.stored(sender)

    def _prepare(self, envelope: Envelope, principal: Principal) -> Prepared:
        return self.intake.prepare(envelope, self._read(envelope, principal))

    def _read(self, envelope: Envelope, principal: Principal) -> Reading:
        reading = read_envelope(envelope)
        if envelope.door not in AUTHORITIES:
            reading = checked_at_endpoint(reading, principal.senders, self._addresses)
        if isinstance(reading.document, Certificate):  # it is the whole file: no reader reads several
            with self._stores.database.transaction() as connection:
                sources = resolver_of(self._stores, connection), contexts_of(self._stores, connection)
                reading = verified(reading, envelope.content, envelope.received, sources)
        return reading

    def principal_of_certificate(self, key_id: str, shown: tuple[bytes, ...]) -> Principal | None:
        """Whose key it is that a client names who proves himself by his certificate alone; None as for `principal_of_key`.

        Args:
            key_id: Name of the key.
            shown: Certificates that the connection showed, in DER, its own first (0..n).
        """
        now = datetime.now(UTC)
        with self._counted(), self._stores.database.transaction() as connection:
            key = self._stores.people.key(connection, key_id)
            terms = self._terms(connection, key)
            if key is None or terms is None or not terms.needs_certificate or is_over(terms, now):
                return None
            return self._principal(connection, key, terms) if self._is_shown(connection, terms, shown, now) else None

    def access_token(self, principal: Principal, presented: str, shown: tuple[bytes, ...] = ()) -> AccessToken:
        """A token of a quarter of an hour in place of a key.

        Args:
            principal: Whose key it is.
            presented: What came with the request, which must be the key itself: no token is given for a token.
            shown: Certificates that the connection showed: of a key that needs one the token is good with it alone.

        Raises:
            PolicyError: It is a token, or the key was revoked at this moment.
        """
        with self._counted(), self._stores.database.transaction() as connection:
            key = self._stores.people.key(connection, principal.id)
            terms = self._terms(connection, key)
        if presented.startswith(TOKEN) or key is None:
            raise PolicyError("Not allowed: a token is given for a key alone.", reasons=("token-for-token",))
        is_bound = terms is not None and terms.needs_certificate
        return token_for(self._stores, key, principal.scopes, thumbprint_of(shown[0]) if is_bound and shown else "")

    def _terms(self, connection: Connection, key: StoredKey | None) -> KeyTerms | None:
        """What a key is limited to; None without a key, or if by its roles alone. Of one whose terms are not in order: nothing.

        Its limits are gone or changed then, and it is good for nothing.
        """
        if key is None:
            return None
        try:
            return terms_of(self._stores, connection, key.id, to_change=True)
        except (SenderError, RowDiffersError):
            return KeyTerms(key=key.id, until=datetime.min.replace(tzinfo=UTC))

    def _is_shown(
        self,
        connection: Connection,
        terms: KeyTerms,
        shown: tuple[bytes, ...],
        now: datetime,
        thumbprint: str = "",
    ) -> bool:
        """Whether the connection showed what a key or token needs; why not is for the log."""
        try:
            if thumbprint and (not shown or thumbprint_of(shown[0]) != thumbprint):
                raise CertificateRefusedError("The token is bound to another certificate than was shown.")
            if terms.needs_certificate:
                used = check_certificate(shown, terms.certificates, self._authorities, now)
                noted = seen(terms, used)
                record = terms_kept(self._stores, connection, noted, terms.key) if noted is not None else None
                if record is not None:
                    self._access.seal(connection, record)
        except (CertificateRefusedError, SettingsError) as error:
            print_of = thumbprint_of(shown[0]) if shown else None
            structlog.get_logger("cocket.intake").warning(
                "certificate refused", key=terms.key, reason=error.message, thumbprint=print_of
            )
            return False
        return True

    def _look_up_key(self, presented: str, shown: tuple[bytes, ...]) -> Principal | None:
        is_token = presented.startswith(TOKEN)
        token = read_token(self._stores, presented) if is_token else None
        parts = presented.split("_") if not is_token else []
        if token is None and (len(parts) != 3 or parts[0] != "cocket"):
            return None
        now = datetime.now(UTC)
        with self._counted(), self._stores.database.transaction() as connection:
            key = self._stores.people.key(connection, token.key if token is not None else parts[1])
            terms = self._terms(connection, key)
            if token is not None:
                is_good = key is not None and str(key.record) == token.record and not is_over(terms, now)
                if key is None or not is_good:
                    return None
                needs = terms or KeyTerms(key=key.id)
                is_shown = self._is_shown(connection, needs, shown, now, token.thumbprint)
                return self._principal(connection, key, terms) if is_shown else None
            secret = good_secret(key or _NOBODYS, terms, parts[2], now)
            if secret is None or key is None:
                return None
            if terms is not None and not self._is_shown(connection, terms, shown, now):
                return None
            terms = self._terms(connection, key)
            used = used_terms(terms, secret, now)
            record = terms_kept(self._stores, connection, used, key.id) if used is not None else None
            if record is not None:
                self._access.seal(connection, record)
            return self._principal(connection, key, terms)

    def _principal(self, connection: Connection, key: StoredKey, terms: KeyTerms | None) -> Principal:
        """Whose key it is, as governance knows him, with the clients that he speaks for."""
        is_trader = any(one in TRADERS for one in key.roles)
        clients = clients_of(self._stores, connection, key.senders) if is_trader else {}
        return Principal(
            id=key.id,
            kind="key",
            roles=key.roles,
            senders=(*key.senders, *clients),
            office=key.office,
            scopes=terms.scopes if terms is not None else (),
            clients=tuple(clients),
            since=tuple(clients.items()),
        )

    async def _wait_for_lane(self, principal: Principal, message: UUID, seconds: float) -> Lane | None:
        deadline = time.monotonic() + seconds
        while True:
            is_known, lane = await asyncio.to_thread(self._lane_of, principal, message)
            if is_known or time.monotonic() >= deadline:
                return lane
            await asyncio.sleep(0.02)

    def _lane_of(self, principal: Principal, message: UUID) -> tuple[bool, Lane | None]:
        """Whether a message has advice by now, and its lane; None if that is not for this principal."""
        with self._stores.database.transaction() as connection:
            advice = self._stores.orders.called_for_by(connection, message)
            if advice is None:
                return False, None
            found = belongings(self._stores, connection, [advice.consignment])
        where = found[advice.consignment].advice if advice.consignment in found else Resource()
        may_know = advice.lane in get_args(Lane) and self._access.may(principal, "lane:read", where)
        return True, cast(Lane, advice.lane) if may_know else None

    def watch_lag(self) -> None:
        """Look now and then whether the book keeps up, so that promises say so if it does not."""
        now = time.monotonic()
        if now - self._lag_looked < LAG_SECONDS / 4:
            return
        self._lag_looked = now
        threading.Thread(target=self._look_at_lag, name="lag", daemon=True).start()

    def _look_at_lag(self) -> None:
        try:
            with self._stores.database.transaction() as connection:
                oldest = self._stores.leaves.waiting_since(connection)
                silent = RoleStates().silence(connection, LOG)
        except StoreError:
            return
        waits = (datetime.now(UTC) - oldest).total_seconds() if oldest is not None else 0.0
        if max(waits, silent or 0.0) > LAG_SECONDS:
            self._is_lagging.set()
        else:
            self._is_lagging.clear()


def _apart(prepared: Sequence[Prepared]) -> list[list[Prepared]]:
    """The same messages in the same order, in parts in which no reference stands twice."""
    parts: list[list[Prepared]] = [[]]
    held: set[tuple[str, str | None, str]] = set()
    for one in prepared:
        message = one.message
        names = {(message.sender, message.standard, message.reference)} if message.reference else set()
        names |= {(message.sender, behind.standard, behind.reference) for behind in message.behind if behind.reference}
        if names & held:
            parts.append([])
            held = set()
        parts[-1].append(one)
        held |= names
    return parts
