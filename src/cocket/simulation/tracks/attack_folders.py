# SPDX-License-Identifier: Apache-2.0
"""Attacks as folders of plain files that any tracking software can be tried with: written from a seed, read, and scored.

A folder for each kind holds the plan, the messages in the order in which they were received, and what must be told. Messages
bear only what every tracker has a field for; the same seed gives the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal, TypeVar

import msgspec

from cocket.errors import SettingsError, UnreadableError
from cocket.simulation.tracks.attacks import ATTACKS, Attack, Case, Must, cases
from cocket.simulation.tracks.other_software import for_thingsboard, for_traccar
from cocket.tracking.adapters import state_in_words
from cocket.tracking.alerts import Alert
from cocket.tracking.events import SEAL_UNREAD, Alarm, Position, SealReading, TrackingEvent
from cocket.tracking.journey import Journey
from cocket.tracking.judge import judge

_T = TypeVar("_T")

#: Version of the format; it changes with every change of a file that a reader would notice.
FORMAT: Final = 2

_INDEX = "index.json"

#: Where Traccar takes the OsmAnd protocol unless it is set otherwise.
_TRACCAR: Final = "http://127.0.0.1:5055"


class PlainMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message as it was received; what is left out was not told.

    Attributes:
        received: When it came (UTC).
        device: Name of the device.
        boot: How often the device had started.
        sequence: Number of the message since then.
        time: When it was made, by the device's clock (UTC).
        lat: Latitude in degrees, WGS 84.
        lon: Longitude in degrees, WGS 84.
        fix: Whether the place is a fix; false for the last one known, sent in place of a fix.
        accuracy_m: Radius within which the device says that the place lies, in metres.
        satellites: Satellites used (count).
        speed_m_s: Speed over ground, in m/s.
        course_deg: Course over ground, in degrees from north.
        seal: Number of the seal.
        lock: Its bolt: `locked`, `unlocked`.
        strap: Its strap: `intact`, `cut`.
        case: Its case: `closed`, `opened`.
        seal_state: Its state in a word of the device's own, such as `intact` or `broken`.
        door: Door of the container: `open`, `closed`.
        equipment: Number of the container.
        alarms: What the device calls an alarm (0..n).
        battery_percent: Charge of its battery, 0–100.
        temperature_c: Temperature of the goods, in °C.
        light_lux: Light inside, in lux.
        shock_g: Greatest shock since the last message, in g.
    """

    received: datetime
    device: str
    boot: int | None = None
    sequence: int | None = None
    time: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    fix: bool | None = None
    accuracy_m: float | None = None
    satellites: int | None = None
    speed_m_s: float | None = None
    course_deg: float | None = None
    seal: str | None = None
    lock: Literal["locked", "unlocked", "open"] | None = None
    strap: Literal["intact", "cut"] | None = None
    case: Literal["closed", "opened"] | None = None
    seal_state: str | None = None
    door: Literal["open", "closed"] | None = None
    equipment: str | None = None
    alarms: tuple[Alarm, ...] = ()
    battery_percent: float | None = None
    temperature_c: float | None = None
    light_lux: float | None = None
    shock_g: float | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What must be told of one journey.

    Attributes:
        journey: Its id in the plan.
        device: Its device.
        since: From when something was done to it (UTC); None if nothing was.
        until: Until when (UTC); likewise.
    """

    journey: str
    device: str
    since: datetime | None
    until: datetime | None


class ExpectedOfKind(msgspec.Struct, frozen=True, kw_only=True):
    """What must be told of the journeys of one kind of attack.

    Attributes:
        kind: Name of the folder.
        what: What was done, in a sentence.
        must: `red`: a red alert; `raised`: an alert of any colour; `not-red`: no red alert, for nothing was done.
        cocket_kinds: Kinds of Cocket's alerts of which one tells it (0..n).
        times: How many such alerts there must be at least: as often as it was done (count).
        journeys: Each journey (1..n).
    """

    kind: str
    what: str
    must: Must
    cocket_kinds: tuple[str, ...]
    times: int
    journeys: tuple[Expected, ...]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder of attacks holds: its format, seed, journeys of each kind (count) and kinds."""

    format: int
    seed: int
    journeys: int
    kinds: tuple[str, ...]


