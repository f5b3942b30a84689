# SPDX-License-Identifier: Apache-2.0
"""Journeys past their time limit: the enquiry into what became of them, and fines. Each act is sealed.

A journey that is not discharged seven days after its time limit is due for an enquiry. The office of departure asks the
principal, the carrier or the office of destination; the answer is due in 28 days. Policy actions: `journey:read`;
`journey:activate` at the office of departure for enquiries; `guarantee:keep` for fines.
Source: Implementing Regulation (EU) 2015/2447, article 310; the East African Community Customs Management Act, sections 85–87.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, cast, get_args

import msgspec

from cocket.codes.currency import fits_minor_unit
from cocket.errors import SenderError
from cocket.governance import HOUSE_WIDE, Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.journey_state import JourneyAccess
from cocket.pipeline.tracking.presentation import journey_line
from cocket.pipeline.tracking.views import JourneyLine
from cocket.stores.base.database import Connection
from cocket.stores.tracking.alerts import Alerts
from cocket.stores.tracking.journeys import Journeys, StoredJourney

#: Kind of the sealed record and case file of an enquiry; its name is the id of the journey.
ENQUIRY: Final = "transit-enquiry"

#: How long after its time limit a journey is due for an enquiry, and how long an answer may take.
DUE_AFTER: Final = timedelta(days=7)
ANSWER_DAYS: Final = 28

_MOST: Final = 500
_MOST_AMOUNT: Final = Decimal(10) ** 15

EnquiryState = Literal["none", "open", "answered", "closed"]
Outcome = Literal["presented", "debt", "lost", "other"]
FineState = Literal["imposed", "paid", "waived"]


class Fine(msgspec.Struct, frozen=True, kw_only=True):
    """A fine on a journey.

    Attributes:
        amount: How much.
        currency: ISO 4217 code of it.
        reason: For what, in words.
        at: When it was imposed (UTC).
        by: Who imposed it.
        state: `imposed`, `paid` or `waived`.
        note: Why it was waived, or how it was paid; "" while it stands.
    """

    amount: Decimal
    currency: str
    reason: str
    at: datetime
    by: str
    state: FineState = "imposed"
    note: str = ""


class Enquiry(msgspec.Struct, frozen=True, kw_only=True):
    """An enquiry into a journey, and its fines, as they stand; also the sealed record.

    Attributes:
        journey: The journey.
        reference: Declaration or manifest.
        state: `none` where there are fines alone; `open`, `answered`, `closed`.
        asked: Who was asked, and what; "" for nobody yet.
        opened: When (UTC); None for no enquiry.
        answer_by: By when the answer is due; None for no enquiry.
        answer: The answer, in words; "" for none yet.
        outcome: What came of it; None while it is not closed.
        note: On its outcome, in words.
        by: Who did the last act.
        fines: Fines, oldest first (0..n).
    """

    journey: str
    reference: str
    state: EnquiryState = "none"
    asked: str = ""
    opened: datetime | None = None
    answer_by: date | None = None
    answer: str = ""
    outcome: Outcome | None = None
    note: str = ""
    by: str = ""
    fines: tuple[Fine, ...] = ()


class EnquiryView(msgspec.Struct, frozen=True, kw_only=True):
    """A journey past its time limit, or with an enquiry or a fine.

    Attributes:
        line: The journey.
        days_over: Whole days since its time limit; 0 where it was discharged in time or the limit is not past.
        is_due: Whether it is due for an enquiry and none was opened.
        is_unanswered: Whether the answer of an open enquiry is overdue.
        enquiry: The enquiry and the fines; None for neither.
    """

    line: JourneyLine
    days_over: int
    is_due: bool
    is_unanswered: bool
    enquiry: Enquiry | None


class Enquiries(Service):
    """Looking into journeys past their time limit.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)
        self._shown = JourneyAccess(stores)

    def past_limit(self, principal: Principal) -> tuple[EnquiryView, ...]:
        """Journeys past their limit that are not discharged, and those with an enquiry or a fine; the longest over first.

        Raises:
            PolicyError: The principal may see no journeys.
        """
        self._access.require(principal, "journey:read")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            known = {one.journey: one for one in self._files.every(connection, ENQUIRY, Enquiry)}
            rows = {str(row.id): row for row in Journeys().past_limit(connection, principal.office, now, _MOST)}
            named = [name for one in known if one not in rows and (name := parse_id(one)) is not None]
            rows |= {str(one): row for one, row in Journeys().get_many(connection, named).items()}
            shown = [row for row in rows.values() if self._shown.sees(principal, row)]
            views = [self._view(connection, principal, row, known.get(str(row.id)), now) for row in shown]
            names = tuple(view.line.id for view in views)
            self._access.seal(
                connection, self._access.record(principal, "journeys past their limit", names or ("none",))
            )
        return tuple(sorted(views, key=lambda view: (-view.days_over, view.line.id)))

    def open_enquiry(self, principal: Principal, journey_id: str, asked: str, days: int = ANSWER_DAYS) -> EnquiryView:
        """Open the enquiry into a journey, or ask again.

        Args:
            principal: Who asks.
            journey_id: The journey.
            asked: Who is asked, and what.
            days: Days for the answer (1..365).

        Raises:
            NotFoundError: There is no journey that this principal may see.
            PolicyError: The principal may not, at its office of departure.
            SenderError: Its limit is not past, it is discharged, nobody is asked, or the days are none.
        """
        now = datetime.now(UTC)
        words = _words(asked, "Enter who is asked, and what.")
        if not 1 <= days <= 365:
            raise SenderError("An answer is due in 1 to 365 days.", code="enquiry-days", found=str(days))
        with self._stores.database.transaction() as connection:
            stored, known = self._known(connection, principal, journey_id)
            if stored.discharged is not None or stored.time_limit > now:
                raise SenderError("The journey is not past its time limit, or is discharged.", code="enquiry-early")
            made = msgspec.structs.replace(
                known,
                state="open",
                asked=words,
                opened=known.opened or now,
                answer_by=(now + timedelta(days=days)).date(),
                outcome=None,
                by=principal.id,
            )
            return self._keep(connection, principal, stored, made)

    def answer_enquiry(self, principal: Principal, journey_id: str, answer: str) -> EnquiryView:
        """Record the answer to an enquiry.

        Raises:
            NotFoundError: There is no journey that this principal may see.
            PolicyError: The principal may not, at its office of departure.
            SenderError: No enquiry is open, or the answer says nothing.
        """
        words = _words(answer, "Enter the answer.")
        with self._stores.database.transaction() as connection:
            stored, known = self._known(connection, principal, journey_id)
            if known.state not in ("open", "answered"):
                raise SenderError("No enquiry is open for this journey.", code="enquiry-state", found=known.state)
            made = msgspec.structs.replace(known, state="answered", answer=words, by=principal.id)
            return self._keep(connection, principal, stored, made)

    def close_enquiry(self, principal: Principal, journey_id: str, outcome: str, note: str) -> EnquiryView:
        """Close an enquiry with its outcome: presented after all, a debt, lost, or another.

        Raises:
            NotFoundError: There is no journey that this principal may see.
            PolicyError: The principal may not, at its office of departure.
            SenderError: No enquiry is open, the outcome is none, or the note says nothing.
        """
        if outcome not in get_args(Outcome):
            raise SenderError("This is not an outcome of an enquiry.", code="enquiry-outcome", found=outcome[:40])
        words = _words(note, "Give the reason; it is recorded under your name.")
        with self._stores.database.transaction() as connection:
            stored, known = self._known(connection, principal, journey_id)
            if known.state not in ("open", "answered"):
                raise SenderError("No enquiry is open for this journey.", code="enquiry-state", found=known.state)
            made = msgspec.structs.replace(
                known, state="closed", outcome=cast(Outcome, outcome), note=words, by=principal.id
            )
            return self._keep(connection, principal, stored, made)

    def impose_fine(
        self, principal: Principal, journey_id: str, amount: Decimal, currency: str, reason: str
    ) -> EnquiryView:
        """Impose a fine on a journey.

        Raises:
            NotFoundError: There is no journey that this principal may see.
            PolicyError: The principal may not.
            SenderError: The amount is none, the currency no code of three letters, or no reason is given.
        """
        words = _words(reason, "Give the reason; it is recorded under your name.")
        code = currency.strip().upper()
        if (
            not amount.is_finite()
            or not 0 < amount < _MOST_AMOUNT
            or not (len(code) == 3 and code.isascii() and code.isalpha())
        ):
            raise SenderError(
                "A fine has an amount above 0 and a currency.", code="fine-amount", found=str(amount)[:40]
            )
        if not fits_minor_unit(amount, code):
            raise SenderError(
                "The amount has more decimal places than its currency.",
                code="amount-places",
                expected=code,
                found=str(amount)[:40],
            )
        self._access.require(principal, "guarantee:keep", HOUSE_WIDE)
        with self._stores.database.transaction() as connection:
            stored, known = self._known(connection, principal, journey_id, is_fine=True)
            fine = Fine(amount=amount, currency=code, reason=words, at=datetime.now(UTC), by=principal.id)
            made = msgspec.structs.replace(known, fines=(*known.fines, fine), by=principal.id)
            return self._keep(connection, principal, stored, made)

    def settle_fine(self, principal: Principal, journey_id: str, number: int, state: str, note: str) -> EnquiryView:
        """Record that a fine was paid, or waive it.

        Args:
            principal: Who does.
            journey_id: The journey.
            number: Which of its fines, from 1.
            state: `paid` or `waived`.
            note: How, or why.

        Raises:
            NotFoundError: There is no journey that this principal may see, or no such fine.
            PolicyError: The principal may not.
            SenderError: It is settled already, the state is none, or the note says nothing.
        """
        if state not in ("paid", "waived"):
            raise SenderError("A fine is paid or waived.", code="fine-state", found=state[:40])
        words = _words(note, "Give the reason; it is recorded under your name.")
        self._access.require(principal, "guarantee:keep", HOUSE_WIDE)
        with self._stores.database.transaction() as connection:
            stored, known = self._known(connection, principal, journey_id, is_fine=True)
            if not 1 <= number <= len(known.fines):
                raise NotFoundError("There is no such fine.")
            before = known.fines[number - 1]
            if before.state != "imposed":
                raise SenderError("The fine is settled.", code="fine-settled", found=before.state)
            after = msgspec.structs.replace(before, state=cast(FineState, state), note=words)
            fines = (*known.fines[: number - 1], after, *known.fines[number:])
            made = msgspec.structs.replace(known, fines=fines, by=principal.id)
            return self._keep(connection, principal, stored, made)

    def _known(
        self, connection: Connection, principal: Principal, journey_id: str, *, is_fine: bool = False
    ) -> tuple[StoredJourney, Enquiry]:
        """A journey whose enquiry this principal may work on, and the enquiry; both locked."""
        wanted = parse_id(journey_id)
        stored = Journeys().get(connection, wanted, to_change=True) if wanted else None
        if stored is None or not self._shown.sees(principal, stored):
            raise NotFoundError("There is no such journey.")
        if not is_fine:
            self._access.require(principal, "journey:activate", Resource(offices=(stored.departure,)))
        name = str(stored.id)
        known = self._files.read(connection, ENQUIRY, name, Enquiry, to_change=True)
        return stored, known or Enquiry(journey=name, reference=stored.reference)

    def _keep(self, connection: Connection, principal: Principal, stored: StoredJourney, made: Enquiry) -> EnquiryView:
        record = self._files.write(connection, ENQUIRY, made.journey, (made, principal.id), made.state)
        view = self._view(connection, principal, stored, made, datetime.now(UTC))
        self._access.seal(connection, *([record] if record is not None else []))
        return view

    def _view(
        self, connection: Connection, principal: Principal, stored: StoredJourney, known: Enquiry | None, now: datetime
    ) -> EnquiryView:
        standing = Alerts().standing_of(connection, [stored.id]).get(stored.id, {})
        line = self._shown.without_foreign(connection, principal, [journey_line(stored, standing, now)])[0]
        over = (stored.discharged or now) - stored.time_limit
        state = known.state if known else "none"
        answer_by = known.answer_by if known else None
        return EnquiryView(
            line=line,
            days_over=max(0, over.days),
            is_due=stored.discharged is None and over >= DUE_AFTER and state == "none",
            is_unanswered=state == "open" and answer_by is not None and answer_by < now.date(),
            enquiry=known,
        )


def _words(text: str, needed: str) -> str:
    words = text.strip()
    if not words:
        raise SenderError(needed, code="enquiry-words")
    return words[:4000]
