# SPDX-License-Identifier: Apache-2.0
"""The ledger of guarantees: registered, locked by journeys at activation, released at discharge, claimed. Each act is sealed.

A guarantee is checked and locked in the transaction that activates its journey, under a lock of its row, so that two
journeys never share the same room. Policy actions: `guarantee:read`, `guarantee:keep` (registering, suspending, claiming, and
securing a journey against what the ledger says).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

from cocket.codes.currency import fits_minor_unit
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import HOUSE_WIDE, Context, Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.journey_state import JourneyAccess
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.tracking.journeys import Journeys
from cocket.tracking.guarantee import (
    REFUSALS,
    Guarantee,
    GuaranteeState,
    GuaranteeType,
    Usage,
    claimed,
    grn_key,
    locked,
    refusal,
    released,
)
from cocket.tracking.journey import Journey

#: Kind of the sealed record and case file of a guarantee.
GUARANTEE_FILE: Final = "guarantee-file"

#: The states to which an officer sets a guarantee.
GuaranteeAct = Literal["suspend", "restore", "cancel"]
GUARANTEE_ACTS: Final[dict[str, GuaranteeState]] = {
    "suspend": "suspended",
    "restore": "valid",
    "cancel": "cancelled",
}

#: State → what is said of an act that would change nothing, or nothing any more.
_STANDS: Final[dict[GuaranteeState, str]] = {
    "valid": "The guarantee is valid.",
    "suspended": "The guarantee is suspended.",
    "cancelled": "The guarantee is cancelled.",
}

_MOST_AMOUNT = Decimal(10) ** 15


class NewGuarantee(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A guarantee to register; see `Guarantee`."""

    reference: str
    type: GuaranteeType
    holder: str
    guarantor: str = ""
    reference_amount: Decimal
    currency: str
    valid_from: date | None = None
    valid_until: date | None = None


class GuaranteeView(msgspec.Struct, frozen=True, kw_only=True):
    """A guarantee with what is made of it.

    Attributes:
        guarantee: The guarantee; journeys that the reader may not see have no name in it.
        exposure: What is locked or claimed.
        left: What more it can secure; negative where an override went beyond.
        share: Exposure as a share of the reference amount (0..n).
        may_act: Whether it is of the reader's office to act on: it secures nothing, or a journey of that office; what a role
            may do is policy's. Said of one guarantee that is asked for by its number; None in lists.
    """

    guarantee: Guarantee
    exposure: Decimal
    left: Decimal
    share: float
    may_act: bool | None = None


class GuaranteeSum(msgspec.Struct, frozen=True, kw_only=True):
    """What guarantees of one holder, or one guarantor, secure together in one currency.

    Attributes:
        who: Whose.
        currency: ISO 4217.
        guarantees: How many (count).
        journeys: Journeys that lock them (count).
        reference_amount: Most they secure together.
        exposure: What is locked or claimed.
        claimed: What of it is claimed.
    """

    who: str
    currency: str
    guarantees: int
    journeys: int
    reference_amount: Decimal
    exposure: Decimal
    claimed: Decimal


class GuaranteeList(msgspec.Struct, frozen=True, kw_only=True):
    """Guarantees, and their sums.

    Attributes:
        guarantees: Those that fit, the most exposed first (0..n).
        total: How many there are in all (count).
        by_holder: Sums by principal of the procedure and currency (0..n), of those that fit.
        by_guarantor: Sums by guarantor and currency (0..n); waivers have none.
    """

    guarantees: tuple[GuaranteeView, ...]
    total: int
    by_holder: tuple[GuaranteeSum, ...]
    by_guarantor: tuple[GuaranteeSum, ...]


