# SPDX-License-Identifier: Apache-2.0
"""`cocket trs`: release times, from this instance or from a table of stamps of another system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, note, out, shown
from cocket.control import OfficeBook, read_offices
from cocket.errors import SettingsError
from cocket.pipeline.trials.release_times import ReleaseQuestion, question_of
from cocket.trials.release import (
    DIMENSIONS,
    Calendars,
    Collected,
    Published,
    StampFile,
    Study,
    Times,
    collect,
    published,
    read_clocks,
    read_hours,
    read_stamps,
    write_xes,
)
from cocket.trials.release.files import PROBLEMS, STILL_COUNTS, begun, within
from cocket.trials.release.page import PERCENTILES, doubt_of, in_hours, write_page
from cocket.trials.release.publish import COUNT_NAMES, METHOD, SEGMENT_NAMES
from cocket.trials.release.stamps import ACTOR_NAMES, KIND_NAMES
from cocket.trials.release.study import DIMENSION_NAMES
from cocket.workbench.trials.release_labels import write_csv

app = typer.Typer(
    name="trs",
    no_args_is_help=True,
    help="Release times: how long consignments take from arrival to the gate, and where the time goes.",
)

#: Problems of rows that are printed (count); all of them are in the answer with --json.
_PRINTED: Final = 50


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    XES = "xes"


Since = Annotated[str, typer.Option("--from", metavar="DAY", help="First day, as 2026-11-01; without, 30 days.")]
Until = Annotated[str, typer.Option("--to", metavar="DAY", help="Last day; without, today.")]
By = Annotated[str, typer.Option("--by", metavar="GROUP", help=f"Group by {', '.join(DIMENSIONS)}.")]
Hours = Annotated[str, typer.Option("--hours", metavar="HOURS", help="Hours of an open day, as 08:00-17:00.")]
Clocks = Annotated[str, typer.Option("--clocks", metavar="SOURCE=SECONDS", help="Seconds by which clocks are fast.")]


@app.callback()
def _group() -> None:
    """Release times."""


@app.command("report")
def report(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Table of stamps of another system; without, this instance.")
    ] = None,
    *,
    since: Since = "",
    until: Until = "",
    by: By = "lane",
    hours: Hours = "",
    clocks: Clocks = "",
    publish: Annotated[
        bool, typer.Option("--publish", help="Only what may be published: small groups masked, no consignment named.")
    ] = False,
    zone: Annotated[
        str,
        typer.Option(
            "--zone", metavar="ZONE", help="Of FILE: zone of times without an offset, such as Africa/Nairobi."
        ),
    ] = "UTC",
    as_of: Annotated[
        str,
        typer.Option("--as-of", metavar="MOMENT", help="Of FILE: up to when it was written; without, its last stamp."),
    ] = "",
    offices: Annotated[
        Path | None,
        typer.Option("--offices", metavar="FILE", help="Of FILE: calendars of offices, as an instance keeps them."),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="How to write it; html is what may be published.")
    ] = Format.TEXT,
    target: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write it to.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Report release times of consignments declared on some days, by group.

    FILE is a CSV with a header and a row for each stamp: consignment, kind, at, source, and as far as they are known office,
    lane, mode, regime, aeo, agency, trader, actor, announced, cancelled. What is wrong with a row is said of that row.

    Examples:
        cocket trs report --from 2026-11-01 --to 2026-11-30 --by office

        cocket trs report stamps.csv --zone Africa/Nairobi --format html --out release-times.html
    """
    form = Format.JSON if json_lines else form
    asked = {"since": since, "until": until, "by": by, "hours": hours, "clocks": clocks}
    question = question_of(asked)
    if file is None:
        if form is Format.XES:
            raise SettingsError("An event log is written of a FILE alone.", hint="Choose another --format.")
        with open_service(settings_of(**home_option(home)), lambda one: one.trials.release_times) as service:
            if publish or form is Format.HTML:
                found = service.published_times(operator(), question)
                _give(_shown(found, form, settings_of(**home_option(home)).administration), target)
            else:
                view = service.release_times(operator(), question)
                _give(_json(view) if form is Format.JSON else _study(view.study, form), target)
        return
    table = read_stamps(read_file(file), _zone(zone))
    if form is Format.XES:
        _give(write_xes(table.cases), target)
        _complain(table)
        return
    study, before = _of_file(table, question, _zone(zone), (as_of, offices))
    if form is Format.JSON:
        whole = {"file": msgspec.structs.asdict(table) | {"cases": len(table.cases)}}
        told = {"published": published(study, before)} if publish else {"study": study}
        _give([msgspec.json.encode(whole | told).decode() + "\n"], target)
        return
    if publish or form is Format.HTML:
        _give(_shown(published(study, before), form, ""), target)
    else:
        _give(_study(study, form), target)
    _complain(table)


