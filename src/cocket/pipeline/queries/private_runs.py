# SPDX-License-Identifier: Apache-2.0
"""Runs in which two houses find the consignments that both know, without telling each other the rest.

A run has a secret of its own in a file of this house, which is removed once the run is over. What is put in is sealed by a commitment
before anything is sent. A partner begins one run a day at most, and may put in no more than a bound, so that guessing whole ranges of
numbers is slow, dear and on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from cocket.errors import SenderError, StoreError, UnreadableError
from cocket.exchange.private_join import (
    FORM,
    Closing,
    Opening,
    Reply,
    commitment,
    in_common,
    new_session,
    padded_size,
    points_of,
    raise_again,
    read_point,
    written,
)
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.mirror import TradeRecord
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.partner_agreements import today_of
from cocket.pipeline.base.secret_files import make_secret, read_secret
from cocket.pipeline.base.whole_files import write_whole
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_records import PRIVATE, PRIVATE_RUN, agreement_for, declared_to
from cocket.stores.base.database import Connection

#: Kind of the document and sealed record of a run.
RUN: Final = PRIVATE_RUN

#: How many times as many names as we have for the same days the other side may put in, and how many in any case.
TIMES: Final = 4
LEAST_TAKEN: Final = 1024

#: Days that a run can be about at most.
MOST_DAYS: Final = 92

Side = Literal["begun", "answered"]

_SESSION: Final = 32
_Message = TypeVar("_Message", Opening, Reply, Closing)


class PrivateRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run as it stands; also its sealed record. It holds no name of ours or the other's but those in common.

    Attributes:
        session: Its name.
        country: Of the partner.
        agreement: Under which it is.
        side: Whether we began it, or answer.
        stage: `open` while messages are to come, `done` once we know what is in common.
        first: First day of the consignments meant.
        last: Last day.
        commitment: What seals the names that we put in.
        own: Names that we put in (count).
        sent: Points that we sent, padding included (count).
        received: Points of the other side, padding included (count); 0 until they came.
        common: Names that both have, sorted (0..n).
        dossiers: Dossiers of these, sorted (0..n).
        by: Who began or answered it here.
        at: When, UTC.
    """

    session: str
    country: str
    agreement: str
    side: Side
    stage: Literal["open", "done"] = "open"
    first: date
    last: date
    commitment: str
    own: int
    sent: int
    received: int = 0
    common: tuple[str, ...] = ()
    dossiers: tuple[str, ...] = ()
    by: str
    at: datetime


