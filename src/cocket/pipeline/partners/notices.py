# SPDX-License-Identifier: Apache-2.0
"""Notices told to partner administrations and taken from them, and requests for assistance with their clocks.

Policy actions: `mirror:read`, `mirror:run`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.consignment.references import search_keys
from cocket.control.standing import Standing
from cocket.errors import SenderError, UnreadableError
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.governance.partner_notices import (
    ASKED,
    MOST_NOTICES,
    NEXT,
    OPEN,
    PUSHED,
    UNKNOWN,
    Notice,
    NoticeKind,
    checked,
    given,
    names_of_notice,
    read_notices,
)
from cocket.measures.permits import Permit, number_key
from cocket.pipeline.base.access import NotFoundError, Service, Subject
from cocket.pipeline.base.document_files import DocumentFiles, Place, read_body
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.partner_agreements import today_of
from cocket.pipeline.base.partner_looks import NOTICE as NOTICE_LOOK
from cocket.pipeline.base.partner_looks import looks_of_partner
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.partner_notices import (
    NOTICE,
    KeptNotice,
    NoticeStep,
    NoticeView,
    lookups_of,
    named_dossiers,
    notice_name,
    view_of,
)
from cocket.pipeline.credentials.standings import KIND as STANDING
from cocket.pipeline.partners.messages import Exchanged, ExchangeFiles, agreement_to, given_in
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.measures.permits import permit_id

#: Notices that are shown (count).
MOST_SHOWN: Final = 500


class PartnerNotices(Service):
    """Notices and requests for assistance, from and to partner administrations.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)
        self._exchange = ExchangeFiles(stores)

    def tell(
        self, principal: Principal, kind: str, country: str, content: bytes, purpose: str = "control"
    ) -> Exchanged:
        """Tell a partner of cases, or ask it for assistance: a file of notices of one kind, sent as one message.

        Args:
            principal: Who does it.
            kind: Kind of all of them, of those that can be told.
            country: Of the partner.
            content: TOML, as `cocket.governance.partner_notices.read_notices` takes it.
            purpose: For what.

        Returns:
            The message, which waits to be sent; it and each notice are sealed before it is returned.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
            SenderError: The file is none, a notice was given with other words before, or the agreement is not for the purpose.
        """
        self._access.require(principal, "mirror:run", Resource())
        wanted = _kind(kind, PUSHED)
        notices = read_notices(content, wanted)
        with self._stores.database.transaction() as connection:
            agreement = agreement_to(self._stores, connection, wanted, country.strip().upper())
            told = tuple(given(agreement, one) for one in notices)
            if any(one.about for one in told if one.kind == "assistance"):
                raise SenderError("Answer a request by its id.", code="notice-answer")
            made, records = self._exchange.send(
                connection, agreement, ("push", wanted, purpose), told, (principal.id, len(told))
            )
            for one in told:
                records += self._kept(connection, (agreement, "out", made.id), one, principal.id)
            looks = self._looks(connection, agreement, (made.id, purpose), told)
            self._access.seal(connection, *looks, *records)
        return made

    def ask(self, principal: Principal, kind: str, country: str, number: str, purpose: str = "control") -> Exchanged:
        """Ask a partner for what it holds under a number: a certificate, or a trusted trader.

        Returns:
            The message, which waits to be sent; what is answered is kept among the notices.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
            SenderError: It cannot be asked for.
        """
        self._access.require(principal, "mirror:run", Resource())
        wanted, plain = _kind(kind, ASKED), number.strip()
        if not 0 < len(plain) <= 100 or not plain.isprintable():
            raise SenderError("Name a number of at most 100 characters.", code="notice-number")
        with self._stores.database.transaction() as connection:
            agreement = agreement_to(self._stores, connection, wanted, country.strip().upper())
            made, records = self._exchange.send(
                connection, agreement, ("query", wanted, purpose), {"number": plain}, (principal.id, 0)
            )
            self._access.seal(connection, *records)
        return made

    def answer(
        self, principal: Principal, notice_id: str, state: str, words: str, purpose: str = "control"
    ) -> Exchanged:
        """Accept, decline or answer a request for assistance that a partner made.

        Args:
            principal: Who does it.
            notice_id: Id of the request.
            state: `accepted`, `declined` or `answered`.
            words: What is answered, or why it is declined; may be empty where it is accepted.
            purpose: For what.

        Raises:
            NotFoundError: There is no such request.
            PolicyError: The principal may not.
            SenderError: It is not in a state for that, or has no words where they are needed.
        """
        self._access.require(principal, "mirror:run", Resource())
        now, said = datetime.now(UTC), words.strip()
        with self._stores.database.transaction() as connection:
            kept = self._one(connection, notice_id, to_change=True)
            if (kept.direction, kept.notice.kind) != ("in", "assistance"):
                raise NotFoundError("There is no such request for assistance.")
            if state not in NEXT.get(kept.state, ()):
                raise SenderError(
                    f"A request that is {kept.state} cannot become {state[:20]}.", code="notice-state", found=kept.state
                )
            if state != "accepted" and not said:
                raise SenderError("Say what is answered, or why it is declined.", code="notice-words")
            agreement = agreement_to(self._stores, connection, "assistance", kept.country)
            told = checked(
                Notice(
                    kind="assistance",
                    reference=f"{kept.notice.reference[:180]} {len(kept.steps)}",
                    day=today_of(self._stores),
                    state=state,
                    about=kept.notice.reference,
                    answer=said,
                )
            )
            made, records = self._exchange.send(
                connection, agreement, ("push", "assistance", purpose), (given(agreement, told),), (principal.id, 1)
            )
            step = NoticeStep(state=state, words=said, by=principal.id, at=now)
            records += self._write(
                connection, msgspec.structs.replace(kept, state=state, steps=(*kept.steps, step)), principal.id
            )
            looks = self._looks(connection, agreement, (made.id, purpose), (kept.notice,)) if said else []
            self._access.seal(connection, *looks, *records)
        return made

    def notices(
        self, principal: Principal, country: str = "", kind: str = "", *, is_open: bool = False
    ) -> tuple[NoticeView, ...]:
        """Notices from and to partners, last changed first (0..500); the look is sealed.

        Args:
            principal: Who asks.
            country: Of the partner; empty for all.
            kind: Of the notices; empty for all.
            is_open: Whether requests for assistance alone that wait for an answer.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        today = today_of(self._stores)
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, NOTICE, KeptNotice, OPEN if is_open else ())
            kinds = (kind, "assistance") if is_open else (kind,)
            found = [
                one
                for one in every
                if country in ("", one.country) and all(each in ("", one.notice.kind) for each in kinds)
            ]
            self._access.seal(connection, self._access.record(principal, "mirror", ("notices",)))
        return tuple(view_of(one, today) for one in found[:MOST_SHOWN])

    def notice(self, principal: Principal, notice_id: str) -> NoticeView:
        """One notice; the look is sealed.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            kept = self._one(connection, notice_id)
            ids = sorted(set(self._named(connection, (kept.notice,)).values()))
            dossiers = named_dossiers(self._stores, self._access, connection, principal, ids)
            shown = (str(kept.id), *(one.id for one in dossiers))
            self._access.seal(connection, self._access.record(principal, "mirror", shown))
        return msgspec.structs.replace(view_of(kept, today_of(self._stores)), dossiers=dossiers)

    def _one(self, connection: Connection, notice_id: str, *, to_change: bool = False) -> KeptNotice:
        wanted = parse_id(notice_id)
        file = self._stores.case_files.get(connection, wanted, to_change=to_change) if wanted else None
        if file is None or file.kind != NOTICE:
            raise NotFoundError("There is no such notice.")
        return read_body(file, KeptNotice)

    def _named(self, connection: Connection, told: Iterable[Notice]) -> dict[tuple[str, str], UUID]:
        """Dossiers here that notices name, by the name (0..n)."""
        names = {name for one in told for name in names_of_notice(one)}
        keys = {(key.kind, key.value) for kind, value in names if kind != "TRADER" for key in search_keys(value, kind)}
        return self._stores.consignments.known_by(connection, sorted(keys)) if keys else {}

    def _looks(
        self, connection: Connection, agreement: Agreement, exchange: tuple[str, str], told: Iterable[Notice]
    ) -> list[NewRecord]:
        """The partner's look at each dossier and standing here that notices name (0..n)."""
        told = tuple(told)
        names = {name for one in told for name in names_of_notice(one)}
        traders = [(name, value) for kind, value in names if kind == "TRADER" for name in ("number", "trader")]
        files = self._stores.case_files.found_by(connection, STANDING, traders) if traders else {}
        found = {*self._named(connection, told).values(), *(file.id for several in files.values() for file in several)}
        subjects = [Subject(ids=(str(one),), about=one) for one in sorted(found)]
        return looks_of_partner(self._access, agreement, given_in(*exchange), subjects, NOTICE_LOOK)

    def _kept(
        self, connection: Connection, under: tuple[Agreement, Literal["in", "out"], str], one: Notice, by: str
    ) -> list[NewRecord]:
        return keep_notice(self._files, connection, under, one, by)

    def _write(self, connection: Connection, kept: KeptNotice, by: str) -> list[NewRecord]:
        return _written(self._files, connection, kept, by)


