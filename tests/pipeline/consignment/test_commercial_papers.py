# SPDX-License-Identifier: Apache-2.0
"""Invoice, packing list and bill of lading of one consignment, lodged by different senders, meet in one dossier."""

from __future__ import annotations

from pathlib import Path

from cocket.governance import Principal
from tests.houses import build, envelope, officer

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FILES = ("ubl-invoice/machine-parts.xml", "ubl-packing/packing-list.xml", "uncefact/bill-of-lading.json")


def test_the_papers_of_one_sale_meet_in_one_dossier(tmp_path: Path) -> None:
    built = build(tmp_path / "home")
    host = Principal(id="h", kind="key", roles=("host",), senders=FILES)
    messages = [envelope((SAMPLES / name).read_bytes(), sender=name) for name in FILES]
    answers = built.house.intake.messages.take_many(messages, principal=host)
    built.desk()
    assert [answer.outcome for answer in answers] == ["accepted"] * 3
    dossiers = {
        one for each in answers for one in built.house.queries.records.message(officer(), each.id).consignment_ids
    }
    assert len(dossiers) == 1
    papers = built.house.queries.records.dossier(officer(), dossiers.pop()).papers
    assert {paper.id for paper in papers} == {answer.id for answer in answers}
