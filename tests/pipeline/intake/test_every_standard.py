# SPDX-License-Identifier: Apache-2.0
"""Every message of every standard goes the whole way: taken in, sealed, filed with its consignment."""

from __future__ import annotations

from pathlib import Path

from cocket.governance import Principal
from cocket.standards import STANDARDS
from tests.houses import Built, build, envelope, officer

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def test_every_standard_goes_the_whole_way(tmp_path: Path) -> None:
    built = build(tmp_path / "home")
    files = [path for standard in STANDARDS for path in sorted((SAMPLES / standard.name).glob("*.*"))]
    host = Principal(id="h", kind="key", roles=("host",), senders=tuple(path.name for path in files))
    answers = built.house.intake.messages.take_many(
        [envelope(path.read_bytes(), sender=path.name, door="feeds") for path in files], principal=host
    )
    built.desk()
    assert {path.parent.name for path in files} == {standard.name for standard in STANDARDS}
    for path, answer in zip(files, answers, strict=True):
        view = built.house.queries.records.message(officer(), answer.id)
        assert (view.standard, answer.is_unreadable) == (path.parent.name, False), path.name
        assert answer.outcome in ("accepted", "refused"), path.name
        if answer.outcome == "accepted":
            _is_filed(built, view.consignment_ids, answer.id)
    assert built.sign() > len(files)


def _is_filed(built: Built, dossiers: tuple[str, ...], message: str) -> None:
    assert dossiers
    for dossier in dossiers[:2]:
        papers = built.house.queries.records.dossier(officer(), dossier).papers
        assert message in {paper.id for paper in papers}
