# SPDX-License-Identifier: Apache-2.0
"""The way in: no message is judged by another profile than the one asked for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cocket import standards
from cocket.errors import SenderError, UnreadableError
from cocket.findings import render
from cocket.standards import ConvertOptions, Limits, Options
from cocket.standards._front import profile_names
from cocket.standards.streaming import check_stream, stream

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
EACH = [min((SAMPLES / folder.name).rglob("*.*")) for folder in sorted(SAMPLES.iterdir()) if folder.is_dir()]


@pytest.mark.parametrize("path", EACH, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("profile", ["gb_cds", "", "asycuda:nowhere"])
def test_a_profile_that_there_is_not_refuses_any_message_and_names_those_there_are(path: Path, profile: str) -> None:
    reading = standards.read(path.read_bytes(), Options(profile=profile))
    assert (reading.outcome, reading.document) == ("refused", None)
    (finding,) = reading.findings
    assert finding.code == "profile-unknown"
    assert all(name in render(finding) for name in profile_names())


@pytest.mark.parametrize("path", EACH, ids=lambda path: path.parent.name)
def test_a_profile_refuses_messages_of_other_standards_and_no_others(path: Path) -> None:
    data = path.read_bytes()
    standard, _ = standards.recognise(data)
    for profile in profile_names():
        codes = {finding.code for finding in standards.read(data, Options(profile=profile)).findings}
        is_own = profile in standard.profiles
        assert ("profile-of-another-standard" in codes) is not is_own, profile
        assert "profile-unknown" not in codes


def test_a_large_message_read_in_parts_is_held_to_it_too() -> None:
    data = next((SAMPLES / "asycuda-awmds").rglob("*.xml")).read_bytes()
    assert check_stream(io.BytesIO(data)).outcome == "accepted"
    for profile, code in (("gb_cds", "profile-unknown"), ("gb-cds", "profile-of-another-standard")):
        assert [each.code for each in check_stream(io.BytesIO(data), Options(profile=profile)).findings] == [code]
        with pytest.raises(UnreadableError):
            stream(io.BytesIO(data), Options(profile=profile))


# What a message may measure


def invoice(picture: str) -> bytes:
    """Our invoice with the picture of it inside."""
    text = next((SAMPLES / "ubl-invoice").rglob("*.xml")).read_text("utf-8")
    head, mark, rest = text.partition("<cac:AccountingSupplierParty>")
    assert mark
    inside = (
        "<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject"
        f' mimeCode="application/pdf" filename="i.pdf">{picture}</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>'
        "</cac:AdditionalDocumentReference>"
    )
    return (head + inside + mark + rest).encode()


def test_a_picture_of_some_megabytes_in_an_invoice_is_read_and_written_again() -> None:
    data = invoice("QUJD" * 1_000_000)
    reading = standards.read(data)
    assert reading.outcome == standards.read(invoice("QUJD")).outcome == "accepted"
    assert reading.document is not None
    assert b"QUJD" * 1_000_000 in standards.write(reading.document, "ubl-invoice")


@pytest.mark.parametrize("picture", ["QUJD" * 2_500_100, "no base 64! " * 10_000])
def test_a_picture_that_is_too_large_or_none_is_refused(picture: str) -> None:
    reading = standards.read(invoice(picture))
    assert [finding.code for finding in reading.findings] == ["xml-too-large"]


def test_a_picture_above_ten_megabytes_is_read_written_and_converted_if_the_limits_say_so() -> None:
    data, roomy = invoice("QUJD" * 2_800_000), Limits(size=64 << 20, binary=60_000_000)
    reading = standards.read(data, Options(limits=roomy))
    assert reading.outcome == "accepted"
    assert reading.document is not None
    written = standards.write(reading.document, "ubl-invoice")
    assert b"QUJD" * 2_800_000 in written
    refused = standards.read(data, Options(limits=Limits(size=64 << 20)))
    assert [finding.code for finding in refused.findings] == ["xml-too-large"]
    done = standards.convert(data, "ubl-invoice", ConvertOptions(limits=roomy))
    assert done.outcome == "accepted"
    assert b"QUJD" * 2_800_000 in (done.message or b"")
    with pytest.raises(UnreadableError):
        standards.convert(data, "cii")


def test_a_conversion_takes_the_limits_and_the_package_of_its_caller() -> None:
    data = min((SAMPLES / "wco-dm").glob("*.xml")).read_bytes()
    done = standards.convert(data, "wco-dm", ConvertOptions(limits=Limits()))
    assert done == standards.convert(data, "wco-dm")
    with pytest.raises(UnreadableError):
        standards.convert(data, "wco-dm", ConvertOptions(limits=Limits(size=len(data) - 1)))
    with pytest.raises(SenderError):  # a directory of EDIFACT that is none, and not for this message
        standards.convert(min((SAMPLES / "ncts").glob("*.xml")).read_bytes(), "ncts", ConvertOptions(package=b"{}"))


def test_limits_of_the_callers_own_hold_in_each_syntax() -> None:
    for folder, code in (("wco-dm", "xml"), ("epcis", "json"), ("edifact-cuscar", "edifact")):
        data = min((SAMPLES / folder).rglob("*.*")).read_bytes()
        assert standards.read(data, Options(limits=Limits())).outcome == "accepted"
        refused = standards.read(data, Options(limits=Limits(size=len(data) - 1)))
        assert [finding.code for finding in refused.findings] == [f"{code}-too-large"]
    few = standards.read(data, Options(limits=Limits(segments=10)))
    assert few.findings[-1].code == "edifact-too-large"


def test_text_is_no_message_and_the_error_says_what_to_do() -> None:
    with pytest.raises(SenderError, match="read_bytes"):
        standards.read("<Declaration/>")  # type: ignore[arg-type]  # what is tried
