# SPDX-License-Identifier: Apache-2.0
"""`cocket set-aside`: what could not be worked on, and what an operator does about it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cocket import ledger
from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, shown
from cocket.cli.commands.aeo import OPERATOR
from cocket.cli.commands.proposals import tell_proposed
from cocket.errors import SenderError, SettingsError
from cocket.findings.words import counted
from cocket.gate import make_key
from cocket.ledger.forms import read_form
from cocket.pipeline.base.set_aside import SetAsideView

app = typer.Typer(
    name="set-aside", no_args_is_help=True, help="Items that could not be processed: list, retry or close them."
)


class AsideRole(StrEnum):
    """A role that sets aside what it cannot process."""

    intake = "intake"
    assessment = "assessment"
    log = "log"
    tracker = "tracker"
    ingress = "ingress"
    feeds = "feeds"


IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the item.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Reason; sealed.")]


@app.command("list")
def list_set_aside(
    everything: Annotated[bool, typer.Option("--all", help="Also items already handled.")] = False,
    role: Annotated[AsideRole | None, typer.Option("--role", help="Of one role.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List what was set aside, the newest first. Exit 1 if anything is open.

    Example:
        cocket set-aside list --role assessment
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.operations.set_aside) as aside:
        found = aside.set_aside_list(OPERATOR, is_open=not everything, role=role.value if role else None)
    if json_lines:
        for line in found.lines:
            json_line(line)
    elif not found.lines:
        out.print("Nothing is set aside.")
    else:
        out.print(_table(found.lines))
        if found.total > len(found.lines):
            out.print(f"{found.total} in all.", highlight=False)
    if any(line.state in ("waiting", "retrying") for line in found.lines):
        raise typer.Exit(1)


@app.command("show")
def show(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show one thing that was set aside: what it is, why, how often it was tried.

    Example:
        cocket set-aside show 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.operations.set_aside) as aside:
        _show(aside.set_aside_one(OPERATOR, wanted), json_lines=json_lines)


@app.command("retry")
def retry(wanted: IdArgument, reason: ReasonOption, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Retry one item, separately, with its role's next batch.

    Example:
        cocket set-aside retry 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --reason "version 3.2 reads it"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.operations.set_aside) as aside:
        _show(aside.retry_set_aside(OPERATOR, wanted, reason), json_lines=json_lines)


@app.command("close")
def close(
    reason: ReasonOption,
    wanted: Annotated[str | None, typer.Argument(metavar="[ID]", help="Id of the item.", show_default=False)] = None,
    is_lost: Annotated[bool, typer.Option("--lost", help="Every item whose key was lost in a restore.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Close one thing without working on it, or at once all that was lost with its keys.

    Examples:
        cocket set-aside close 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --reason "the trader sent it again"

        cocket set-aside close --lost --reason "every sender was asked to send again"
    """
    if (wanted is None) is not is_lost:
        raise SettingsError("Give the ID of one item, or --lost.", hint="cocket set-aside list shows the items.")
    if wanted is not None:
        with open_service(
            settings_of(**home_option(home)), lambda one: (one.operations.set_aside, one.governance.second_person)
        ) as (aside, second):
            waits = aside.proposed_closing(operator(), wanted, reason)
            if waits is not None:
                tell_proposed(second.propose(operator(), waits, make_key).proposal, json_lines)
                return
            _show(aside.close_set_aside(OPERATOR, wanted, reason), json_lines=json_lines)
        return
    with open_service(
        settings_of(**home_option(home)), lambda one: (one.operations.set_aside, one.governance.second_person)
    ) as (aside, second):
        waits = aside.proposed_closing_of_lost(operator(), reason)
        if waits is not None:
            tell_proposed(second.propose(operator(), waits, make_key).proposal, json_lines)
            return
        count = aside.close_lost(OPERATOR, reason)
    if json_lines:
        json_line({"closed": count})
    else:
        out.print(f"{counted(count, 'item')} closed.", highlight=False)


@app.command("leaf")
def leaf(
    index: Annotated[int, typer.Argument(metavar="INDEX", min=0, help="Index of the leaf in the log.")],
    reason: ReasonOption,
    receipt: Annotated[Path | None, typer.Option("--receipt", help="A receipt for the leaf.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Accept a leaf whose content is altered or gone, so that heads are signed again, or its loss is recorded.

    Restore what the leaf seals from a backup if you can: then nothing need be done here. Otherwise the commitment stands
    that the database has, or that a receipt shows, or, where the leaf is gone and there is no receipt, a substitute. The
    act is sealed with its reason; the leaf can never be decrypted afterwards.

    A leaf under a signed head stands as published, and what it sealed is recorded as lost: the audit lists it as such. A
    leaf that stands at the place of a padding entry is given a place of its own at the end of the log.

    Example:
        cocket set-aside leaf 48213 --reason "disk damage of 3 March" --receipt receipt.json
    """
    promised = _receipt(receipt) if receipt is not None else None
    with open_service(settings_of(**home_option(home)), lambda one: one.ledger.refused_leaves) as refused_leaves:
        _show(refused_leaves.let_leaf_stand(OPERATOR, index, reason, promised), json_lines=json_lines)


def _receipt(file: Path) -> ledger.Receipt:
    found = read_form(read_file(file))
    if not isinstance(found, ledger.Receipt):
        raise SenderError(f"{file} is not a receipt.", code="receipt-file")
    return found


def _table(lines: tuple[SetAsideView, ...]) -> Listing:
    table = Listing("id", "role", "what", "why", "since", "tried", "state")
    for line in lines:
        since = f"{line.first:%Y-%m-%d %H:%M}"
        table.add_row(line.id, line.role, shown(line.what), shown(line.reason), since, str(line.attempts), line.state)
    return table


def _show(found: SetAsideView, *, json_lines: bool) -> None:
    """Say how one thing stands."""
    if json_lines:
        json_line(found)
        return
    out.print(f"{found.role}: {shown(found.what)}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"Why: {shown(found.reason)}", markup=False, highlight=False, soft_wrap=True)
    out.print(
        f"State: {found.state}; failed {counted(found.attempts, 'time')} since {found.first:%Y-%m-%d %H:%M}.",
        highlight=False,
    )
