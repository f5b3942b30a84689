# SPDX-License-Identifier: Apache-2.0
"""Which permits a declaration presents, what stands against each, and what it takes off them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cocket.findings import Finding
from cocket.measures.permits.item import Item, Paper, sound, wrong_numbers
from cocket.measures.permits.permit import Permit, PermitName, Taken, number_key
from cocket.measures.permits.rules import Sight, against, finding_of
from cocket.measures.permits.write_off import Draw
from cocket.measures.tariff.goods import Rates

#: What the SAD calls the licence of an item, which it gives by number alone.
_OF_ANY_KIND = (None, "licence")


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """One paper presented for one item.

    Attributes:
        item: The item.
        paper: The paper.
        permit: The permit it turns out to be; None if no register has it.
        draw: What the item takes off the permit; None if it is not known or does not stand.
        findings: What stands against it (0..n), weightiest first.
    """

    item: Item
    paper: Paper
    permit: Permit | None = None
    draw: Draw | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether it is a permit and nothing stands against it, nor is left open."""
        return self.permit is not None and not self.findings


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a declaration presents.

    Attributes:
        items: Its items, without numbers that cannot be.
        papers: Every paper of every item, in order (0..n).
        findings: Numbers that cannot be (0..n).
    """

    items: tuple[Item, ...]
    papers: tuple[Presented, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def draws(self) -> tuple[Draw, ...]:
        """What the declaration takes off permits: one draw an item and permit, in order (0..n)."""
        sums: dict[tuple[PermitName, int], Draw] = {}
        for draw in (one.draw for one in self.papers if one.draw):
            key = draw.permit, draw.item
            sums[key] = _sum(sums[key], draw) if key in sums else draw
        return tuple(sums.values())

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """Errors for which nothing of the declaration can be written off (0..n).

        A paper for the whole declaration need not be for each of its items.
        """
        each = (finding for one in self.papers if not _is_for_others(one) for finding in one.findings)
        return tuple(finding for finding in (*self.findings, *each) if finding.severity == "error")


def numbers_of(items: Iterable[Item]) -> frozenset[str]:
    """Numbers of all papers that items present, as they are compared: what to look up in a register."""
    return frozenset(number_key(paper.number) for item in items for paper in item.papers if paper.number)


def present(items: Iterable[Item], permits: Iterable[Permit], rates: Rates | None = None) -> Presentation:
    """Find out what the papers of a declaration are worth.

    Args:
        items: Its items, in order.
        permits: Permits that are known, with what others have taken off them.
        rates: Exchange rates for limits of value in another currency; None for none.

    Returns:
        Every paper of every item. Items share a permit in order: what an earlier one takes, a later one cannot.

    Source: WCO Data Model 3.x, AdditionalDocument 02A with WriteOff 22C; SAD box 44.
    """
    given = tuple(items)
    sounded = tuple(sound(item) for item in given)
    desk = _Desk(permits, rates)
    papers = tuple(one for item in sounded for one in desk.papers_of(item))
    findings = tuple(finding for item in given for finding in wrong_numbers(item))
    return Presentation(items=sounded, papers=papers, findings=_once(findings))


class _Desk:
    """Where papers are looked at one after the other, and permits get used up."""

    def __init__(self, permits: Iterable[Permit], rates: Rates | None) -> None:
        self._rates = rates
        self._used: set[PermitName] = set()
        self._known: defaultdict[str, list[Permit]] = defaultdict(list)
        for one in sorted(permits, key=lambda one: one.name):
            self._known[number_key(one.number)].append(one)
        self._taken: dict[PermitName, Taken] = {}

    def papers_of(self, item: Item) -> Iterator[Presented]:
        """The papers of one item."""
        drawn: dict[PermitName, bool] = {}
        for paper in item.papers:
            lines = _fitting(paper, self._known[number_key(paper.number)] if paper.number else [])
            if len({one.agency for one in lines}) > 1:
                yield Presented(item=item, paper=paper, findings=(_ambiguous(item, paper, lines),))
            elif lines:
                yield self._judge(item, paper, lines, drawn)
            else:
                yield Presented(item=item, paper=paper)

    def _judge(self, item: Item, paper: Paper, lines: Sequence[Permit], drawn: dict[PermitName, bool]) -> Presented:
        """The line of a permit that suits an item best, with what it takes off it."""
        sights = [self._sight(item, paper, line) for line in lines]
        judged = [(sight, tuple(against(sight))) for sight in sights]
        sight, findings = min(judged, key=lambda one: _weight(one[1]))
        name, is_stated = sight.permit.name, paper.quantity is not None and not paper.is_for_all
        draw = None
        if not any(finding.severity == "error" for finding in findings) and (
            name not in drawn or (is_stated and drawn[name])
        ):
            draw = Draw(name, item.number, sight.quantity, sight.value)
            drawn[name] = is_stated
            self._take(sight.permit, draw)
        return Presented(item=item, paper=paper, permit=sight.permit, draw=draw, findings=findings)

    def _sight(self, item: Item, paper: Paper, line: Permit) -> Sight:
        now = msgspec.structs.replace(line, taken=self._taken.get(line.name, line.taken))
        return Sight(item, paper, now, line.name not in self._used, self._rates)

    def _take(self, permit: Permit, draw: Draw) -> None:
        was, uses = permit.taken, int(permit.name not in self._used)
        self._used.add(permit.name)
        self._taken[permit.name] = Taken(
            was.quantity + (draw.quantity or 0), was.value + (draw.value or 0), was.uses + uses
        )


def permit_ambiguous(presented: Presented) -> str | None:
    """Item {item}: {found} is the number of permits of several agencies: {expected}. The paper has to say whose it is.

    Source: numbers are unique to the agency that gives them.
    """
    return presented.paper.number


def _ambiguous(item: Item, paper: Paper, lines: Sequence[Permit]) -> Finding:
    agencies = ", ".join(sorted({one.agency for one in lines}))
    named = {"item": str(item.number), "number": paper.number or ""}
    return finding_of(permit_ambiguous, "error", paper.pointer or item.pointer, (agencies, paper.number), named)


def _fitting(paper: Paper, lines: Sequence[Permit]) -> list[Permit]:
    """Lines of permits that a paper may be: of its kind, and of its issuer where it names an agency that has one."""
    of_kind = [one for one in lines if paper.code in _OF_ANY_KIND or one.type == paper.code]
    of_issuer = [one for one in of_kind if one.agency == paper.issuer]
    return of_issuer or of_kind


def _weight(findings: Sequence[Finding]) -> tuple[bool, int, int]:
    """How badly a line suits: first whether it is for these goods, then by what else stands against it."""
    errors = sum(finding.severity == "error" for finding in findings)
    return any(finding.code == "permit-wrong-commodity" for finding in findings), errors, len(findings)


def _is_for_others(one: Presented) -> bool:
    return one.paper.is_for_all and any(
        finding.code in ("permit-wrong-commodity", "permit-wrong-origin") for finding in one.findings
    )


def _sum(one: Draw, other: Draw) -> Draw:
    quantities = [draw.quantity for draw in (one, other) if draw.quantity is not None]
    values = [draw.value for draw in (one, other) if draw.value is not None]
    return msgspec.structs.replace(
        one, quantity=sum(quantities) if quantities else None, value=sum(values) if values else None
    )


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of papers for all items, told for the first of these."""
    kept: dict[tuple[str, str | None, str | None], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.code, finding.pointer, finding.arguments.get("what")), finding)
    return tuple(kept.values())