class _State(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a file of this house while a run is open: names with their dossiers, and points raised by both sides."""

    names: dict[str, tuple[str, ...]]
    raised: tuple[str, ...] = ()


class PrivateRuns(Service):
    """Matching in private.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def begin_run(self, principal: Principal, country: str, first: date, last: date) -> tuple[PrivateRun, bytes]:
        """Begin a run; the opening is to be brought to the other side.

        Raises:
            AgreementOverError: No agreement in force names such runs.
            PolicyError: The principal may not.
            SenderError: A run was begun today, the days do not fit, or there is nothing of these days to match.
        """
        self._access.require(principal, "mirror:run", Resource())
        session = new_session()
        with self._stores.database.transaction() as connection:
            agreement = agreement_for(self._stores, connection, PRIVATE, country.strip().upper())
            run, state, points = self._prepared(connection, principal, agreement, ("begun", session, first, last))
            self._files.keep(connection, RUN, session, (run, principal))
        self._put(session, state)
        opening = Opening(
            form=FORM,
            session=session,
            first=first.isoformat(),
            last=last.isoformat(),
            points=tuple(map(written, points)),
        )
        return run, msgspec.json.encode(opening)

    def answer_run(self, principal: Principal, content: bytes, country: str = "") -> tuple[PrivateRun, bytes]:
        """Answer an opening of a partner; the reply is to be brought back.

        Raises:
            AgreementOverError: No agreement in force names such runs.
            PolicyError: The principal may not.
            SenderError: A run of the partner was answered today, or the session is known.
            UnreadableError: It is no opening, or holds more points than are taken.
        """
        opening = _read(content, Opening)
        first, last = _days_of(opening)
        with self._stores.database.transaction() as connection:
            agreement = self._agreement(connection, principal, country)
            if self._files.read(connection, RUN, opening.session, PrivateRun) is not None:
                raise SenderError("A run of that name is known.", code="private-run-known", found=opening.session)
            run, state, points = self._prepared(
                connection, principal, agreement, ("answered", opening.session, first, last)
            )
            try:
                raised = raise_again(opening.points, self._secret(run), most_taken(run.own))
            except UnreadableError:
                self._remove(opening.session)
                raise
            run = msgspec.structs.replace(run, received=len(raised))
            self._files.keep(connection, RUN, opening.session, (run, principal))
        again = tuple(map(written, raised))
        self._put(opening.session, msgspec.structs.replace(state, raised=again))
        reply = Reply(form=FORM, session=opening.session, raised=again, points=tuple(map(written, points)))
        return run, msgspec.json.encode(reply)

    def finish_run(self, principal: Principal, content: bytes) -> tuple[PrivateRun, bytes]:
        """Take in the reply to a run that we began: what is in common is known; the closing tells the other side too.

        Raises:
            NotFoundError: There is no such run that waits for a reply.
            PolicyError: The principal may not.
            UnreadableError: It is no reply to it.
        """
        self._access.require(principal, "mirror:run", Resource())
        reply = _read(content, Reply)
        with self._stores.database.transaction() as connection:
            run, state = self._open_run(connection, reply.session, "begun")
            agreement_for(self._stores, connection, PRIVATE, run.country)
            secret = self._secret(run)
            theirs = raise_again(reply.points, secret, most_taken(run.own))
            raised = tuple(read_point(one) for one in reply.raised)
            common = in_common(points_of(state.names, run.session, secret), raised, theirs)
            run = self._done(connection, principal, msgspec.structs.replace(run, received=len(theirs)), state, common)
        self._remove(run.session)
        return run, msgspec.json.encode(Closing(form=FORM, session=run.session, raised=tuple(map(written, theirs))))

    def close_run(self, principal: Principal, content: bytes) -> PrivateRun:
        """Take in the closing of a run that we answered: what is in common is known here too.

        Raises:
            NotFoundError: There is no such run that waits for its closing.
            PolicyError: The principal may not.
            UnreadableError: It is no closing of it.
        """
        closing = _read(content, Closing)
        with self._stores.database.transaction() as connection:
            run, state = self._open_run(connection, closing.session, "answered")
            self._agreement(connection, principal, run.country)
            raised = tuple(read_point(one) for one in closing.raised)
            theirs = [read_point(one) for one in state.raised]
            common = in_common(points_of(state.names, run.session, self._secret(run)), raised, theirs)
            run = self._done(connection, principal, run, state, common)
        self._remove(run.session)
        return run

    def runs(self, principal: Principal) -> tuple[PrivateRun, ...]:
        """Every run, last changed first (0..n); the look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            found = self._files.every(connection, RUN, PrivateRun)
            self._access.seal(connection, self._access.record(principal, "mirror", ("private runs",)))
        return found

    def _prepared(
        self,
        connection: Connection,
        principal: Principal,
        agreement: Agreement,
        told: tuple[Side, str, date, date],
    ) -> tuple[PrivateRun, _State, Sequence[bytes]]:
        """A run of some days with what we put in, and its points; its secret lies in a file from here on."""
        side, session, first, last = told
        if not 0 <= (last - first).days < MOST_DAYS:
            raise SenderError(
                f"A run is about at most {MOST_DAYS} days, the first before the last.", code="private-run-days"
            )
        today = today_of(self._stores)
        for one in self._files.every(connection, RUN, PrivateRun):
            if (one.country, one.side) == (agreement.country, side) and one.at.astimezone(UTC).date() == today:
                raise SenderError(
                    "A run with this partner was made today; one a day is allowed.", code="private-run-often"
                )
        names = self._names(connection, agreement.country, first, last)
        if side == "begun" and not names:
            raise SenderError(
                f"There is nothing to match, so no run was begun: no dossier declared from {first} to {last} of trade with"
                f" {agreement.country} has a UCR, or a container with its transport document.",
                code="private-run-empty",
            )
        place = self._place(session, "key")
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_secret(place)
        secret = read_secret(place)
        points = points_of(names, session, secret)
        run = PrivateRun(
            session=session,
            country=agreement.country,
            agreement=agreement.name,
            side=side,
            first=first,
            last=last,
            commitment=commitment(names, session, secret),
            own=len(names),
            sent=len(points),
            by=principal.id,
            at=datetime.now(UTC),
        )
        return run, _State(names=names), tuple(points)

    def _done(
        self, connection: Connection, principal: Principal, run: PrivateRun, state: _State, common: frozenset[str]
    ) -> PrivateRun:
        dossiers = sorted({one for name in common for one in state.names[name]})
        run = msgspec.structs.replace(run, stage="done", common=tuple(sorted(common)), dossiers=tuple(dossiers))
        self._files.keep(connection, RUN, run.session, (run, principal))
        return run

    def _open_run(self, connection: Connection, session: str, side: Side) -> tuple[PrivateRun, _State]:
        run = self._files.read(connection, RUN, session, PrivateRun, to_change=True) if _is_session(session) else None
        if run is None or run.side != side or run.stage != "open":
            raise NotFoundError("There is no such run that waits for this.")
        try:
            return run, msgspec.json.decode(self._place(session, "json").read_bytes(), type=_State)
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreError(
                "What was put into the run here is gone; begin another.", code="private-run-gone"
            ) from error

    def _agreement(self, connection: Connection, principal: Principal, country: str) -> Agreement:
        """The agreement under which this principal may answer for the house."""
        if principal.kind == "key":
            agreement = agreement_for(self._stores, connection, PRIVATE, country, principal.senders)
            sender = next(one for one in principal.senders if one in agreement.senders)
            self._access.require(principal, "mirror:give", Resource(sender=sender))
            return agreement
        self._access.require(principal, "mirror:run", Resource())
        return agreement_for(self._stores, connection, PRIVATE, country.strip().upper())

    def _names(self, connection: Connection, country: str, first: date, last: date) -> dict[str, tuple[str, ...]]:
        """What we put in: a name in one form → our dossiers. A container alone names nothing, since its numbers can be guessed."""
        found: dict[str, set[str]] = {}
        for one in declared_to(self._stores, connection, country, first, last)[0]:
            for name in names_of(one.record) if one.record else ():
                found.setdefault(name, set()).add(str(one.consignment))
        return {name: tuple(sorted(dossiers)) for name, dossiers in sorted(found.items())}

    def _secret(self, run: PrivateRun) -> bytes:
        return read_secret(self._place(run.session, "key"))

    def _put(self, session: str, state: _State) -> None:
        write_whole(self._place(session, "json"), msgspec.json.encode(state))

    def _remove(self, session: str) -> None:
        """Once a run is over nothing of it can be opened again."""
        for ending in ("key", "json"):
            with suppress(OSError):
                self._place(session, ending).unlink()

    def _place(self, session: str, ending: str) -> Path:
        if not _is_session(session):
            raise UnreadableError(
                "The message of a private match cannot be used: no run is named in it.", code="private-join"
            )
        return self._stores.settings.keys_folder / "private" / f"{session}.{ending}"


def names_of(record: TradeRecord) -> tuple[str, ...]:
    """Names of a record by which consignments are matched in private, in one form: no name that can be guessed is among them."""
    boxes = (f"BOX {box} {bill}" for box in record.equipment for bill in record.transport_documents)
    return (*(f"UCR {one}" for one in record.ucrs), *boxes)


def most_taken(own: int) -> int:
    """Points of the other side that are taken at most, by how many names we put in (count)."""
    return max(LEAST_TAKEN, padded_size(TIMES * own))


def _is_session(text: str) -> bool:
    return len(text) == _SESSION and set(text) <= set("0123456789abcdef")


def _days_of(opening: Opening) -> tuple[date, date]:
    try:
        return date.fromisoformat(opening.first), date.fromisoformat(opening.last)
    except ValueError as error:
        raise UnreadableError("The message of a private match cannot be used: no days.", code="private-join") from error


def _read(content: bytes, form: type[_Message]) -> _Message:
    try:
        message = msgspec.json.decode(content, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableError(
            "The message of a private match cannot be used: it is none of this step.", code="private-join"
        ) from error
    if message.form != FORM or not _is_session(message.session):
        raise UnreadableError("The message of a private match cannot be used: unknown form.", code="private-join")
    return message