class AttackScore(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of one kind of attack.

    Attributes:
        kind: Name of the folder.
        must: What must hold.
        journeys: Journeys (count).
        raised: Those with an alert of a kind that tells it, or, where nothing was done, with any alert (count).
        red: Those where such an alert is red (count).
        holds: Journeys on which it holds (count).
        after_s: Median of the seconds from the deed to the receipt of the message with which it was first told; None where
            nothing was done, nothing told, or the alert rests on no message.
    """

    kind: str
    must: Must
    journeys: int
    raised: int
    red: int
    holds: int
    after_s: float | None


def plain_of(event: TrackingEvent) -> PlainMessage:
    """An event as a plain message."""
    place = event.position or event.last_position
    reading = event.seal or SealReading()
    said = event.attributes.get("seal_state")
    where: dict[str, Any] = {}
    if place is not None:
        where = {"lat": place.lat, "lon": place.lon, "fix": event.position is not None, "accuracy_m": place.accuracy_m}
    return PlainMessage(
        received=event.received_at,
        device=event.device or "unnamed",
        boot=event.boot,
        sequence=event.sequence,
        time=event.time,
        satellites=event.satellites,
        speed_m_s=event.speed_m_s,
        course_deg=event.course_deg,
        seal=reading.number,
        lock=reading.lock if reading.lock in ("locked", "unlocked", "open") else None,
        strap=reading.strap,
        case=reading.case,
        seal_state=None if said is None else str(said),
        door=event.door,
        equipment=event.equipment,
        alarms=event.alarms,
        battery_percent=event.battery_percent,
        temperature_c=event.temperature_c,
        light_lux=event.light_lux,
        shock_g=event.shock_g,
        **where,
    )


def event_of_plain(message: PlainMessage) -> TrackingEvent:
    """A plain message as an event; one that came twice has one id."""
    content = msgspec.json.encode(msgspec.structs.replace(message, received=datetime(2000, 1, 1, tzinfo=UTC)))
    place = None
    if message.lat is not None and message.lon is not None:
        place = Position(lat=message.lat, lon=message.lon, accuracy_m=message.accuracy_m)
    reading = SealReading(number=message.seal, lock=message.lock, strap=message.strap, case=message.case)
    said = None if message.seal_state is None else state_in_words(message.seal_state)
    if said is not None:
        reading = msgspec.structs.replace(reading, condition=said.condition, lock=reading.lock or said.lock)
    is_sealed = reading != SealReading()
    return TrackingEvent(
        id=sha256(content).hexdigest()[:32],
        protocol="open-e-seal",
        device=message.device,
        received_at=message.received,
        time=message.time,
        kind="position" if message.fix else "status",
        position=place if message.fix else None,
        last_position=None if message.fix else place,
        satellites=message.satellites,
        speed_m_s=message.speed_m_s,
        course_deg=message.course_deg,
        boot=message.boot,
        sequence=message.sequence,
        seal=reading if is_sealed else None,
        door=message.door,
        equipment=message.equipment,
        alarms=message.alarms,
        battery_percent=message.battery_percent,
        temperature_c=message.temperature_c,
        light_lux=message.light_lux,
        shock_g=message.shock_g,
        attributes={} if message.seal_state is None else {"seal_state": message.seal_state},
        doubts=(SEAL_UNREAD,) if message.seal_state is not None and said is None else (),
    )


def write_attacks(
    folder: Path, seed: int, each: int, kinds: Iterable[str] = (), *, step: Callable[[int], None] = lambda _: None
) -> Index:
    """Write a folder for each kind of attack.

    Args:
        folder: Where; made if it is not there.
        seed: Seed; it determines every byte.
        each: Journeys of each kind (1..n).
        kinds: Which kinds; all if empty.
        step: Told how many kinds are done.

    Raises:
        SettingsError: There is no such kind, or a file cannot be written.
    """
    wanted = tuple(kinds)
    known = {one.name for one in ATTACKS}
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise SettingsError(
            f"There is no such kind of attack: {unknown[0][:80]}.",
            expected=", ".join(sorted(known)),
            code="attack-kind",
        )
    chosen = [one for one in ATTACKS if not wanted or one.name in wanted]
    for done, attack in enumerate(chosen, start=1):
        for name, content in files_of(attack, cases(attack, seed, each)):
            _write(folder / attack.name / name, content)
        step(done)
    index = Index(format=FORMAT, seed=seed, journeys=each, kinds=tuple(one.name for one in chosen))
    _write(folder / _INDEX, _pretty(index))
    _write(folder / "README.md", _readme(index, chosen).encode())
    return index


def files_of(attack: Attack, made: tuple[Case, ...]) -> Iterator[tuple[str, bytes]]:
    """The files of one kind, by name."""
    events = sorted((event for case in made for event in case.events), key=lambda one: (one.received_at, one.id))
    messages = [plain_of(event) for event in events]
    expected = ExpectedOfKind(
        kind=attack.name,
        what=attack.what,
        must=attack.must,
        cocket_kinds=tuple(sorted(attack.kinds)),
        times=attack.times,
        journeys=tuple(
            Expected(
                journey=case.journey.id,
                device=case.journey.devices[0],
                since=case.truth.since,
                until=case.truth.until,
            )
            for case in made
        ),
    )
    yield "plan.json", _pretty([case.journey for case in made])
    yield "expected.json", _pretty(expected)
    yield "messages.ndjson", _lines(messages)
    yield "messages.csv", _csv(messages)
    yield "traccar.ndjson", _lines([for_traccar(event) for event in events])
    yield "traccar-urls.txt", "".join(f"{_TRACCAR}{for_traccar(event).http}\n" for event in events).encode()
    yield "thingsboard.ndjson", _lines([for_thingsboard(event) for event in events])


def read_index(folder: Path) -> Index:
    """What a folder of attacks holds.

    Raises:
        SettingsError: It is none, or of another format.
        UnreadableError: It is spoilt.
    """
    index = _read(folder / _INDEX, Index)
    if index.format != FORMAT:
        raise SettingsError(
            f"The folder is of format {index.format}, not {FORMAT}.", hint="Write it again.", code="attack-format"
        )
    return index


def score_attacks(folder: Path, *, step: Callable[[int], None] = lambda _: None) -> tuple[AttackScore, ...]:
    """Judge what a folder holds, and say what was told of each kind (1..n).

    Args:
        folder: A folder that `write_attacks` wrote.
        step: Told how many kinds are done.

    Raises:
        SettingsError: It is none, or of another format.
        UnreadableError: A file of it is spoilt.
    """
    scores = []
    for done, name in enumerate(read_index(folder).kinds, start=1):
        if Path(name).name != name:
            raise UnreadableError("The index names a kind that is not a folder.", code="attack-kind")
        scores.append(_score(folder / name))
        step(done)
    return tuple(scores)


def _score(folder: Path) -> AttackScore:
    expected = _read(folder / "expected.json", ExpectedOfKind)
    plans = {one.id: one for one in _read(folder / "plan.json", tuple[Journey, ...])}
    by_device: dict[str, list[TrackingEvent]] = defaultdict(list)
    for message in _read_lines(folder / "messages.ndjson", PlainMessage):
        by_device[message.device].append(event_of_plain(message))
    told = red = holds = 0
    after: list[float] = []
    for one in expected.journeys:
        if one.journey not in plans:
            raise UnreadableError("A journey that is expected is not in the plan.", code="attack-plan")
        plan, events = plans[one.journey], by_device.get(one.device, [])
        found = _telling(judge(events, [plan]), expected)
        reds = sum(alert.severity == "red" for alert in found)
        is_told = len(found) >= (1 if expected.must == "not-red" else expected.times)
        is_red = reds >= (1 if expected.must == "not-red" else expected.times)
        told, red = told + is_told, red + is_red
        holds += {"red": is_red, "raised": is_told, "not-red": not is_red}[expected.must]
        if is_told and one.since is not None:
            first = _first_told(events, plan, expected)
            after += [(first - one.since).total_seconds()] if first is not None else []
    return AttackScore(
        kind=expected.kind,
        must=expected.must,
        journeys=len(expected.journeys),
        raised=told,
        red=red,
        holds=holds,
        after_s=round(median(after), 1) if after else None,
    )


def _telling(alerts: Iterable[Alert], expected: ExpectedOfKind) -> list[Alert]:
    """The alerts that tell of it; of a journey to which nothing was done, all."""
    return [alert for alert in alerts if expected.must == "not-red" or alert.kind in expected.cocket_kinds]


def _first_told(events: list[TrackingEvent], plan: Journey, expected: ExpectedOfKind) -> datetime | None:
    """When the message came with which it was first told; found by halving, as if what is once told stayed told."""
    low, high = 0, len(events)
    while low < high:
        middle = (low + high) // 2
        some = events[:middle]
        if some and _telling(judge(some, [plan]), expected):
            high = middle
        else:
            low = middle + 1
    return events[low - 1].received_at if 0 < low <= len(events) else None


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _lines(values: Iterable[Any]) -> bytes:
    return b"".join(msgspec.json.encode(value) + b"\n" for value in values)


def _csv(messages: Iterable[PlainMessage]) -> bytes:
    names = PlainMessage.__struct_fields__
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    for message in messages:
        told = msgspec.to_builtins(message)
        writer.writerow([_cell(told.get(name, "")) for name in names])
    return stream.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(value) if isinstance(value, list | tuple) else value


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}.") from error


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{file} cannot be read: {error.strerror}.",
            hint="Make a folder of attacks with cocket track attacks.",
            code="attack-folder",
        ) from error


def _read(file: Path, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(_content(file), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"{file.name} cannot be read: {error}.", code="attack-file") from error


def _read_lines(file: Path, kind: type[_T]) -> Iterator[_T]:
    for number, line in enumerate(_content(file).splitlines(), start=1):
        try:
            yield msgspec.json.decode(line, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableError(
                f"Line {number} of {file.name} is not a message: {error}.", code="line-form"
            ) from error


def _readme(index: Index, chosen: Iterable[Attack]) -> str:
    fields = "\n".join(f"- `{name}`: {what}" for name, what in _fields())
    rows = "\n".join(f"| `{one.name}` | {one.what} | {_MUSTS[one.must]} |" for one in chosen)
    return _README.format(
        seed=index.seed,
        journeys=index.journeys,
        format=index.format,
        fields=fields,
        rows=rows,
        made="cocket track attacks",
    )


def _fields() -> Iterator[tuple[str, str]]:
    """The fields of a message with what they say, from the text of `PlainMessage`."""
    text = (PlainMessage.__doc__ or "").split("Attributes:")[1]
    for line in text.strip().splitlines():
        name, _, what = line.strip().partition(": ")
        yield name, what


_MUSTS: Final[dict[Must, str]] = {"red": "a red alert", "raised": "an alert", "not-red": "no red alert"}

_README: Final = """# Attacks on a seal

Made by `{made}` from the seed {seed}; journeys of each kind: {journeys}; format {format}. The same seed gives the same bytes. All
journeys, devices and officers are invented.

## What is in a folder

Each kind has a folder of its name:

- `plan.json`: the journeys as customs planned them. Times are UTC, places longitude and latitude in degrees (WGS 84), distances metres.
  `authorities` is leave given to touch the seal: what is done by it is not an attack.
- `messages.ndjson`: what the devices sent, one message a line, in the order of receipt, with copies, gaps and late ones.
- `messages.csv`: the same; what was not stated is empty, alarms are divided by blanks.
- `expected.json`: what was done to which journey, from when to when, and what must hold. Not to be read by what is tried.
- `traccar.ndjson`: the same messages as queries of Traccar's OsmAnd protocol, with the time of receipt; `traccar-urls.txt`: as a list
  of addresses of a Traccar on this machine.
- `thingsboard.ndjson`: the same as telemetry on ThingsBoard's gateway topic.

## A message

What is left out was not stated.

{fields}

## How to score

Send the messages in their order; nothing needs to be waited for if the software can be given the time of receipt. Of each journey
compare what was raised with `must`:

- `red`: an alert of the highest severity, on that device;
- `raised`: an alert of any severity that names what was done;
- `not-red`: nothing of the highest severity, for nothing was done.

Where `times` is more than 1 it was done so often, and as many alerts must say so.

`cocket track replay FOLDER` does this with Cocket's own rules, which are given the plan and the messages alone.

## Kinds

| folder | what is done | what must hold |
|---|---|---|
{rows}
"""