class Guarantees(Service):
    """Keeping the ledger.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)
        self._shown = JourneyAccess(stores)

    def register_guarantee(self, principal: Principal, new: NewGuarantee) -> GuaranteeView:
        """Register a guarantee.

        Raises:
            PolicyError: The principal may not.
            SenderError: It does not hold, or there is one of that number; `findings` say where.
        """
        self._access.require(principal, "guarantee:keep", HOUSE_WIDE)
        made = Guarantee(
            reference=grn_key(new.reference),
            type=new.type,
            holder=new.holder.strip(),
            guarantor=new.guarantor.strip(),
            reference_amount=new.reference_amount,
            currency=new.currency.strip().upper(),
            valid_from=new.valid_from or datetime.now(UTC).date(),
            valid_until=new.valid_until,
        )
        findings = _findings(made)
        if findings:
            raise SenderError("The guarantee cannot be registered.", code="guarantee", findings=findings)
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, GUARANTEE_FILE)
            if self._files.read(connection, GUARANTEE_FILE, made.reference, Guarantee) is not None:
                raise SenderError(
                    "There is a guarantee of that number.", code="guarantee-known", found=made.reference[:40]
                )
            self._files.keep(connection, GUARANTEE_FILE, made.reference, (made, principal), made.state)
        return _view(made)

    def guarantees(self, principal: Principal, text: str = "") -> GuaranteeList:
        """Guarantees whose number, holder or guarantor contain a text; the look is sealed.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "guarantee:read", HOUSE_WIDE)
        wanted, number = text.strip().casefold(), grn_key(text)
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, GUARANTEE_FILE, Guarantee)
            fit = [
                one
                for one in every
                if wanted in one.holder.casefold()
                or wanted in one.guarantor.casefold()
                or (number and number in one.reference)
            ]
            shown = self._without_foreign(connection, principal, fit)
            names = tuple(one.reference for one in shown)
            self._access.seal(connection, self._access.record(principal, "guarantees", names or ("none",)))
        views = sorted(map(_view, shown), key=lambda one: (-one.share, one.guarantee.reference))
        return GuaranteeList(
            guarantees=tuple(views),
            total=len(every),
            by_holder=_sums((one.holder, one) for one in fit),
            by_guarantor=_sums((one.guarantor, one) for one in fit if one.guarantor),
        )

    def guarantee(self, principal: Principal, reference: str) -> GuaranteeView:
        """One guarantee with the journeys that it secures; the look is sealed.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not see it.
        """
        self._access.require(principal, "guarantee:read", HOUSE_WIDE)
        with self._stores.database.transaction() as connection:
            known = self._known(connection, reference)
            shown = self._without_foreign(connection, principal, [known])[0]
            may_act = self._may_act(connection, principal, known)
            self._access.seal(connection, self._access.record(principal, "guarantee", (known.reference,)))
        return msgspec.structs.replace(_view(shown), may_act=may_act)

    def change_guarantee(self, principal: Principal, reference: str, act: GuaranteeAct, reason: str) -> GuaranteeView:
        """Suspend a guarantee, restore it, or cancel it for good; what it secures stays secured.

        Raises:
            NotFoundError: There is none, or it secures journeys of other offices alone.
            PolicyError: The principal may not.
            SenderError: It is cancelled or in that state, the act is none, or no reason is given.
        """
        self._access.require(principal, "guarantee:keep", HOUSE_WIDE)
        if act not in GUARANTEE_ACTS:
            raise SenderError("There is no such act on a guarantee.", code="guarantee-act", found=str(act)[:40])
        if not reason.strip():
            raise SenderError("Give the reason; it is recorded under your name.", code="guarantee-reason")
        with self._stores.database.transaction() as connection:
            known = self._to_act_on(connection, principal, reference)
            state = GUARANTEE_ACTS[act]
            if known.state in ("cancelled", state):
                raise SenderError(_STANDS[known.state], code="guarantee-state")
            made = msgspec.structs.replace(known, state=state, reason=reason.strip())
            shown = self._without_foreign(connection, principal, [made])[0]
            self._files.keep(connection, GUARANTEE_FILE, made.reference, (made, principal), made.state)
        return _view(shown)

    def claim_guarantee(
        self, principal: Principal, reference: str, journey: str, amount: Decimal, reason: str
    ) -> GuaranteeView:
        """Claim what is due on a journey of its guarantor; what is claimed is not released by a discharge.

        Args:
            principal: Who claims it.
            reference: The guarantee.
            journey: Id of the journey, or its declaration or manifest.
            amount: How much; 0 takes an earlier claim back.
            reason: Why, in words.

        Raises:
            NotFoundError: There is none, or it does not secure that journey, or the journey is of other offices.
            PolicyError: The principal may not.
            SenderError: The amount is above what the journey locked or finer than its currency, or no reason is given.
        """
        self._access.require(principal, "guarantee:keep", HOUSE_WIDE)
        if not reason.strip():
            raise SenderError("Give the reason; it is recorded under your name.", code="guarantee-reason")
        with self._stores.database.transaction() as connection:
            known = self._to_act_on(connection, principal, reference)
            seen = self._without_foreign(connection, principal, [known])[0].usages
            usage = next((one for one in seen if journey and journey in (one.journey, one.reference)), None)
            if usage is None:
                raise NotFoundError("The guarantee does not secure that journey.")
            if not amount.is_finite() or not 0 <= amount <= usage.amount:
                raise SenderError(
                    "A claim is at most what the journey locked.", code="guarantee-claim",
                    expected=f"0 to {usage.amount:f}", found=str(amount)[:40],
                )  # fmt: skip
            if not fits_minor_unit(amount, known.currency):
                raise SenderError(
                    "The amount has more decimal places than its currency.",
                    code="amount-places",
                    expected=known.currency,
                    found=str(amount)[:40],
                )
            made = claimed(known, usage.journey, amount, reason.strip())
            wanted = parse_id(usage.journey)
            stored = Journeys().get(connection, wanted) if wanted else None
            if amount == 0 and stored is not None and stored.discharged is not None:
                made = released(made, usage.journey)
            shown = self._without_foreign(connection, principal, [made])[0]
            self._files.keep(connection, GUARANTEE_FILE, made.reference, (made, principal), made.state)
        return _view(shown)

    def lock(self, connection: Connection, principal: Principal, plan: Journey, override: str) -> NewRecord | None:
        """Lock the guarantee of a journey that is being activated; the record that is to be sealed.

        Args:
            connection: The transaction that activates it.
            principal: Who does.
            plan: The journey; without a guarantee's number, nothing is locked.
            override: Why it is to be secured by it although the ledger says no; "" to let the ledger decide.

        Raises:
            PolicyError: The ledger says no, and the principal may not override it.
            SenderError: The ledger says no, and no reason is given to override it; or there is no such guarantee.
        """
        number = plan.guarantee_reference
        if number is msgspec.UNSET:
            return None
        known = self._files.read(connection, GUARANTEE_FILE, number, Guarantee, to_change=True)
        if known is None:
            raise _refused("unknown", number)
        if plan.guarantee_amount is None or plan.guarantee_currency != known.currency:
            raise _refused("currency", known.currency)
        usage = Usage(
            journey=plan.id,
            reference=plan.reference,
            amount=plan.guarantee_amount,
            at=datetime.now(UTC),
            by=principal.id,
        )
        why = refusal(known, usage, usage.at.date())
        if why is not None:
            if not override.strip() or why[0] == "twice":
                raise _refused(*why)
            self._access.require(principal, "guarantee:keep", HOUSE_WIDE, Context(reason=override.strip()))
            usage = msgspec.structs.replace(usage, override=f"{why[0]}: {override.strip()}")
        made = locked(known, usage)
        return self._files.write(connection, GUARANTEE_FILE, made.reference, (made, principal.id), made.state)

    def release(self, connection: Connection, principal: Principal, plan: Journey) -> NewRecord | None:
        """Release the guarantee of a journey that is being discharged; the record that is to be sealed, None for none."""
        number = plan.guarantee_reference
        if number is msgspec.UNSET:
            return None
        known = self._files.read(connection, GUARANTEE_FILE, number, Guarantee, to_change=True)
        if known is None:
            return None
        made = released(known, plan.id)
        return self._files.write(connection, GUARANTEE_FILE, made.reference, (made, principal.id), made.state)

    def _to_act_on(self, connection: Connection, principal: Principal, reference: str) -> Guarantee:
        """The guarantee to act on; one that secures journeys is of the offices of these journeys."""
        known = self._known(connection, reference, to_change=True)
        if not self._may_act(connection, principal, known):
            raise NotFoundError("There is no such guarantee.")
        return known

    def _may_act(self, connection: Connection, principal: Principal, guarantee: Guarantee) -> bool:
        if not guarantee.usages:
            return True
        ids = [name for usage in guarantee.usages if (name := parse_id(usage.journey)) is not None]
        return self._shown.acts_on(principal, Journeys().get_many(connection, ids).values())

    def _known(self, connection: Connection, reference: str, *, to_change: bool = False) -> Guarantee:
        known = self._files.read(connection, GUARANTEE_FILE, grn_key(reference), Guarantee, to_change=to_change)
        if known is None:
            raise NotFoundError("There is no such guarantee.")
        return known

    def _without_foreign(
        self, connection: Connection, principal: Principal, guarantees: list[Guarantee]
    ) -> list[Guarantee]:
        """Guarantees in which journeys that this principal may not see have amounts alone."""
        ids = {name: parse_id(name) for one in guarantees for name in (usage.journey for usage in one.usages)}
        rows = Journeys().get_many(connection, [name for name in ids.values() if name is not None])
        seen = {str(row.id) for row in rows.values() if self._shown.sees(principal, row)}
        return [
            msgspec.structs.replace(
                one,
                usages=tuple(
                    usage
                    if usage.journey in seen
                    else msgspec.structs.replace(usage, journey="", reference="", by="", override="", why="")
                    for usage in one.usages
                ),
            )
            for one in guarantees
        ]


