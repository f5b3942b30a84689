# SPDX-License-Identifier: Apache-2.0
"""The dossier of one consignment, derived afresh from all its papers each time one comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time

import msgspec

from cocket.consignment.crosschecks import cross_check
from cocket.consignment.declaration_day import DeclarationDay, declaration_day
from cocket.consignment.paper import Paper, PaperStanding
from cocket.consignment.references import key_of
from cocket.consignment.side_by_side import Row, rows
from cocket.consignment.sides import Sides, Voice, sides, voices
from cocket.consignment.statement import Statement
from cocket.findings import Finding
from cocket.model import Amount, Manifest, Reference
from cocket.model.message import Function

#: Kinds of name in the order in which they make the best title, with the word for people.
_TITLES = {
    "HBL": "B/L",
    "BL": "B/L",
    "UCR": "UCR",
    "DUCR": "DUCR",
    "MRN": "MRN",
    "SAD": "SAD",
    "LRN": "LRN",
    "MUCR": "MUCR",
    "EQUIPMENT": "container",
    "INVOICE": "invoice",
    "ORDER": "order",
}

#: Place of each kind in that order; kinds that make no title stand behind.
_RANKS = {kind: place for place, kind in enumerate(_TITLES)}

#: What happened, as a sentence with places for the arguments; doors translate it.
_SENTENCES = {
    "message-accepted": "{standard} received from {sender}",
    "message-refused": "{standard} from {sender} refused",
    "amended": "amended by {sender}, version {version}",
    "cancelled": "cancelled by {sender}",
    "departed": "departed from {place}",
    "arrives": "arrival at {place}",
    "host-registered": "registered by the host as {registration}",
    "host-assessed": "assessed by the host",
    "host-paid": "paid",
}


#: Codes in the order in which things of one day happen.
_ORDER = tuple(_SENTENCES)


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened to a consignment.

    Attributes:
        at: When, offset kept; midnight UTC where only the day is known (`is_day`).
        code: What happened, such as `message-accepted`, `assessed`, `looked`.
        message: English sentence with `{name}` places.
        arguments: Values for the places, all text.
        actor: Who; None if a machine of ours, or unknown.
        index: Leaf index of the sealed record; None if it has none.
        message_id: The message it is about; None if it is about none.
        is_day: Whether `at` means a day.
    """

    at: datetime
    code: str
    message: str
    arguments: dict[str, str] = {}
    actor: str | None = None
    index: int | None = None
    message_id: str | None = None
    is_day: bool = False


class FiledPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper as the dossier lists it: all but what it says.

    Attributes:
        message_id: Our id of the message.
        index: Its leaf index.
        part: Place of the bill in its manifest (1-based); 0 for a declaration.
        version: Version of the message.
        standing: `accepted`, `refused` or `superseded`.
        received: When it came, UTC.
        sender: Who sent it.
        standard: Name of its standard; None if none was recognised.
        function: Whether it is new, changes or cancels an earlier one.
    """

    message_id: str
    index: int
    part: int
    version: int
    standing: PaperStanding
    received: datetime
    sender: str
    standard: str | None
    function: Function


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the papers of one consignment come to, and where they disagree.

    Attributes:
        title: Best name for people, such as `B/L TSTB0100007`; empty if it has none.
        office: Customs office of the newest paper that names one, of declarations that hold before all others; None if
            none does.
        offices: Every customs office at which it was declared, by declarations that were superseded or cancelled too; until
            it is declared, those that other papers name. Sorted (0..n).
        trader: Importer or consignee in words, of the newest paper that names one; None if none does.
        goods: Goods in words, declared rather than billed, invoiced or packed; None if no paper says.
        equipment: Containers in canonical form, sorted, declared and billed (0..n).
        value: Value declared; None if not stated, or in several currencies.
        received: When its newest declaration came, else its newest paper, UTC.
        day: The day of its newest declaration that was not refused; None without one, and where no day can be read.
        is_declared: Whether a declaration of it was ever accepted.
        is_cancelled: Whether it was declared, and none of the declarations holds today.
        references: Every name it is known by, as first written, best title first (0..n).
        findings: What the cross-checks say (0..n).
        declared: What the declarations that hold say together; None if there are none.
        billed: What the transport documents say together; None if there are none.
    """

    title: str
    office: str | None
    offices: tuple[str, ...]
    trader: str | None
    goods: str | None
    equipment: tuple[str, ...]
    value: Amount | None
    received: datetime
    is_declared: bool
    is_cancelled: bool
    references: tuple[Reference, ...]
    findings: tuple[Finding, ...]
    day: DeclarationDay | None = None
    declared: Statement | None = None
    billed: Statement | None = None


