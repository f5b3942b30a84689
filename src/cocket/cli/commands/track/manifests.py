# SPDX-License-Identifier: Apache-2.0
"""Recorded AIS held against manifests, offline: the port calls of files, with ports from the command line or a code list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from cocket import standards
from cocket.cli.base.files import read_file
from cocket.cli.base.output import shown
from cocket.codes import Codebook, read_codebook
from cocket.errors import SettingsError, UnreadableError
from cocket.model import Manifest
from cocket.tracking import Fence, TrackingEvent
from cocket.tracking.alerts import Alert
from cocket.tracking.judge import judge_port_calls
from cocket.tracking.port_calls import (
    FROM_LOCODE,
    KNOWN,
    LOCODE_RADIUS_M,
    NAME_ALONE,
    Known,
    StatedCall,
    locode_fence,
    names_told,
    port_call,
    stated_calls,
    surest,
    timed,
)


def judge_manifests(
    events: Sequence[TrackingEvent], files: Iterable[Path], ports: Iterable[str], codes: Path | None
) -> list[Alert]:
    """Alerts of vessels that cannot have been where manifests say, by time.

    Args:
        events: Recorded AIS.
        files: Manifests, in any standard.
        ports: Ports as `UN/LOCODE=LAT,LON` or `UN/LOCODE=LAT,LON,KM`.
        codes: Folder of imported code lists, for ports not given; None for none.

    Raises:
        SettingsError: A file cannot be read, or a port is none.
        UnreadableError: A file is no manifest, or says of no vessel where and when it calls.
    """
    given = dict(_port(text) for text in ports)
    book = read_codebook(codes) if codes is not None else None
    known = [event for event in map(timed, events) if event.device is not None]
    by_name: dict[tuple[Known, str], set[str]] = {}
    for event in known:
        for name in names_told(event):
            by_name.setdefault(name, set()).add(event.device or "")
    alerts: dict[str, Alert] = {}
    for manifest, call in _calls(files):
        port, doubts = _fence(call.port, given, book)
        for alert in _judged((manifest, call), (port, doubts), known, by_name):
            alerts[alert.id] = alert
    return sorted(alerts.values(), key=lambda alert: (alert.since, alert.id))


def _judged(
    stated: tuple[str, StatedCall],
    port: tuple[Fence, tuple[str, ...]],
    events: Sequence[TrackingEvent],
    by_name: dict[tuple[Known, str], set[str]],
) -> tuple[Alert, ...]:
    """What contradicts a call; nothing where the vessel is not known, or a name is borne by several."""
    manifest, call = stated
    fence, doubts = port
    found = surest((kind, mmsi) for kind in KNOWN for mmsi in by_name.get((kind, call.vessel.get(kind, "")), ()))
    if found is None or (found[0] == "name" and len(found[1]) > 1):
        return ()
    by_vessel = []
    for mmsi in found[1]:
        more = (*((NAME_ALONE,) if found[0] == "name" else ()), *doubts)
        meant = port_call(call, (manifest, mmsi), fence, more)
        by_vessel.append(judge_port_calls(events, [meant], as_of=_latest(events)))
    return () if not all(by_vessel) else min(by_vessel, key=lambda alerts: alerts[0].confidence)


def _latest(events: Sequence[TrackingEvent]) -> datetime:
    return max(event.received_at for event in events)


def _calls(files: Iterable[Path]) -> Iterator[tuple[str, StatedCall]]:
    for file in files:
        documents = standards.read(read_file(file)).documents
        stated = [(one, stated_calls(one)) for one in documents if isinstance(one, Manifest)]
        if not any(calls for _, calls in stated):
            raise UnreadableError(
                f"{shown(str(file))} is not a manifest that states which vessel calls where and when.",
                code="port-call-unstated",
                expected="a manifest with vessel, UN/LOCODE of its ports, and days",
            )
        for document, calls in stated:
            title = document.registration or document.voyage or file.name
            yield from ((f"{document.office.code} {title}" if document.office.code else title, call) for call in calls)


def _port(text: str) -> tuple[str, Fence]:
    name, _, place = text.partition("=")
    try:
        lat, lon, *more = (float(part) for part in place.split(","))
        radius = more[0] * 1_000 if more else LOCODE_RADIUS_M
        if not (abs(lat) <= 90 and abs(lon) <= 180 and radius > 0 and len(more) <= 1):
            raise ValueError(text)
    except ValueError as error:
        raise SettingsError(
            "This is not a port.", expected="LOCODE=LAT,LON or LOCODE=LAT,LON,KM", found=text[:100]
        ) from error
    code = name.replace(" ", "").upper()
    return code, Fence(name=code, purpose="port", centre=(lon, lat), radius_m=radius)


def _fence(port: str, given: dict[str, Fence], book: Codebook | None) -> tuple[Fence, tuple[str, ...]]:
    if port in given:
        return given[port], ()
    for _, code in reversed(book.find("unlocode", port) if book is not None else ()):
        if fence := locode_fence(port, code.attributes.get("coordinates", "")):
            return fence, (FROM_LOCODE,)
    raise SettingsError(
        f"The position of {port} is not known.",
        hint=f"Give it as --port {port}=LAT,LON, or import UN/LOCODE (cocket codes import).",
    )
