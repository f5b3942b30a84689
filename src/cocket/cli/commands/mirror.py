# SPDX-License-Identifier: Apache-2.0
"""`cocket mirror`: a partner administration's records of trade compared with ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args

import httpx
import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, shown
from cocket.errors import PartnerError, SettingsError
from cocket.mirror import Asymmetry
from cocket.pipeline.consignment.mirror_records import MirrorExchange
from cocket.pipeline.queries.mirror import MirrorFilter, MirrorReport, Side, Wanted
from cocket.pipeline.queries.private_runs import PrivateRun
from cocket.risk.suspicion import in_place

app = typer.Typer(
    name="mirror", no_args_is_help=True, help="Records of trade exchanged with partner administrations, and compared."
)

private = typer.Typer(
    no_args_is_help=True,
    help="Find the consignments that two administrations both know, without telling each other the rest.",
)
app.add_typer(private, name="private")

PartnerOption = Annotated[
    str, typer.Option("--partner", metavar="CC", help="The partner's country, ISO 3166 alpha-2, such as XA.")
]


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter("This is not a month such as 2026-11.") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


def _one_of(kind: Any) -> Callable[[str], str]:
    """A parser of one of some words."""

    def parse(text: str) -> str:
        if text not in get_args(kind):
            raise typer.BadParameter(f"This is none of {', '.join(get_args(kind))}.")
        return text

    return parse


@app.command("take")
def take(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Declarations of the partner in any standard, or a file of records."),
    ],
    partner: PartnerOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Import declarations of a partner as records of its trade, under an agreement in force.

    What the agreement does not name is neither used nor kept. Dossiers are compared with the records as they come.

    Example:
        cocket mirror take exports.xml --partner XA
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.mirror) as mirror:
        for file in files:
            made = mirror.give_records(operator(), read_file(file), partner)
            if json_lines:
                json_line({"file": str(file), **msgspec.to_builtins(made)})
            else:
                out.print(shown(f"{file}: {_line(made)}"), markup=False, highlight=False, soft_wrap=True)


@app.command("give")
def give(
    partner: PartnerOption,
    since: Annotated[date, typer.Option("--since", parser=_day, metavar="DAY", help="First day.")],
    until: Annotated[date, typer.Option("--until", parser=_day, metavar="DAY", help="Last day.")],
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write the records to, as JSON lines.")],
    purpose: Annotated[
        str,
        typer.Option(
            "--purpose", help="For what; the agreement must name it, and its first purpose is taken if none is given."
        ),
    ] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write our records of some days, with the fields that the agreement names; sealed before they are written.

    Each record is sealed as a look of the partner at its dossier and declaration, as if it had been sent.

    Example:
        cocket mirror give --partner XA --since 2026-11-01 --until 2026-11-30 --out november.jsonl
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.mirror) as mirror:
        made, records = mirror.export_records(operator(), partner, since, until, purpose)
    _write(file, b"".join(msgspec.json.encode(one) + b"\n" for one in records))
    if json_lines:
        json_line(made)
    else:
        out.print(shown(f"{file}: {_line(made)}"), markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_exchanges(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List exchanges with partners, newest first; the look is sealed.

    Example:
        cocket mirror list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.mirror) as mirror:
        found = mirror.exchanges(operator())
    if not found and not json_lines:
        out.print("No exchange yet.")
    for one in found:
        if json_lines:
            json_line(one)
        else:
            told = f"{one.at:%Y-%m-%d %H:%M} UTC {one.country} {one.direction} under {one.agreement}: {_line(one)}"
            out.print(shown(told), markup=False, highlight=False, soft_wrap=True)


@app.command("report")
def report(
    partner: PartnerOption,
    month: Annotated[date, typer.Option("--month", parser=_month, metavar="MONTH", help="The month, as 2026-11.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show what both sides declared of a month, by chapter, with what has no counterpart.

    Imports are brought to the value of exports by a factor that is shown; a chapter with few traders is masked.

    Example:
        cocket mirror report --partner XA --month 2026-11
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.mirror) as mirror:
        found = mirror.report(operator(), partner, month)
    if json_lines:
        json_line(found)
    else:
        _print(found)


@app.command("shipments")
def shipments(
    partner: PartnerOption,
    month: Annotated[date, typer.Option("--month", parser=_month, metavar="MONTH", help="The month, as 2026-11.")],
    state: Annotated[
        str,
        typer.Option("--state", parser=_one_of(Wanted), metavar="STATE", help=f"One of {', '.join(get_args(Wanted))}."),
    ] = "differing",
    side: Annotated[
        str,
        typer.Option(
            "--side",
            parser=_one_of(Side),
            metavar="SIDE",
            help="imports: their exports against our imports; exports: ours against their imports.",
        ),
    ] = "imports",
    offset: Annotated[int, typer.Option("--offset", min=0, help="Shipments to leave out at the start.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Shipments to list at most.")] = 50,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List the shipments that the report of a month counts: those that differ, or have no counterpart; the look is sealed.

    Example:
        cocket mirror shipments --partner XA --month 2026-11 --state missing
    """
    chosen: dict[str, Any] = {"side": side, "state": state}
    wanted = MirrorFilter(**chosen, offset=offset, limit=limit)
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.mirror) as mirror:
        found = mirror.shipments(operator(), partner, month, wanted)
    if json_lines:
        json_line(found)
        return
    for one in found.shipments:
        ours = ", ".join(f"{number or '–'} ({dossier})" for dossier, number in one.ours) or "–"
        theirs = ", ".join(one.theirs) or "–"
        told = [in_place(each.message, each.arguments) for each in one.differences]
        told += [in_place(each.message, each.arguments) for each in one.notes]
        words = (
            "; ".join(told) or f"{one.flow} {one.state.replace('-', ' ')}{f' until {one.until}' if one.until else ''}"
        )
        line = f"{one.day}  ours {ours}  theirs {theirs}  {' '.join(one.subheadings) or '–'}  {words}"
        out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
    last = offset + len(found.shipments)
    out.print(f"{offset + 1 if found.shipments else 0} to {last} of {found.total}", highlight=False)


