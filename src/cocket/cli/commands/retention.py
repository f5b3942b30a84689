# SPDX-License-Identifier: Apache-2.0
"""`cocket retention`: how long what is kept is kept, legal holds, erasing by two persons, and what was destroyed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, shown
from cocket.errors import SettingsError
from cocket.findings.words import counted
from cocket.pipeline.governance.second_person import Given
from cocket.pipeline.operations.legal_holds import LegalHold
from cocket.pipeline.operations.retention import RetentionPlan

app = typer.Typer(
    name="retention",
    no_args_is_help=True,
    help="Retention: schedules by class and law, legal holds, what is due, erasing.",
)


class Target(StrEnum):
    """What a legal hold is on."""

    consignment = "consignment"
    message = "message"
    report = "report"
    party = "party"
    sender = "sender"
    accesses = "accesses"
    account = "account"
    case = "case"
    everything = "everything"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


DayOption = Annotated[
    date | None, typer.Option("--on", parser=_day, metavar="DAY", help="Day, as 2026-12-25; today if not given.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Reason, and on whose order; sealed.")]


@app.command("schedule")
def schedule(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Schedule (TOML).")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose a retention schedule to take the place of the one in force; a second person confirms it.

    There is no schedule of ours, and without one nothing is ever due. Periods come from your law: the examples of the
    documentation are examples.

    Examples:
        cocket retention plan --schedule retention.toml

        cocket retention schedule retention.toml
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        given = retention.put_schedule(operator(), file.name, read_file(file))
    _say_given(given, json_lines)


@app.command("plan")
def plan(
    draft: Annotated[
        Path | None, typer.Option("--schedule", metavar="FILE", help="A schedule that is not in force (TOML).")
    ] = None,
    on: DayOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show what a schedule comes to, in counts, by rule and by class. Nothing is changed.

    Examples:
        cocket retention plan

        cocket retention plan --schedule draft.toml --on 2027-01-01
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        found = retention.plan(operator(), read_file(draft) if draft is not None else None, on)
    if json_lines:
        json_line(found)
    else:
        _print_plan(found)


@app.command("due")
def due(
    within: Annotated[int, typer.Option("--within", min=0, help="Also what ends within so many days.")] = 0,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List what is due, and what something stands against though its period has ended. Exit 1 if anything is due.

    Example:
        cocket retention due --within 30
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        found = retention.due(operator(), within)
    if json_lines:
        for line in found.lines:
            json_line(line)
    elif not found.lines:
        out.print("Nothing is due.")
    else:
        table = Listing("id", "class", "what", "state", "ends", "law", "against")
        for line in found.lines:
            table.add_row(
                line.id, line.class_, shown(line.title), line.state, str(line.ends), shown(line.law),
                shown(", ".join(line.why)),
            )  # fmt: skip
        out.print(table)
        if found.total > len(found.lines):
            out.print(f"{found.total} in all.", highlight=False)
    if any(line.state in ("due", "review") for line in found.lines):
        raise typer.Exit(1)


@app.command("holds")
def holds(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List legal holds, those in force first.

    Example:
        cocket retention holds --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        found = retention.holds(operator())
    if json_lines:
        for one in found:
            json_line(one)
        return
    if not found:
        out.print("No legal hold.")
    for one in found:
        _say_hold(one)


@app.command("hold")
def hold(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the hold, such as the number of an order.")],
    target: Annotated[Target, typer.Option("--on", help="What kind of thing it is on.")],
    ground: Annotated[str, typer.Option("--ground", help="Ground, and who ordered it; sealed.")],
    value: Annotated[
        str,
        typer.Option(
            "--of",
            help="Id of the thing; number or name of the party, sender or account; a case; for accesses a day or FIRST..LAST; none for "
            "everything.",
        ),
    ] = "",
    review: Annotated[
        date | None,
        typer.Option(
            "--review", parser=_day, metavar="DAY", help="Day to ask whether it is still needed; it does not end then."
        ),
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Place a legal hold. It beats every period, and `cocket erase` with it, until it is released.

    Examples:
        cocket retention hold 2026-KB-17 --on party --of XA990000000101 --ground "order of the district court of 3 March"

        cocket retention hold IA-3 --on accesses --of 2026-03-01..2026-03-31 --ground "internal affairs, 4 April"

        cocket retention hold audit-2027 --on everything --ground "court of auditors" --review 2027-06-30
    """
    wanted = LegalHold(
        name=name, target=target.value, value=value, ground=ground, review_on=review, by="", placed=datetime.now(UTC)
    )
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        placed = retention.place_hold(operator(), wanted)
    if json_lines:
        json_line(placed)
    else:
        _say_hold(placed)


