# SPDX-License-Identifier: Apache-2.0
"""Looks of partner administrations: at each object that one is given, sent or as a file, under an agreement and for a purpose of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from cocket.errors import PolicyError
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.pipeline.base.access import Access, Subject
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord

#: Looks that one transaction seals (count).
AT_ONCE: Final = 500

#: What such looks are called: at what is held of trade, and at what a case that is told of, or a request, names.
GIVEN: Final = "partner exchange"
NOTICE: Final = "partner notice"


class GivenFor(msgspec.Struct, frozen=True, kw_only=True):
    """For what a partner is given something.

    Attributes:
        purpose: For what, one that the agreement names.
        case: What names the case where the purpose is an investigation, such as the message.
    """

    purpose: str
    case: str


def purpose_under(agreement: Agreement, wanted: str = "") -> str:
    """The purpose for which something is given under an agreement: the one that is wanted, else the first that it names.

    Raises:
        PolicyError: The agreement is not for that purpose.
    """
    if wanted and wanted not in agreement.purposes:
        raise PolicyError(
            f"The agreement is for {', '.join(agreement.purposes)}; state one of these purposes or none.",
            reasons=("others-ask-for-their-own-affairs",),
        )
    return wanted or agreement.purposes[0]


def own_purpose(principal: Principal, agreement: Agreement) -> str:
    """The purpose for which a partner is given what an officer hands over: the officer's own if the agreement names it, else its first."""
    return principal.purpose if principal.purpose in agreement.purposes else agreement.purposes[0]


def partner_under(principal: Principal, agreement: Agreement) -> Principal:
    """A partner as policy is asked about it under an agreement: as another agency, for a purpose that the agreement allows.

    Raises:
        PolicyError: It states another purpose.
    """
    stated = "" if principal.purpose in (None, "own-affairs") else principal.purpose
    return msgspec.structs.replace(principal, purpose=purpose_under(agreement, stated or ""))


def partner_of(access: Access, agreement: Agreement, given: GivenFor) -> Principal:
    """A partner administration as policy is asked about it, for the senders of its agreement; policy lets it be given something.

    Raises:
        PolicyError: Policy does not.
    """
    partner = Principal(
        id=f"partner:{agreement.country or agreement.name}",
        kind="key",
        roles=("agency",),
        senders=agreement.senders or (agreement.name,),
        purpose=given.purpose,
        case=given.case if given.purpose == "investigation" else None,
    )
    access.require(partner, "mirror:give", Resource(sender=partner.senders[0]))
    return partner


def looks_of_partner(
    access: Access, agreement: Agreement, given: GivenFor, subjects: Sequence[Subject], what: str = GIVEN
) -> list[NewRecord]:
    """The partner's look at each object that it is given something of, to be sealed before that leaves (0..n).

    Args:
        access: Decides, and writes looks down.
        agreement: Under which it is given.
        given: For what.
        subjects: What it is of (0..n).
        what: What such a look is called.

    Raises:
        PolicyError: Policy does not let the partner have it.
    """
    if not subjects:
        return []
    partner = partner_of(access, agreement, given)
    return [access.given(partner, what, one, agreement.name) for one in subjects]


def seal_looks_of_partner(stores: Stores, agreement: Agreement, given: GivenFor, subjects: Sequence[Subject]) -> None:
    """Seal the partner's looks at any number of objects, 500 a transaction, before a file with them is written.

    Where it fails half-way nothing is written, and the looks that were sealed stand: the record then says more than was given.

    Raises:
        PolicyError: Policy does not let the partner have it.
        StoreError: They could not be sealed.
    """
    access = Access(stores)
    for start in range(0, len(subjects), AT_ONCE):
        with stores.database.transaction() as connection:
            access.seal(connection, *looks_of_partner(access, agreement, given, subjects[start : start + AT_ONCE]))


def seal_all_but_last_looks(
    stores: Stores, agreement: Agreement, given: GivenFor, subjects: Sequence[Subject]
) -> Sequence[Subject]:
    """Seal the partner's looks as `seal_looks_of_partner` does, but for the last 500: these are sealed with the message.

    Returns:
        The objects whose looks remain (0..500). Up to 500 in all nothing is sealed here, and message and looks are one transaction.

    Raises:
        PolicyError: Policy does not let the partner have it.
        StoreError: They could not be sealed.
    """
    early = max(0, len(subjects) - 1) // AT_ONCE * AT_ONCE
    seal_looks_of_partner(stores, agreement, given, subjects[:early])
    return subjects[early:]
