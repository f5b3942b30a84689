# SPDX-License-Identifier: Apache-2.0
"""`cocket continuity`: gateways of offices, what waits of them for an officer, and the register of outages."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.errors import SettingsError
from cocket.pipeline.base.gateway_files import Gateway, HeldEntry
from cocket.pipeline.base.outage_files import REGIMES, Outage, Regime
from cocket.pipeline.partners.outages import NewOutage

app = typer.Typer(
    name="continuity",
    no_args_is_help=True,
    help="When the line is down: gateways of offices, what waits of them for an officer, and outages.",
)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words; it is recorded.", show_default=False)]
MomentOption = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Such as 2026-11-25T06:10Z; now if not given.")
]


class Decision(Enum):
    """What becomes of an entry that waits."""

    TAKE = "take"
    LEAVE = "leave"


@app.command("register-gateway")
def register(
    vkey: Annotated[str, typer.Argument(metavar="VKEY", help="Public key that cocket gateway init printed.")],
    office: Annotated[str, typer.Option("--office", help="Customs office where it stands.", show_default=False)],
    key: Annotated[
        str,
        typer.Option(
            "--key", help="Name of its API key; it may bring messages of the key's senders.", show_default=False
        ),
    ],
    late_hours: Annotated[
        int, typer.Option("--late-hours", help="What the gateway received longer ago is shown to an officer.")
    ] = 24,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Register the gateway of an office.

    Example:
        cocket continuity register-gateway alpha-gate+1f2e3d4c+AQ… --office XAPRT001 --key alpha-gate
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        made = gateways.register_gateway(operator(), vkey, office, key, late_hours)
    _tell_gateway(made, json_lines)


@app.command("gateways")
def list_gateways(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List gateways, and how far their entries have come; the look is sealed. Exit 1 if one is forked.

    Example:
        cocket continuity gateways
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        found = gateways.gateways(operator())
    if not found and not json_lines:
        out.print("No gateway is registered.")
    for one in found:
        _tell_gateway(one, json_lines)
    if any(one.state == "forked" for one in found):
        raise typer.Exit(1)


@app.command("end-gateway")
def end(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the gateway.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take nothing of a gateway any more.

    Example:
        cocket continuity end-gateway alpha-gate --reason "replaced after the flood"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        made = gateways.end_gateway(operator(), name, reason)
    _tell_gateway(made, json_lines)


@app.command("held")
def list_held(
    is_settled: Annotated[bool, typer.Option("--settled", help="Those that were decided instead.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List entries of gateways that wait for an officer, oldest first; the look is sealed. Exit 1 if one waits.

    Example:
        cocket continuity held
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        found = gateways.held_entries(operator(), is_settled=is_settled)
    if not found and not json_lines:
        out.print("Nothing waits." if not is_settled else "Nothing was decided yet.")
    for one in found:
        _tell_held(one, json_lines)
    if found and not is_settled:
        raise typer.Exit(1)


@app.command("settle")
def settle(
    held: Annotated[str, typer.Argument(metavar="ENTRY", help="Gateway and number, such as alpha-gate-17.")],
    decision: Annotated[Decision, typer.Argument(help="take: accept it after all; leave: leave it as it is.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Decide what becomes of an entry that waits.

    Example:
        cocket continuity settle alpha-gate-17 leave --reason "lodged on paper, form 12"
    """
    wanted = "taken-in" if decision is Decision.TAKE else "left"
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        made = gateways.settle_entry(operator(), held, "taken-in" if wanted == "taken-in" else "left", reason)
    _tell_held(made, json_lines)


