# SPDX-License-Identifier: Apache-2.0
"""`cocket policy`: who may do what; what another policy would change, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, progress, shown
from cocket.errors import SettingsError
from cocket.findings.words import counted
from cocket.governance import Policy, PolicyDifference, compare_policies, schema_text, shipped_policy
from cocket.governance.policy_difference import change_lines

app = typer.Typer(no_args_is_help=True, help="Who may do what: policies, their differences, decisions explained.")

#: Stands for the policy that Cocket comes with.
SHIPPED: Final = "shipped"

PolicyArgument = Annotated[
    str,
    typer.Argument(metavar="POLICY", help="A file of Cedar rules, or `shipped` for the policy that Cocket comes with."),
]


@app.callback()
def _group() -> None:
    """Who may do what: policies, their differences, decisions explained."""


@app.command("show")
def show(
    schema: Annotated[
        bool, typer.Option("--schema", help="The schema instead: every role, action, fact and purpose.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the policy that Cocket comes with, or the schema that every policy is checked against.

    Examples:
        cocket policy show > draft.cedar

        cocket policy show --schema
    """
    text = schema_text() if schema else shipped_policy().text
    if as_json:
        json_line({"schema": text} if schema else {"digest": shipped_policy().digest, "text": text})
    else:
        typer.echo(text, nl=False)


@app.command("check")
def check(wanted: PolicyArgument, as_json: JsonOption = False) -> None:
    """Check a policy: its syntax, unknown roles, actions, facts and purposes, and an id for each rule.

    Exit 2 if it is broken; every problem is named.

    Example:
        cocket policy check draft.cedar
    """
    policy = policy_named(wanted)
    if as_json:
        json_line({"digest": policy.digest, "rules": [one.id for one in policy.rules]})
        return
    out.print(f"{counted(len(policy.rules), 'rule')}; nothing is wrong with it.", highlight=False)
    out.print(f"Digest: {policy.digest}", highlight=False, soft_wrap=True)


@app.command("compare")
def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="A file of Cedar rules, or `shipped`.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Likewise; its effect is what is shown.")],
    as_json: JsonOption = False,
) -> None:
    """Show exactly what B allows and A does not, and the other way: over every role, action and combination of facts.

    Widened and narrowed are shown apart, each with its circumstances; where a prohibition that both have refuses anyway, that is
    left out. Exit 1 if they differ in what they allow.

    Examples:
        cocket policy compare shipped draft.cedar

        cocket policy compare draft-1.cedar draft-2.cedar --json
    """
    first, second = policy_named(before), policy_named(after)
    with progress("Comparing actions") as step:
        found = compare_policies(first, second, tell=step)
    if as_json:
        json_line(found)
    else:
        print_difference(found)
    if not found.is_empty:
        raise typer.Exit(1)


def policy_named(wanted: str) -> Policy:
    """The policy of a file, or that which Cocket comes with.

    Raises:
        SettingsError: It is broken, or no text.
    """
    if wanted == SHIPPED:
        return shipped_policy()
    try:
        return Policy(read_file(Path(wanted)).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{wanted} is not a text file.", problems=("not UTF-8",)) from error
    except SettingsError as error:
        for problem in error.problems:
            complain(problem)
        raise


def print_difference(found: PolicyDifference) -> None:
    """Say what differs, in words."""
    if found.is_empty:
        words = f"; {counted(len(found.reworded), 'rule')} differ in words" if found.reworded else ""
        out.print(f"Both allow the same in all {found.rows:,} rows{words}.", highlight=False)
        return
    for way, title in (("widened", "Allowed by the second alone"), ("narrowed", "Allowed by the first alone")):
        lines = list(change_lines(found, "widened" if way == "widened" else "narrowed"))
        if not lines:
            out.print(f"{title}: nothing.", highlight=False)
            continue
        table = Table("roles", "action", "when", "rows", title=f"{title} ({way})", title_justify="left")
        for roles, action, words, rows in lines:
            table.add_row(shown(roles), action, words, f"{rows:,}")
        out.print(table)
    out.print(f"Rules that differ: {', '.join(found.reworded)}", highlight=False, markup=False)
    out.print(
        f"{found.rows:,} rows (roles × actions × facts), of which {found.decided:,} had to be decided.", highlight=False
    )
