# SPDX-License-Identifier: Apache-2.0
"""Claims as they join today: less what an amendment took back, and as officers corrected; and why each lies where it does.

The first form of a claim is what its paper says. What it joins by follows from all papers of its dossier and from
corrections, so that a dossier can be parted again: by an amendment that names another bill, by an officer who says that a
paper does not belong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.consignment.link import Filing, Holder
from cocket.consignment.references import STRONG, Claim, LinkKey
from cocket.consignment.uses import Use, meet, reuse_of

#: Kind of key that an officer makes where he joins two dossiers; its value is the correction.
JOINED: Final = "JOINED"

#: Kind of the name by which a correction knows a paper in all its versions.
PAPER: Final = "PAPER"

#: Kinds of key that an amendment takes back by naming another of the same kind.
_TAKEN_BACK: Final = ("BL", "UCR", "INVOICE")

#: Why a paper lies with another.
LinkSort = Literal[
    "own-reference", "registration", "movement-reference", "previous-document", "ucr", "air-waybill",
    "transport-document", "bill-on-manifest", "invoice", "officer",
]  # fmt: skip

#: How far a link can be trusted by what it rests on, surest first; what officers corrected is counted beside it.
Confidence = Literal["certain", "high", "fair"]

#: By days between two papers up to which a number that ends counts as sure as one that is unique (days).
_NEAR: Final = 90

_SORTS: Final[dict[str, LinkSort]] = {
    "MESSAGE": "own-reference", "SAD": "registration", "MRN": "movement-reference", "UCR": "ucr", "INVOICE": "invoice",
    JOINED: "officer",
}  # fmt: skip


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer says of links.

    Attributes:
        id: Its id.
        kind: `part`: the paper does not belong by these numbers; `join`: two papers are of one consignment.
        papers: Names (kind, value) of the paper that is parted, or of one paper of each dossier joined (1..n): its own name
            `PAPER`, and where it is parted the strong keys that it alone had in its dossier.
        numbers: Keys (kind, value) that are false for the paper parted (0..n); empty for `join`.
    """

    id: str
    kind: Literal["part", "join"]
    papers: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, str], ...] = ()


class FiledClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim with the message it is of.

    Attributes:
        message: Id of the message.
        index: Its leaf index.
        is_accepted: Whether the message was; a refused one joins nothing.
        is_cancelling: Whether it cancels an earlier one, and so takes nothing back.
        claim: What it says.
    """

    message: str
    index: int
    is_accepted: bool = True
    is_cancelling: bool = False
    claim: Claim

    @property
    def paper(self) -> tuple[str, str]:
        """The name by which a correction knows the paper, the same for all its versions."""
        return PAPER, self.claim.paper or f"{self.message}/{self.claim.part}"

    @property
    def place(self) -> tuple[str, int]:
        """Message and part: which claim this is."""
        return self.message, self.claim.part


class LinkReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why one paper lies in a dossier with another.

    Attributes:
        message_id: The message of the paper.
        part: Which part of the message.
        sort: What they share.
        value: The number, as it is compared; the correction's id where an officer joined them.
        with_message: The message of the first paper that bears it.
        with_part: Which part of that message.
        days: Days between what the two are about; None where one does not tell.
        confidence: How far that can be trusted by what it rests on.
    """

    message_id: str
    part: int
    sort: LinkSort
    value: str
    with_message: str
    with_part: int
    days: int | None
    confidence: Confidence


def corrected(filed: FiledClaim, corrections: Iterable[Correction]) -> FiledClaim:
    """A claim as officers corrected it: numbers false for its paper only find, and a paper that was joined bears a key for it."""
    if not filed.is_accepted:
        return filed
    names = {filed.paper, *(key.pair for key in filed.claim.strong)}
    false: set[tuple[str, str]] = set()
    more = []
    for one in corrections:
        if names.isdisjoint(one.papers):
            continue
        false |= set(one.numbers)
        if one.kind == "join":
            more.append(LinkKey(JOINED, one.id, True))
    return _with_keys(filed, false, more) if false or more else filed


def standing(filed: Sequence[FiledClaim], corrections: Sequence[Correction] = ()) -> tuple[FiledClaim, ...]:
    """Claims as they join today, in index order.

    Args:
        filed: All claims of a dossier, as their papers say.
        corrections: What officers said of links, as far as it stands.
    """
    in_order = sorted(filed, key=lambda one: (one.index, one.claim.part))
    back = _taken_back(in_order)
    return tuple(
        corrected(_with_keys(one, back[one.paper], []) if back.get(one.paper) else one, corrections) for one in in_order
    )


def groups(claims: Sequence[FiledClaim]) -> tuple[tuple[FiledClaim, ...], ...]:
    """Which claims belong together, by what each joins by today; in the order of their first papers.

    Args:
        claims: As `standing` gives them.
    """
    moved: dict[Holder, Holder] = {}
    filing = Filing(joined=lambda source, target, reasons: moved.update({source: target}))
    went = [
        filing.file(one.claim.keys, one.claim.day, partial(Holder, place, UUID(int=place)))[0]
        for place, one in enumerate(claims)
    ]
    together: defaultdict[Holder, list[FiledClaim]] = defaultdict(list)
    for one, holder in zip(claims, went, strict=True):
        while holder in moved:
            holder = moved[holder]
        together[holder].append(one)
    return tuple(tuple(several) for _, several in sorted(together.items()))