def take_notices(
    files: DocumentFiles, connection: Connection, under: tuple[Agreement, str], told: Iterable[object], by: str
) -> tuple[int, list[NewRecord]]:
    """Keep notices that a partner told, with the fields that the agreement names.

    Args:
        files: Keeps documents.
        connection: The transaction.
        under: The agreement, and id of the message.
        told: Notices as they came.
        by: Key that signed them.

    Returns:
        How many there were, and what is to be sealed.

    Raises:
        UnreadableError: One of them is none of the agreement; none is kept then.
    """
    agreement, message = under
    records: list[NewRecord] = []
    number = 0
    for number, raw in enumerate(told, start=1):
        if number > MOST_NOTICES:
            raise UnreadableError(f"More than {MOST_NOTICES:,} notices in one message.", code="partner-notice")
        try:
            one = msgspec.convert(raw, type=Notice)
        except msgspec.ValidationError as error:
            raise UnreadableError(f"A notice cannot be read: {error}.", code="partner-notice") from error
        one = checked(one, f"notice {number}")
        if one.kind not in agreement.exchanges:
            raise UnreadableError(f"The agreement does not cover {one.kind}.", code="partner-notice")
        records += keep_notice(files, connection, (agreement, "in", message), given(agreement, one), by)
    return number, records


