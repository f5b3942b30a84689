# SPDX-License-Identifier: Apache-2.0
"""AIS of vessels, from NMEA 0183 `!AIVDM` and `!AIVDO` sentences; the bits are taken apart by pyais.

Every value that the standard keeps for "not available" becomes None: latitude 91°, longitude 181°, speed 102.3 knots,
course 360°, heading 511, turn −128, altitude 4095, second 60–63, IMO number 0, `@` names, an arrival of month 0, all
dimensions 0. A position report holds only the second of its time, so an event has a time only where a tag block, a
Gatehouse sentence or a base station gives one. Lines of other kinds between the sentences are passed over.
Source: ITU-R M.1371-5, annex 8; IEC 61162-1 (VDM, VDO); NMEA 0183 tag blocks.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from cocket.errors import SettingsError, UnreadableError
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import bad_form, xor
from cocket.tracking.adapters._draft import KNOT_M_S, Context, Draft, finished, moment, unix
from cocket.tracking.events import TrackingEvent
from cocket.tracking.framing import Frame

NAME = "ais"

_SENTENCE = re.compile(
    rb"!(?P<talker>[A-Z]{2})(?P<kind>VD[MO]),(?P<count>\d),(?P<number>\d),(?P<group>\d*),(?P<channel>[^,]*),"
    rb"(?P<bits>[^,*]*),(?P<fill>\d)(?P<check>\*[0-9A-Fa-f]{2})?",
)
_TAG = re.compile(rb"\\(?P<tags>[^\\]*)\\")
_TAG_TIME = re.compile(rb"(?:^|,)c:(\d{1,16})")
_GATEHOUSE = re.compile(rb"\$PGHP,1,(\d{4}),(\d{1,2}),(\d{1,2}),(\d{1,2}),(\d{1,2}),(\d{1,2}),(\d{1,3}),")
_MOST_LINES = 64

#: What pyais raises on bits that are no message, beside its own errors.
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, struct.error)

_SART_ACTIVE = 14
_UNDEFINED = 15


class _Whole(msgspec.Struct):
    """The sentences of one message, and what the lines around them say."""

    lines: list[bytes]
    time: datetime | None
    is_checked: bool


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read sentences, one a line, parts of a message in any order.

    Args:
        payload: One or more lines.
        context: What else is known.

    Returns:
        Events (0..n), in the order in which their messages became whole. Where a sentence of several could not be read,
        all events carry the doubt `sentence-unreadable`; where parts are missing, `part-missing`.

    Raises:
        UnreadableError: No sentence of AIS stands there, or none can be read.
        SettingsError: The package that takes the bits apart is not installed.
    """
    wholes, seen, broken = _gather(payload)
    drafts = []
    for whole in wholes:
        try:
            message = _decoded(whole.lines)
            draft = _vessel(message, whole, context)
        except _FAULTS:
            broken.add("sentence-unreadable")
        else:
            drafts.append(draft)
    if not seen or (not drafts and "sentence-unreadable" in broken):
        raise bad_form("a sentence of AIS", ascii(payload[:80]))
    for draft in drafts:
        for doubt in sorted(broken):
            draft.doubt(doubt)
    return finished(NAME, payload, drafts)


def _decoded(lines: list[bytes]) -> dict[str, Any]:
    """The fields of one message.

    Raises:
        SettingsError: The package that takes the bits apart is not installed.
        ValueError: The bits are no message.
    """
    try:
        import pyais
        from pyais.exceptions import AISBaseException
    except ImportError as error:
        raise SettingsError(
            "Reading AIS needs pyais.", hint="Install it with `pip install 'cocket[server]'`."
        ) from error
    try:
        return pyais.decode(*lines).asdict(enum_as_int=True)
    except AISBaseException as error:
        raise ValueError(str(error)) from error


def _gather(payload: bytes) -> tuple[list[_Whole], int, set[str]]:
    """Whole messages, how many sentences there were, and what is wrong."""
    wholes: list[_Whole] = []
    pending: dict[tuple[bytes, bytes, bytes], dict[int, bytes]] = {}
    times: dict[tuple[bytes, bytes, bytes], datetime | None] = {}
    broken: set[str] = set()
    seen = 0
    before: datetime | None = None
    for line in payload.splitlines():
        before = _gatehouse_time(line) or before
        found = _SENTENCE.search(line)
        if found is None:
            if b"VDM," in line or b"VDO," in line:
                seen += 1
                broken.add("sentence-unreadable")
            continue
        seen += 1
        key = (found["group"], found["channel"], found["count"])
        time, before = times.pop(key, None) or _tag_time(line) or before, None
        if not found["bits"]:
            continue
        count, number = int(found["count"]), int(found["number"])
        if count <= 1:
            wholes.append(_Whole([found[0]], time, _is_checked(found)))
            continue
        parts = pending.setdefault(key, {})
        parts[number] = found[0]
        times[key] = time
        if len(parts) == count:
            lines = [parts[each] for each in sorted(parts)]
            wholes.append(_Whole(lines, time, all(_is_checked(part) for part in map(_SENTENCE.search, lines) if part)))
            del pending[key]
            times.pop(key)
    if pending:
        broken.add("part-missing")
    return wholes, seen, broken


def _is_checked(found: re.Match[bytes]) -> bool:
    check = found["check"]
    return check is not None and xor(found[0][1 : -len(check)]) == int(check[1:], 16)


