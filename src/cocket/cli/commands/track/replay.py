# SPDX-License-Identifier: Apache-2.0
"""`cocket track replay` and `cocket track simulate`: recorded and invented journeys, and what the rules make of them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec
import typer
from rich.text import Text

from cocket.cli.base.files import standard_input
from cocket.cli.base.output import JsonOption, err, json_line, out, progress, shown
from cocket.cli.commands.track.attacks import attacks, show_attacks
from cocket.cli.commands.track.manifests import judge_manifests
from cocket.errors import SenderError, SettingsError, UnreadableError
from cocket.tracking import TrackingEvent
from cocket.tracking.adapters import read, suggests_seal
from cocket.tracking.adapters.tracks import CSV, JSON
from cocket.tracking.alerts import KINDS, Alert, Notice
from cocket.tracking.chronicle import chronicle
from cocket.tracking.events import SEAL_UNREAD
from cocket.tracking.journey import Journey
from cocket.tracking.judge import judge

_T = TypeVar("_T")
_GZIP = b"\x1f\x8b"
_LARGEST = 512 * 1024 * 1024
_BY_ENDING = {
    ".csv": "csv",
    ".gpx": "gpx",
    ".nmea": "nmea",
    ".ais": "ais",
    ".json": "json",
    ".ndjson": "json",
    ".jsonl": "json",
}
#: How a moment may be written.
_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z"]

_FORMATS = ("csv", "gpx", "nmea", "ais", "json", "events")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a replay.

    Attributes:
        state: What is told of the alert.
        code: Its kind.
        sequences: Numbers of the messages it rests on, as far as they have any.
        at: When it was known (UTC); None where all is known at once.
        alert: The alert.
        columns_not_understood: Columns of the file that were not understood (0..n).
    """

    state: Literal["raised", "raised-late", "changed", "withdrawn"]
    code: str
    sequences: tuple[int, ...]
    at: datetime | None
    alert: Alert
    columns_not_understood: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV, GPX, NMEA, AIS, JSON or NDJSON, may be gzipped; or a folder of cocket track attacks.",
        ),
    ],
    journeys: Annotated[
        Path | None, typer.Option("--journey", metavar="JSON", help="Journeys that the devices follow, one per line.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help=f"Of: {', '.join(_FORMATS)}; by default from the file's name and content."),
    ] = None,
    as_received: Annotated[
        bool,
        typer.Option(
            "--as-received",
            help="Show alerts as they would have been raised, changed and withdrawn when messages arrived.",
        ),
    ] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", help="Evaluate as of this time (UTC); by default the latest time in a message.", formats=_MOMENTS
        ),
    ] = None,
    manifests: Annotated[
        list[Path] | None,
        typer.Option("--manifest", metavar="FILE", help="Compare vessels received by AIS with a manifest; repeatable."),
    ] = None,
    ports: Annotated[
        list[str] | None,
        typer.Option(
            "--port", metavar="LOCODE=LAT,LON", help="Position of a port of a manifest; ,KM for its radius; repeatable."
        ),
    ] = None,
    codes: Annotated[
        Path | None,
        typer.Option("--codes", metavar="FOLDER", help="Imported code lists, for ports not given."),
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Judge a recorded track and print its alerts, one a line.

    Without --journey nothing is known of a way, of offices or of leave to open; rules that need them say nothing. What the
    clock alone tells (a device that never reports, a time limit that passes) is told for the moment of --as-of.

    Of a folder that cocket track attacks wrote each kind is judged by plan and messages alone, and compared with what must be
    raised: how many were raised, how many red, and how long after the deed.

    Exit 0: no alert holds; of attacks, all that must hold does. Exit 1: there are alerts; or something does not hold. Exit 2:
    the file cannot be read, or wrong usage.

    Examples:
        cocket track replay route.gpx

        cocket track replay attacks

        cocket track replay seal.ndjson --journey transit.json --as-received

        cocket track replay ais.nmea --format ais --json

        cocket track replay ais.nmea --manifest manifest.xml --port KEMBA=-4.06,39.66,8
    """
    if file.is_dir():
        if journeys or form or as_received or as_of or manifests:
            raise SettingsError("A folder of attacks is judged as it is, without other options.", code="track-attacks")
        show_attacks(file, json_lines=json_lines)
        return
    now = datetime.now(UTC)
    events = read_events(file, form, now)
    if as_received:
        _check_receipts(events, now)
    unknown = _not_understood(events)
    known = read_journeys(journeys) if journeys else ()
    moment = as_of.replace(tzinfo=as_of.tzinfo or UTC) if as_of else None
    if as_received:
        told = [_notice(notice) for notice in chronicle(events, known, ticks=[moment] if moment else ())]
    else:
        told = [_alert(alert) for alert in judge(events, known, as_of=moment)]
    of_calls = [_alert(alert) for alert in judge_manifests(events, manifests or (), ports or (), codes)]
    told += of_calls
    for line in told:
        if json_lines:
            json_line(msgspec.structs.replace(line, columns_not_understood=unknown) if unknown else line)
        else:
            out.print(_line(line), soft_wrap=True, highlight=False)
    holds = [*judge(events, known, as_of=moment), *of_calls] if as_received else told
    if not json_lines:
        devices = len({event.device for event in events})
        out.print(Text(f"{len(events)} messages of {devices} devices: {len(holds)} alerts are current.", "dim"))
    raise typer.Exit(int(bool(holds)))


def _not_understood(events: Iterable[TrackingEvent]) -> tuple[str, ...]:
    """Columns of a CSV or JSON track that were not understood, told on standard error; those of a seal are a warning."""
    of_tracks = [event for event in events if event.protocol in (CSV, JSON)]
    names = sorted({name.removesuffix("Raw") for event in of_tracks for name in event.attributes})
    if names:
        several = f"{len(names)} columns were" if len(names) > 1 else "1 column was"
        err.print(Text(f"{several} not understood: {shown(', '.join(names))}.", "dim"), soft_wrap=True)
    unread = [event for event in of_tracks if SEAL_UNREAD in event.doubts]
    of_seal = sorted(
        {name for event in unread for name, value in event.attributes.items() if suggests_seal(name, value)}
    )
    if unread:
        seen = ", ".join(of_seal or names)
        text = f"Warning: {len(unread)} messages state something of a seal, lock or light that was not understood"
        err.print(Text(f"{text}: {shown(seen)}.", "yellow"), soft_wrap=True)
    return tuple(names)


def _alert(alert: Alert) -> Told:
    return Told(state="raised", code=alert.kind, sequences=alert.sequences, at=None, alert=alert)


def _notice(notice: Notice) -> Told:
    return Told(
        state=notice.what, code=notice.alert.kind, sequences=notice.alert.sequences, at=notice.at, alert=notice.alert
    )


def _line(told: Told) -> Text:
    """An alert for a person: since when, what, of which device, on which messages, and how it was measured."""
    alert = told.alert
    numbers = ", ".join(str(each) for each in told.sequences[:6]) + (" …" if len(told.sequences) > 6 else "")
    facts = "; ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in alert.measured.items()
    )
    style = "bold red" if alert.severity == "red" else "yellow"
    if told.state == "withdrawn":
        style = "dim"
    line = Text.assemble(
        f"{alert.since:%Y-%m-%d %H:%M:%S}Z  {told.state:<11} ",
        (f"{alert.kind}", style),
        f"  {shown(alert.subject)}",
        f"  messages {numbers}" if numbers else f"  {len(alert.events)} messages",
    )
    line.append(f"\n    {KINDS[alert.kind][1]} {shown(facts)}", "dim")
    return line


def _check_receipts(events: Iterable[TrackingEvent], now: datetime) -> None:
    """When messages came must be in the file: it is what --as-received goes by.

    Raises:
        SettingsError: It is not.
    """
    lacking = sum(event.received_at == now for event in events)
    if lacking:
        raise SettingsError(
            f"The file does not say when {lacking} of its messages were received.",
            hint="Add a column `received` (UTC), give events as Cocket exports them, or leave out --as-received.",
            code="track-receipts",
        )


def read_events(file: Path, form: str | None, now: datetime) -> tuple[TrackingEvent, ...]:
    """Events of a file.

    Args:
        file: The file; may be gzipped.
        form: Its format; None to know it by its name and content.
        now: Receipt of messages of which the file does not say when they came (UTC).

    Raises:
        SettingsError: It cannot be opened, or its format is not known.
        SenderError: It is not of its format.
    """
    content = _content(file)
    name = form or _BY_ENDING.get(Path(file.name.removesuffix(".gz")).suffix.lower())
    if name is None and content.lstrip()[:1] in (b"!", b"\\"):
        name = "ais"
    if name == "nmea" and b"VDM" in content[:200]:
        name = "ais"
    if name == "json" and form is None and b'"received_at"' in content[:2000] and b'"protocol"' in content[:2000]:
        name = "events"
    if name not in _FORMATS:
        raise SettingsError(
            f"{shown(str(file))} has a name that does not show its format.", hint=f"Use --format {'|'.join(_FORMATS)}."
        )
    if name == "events":
        return tuple(_decoded(content, TrackingEvent))
    return read(name, content, received_at=now)


def read_journeys(file: Path) -> tuple[Journey, ...]:
    """Journeys of a file: one a line, one in all, or a list of them as in a folder of attacks.

    Raises:
        SettingsError: It cannot be opened.
        UnreadableError: A line is no journey.
    """
    content = _content(file)
    if content.lstrip()[:1] == b"[":
        (several,) = _decoded(content, tuple[Journey, ...])
        return several
    return tuple(_decoded(content, Journey))


def _decoded(content: bytes, kind: type[_T]) -> list[_T]:
    try:
        return [msgspec.json.decode(content, type=kind)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass  # one a line, which the lines say better
    found = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(msgspec.json.decode(line, type=kind))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableError(
                f"Line {number} is not a {getattr(kind, '__name__', 'list')}.", code="line-form", hint=f"{error}."
            ) from error
    return found


def _content(file: Path) -> bytes:
    try:
        with nullcontext(standard_input()) if str(file) == "-" else file.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
        if content.startswith(_GZIP) or file.suffix == ".gz":
            with gzip.open(BytesIO(content)) as packed:
                content = packed.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"{shown(str(file))} cannot be read: {reason}.") from error
    if len(content) > _LARGEST:
        raise SenderError(f"{shown(str(file))} is larger than {_LARGEST} bytes.", code="too-large")
    return content


def simulate(
    seed: Annotated[int, typer.Option(help="Seed; it determines the whole output.")] = 1,
    regime: Annotated[str, typer.Option(help="World: plain, or shifted (harder).")] = "plain",
    journeys: Annotated[int, typer.Option(min=0, help="Number of journeys without a threat.")] = 20,
    threatened: Annotated[int, typer.Option(min=0, help="Number of journeys for each threat.")] = 1,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("tracks"),
    is_evaluation: Annotated[
        bool, typer.Option("--evaluate", help="Evaluate the rules on them instead, and report their quality.")
    ] = False,
    for_others: Annotated[
        bool, typer.Option("--for-others", help="Also write the messages as Traccar and ThingsBoard take them.")
    ] = False,
    json_lines: JsonOption = False,
) -> None:
    """Make journeys on roads and sea lanes: what devices tell, and the truth in a folder of its own.

    Writes events.ndjson and journeys.ndjson for `cocket track replay`, and truth/truth.ndjson. Same seed, same bytes.
    With --for-others also traccar.ndjson (OsmAnd queries) and thingsboard.ndjson (gateway telemetry), in the order of receipt.
    With --evaluate nothing is written: recall and precision for each threat, false alarms for each 1,000 journeys to
    which nothing was done, and how often the interval foretold for arrival held.

    Examples:
        cocket track simulate --seed 7 --out tracks && cocket track replay tracks/events.ndjson --journey tracks/journeys.ndjson

        cocket track simulate --evaluate --regime shifted --journeys 10000 --threatened 50
    """
    from cocket.simulation import tracks

    if regime not in tracks.REGIMES:
        raise SettingsError("There is no such world.", expected=", ".join(tracks.REGIMES), found=regime)
    world = tracks.REGIMES[regime]
    if is_evaluation:
        with progress("Judging", journeys + threatened * len(tracks.TELLS)) as step:
            result = tracks.evaluate(world, seed, clean=journeys, threatened=threatened, step=step)
        _say_worth(result, json_lines=json_lines)
        return
    roads = tracks.ways(seed)
    made = [*tracks.trips(roads, world, seed, journeys)]
    made += tracks.trips(roads, world, seed + 1_000_003, threatened * len(tracks.TELLS), tuple(tracks.TELLS))
    events = sorted((event for trip in made for event in trip.events), key=lambda event: (event.received_at, event.id))
    _write(folder / "events.ndjson", events)
    _write(folder / "journeys.ndjson", [trip.journey for trip in made])
    _write(folder / "truth" / "truth.ndjson", [trip.truth for trip in made])
    if for_others:
        _write(folder / "traccar.ndjson", map(tracks.for_traccar, events))
        _write(folder / "thingsboard.ndjson", map(tracks.for_thingsboard, events))
    said = {"seed": seed, "regime": regime, "journeys": len(made), "events": len(events), "folder": str(folder)}
    if json_lines:
        json_line(said)
    else:
        where = shown(str(folder))
        said_plainly = (
            f"{len(made)} journeys, {len(events):,} messages in {where}/; the ground truth is only in {where}/truth/."
        )
        out.print(said_plainly, soft_wrap=True, highlight=False)


COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    ("replay", replay),
    ("simulate", simulate),
    ("attacks", attacks),
)


def _write(file: Path, values: Iterable[msgspec.Struct]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(msgspec.json.encode(value) + b"\n" for value in values))
    except OSError as error:
        raise SettingsError(f"{shown(str(file))} cannot be written: {error.strerror}.") from error


def _say_worth(result: msgspec.Struct, *, json_lines: bool) -> None:
    if json_lines:
        json_line(result)
        return
    told = msgspec.to_builtins(result)
    for score in told["scores"]:
        precision = "none raised" if score["precision"] is None else f"{score['precision']:.3f}"
        out.print(
            f"{score['threat']:<26} {score['journeys']:>5} journeys  recall {score['recall']:.3f}  precision {precision}",
            highlight=False,
        )
    kinds = ", ".join(f"{name} {count}" for name, count in told["by_kind"].items()) or "none"
    out.print(
        f"{told['false_alarms']} false alarms in {told['clean']:,} journeys ({told['false_alarms_per_1000']:g} for each 1,000): {kinds}.",
        highlight=False,
        soft_wrap=True,
    )
    out.print(f"Arrivals within the predicted 80 % interval: {told['eta_coverage']:.1%}.", highlight=False)
