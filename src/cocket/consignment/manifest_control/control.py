# SPDX-License-Identifier: Apache-2.0
"""Manifest control: all papers of one manifest in, its write-off with every finding out.

It follows from the papers alone, in whatever order they are given. Refused, superseded and cancelled papers do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from cocket.consignment.manifest_control.accounts import Account, Elsewhere, balance
from cocket.consignment.manifest_control.cargo_checks import Cargo, check_cargo
from cocket.consignment.manifest_control.checks import TRANSHIPMENT, Sight, Terms, check_account
from cocket.consignment.manifest_control.stock import (
    BillKey,
    StockLine,
    bill_number,
    lines_of,
    names_of_manifest,
    plus,
    sound,
    stock_of,
)
from cocket.consignment.manifest_control.write_offs import WriteOff, write_offs_of
from cocket.consignment.paper import Paper, equipment_name
from cocket.findings import Finding
from cocket.model import Manifest, Movement

DEFAULT_TERMS = Terms()


class Voyage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The head of a manifest, as its newest paper that states it has it.

    Attributes:
        title: What people call the manifest: the host's registration, else voyage and day.
        names: Every name in the form in which names are compared, those that declarations give it last (1..n).
        office: Customs office; None where not stated.
        voyage: Voyage or flight; None where not stated.
        vessel: Vessel or aircraft; None where not stated.
        carrier: Carrier in words; None where not stated.
        departed: Day of departure; None where not stated.
        arrives: Day of arrival; None where not stated.
        message_ids: Papers that make it up today (1..n).
    """

    title: str
    names: tuple[str, ...]
    office: str | None = None
    voyage: str | None = None
    vessel: str | None = None
    carrier: str | None = None
    departed: date | None = None
    arrives: date | None = None
    message_ids: tuple[str, ...] = ()


class ManifestControl(msgspec.Struct, frozen=True, kw_only=True):
    """One manifest under control.

    Attributes:
        voyage: Its head.
        accounts: One a bill, in the order of the manifest (0..n).
        findings: Findings by bill, as the checks told them; bills without any are left out.
        strays: Write-offs that name this manifest, but a bill it does not have (0..n).
        stray_findings: One finding each, in the same order.
    """

    voyage: Voyage
    accounts: dict[BillKey, Account]
    findings: dict[BillKey, tuple[Finding, ...]]
    strays: tuple[WriteOff, ...] = ()
    stray_findings: tuple[Finding, ...] = ()

    @property
    def every_finding(self) -> tuple[Finding, ...]:
        """All findings: of the bills in their order, then of the strays (0..n)."""
        of_bills = (finding for key in self.accounts for finding in self.findings.get(key, ()))
        return (*of_bills, *self.stray_findings)


def control(papers: Iterable[Paper], name: str, now: datetime, terms: Terms = DEFAULT_TERMS) -> ManifestControl | None:
    """Put one manifest under control.

    Args:
        papers: Papers, manifests whole: of this manifest, of declarations on its bills, of other manifests that have the
            same bills or containers, and movements that tell of landings; others do no harm.
        name: Any name of the manifest, in the form in which names are compared.
        now: The present moment, offset known.
        terms: What the office asks for.

    Returns:
        The manifest under control; None if no paper that holds reports it.
    """
    in_order = sorted(papers, key=lambda paper: (*paper.order, paper.part))
    manifests = [paper for paper in in_order if isinstance(paper.document, Manifest)]
    names = _all_names(manifests, name)
    here = [paper for paper in manifests if _is_called(paper, names)]
    voyage = _voyage([paper for paper in here if paper.speaks], names)
    if voyage is None:
        return None
    stock = stock_of(here)
    others = [paper for paper in manifests if paper.speaks and not _is_called(paper, names)]
    elsewhere = _elsewhere(stock, others, voyage)
    foreign = frozenset(other for paper in others for other in names_of_manifest(_manifest(paper))) - names
    write_offs = [one for paper in in_order for one in write_offs_of(paper) if foreign.isdisjoint(one.manifests)]
    voyage = msgspec.structs.replace(voyage, names=(*voyage.names, *_learned(stock, write_offs, names)))
    return controlled(voyage, stock, write_offs, (now, terms), elsewhere=elsewhere, landed=_landed(in_order))


