# SPDX-License-Identifier: Apache-2.0
"""`cocket track` for the transit unit: tables of network cells, the ledger of guarantees, seals, on-call lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, get_args

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, out, shown
from cocket.cli.commands.track.instance import told
from cocket.errors import SenderError, SettingsError
from cocket.findings import render
from cocket.measures.tariff.numbers import decode_numbers, read_number
from cocket.pipeline.tracking.cell_tables import CellTableView
from cocket.pipeline.tracking.guarantees import GUARANTEE_ACTS, GuaranteeView, NewGuarantee
from cocket.pipeline.tracking.on_call import OnCallView
from cocket.pipeline.tracking.seal_handling import SealAct
from cocket.pipeline.tracking.views import StockDevice
from cocket.tracking.on_call import read_shifts, write_shifts


def cells(
    file: Annotated[
        Path | None, typer.Argument(help="CSV in OpenCelliD's form, such as one country's; may be gzipped.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the table; by default that of the file.")] = None,
    withdraw: Annotated[str | None, typer.Option("--withdraw", help="Name of a table no longer to be used.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is withdrawn.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import places of mobile network cells, withdraw a table, or list those there are.

    A device that reports a place far from every cell it receives raises `cell-contradicts-place`; without a table that rule
    has nothing to go by. Lines that are left out are counted by their reason. A table of the same name is replaced.

    Examples:
        cocket track cells 639.csv.gz --name Kenya

        cocket track cells --withdraw Kenya --reason "older than 18 months"
    """
    if file is not None and withdraw is not None:
        raise SettingsError("A file is imported, or a table withdrawn, not both.", code="track-cells")
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.cells) as service:
        if file is not None:
            content, called = read_file(file), name or file.name.split(".")[0]
            views: tuple[CellTableView, ...] = (told(lambda: service.import_cells(operator(), called, content)),)
        elif withdraw is not None:
            views = (told(lambda: service.withdraw_cells(operator(), withdraw, reason)),)
        else:
            views = service.cell_tables(operator())
    for view in views:
        if as_json:
            json_line(view)
        else:
            _say(_cells_line(view))
    for line, why in views[0].problems if file is not None and not as_json else ():
        complain(f"line {line}: {why}")


def _cells_line(view: CellTableView) -> str:
    left = ", ".join(f"{count} {why}" for why, count in view.left_out.items())
    state = f"withdrawn: {view.reason}" if view.is_withdrawn else "in use"
    codes = ", ".join(str(code) for code in view.countries[:10])
    return f"{view.name:<24}{view.cells:>10,} cells  {codes:<16}{state}{'  left out: ' + left if left else ''}"