@private.command("begin")
def begin(
    partner: PartnerOption,
    since: Annotated[date, typer.Option("--since", parser=_day, metavar="DAY", help="First day.")],
    until: Annotated[date, typer.Option("--until", parser=_day, metavar="DAY", help="Last day.")],
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write the opening to.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Begin a run: write the opening, which holds no name, for the partner.

    Example:
        cocket mirror private begin --partner XA --since 2026-11-01 --until 2026-11-30 --out opening.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.private_runs) as runs:
        run, opening = runs.begin_run(operator(), partner, since, until)
    _write(file, opening)
    if json_lines:
        json_line(run)
    else:
        out.print(f"Run {run.session}: {run.own} names, sent as {run.sent} points.", highlight=False)


@private.command("answer")
def answer_opening(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Opening of the partner.")],
    partner: PartnerOption,
    reply_file: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write the reply to.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Answer an opening: write the reply, for the partner.

    Example:
        cocket mirror private answer opening.json --partner XB --out reply.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.private_runs) as runs:
        run, reply = runs.answer_run(operator(), read_file(file), partner)
    _write(reply_file, reply)
    if json_lines:
        json_line(run)
    else:
        out.print(
            f"Run {run.session}: {run.own} names, sent as {run.sent} points; {run.received} came.", highlight=False
        )


@private.command("finish")
def finish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Reply of the partner.")],
    closing_file: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write the closing to.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Read the reply: say what both know, and write the closing, by which the partner learns it too.

    Example:
        cocket mirror private finish reply.json --out closing.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.private_runs) as runs:
        run, closing = runs.finish_run(operator(), read_file(file))
    _write(closing_file, closing)
    _say(run, json_lines)


@private.command("close")
def close(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Closing of the partner.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Read the closing of a run that was answered here: say what both know.

    Example:
        cocket mirror private close closing.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.private_runs) as runs:
        run = runs.close_run(operator(), read_file(file))
    _say(run, json_lines)


