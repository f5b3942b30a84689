# SPDX-License-Identifier: Apache-2.0
"""What is written is valid by the schema of the publisher, in the edition in which it was read, and reads the same.

Every sample of ours and every public one is read and written. What the schema accepts as it comes, and what our reader
accepts of our own samples, it has to accept as written. `scripts/draw_conformance.py` draws the counts.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cocket import standards
from tests.corpora import corpora
from tests.standards.published import SAMPLES, SCHEMAS, WITHOUT, Fate, collections, counted, fate_of, files_of, verdict

PAGE = Path(__file__).resolve().parents[2] / "docs" / "standards" / "conformance.md"
WRITERS = {standard.name for standard in standards.STANDARDS if standard.write is not None}


def wrong_with(fate: Fate) -> str | None:
    """What is wrong with how a message was written; None if nothing is."""
    is_ours = fate.collection == "ours" and fate.outcome == "accepted"
    if fate.standard not in WRITERS:
        return None
    if fate.outcome == "accepted" and fate.is_same is None:
        return "is not written"
    if fate.outcome == "accepted" and not fate.is_same:
        return "reads otherwise"
    return "is not valid as written" if fate.is_valid is False and (fate.was_valid or is_ours) else None


def test_every_writer_has_a_schema_or_a_reason_why_there_is_none() -> None:
    assert SCHEMAS.keys() | WITHOUT.keys() == WRITERS
    assert not SCHEMAS.keys() & WITHOUT.keys()
    rows = re.findall(
        r"^\| `([\w-]+)` \| .* \|$", PAGE.read_text("utf-8").partition("\n## By standard")[0], re.MULTILINE
    )
    assert set(rows) == WRITERS


@pytest.mark.parametrize("collection", collections())
def test_what_is_written_is_valid_by_the_published_schema_and_reads_the_same(collection: str) -> None:
    found = [fate for path in files_of(collection) if (fate := fate_of(collection, path)) is not None]
    for (standard, _), count in sorted(counted(found).items()):
        print(f"{standard:20} {count['files']:5} files, {count['valid']} of {count['judged']} valid as written")
    assert [(fate.path.name, what) for fate in found if (what := wrong_with(fate))] == []


def test_our_samples_are_valid_as_they_are_where_there_is_a_schema() -> None:
    """So that what the gate asks of a writer can be asked of it."""
    corpora("gs1-epcis")
    judged = {}
    for standard in SCHEMAS:
        for path in sorted((SAMPLES / standard).glob("*.*")):
            data = path.read_bytes()
            if standards.read(data).outcome == "accepted":
                judged[standard, path.name] = verdict(standard, data)
    assert [each for each, verdict in judged.items() if verdict is False] == []
    assert {standard for (standard, _), verdict in judged.items() if verdict} >= {
        standard
        for standard in SCHEMAS
        if standard not in ("ubl-invoice", "ubl-packing", "cii")  # whose schemas are at hand on some machines only
    }


@pytest.mark.parametrize(
    ("standard", "sample", "old", "new"),
    [
        ("epcis-xml", "container-journey.xml", b"bizStep>", b"bizDeed>"),
        ("ncts", "declaration.xml", b"LRN>", b"NRL>"),
        ("wco-dm", "import.xml", b"TypeCode>", b"CodeType>"),
        ("epcis", "goods.json", b'"eventTime"', b'"eventTide"'),
        ("dcsa", "transport-document.json", b'"transportDocumentReference"', b'"reference"'),
    ],
)
def test_a_message_that_is_not_valid_is_found(standard: str, sample: str, old: bytes, new: bytes) -> None:
    corpora("gs1-epcis")
    data = (SAMPLES / standard / sample).read_bytes()
    assert old in data
    assert (verdict(standard, data), verdict(standard, data.replace(old, new))) == (True, False)