def uses_in(claims: Iterable[FiledClaim]) -> dict[tuple[str, str], tuple[bool, Use]]:
    """The keys of a dossier: whether each joins, and from when to when it is borne."""
    found: dict[tuple[str, str], tuple[bool, Use]] = {}
    for one in claims:
        told = Use(one.claim.day, one.claim.day)
        for key in one.claim.keys:
            was_strong, use = found.get(key.pair, (False, Use()))
            found[key.pair] = was_strong or key.is_strong, use.widened(told)
    return found


def link_reasons(claims: Sequence[FiledClaim]) -> tuple[LinkReason, ...]:
    """Why each paper lies with an earlier one, the surest first for each; the first paper of all has none.

    Args:
        claims: All of a dossier, as `standing` gives them.
    """
    first: dict[tuple[str, str], list[FiledClaim]] = defaultdict(list)
    found = []
    for one in claims:
        told = []
        for key in one.claim.strong:
            if (other := _nearest(key, one, first[key.pair])) is not None:
                told.append(_reason(one, other, key))
            first[key.pair].append(one)
        found += sorted(told, key=lambda reason: (_order(reason.sort), reason.value))
    return tuple(found)


def confidence_of(sort: LinkSort, days: int | None) -> Confidence:
    """How far a link can be trusted by what it rests on.

    Args:
        sort: What the papers share.
        days: Days between what they are about; None where one does not tell.
    """
    if sort in ("own-reference", "registration", "movement-reference", "officer"):
        return "certain"
    if sort in ("previous-document", "ucr"):
        return "high"
    if sort == "bill-on-manifest" or days is None or days > _NEAR:
        return "fair"
    return "high"


def sort_of(kind: str, value: str) -> LinkSort:
    """What sort of link a strong key makes, whatever the papers say of it."""
    if kind != "BL":
        return _SORTS[kind]
    reuse = reuse_of(kind, value)
    if reuse is None:
        return "bill-on-manifest"
    return "air-waybill" if reuse == "air-waybill" else "transport-document"


def _nearest(key: LinkKey, one: FiledClaim, others: Sequence[FiledClaim]) -> FiledClaim | None:
    """The first paper that bears a key near in time; where days are missing, the first of all that does."""
    told = Use(one.claim.day, one.claim.day)
    apart = [(meet(key.pair, told, Use(other.claim.day, other.claim.day)), other) for other in others]
    sure = next((other for is_near, other in apart if is_near), None)
    return sure or next((other for is_near, other in apart if is_near is None), None) or (others[0] if others else None)


def _reason(one: FiledClaim, other: FiledClaim, key: LinkKey) -> LinkReason:
    sort = sort_of(*key.pair)
    if key.value in (*one.claim.earlier, *other.claim.earlier):  # either may be the one that names the other as earlier
        sort = "previous-document"
    days = _between(one.claim.day, other.claim.day)
    return LinkReason(
        message_id=one.message,
        part=one.claim.part,
        sort=sort,
        value=key.value,
        with_message=other.message,
        with_part=other.claim.part,
        days=days,
        confidence=confidence_of(sort, days),
    )


def _between(one: date | None, other: date | None) -> int | None:
    return None if one is None or other is None else abs((one - other).days)


def _order(sort: LinkSort) -> int:
    kinds = [JOINED, *STRONG]
    kind = next((kind for kind, named in _SORTS.items() if named == sort), "BL")
    return kinds.index("MRN" if sort == "previous-document" else kind)


def _taken_back(in_order: Sequence[FiledClaim]) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Keys that each paper bore once and its newest version that names any of the kind does not."""
    versions: defaultdict[tuple[str, str], list[Claim]] = defaultdict(list)
    for one in in_order:
        if one.is_accepted and not one.is_cancelling and one.claim.role != "bill" and one.claim.paper:
            versions[one.paper].append(one.claim)
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for paper, claims in versions.items():
        for kind in _TAKEN_BACK if len(claims) > 1 else ():
            stated = [named for claim in claims if (named := {key.pair for key in claim.strong if key.kind == kind})]
            partial_ones = [claim.is_partial for claim in claims if any(key.kind == kind for key in claim.strong)]
            if len(stated) < 2:
                continue
            earlier, newest = set().union(*stated[:-1]) - stated[-1], stated[-1]
            if earlier and (not partial_ones[-1] or (len(newest) == 1 and all(len(one) == 1 for one in stated))):
                found.setdefault(paper, set()).update(earlier)
    return found


def _with_keys(filed: FiledClaim, false: set[tuple[str, str]], more: Sequence[LinkKey]) -> FiledClaim:
    kept = (LinkKey(*key.pair) if key.is_strong and key.pair in false else key for key in filed.claim.keys)
    keys = tuple(sorted({key.pair: key for key in (*kept, *more)}.values()))
    return msgspec.structs.replace(filed, claim=msgspec.structs.replace(filed.claim, keys=keys))