def keep_notice(
    files: DocumentFiles,
    connection: Connection,
    under: tuple[Agreement, Literal["in", "out"], str],
    one: Notice,
    by: str,
) -> list[NewRecord]:
    """Keep one notice, new or given again; what follows a request of ours changes that request (0..1 records).

    Raises:
        UnreadableError: It follows a request that we never made, or that cannot come to this state any more.
    """
    agreement, direction, message = under
    now = datetime.now(UTC)
    if one.kind == "assistance" and one.about:
        return _followed(files, connection, under, one, by)
    name = notice_name(agreement.country, direction, one)
    step = NoticeStep(state=one.state, by=by, at=now)
    known = files.read(connection, NOTICE, name, KeptNotice, to_change=True)
    if known is not None and known.notice == one:
        return []
    if known is not None and one.kind == "assistance":
        raise UnreadableError(
            f"A request with the reference {one.reference} was made before, in other words.", code="partner-notice"
        )
    kept = KeptNotice(
        name=name,
        country=agreement.country,
        agreement=agreement.name,
        version=agreement.version,
        direction=direction,
        message=message,
        notice=one,
        state=one.state,
        steps=(*(known.steps if known is not None else ()), step),
    )
    return _written(files, connection, kept, by)


def answers_to(
    stores: Stores, connection: Connection, agreement: Agreement, kind: NoticeKind, number: str
) -> tuple[tuple[Notice, ...], tuple[Subject, ...]]:
    """What we hold under a number, with the fields that the agreement names, and of what it is; what is not known is said to be so."""
    today = today_of(stores)
    if kind == "certificate":
        held = stores.permits.known(connection, [number_key(number)])
        found = [_of_permit(one, today) for one in held]
        ids = [permit_id(one.name) for one in held]
    else:
        files = stores.case_files.found_by(connection, STANDING, [("number", number), ("trader", number)])
        every = {file.id: file for several in files.values() for file in several}
        found = [_of_standing(read_body(file, Standing), today) for file in every.values()]
        ids = list(every)
    found = found or [Notice(kind=kind, reference=number, day=today, state=UNKNOWN, number=number)]
    subjects = tuple(Subject(ids=(str(one),), about=one) for one in ids)
    return tuple(given(agreement, checked(one)) for one in found), subjects


