# SPDX-License-Identifier: Apache-2.0
"""Faults planted in the synthetic country's manifests are found, each of them, and nothing else is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket import standards
from cocket.consignment import Paper
from cocket.consignment.manifest_control import ManifestControl, Terms, control, names_of_manifest
from cocket.model import Declaration, Document, Manifest
from cocket.simulation import Parameters, simulate
from cocket.simulation.manifest_faults import CODES, Cargo, Fault, plant

LATER = datetime(2027, 6, 1, tzinfo=UTC)
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def read(path: Path) -> Document:
    document = standards.read(path.read_bytes()).document
    assert document is not None
    return document


def country(folder: Path, seed: int) -> Cargo:
    """The papers of a synthetic country, read from its files as any door would."""
    simulate(Parameters(seed=seed, size=90, days=3, history_size=0), folder)
    read_in = [
        read(path) for name in ("host/manifest", "host/sad", "lodge") for path in sorted((folder / name).glob("*.xml"))
    ]
    return Cargo(
        manifests=tuple(one for one in read_in if isinstance(one, Manifest)),
        declarations=tuple(one for one in read_in if isinstance(one, Declaration)),
    )  # fmt: skip


def written(document: Document, standard: str) -> Document:
    """The document after it has gone through a file."""
    again = standards.read(standards.write(document, standard, is_compared=False)).document
    assert again is not None
    return again


def papers_of(cargo: Cargo) -> list[Paper]:
    """Everything as the book would have it: manifests before arrival, outturns after, declarations in between."""
    landed = {names_of_manifest(outturn) for outturn in cargo.outturns}
    papers: list[Paper] = []

    def file(document: Document, received: datetime, **fields: object) -> None:
        papers.append(
            msgspec.structs.replace(
                Paper(
                    message_id=f"m{len(papers)}", index=len(papers), received=received, sender="host", document=document
                ),
                **fields,
            )
        )

    for manifest in cargo.manifests:
        is_amended = names_of_manifest(manifest) in landed
        file(written(manifest, "asycuda-awmds"), EARLY, standing="superseded" if is_amended else "accepted")
    for declaration in cargo.declarations:
        file(written(declaration, "asycuda-sad") if declaration.status else declaration, EARLY)
    for outturn in cargo.outturns:
        file(written(outturn, "asycuda-awmds"), LATER - timedelta(days=30), version=2, function="amendment")
    return papers


def found_in(cargo: Cargo, terms: Terms) -> tuple[Counter[Fault], list[ManifestControl]]:
    kinds = {code: kind for kind, code in CODES.items()}
    papers = papers_of(cargo)
    controls = [control(papers, names_of_manifest(manifest)[0], LATER, terms) for manifest in cargo.manifests]
    told: Counter[Fault] = Counter()
    for manifest, controlled in zip(cargo.manifests, controls, strict=True):
        assert controlled is not None
        for finding in controlled.every_finding:
            if finding.code in kinds:
                bill = finding.arguments.get("bill") or finding.found or ""
                told[Fault(kinds[finding.code], bill, manifest.voyage or "")] += 1
    return told, [one for one in controls if one is not None]


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_what_is_planted_is_found_and_nothing_else(tmp_path: Path, seed: int) -> None:
    honest = country(tmp_path, seed)
    before, _ = found_in(honest, Terms())
    assert before == Counter()
    faulty, truth = plant(honest, seed, each=3)
    assert Counter(fault.kind for fault in truth) == dict.fromkeys(CODES, 3)
    found, controls = found_in(faulty, Terms())
    assert found == Counter(truth)
    errors = [f for one in controls for f in one.every_finding if f.severity == "error"]
    assert errors == []


def test_the_same_seed_plants_the_same_and_another_does_not(tmp_path: Path) -> None:
    honest = country(tmp_path, 6)
    assert plant(honest, 1) == plant(honest, 1)
    assert plant(honest, 1)[1] != plant(honest, 2)[1]


def test_before_the_days_are_over_nothing_is_overdue(tmp_path: Path) -> None:
    faulty, truth = plant(country(tmp_path, 7), 7)
    found, _ = found_in(faulty, Terms(undeclared_days=3650))
    assert found == Counter(fault for fault in truth if fault.kind != "undeclared")