def _refused(why: str, found: str) -> SenderError:
    finding = Finding(code=f"guarantee-{why}", severity="error", message=REFUSALS[why], found=found[:100])
    return SenderError(
        "The guarantee does not secure the journey.",
        code="guarantee-refused",
        findings=(finding,),
        hint="A supervisor may activate it with a reason for overriding.",
    )


def _view(guarantee: Guarantee) -> GuaranteeView:
    share = float(guarantee.exposure / guarantee.reference_amount)
    return GuaranteeView(guarantee=guarantee, exposure=guarantee.exposure, left=guarantee.left, share=round(share, 4))


def _sums(named: Iterable[tuple[str, Guarantee]]) -> tuple[GuaranteeSum, ...]:
    sums: dict[tuple[str, str], GuaranteeSum] = {}
    for who, one in named:
        key = (who, one.currency)
        before = sums.get(key) or GuaranteeSum(
            who=who, currency=one.currency, guarantees=0, journeys=0, reference_amount=Decimal(0),
            exposure=Decimal(0), claimed=Decimal(0),
        )  # fmt: skip
        sums[key] = msgspec.structs.replace(
            before,
            guarantees=before.guarantees + 1,
            journeys=before.journeys + len(one.usages),
            reference_amount=before.reference_amount + one.reference_amount,
            exposure=before.exposure + one.exposure,
            claimed=before.claimed + sum((usage.claimed for usage in one.usages), Decimal(0)),
        )
    return tuple(sums[key] for key in sorted(sums))


