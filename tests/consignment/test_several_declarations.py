# SPDX-License-Identifier: Apache-2.0
"""A message with several declarations: a claim for each, and each paper says what its own declaration says."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from cocket import standards
from cocket.consignment import consignments_of, part_of
from cocket.model import Declaration, Manifest

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
BOTH = standards.read((SAMPLES / "postal-item" / "cusitm.json").read_bytes())
LIST = standards.read((SAMPLES / "postal-list" / "itmatt.json").read_bytes())


def test_each_declaration_is_a_claim_with_names_of_its_own() -> None:
    first, second = consignments_of(BOTH, "post")
    assert (first.role, first.part, second.role, second.part) == ("declaration", 0, "declaration", 1)
    assert not {key.pair for key in first.strong} & {key.pair for key in second.strong}


def test_a_part_is_the_declaration_or_the_bill_that_the_claim_is_about() -> None:
    for claim, name in zip(consignments_of(BOTH, "post"), ("RR111122229XA", "UA000000014XA"), strict=True):
        document = part_of(BOTH, claim.part).document
        assert isinstance(document, Declaration) and document.functional_reference == name
    manifest = part_of(LIST, 2).document
    assert isinstance(manifest, Manifest) and [bill.id for bill in manifest.bills] == ["RR111122229XA"]
    assert part_of(LIST, 0) == LIST
    assert part_of(BOTH, 9).document is None


def test_a_refused_message_files_each_and_joins_nothing() -> None:
    refused = structs.replace(BOTH, outcome="refused")
    assert [len(claim.keys) for claim in consignments_of(refused, "post")] == [1, 1]
