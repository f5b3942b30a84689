# SPDX-License-Identifier: Apache-2.0
"""Other agencies as guests: which agreement each works under, and which consignments are within its scope.

A consignment within the scope of an agreement in force is the agency's own, as policy sees it; every other is nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment.paper import Paper
from cocket.errors import PolicyError
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement, Goods, Why, standing_on, why_within
from cocket.measures.permits import items_of
from cocket.model import Declaration
from cocket.pipeline.base.ownership import of_dossiers
from cocket.pipeline.base.partner_agreements import newest_agreements, today_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.stores.base.database import Connection

#: What an agreement gives to another agency that works here as a guest.
GUEST: Final = "guest"

#: For what an agency looks that works without an agreement, because goods need its permit.
CONTROL: Final = "control"

#: What an agency may state for the agreement's purpose too: it is what it asks for everywhere else.
OWN_AFFAIRS: Final = "own-affairs"


class Within(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier, as an agency's agreement sees it.

    Attributes:
        where: What policy is asked about: the agency's own where it is within the scope.
        why: The items by which it is (0..n).
    """

    where: Resource
    why: tuple[Why, ...] = ()


def guests_now(stores: Stores, connection: Connection) -> dict[str, Agreement]:
    """Agency → the agreement in force under which its people work here; of several that which begins last."""
    today = today_of(stores)
    every = [one for one in newest_agreements(stores, connection).values() if one.guest is not None]
    holding = [one for one in every if standing_on(one, today) == "in-force"]
    return {one.senders[0]: one for one in sorted(holding, key=lambda one: (one.begins, one.name))}


def guests_ever(stores: Stores, connection: Connection) -> set[str]:
    """Agencies that any agreement names as a guest, in whatever state that is (0..n)."""
    every = newest_agreements(stores, connection).values()
    return {sender for one in every if one.guest is not None for sender in one.senders}


def has_been_guest(stores: Stores, connection: Connection, agency: str) -> bool:
    """Whether any agreement names an agency as a guest, in whatever state that is: what it does here leans on it then."""
    return agency in guests_ever(stores, connection)


def is_own_agency(principal: Principal, agency: str) -> bool:
    """Whether a principal speaks for an agency as its own people or machine do."""
    return "agency" in principal.roles and agency in principal.by_right


def purpose_of(agreement: Agreement | None) -> str:
    """For what an agency looks at goods: what its agreement names first, else the control that the permit matrix asks of it."""
    return agreement.purposes[0] if agreement is not None else CONTROL


def working(principal: Principal, agreement: Agreement | None) -> Principal:
    """Somebody of an agency as policy is asked about him: for the purpose for which his agency works on goods.

    Raises:
        PolicyError: He states another purpose.
    """
    purpose = purpose_of(agreement)
    if principal.purpose not in (None, OWN_AFFAIRS, purpose):
        raise PolicyError(
            f"Your agency works on goods for {purpose}; state that purpose or none.",
            reasons=("agencies-work-for-their-agreement",),
        )
    return msgspec.structs.replace(principal, purpose=purpose)


def within(
    stores: Stores, connection: Connection, agency: str, agreement: Agreement | None, dossiers: Collection[UUID]
) -> dict[UUID, Within]:
    """How dossiers stand to an agency, by id; those that there are none of are left out.

    Args:
        stores: The stores.
        connection: The transaction.
        agency: The agency.
        agreement: The agreement under which it works; None for none in force, and then nothing is within.
        dossiers: The dossiers.
    """
    places = of_dossiers(stores, connection, dossiers)
    papers = papers_of(stores, connection, list(places)) if agreement is not None else {}
    return {one: _within(agency, agreement, where, papers.get(one, ())) for one, where in places.items()}


def _within(agency: str, agreement: Agreement | None, where: Resource, papers: tuple[Paper, ...]) -> Within:
    scope = agreement.guest if agreement is not None else None
    offices = {
        paper.office for paper in papers if paper.speaks and paper.office
    }  # never those of orders: these tell of advice
    why = why_within(scope, goods_of(papers), offices) if scope is not None else ()
    return Within(where=msgspec.structs.replace(where, sender=agency if why else None), why=why)


def goods_of(papers: tuple[Paper, ...]) -> tuple[Goods, ...]:
    """Items of the declaration that holds (0..n); none where no declaration came, since only that states origins."""
    paper = newest_declaration(papers)
    if paper is None or paper.declaration is None:
        return ()
    day = moment_of(paper.declaration, paper.received).date()
    return tuple(
        Goods(item=one.number, code=_digits(one.code), origin=origin)
        for one in items_of(paper.declaration, day)
        for origin in (one.origins or ("",))
    )


def declared_by(papers: tuple[Paper, ...]) -> tuple[str, ...]:
    """Who lodged declarations of a dossier that were accepted, each once (0..n)."""
    senders = (
        one.sender
        for one in papers
        if isinstance(one.document, Declaration) and one.standing in ("accepted", "superseded")
    )
    return tuple(dict.fromkeys(senders))


def senders_of_dossiers(
    stores: Stores, connection: Connection, dossiers: Collection[UUID]
) -> Mapping[UUID, tuple[str, ...]]:
    """Who lodged the declarations of dossiers, by dossier."""
    return {one: declared_by(papers) for one, papers in papers_of(stores, connection, list(dossiers)).items()}


def _digits(code: str | None) -> str:
    return "".join(sign for sign in code or "" if sign.isascii() and sign.isdigit())
