# SPDX-License-Identifier: Apache-2.0
"""What detectors look at: declarations as they came, and acts of people, each with the row it stands in."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from cocket.errors import UnreadableError
from cocket.risk.hubs import Hubs

#: Rows of a file at most; a log of a year is looked at month by month.
MOST_ROWS: Final = 5_000_000

#: Actors that are no person, in lower case, and roles of such: what they set is nobody's favour.
SYSTEMS: Final = frozenset({"automatic", "cocket", "engine", "host", "machine", "selectivity", "system"})

#: Kinds of acts that detectors look at.
KINDS_OF_ACTS: Final = frozenset(
    {"lane-set", "view", "result", "override", "release", "gate-out", "query", "rule-change", "amend", "cancel"}
)

#: Lanes that can be told apart by how strict they are.
LANES: Final = {"green": 0, "blue": 1, "yellow": 2, "amber": 2, "red": 3}


#: Lanes from which on it is asked whether a person set them; officers from which on their usual number is known (counts).
_MANY, _FEWEST_OFFICERS = 60, 4

#: How soon after the declaration a lane is set at once (seconds), the share that is nearly all (0–1), and how many times as many
#: lanes as the median of all who set some are too many for one person.
_AT_ONCE_SECONDS, _NEARLY_ALL, _TIMES_AS_MANY = 60.0, 0.95, 20


class Declared(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a declaration, or its cancellation. None stands for "not told".

    Attributes:
        row: Where it stands; 1 for the first line of a file.
        at: When, UTC.
        reference: The declarant's reference.
        version: 0 for the original, counting up with each amendment.
        is_cancellation: Whether it takes the declaration back; nothing else is then told.
        importer: Importer.
        declarant: Declarant or broker.
        seller: Seller.
        consignee: Consignee with his address, as one text.
        hs: Commodity code.
        origin: Country of origin.
        value: Customs value.
        mass_kg: Mass, kg.
        duty_rate: Rate of duty as a share.
        lane: Lane it was given, in lower case.
        vessel: Means of transport.
        equipment: Container.
        lane_from: Place of loading.
        lane_to: Place of unloading.
        departed: When it left the place of loading, UTC.
        arrived: When it came to the place of unloading, UTC.
        mirror_value: Value that the exporting administration has for the same consignment, same currency.
        identities: What the importer can be known by, such as (`phone`, `…`) or (`account`, `…`) (0..n).
        place: The importer's address where it is a listed hub: where he is, and nothing that he is known by.
    """

    row: int
    at: datetime
    reference: str
    version: int = 0
    is_cancellation: bool = False
    importer: str | None = None
    declarant: str | None = None
    seller: str | None = None
    consignee: str | None = None
    hs: str | None = None
    origin: str | None = None
    value: float | None = None
    mass_kg: float | None = None
    duty_rate: float | None = None
    lane: str | None = None
    vessel: str | None = None
    equipment: str | None = None
    lane_from: str | None = None
    lane_to: str | None = None
    departed: datetime | None = None
    arrived: datetime | None = None
    mirror_value: float | None = None
    identities: tuple[tuple[str, str], ...] = ()
    place: str | None = None

    @property
    def address(self) -> str | None:
        """Where the importer is, a listed hub or not; None if not told."""
        return self.place or next((text for name, text in self.identities if name == "address"), None)


