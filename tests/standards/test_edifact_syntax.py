# SPDX-License-Identifier: Apache-2.0
"""The syntax of EDIFACT: service characters, character sets, envelopes and counts; each fault with its place."""

from __future__ import annotations

import pytest

from cocket.findings import render
from cocket.model import Manifest
from cocket.standards import write
from tests.standards.edifact_samples import BASE, codes, first, having, interchange, judged, with_more

SWAPPED = str.maketrans({":": "|", "+": "*", "'": "~"})


def test_the_base_is_accepted() -> None:
    assert judged(interchange()).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        interchange(advice=""),
        interchange(between="\r\n"),
        interchange(between="\n", advice="UNA:+.? '\n"),
        interchange([segment.translate(SWAPPED) for segment in BASE], "UNA|*.? ~", "~"),
        interchange([s.translate(str.maketrans(":+", "\x1f\x1d")) for s in BASE], "UNA\x1f\x1d.? \x1c", "\x1c"),
        interchange(having(15, "MEA+AAE+G+KGM:1500,5"), "UNA:+,? '"),
        interchange(having(3, "DTM+137:202611200915:203+++")),
        interchange(having(14, "FTX+AAA+++A?+B?:C?'D??")),
    ],
    ids=["no advice", "CRLF", "LF", "other marks", "control marks", "comma", "empty elements", "released"],
)
def test_variations_of_the_syntax_are_accepted(text: str) -> None:
    assert judged(text).outcome == "accepted"


def test_released_marks_are_part_of_the_value_and_are_released_again() -> None:
    reading = judged(interchange(having(14, "FTX+AAA+++A?+B?:C?'D??")))
    assert isinstance(reading.document, Manifest)
    assert reading.document.bills[0].goods_description == "A+B:C'D?"
    assert b"A?+B?:C?'D??'" in write(reading.document, "edifact-cuscar")


def test_a_decimal_comma_is_a_decimal_mark() -> None:
    reading = judged(interchange(having(15, "MEA+AAE+G+KGM:1500,5"), "UNA:+,? '"))
    assert isinstance(reading.document, Manifest)
    assert str(reading.document.bills[0].gross_mass_kg) == "1500.5"


def test_a_decimal_mark_that_was_not_announced_is_told() -> None:
    reading = judged(interchange(having(15, "MEA+AAE+G+KGM:1500,5")))
    assert (reading.outcome, codes(reading)) == ("accepted", ["edifact-decimal-mark"])


@pytest.mark.parametrize(
    "advice",
    ["UNA:+.?", "UNA::.? '", "UNA:+.+ '", "UNAABCD E", "UNA:+.? ", "una:+.? '", "UNA:+x? '", "UNA +.? '"],
)
def test_an_advice_that_cannot_be_is_refused(advice: str) -> None:
    reading = judged(interchange(advice=advice))
    assert reading.outcome == "refused"
    assert first(reading).code in ("edifact-una", "edifact-header-missing")


@pytest.mark.parametrize(
    ("syntax", "codec", "text"),
    [
        ("UNOA:2", "ascii", "LATHES (2)"),
        ("UNOB:1", "ascii", "lathes"),
        ("UNOC:3", "iso8859-1", "Pümpen"),
        ("UNOD:3", "iso8859-2", "Łożyska"),
        ("UNOE:3", "iso8859-5", "Насосы"),
        ("UNOF:3", "iso8859-7", "Αντλίες"),
        ("UNOK:3", "iso8859-9", "İğne"),
        ("UNOW:4", "utf-8", "泵"),
        ("UNOX:4", "iso2022_jp_2", "ポンプ"),
        ("UNOY:4", "utf-8", "泵"),
    ],
)
def test_texts_in_their_character_set_are_read_and_written(syntax: str, codec: str, text: str) -> None:
    segments = list(having(14, f"FTX+AAA+++{text}"))
    segments[0] = segments[0].replace("UNOA:2", syntax)
    reading = judged(interchange(segments), codec)
    assert reading.outcome == "accepted", reading.findings
    assert isinstance(reading.document, Manifest)
    assert reading.document.bills[0].goods_description == text
    assert text.encode(codec) in write(reading.document, "edifact-cuscar")


