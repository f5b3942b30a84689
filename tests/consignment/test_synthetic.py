# SPDX-License-Identifier: Apache-2.0
"""The synthetic host files: each declaration meets its bill, and the one that was made not to fit is found."""

from __future__ import annotations

from uuid import UUID

import pytest

from cocket import standards
from cocket.consignment import Claim, Dossier, Holder, Paper, Use, consignments_of, derive, link, narrow
from cocket.model import Manifest, Reading
from tests.consignment.making import paper
from tests.corpora import corpora

MISFIT = "sad-24-A-blpackages"


def claimed() -> list[tuple[str, Reading, Claim]]:
    """Every claim of every manifest, then of every SAD, with the name of its file."""
    folder = corpora("host", "asycuda-synthetic")
    paths = sorted(folder.glob("manifest/*.xml")) + sorted(folder.glob("sad/*.xml"))
    readings = [(path.stem, standards.read(path.read_bytes())) for path in paths]
    # what is refused for other planted defects is judged here all the same
    taken = [(name, Reading(outcome="accepted", document=r.document, reference=name)) for name, r in readings]
    return [(name, reading, claim) for name, reading in taken for claim in consignments_of(reading, "host")]


@pytest.fixture(scope="module")
def dossiers() -> dict[str, Dossier]:
    """The dossier of each SAD, by the name of its file."""
    papers: dict[UUID, list[Paper]] = {}
    named: dict[str, UUID] = {}
    owner: dict[tuple[str, str], dict[Holder, Use]] = {}
    for index, (name, reading, claim) in enumerate(claimed()):
        target = link(claim.keys, claim.day, owner).target or UUID(int=index)
        owner |= {key.pair: {Holder(target.int, target): Use(claim.day, claim.day)} for key in claim.strong}
        document = reading.document
        if isinstance(document, Manifest):
            document = narrow(document, claim.part)
        else:
            named[name] = target
        papers.setdefault(target, []).append(paper(document, index, part=claim.part))
    return {name: derive(papers[target]) for name, target in named.items()}


def test_every_declaration_meets_its_bill(dossiers: dict[str, Dossier]) -> None:
    assert len(dossiers) == 24
    for name, dossier in dossiers.items():
        assert any(filed.part for filed in dossier.papers), f"{name} stands alone"
        assert "declared-not-manifested" not in {finding.code for finding in dossier.findings}


def test_only_the_misfit_differs_in_packages(dossiers: dict[str, Dossier]) -> None:
    differing = [name for name, d in dossiers.items() if "bill-packages-differ" in {f.code for f in d.findings}]
    assert differing == [MISFIT]


def test_what_fits_has_no_warning(dossiers: dict[str, Dossier]) -> None:
    clean = {name: dossier for name, dossier in dossiers.items() if name.count("-") == 2}
    assert len(clean) == 18
    for name, dossier in clean.items():
        assert [finding for finding in dossier.findings if finding.severity == "warning"] == [], name
