# SPDX-License-Identifier: Apache-2.0
"""What a declaration needs against what it presents: for each item and requirement a verdict with its findings.

Unknown, missing and invalid are three things: a paper that nobody can judge is not one that is not there, and neither
is one that does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec

from cocket.findings import Finding, Severity
from cocket.measures.permits.item import Item, Paper
from cocket.measures.permits.matrix import Matrix, Need, required
from cocket.measures.permits.permit import Permit
from cocket.measures.permits.present import Presentation, Presented, present
from cocket.measures.permits.rules import finding_of
from cocket.measures.permits.write_off import Draw
from cocket.measures.tariff.goods import Rates
from cocket.measures.tariff.units import quantity_in

_LICENCE_OF_SAD = "licence"


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one requirement stands for one item.

    Attributes:
        requirement: Its code in the matrix.
        agency: Agency concerned.
        verdict: `satisfied`, `exempt`, `missing`, `unknown` (no register has the permit), `undecided` (what must be
            known is not stated), or what stands against the permit: `expired`, `not-yet-valid`, `wrong-commodity`,
            `wrong-origin`, `wrong-destination`, `wrong-holder`, `quantity-exceeded`, `value-exceeded`,
            `uses-exceeded`, `quantity-short`, `suspended`, `withdrawn`, `ambiguous`, `number-missing`.
        says: What must be seen, in words.
        law: Legal source.
        why: What of the item brought the need about (0..n).
        missing: What would have to be known to tell whether it is needed at all (0..n); empty if that is certain.
        presented: Papers that were presented for it, as `code number` (0..n).
        draws: What is taken off permits for it (0..n).
        findings: Why, if it is not satisfied, and what else is worth saying (0..n).
    """

    requirement: str
    agency: str
    verdict: str
    says: str = ""
    law: str = ""
    why: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    presented: tuple[str, ...] = ()
    draws: tuple[Draw, ...] = ()
    findings: tuple[Finding, ...] = ()