def controlled(
    voyage: Voyage,
    stock: Mapping[BillKey, StockLine],
    write_offs: Iterable[WriteOff],
    when: tuple[datetime, Terms],
    **beside: Any,
) -> ManifestControl:
    """Put the stock of one manifest under control: the part of `control` whose cost grows with the lines alone.

    Args:
        voyage: Its head.
        stock: Its stock lines.
        write_offs: What declarations take, in any order.
        when: The present moment, and what the office asks for.
        **beside: `elsewhere`, the same bills on other manifests; `landed`, containers reported landed by bill number.

    Returns:
        The manifest under control. Strays are the write-offs that name it and no bill of it.
    """
    now, terms = when
    balanced = balance(stock, write_offs, beside.get("elsewhere"), voyage.names)
    sights = {
        key: Sight(account, voyage.title, voyage.arrives, now, terms) for key, account in balanced.accounts.items()
    }
    of_cargo = check_cargo(Cargo(sights, beside.get("landed") or {}))
    findings: dict[BillKey, tuple[Finding, ...]] = {}
    for key, sight in sights.items():
        told = check_account(sight)
        if told or key in of_cargo:
            findings[key] = (*told, *of_cargo.get(key, ()))
    ours = frozenset(voyage.names)
    strays = tuple(one for one in balanced.strays if not ours.isdisjoint(one.manifests) or one.bill.manifest in ours)
    return ManifestControl(
        voyage=voyage,
        accounts=balanced.accounts,
        findings=findings,
        strays=strays,
        stray_findings=tuple(declared_on_unknown_bill(one, voyage) for one in strays),
    )


def declared_on_unknown_bill(write_off: WriteOff, voyage: Voyage) -> Finding:
    """The declaration names this manifest, but a bill that the manifest does not have.

    Source: Revised Kyoto Convention, specific annex A, chapter 1 (cargo declaration); SAD boxes 18 and 40.
    """
    return Finding(
        code="declared-on-unknown-bill",
        severity="warning",
        message="declaration {declarations} refers to bill {found}, which manifest {manifest} does not have",
        found=write_off.bill.as_written[:200],
        arguments={"declarations": write_off.title, "manifest": voyage.title},
    )


def _manifest(paper: Paper) -> Manifest:
    return paper.document if isinstance(paper.document, Manifest) else Manifest()


def _is_called(paper: Paper, names: frozenset[str]) -> bool:
    return not names.isdisjoint(names_of_manifest(_manifest(paper)))


def _all_names(manifests: Sequence[Paper], name: str) -> frozenset[str]:
    """Every name of the manifest that is known by one: papers share some name, and may tell a further one."""
    told = [frozenset(names_of_manifest(_manifest(paper))) for paper in manifests if paper.standing != "refused"]
    names = frozenset((name,))
    while True:
        grown = names.union(*(one for one in told if not names.isdisjoint(one)))
        if grown == names:
            return names
        names = grown


def _voyage(papers: Sequence[Paper], names: frozenset[str]) -> Voyage | None:
    if not papers:
        return None
    heads = [_manifest(paper) for paper in papers]
    whole = [head for head in heads if head.kind == "whole"] or heads
    newest = whole[-1]
    office = _last(head.office.code for head in heads)
    registration, voyage = _last(head.registration for head in whole), _last(head.voyage for head in heads)
    departed = _last(head.departed for head in heads)
    by_voyage = " ".join(str(part) for part in (voyage, departed) if part)
    means = newest.transport
    return Voyage(
        title=registration or by_voyage or min(names),
        names=tuple(sorted(names)),
        office=office,
        voyage=voyage,
        vessel=(means.id or means.name) if means else None,
        carrier=(newest.carrier.name or newest.carrier.id) if newest.carrier else None,
        departed=departed,
        arrives=_last(head.arrives for head in whole),
        message_ids=tuple(dict.fromkeys(paper.message_id for paper in papers)),
    )


def _last(values: Iterable[Any]) -> Any:
    return next((value for value in reversed([*values]) if value), None)