class Act(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One act of a person or machine. None stands for "not told".

    Attributes:
        row: Where it stands; 1 for the first line of a file.
        at: When, UTC.
        actor: Who.
        kind: `lane-set`, `view`, `result`, `override`, `gate-out`, `query` or `rule-change`; any other is passed over.
        subject: Consignment or rule.
        lane: Lane given, lower case.
        importer: Importer of the consignment.
        declarant: Its declarant.
        office: Its office.
        is_assigned: Of a look, whether it belongs to a case of this actor.
        was: Lane or state before.
        becomes: Lane or state after.
        second: Who agreed.
        is_found: Of a result, whether an irregularity was found.
        depth: Of a result, how deep the look was.
        owner: Of a query, whose consignment it is.
        answer: Of a query, `found`, `not-found` or `forbidden`.
        is_mandated: Of a query, whether the actor speaks for the owner.
        role: Role of the actor.
        is_system: Whether the actor is no person.
    """

    row: int
    at: datetime
    actor: str
    kind: str
    subject: str
    lane: str | None = None
    importer: str | None = None
    declarant: str | None = None
    office: str | None = None
    is_assigned: bool = False
    was: str | None = None
    becomes: str | None = None
    second: str | None = None
    is_found: bool | None = None
    depth: str | None = None
    owner: str | None = None
    answer: str | None = None
    is_mandated: bool = False
    role: str | None = None
    is_system: bool = False


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that detectors do not go by, and why (counts).

    Attributes:
        repeated: Rows that stood in the log before, word for word; each is counted once.
        by_systems: Lanes set by what is no person: they are nobody's favour.
        lanes_unknown: Lanes set that are none of green, blue, yellow, amber and red.
        acts_unknown: Acts of a kind that no detector knows.
        systems: Who was taken for no person, sorted (0..n).
        guessed: Of them those whom nobody named, but who work as no person does (0..n).
    """

    repeated: int = 0
    by_systems: int = 0
    lanes_unknown: int = 0
    acts_unknown: int = 0
    systems: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """All of them (count)."""
        return self.repeated + self.by_systems + self.lanes_unknown + self.acts_unknown


class Log(msgspec.Struct, frozen=True):
    """What happened, both parts in the order of time (0..n), and what of it detectors do not go by."""

    declared: tuple[Declared, ...] = ()
    acts: tuple[Act, ...] = ()
    passed: Passed = Passed()


class _Line(msgspec.Struct):
    """A line of a log file; what it tells beside these fields is not looked at."""

    t: datetime
    actor: str | None = None
    act: str | None = None
    obj: str | None = None
    lrn: str | None = None
    version: int = 0
    importer: str | None = None
    declarant: str | None = None
    seller: str | None = None
    consignee: str | None = None
    hs: str | None = None
    origin: str | None = None
    value: float | None = None
    weight: float | None = None
    duty_rate: float | None = None
    lane: str | None = None
    vessel: str | None = None
    equipment: str | None = None
    port_from: str | None = None
    port_to: str | None = None
    departed: datetime | None = None
    arrived: datetime | None = None
    mirror_value: float | None = None
    address: str | None = None
    phone: str | None = None
    account: str | None = None
    director: str | None = None
    office: str | None = None
    case: str | None = None
    frm: str | None = None
    to: str | None = None
    second: str | None = None
    result: str | None = None
    depth: str | None = None
    owner: str | None = None
    answer: str | None = None
    mandate: bool = False
    role: str | None = None


_IDENTITIES = ("address", "phone", "account", "director")
_DECODE = msgspec.json.Decoder(_Line)


def read_log(content: bytes, systems: Collection[str] = ()) -> Log:
    """Read a log of JSON lines: declarations (with `lrn`) and acts (with `actor`, `act` and `obj`), in any order.

    Args:
        content: The file, UTF-8.
        systems: Actors that are no person, beside those whose name or role says so.

    Returns:
        What happened, in the order of time; rows are line numbers, 1 for the first line. A row that stands there twice, word
        for word, is one that was exported twice: it counts once, and `passed` says how many were repeated.

    Raises:
        UnreadableError: A line is no such thing, or there is none; the message says which.
    """
    declared: list[Declared] = []
    acts: list[Act] = []
    named = SYSTEMS | {one.casefold() for one in systems}
    seen: set[bytes] = set()
    repeated = 0
    for row, line in enumerate(map(bytes.strip, content.split(b"\n")), start=1):
        if not line:
            continue
        if row > MOST_ROWS:
            raise UnreadableError(f"The log has more than {MOST_ROWS} lines.", code="log-too-long")
        if line in seen:
            repeated += 1
            continue
        seen.add(line)
        told = _line(row, line)
        if told.lrn is not None:
            declared.append(_declared(row, told, told.lrn))
        elif told.actor is not None and told.act is not None:
            acts.append(_act(row, told, (told.actor, told.act), named))
        else:
            raise UnreadableError(f"Line {row} is neither a declaration nor an act.", code="log-line")
    if not seen:
        raise UnreadableError("The log is empty.", code="log-empty", hint="Export it again.")
    return log_of(declared, acts, repeated)


def _line(row: int, line: bytes) -> _Line:
    try:
        told = _DECODE.decode(line)
        keys = json.loads(line, object_pairs_hook=_keys)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreadableError(f"Line {row} is not a log event: {error}", code="log-line") from error
    twin = next((key for key, times in Counter(keys).items() if times > 1), None)
    if twin is not None:
        raise UnreadableError(f"Line {row} says {twin} twice.", code="log-line", hint="Say it once.")
    if told.t.tzinfo is None:
        raise UnreadableError(f"Line {row} has a time without an offset.", code="log-line")
    for name in ("value", "weight", "duty_rate", "mirror_value", "version"):
        number = getattr(told, name)
        if number is not None and not 0 <= number < math.inf:
            raise UnreadableError(
                f"Line {row}: {name} is out of range: {str(number)[:40]}.",
                code="log-line",
                hint="A number from 0 on, or leave it out.",
            )
    return told


def _keys(pairs: list[tuple[str, Any]]) -> list[str]:
    """The keys of an object as they stand there; of an object inside only that it is one."""
    return [key for key, _ in pairs]


def log_of(declared: Sequence[Declared], acts: Sequence[Act], repeated: int = 0) -> Log:
    """A log of what happened, put into the order of time; what happened at once keeps the order of its rows.

    Args:
        declared: Declarations (0..n).
        acts: Acts (0..n).
        repeated: Rows that stood there before and were left out (count).
    """
    guessed = tireless(declared, acts)
    acts = [
        msgspec.structs.replace(act, is_system=True) if act.actor in guessed and not act.is_system else act
        for act in acts
    ]
    lanes = [act for act in acts if act.kind == "lane-set"]
    systems = [act for act in lanes if act.is_system]
    return Log(
        tuple(sorted(declared, key=lambda one: (one.at, one.row))),
        tuple(sorted(acts, key=lambda one: (one.at, one.row))),
        Passed(
            repeated=repeated,
            by_systems=len(systems),
            lanes_unknown=sum(not act.is_system and act.lane not in LANES for act in lanes),
            acts_unknown=sum(act.kind not in KINDS_OF_ACTS for act in acts),
            systems=tuple(sorted({act.actor for act in systems})),
            guessed=tuple(sorted(guessed)),
        ),
    )


def tireless(declared: Sequence[Declared], acts: Sequence[Act]) -> frozenset[str]:
    """Actors that nobody named as systems, and that set lanes as no person does (0..n).

    Such an actor does nothing else, and sets `_MANY` lanes at least: nearly all within a minute of the declaration, or through
    all hours of the day and the night alike, or twenty times as many as officers usually do. Whatever it is, it is no officer to
    compare others with. Where more than half of all actors set lanes at such moments, the log has not kept when lanes were set,
    and its moments tell nothing.

    Args:
        declared: Declarations.
        acts: Acts; those of named systems are looked at by nobody.
    """
    at = {one.reference: one.at for one in sorted(declared, key=lambda one: (one.at, one.row), reverse=True)}
    others = {act.actor for act in acts if act.kind != "lane-set"}
    lanes: dict[str, list[Act]] = {}
    for act in acts:
        if act.kind == "lane-set" and not act.is_system:
            lanes.setdefault(act.actor, []).append(act)
    counts = sorted(map(len, lanes.values()))
    usual = counts[len(counts) // 2] if len(counts) >= _FEWEST_OFFICERS else 0
    often = {actor: his for actor, his in lanes.items() if actor not in others and len(his) >= _MANY}
    by_times = {actor for actor, his in often.items() if _is_at_once(his, at) or _is_round_the_clock(his)}
    if 2 * len(by_times) > len(lanes):  # moments that are not those at which lanes were set
        by_times = set()
    return frozenset(by_times.union(a for a, his in often.items() if usual and len(his) >= _TIMES_AS_MANY * usual))


def _is_at_once(lanes: Sequence[Act], at: Mapping[str, datetime]) -> bool:
    lags = [(act.at - at[act.subject]).total_seconds() for act in lanes if act.subject in at]
    return len(lags) >= _MANY and sum(0 <= lag <= _AT_ONCE_SECONDS for lag in lags) >= _NEARLY_ALL * len(lags)


def _is_round_the_clock(lanes: Sequence[Act]) -> bool:
    """Whether no eight hours of the day are a night: each holds half at least of what it would if all hours were alike."""
    hours = Counter(act.at.hour for act in lanes)
    quietest = min(sum(hours[(first + each) % 24] for each in range(8)) for first in range(24))
    return quietest * 6 >= len(lanes)


def without_hubs(log: Log, hubs: Hubs) -> Log:
    """A log in which nobody is linked by a hub.

    An importer is no longer known by what is listed; and where all that is known of a consignee is the address of a hub, the
    consignees of different importers there are different ones.
    """
    return Log(tuple(_without_hubs(one, hubs) for one in log.declared), log.acts, log.passed)


def _without_hubs(one: Declared, hubs: Hubs) -> Declared:
    identities = tuple(each for each in one.identities if not hubs.has(*each))
    is_at_hub = hubs.has("address", one.consignee)
    if len(identities) == len(one.identities) and not is_at_hub:
        return one
    consignee = (f"{one.importer}, {one.consignee}" if one.importer else None) if is_at_hub else one.consignee
    return msgspec.structs.replace(one, identities=identities, consignee=consignee, place=one.address)


def _declared(row: int, told: _Line, reference: str) -> Declared:
    identities = ((name, getattr(told, name)) for name in _IDENTITIES)
    return Declared(
        row=row,
        at=told.t.astimezone(UTC),
        reference=reference,
        version=told.version,
        is_cancellation=told.act == "cancel",
        importer=told.importer,
        declarant=told.declarant,
        seller=told.seller,
        consignee=told.consignee,
        hs=told.hs,
        origin=told.origin,
        value=told.value,
        mass_kg=told.weight,
        duty_rate=told.duty_rate,
        lane=_lower(told.lane),
        vessel=told.vessel,
        equipment=told.equipment,
        lane_from=told.port_from,
        lane_to=told.port_to,
        departed=_utc(told.departed),
        arrived=_utc(told.arrived),
        mirror_value=told.mirror_value,
        identities=tuple((name, text) for name, text in identities if text),
    )


def _act(row: int, told: _Line, who: tuple[str, str], systems: Collection[str]) -> Act:
    actor, kind = who
    return Act(
        row=row,
        at=told.t.astimezone(UTC),
        actor=actor,
        kind=kind,
        subject=told.obj or "",
        lane=_lower(told.lane),
        importer=told.importer,
        declarant=told.declarant,
        office=told.office,
        is_assigned=told.case is not None,
        was=_lower(told.frm),
        becomes=_lower(told.to),
        second=told.second,
        is_found={"irregular": True, "conform": False}.get(told.result or ""),
        depth=told.depth,
        owner=told.owner,
        answer=told.answer,
        is_mandated=told.mandate,
        role=told.role,
        is_system=actor.casefold() in systems or (told.role or "").casefold() in SYSTEMS,
    )


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment and moment.tzinfo else None