@pytest.mark.parametrize(
    ("sign", "code"),
    [("a", "edifact-character"), ("#", "edifact-character"), ("\t", "edifact-control-character")],
)
def test_a_character_outside_the_set_is_told_with_line_and_column(sign: str, code: str) -> None:
    reading = judged(interchange(having(14, f"FTX+AAA+++AB{sign}"), "UNA:+.? '\n", between="\n"))
    finding = next(each for each in reading.findings if each.code == code)
    assert (reading.outcome, finding.location) == ("refused", "16:13")


def test_bytes_of_another_encoding_are_refused() -> None:
    segments = [
        having(14, "FTX+AAA+++P\xfcmpen")[0].replace("UNOA:2", "UNOW:4"),
        *having(14, "FTX+AAA+++P\xfcmpen")[1:],
    ]
    assert codes(judged(interchange(segments))) == ["edifact-encoding"]


@pytest.mark.parametrize("wide", ["utf-16", "cp037"])
def test_utf_16_and_ebcdic_are_refused(wide: str) -> None:
    assert judged(interchange().encode(wide)).outcome == "refused"


@pytest.mark.parametrize(
    ("place", "segment", "code", "location"),
    [
        (17, "UNT+16+1", "edifact-count", "UNT 1.1 19:1"),
        (17, "UNT+-17+1", "edifact-count", "UNT 1.1 19:1"),
        (17, "UNT++1", "edifact-element-missing", "UNT 1 19:1"),
        (17, "UNT+17+2", "edifact-reference-differs", "UNT 2.1 19:1"),
        (18, "UNZ+2+R1", "edifact-count", "UNZ 1.1 20:1"),
        (18, "UNZ+1+R2", "edifact-reference-differs", "UNZ 2.1 20:1"),
        (0, "UNB+UNOA:2++CUSTOMS+261120:0915+R1", "edifact-element-missing", "UNB 2 2:1"),
        (0, "UNB+UNOA:2+LINE+CUSTOMS+261320:0915+R1", "edifact-date", "UNB 4.1 2:1"),
        (0, "UNB+UNOA:2+LINE+CUSTOMS+261120:2515+R1", "edifact-date", "UNB 4.2 2:1"),
        (0, "UNB+UNOA:9+LINE+CUSTOMS+261120:0915+R1", "edifact-syntax-unknown", "UNB 1.2 2:1"),
        (0, "UNB+UNOZ:2+LINE+CUSTOMS+261120:0915+R1", "edifact-syntax-unknown", "UNB 1.1 2:1"),
        (1, "UNH+1+CUSCAR:D:99Z:UN", "edifact-release-unknown", "UNH 2.3 3:1"),
        (1, "UNH+1+ORDERS:D:95B:UN", "edifact-message-unknown", "UNH 2.1 3:1"),
        (1, "UNH++CUSCAR:D:95B:UN", "edifact-element-missing", "UNH 1 3:1"),
    ],
)
def test_a_fault_of_the_envelope_is_told_with_its_place(place: int, segment: str, code: str, location: str) -> None:
    reading = judged(interchange(having(place, segment), "UNA:+.? '\n", between="\n"))
    assert reading.outcome == "refused"
    assert (code, location) in [(each.code, each.location) for each in reading.findings]


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (BASE[:-1], "edifact-trailer-missing"),
        ((*BASE[:-2], BASE[-1]), "edifact-trailer-missing"),
        (BASE[1:], "edifact-header-missing"),
        ((BASE[0], "UNG+CUSCAR+A+B+261120:0915+1+UN+D:95B", *BASE[1:]), "edifact-trailer-missing"),
        ((*BASE[:-1], *BASE[1:-1], "UNZ+2+R1"), "edifact-reference-repeated"),
        ((BASE[0], "UNZ+0+R1"), "edifact-no-message"),
        ((BASE[0], "BGM+1", *BASE[1:]), "edifact-nesting"),
    ],
    ids=["no UNZ", "no UNT", "no UNB", "no UNE", "reference twice", "no message", "segment outside"],
)
def test_a_nesting_that_cannot_be_is_refused(segments: tuple[str, ...], code: str) -> None:
    reading = judged(interchange(segments))
    assert (reading.outcome, code in codes(reading)) == ("refused", True)


