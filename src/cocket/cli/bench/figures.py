# SPDX-License-Identifier: Apache-2.0
"""One measured figure, and the messages that loads are made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from cocket import standards
from cocket.model import Declaration
from cocket.simulation import WORLDS, simulate


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured figure.

    Attributes:
        name: What was measured.
        value: How much.
        unit: Of what.
        note: Beside what, or under which conditions.
    """

    name: str
    value: float
    unit: str
    note: str = ""


def sample_declarations(size: int = 60) -> list[bytes]:
    """WCO declarations of the synthetic country (`size` of them, or some fewer)."""
    with TemporaryDirectory() as folder:
        parameters = msgspec.structs.replace(
            WORLDS["alphaland"], size=2 * size, history_size=0, lodged_directly=0.6, start=date(2026, 11, 2)
        )
        simulate(parameters, Path(folder))
        return [path.read_bytes() for path in sorted(Path(folder, "lodge").glob("*.xml"))[:size]]


def distinct(samples: list[bytes]) -> Iterator[bytes]:
    """The samples again and again, each time under another reference, so that none is a repeat or a conflict."""
    cut = [_around_reference(sample) for sample in samples]
    for number in count():
        before, reference, after = cut[number % len(cut)]
        yield before + b"%s-%d" % (reference[:12], number) + after


def _around_reference(sample: bytes) -> tuple[bytes, bytes, bytes]:
    document = standards.read(sample).document
    reference = document.functional_reference if isinstance(document, Declaration) else None
    name = (reference or "").encode()
    before, _, after = sample.partition(name)
    return before, name, after