def _findings(made: Guarantee) -> tuple[Finding, ...]:
    problems: list[tuple[str, str, str | None]] = []
    if not 3 <= len(made.reference) <= 35 or not made.reference.isascii() or not made.reference.isalnum():
        problems.append(("guarantee-number", "it needs a number of 3 to 35 letters and figures", made.reference[:40]))
    if not 0 < len(made.holder) <= 200:
        problems.append(("guarantee-holder", "it needs the principal whose journeys it secures", None))
    if (made.type == "waiver") == bool(made.guarantor) or len(made.guarantor) > 200:
        problems.append(("guarantee-guarantor", "it needs a guarantor, and a waiver has none", made.guarantor[:40]))
    amount = made.reference_amount
    if not amount.is_finite() or not 0 < amount < _MOST_AMOUNT:
        problems.append(("guarantee-amount", "its amount must be above 0", str(amount)[:40]))
    if not fits_minor_unit(amount, made.currency):
        problems.append(("guarantee-amount", "its amount has more decimal places than its currency", str(amount)[:40]))
    if len(made.currency) != 3 or not made.currency.isascii() or not made.currency.isalpha():
        problems.append(("guarantee-currency", "it needs a currency of three letters", made.currency[:10]))
    if made.valid_until is not None and made.valid_until < made.valid_from:
        problems.append(("guarantee-dates", "it must end after it begins", made.valid_until.isoformat()))
    return tuple(
        Finding(code=code, severity="error", message=message, found=found) for code, message, found in problems
    )