@app.command("open-outage")
def open_outage(
    system: Annotated[list[str], typer.Option("--system", help="What is down; repeatable.", show_default=False)],
    reason: ReasonOption,
    office: Annotated[str, typer.Option("--office", help="Office that it is at; all if not given.")] = "",
    begins: MomentOption = None,
    regime: Annotated[
        list[str] | None,
        typer.Option(
            "--regime",
            help="PROCEDURE=ends-on-paper or PROCEDURE=captured-later; procedures are import, export, transit, entry and other. "
            "What is not named is captured later.",
        ),
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Enter an outage, which allows to go on without the systems; print the number to quote.

    Example:
        cocket continuity open-outage --office XAPRT001 --system line --regime transit=ends-on-paper --reason "cable cut"
    """
    new = NewOutage(
        office=office,
        begins=_moment(begins),
        systems=tuple(system),
        regimes=dict(map(_regime, regime or ())),
        reason=reason,
    )
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.outages) as outages:
        made = outages.open_outage(operator(), new)
    _tell_outage(made, json_lines)


@app.command("close-outage")
def close_outage(
    outage: Annotated[str, typer.Argument(metavar="OUTAGE", help="Its number.")],
    ends: MomentOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """End an outage.

    Example:
        cocket continuity close-outage XAPRT001-2026-1
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.outages) as outages:
        made = outages.close_outage(operator(), outage, _moment(ends))
    _tell_outage(made, json_lines)


@app.command("outages")
def list_outages(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List outages, the newest first; the look is sealed.

    Example:
        cocket continuity outages
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.outages) as outages:
        found = outages.outages(operator())
    if not found and not json_lines:
        out.print("No outage is entered.")
    for one in found:
        _tell_outage(one, json_lines)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError("This is not a moment.", expected="such as 2026-11-25T06:10Z", found=text[:40]) from error
    if moment.tzinfo is None:
        raise SettingsError("The moment needs its time zone.", expected=f"such as {text[:20]}Z", found=text[:40])
    return moment


def _regime(text: str) -> tuple[str, Regime]:
    procedure, _, name = text.partition("=")
    for one in REGIMES:
        if one == name:
            return procedure, one
    raise SettingsError("This is not a regime.", expected="such as transit=ends-on-paper", found=text[:60])


def _tell_gateway(one: Gateway, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    counts = ", ".join(f"{number} {outcome}" for outcome, number in one.counts.items()) or "nothing brought yet"
    clock = f"; its clock is off by {one.clock_off_seconds} s" if abs(one.clock_off_seconds) >= 120 else ""
    why = f" ({one.why})" if one.why else ""
    out.print(
        shown(f"{one.name}  {one.office}  {one.state}{why}  key {one.key}  up to entry {one.last}: {counts}{clock}"),
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _tell_held(one: HeldEntry, json_lines: bool) -> None:
    if json_lines:
        json_line({name: value for name, value in _shown_held(one).items() if value not in ("", None)})
        return
    ending = f"  {one.settled.replace('-', ' ')} by {one.by}: {one.words}" if one.settled else ""
    told = f"{one.id}  {one.why.replace('-', ' ')}  sender {one.sender or 'not known'}  captured {one.captured:%Y-%m-%d %H:%M} UTC"
    out.print(shown(f"{told}{ending}"), markup=False, highlight=False, soft_wrap=True)


def _shown_held(one: HeldEntry) -> dict[str, object]:
    return {
        "id": one.id, "gateway": one.gateway, "office": one.office, "sequence": one.sequence, "why": one.why, "sender": one.sender,
        "key": one.key, "captured": one.captured.isoformat(), "came": one.came.isoformat(), "message": one.message,
        "outage": one.outage, "settled": one.settled, "words": one.words, "by": one.by if one.settled else "",
    }  # fmt: skip


def _tell_outage(one: Outage, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    until = f"{one.ends:%Y-%m-%d %H:%M} UTC" if one.ends is not None else "it lasts"
    regimes = "".join(f"; {procedure} {regime.replace('-', ' ')}" for procedure, regime in one.regimes.items())
    told = (
        f"{one.id}  {one.office or 'all offices'}  {one.begins:%Y-%m-%d %H:%M} UTC to {until}  {', '.join(one.systems)}"
    )
    out.print(
        shown(f"{told}{regimes}  allowed by {one.allowed_by}: {one.reason}"),
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
