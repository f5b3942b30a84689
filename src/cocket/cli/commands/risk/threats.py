# SPDX-License-Identifier: Apache-2.0
"""`cocket risk threats`: what chance does not explain in a log."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, json_line, note, out, print_lines, shown
from cocket.cli.commands.risk.hubs import HubsOption, listed_hubs
from cocket.errors import UnreadableError
from cocket.risk.threats import KINDS, Alert, LikelyHub, Limits, Passed, find_likely_hubs, find_threats, read_log

_GZIP = b"\x1f\x8b"
_MOST_BYTES = 2 << 30
_SHOWN = 12


def threats(
    file: Annotated[Path, typer.Argument(help="Log of JSON lines, optionally gzipped.")],
    threshold: Annotated[
        list[float] | None,
        typer.Option(
            "--threshold",
            min=0.01,
            help="Value threshold of simplified clearance, replacing the default; repeatable.",
        ),
    ] = None,
    false_alerts: Annotated[
        float,
        typer.Option(
            "--false-alerts", min=1e-12, max=0.5, help="Highest probability of a false alarm for each detector."
        ),
    ] = Limits().false_alerts,
    systems: Annotated[
        list[str] | None,
        typer.Option("--system", metavar="ACTOR", help="An actor that is not a person, such as the host; repeatable."),
    ] = None,
    hubs_file: HubsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name what in a log of declarations or of officers' acts chance does not explain: kind, who, rows, and why.

    Rows are line numbers, 1 for the first. What is passed over, such as rows that stand there twice, is counted on standard error.
    What looks like a hub is listed after the alerts, and is none. Exit 1 if there is any alert.

    Examples:
        cocket risk threats october.ndjson --threshold 150

        cocket risk threats october.ndjson --hubs business-centres.csv --system ASYCUDA
    """
    limits = Limits(false_alerts=false_alerts, thresholds=tuple(threshold or Limits().thresholds))
    log = read_log(_content(file), systems or ())
    listed = listed_hubs(hubs_file)
    alerts = find_threats(log, limits, hubs=listed)
    likely = find_likely_hubs(log, limits, listed)
    for alert in alerts:
        if as_json:
            json_line(_told(alert))
        else:
            _show(alert)
    if not alerts and not as_json:
        out.print("Nothing beyond what chance explains.")
    if as_json:
        for one in likely:
            json_line({"looks_like_a_hub": one})
    elif likely:
        print_lines(_likely(likely))
    if log.passed.guessed:
        names = ", ".join(log.passed.guessed)
        note(shown(f"Taken for systems, as they set lanes as no person does: {names}. Confirm them with --system."))
    if log.passed.rows:
        note(shown(_passed(log.passed)))
    if alerts:
        raise typer.Exit(1)


def _likely(hubs: Sequence[LikelyHub]) -> Iterator[str]:
    """What looks like a hub, in lines; the rest is counted."""
    yield "Looks like a hub, and accuses no one: confirm, then list it (cocket risk hubs)."
    for one in hubs[:_SHOWN]:
        yield f"  {one.identity} {one.value}: {one.importers:,} importers; others of its kind {one.usual:.1f}"
    if len(hubs) > _SHOWN:
        yield f"  … and {len(hubs) - _SHOWN:,} more; --json lists all"


def _passed(passed: Passed) -> str:
    """What was passed over, in one line."""
    told = (
        (passed.repeated, "rows that stand there twice are counted once"),
        (passed.by_systems, f"lanes set by no person ({', '.join(passed.systems)})"),
        (passed.lanes_unknown, "lanes set that are none of green, blue, yellow, amber and red"),
        (passed.acts_unknown, "acts of a kind that is not known"),
    )
    return f"Passed over: {'; '.join(f'{count:,} {what}' for count, what in told if count)}."


def _told(alert: Alert) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(alert)
    return {**plain, "says": alert.says}


def _show(alert: Alert) -> None:
    out.print(f"[bold]{alert.kind}[/bold]: {KINDS[alert.kind][0]}", highlight=False)
    out.print(f"  who   {', '.join(alert.who)}", markup=False, highlight=False, soft_wrap=True)
    rows = ", ".join(map(str, alert.rows[:_SHOWN])) + (", …" if len(alert.rows) > _SHOWN else "")
    out.print(f"  rows  {rows} ({len(alert.rows)})", highlight=False, soft_wrap=True)
    out.print(f"  when  {alert.first:%Y-%m-%d %H:%M} – {alert.last:%Y-%m-%d %H:%M} UTC", highlight=False)
    chance = (
        f"by chance in fewer than one log in {_in_words(alert.chance)}" if alert.chance else "not explained by chance"
    )
    out.print(f"  why   {alert.says}; {chance}", markup=False, highlight=False, soft_wrap=True)


def _in_words(chance: float) -> str:
    """How seldom; beyond a million a figure says more than is known."""
    return "a million" if chance < 1e-6 else f"{1 / chance:,.0f}"


def _content(file: Path) -> bytes:
    """The file, unpacked once if it is packed.

    Raises:
        SettingsError: It cannot be read.
        UnreadableError: It is damaged, or too large once unpacked.
    """
    raw = read_file(file)
    if not raw.startswith(_GZIP) and file.suffix != ".gz":
        return raw
    try:
        with gzip.open(BytesIO(raw)) as packed:
            content = packed.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(f"{file} cannot be unpacked.", code="file-unreadable") from error
    if len(content) > _MOST_BYTES:
        raise UnreadableError(f"{file} holds more than {_MOST_BYTES >> 30} GiB.", code="log-too-long")
    return content