class Dossier(Summary, frozen=True, kw_only=True):
    """Everything the papers of one consignment say: its summary, and what people read beside it.

    Attributes:
        papers: Papers in index order (1..n).
        rows: Fields side by side, cells in the order of `papers` (0..n).
        timeline: What happened, oldest first (1..n).
    """

    papers: tuple[FiledPaper, ...]
    rows: tuple[Row, ...]
    timeline: tuple[Entry, ...]


def summarise(papers: Sequence[Paper]) -> Summary:
    """Make the summary from all papers; the same papers make the same summary, in whatever order they are given.

    Args:
        papers: Every paper ever filed in the dossier, refused and superseded ones too (1..n).
    """
    every = voices(papers)
    return _summary(every, sides(every))


def derive(papers: Sequence[Paper], happened: Iterable[Entry] = ()) -> Dossier:
    """Make the dossier from all its papers; the same papers make the same dossier, in whatever order they are given.

    Args:
        papers: Every paper ever filed in it, refused and superseded ones too (1..n).
        happened: What else happened: assessments, lanes, host decisions, looks, results, mergings (0..n).

    Returns:
        The dossier.
    """
    every = voices(papers)
    two = sides(every)
    summary = _summary(every, two)
    return Dossier(
        **{name: getattr(summary, name) for name in Summary.__struct_fields__},
        papers=tuple(_filed(voice.paper) for voice in every),
        rows=rows(every, two),
        timeline=_timeline(every, two, happened),
    )


def _summary(every: Sequence[Voice], two: Sides) -> Summary:
    names = _references(every)
    newest = [voice.paper for voice in two.declarations] or [voice.paper for voice in every]
    is_declared = any(v.paper.declaration and v.paper.standing != "refused" for v in every)
    return Summary(
        title=_title(names),
        office=_office(every),
        offices=_offices(every),
        trader=_trader(two),
        goods=_goods(two),
        equipment=_equipment(two),
        value=two.declared.value if two.declared else None,
        received=newest[-1].received,
        is_declared=is_declared,
        is_cancelled=is_declared and not two.declarations,
        references=names,
        findings=cross_check(two),
        day=_declared(every, two),
        declared=two.declared,
        billed=two.billed,
    )


def _references(every: Sequence[Voice]) -> tuple[Reference, ...]:
    """Names of papers that were accepted, once each; of a refused dossier's papers if there is no other."""
    taken = [voice.paper for voice in every if voice.paper.standing != "refused"] or [voice.paper for voice in every]
    found: dict[tuple[str, str], Reference] = {}
    for paper in taken:
        for name in paper.names:
            key = key_of(name, paper.sender)
            if key is not None:
                found.setdefault(key.pair, name)
    return tuple(sorted(found.values(), key=lambda name: _RANKS.get(name.kind, len(_RANKS))))


def _title(names: Sequence[Reference]) -> str:
    return f"{_TITLES[names[0].kind]} {names[0].value}" if names and names[0].kind in _TITLES else ""


def _declared(every: Sequence[Voice], two: Sides) -> DeclarationDay | None:
    """The day of the declaration that holds; where none does any more, of the last that did."""
    holding = [voice.paper for voice in two.declarations]
    told = [v.paper for v in every if v.paper.standing != "refused" and v.paper.function != "cancellation"]
    newest = next((one for one in reversed(holding or told) if one.declaration is not None), None)
    return declaration_day(newest.declaration, newest.received) if newest and newest.declaration else None