@app.command("release")
def release(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the hold.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose to release a legal hold; a second person confirms it.

    Example:
        cocket retention release 2026-KB-17 --reason "the court closed the case on 4 May"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        given = retention.release_hold(operator(), name, reason)
    _say_given(given, json_lines)


@app.command("erase")
def erase(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="These alone; all that is due if none.", show_default=False),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Reason, and on whose order; sealed.")] = "",
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="PROPOSAL", help="Confirm what another person proposed.")
    ] = None,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose to erase what is due, or confirm what another person proposed. Confirmed erasures cannot be undone.

    At most 500 things are proposed at once, those that ended first before others. Each is judged again when it is
    confirmed: what a hold came on meanwhile is spared, and the report says so.

    Examples:
        cocket retention erase --reason "schedule of 2026, quarter 3"

        cocket retention erase --confirm 01a21032-dbd8-7236-9320-ac0953c99041
    """
    if confirm is not None and (ids or reason):
        raise SettingsError("Give things to propose with a reason, or --confirm, not both.")
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        if confirm is None:
            given = retention.propose_erasure(operator(), reason, ids or ())
        else:
            proposal, things = retention.proposed_erasure(operator(), confirm)
            if not is_sure:
                what = f"{counted(len(things), 'thing')}, proposed by {proposal.proposer}: {proposal.reason}"
                out.print(shown(what), markup=False, highlight=False, soft_wrap=True)
                typer.confirm("Erase permanently?", abort=True)
            given = retention.confirm_erasure(operator(), confirm)
    _say_given(given, json_lines)


@app.command("report")
def report(
    since: Annotated[
        date | None, typer.Option("--since", parser=_day, metavar="DAY", help="First day; a year ago if not given.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=_day, metavar="DAY", help="Last day; today if not given.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Report what was destroyed, compared with what stands now: leaves stay, keys are gone. Exit 1 if it does not hold.

    Examples:
        cocket retention report

        cocket retention report --since 2026-01-01 --until 2026-12-31 --json
    """
    last = until or datetime.now(UTC).date()
    first = since or last - timedelta(days=365)
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.retention) as retention:
        found = retention.report(operator(), first, last)
    if json_lines:
        json_line(found)
    else:
        table = Listing("when (UTC)", "record", "by", "reason", "things", "leaves", "keys destroyed", "holds")
        for line in found.lines:
            things = "by order" if line.things is None else str(line.things)
            table.add_row(
                f"{line.at:%Y-%m-%d %H:%M}", str(line.index), shown(", ".join(line.by)), shown(line.reason), things,
                f"{line.emptied} of {line.leaves}", f"{line.keys_gone} of {line.keys}", "yes" if line.holds else "NO",
            )  # fmt: skip
        out.print(table)
        for line in found.lines:
            for one in line.spared:
                out.print(f"Spared: {one.id}: {shown(one.why)}", markup=False, highlight=False, soft_wrap=True)
    if not found.holds:
        raise typer.Exit(1)


def _print_plan(found: RetentionPlan) -> None:
    if not found.rules:
        out.print("No retention schedule is in force: nothing is ever due.")
    else:
        of = "a draft, not in force" if found.is_draft else "in force"
        out.print(f"Schedule {found.sha256[:12]} ({of}) on {found.on}:", highlight=False)
        table = Listing("class", "law", "period", "from", "running", "suspended", "held", "review", "due", "next ends")
        for one in found.rules:
            rule = one.rule
            period = f"{rule.count} {rule.unit}{'s' if rule.count > 1 else ''}"
            event = f"{rule.from_event}{', end of year' if rule.is_from_end_of_year else ''}"
            counts = [
                str(sum(one.counts.get(name, 0) for name in names))
                for names in (("running", "not-begun"), ("suspended",), ("held",), ("review",), ("due",))
            ]
            table.add_row(rule.class_, shown(rule.law), period, event, *counts, str(one.next or "–"))
        out.print(table)
    for name, told in found.classes.items():
        parts = ", ".join(f"{state} {count:,}" for state, count in sorted(told.items()))
        out.print(f"{name}: {parts}", markup=False, highlight=False)
    for rule in found.suggested:
        out.print(
            f"{rule.class_}: no rule, so all is kept. Suggested, not in force: {counted(rule.count, rule.unit)} from {rule.from_event}, "
            f"then {rule.on_end}.",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    for reason in found.kept:
        out.print(
            f"No class, kept ({', '.join(reason.kinds)}): {reason.why}.", markup=False, highlight=False, soft_wrap=True
        )
    out.print(f"Legal holds in force: {found.holds}", highlight=False)


def _say_hold(one: LegalHold) -> None:
    on = f"{one.target} {one.value}".strip()
    state = "in force" if one.state == "in-force" else f"released by {one.released_by}: {one.reason}"
    review = f"; review on {one.review_on}" if one.review_on and one.state == "in-force" else ""
    told = f"{one.name}: on {on}, {state}{review}. {one.ground} ({one.by}, {one.placed:%Y-%m-%d})"
    out.print(shown(told), markup=False, highlight=False, soft_wrap=True)


def _say_given(given: Given, json_lines: bool) -> None:
    if json_lines:
        json_line({"proposal": given.proposal.id, "state": given.proposal.state, "is_done": given.is_done})
    elif given.is_done:
        out.print("Done and sealed.")
    else:
        out.print(f"Proposal {given.proposal.id} waits until a second person confirms it.", highlight=False)