def _tag_time(line: bytes) -> datetime | None:
    tags = _TAG.search(line)
    stamp = _TAG_TIME.search(tags["tags"]) if tags else None
    if stamp is None:
        return None
    seconds = int(stamp[1])
    return unix(seconds / 1000 if seconds > 10**11 else seconds)


def _gatehouse_time(line: bytes) -> datetime | None:
    found = _GATEHOUSE.search(line)
    if found is None:
        return None
    *parts, milliseconds = map(int, found.groups())
    time = moment(tuple(parts))
    return time and time.replace(microsecond=milliseconds * 1000)


def _vessel(message: dict[str, Any], whole: _Whole, context: Context) -> Draft:
    kind = message["msg_type"]
    draft = Draft(context, f"{message['mmsi']:09d}")
    draft.put("type", kind)
    if not whole.is_checked:
        draft.doubt("checksum-wrong")
    draft.at(whole.time or _own_time(message, kind))
    if "lat" in message and kind != 17:
        _place(message, kind, draft)
    _way(message, kind, draft)
    _identity(message, draft)
    for name in ("dac", "fid", "text", "aid_type", "off_position", "virtual_aid"):
        if name in message and message[name] is not None:
            draft.put(_CAMEL.get(name, name), message[name])
    return draft


_CAMEL = {"aid_type": "aidType", "off_position": "offPosition", "virtual_aid": "virtualAid"}


def _own_time(message: dict[str, Any], kind: int) -> datetime | None:
    """Time of a base station's or a search craft's own report (messages 4 and 11)."""
    if kind not in (4, 11):
        return None
    return moment(tuple(message[name] for name in ("year", "month", "day", "hour", "minute", "second")))


def _place(message: dict[str, Any], kind: int, draft: Draft) -> None:
    second = message.get("second", 0)
    if kind not in (4, 11) and second < 60:
        draft.put("utcSecond", second)
    lat, lon = message["lat"], message["lon"]
    if lat == 91 or lon == 181:
        return
    if second in (61, 62):
        draft.doubt("position-by-hand" if second == 61 else "position-estimated")
    altitude = message.get("alt")
    draft.place(
        lat,
        lon,
        is_fix=second != 63,
        accuracy_m=10 if message.get("accuracy") else None,
        altitude_m=altitude if altitude != 4095 else None,
    )


def _way(message: dict[str, Any], kind: int, draft: Draft) -> None:
    speed, course = message.get("speed"), message.get("course")
    unknown_speed = {9: 1023, 27: 63}.get(kind, 102.3)
    knots = speed if speed is not None and speed < unknown_speed else None
    draft.move(None if knots is None else knots * KNOT_M_S, course if course is not None and course < 360 else None)
    heading = message.get("heading")
    draft.put("heading", heading if heading is not None and heading < 360 else None)
    turn = message.get("turn")
    draft.put("turn", float(turn) if turn is not None and turn > -128 else None)
    status = message.get("status")
    draft.put("navigationStatus", status if status != _UNDEFINED else None)
    if status == _SART_ACTIVE:
        draft.alarm("sos")


def _identity(message: dict[str, Any], draft: Draft) -> None:
    for name, key in (("name", "shipname"), ("name", "name"), ("callsign", "callsign"), ("destination", "destination")):
        text = message.get(key)
        draft.put(name, text.strip("@ ") or None if isinstance(text, str) else None)
    draft.put("imo", message.get("imo") or None)
    draft.put("shipType", message.get("ship_type") or None)
    draft.put("draught", message.get("draught") or None)
    sides = [message.get(f"to_{side}") for side in ("bow", "stern", "port", "starboard")]
    if any(sides) and None not in sides:
        for name, metres in zip(("toBow", "toStern", "toPort", "toStarboard"), sides, strict=True):
            draft.put(name, metres)
    month, day = message.get("month"), message.get("day")
    if message["msg_type"] == 5 and month and day:
        hour, minute = message["hour"], message["minute"]
        clock = f"T{hour:02d}:{minute:02d}Z" if hour < 24 and minute < 60 else ""
        draft.put("eta", f"--{month:02d}-{day:02d}{clock}")


class AisFraming:
    """Lines; where a message comes in parts, the lines from its first part to its last make one frame.

    A receiver waits for no answer.
    """

    longest = 65536

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take whole lines off the front; parts that wait for others stay in the rest, 64 lines at most.

        Raises:
            UnreadableError: There is no line end within `longest` bytes.
        """
        *lines, tail = buffer.split(b"\n")
        if len(tail) > self.longest:
            raise UnreadableError("A line without an end.", code="frame-too-long")
        frames: list[Frame] = []
        block: list[bytes] = []
        missing: dict[tuple[bytes, bytes, bytes], int] = {}
        for line in lines:
            block.append(line + b"\n")
            found = _SENTENCE.search(line)
            if found is not None and found["count"] > b"1":
                key = (found["group"], found["channel"], found["count"])
                missing[key] = missing.get(key, int(found["count"])) - 1
            if len(block) > _MOST_LINES or not any(missing.values()):
                frames += self._frames(b"".join(block))
                block, missing = [], {}
        return tuple(frames), b"".join(block) + tail

    def _frames(self, payload: bytes) -> Iterator[Frame]:
        if payload.strip():
            yield Frame(payload=payload, is_kept=b"VDM," in payload or b"VDO," in payload)

    def reply_for(self, frame: Frame) -> bytes | None:
        """Nothing."""
        return None


ADAPTER = Adapter(
    name=NAME,
    title="AIS of vessels in NMEA sentences",
    read=read,
    framing=AisFraming(),
    source="ITU-R M.1371-5; IEC 61162-1",
)