def _office(every: Sequence[Voice]) -> str | None:
    papers = _of_offices(every)
    # A declaration's office is where the goods are cleared, and one that holds is what advice is about.
    papers.sort(key=lambda paper: (paper.declaration is not None, paper.declaration is not None and paper.speaks))
    return papers[-1].office if papers else None


def _offices(every: Sequence[Voice]) -> tuple[str, ...]:
    """Where it was declared. A manifest's office is where goods come in: it clears none of them, and has its own page."""
    papers = _of_offices(every)
    declared = [paper for paper in papers if paper.declaration is not None]
    return tuple(sorted({paper.office for paper in declared or papers if paper.office}))


def _of_offices(every: Sequence[Voice]) -> list[Paper]:
    """Papers that name a customs office and were not refused, in index order."""
    return [voice.paper for voice in every if voice.paper.office and voice.paper.standing != "refused"]


def _trader(two: Sides) -> str | None:
    parties = [voice.says.consignee for voice in (*two.bills, *two.declarations)]
    named = [party.name or party.id for party in parties if party and (party.name or party.id)]
    return named[-1] if named else None


def _goods(two: Sides) -> str | None:
    speakers = (two.declared, two.billed, two.invoiced, two.packed)
    return next(("; ".join(said.goods) for said in speakers if said and said.goods), None)


def _equipment(two: Sides) -> tuple[str, ...]:
    return tuple(sorted({number for said in (two.declared, two.billed) if said for number in said.equipment}))


def _filed(paper: Paper) -> FiledPaper:
    return FiledPaper(**{name: getattr(paper, name) for name in FiledPaper.__struct_fields__})


def _timeline(every: Sequence[Voice], two: Sides, happened: Iterable[Entry]) -> tuple[Entry, ...]:
    entries = [_lodged(voice.paper) for voice in every]
    entries += [entry for voice in two.bills for entry in _voyage(voice.paper)]
    entries += [entry for voice in two.declarations for entry in _host_steps(voice.paper)]
    return tuple(sorted((*entries, *happened), key=_when))


def _lodged(paper: Paper) -> Entry:
    code = "message-accepted"
    if paper.standing == "refused":
        code = "message-refused"
    elif paper.function == "cancellation":
        code = "cancelled"
    elif paper.function == "amendment":
        code = "amended"
    arguments = {"standard": paper.standard or "–", "sender": paper.sender, "version": str(paper.version)}
    return Entry(
        at=paper.received,
        code=code,
        message=_SENTENCES[code],
        arguments=arguments,
        actor=paper.sender,
        index=paper.index,
        message_id=paper.message_id,
    )


def _voyage(paper: Paper) -> Iterator[Entry]:
    if isinstance(paper.document, Manifest):
        manifest, bill = paper.document, paper.bill
        loading = (bill.loading_place if bill else None) or manifest.departure_place
        unloading = (bill.unloading_place if bill else None) or manifest.destination_place
        yield from _day("departed", manifest.departed, paper, place=loading or "–")
        yield from _day("arrives", manifest.arrives, paper, place=unloading or "–")


def _host_steps(paper: Paper) -> Iterator[Entry]:
    status = paper.declaration.status if paper.declaration else None
    if status:
        yield from _day("host-registered", status.registered, paper, registration=status.registration or "–")
        yield from _day("host-assessed", status.assessed, paper)
        yield from _day("host-paid", status.paid, paper)


def _day(code: str, day: date | None, paper: Paper, **arguments: str) -> Iterator[Entry]:
    if day:
        at = datetime.combine(day, time(tzinfo=UTC))
        yield Entry(
            at=at, code=code, message=_SENTENCES[code], arguments=arguments, message_id=paper.message_id, is_day=True
        )


def _when(entry: Entry) -> tuple[datetime, int, int, str]:
    """Order of time; of one day in the order in which such things happen."""
    at = entry.at if entry.at.tzinfo else entry.at.replace(tzinfo=UTC)
    rank = _ORDER.index(entry.code) if entry.code in _ORDER else len(_ORDER)
    return at, -1 if entry.index is None else entry.index, rank, entry.code