def test_groups_of_messages_are_counted_and_kept() -> None:
    group = (BASE[0], "UNG+CUSCAR+A+B+261120:0915+G1+UN+D:95B", *BASE[1:-1], "UNE+1+G1", BASE[-1])
    reading = judged(interchange(group))
    assert reading.findings == ()
    assert reading.document is not None
    assert b"UNE+1+G1'" in write(reading.document, "edifact-cuscar")
    assert codes(judged(interchange([*group[:-2], "UNE+2+G1", group[-1]]))) == ["edifact-count"]


def test_several_messages_and_interchanges_are_all_read() -> None:
    second = ["UNH+2+CUSCAR:D:95B:UN", *[each.replace("MAN1", "MAN2") for each in BASE[2:-2]], "UNT+17+2"]
    twice = [*BASE[:-1], *second, "UNZ+2+R1"]
    other = [each.replace("R1", "R2").replace("MAN1", "MAN3") for each in BASE]
    reading = judged(interchange(twice) + interchange(other))
    assert reading.findings == ()
    assert [reading.reference, *(each.reference for each in reading.further)] == ["MAN1", "MAN2", "MAN3"]


def test_a_fault_in_any_message_refuses_them_all() -> None:
    other = [each.replace("R1", "R2").replace("NLRTM", "NLR") for each in BASE]
    reading = judged(interchange() + interchange(other))
    assert [reading.outcome, *(each.outcome for each in reading.further)] == ["refused", "refused"]


def test_a_control_reference_used_twice_is_refused() -> None:
    assert codes(judged(interchange() + interchange())) == ["edifact-reference-repeated"]


@pytest.mark.parametrize("rest", ["GARBAGE", "UNX+1'", "<xml/>", "\x00"])
def test_bytes_behind_the_end_are_refused(rest: str) -> None:
    assert judged(interchange() + rest).outcome == "refused"


@pytest.mark.parametrize("size", range(20, len(interchange()) - 1, 23))
def test_an_interchange_cut_short_is_refused(size: int) -> None:
    assert judged(interchange()[:size]).outcome == "refused"


def test_a_release_character_with_nothing_to_release_is_refused() -> None:
    assert (
        codes(judged(interchange()[:-1] + "?'")) == ["edifact-release-end"]
        or judged(interchange()[:-1] + "?'").outcome == "refused"
    )
    assert codes(judged(interchange()[:-1] + "?")) == ["edifact-release-end"]


def test_a_line_break_within_a_segment_is_refused_and_lines_go_on() -> None:
    text = interchange(having(14, "FTX+AAA+++PARTS\nOF PUMPS"), "UNA:+.? '\n", between="\n").replace("UNT+17", "UNT+9")
    found = [(each.code, each.location) for each in judged(text).findings]
    assert ("edifact-line-break", "FTX 16:1") in found
    assert ("edifact-count", "UNT 1.1 20:1") in found


def test_repetitions_are_read_judged_and_written_again() -> None:
    segments = [BASE[0].replace("UNOA:2", "UNOC:4"), "UNH+1+CUSCAR:D:21B:UN", *BASE[2:4], "TDT+20*21+1", *BASE[17:]]
    segments[-2] = "UNT+5+1"
    reading = judged(interchange(segments, ""))
    assert codes(reading) == ["edifact-element-unexpected"]
    assert reading.document is not None
    assert b"TDT+20*21+1'" in write(reading.document, "edifact-cuscar")


def test_findings_are_sentences() -> None:
    reading = judged(interchange(having(15, "MEA+AAE+G+KGM:-5")))
    assert [render(each) for each in reading.findings] == ["-5 is not a possible quantity: 0 or more"]


def test_a_segment_too_many_is_counted() -> None:
    assert codes(judged(interchange(with_more(4, *["RFF+ABE:X"] * 9)))) == []
    assert codes(judged(interchange(with_more(4, *["RFF+ABE:X"] * 10)))) == ["edifact-segment-repeated"]


@pytest.mark.parametrize(
    ("syntax", "day", "is_odd"),
    [("UNOA:3", "20261120", True), ("UNOA:3", "261120", False), ("UNOA:4", "20261120", False)],
)
def test_a_day_of_eight_digits_is_told_before_version_4(syntax: str, day: str, is_odd: bool) -> None:
    found = judged(interchange(having(0, f"UNB+{syntax}+LINE+CUSTOMS+{day}:0915+R1")))
    assert [(one.code, one.severity) for one in found.findings] == [("edifact-date-version", "warning")] * is_odd
    assert found.outcome == "accepted"
