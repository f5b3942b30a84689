# SPDX-License-Identifier: Apache-2.0
"""What the demo says at its end: what came in, what was advised, and what that would have found."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from cocket.cli.demonstration.country import Country
from cocket.cli.demonstration.figures import Figures, figures_of
from cocket.cli.demonstration.parts import Lodged, Proved
from cocket.consignment import keys
from cocket.feeds import FeedReport
from cocket.findings.words import counted
from cocket.governance import Principal
from cocket.model import Reference
from cocket.pipeline import ConsignmentView, QueueFilter, StatsView
from cocket.pipeline.consignment.manifests import Manifests
from cocket.pipeline.queries.records import RecordQueries
from cocket.risk.suspicion import NAMES, about
from cocket.simulation import Advice, Comparison, Found, compare, read_host_lanes, read_truth
from cocket.simulation.trade import CURRENCY

#: Said where the demo had nothing for it.
_NONE: Final = "nothing in a country this small; a larger one may have it (--size)"

_MARKS = {"red": "▲ red", "yellow": "◆ yellow", "blue": "● blue", "green": "■ green"}


class DemoSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The demo's outcome in figures.

    Attributes:
        fed: Files of the host imported (count).
        lodged: Declarations lodged over HTTP (count).
        refused: Messages refused, sealed as such (count).
        repeats: Files of the host known already (count).
        stats: Lanes of ours and of the host.
        comparison: What each way of choosing would have found, truth in hand.
        figures: Duties, permits and faults of manifests.
        acts: What agencies and officers did → what it is about.
        log_size: Leaves of the verified log.
        proof: Folder with a message, its receipt and its proof.
    """

    fed: int
    lodged: int
    refused: int
    repeats: int
    stats: StatsView
    comparison: Comparison
    figures: Figures
    acts: dict[str, str]
    log_size: int
    proof: str


def show_summary(
    records: RecordQueries,
    manifests: Manifests,
    country: Country,
    happened: tuple[FeedReport, list[Lodged], dict[str, str], Proved],
    console: Console | None,
) -> DemoSummary:
    """Gather the figures, and print them unless `console` is None.

    Args:
        records: What is known of consignments.
        manifests: Manifests.
        country: The synthetic country, with its truth.
        happened: What the feed took in, what was lodged, what officers did, what was proved.
        console: Where to print.
    """
    report, lodged, acts, proved = happened
    folder = country.folder
    supervisor = Principal(id="demo", kind="officer", roles=("supervisor",))
    comparison = compare(
        _advice(records, supervisor),
        {
            _normal(name): lane
            for name, lane in read_host_lanes((folder / "host" / "selectivity.csv").read_bytes()).items()
        },
        {_normal(name): truth for name, truth in read_truth((folder / "truth" / "live.csv").read_bytes()).items()},
    )
    summary = DemoSummary(
        fed=report.accepted + report.refused + report.repeats + report.unchanged,
        lodged=len(lodged),
        refused=report.refused + sum(1 for one in lodged if one.status != 202),
        repeats=report.repeats + report.unchanged,
        stats=records.stats(supervisor),
        comparison=comparison,
        figures=figures_of(manifests, supervisor, country),
        acts=acts,
        log_size=proved.log_size,
        proof=str(proved.folder),
    )
    if console is not None:
        _print(console, summary, records.queue(supervisor, QueueFilter(lane="red", limit=3)).lines, proved)
    return summary


def _advice(records: RecordQueries, supervisor: Principal) -> list[Advice]:
    return [
        Advice(id=reference, lane=lane, score=score if score is not None else 0.0)
        for reference, lane, score in records.advised(supervisor, "SAD")
    ]


def _normal(name: str) -> str:
    """A registration in the form in which the house knows it; any other id as it is."""
    found = keys((Reference("SAD", name),), "")
    return found[0].value if found else name


def _head(line: ConsignmentView) -> list[str]:
    """What to look for, because of what, and what is at stake."""
    head = line.advice.head if line.advice else None
    if head is None:
        return []
    told = [_sentence(fact.message, fact.arguments) for fact in head.because]
    if head.suspicion is not None:
        told.insert(0, f"{NAMES[head.suspicion.kind]}: {_sentence(head.suspicion.message, head.suspicion.arguments)}")
    if head.stake.is_threat:
        told.append("at stake: a threat, not money")
    elif head.stake.amount is not None:
        exact = Decimal(head.stake.amount)
        amount = (
            f"{about(exact):,f}" if head.stake.is_about else f"{exact:,.0f}" if abs(exact) >= 100 else f"{exact:,f}"
        )
        sum_of = f"{head.stake.currency or 'currency not known'} {amount}"
        told.append(f"at stake: {'about ' if head.stake.is_about else ''}{sum_of}")
    return told


