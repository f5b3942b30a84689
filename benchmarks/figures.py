# SPDX-License-Identifier: Apache-2.0
"""One measured figure, and the messages that loads are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from cocket import standards
from cocket.model import Declaration
from cocket.simulation import WORLDS, simulate

#: How many figures at the end of a reference are replaced.
_ENDING = 7


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


def sample_manifests(size: int = 1_000) -> list[bytes]:
    """Manifests of the synthetic country for so many declarations (0..n); their bills are of no declaration that is lodged."""
    with TemporaryDirectory() as folder:
        parameters = msgspec.structs.replace(WORLDS["alphaland"], size=size, history_size=0, start=date(2026, 11, 2))
        simulate(parameters, Path(folder))
        paths = sorted(Path(folder, "host", "manifest").glob("*.xml"))
        return [_of_no_declaration(path.read_bytes(), number) for number, path in enumerate(paths, 1)]


def _of_no_declaration(manifest: bytes, number: int) -> bytes:
    voyage = b"<Voyage_number>V%07d</Voyage_number>" % number
    manifest = re.sub(rb"<Voyage_number>[^<]*</Voyage_number>", voyage, manifest)
    return manifest.replace(b"<Bol_reference>CKT", b"<Bol_reference>MAN")


def distinct(samples: list[bytes], first: int = 0) -> Iterator[bytes]:
    """The samples again and again, each time under other references, so that each is a consignment of its own.

    Args:
        samples: Declarations (1..n).
        first: Number of the first references; another gives others.
    """
    cut = [_around_names(sample) for sample in samples]
    for number in count(first):
        pieces = cut[number % len(cut)]
        ending = b"%0*d" % (_ENDING, number)
        yield ending.join(pieces)


def _around_names(sample: bytes) -> list[bytes]:
    """A message cut where the last figures of its references stand."""
    document = standards.read(sample).document
    names = document.references if isinstance(document, Declaration) else ()
    values = {name.value for name in names if name.kind != "EQUIPMENT" and len(name.value) > _ENDING}
    pattern = "|".join(f"(?<={re.escape(value[:-_ENDING])}){re.escape(value[-_ENDING:])}" for value in sorted(values))
    return re.split(pattern.encode(), sample) if values else [sample]
