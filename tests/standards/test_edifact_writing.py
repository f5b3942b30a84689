# SPDX-License-Identifier: Apache-2.0
"""Interchanges from the model: what was read is written where it stood, counts and references are made anew."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec import structs

from cocket.errors import SenderError
from cocket.findings import Gathered
from cocket.model import Extension, Licence, Manifest, Movement
from cocket.standards import convert, read, write
from cocket.standards.edifact import write_interchange
from cocket.standards.edifact.scanning import Scanner
from tests.standards.edifact_samples import BASE, MESSAGES, SAMPLES, having, interchange, judged, of, with_more

EACH = [path for message in MESSAGES for path in of(message)]


def segments_of(data: bytes) -> list[str]:
    """The segments of an interchange, counts left out and those of one tag and qualifier in any order."""
    (tokens,) = [list(each) for each in Scanner([data], Gathered()).interchanges()]
    return sorted(raw for raw, _, _ in tokens if raw[:3] not in ("UNT", "UNZ"))


@pytest.mark.parametrize("path", EACH, ids=lambda path: path.stem)
def test_what_is_written_has_every_segment_that_was_read_and_no_other(path: object) -> None:
    data = path.read_bytes()  # type: ignore[attr-defined]
    reading = read(data)
    assert reading.document is not None
    assert reading.standard is not None
    assert segments_of(write(reading.document, reading.standard)) == segments_of(data)


def test_a_value_in_another_place_than_its_own_is_written_where_it_stood() -> None:
    text = interchange(with_more(6, "LOC+5+CNSHA", "DTM+186:20261118:102")[:8] + with_more(6, "X", "X")[9:])
    reading = judged(text)
    assert isinstance(reading.document, Manifest)
    assert reading.document.departure_place == "CNSHA"
    written = write(reading.document, "edifact-cuscar").decode()
    assert "LOC+5+CNSHA'" in written
    assert written.count("CNSHA") == text.count("CNSHA")


def test_a_change_of_the_document_is_written() -> None:
    manifest = judged(interchange()).document
    assert isinstance(manifest, Manifest)
    bill = structs.replace(manifest.bills[0], gross_mass_kg=Decimal("1499.25"))
    changed = structs.replace(manifest, bills=(bill,))
    again = judged(write(changed, "edifact-cuscar"))
    assert again.document == changed
    assert again.findings == ()


def test_a_manifest_of_the_host_becomes_a_cargo_report_that_lacks_only_its_envelope() -> None:
    host = next((SAMPLES / "asycuda-awmds").glob("awappend*.xml")).read_bytes()
    conversion = convert(host, "edifact-cuscar")
    missing = {each.location.split(" ")[0] for each in conversion.findings if each.location}
    assert (conversion.outcome, missing) == ("refused", {"UNB"})


def test_several_documents_are_one_interchange() -> None:
    manifest = judged(interchange()).document
    assert manifest is not None
    reading = judged(write_interchange([manifest, manifest], ["CUSCAR", "CUSCAR"]))
    assert "edifact-reference-repeated" in [each.code for each in reading.findings]  # their own references are kept
    assert len(reading.further) == 1


@pytest.mark.parametrize(
    ("document", "standard"),
    [
        (Licence(), "edifact-cuscar"),
        (Movement(message_name="CODECO"), "edifact-iftsta"),
        (Manifest(voyage="a\x01b"), "edifact-cuscar"),
        (Manifest(voyage="two\nlines"), "edifact-cuscar"),
        (Manifest(extensions=(Extension("UNB[1]/1.1", "UNOA"), Extension("BGM[1]/4.1", "small"))), "edifact-cuscar"),
        (Manifest(extensions=(Extension("UNB[1]/1.1", "UNOZ"),)), "edifact-cuscar"),
        (Manifest(extensions=(Extension("UNH[1]/2.3", "77X"),)), "edifact-cuscar"),
    ],
    ids=["another thing", "another message", "control", "line break", "small letters", "no set", "no release"],
)
def test_what_a_message_cannot_carry_is_refused(document: object, standard: str) -> None:
    with pytest.raises(SenderError):
        write(document, standard)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path", ["", "x", "/", "BGM[0]/1.1", "BGM[1]/0.1", "BGM[1]/1.0", "BGM[1]/99999.1", "BGM[1]/9.99999", "]/[{}"]
)
def test_extensions_that_are_none_of_its_notation_are_passed_over(path: str) -> None:
    document = judged(interchange()).document
    assert isinstance(document, Manifest)
    odd = structs.replace(document, extensions=(*document.extensions, Extension(path, "X")))
    assert judged(write(odd, "edifact-cuscar")).document == document


def test_texts_beyond_latin_are_written_in_utf_8() -> None:
    data = write(Manifest(voyage="泵"), "edifact-cuscar")
    assert data.startswith(b"UNA:+.?*'\nUNB+UNOW:4")
    assert "泵" in data.decode()


def test_odd_qualifiers_survive() -> None:
    reading = judged(interchange(having(4, "NAD+?+?:+A/B")), "latin-1")
    assert reading.document is not None
    assert judged(write(reading.document, "edifact-cuscar")).document == reading.document
    assert len(BASE) > 0
