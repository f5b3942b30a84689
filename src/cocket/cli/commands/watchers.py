# SPDX-License-Identifier: Apache-2.0
"""`cocket watchers`: accesses of officers that no work explains; for internal affairs, with access to the server."""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, shown
from cocket.errors import SettingsError, UnreadableError
from cocket.findings.words import counted
from cocket.governance import Principal
from cocket.oversight import RULES
from cocket.oversight.measured import BASE_RATE
from cocket.oversight.watch import precision
from cocket.pipeline.governance.watch_views import Expected, WatchCaseView, WatchRunRecord
from cocket.pipeline.governance.watchers import USUAL_DAYS
from cocket.simulation.officer_logs import GENERATORS, WRONGS, Figures, figures_of

app = typer.Typer(
    name="watchers",
    no_args_is_help=True,
    help="Accesses of officers that no work explains: find, list, show, close. For internal affairs.",
)

#: Who works with the queue at the server's command line.
OPERATOR = Principal(id="cli", kind="officer", roles=("internal-affairs",))

CaseArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the case.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Reason; sealed.")]
ReferenceArgument = Annotated[str, typer.Argument(metavar="REFERENCE", help="Reference under which it will be sent.")]


class WatchOutcome(StrEnum):
    """What came of a case."""

    founded = "founded"
    unfounded = "unfounded"
    unproven = "unproven"


class WatchState(StrEnum):
    """How a case stands."""

    waiting = "waiting"
    open = "open"
    closed = "closed"
    dismissed = "dismissed"


class LogGenerator(StrEnum):
    """What makes the logs that are measured on."""

    desks = "desks"
    shifts = "shifts"


@app.command("find")
def find(
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="Days to look back.")] = USUAL_DAYS,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Explain every access of the last days, score what nothing explains, and open cases. The run is sealed.

    Example:
        cocket watchers find --days 60
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.watchers) as watchers:
        run = watchers.find(OPERATOR, days=days)
    if json_lines:
        json_line(run)
    else:
        _show_run(run)


