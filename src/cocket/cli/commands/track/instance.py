# SPDX-License-Identifier: Apache-2.0
"""`cocket track` in the house: places laid down, journeys activated and discharged, alerts dealt with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import AlwaysJsonOption, HomeOption, JsonOption, complain, json_line, out, shown
from cocket.errors import SenderError, SettingsError
from cocket.findings import render
from cocket.pipeline.tracking.views import (
    AlertFilter,
    AlertView,
    CloseReason,
    Corridor,
    JourneyLine,
    NewJourney,
)
from cocket.tracking.alerts import KINDS
from cocket.tracking.geometry import Fence

_T = TypeVar("_T")


class _Places(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of places."""

    geofences: tuple[Fence, ...] = ()
    corridors: tuple[Corridor, ...] = ()


def places(
    file: Annotated[Path | None, typer.Argument(help="JSON file of geofences and corridors to add.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lay down geofences and corridors from a file, or list those that are there.

    Example:
        cocket track places border.json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.places) as service:
        if file is not None:
            given = _read(file, _Places)
            for fence in given.geofences:
                told(lambda fence=fence: service.put_geofence(operator(), fence))  # type: ignore[misc]
            for corridor in given.corridors:
                told(lambda corridor=corridor: service.put_corridor(operator(), corridor))  # type: ignore[misc]
        fences, corridors = service.geofences(operator()), service.corridors(operator())
    for one in (*fences, *corridors):
        if as_json:
            json_line(one)
    if not as_json:
        _lines(f"{one.fence.name:<24}{one.fence.purpose:<16}version {one.version}" for one in fences)
        _lines(f"{one.corridor.name:<24}{'corridor':<16}{one.length_m / 1000:,.0f} km" for one in corridors)


def activate(
    file: Annotated[Path, typer.Argument(help="JSON file of the journey.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Activate a journey at its office of departure.

    Example:
        cocket track activate journey.json
    """
    plan = _read(file, NewJourney)
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.journeys) as journeys:
        _show_journeys([told(lambda: journeys.activate_journey(operator(), plan))], as_json)


def journeys(
    state: Annotated[str, typer.Option("--state", help="under-way, arrived, discharged or all.")] = "under-way",
    text: Annotated[str, typer.Option("--text", help="Words to search for.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List journeys, those with red alerts first.

    Example:
        cocket track journeys --state all
    """
    known: Any = _one_of(state, ("under-way", "arrived", "discharged", "all"))
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.journeys) as service:
        _show_journeys(service.journeys(operator(), known, text).lines, as_json)


def journey(
    journey_id: Annotated[str, typer.Argument(help="Id of the journey.")],
    standard: Annotated[str | None, typer.Option("--as", help="epcis or dcsa: export events instead.")] = None,
    home: HomeOption = None,
    _as_json: AlwaysJsonOption = False,
) -> None:
    """Print one journey in full as JSON, or as events in a standard.

    Example:
        cocket track journey 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --as epcis
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.journeys) as journeys:
        if standard is None:
            json_line(journeys.journey(operator(), journey_id))
            return
        known: Any = _one_of(standard, ("epcis", "dcsa"))
        sys.stdout.buffer.write(journeys.journey_events(operator(), journey_id, known) + b"\n")


def discharge(
    journey_id: Annotated[str, typer.Argument(help="Id of the journey.")],
    note: Annotated[str, typer.Option("--note", help="What was observed at destination.")] = "",
    irregular: Annotated[
        bool, typer.Option("--irregular", help="Discharge although a seal is not whole; --note gives the reason.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Discharge a journey at destination, and release its guarantee.

    Example:
        cocket track discharge 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --note "seals whole"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.journeys) as journeys:
        line = told(lambda: journeys.discharge_journey(operator(), journey_id, note, is_irregular=irregular))
        _show_journeys([line], as_json)


def alerts(
    state: Annotated[str, typer.Option("--state", help="to-do, all, withdrawn, or a state.")] = "to-do",
    severity: Annotated[str | None, typer.Option("--severity", help="red or amber; both by default.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only alerts of this kind, such as seal-opened.")] = None,
    journey: Annotated[str | None, typer.Option("--journey", help="Only those of the journey of this id.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="Words to find in kind, device and reference.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose response is late.")] = False,
    order: Annotated[
        str, typer.Option("--order", help="newest (red first), or stake: by journey, most at stake first.")
    ] = "newest",
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="Most alerts to list.")] = 200,
    offset: Annotated[int, typer.Option("--offset", min=0, help="Alerts to leave out at the start.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List alerts, and say how many of how many.

    With --json the last line is an object with `shown` and `total`.

    Examples:
        cocket track alerts --json

        cocket track alerts --severity red --overdue --order stake
    """
    states = ("to-do", "all", "withdrawn", "open", "acknowledged", "assigned", "dispatched", "closed")
    wanted: dict[str, Any] = {
        "state": _one_of(state, states),
        "severity": _one_of(severity, ("red", "amber")) if severity is not None else None,
        "kind": _one_of(kind, tuple(sorted(KINDS))) if kind is not None else None,
        "order": _one_of(order, ("newest", "stake")),
    }
    more: dict[str, Any] = {"journey": journey, "text": text, "is_overdue": overdue, "limit": limit, "offset": offset}
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.alerts) as service:
        queue = service.alerts(operator(), AlertFilter(**wanted, **more))
    _show_alerts(queue.alerts, as_json)
    if as_json:
        json_line({"shown": len(queue.alerts), "total": queue.total})
    else:
        _lines([f"{len(queue.alerts)} of {queue.total:,} alerts"])


def handle(
    alert_id: Annotated[str, typer.Argument(help="Id of the alert.")],
    assign: Annotated[str | None, typer.Option("--assign", help="Officer to give it to.")] = None,
    unit: Annotated[str | None, typer.Option("--dispatch", help="Response unit to send.")] = None,
    there: Annotated[bool, typer.Option("--there", help="Record that the unit is there.")] = False,
    close: Annotated[str | None, typer.Option("--close", help=f"Of: {', '.join(get_args(CloseReason))}.")] = None,
    note: Annotated[str, typer.Option("--note", help="Note; required to close.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Acknowledge an alert; or assign it, send a unit, record it as there, or close it.

    Example:
        cocket track handle 5f0c… --close explained --note "opened by the border police"
    """
    reason: Any = _one_of(close, get_args(CloseReason)) if close is not None else None
    if reason is not None and not note.strip():
        raise SettingsError(
            "A note is required to close an alert.", hint="Describe with --note what was found.", code="track-note"
        )
    with open_service(settings_of(**home_option(home)), lambda one: one.tracking.alerts) as alerts:
        if assign is not None:
            view = told(lambda: alerts.assign(operator(), alert_id, assign, note))
        elif unit is not None:
            view = told(lambda: alerts.dispatch_unit(operator(), alert_id, unit, note))
        elif there:
            view = told(lambda: alerts.report_there(operator(), alert_id, note))
        elif reason is not None:
            view = told(lambda: alerts.close_alert(operator(), alert_id, reason, note))
        else:
            view = told(lambda: alerts.acknowledge(operator(), alert_id, note))
    _show_alerts([view], as_json)


#: What is added to `cocket track`, in the order in which help lists it.
COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("places", places),
    ("activate", activate),
    ("journeys", journeys),
    ("journey", journey),
    ("discharge", discharge),
    ("alerts", alerts),
    ("handle", handle),
)


def told(act: Callable[[], _T]) -> _T:
    """What an act of the instance gives; its findings are said on stderr first where it is refused."""
    try:
        return act()
    except SenderError as error:
        for finding in error.findings:
            complain(shown(render(finding)))
        raise


def _read(file: Path, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(read_file(file), type=kind)
    except msgspec.MsgspecError as error:
        raise SettingsError(f"{shown(str(file))} cannot be read: {error}.", code="track-file") from error


def _one_of(word: str, words: tuple[str, ...]) -> Literal["all"] | str:
    if word not in words:
        raise SettingsError(f"{word} is not one of {', '.join(words)}.", code="track-word")
    return word


def _show_journeys(lines: Iterable[JourneyLine], as_json: bool) -> None:
    for line in lines:
        if as_json:
            json_line(line)
            continue
        share = "" if line.share is None else f"{line.share:.0%}"
        told = f"{line.red} red, {line.amber} amber" if line.red or line.amber else ""
        told += f"  {line.late_s / 3600:.1f} h late" if line.late_s is not None and line.late_s > 0 else ""
        _lines(
            [f"{line.id}  {line.reference:<24}{line.state:<12}{share:>5}  {line.seal:<10}{line.guarantee:<10}{told}"]
        )


def _show_alerts(views: Iterable[AlertView], as_json: bool) -> None:
    for view in views:
        if as_json:
            json_line(view)
            continue
        due = view.clocks
        waits = f"  overdue: {due.waits_for} by {due.due:%H:%M}Z" if due.is_overdue and due.due else ""
        late = " late" if view.told == "raised-late" else ""
        state = "withdrawn" if view.is_withdrawn else view.state
        where = view.reference or view.subject
        _lines(
            [
                f"{view.id}  {view.severity:<6}{view.since:%Y-%m-%d %H:%M}{late:<6}{state:<13}{where}: {view.message}{waits}"
            ]
        )


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
