# SPDX-License-Identifier: Apache-2.0
"""What a declarant undertakes beside the goods: to bring them to another office, to secure the duty, to pay it."""

from __future__ import annotations

from datetime import date

import msgspec

from cocket.model.party import Amount, Party
from cocket.model.transport import Seal


class Transit(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Goods that travel under customs control to another office.

    Attributes:
        principal: Who answers for their arrival (the holder of the procedure), with his representative as contact.
        signed_place: Where he signed.
        signed: Day he signed.
        destination_office: Office where they are to be presented.
        destination_country_code: Country of that office, ISO 3166 alpha-2.
        transit_offices: Offices to be passed on the way, in order (0..n).
        seals_declared: Seals as counted by the office of departure (count).
        seals: Marks of the seals as listed (0..n); a range of marks is one entry.
        control_result: Result of the control at departure or destination, as coded or worded.
        time_limit: Until when, as written: a day, or a number of days.
        officer: Name of the officer.
    """

    principal: Party | None = None
    signed_place: str | None = None
    signed: date | None = None
    destination_office: str | None = None
    destination_country_code: str | None = None
    transit_offices: tuple[str, ...] = ()
    seals_declared: int | None = None
    seals: tuple[Seal, ...] = ()
    control_result: str | None = None
    time_limit: str | None = None
    officer: str | None = None


class ObligationGuarantee(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A security for duties that may become due (WCO 90A).

    Attributes:
        id: Number of the authorisation or account behind it; None where not stated.
        reference: Reference of the guarantee itself; None where not stated.
        type_code: Kind of security, or of waiver, as coded.
        access_code: Code that lets it be used.
        office_code: Office that holds it.
        name: Guarantee or guarantor, as named or numbered.
        amount: Sum it covers.
        dated: Day written beside it.
        excluded_country_code: Country in which it does not hold, ISO 3166 alpha-2.
    """

    id: str | None = None
    reference: str | None = None
    type_code: str | None = None
    access_code: str | None = None
    office_code: str | None = None
    name: str | None = None
    amount: Amount | None = None
    dated: date | None = None
    excluded_country_code: str | None = None


class Payment(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How the goods and the duties on them are paid.

    Attributes:
        payer: Who is answerable for payment (SAD box 9).
        terms_code: Terms of payment of the goods, as coded.
        terms: The same in words.
        bank_code: Bank.
        bank_name: Its name.
        bank_branch: Its branch.
        bank_reference: The bank's reference of the transaction.
        method: Method of payment of the duties, as written.
        deferred_reference: Account or permit by which their payment is deferred.
        manual_duties: Duties entered by hand.
        global_duties: Duties and fees on the whole declaration.
    """

    payer: Party | None = None
    terms_code: str | None = None
    terms: str | None = None
    bank_code: str | None = None
    bank_name: str | None = None
    bank_branch: str | None = None
    bank_reference: str | None = None
    method: str | None = None
    deferred_reference: str | None = None
    manual_duties: Amount | None = None
    global_duties: Amount | None = None


class ExportRelease(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """That exported goods have left.

    Attributes:
        exited: Day of exit.
        exit_time: Time of exit as written, local.
        office_code: Office at which they left.
        office_name: Its name.
        reference: Reference of the exit.
        comments: Remarks of the office.
    """

    exited: date | None = None
    exit_time: str | None = None
    office_code: str | None = None
    office_name: str | None = None
    reference: str | None = None
    comments: str | None = None