@app.command("list")
def list_cases(
    state: Annotated[WatchState | None, typer.Option("--state", help="In this state alone.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List cases that wait or are open, the most telling first, and how many of such alerts are true. Exit 1 if there are any.

    Example:
        cocket watchers list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.watchers) as watchers:
        found = watchers.cases(OPERATOR, state=state.value if state else None)
    if json_lines:
        json_line(found)
    else:
        _show_list(found.cases)
        _show_expected(found.expected)
    if found.cases and state is None:
        raise typer.Exit(1)


@app.command("show")
def show(wanted: CaseArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show one case: what was seen, what it rests on, what explains and what does not. That you saw it is sealed.

    Example:
        cocket watchers show 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.watchers) as watchers:
        _show_case(watchers.case(OPERATOR, wanted), json_lines=json_lines)


@app.command("open")
def open_case(
    wanted: CaseArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Take a case up.

    Example:
        cocket watchers open 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --reason "file 12 of 2027"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.watchers) as watchers:
        _show_case(watchers.open_case(OPERATOR, wanted, reason), json_lines=json_lines)


@app.command("dismiss")
def dismiss(
    wanted: CaseArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Dismiss a case without working on it.

    Example:
        cocket watchers dismiss 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --reason "a course on the night shift"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.watchers) as watchers:
        _show_case(watchers.dismiss_case(OPERATOR, wanted, reason), json_lines=json_lines)


@app.command("close")
def close(
    wanted: CaseArgument,
    outcome: Annotated[WatchOutcome, typer.Option("--outcome", help="What came of it.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Close a case that was taken up.

    Example:
        cocket watchers close 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --outcome unfounded --reason "he was asked to by his head"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.watchers) as watchers:
        _show_case(watchers.close_case(OPERATOR, wanted, outcome.value, reason), json_lines=json_lines)


@app.command("decoy")
def decoy(
    reference: ReferenceArgument,
    reason: ReasonOption,
    is_ended: Annotated[bool, typer.Option("--end", help="Take the mark away.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose that what will be sent under a reference is a decoy, which is never assessed; another person confirms it on the page.

    Example:
        cocket watchers decoy DECOY-2027-04 --reason "file 12 of 2027"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.watchers) as watchers:
        done = watchers.end_decoy if is_ended else watchers.mark_decoy
        found = done(OPERATOR, reference, reason)
    if json_lines:
        json_line(found)
    else:
        said = "is no longer a decoy" if found.is_ended else "waits for a second person to confirm it"
        out.print(f"{shown(found.reference)} {said}.", markup=False, highlight=False)


@app.command("staff")
def staff(
    file: Annotated[Path, typer.Argument(help="CSV with a line for each officer: account, address.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Keep home addresses of officers, in place of those of before; only the watchers read them.

    Example:
        cocket watchers staff addresses.csv --reason "list of personnel, March 2027"
    """
    addresses = _addresses(read_file(file), file)
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.watchers) as watchers:
        count = watchers.put_addresses(OPERATOR, addresses, reason)
    if json_lines:
        json_line({"addresses": count})
    else:
        out.print(f"{counted(count, 'address', 'addresses')} kept.", highlight=False)


@app.command("measure")
def measure(
    generator: Annotated[LogGenerator, typer.Option("--generator", help="What makes the logs.")] = LogGenerator.shifts,
    first: Annotated[int, typer.Option("--first-seed", min=0, help="First seed.")] = 1,
    count: Annotated[int, typer.Option("--seeds", min=1, max=10_000, help="How many seeds.")] = 3,
    is_ordinary: Annotated[bool, typer.Option("--ordinary", help="Only logs in which nothing is planted.")] = False,
    json_lines: JsonOption = False,
) -> None:
    """Measure the rules in force on logs with and without planted misuse, one of each kind a seed.

    Example:
        cocket watchers measure --generator shifts --first-seed 1 --seeds 3
    """
    wrongs = ("",) if is_ordinary else ("", *WRONGS)
    found = figures_of(GENERATORS[generator.value], range(first, first + count), wrongs)
    if json_lines:
        json_line({"rules": RULES.version, "digest": RULES.digest, "figures": found})
    else:
        _show_figures(found)


def _addresses(content: bytes, file: Path) -> dict[str, str]:
    """Officer → address.

    Raises:
        SettingsError: There is none.
        UnreadableError: It is no such table.
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(f"{file} is not a CSV table in UTF-8.", code="watch-staff") from error
    wrong = next((number for number, row in enumerate(rows, start=1) if len(row) != 2 or not row[0].strip()), None)
    if wrong is not None:
        raise UnreadableError(f"Line {wrong} of {file} is not an account and an address.", code="watch-staff")
    if not rows:
        raise SettingsError(f"{file} is empty.", hint="One line for each officer: account, address.")
    return {row[0].strip(): row[1].strip() for row in rows}


def _show_run(run: WatchRunRecord) -> None:
    none = run.explained.get("none", 0)
    out.print(
        f"{counted(run.looks, 'access', 'accesses')} in {counted(run.officer_days, 'officer-day')} from {run.since:%Y-%m-%d} to "
        f"{run.until:%Y-%m-%d}; {none} of them nothing explains.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if run.sees_from is not None:
        out.print(
            f"Records of accesses before {run.sees_from} were destroyed under the retention schedule; of those days the run saw only "
            "what is kept.",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    for name, count in sorted(run.explained.items(), key=lambda one: -one[1]):
        out.print(f"  {name:22} {count}", highlight=False)
    more = f", {run.held_back} beyond the cap held back" if run.held_back else ""
    out.print(
        f"{counted(len(run.opened), 'new case')}, {len(run.renewed)} renewed{more}. Rules {run.version}, {run.digest[:12]}.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _show_list(cases: tuple[WatchCaseView, ...]) -> None:
    if not cases:
        out.print("No case waits.")
        return
    table = Listing("id", "about", "reason", "what was seen", "by chance", "state")
    for one in cases:
        file = one.file
        said = file.message.format_map(file.arguments)
        chance = f"{file.chance:.1g}" if file.chance else "not asked"
        table.add_row(file.id, shown(file.about), file.reason, shown(said), chance, file.state)
    out.print(table)


def _show_expected(expected: Expected) -> None:
    """How many alerts of such a list are true."""
    if expected.recall is None or expected.precision is None or expected.false_per_1000 is None:
        out.print(
            f"Rules {expected.version} were not measured: how many of these are true is not known.", soft_wrap=True
        )
    else:
        out.print(
            f"Rules {expected.version}: on generated logs {expected.recall:.0%} of planted officers are named, with "
            f"{expected.false_per_1000:.2f} false alerts per 1,000 officer-days. Where {expected.base_rate:g} in a million officer-days "
            f"begin to misuse access, {expected.precision:.1%} of alerts are true: a case is a reason to ask, not evidence.",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    out.print(
        f"Here: {expected.founded} of {expected.closed} closed cases were founded; {expected.dismissed} were dismissed.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _show_case(one: WatchCaseView, *, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    file = one.file
    out.print(f"{one.name} ({file.about}): {file.reason}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"Seen: {file.message.format_map(file.arguments)}", markup=False, highlight=False, soft_wrap=True)
    explained = ", ".join(f"{name} {count}" for name, count in file.explained.items()) or "nothing"
    out.print(
        f"Explained of all accesses: {explained}; by nothing: {file.unexplained}", highlight=False, soft_wrap=True
    )
    out.print(f"Accepted for this reason: {', '.join(file.accepted) or 'nothing'}", highlight=False, soft_wrap=True)
    state = f"{file.state}{f' ({file.outcome})' if file.outcome else ''}"
    out.print(f"State: {state}{f' by {file.by}: {file.note}' if file.by else ''}", markup=False, highlight=False)
    table = Listing("when", "what", "who", "consignment", "explained by", "leaf")
    for evidence in file.evidence:
        by = ", ".join(evidence.explained_by) or "–"
        title = one.titles.get(evidence.subject, evidence.subject)
        leaf = str(one.leaves.get(evidence.id, "–"))
        table.add_row(f"{evidence.at:%Y-%m-%d %H:%M}", evidence.what, shown(evidence.officer), shown(title), by, leaf)
    out.print(table)


def _show_figures(found: Figures) -> None:
    table = Listing("planted", "officers", "named", "for that reason", "false alerts of it")
    for wrong, count in found.planted.items():
        table.add_row(
            wrong, str(count), str(found.named[wrong]), str(found.by_reason[wrong]), str(found.false_alerts[wrong])
        )
    out.print(table)
    share = found.explained / max(1, found.looks)
    is_planted = any(found.planted.values())
    named = f"{found.recall:.1%} of planted officers named; " if is_planted else "nothing planted; "
    out.print(
        f"Rules {RULES.version} ({RULES.digest[:12]}): {named}{sum(found.false_alerts.values())} false alerts in "
        f"{found.officer_days:,} officer-days, {found.false_per_day * 1000:.3f} per 1,000. Explained: {share:.1%} of "
        f"{found.looks:,} accesses.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if not is_planted:
        return
    true = precision(BASE_RATE, found.recall, found.false_per_day)
    out.print(
        f"At {BASE_RATE:g} in a million officer-days {true:.1%} of alerts are true.", highlight=False, soft_wrap=True
    )