def _of_permit(one: Permit, today: date) -> Notice:
    is_over = one.valid_to is not None and one.valid_to < today
    return Notice(
        kind="certificate",
        reference=f"{one.agency}/{one.type}/{one.number}/{one.line}",
        day=today,
        state="expired" if one.status == "valid" and is_over else one.status,
        number=one.number,
        type=one.type,
        agency=one.agency,
        holder=one.holder or "",
        goods=one.goods or ", ".join(one.codes),
        quantity=one.quantity,
        unit=one.unit or "",
        since=one.valid_from,
        until=one.valid_to,
    )


def _of_standing(one: Standing, today: date) -> Notice:
    is_over = one.valid_to is not None and one.valid_to < today
    state = "in-force" if one.standing_now == "valid" else one.standing_now
    return Notice(
        kind="trusted-trader",
        reference=one.name,
        day=today,
        state="expired" if state == "in-force" and is_over else state,
        number=one.trader,
        type=one.scheme,
        since=one.valid_from,
        until=one.valid_to,
    )


def _followed(
    files: DocumentFiles,
    connection: Connection,
    under: tuple[Agreement, Literal["in", "out"], str],
    one: Notice,
    by: str,
) -> list[NewRecord]:
    """What a partner did with a request of ours."""
    agreement, direction, _ = under
    if direction == "out":
        return []  # the request that is answered was changed with it
    asked = msgspec.structs.replace(one, reference=one.about, about="")
    known = files.read(connection, NOTICE, notice_name(agreement.country, "out", asked), KeptNotice, to_change=True)
    if known is None:
        raise UnreadableError(f"No request with the reference {one.about} was made from here.", code="partner-notice")
    if any((step.state, step.words) == (one.state, one.answer) for step in known.steps):
        return []
    if one.state not in NEXT.get(known.state, ()):
        raise UnreadableError(f"The request {one.about} is {known.state} here.", code="partner-notice")
    step = NoticeStep(state=one.state, words=one.answer, by=by, at=datetime.now(UTC))
    return _written(files, connection, msgspec.structs.replace(known, state=one.state, steps=(*known.steps, step)), by)


def _written(files: DocumentFiles, connection: Connection, kept: KeptNotice, by: str) -> list[NewRecord]:
    where = Place(state=kept.state, names=lookups_of(kept))
    record = files.write(connection, NOTICE, kept.name, (kept, by), where)
    return [record] if record is not None else []


def _kind(text: str, allowed: Sequence[NoticeKind]) -> NoticeKind:
    found = next((one for one in allowed if one == text), None)
    if found is None:
        raise SenderError(
            f"{text[:40]!r} is none of {', '.join(allowed)}.", code="notice-kind", expected=", ".join(allowed)
        )
    return found