@private.command("run")
def run_with(
    partner: PartnerOption,
    since: Annotated[date, typer.Option("--since", parser=_day, metavar="DAY", help="First day.")],
    until: Annotated[date, typer.Option("--until", parser=_day, metavar="DAY", help="Last day.")],
    to: Annotated[
        str | None,
        typer.Option(
            "--to", help="Address of the partner's server where it knows us by an API key, not by a signature."
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", envvar="COCKET_KEY", help="The partner's API key for us; preferably in COCKET_KEY."),
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Run all steps against a partner's server, and say what both know.

    Without --to the steps go as signed messages, under an agreement that names the partner's keys; what cannot be sent
    now waits, and goes by itself.

    Examples:
        cocket mirror private run --partner XA --since 2026-11-01 --until 2026-11-30

        COCKET_KEY=… cocket mirror private run --partner XA --since 2026-11-01 --until 2026-11-30 --to https://customs.example
    """
    if not to:
        with open_service(
            settings_of(**home_option(home)), lambda one: (one.partners.exchange, one.queries.private_runs)
        ) as (exchange, runs):
            exchange.begin_private(operator(), partner, since, until)
            exchange.send_waiting(operator())
            _say(runs.runs(operator())[0], json_lines)
        return
    if not key:
        raise SettingsError("No API key was given.", hint="Set COCKET_KEY, or give --key.")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with (
        open_service(settings_of(**home_option(home)), lambda one: one.queries.private_runs) as runs,
        httpx.Client(base_url=to, headers=headers, timeout=600.0, trust_env=False) as client,
    ):
        _, opening = runs.begin_run(operator(), partner, since, until)
        run, closing = runs.finish_run(operator(), _sent(client, "/v1/mirror/private", opening))
        _sent(client, "/v1/mirror/private/closings", closing)
    _say(run, json_lines)


@private.command("list")
def list_runs(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List runs, last changed first; the look is sealed.

    Example:
        cocket mirror private list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.private_runs) as runs:
        found = runs.runs(operator())
    if not found and not json_lines:
        out.print("No run yet.")
    for one in found:
        _say(one, json_lines)


def _sent(client: httpx.Client, path: str, content: bytes) -> bytes:
    try:
        answer = client.post(path, content=content)
    except httpx.HTTPError as error:
        raise PartnerError(
            f"The partner's server does not answer: {error}.", hint="The run stays open here."
        ) from error
    if answer.status_code != httpx.codes.OK:
        raise PartnerError(f"The partner's server answered {answer.status_code}: {answer.text[:400]}")
    return answer.content


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}.") from error


def _say(run: PrivateRun, json_lines: bool) -> None:
    if json_lines:
        json_line(run)
        return
    told = f"Run {run.session} with {run.country}, {run.first} to {run.last}: "
    told += (
        f"{len(run.common)} of our {run.own} names are the partner's too; {run.received} points came, padding included. "
        "Each side put in what was declared to it on these days; a shipment that was declared before or after them there is not in common"
    )
    out.print(
        shown(told if run.stage == "done" else f"{told.partition(':')[0]}: open"), highlight=False, soft_wrap=True
    )
    for name in run.common:
        out.print(shown(f"    {name}"), markup=False, highlight=False, soft_wrap=True)


def _line(one: MirrorExchange) -> str:
    counts = [f"{one.taken} {'given' if one.direction == 'out' else 'taken'}"]
    counts += [f"{getattr(one, name)} {name}" for name in ("changed", "repeated", "withdrawn") if getattr(one, name)]
    counts += [f"{count} left out ({why.replace('-', ' ')})" for why, count in one.left_out.items()]
    return ", ".join(counts)


def _print(found: MirrorReport) -> None:
    out.print(
        f"{found.month:%Y-%m}, partner {found.country}, under {shown(found.agreement)}, as of {found.day}",
        markup=False,
        highlight=False,
    )
    _print_side("Their exports against our imports", found.imports, is_doubtful=found.is_doubtful[0])
    _print_side("Our exports against their imports", found.exports, is_doubtful=found.is_doubtful[1])
    if found.unnamed:
        out.print(f"The agreement does not name {', '.join(found.unnamed)} any more: not used.", highlight=False)
    if found.undated:
        out.print(f"{found.undated} of our declarations left out: no day can be read.", highlight=False)


def _print_side(title: str, one: Asymmetry, *, is_doubtful: bool) -> None:
    if not one.exports and not one.imports:
        out.print(f"{title}: nothing on either side.", highlight=False)
        return
    table = Listing(
        "chapter", "exports", "imports", "exported", "imported", "factor", "asymmetry", "matched", title=title
    )
    for cell in one.cells:
        values = ["masked", "masked"] if cell.is_masked else [_figure(cell.export_value), _figure(cell.import_value)]
        table.add_row(
            cell.chapter, str(cell.exports), str(cell.imports), *values, _figure(cell.factor),
            "–" if cell.asymmetry is None else f"{cell.asymmetry:+.1%}", f"{cell.matched} of {cell.exports}",
        )  # fmt: skip
    out.print(table)
    factor = "not known: too few pairs" if one.factor is None else f"{one.factor} (median of {one.pairs} pairs)"
    out.print(
        f"Values in {one.currency or 'no currency: no tariff is loaded'}; CIF/FOB factor {factor}.", highlight=False
    )
    for name, matched, states, total in (
        ("exports", one.matched_exports, one.export_states, one.exports),
        ("imports", one.matched_imports, one.import_states, one.imports),
    ):
        others = ", ".join(f"{count} {state.replace('-', ' ')}" for state, count in states.items() if count)
        out.print(f"Of {total} {name} {matched} matched{f'; {others}' if others else ''}.", highlight=False)
    if one.differing:
        out.print(f"{one.differing} matched shipments differ: cocket mirror shipments lists them.", highlight=False)
    if one.values_left:
        out.print(
            f"Values of {one.values_left} matched shipments were not compared: no exchange rate is known, or a side states none.",
            highlight=False,
        )
    if is_doubtful:
        out.print("Hardly any record has a counterpart: the two sides are hardly of the same trade.", highlight=False)


def _figure(value: object) -> str:
    return "–" if value is None else f"{value:,f}" if hasattr(value, "as_tuple") else str(value)