def _learned(
    stock: Mapping[BillKey, StockLine], write_offs: Iterable[WriteOff], names: frozenset[str]
) -> tuple[str, ...]:
    """Names that only declarations give this manifest, sorted: those under which most name bills that stand here.

    A carrier writes a manifest before the host registers it; the number it then gets stands on the declarations alone.
    """
    votes: dict[str, int] = {}
    for one in write_offs:
        is_here = BillKey(one.bill.number) in stock or BillKey(one.bill.number, True) in stock
        for name in one.manifests:
            votes[name] = votes.get(name, 0) + (1 if is_here else -1)
    return tuple(sorted(name for name, majority in votes.items() if majority > 0 and name not in names))


def _elsewhere(stock: Mapping[BillKey, StockLine], others: Sequence[Paper], voyage: Voyage) -> dict[BillKey, Elsewhere]:
    """Which bills of this manifest other manifests have too: further parts of them, or the goods going on."""
    transhipped = {
        number: key for key, line in stock.items() if line.nature == TRANSHIPMENT for number in line.equipment
    }
    found: dict[BillKey, Elsewhere] = {}
    for paper in others:
        manifest = _manifest(paper)
        title = manifest.registration or " ".join(str(one) for one in (manifest.voyage, manifest.departed) if one)
        for key, theirs in lines_of(manifest, paper.message_id).items():
            for mine in {key, *(transhipped[number] for number in theirs.equipment if number in transhipped)}:
                if mine in stock:
                    before = found.get(mine, Elsewhere())
                    found[mine] = _met(before, stock[mine], theirs, (title, _leaves_after(manifest, voyage)))
    return found


def _met(before: Elsewhere, mine: StockLine, theirs: StockLine, how: tuple[str, bool]) -> Elsewhere:
    title, leaves_after = how
    if mine.nature == TRANSHIPMENT:
        return msgspec.structs.replace(before, onward=(*before.onward, title)) if leaves_after else before
    if mine.key != theirs.key or mine.nature != theirs.nature:
        return before
    return msgspec.structs.replace(
        before,
        manifests=(*before.manifests, title),
        packages=plus(before.packages, theirs.stock_packages),
        gross_mass_kg=plus(before.gross_mass_kg, theirs.stock_mass_kg),
    )


def _leaves_after(onward: Manifest, voyage: Voyage) -> bool:
    """Whether a manifest can take goods on that came with this voyage: it left, or left again, not before they came."""
    if onward.departed is None or voyage.arrives is None:
        return True
    return onward.departed >= voyage.arrives


def _landed(papers: Iterable[Paper]) -> dict[str, frozenset[str]]:
    """Containers that movements report as arrived, by the bill they name; of those that name none nothing is known."""
    found: dict[str, frozenset[str]] = {}
    for paper in papers:
        movement = paper.document
        if not isinstance(movement, Movement) or not paper.speaks or movement.arrived is None:
            continue
        units = frozenset(equipment_name(name.value) for name in movement.references if name.kind == "EQUIPMENT")
        bills = (bill_number(name.value) for name in movement.references if name.kind in ("BL", "HBL"))
        for number in bills if units else ():
            if number is not None:
                found[number] = found.get(number, frozenset()) | units
    return found


def counts_of(controlled_manifest: ManifestControl) -> dict[str, int]:
    """How many bills a manifest has, and how many of them are in each state.

    Args:
        controlled_manifest: The manifest under control.

    Returns:
        `bills`, `open`, `partly`, `closed`, `over`, `overdue` (bills that waited too long), `findings` (warnings) → count.
    """
    accounts = controlled_manifest.accounts
    counts = {"bills": len(accounts), "open": 0, "partly": 0, "closed": 0, "over": 0, "overdue": 0, "findings": 0}
    for account in accounts.values():
        counts[account.state] += 1
    for told in (*controlled_manifest.findings.values(), controlled_manifest.stray_findings):
        counts["overdue"] += any(finding.code in OVERDUE for finding in told)
        counts["findings"] += sum(finding.severity != "info" for finding in told)
    return counts


#: Codes that say a bill waited too long.
OVERDUE = frozenset(("bill-undeclared", "bill-partly-declared", "transhipment-without-onward"))


def totals_of(controlled_manifest: ManifestControl) -> tuple[int, Decimal]:
    """Packages (count) and gross mass (kg) written off in all, each declaration once; strays are not among them."""
    own = (one for account in controlled_manifest.accounts.values() for one in account.counted)
    packages, mass = 0, Decimal(0)
    for one in own:
        packages += sound(one.packages) or 0
        mass += sound(one.gross_mass_kg) or Decimal(0)
    return packages, mass