def _of_file(
    table: StampFile, question: ReleaseQuestion, zone: ZoneInfo, how: tuple[str, Path | None]
) -> tuple[Study, Study | None]:
    """The study of a table, and that of as many days before where the days are named."""
    moments = [one for one in map(begun, table.cases) if one is not None]
    last_stamp = max(
        (stamp.at for case in table.cases for stamp in case.stamps), default=datetime(1970, 1, 1, tzinfo=UTC)
    )
    cut = _moment(how[0], zone) if how[0] else last_stamp
    book = read_offices(read_file(how[1])) if how[1] is not None else OfficeBook()
    calendars = Calendars(book, zone, read_hours(question.hours))
    clocks = read_clocks(question.clocks)
    first = question.since or min(moments, default=cut).astimezone(zone).date()
    last = question.until or max(moments, default=cut).astimezone(zone).date()
    if first > last:
        raise SettingsError("The first day is after the last.", code="days", found=f"{first} to {last}")

    def collected(days: tuple[date, date]) -> Collected:
        start, end = (
            datetime.combine(one, datetime.min.time(), zone) for one in (days[0], days[1] + timedelta(days=1))
        )
        return collect((one for one in table.cases if within(one, start, end)), Collected(days, cut, calendars, clocks))

    study = collected((first, last)).study(question.by)
    earlier = first - (last - first) - timedelta(days=1), first - timedelta(days=1)
    before = collected(earlier)
    return study, before.study(question.by, mix=study.mix) if len(before) else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"{name} is not a time zone.", hint="Give one such as Africa/Nairobi.") from error


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError("Enter a moment as 2026-11-30T18:00.", code="as-of", found=text[:40]) from error
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _give(parts: Iterable[str], target: Path | None) -> None:
    if target is not None:
        write_file(target, "".join(parts).encode())
        note(f"Written to {target}.")
    else:
        for part in parts:
            out.file.write(part)


def _json(value: object) -> Iterator[str]:
    yield msgspec.json.encode(value).decode() + "\n"


def _shown(found: Published, form: Format, administration: str) -> Iterable[str]:
    if form is Format.HTML:
        return [write_page(found, administration)]
    if form is Format.JSON:
        return _json(found)
    if form is Format.CSV:
        return [write_csv(found.study)]
    masked = (
        [f"Masked, since they are small: {', '.join(one or 'not known' for one in found.masked)}."]
        if found.masked
        else []
    )
    few = ["Too few consignments or traders: nothing is published."] if found.is_masked else []
    return [f"{shown(line)}\n" for line in (*few, *lines_of(found.study), *masked)]


def _study(study: Study, form: Format) -> Iterable[str]:
    return [write_csv(study)] if form is Format.CSV else [f"{shown(line)}\n" for line in lines_of(study)]


def _complain(table: StampFile) -> None:
    """Say on stderr what is wrong with rows, one by one, then how many there are."""
    for one in table.problems[:_PRINTED]:
        kept = "" if one.code in STILL_COUNTS else "; left out"
        note(shown(f"row {one.row}: {PROBLEMS[one.code]}{kept}: {one.found}"))
    if len(table.problems) > _PRINTED:
        note(f"… and {sum(table.counts.values()) - _PRINTED:,} more; --json names every one.")
    counted = ", ".join(f"{often:,} {code}" for code, often in table.counts.items())
    note(
        f"{table.rows:,} rows, {table.stamps:,} stamps of {len(table.cases):,} consignments{f'; {counted}' if counted else ''}."
    )
    if table.unknown_columns:
        note(shown(f"Columns not looked at: {', '.join(table.unknown_columns)}"))


def lines_of(study: Study) -> Iterator[str]:
    """The study as lines."""
    yield f"{study.first} to {study.last}, as of {study.as_of:%Y-%m-%d %H:%M} UTC: {study.cases:,} consignments."
    for name, group in (("All", study.whole), *((one.name or "not known", one) for one in study.groups)):
        title = name if group is study.whole else f"{DIMENSION_NAMES[study.by]} {name}"
        yield f"{title}: {group.cases:,} consignments"
        for times in group.times:
            if group is study.whole or times.segment in ("arrival-release", "lodgement-release", "arrival-gate-out"):
                yield f"  {SEGMENT_NAMES[times.segment]}: {_times(times)}"
    yield from (doubt_of(one) for one in study.whole.times if one.is_doubtful)
    together = sum(study.lost.values())
    for actor, seconds in study.lost.items():
        yield (
            f"Waited for {ACTOR_NAMES[actor].lower()}: {100 * seconds / together:.0f} of 100 hours" if together else ""
        )
    for step in study.steps[:6]:
        yield f"  {KIND_NAMES[step.start]} → {KIND_NAMES[step.end]}: half within {in_hours(step.median)}, {step.cases:,} consignments"
    for pair in study.clocks:
        if pair.is_clock:
            yield (
                f"Clocks: {pair.second} is {in_hours(pair.offset)} later than {pair.first} on {pair.steps:,} steps; not corrected "
                "unless you give --clocks."
            )
    for source, fast in study.corrected.items():
        yield f"Clock of {source} taken to be fast by {fast:.0f} s, as asked."
    yield from (f"{COUNT_NAMES.get(code, code)}: {often:,}" for code, often in study.counts.items())
    if study.no_calendar:
        yield f"Offices without a calendar, taken as open every day: {', '.join(study.no_calendar)}."
    yield from METHOD


def _times(one: Times) -> str:
    named = zip(PERCENTILES, one.elapsed, strict=True)
    told = ", ".join(f"{name} {in_hours(value)}" for name, value in named)
    beside: Mapping[str, int] = {
        "waiting": one.open,
        "without a stamp": one.missing_start + one.missing_end,
        "negative": one.negative,
        "outliers": one.outliers,
    }
    counts = "".join(f", {often:,} {name}" for name, often in beside.items() if often)
    line = f"{told}; working P50 {in_hours(one.working[0])}; {one.timed:,} timed{counts}"
    if one.open and one.ended:
        ended = ", ".join(f"{name} {in_hours(value)}" for name, value in zip(PERCENTILES, one.ended, strict=True))
        line += (
            f"; of the waiting {one.open_over_p95:,} longer than P95 of the ended, {one.open_over_longest:,} longer than any; "
            f"of the ended alone {ended}"
        )
    return line
