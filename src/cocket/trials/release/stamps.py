# SPDX-License-Identifier: Apache-2.0
"""Stamps of a consignment, from its arrival to the gate, and which of several of a kind counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

import msgspec

#: What a stamp is of, in the order of the process.
Kind = Literal[
    "arrival", "discharge", "warehouse", "lodgement", "acceptance", "lane", "payment", "documents-checked",
    "examination-ordered", "examination-began", "examination-ended", "permit-asked", "permit-given", "reopened", "release",
    "gate-out",
]  # fmt: skip

#: Who makes a step happen, and so who was waited for until it did.
Actor = Literal["carrier", "trader", "customs", "agency", "bank", "port"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ACTORS: Final[tuple[Actor, ...]] = get_args(Actor)

#: Kinds and actors in words.
KIND_NAMES: Final[dict[Kind, str]] = {
    "arrival": "Arrival",
    "discharge": "Discharge",
    "warehouse": "Into the warehouse",
    "lodgement": "Declared",
    "acceptance": "Acceptance",
    "lane": "Lane given",
    "payment": "Payment",
    "documents-checked": "Documents checked",
    "examination-ordered": "Examination ordered",
    "examination-began": "Examination began",
    "examination-ended": "Examination ended",
    "permit-asked": "Permit asked of another agency",
    "permit-given": "Permit given by another agency",
    "reopened": "Release taken back",
    "release": "Release",
    "gate-out": "Out of the gate",
}
ACTOR_NAMES: Final[dict[Actor, str]] = {
    "carrier": "Carrier",
    "trader": "Trader",
    "customs": "Customs",
    "agency": "Other agency",
    "bank": "Bank",
    "port": "Port or warehouse",
}

#: Who makes each kind of stamp happen, where a stamp does not say.
USUAL_ACTOR: Final[dict[Kind, Actor]] = {
    "arrival": "carrier",
    "discharge": "port",
    "warehouse": "port",
    "lodgement": "trader",
    "acceptance": "customs",
    "lane": "customs",
    "payment": "trader",
    "documents-checked": "customs",
    "examination-ordered": "customs",
    "examination-began": "customs",
    "examination-ended": "customs",
    "permit-asked": "customs",
    "permit-given": "agency",
    "reopened": "customs",
    "release": "customs",
    "gate-out": "port",
}

#: Kinds of which the last stamp counts, since the last container or the last agency ends the step; of others the first.
_LAST: Final[frozenset[Kind]] = frozenset(
    ("payment", "documents-checked", "examination-ended", "permit-given", "gate-out")
)


class Stamp(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That something happened to a consignment at a moment.

    Attributes:
        kind: What happened.
        at: When, with the offset from UTC that was stated.
        source: What says so: a message, a host's table, a gate, a device.
        actor: Who made it happen; None for the usual one of this kind.
        is_stated: Whether it was announced, and not observed: it counts only where nothing was observed.
        record: Leaf, message, record or row that it stands in; empty where there is none.
    """

    kind: Kind
    at: datetime
    source: str
    actor: Actor | None = None
    is_stated: bool = False
    record: str = ""

    @property
    def by(self) -> Actor:
        """Who made it happen."""
        return self.actor or USUAL_ACTOR[self.kind]


class Case(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A consignment with all its stamps; a group that is not known is empty.

    Attributes:
        id: Its id.
        stamps: Stamps in any order (0..n).
        office: Customs office.
        lane: red, yellow, blue or green.
        mode: Mode of transport (UN/ECE Recommendation 19, one digit).
        regime: Customs procedure, as coded.
        aeo: `yes` or `no`: whether a standing of a trusted trader covered it.
        agency: Other agency that was asked; `none` where it is known that none was.
        trader: Number of the importer, by which small groups are masked.
        is_cancelled: Whether its declaration was cancelled: then it is left out.
    """

    id: str
    stamps: tuple[Stamp, ...] = ()
    office: str = ""
    lane: str = ""
    mode: str = ""
    regime: str = ""
    aeo: str = ""
    agency: str = ""
    trader: str = ""
    is_cancelled: bool = False


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment with the one stamp of each kind that counts.

    Attributes:
        case: The consignment.
        stamps: Kind → the stamp that counts, in the order of the process.
        repeats: Stamps that say the same again (count).
        beside: Stamps of a kind of which another one counts (count).
        reopened: How often a release was taken back (count).
        differences: Pairs of sources that observed the same step, and by how much the second is later (0..n).
    """

    case: Case
    stamps: dict[Kind, Stamp]
    repeats: int = 0
    beside: int = 0
    reopened: int = 0
    differences: tuple[tuple[str, str, timedelta], ...] = ()


def passage_of(case: Case, clocks: Mapping[str, timedelta] | None = None) -> Passage:
    """Choose the stamp of each kind that counts.

    What was observed counts before what was announced; of several the first, and the last of what ends a step (payment, documents
    checked, examination ended, permit given, out of the gate). A release that was taken back does not count: the first one
    after the last taking back does, and where there is none the consignment is not released. Stamps of one source, kind and
    moment are one.

    Args:
        case: The consignment.
        clocks: Source → by how much its clock is fast, where the reader of the study chose to correct it.
    """
    by_kind: defaultdict[Kind, list[Stamp]] = defaultdict(list)
    seen: set[tuple[Kind, str, datetime]] = set()
    repeats = 0
    for stamp in case.stamps:
        fast = clocks.get(stamp.source) if clocks else None
        one = msgspec.structs.replace(stamp, at=stamp.at - fast) if fast else stamp
        key = one.kind, one.source, one.at
        if key in seen:
            repeats += 1
            continue
        seen.add(key)
        by_kind[one.kind].append(one)
    back = max((one.at for one in by_kind.get("reopened", ())), default=None)
    chosen: dict[Kind, Stamp] = {}
    beside = 0
    for kind in KINDS:
        several = by_kind.get(kind)
        if not several:
            continue
        of_kind = several
        if kind == "release" and back is not None:
            of_kind = [one for one in several if one.at > back]
        observed = [one for one in of_kind if not one.is_stated] or of_kind
        if observed:
            chosen[kind] = (max if kind in _LAST else min)(observed, key=lambda one: (one.at, one.source, one.record))
        beside += len(several) - bool(observed) if kind != "reopened" else 0
    return Passage(
        case=case,
        stamps=chosen,
        repeats=repeats,
        beside=beside,
        reopened=len(by_kind.get("reopened", ())),
        differences=tuple(_differences(by_kind)),
    )


def _differences(by_kind: Mapping[Kind, list[Stamp]]) -> Iterable[tuple[str, str, timedelta]]:
    """Steps that two sources observed, once each: more of one source may be different steps."""
    for several in by_kind.values():
        observed = [one for one in several if not one.is_stated]
        often = Counter(one.source for one in observed)
        once = sorted((one for one in observed if often[one.source] == 1), key=lambda one: one.source)
        for place, one in enumerate(once):
            for other in once[place + 1 :]:
                yield one.source, other.source, other.at - one.at
