# SPDX-License-Identifier: Apache-2.0
"""Reading and checking one message of each standard, and a large manifest bill by bill, beside lxml alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from lxml import etree

from benchmarks.air import bench_air
from benchmarks.events import bench_events
from benchmarks.figures import Figure
from benchmarks.forms import bench_forms
from benchmarks.papers import bench_papers
from benchmarks.transit import bench_transit
from cocket import standards
from cocket.errors import SenderError
from cocket.findings import Gathered
from cocket.model import Manifest
from cocket.simulation import WORLDS, simulate
from cocket.standards.edifact.messages import Reader
from cocket.standards.edifact.tables import built_in
from cocket.standards.streaming import check_stream

_ROUNDS = 5
_EACH = 40
_BILLS = 2_000


def bench_read(seconds: float) -> Iterator[Figure]:
    """Messages of the synthetic country by standard, each beside bare parsing of the same bytes in the same round."""
    messages = _messages()
    for name, samples in messages.items():
        whole, bare = _paired(
            lambda samples=samples: [standards.read(sample) for sample in samples],  # type: ignore[misc]
            lambda samples=samples: [etree.fromstring(sample) for sample in samples],  # type: ignore[misc]
            seconds,
        )
        size = sum(map(len, samples)) / len(samples) / 1024
        yield Figure(
            name=name,
            value=whole / len(samples) * 1e6,
            unit="µs CPU",
            note=f"a message of {size:.1f} KiB, read and checked",
        )
        yield Figure(name=f"{name} ratio", value=whole / bare, unit="×", note="of bare lxml parsing")
    yield from _edifact(messages["asycuda-awmds"], seconds)
    yield from bench_events(messages["asycuda-awmds"], seconds, _paired)
    yield from bench_transit(messages["asycuda-sad"], seconds, _paired)
    yield from bench_air(messages["asycuda-awmds"], seconds, _paired)
    yield from bench_forms(seconds, _paired)
    yield from bench_papers(messages["asycuda-awmds"], seconds, _paired)
    large = _large(messages["asycuda-awmds"])
    if (refused := check_stream(BytesIO(large))).outcome == "refused":
        raise SenderError("The manifest made for the bench is refused.", findings=refused.findings)
    whole, bare = _paired(lambda: check_stream(BytesIO(large)), lambda: _iterparse(large), seconds)
    yield Figure(name="stream", value=_BILLS / whole, unit="bills/s", note="a manifest in parts, read and checked")
    yield Figure(name="iterparse", value=_BILLS / bare, unit="bills/s", note="lxml alone, each bill dropped once met")
    yield Figure(name="stream ratio", value=whole / bare, unit="×", note="of lxml iterparse")


def _edifact(manifests: list[bytes], seconds: float) -> Iterator[Figure]:
    """A cargo report of many bills: its segments judged and grouped, read into the model, and only split."""
    report = standards.write(_many_bills(manifests), "edifact-cuscar")
    count = report.count(b"'")
    whole, bare = _paired(lambda: standards.read(report), lambda: _split(report), seconds)
    judged, _ = _paired(lambda: list(Reader([report], built_in(), Gathered())), lambda: None, seconds)
    yield Figure(name="edifact", value=count / whole, unit="segments/s", note="a cargo report, read and checked")
    yield Figure(
        name="edifact judged", value=count / judged, unit="segments/s", note="judged and grouped, without model"
    )
    yield Figure(name="edifact split", value=count / bare, unit="segments/s", note="bare splitting at the marks")
    yield Figure(name="edifact ratio", value=whole / bare, unit="×", note="of bare splitting")


def _split(report: bytes) -> list[list[list[str]]]:
    return [[element.split(":") for element in each.split("+")] for each in report.decode("latin-1").split("'")]


def _messages() -> dict[str, list[bytes]]:
    """What hosts and traders of the synthetic country send, by standard, of those that are read."""
    with TemporaryDirectory() as folder:
        parameters = msgspec.structs.replace(WORLDS["alphaland"], size=4 * _EACH, history_size=0, lodged_directly=0.5)
        simulate(parameters, Path(folder))
        found: dict[str, list[bytes]] = {standard.name: [] for standard in standards.STANDARDS}
        for path in sorted(Path(folder).rglob("*.xml")):
            data = path.read_bytes()
            samples = found[standards.recognise(data)[0].name]
            if len(samples) < _EACH:
                samples.append(data)
    return {name: samples for name, samples in found.items() if samples}


def _large(manifests: list[bytes]) -> bytes:
    return standards.write(_many_bills(manifests), "asycuda-awmds")


def _many_bills(manifests: list[bytes]) -> Manifest:
    """The bills of some manifests again and again, as one of so many."""
    documents = [document for data in manifests if isinstance(document := standards.read(data).document, Manifest)]
    bills = [bill for document in documents for bill in document.bills]
    many = tuple(
        msgspec.structs.replace(bills[number % len(bills)], id=f"LARGE{number}", line=number + 1)
        for number in range(_BILLS)
    )
    return msgspec.structs.replace(documents[0], bills=many)


def _iterparse(data: bytes) -> None:
    for _, element in etree.iterparse(BytesIO(data), tag="Bol_segment"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _paired(one: Callable[[], Any], other: Callable[[], Any], seconds: float) -> tuple[float, float]:
    """CPU seconds of the best round of each, taken in turns within a time limit."""
    best = [float("inf"), float("inf")]
    deadline = time.monotonic() + seconds
    for done in range(100):
        for place, work in enumerate((one, other)):
            started = time.process_time()
            work()
            best[place] = min(best[place], time.process_time() - started)
        if done >= _ROUNDS and time.monotonic() > deadline:
            break
    return best[0], best[1]