def _print(console: Console, summary: DemoSummary, lines: tuple[ConsignmentView, ...], proved: Proved) -> None:
    stats = summary.stats
    console.print(
        f"\n{summary.fed} host files and {summary.lodged} declarations over HTTP: "
        f"{stats.consignments} consignments with advice, {summary.refused} messages refused.",
        highlight=False,
        soft_wrap=True,
    )
    console.print(_lanes(stats))
    for line in lines:
        console.print(f"[bold]{line.title}[/bold]  {line.trader or ''}", highlight=False, soft_wrap=True)
        for text in _head(line):
            console.print(f"    {text}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"\n[bold]Proved offline[/bold], from files and public keys alone ({proved.folder}):", highlight=False
    )
    for check in proved.checks:
        console.print(f"    {check}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"    Every byte of the log's {proved.log_size} leaves was verified.", highlight=False)
    console.print(_comparison(summary.comparison, CURRENCY))
    console.print("\n[bold]In the workbench[/bold]", highlight=False)
    for name, told in _further(summary):
        console.print(f"    {name:<14}{told}", markup=False, highlight=False, soft_wrap=True)


def _further(summary: DemoSummary) -> Iterator[tuple[str, str]]:
    """What else there is to see, as (name, in words)."""
    costs, faults, acts = summary.figures.costs, summary.figures.faults, summary.acts
    needs = ", ".join(f"{count} {verdict}" for verdict, count in summary.figures.needs.items())
    yield (
        "costs",
        (
            f"{costs.currency} {costs.due:,.2f} of duty and tax, {costs.on_preferences:,.2f} more without preferences; "
            f"the host's own lines agree to the cent in {costs.agreeing} of {costs.compared} declarations"
        ),
    )
    lacks = f" (B/L {summary.figures.lacking} lacks one)" if summary.figures.lacking else ""
    yield "permits", f"{acts['permits']} registered; what agencies ask for: {needs}{lacks}"
    yield (
        "manifests",
        (
            f"{faults.found} of {faults.planted} planted faults reported, and {faults.others} others, "
            f"on {faults.manifests} manifests"
        ),
    )
    yield "traders", f"{acts['standings']}, whose status lowers the score"
    yield (
        "intelligence",
        f"container {acts['intelligence']} is listed in a graded report" if acts["intelligence"] else _NONE,
    )
    yield "result", f"{acts['result']}: found, then corrected" if acts["result"] else _NONE
    yield "value doubt", f"{acts['doubt']}: asked and answered, not yet decided" if acts["doubt"] else _NONE
    yield "drawn", acts.get("random") or _NONE
    yield "examined", acts.get("examined") or _NONE
    yield "threats", acts.get("browsed") or _NONE
    yield "screening", acts.get("list") or _NONE
    yield "rule", f"{acts['rule']}, in shadow, sent to a second person" if acts.get("rule") else _NONE
    yield "audits", acts["audits"]
    yield "other agency", acts.get("agency") or _NONE
    yield "journey", acts["journey"] or _NONE
    yield "hand-overs", acts.get("handed") or _NONE
    yield "pilot", acts.get("pilot-report") or _NONE
    yield "release", acts.get("release-times") or _NONE
    yield "lessons", acts.get("lessons") or _NONE


def _lanes(stats: StatsView) -> Table:
    table = Table("lane", "our advice", "the host's", box=None, header_style="bold", padding=(0, 2))
    for lane, mark in _MARKS.items():
        table.add_row(mark, str(stats.lanes.get(lane, 0)), str(stats.host_lanes.get(lane, 0)))
    return table


def _comparison(comparison: Comparison, currency: str) -> Table:
    find = counted(comparison.capacity, "examination finds", "examinations find")
    title = f"\nWhat {find} among the {comparison.declarations} declarations that both saw ({comparison.all.frauds} fraudulent)"
    table = Table(
        "chosen by",
        "irregularities",
        "hit rate",
        "duty at stake",
        title=title,
        title_justify="left",
        box=None,
        padding=(0, 2),
    )
    ways = {
        "our advice": comparison.advice,
        "the host's lanes": comparison.host,
        "chance": comparison.chance,
        "the best possible selection": comparison.best,
    }
    for name, found in ways.items():
        table.add_row(name, f"{found.frauds:.1f}".removesuffix(".0"), _rate(found), f"{currency} {found.duty:,.0f}")
    return table


def _rate(found: Found) -> str:
    return f"{found.frauds / found.examined:.0%}" if found.examined else "–"


def _sentence(message: str, arguments: dict[str, str]) -> str:
    for name, value in arguments.items():
        message = message.replace("{" + name + "}", f"{value} kg" if name.endswith("_kg") else value)
    return message