class ItemVerdicts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one item stands.

    Attributes:
        item: Its place in the declaration (1-based).
        code: Digits of its commodity code; None if not stated.
        needs: Every requirement that it meets or may meet (0..n).
    """

    item: int
    code: str | None
    needs: tuple[Verdict, ...] = ()


class Matching(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a declaration stands.

    Attributes:
        items: Its items in order (0..n).
        draws: What it takes off permits (0..n), needed or not.
        findings: Numbers that cannot be, and faults of permits that no requirement asked for (0..n).
    """

    items: tuple[ItemVerdicts, ...]
    draws: tuple[Draw, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """All findings, of the whole first (0..n)."""
        return (*self.findings, *(finding for one in self.items for need in one.needs for finding in need.findings))


def match(
    items: Iterable[Item], matrix: Matrix, permits: Iterable[Permit] = (), rates: Rates | None = None
) -> Matching:
    """Hold what a declaration needs against what it presents.

    Args:
        items: Its items, in order, each with the day that counts.
        matrix: The permit matrix.
        permits: Permits that are known, with what others have taken off them.
        rates: Exchange rates; None for none.

    Returns:
        A verdict for each item and requirement.

    Source: Revised Kyoto Convention, General Annex, standards 3.16 and 3.17; WTO Trade Facilitation Agreement,
    Article 10.2 (copies of supporting documents); WCO Data Model, LPCO.
    """
    presentation = present(items, permits, rates)
    used: set[int] = set()
    verdicts = tuple(_item(item, presentation, matrix, rates, used) for item in presentation.items)
    others = (one for index, one in enumerate(presentation.papers) if index not in used and not one.paper.is_for_all)
    return Matching(
        items=verdicts,
        draws=presentation.draws,
        findings=(*presentation.findings, *(finding for one in others for finding in one.findings)),
    )


def permit_missing(_: Need) -> str:
    """Item {item} needs {expected} ({agency}, {law}), and no such paper is presented.

    Source: Revised Kyoto Convention, General Annex, standard 3.16; the law that the requirement names.
    """
    return "missing"


def permit_need_undecided(_: Need) -> str:
    """Item {item} may need {expected} ({agency}, {law}): that cannot be told without {found}.

    Source: unknown is neither yes nor no.
    """
    return "undecided"


def permit_paper_unrecognised(_: Need) -> str:
    """Item {item} needs {expected} ({agency}, {law}); whether it is presented cannot be told, for no code of it is known.

    Source: unknown is not missing.
    """
    return "undecided"


def permit_unknown(_: Paper) -> str:
    """Item {item}: {found} is in no register of {agency}: that it is good is not known, nor that it is not.

    Source: unknown is neither missing nor invalid.
    """
    return "unknown"


def permit_number_missing(_: Paper) -> str:
    """Item {item}: a {found} is claimed without its number, so that {agency} cannot be asked.

    Source: WCO Data Model, AdditionalDocument 02A, identification D005.
    """
    return "number-missing"


def permit_exempt(_: Paper) -> str:
    """Item {item} claims to be exempt from {expected} by {found}.

    Source: WCO Data Model, LPCO exemption code 360; waiver codes of national tariffs.
    """
    return "exempt"


def permit_expired(_: Paper) -> str:
    """Item {item}: {number} of {agency} was good until {expected}; the day that counts is {found}.

    Source: days of validity that the requirement names, counted from the day of issue.
    """
    return "expired"


def permit_quantity_short(_: Paper) -> str:
    """Item {item} has {found}, its papers of {agency} are written off for {expected} only.

    Source: WCO Data Model, WriteOff 22C: what is not written off is not covered.
    """
    return "quantity-short"


#: Best first: where several papers are presented for one requirement, the best stands for it.
_BEST = ("satisfied", "exempt", "undecided", "unknown")


def _item(item: Item, presentation: Presentation, matrix: Matrix, rates: Rates | None, used: set[int]) -> ItemVerdicts:
    mine = [(index, one) for index, one in enumerate(presentation.papers) if one.item is item]
    needs = []
    for need in required(item, matrix, rates=rates):
        fitting = [(index, one) for index, one in mine if _is_for(one, need)]
        used.update(index for index, _ in fitting)
        needs.append(_verdict(item, need, [_as_seen_by(need.requirement.agency, one) for _, one in fitting]))
    return ItemVerdicts(item=item.number, code=item.code, needs=tuple(needs))


def _is_for(one: Presented, need: Need) -> bool:
    """Whether a paper is presented for a requirement: by its code, or as a permit of its agency and kind."""
    requirement, permit = need.requirement, one.permit
    if one.paper.code in (*requirement.papers, *requirement.waivers):
        return True
    return permit is not None and permit.agency == requirement.agency and permit.type in requirement.papers


def _as_seen_by(agency: str, one: Presented) -> Presented:
    """A paper as one agency sees it: the permit of another is none that it knows."""
    if one.permit is None or one.permit.agency == agency:
        return one
    return Presented(item=one.item, paper=one.paper)


def _verdict(item: Item, need: Need, papers: Sequence[Presented]) -> Verdict:
    judged = [_judged(one, need) for one in papers]
    verdict, findings = _combined(item, need, papers, judged)
    requirement = need.requirement
    return Verdict(
        requirement=requirement.code,
        agency=requirement.agency,
        verdict=verdict,
        says=requirement.says,
        law=requirement.law,
        why=need.why,
        missing=need.missing,
        presented=tuple(
            dict.fromkeys(f"{one.paper.code or _LICENCE_OF_SAD} {one.paper.number or ''}".strip() for one in papers)
        ),
        draws=tuple(one.draw for one in papers if one.draw),
        findings=findings,
    )


def _combined(
    item: Item, need: Need, papers: Sequence[Presented], judged: Sequence[tuple[str, tuple[Finding, ...]]]
) -> tuple[str, tuple[Finding, ...]]:
    """The verdict of the best paper; what stands against the others is still told, but does not count."""
    if not judged:
        return _unanswered(item, need)
    best = min((one for one, _ in judged), key=lambda one: _BEST.index(one) if one in _BEST else len(_BEST))
    findings = tuple(finding for _, those in judged for finding in those)
    if best != "satisfied":
        return best, findings if best not in _BEST[:2] else _told(findings)
    if short := _short(item, need, papers):
        return "quantity-short", (short, *_told(findings))
    return best, _told(findings)


def _unanswered(item: Item, need: Need) -> tuple[str, tuple[Finding, ...]]:
    """The verdict where no paper is presented."""
    wanted = need.requirement.says or need.requirement.code
    if not need.is_certain:
        told = wanted, ", ".join(need.missing)
        return "undecided", (_finding(permit_need_undecided, "warning", (item, None), need, told),)
    if not need.requirement.papers:
        return "undecided", (_finding(permit_paper_unrecognised, "warning", (item, None), need, (wanted, None)),)
    return "missing", (_finding(permit_missing, "error", (item, None), need, (wanted, None)),)


def _told(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings on papers beside one that is enough: worth saying, and no ground to refuse."""
    return tuple(
        msgspec.structs.replace(one, severity="warning") if one.severity == "error" else one for one in findings
    )


def _judged(one: Presented, need: Need) -> tuple[str, tuple[Finding, ...]]:
    """The verdict on one paper for one requirement."""
    requirement, paper, item = need.requirement, one.paper, one.item
    waiver = paper.code if paper.code in requirement.waivers else None
    if waiver is None and paper.status is not None and paper.status in requirement.exempt_status:
        waiver = f"{paper.code or ''} {paper.status}".strip()
    if waiver is not None:
        told = requirement.says or requirement.code, waiver
        return "exempt", (_finding(permit_exempt, "info", (item, paper), need, told),)
    if one.findings:
        return _name(one.findings[0]), one.findings
    if (expired := _expired(one, need)) is not None:
        return "expired", (expired,)
    if one.permit is not None or (not requirement.is_registered):
        return "satisfied", ()
    if not paper.number:
        return "number-missing", (_finding(permit_number_missing, "error", (item, paper), need, (None, paper.code)),)
    return "unknown", (_finding(permit_unknown, "warning", (item, paper), need, (None, paper.number)),)


def _name(finding: Finding) -> str:
    name = finding.code.removeprefix("permit-")
    return "undecided" if name.endswith("-unknown") else name


def _expired(one: Presented, need: Need) -> Finding | None:
    """Past the days that the requirement grants from issue, where the permit itself states no end."""
    days, permit = need.requirement.validity_days, one.permit
    if days is None or (permit is not None and permit.valid_to is not None):
        return None
    issued = one.paper.issued or (permit.valid_from if permit else None)
    if issued is None or issued + timedelta(days=days) >= one.item.day:
        return None
    told = str(issued + timedelta(days=days)), str(one.item.day)
    return _finding(permit_expired, "error", (one.item, one.paper), need, told)


def _short(item: Item, need: Need, papers: Sequence[Presented]) -> Finding | None:
    """Whether papers that state how much they are written off for leave a part of the item uncovered."""
    good = [one for one in papers if one.is_good and one.permit and one.permit.unit]
    units = {one.permit.unit for one in good if one.permit and one.permit.unit}
    if len(units) != 1 or any(one.paper.quantity is None or one.paper.is_for_all for one in good):
        return None
    (unit,) = units
    needed = quantity_in(unit, item.quantities)
    covered = sum((one.draw.quantity for one in good if one.draw and one.draw.quantity is not None), Decimal(0))
    if needed is None or covered >= needed:
        return None
    told = f"{covered:f} {unit}", f"{needed:f} {unit}"
    return _finding(permit_quantity_short, "error", (item, None), need, told)


def _finding(
    rule: Callable[..., object],
    severity: Severity,
    where: tuple[Item, Paper | None],
    need: Need,
    told: tuple[str | None, str | None],
) -> Finding:
    """A finding on an item, or on a paper of it, for a need."""
    (item, paper), requirement = where, need.requirement
    named = {
        "item": str(item.number),
        "requirement": requirement.code,
        "agency": requirement.agency,
        "law": requirement.law or "no law named",
        "number": paper.number or "" if paper else "",
    }
    return finding_of(rule, severity, (paper.pointer if paper else None) or item.pointer, told, named)
