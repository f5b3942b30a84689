# SPDX-License-Identifier: Apache-2.0
"""`cocket track` for what changes on the way: permissions, other ways allowed, and devices that change hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.cli.commands.track.instance import told
from cocket.errors import SettingsError
from cocket.pipeline.tracking.views import JourneyLine
from cocket.tracking.journey import Authority, Detour

_JourneyArgument = Annotated[str, typer.Argument(help="Id of the journey.")]
_SinceOption = Annotated[str, typer.Option("--since", help="From when, such as 2026-03-02T06:00Z.")]
_UntilOption = Annotated[str, typer.Option("--until", help="Until when.")]


def leave(
    journey: _JourneyArgument,
    act: Annotated[str, typer.Option("--act", help="affix, open or remove.")],
    place: Annotated[str, typer.Option("--at", help="Office or place of the journey where it holds.")],
    since: _SinceOption,
    until: _UntilOption,
    seal: Annotated[
        str | None, typer.Option("--seal", help="Number of the seal; any of the journey's without.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give permission to touch a seal at one place of a journey, within a time that is not past.

    Example:
        cocket track leave 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --act open --at PARK \
            --since 2026-03-02T06:00Z --until 2026-03-02T08:00Z
    """
    if act not in ("affix", "open", "remove"):
        raise SettingsError("--act must be one of affix, open, remove.", code="track-word")
    known: Any = act
    begins, ends, who = _moment(since), _moment(until), operator()
    given = Authority(act=known, officer=who.id, place=place, since=begins, until=ends, seal=seal)
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.journeys) as service:
        line = told(lambda: service.give_leave(who, journey, given))
    _tell(line, f"{act} at {place} {begins:%Y-%m-%d %H:%M}Z to {ends:%Y-%m-%d %H:%M}Z", as_json)


def detour(
    journey: _JourneyArgument,
    corridor: Annotated[str, typer.Option("--corridor", help="Name of the corridor that may be taken as well.")],
    since: _SinceOption,
    until: _UntilOption,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Allow another corridor for a time, such as round a road that is closed.

    Example:
        cocket track detour 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --corridor NORTH \
            --since 2026-03-02T06:00Z --until 2026-03-02T18:00Z --reason "bridge closed"
    """
    begins, ends, who = _moment(since), _moment(until), operator()
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking) as service:
        lines = {one.corridor.name: one.corridor.line for one in service.places.corridors(who)}
        if corridor not in lines:
            raise SettingsError(f"There is no corridor {shown(corridor)}.", code="track-corridor")
        way = Detour(line=lines[corridor], since=begins, until=ends)
        line = told(lambda: service.journeys.allow_detour(who, journey, way, reason))
    _tell(line, f"{corridor} {begins:%Y-%m-%d %H:%M}Z to {ends:%Y-%m-%d %H:%M}Z", as_json)


def custody(
    device: Annotated[str, typer.Argument(help="Name of the device.")],
    issue: Annotated[str | None, typer.Option("--issue", help="Hand it out to this person or carrier.")] = None,
    recover: Annotated[
        str | None, typer.Option("--recover", help="Take it back into the stock of this office.")
    ] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Report that it was not given back.")] = False,
    note: Annotated[str, typer.Option("--note", help="Note; required with --missing.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand a device out, take it back, or report it missing.

    Examples:
        cocket track custody seal-17 --issue "Nile Carriers"

        cocket track custody seal-17 --missing --note "not returned at KEMBA"
    """
    if [issue is not None, recover is not None, missing].count(True) != 1:
        raise SettingsError("Exactly one of --issue, --recover and --missing is needed.", code="track-word")
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.devices) as service:
        if issue is not None:
            found = told(lambda: service.issue_device(operator(), device, issue, note))
        elif recover is not None:
            found = told(lambda: service.recover_device(operator(), device, recover, note))
        else:
            found = told(lambda: service.report_missing(operator(), device, note))
    json_line(found) if as_json else _say(f"{found.id:<24}{found.custody:<9}{found.holder}")


#: What is added to `cocket track`, in the order in which help lists it.
COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    ("leave", leave),
    ("detour", detour),
    ("custody", custody),
)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise SettingsError(f"{shown(text)} is not a time, such as 2026-03-02T06:00Z.", code="track-time") from error
    raise SettingsError(f"{shown(text)} has no time zone, such as Z for UTC.", code="track-time")


def _tell(line: JourneyLine, what: str, as_json: bool) -> None:
    json_line(line) if as_json else _say(f"{line.id}  {line.reference}  {what}")


def _say(line: str) -> None:
    out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
