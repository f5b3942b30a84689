# SPDX-License-Identifier: Apache-2.0
"""`cocket ledger audit`: make every derived row again from sealed records, and compare; set one right."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, progress, shown
from cocket.findings.words import counted

if TYPE_CHECKING:
    from cocket.pipeline.base.wiring import Stores
    from cocket.pipeline.ledger.refused_leaves import KnownLoss
    from cocket.pipeline.operations.row_audit import AuditStatement, RowAudit, RowDifference
    from cocket.pipeline.operations.row_repair import AllSetRight, RowSetRight, Unproven


#: What --set-right has instead of a row, to repair all that differ.
_ALL = "all"


def audit(
    home: HomeOption = None,
    is_anew: Annotated[
        bool, typer.Option("--from-start", help="Start again instead of continuing where it stopped.")
    ] = False,
    wanted: Annotated[
        str | None,
        typer.Option(
            "--set-right",
            metavar="TABLE ID|all",
            help="Repair this row, or each that differs, from its sealed records.",
        ),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Reason for the repair; sealed with it.")] = "",
    is_adopted: Annotated[
        bool, typer.Option("--adopt", help="With --set-right: keep the current value where no sealed record has one.")
    ] = False,
    is_removed: Annotated[
        bool, typer.Option("--remove", help="With --set-right: remove the row, if no sealed record mentions it.")
    ] = False,
    json_lines: JsonOption = False,
) -> None:
    """Make every derived row again from sealed records, and compare. Needs the server's parts.

    First every leaf is held against its commitment and what is published, then every row of lanes, orders, results,
    journeys, alerts, permits, standings, doubts, devices, places, backups, screening lists, looks that last, keys,
    officers and sessions against the sealed records it rests on, and what follows from other rows: by which names a
    dossier is found, where each paper is filed, which devices follow a journey, which dossiers an alert concerns. It may
    be stopped at any time, and goes on where it was left; leaves that were written to meanwhile are compared again at the
    end. A difference is named by table, id and column, with what stands
    there, what was sealed, and the leaf that says so.

    --set-right lets one row say what was sealed; a reading is made again from the sealed content. Where its MAC does not
    prove the columns that no record has, nothing is done: check them, and keep them as they stand with --adopt, or
    the row away with --remove. Each act is sealed with its reason and with what stood there.

    --set-right all repairs each row that differs, as far as sealed records tell it: those first on which others rest, and
    then, after an audit of everything, those that follow from them, until nothing more can be done. What is left is named
    with the reason.

    What a sealed statement of cocket set-aside leaf records as lost is listed first, with its date; it is not a difference.

    Exit 0: every row is what sealed records say. Exit 1: one is not, and is named. Exit 2: there is no instance here.

    Examples:
        cocket ledger audit --home /srv/cocket

        cocket ledger audit --home /srv/cocket --json

        cocket ledger audit --set-right "control_order 01a21032-dbd8-7236-9320-ac0953c99041" --adopt --reason "looked at, case 17"

        cocket ledger audit --set-right all --reason "found on 3 May, case 17"

        cocket ledger audit --set-right "override 01a21032-dbd8-7236-9320-ac0953c99041" --reason "forged on 3 May, case 17"
    """
    from cocket.cli.base.instance_access import home_option, need_home, settings_of
    from cocket.pipeline import open_database, open_stores
    from cocket.pipeline.operations.row_audit import RowAudit
    from cocket.pipeline.operations.row_audit_schedule import publish_statement

    if (is_adopted and is_removed) or (wanted is None and (is_adopted or is_removed)):
        raise typer.BadParameter("Give --set-right with one of --adopt and --remove.")
    if wanted == _ALL and (is_adopted or is_removed):
        raise typer.BadParameter(
            "What no sealed record has is decided row by row: give --set-right the table and the id."
        )
    unproven: Unproven = "adopt" if is_adopted else "remove" if is_removed else "refuse"
    settings = settings_of(**home_option(home))
    need_home(settings)
    with open_database(settings) as server:
        stores = open_stores(settings, server.dsn, signs_heads=True)
        try:
            if wanted == _ALL:
                repaired = _set_all_right(stores, reason, json_lines=json_lines)
                publish_statement(stores, repaired.statement)
                _say_all(repaired, json_lines=json_lines)
                raise typer.Exit(int(bool(repaired.left or repaired.statement.differences)))
            if wanted is not None:
                _say_done(_set_right(stores, wanted, reason, unproven), json_lines=json_lines)
                if not json_lines:
                    typer.echo("Rows that follow from this one are compared by the next cocket ledger audit.")
                return
            going = RowAudit(stores)
            if is_anew:
                going.begin_anew()
            statement = _whole(going)
            publish_statement(stores, statement)
            differences, losses = going.differences(), going.losses()
        finally:
            stores.database.close()
    _say(statement, differences, losses, json_lines=json_lines)
    raise typer.Exit(int(bool(differences or statement.differences)))


def _whole(going: RowAudit) -> AuditStatement:
    """Step after step to the end of a pass."""
    with progress("Rows compared with sealed records") as bar:
        while (statement := going.step()) is None:
            place = going.place()
            bar(place.leaves + place.rows)
    return statement


def _set_right(stores: Stores, wanted: str, reason: str, unproven: Unproven) -> RowSetRight:
    from cocket.cli.base.operator_principal import operator
    from cocket.pipeline.operations.row_repair import RowRepair

    table, _, identity = wanted.partition(" ")
    return RowRepair(stores).set_row_right(operator(), table, identity, reason, unproven)


def _set_all_right(stores: Stores, reason: str, *, json_lines: bool) -> AllSetRight:
    from cocket.cli.base.operator_principal import operator
    from cocket.pipeline.operations.row_repair import RowRepair

    def tell(done: RowSetRight) -> None:
        """Each repair is printed once it is sealed, so that it is seen even if the command is cut off."""
        if not json_lines:
            _say_done(done, json_lines=False)
            sys.stdout.flush()

    return RowRepair(stores).set_all_right(operator(), reason, _whole, tell)


def _say_all(repaired: AllSetRight, *, json_lines: bool) -> None:
    if json_lines:
        json_line(repaired)
        return
    for left in repaired.left:
        complain(shown(f"{left.table} {left.id}: {left.reason}{' ' + left.hint if left.hint else ''}"))
    counts = f"{counted(len(repaired.done), 'row was', 'rows were')} repaired in {counted(repaired.rounds, 'round', 'rounds')}"
    differ = repaired.statement.differences
    still = counted(differ, "row still differs", "rows still differ") if differ else "every row now agrees"
    typer.echo(f"{counts}; {still}.")


def _say_done(done: RowSetRight, *, json_lines: bool) -> None:
    if json_lines:
        json_line(done)
        return
    columns = ", ".join(f"{name} {value}" for name, value in done.columns.items()) or "its MAC"
    typer.echo(shown(f"{done.table} {done.id}: {done.what}, {columns}."))
    if done.earlier:
        told = ", ".join(f"{name} {value}" for name, value in done.earlier.items())
        typer.echo(shown(f"No sealed record has these, and the instance itself wrote it at an earlier time: {told}."))
    if done.unproven:
        told = ", ".join(f"{name} {value}" for name, value in done.unproven.items())
        typer.echo(shown(f"No sealed record has the original value: {told}. It is sealed as {done.what}."))


def _say(
    statement: AuditStatement, differences: list[RowDifference], losses: list[KnownLoss], *, json_lines: bool
) -> None:
    if json_lines:
        for loss in losses:
            json_line({"lost": loss.leaf, "since": loss.since, "reason": loss.reason})
        for one in differences:
            json_line(one)
        json_line({"equal": not (differences or statement.differences), **msgspec.to_builtins(statement)})
        return
    for loss in losses:
        complain(shown(f"leaf {loss.leaf}: content lost, known since {loss.since:%Y-%m-%d %H:%M} UTC: {loss.reason}"))
    missing = sum(one.table == "leaf" and not one.column and one.stands is None for one in differences)
    if missing:
        complain(
            f"{counted(missing, 'leaf is', 'leaves are')} missing: run cocket ledger reimport first. What these leaves sealed cannot "
            "be compared, so rows named below may be genuine; none is repaired before the leaves are back."
        )
    for one in differences:
        where = f"{one.table} {one.id}" + (f", {one.column}" if one.column else "")
        leaf = f" (leaf {one.leaf})" if one.leaf is not None else ""
        complain(shown(f"{where}: found {one.stands or 'nothing'}; sealed: {one.sealed or 'not known'}{leaf}"))
    if differences or statement.differences:
        differ = f"{counted(statement.differences, 'row differs', 'rows differ')} from sealed records."
        next_step = (
            "Restore the missing leaves with cocket ledger reimport, then run cocket ledger audit again."
            if missing
            else "Repair a row with --set-right."
        )
        complain(f"{differ} {next_step}")
    else:
        typer.echo(
            f"{counted(statement.rows, 'row agrees', 'rows agree')} with sealed records, up to leaf {statement.upto}. "
            f"Rows were compared between {statement.began:%Y-%m-%d %H:%M} and {statement.ended:%Y-%m-%d %H:%M} UTC; leaves "
            "that were written to in that time were compared again at its end."
        )