def guarantees(
    file: Annotated[Path | None, typer.Argument(help="JSON file of guarantees to register, one a line.")] = None,
    text: Annotated[str, typer.Option("--text", help="Part of a number, principal or guarantor.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register guarantees of transit, or list those there are, the most used first, with sums.

    Each line of the file is an object: reference, type (individual, comprehensive, waiver), holder, guarantor,
    reference_amount, currency, and if wanted valid_from and valid_until. A journey names a guarantee in its `guarantee`.

    Exit 1: a line was refused. Each is said with its number and the reason; the others are registered.

    Examples:
        cocket track guarantees bonds.ndjson

        cocket track guarantees --text "First Bank" --json
    """
    wrong: list[tuple[int, str]] = []
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.guarantees) as service:
        for number, line in enumerate(read_file(file).splitlines() if file is not None else (), start=1):
            if not line.strip():
                continue
            try:
                service.register_guarantee(operator(), decode_numbers(line, _GUARANTEE, is_finite=False))
            except SenderError as error:
                wrong.append((number, " ".join([str(error), *map(render, error.findings)])))
            except ValueError as error:
                wrong.append((number, f"{error}."))
        found = service.guarantees(operator(), text)
    if as_json:
        json_line(found)
    else:
        for view in found.guarantees:
            _say(_line(view))
        for one in (*found.by_holder, *found.by_guarantor):
            _say(
                f"{one.who}: {one.exposure:,f} of {one.reference_amount:,f} {one.currency} in {one.journeys} journeys, "
                f"{one.claimed:,f} claimed"
            )
        _say(f"{len(found.guarantees)} of {found.total} guarantees")
    for number, why in wrong:
        complain(shown(f"line {number}: {why}"))
    if wrong:
        raise typer.Exit(1)


def guarantee(
    number: Annotated[str, typer.Argument(help="Number of the guarantee.")],
    act: Annotated[str | None, typer.Option("--act", help=f"Of: {', '.join(GUARANTEE_ACTS)}.")] = None,
    claim: Annotated[str | None, typer.Option("--claim", help="Amount to claim; 0 takes a claim back.")] = None,
    journey: Annotated[
        str, typer.Option("--journey", help="Journey that it is claimed for: its id or reference.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; required for --act and --claim.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one guarantee with the journeys it secures; suspend, restore or cancel it, or claim what is due.

    Examples:
        cocket track guarantee 26XX1234567890AB1

        cocket track guarantee 26XX1234567890AB1 --claim 500.00 --journey 26XX000000000001T1 --reason "not presented"
    """
    if act is not None and claim is not None:
        raise SettingsError("Choose --act or --claim, not both.", code="track-guarantee")
    if act is not None and act not in GUARANTEE_ACTS:
        raise SettingsError(f"{act} is not one of {', '.join(GUARANTEE_ACTS)}.", code="track-word")
    known: Any = act
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.guarantees) as service:
        if known is not None:
            view = told(lambda: service.change_guarantee(operator(), number, known, reason))
        elif claim is not None:
            amount = amount_of(claim)
            view = told(lambda: service.claim_guarantee(operator(), number, journey, amount, reason))
        else:
            view = service.guarantee(operator(), number)
    if as_json:
        json_line(view)
        return
    _say(_line(view))
    for usage in view.guarantee.usages:
        more = f"  claimed {usage.claimed:,f}: {usage.why}" if usage.claimed else ""
        over = f"  overridden: {usage.override}" if usage.override else ""
        _say(f"    {usage.at:%Y-%m-%d %H:%M}Z  {usage.reference:<24}{usage.amount:>14,f}{more}{over}")


def _line(view: GuaranteeView) -> str:
    one = view.guarantee
    return (
        f"{one.reference:<26}{one.type:<15}{one.state:<11}{view.exposure:>14,f} of {one.reference_amount:,f} "
        f"{one.currency}, {view.left:,f} left  {one.holder}{' / ' + one.guarantor if one.guarantor else ''}"
    )


def seals(
    device: Annotated[str | None, typer.Argument(help="Device; all that were handled as seals if left out.")] = None,
    act: Annotated[str | None, typer.Option("--act", help=f"Of: {', '.join(get_args(SealAct))}.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="For --act calibrate: last day, as YYYY-MM-DD.")] = None,
    note: Annotated[str, typer.Option("--note", help="Note; required to blacklist.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the seals of the stock and how they stand; ask one to arm or disarm, or say what it is fit for.

    A seal is armed, or disarmed, only once its own message shows it.

    Examples:
        cocket track seals

        cocket track seals seal-17 --act arm

        cocket track seals seal-17 --act calibrate --until 2027-06-30
    """
    if act is not None and (device is None or act not in get_args(SealAct)):
        raise SettingsError(f"--act needs a device, and one of {', '.join(get_args(SealAct))}.", code="track-word")
    known: Any = act
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.devices) as service:
        if known is not None and device is not None:
            name = device
            found: tuple[StockDevice, ...] = (
                told(lambda: service.handle_seal(operator(), name, known, note, _day(until))),
            )
        else:
            found = tuple(one for one in service.devices(operator()) if device in (None, one.id))
    for one in found:
        if as_json:
            json_line(one)
        elif one.seal.handling is not None:
            handling = one.seal.handling
            asked = (
                f"{handling.asked}, {'answered' if one.seal.answered_at else 'no answer'}" if handling.asked else "–"
            )
            calibrated = f"  calibrated until {handling.calibrated_until}" if handling.calibrated_until else ""
            _say(f"{one.id:<24}{one.custody:<9}{handling.condition:<13}{asked}{calibrated}")


def on_call(
    file: Annotated[
        Path | None, typer.Argument(help="List to keep: a shift a line, such as: olga mon-fri 06:00-18:00")
    ] = None,
    office: Annotated[str, typer.Option("--office", help="Office it is for; offices without a list by default.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the on-call list of an office, or show the lists and who is on call now.

    A red alert that nobody acknowledges within its clock calls the next of the list, and at the end the supervisors.

    Examples:
        cocket track on-call rota.txt --office KEMBA

        cocket track on-call --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.on_call) as service:
        if file is not None:
            text = text_of(file)
            views: tuple[OnCallView, ...] = (
                told(lambda: service.keep_on_call_list(operator(), office, read_shifts(text))),
            )
        else:
            views = service.on_call_lists(operator())
    for view in views:
        if as_json:
            json_line(view)
            continue
        _say(f"{view.list.office or 'all other offices'}: on call now: {', '.join(view.now) or 'nobody'}")
        for line in write_shifts(view.list.shifts).splitlines():
            _say(f"    {line}")
        for name in view.inbox_only:
            _say(f"    {name} gets calls in the inbox alone")


def text_of(file: Path) -> str:
    """What a file of text holds.

    Raises:
        SettingsError: It is not text.
    """
    try:
        return read_file(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{shown(str(file))} is not text in UTF-8.", code="track-file") from error


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SettingsError(f"{shown(text or '')} is not a day.", expected="YYYY-MM-DD", code="track-day") from error


#: What is added to `cocket track`, in the order in which help lists it.
COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    ("cells", cells),
    ("guarantees", guarantees),
    ("guarantee", guarantee),
    ("seals", seals),
    ("on-call", on_call),
)


_GUARANTEE: Final = msgspec.json.Decoder(NewGuarantee)


def amount_of(text: str) -> Decimal:
    """An amount of the command line.

    Raises:
        SettingsError: It is none.
    """
    try:
        return read_number(text)
    except ValueError as error:
        raise SettingsError(f"{shown(text)} is not an amount.", code="track-amount") from error


def _say(line: str) -> None:
    out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
