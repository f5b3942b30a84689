# SPDX-License-Identifier: Apache-2.0
"""Segments in their groups and values in their formats, as the directories have them."""

from __future__ import annotations

import re

import pytest

from cocket.findings import render
from cocket.model import Manifest
from cocket.standards import Options, write
from cocket.standards.edifact.streaming import stream
from cocket.standards.edifact.tables import built_in
from tests.standards.edifact_samples import BASE, MESSAGES, SAMPLES, codes, having, interchange, judged, with_more


def test_every_segment_of_every_message_has_a_table() -> None:
    directory, count = built_in(), 0
    for name in MESSAGES:
        for release in directory.releases:
            structure = directory.structure(name, release)
            for tag in structure.elsewhere if structure else ():
                assert directory.segment(tag, release), (name, release, tag)
                count += 1
            if structure:
                assert [structure.whole.members[0].tag, structure.whole.members[-1].tag] == ["UNH", "UNT"]
    assert count > 5000


@pytest.mark.parametrize(
    ("name", "releases"),
    [*((name, 58) for name in MESSAGES if name != "GOVCBR"), ("GOVCBR", 30)],
)
def test_the_releases_of_a_message_are_known(name: str, releases: int) -> None:
    directory = built_in()
    assert (directory.releases[0], directory.releases[-1]) == ("95B", "24A")
    assert sum(directory.structure(name, release) is not None for release in directory.releases) == releases


@pytest.mark.parametrize(
    ("sample", "older", "stray"),
    [
        ("edifact-govcbr/arrival-d24a.edi", "D:21B", "NAD"),  # the parties of an item of a house came with D.22A
        ("edifact-iftsta/two-consignments-d24a.edi", "D:22B", "QTY"),  # quantities of attached equipment with D.23A
        ("edifact-govcbr/house-bill-d11b.edi", "D:11A", "QTY"),  # quantities of equipment came with D.11B
    ],
)
def test_a_message_is_judged_by_the_directory_it_states_and_by_no_other(sample: str, older: str, stray: str) -> None:
    text = (SAMPLES / sample).read_text("utf-8")
    new = judged(text)
    assert (new.outcome, codes(new)) == ("accepted", [])
    stated = re.search(r"D:\d\d[AB]", text)
    assert stated is not None
    old = judged(text.replace(stated[0], older))
    assert any(stray in render(each) for each in old.findings), codes(old)


def test_a_directory_that_is_not_at_hand_is_named_and_its_messages_refused() -> None:
    text = (SAMPLES / "edifact-govcbr/arrival-d24a.edi").read_text("utf-8")
    for release in ("D:23B", "D:24B"):
        reading = judged(text.replace("D:24A", release))
        assert (reading.outcome, codes(reading)) == ("refused", ["edifact-release-unknown"])


@pytest.mark.parametrize(
    ("place", "segment", "code"),
    [
        (3, "DTM+137:20261120:203", "edifact-date"),
        (3, "DTM+137:202602300915:203", "edifact-date"),
        (3, "DTM+137:202611200915:999", "edifact-date-format"),
        (15, "MEA+AAE+G+KGM:-1500", "edifact-quantity"),
        (15, "MEA+AAE+G+KGM:1.500,0", "edifact-element-format"),
        (15, "MEA+AAE+G+KGM:NAN", "edifact-element-format"),
        (13, "GID+1+-10:CT", "edifact-quantity"),
        (13, "GID+-1+10:CT", "edifact-quantity"),
        (8, "EQD+CN+TSTU820849+22G1", "edifact-equipment-number"),
        (6, "LOC+9+CNSH", "edifact-location"),
        (11, "RFF+BM", "edifact-reference-empty"),
        (5, "XYZ+1", "edifact-segment-unknown"),
        (5, "", "edifact-segment-empty"),
        (5, "tdt+20", "edifact-tag"),
        (14, "FTX+AAA+++" + "X" * 71, "edifact-element-length"),
        (14, "FTX+AAA" + "+A" * 5000, "edifact-element-unexpected"),
        (14, "FTX+AAA+++" + ":A" * 5000, "edifact-element-unexpected"),
        (14, "FTX", "edifact-element-missing"),
        (14, "FTX+AAA+++O'BRIEN", "edifact-tag"),
    ],
)
def test_a_segment_that_is_wrong_is_refused_by_its_rule(place: int, segment: str, code: str) -> None:
    reading = judged(interchange(having(place, segment)))
    assert (reading.outcome, code in codes(reading)) == ("refused", True)


def test_a_check_digit_that_is_wrong_warns_as_in_other_standards() -> None:
    reading = judged(interchange(having(8, "EQD+CN+TSTU8208495+22G1")))
    assert reading.outcome == "accepted"
    assert ("edifact-check-digit", "warning") in [(each.code, each.severity) for each in reading.findings]


@pytest.mark.parametrize(
    ("place", "segment"),
    [
        (3, "DTM+137:20261120:102"),
        (3, "DTM+137:202611200915UTC:303"),
        (3, "DTM+137:20261120102030:204"),
        (3, "DTM+137:2026:602"),
        (15, "MEA+AAE+G+KGM:0"),
        (15, "MEA+AAE+AAO+CEL:-18"),
        (8, "EQD+TE+TRAILER 7"),
        (8, "EQD+CN+SHIPPERS OWN:ZZ:87"),
        (6, "LOC+9+FRX:162:ZZZ"),
        (6, "LOC+35+CN"),
    ],
)
def test_a_near_miss_is_accepted(place: int, segment: str) -> None:
    assert codes(judged(interchange(having(place, segment)))) in ([], ["edifact-segment-place"])


def test_a_mandatory_segment_that_is_missing_is_told_where_the_next_one_stands() -> None:
    segments = (*BASE[:2], *BASE[3:-2], "UNT+16+1", BASE[-1])
    finding = judged(interchange(segments, "UNA:+.? '\n", between="\n")).findings[0]
    assert (finding.code, finding.expected, finding.location) == ("edifact-segment-missing", "BGM", "UNT 18:1")


def test_a_segment_before_its_place_is_refused_if_that_leaves_one_out() -> None:
    segments = (*BASE[:2], BASE[10], *BASE[2:10], *BASE[11:])
    assert judged(interchange(segments)).outcome == "refused"


def test_a_group_that_stands_elsewhere_is_taken_with_a_warning_and_kept_there() -> None:
    segments = (*BASE[:8], *BASE[10:16], *BASE[8:10], "UNT+16+1", BASE[-1])
    reading = judged(interchange(segments))
    assert (reading.outcome, codes(reading)) == ("accepted", ["edifact-segment-place"])
    assert isinstance(reading.document, Manifest)
    (container,) = reading.document.bills[0].equipment
    assert (container.id, [seal.id for seal in container.seals]) == ("TSTU8208494", ["SL1"])
    again = judged(write(reading.document, "edifact-cuscar"))
    assert again.document == reading.document


def test_an_unknown_segment_is_refused_and_kept() -> None:
    reading = judged(interchange(with_more(11, "ZZK+A:B+C")))
    assert reading.outcome == "refused"
    assert reading.document is not None
    assert b"ZZK+A:B+C'" in write(reading.document, "edifact-cuscar")


def test_a_message_of_very_many_segments_is_told_to_be_read_in_parts() -> None:
    segments = with_more(14, *["FTX+AAA+++X"] * 250_000)
    assert "edifact-too-large" in codes(judged(interchange(segments)))


def test_messages_beyond_a_limit_are_told_to_be_read_in_parts() -> None:
    many = "".join(f"UNH+{n}+CUSCAR:D:95B:UN'BGM+785+M{n}+9'UNT+3+{n}'" for n in range(1, 10_003))
    reading = judged(f"{BASE[0]}'{many}UNZ+10002+R1'")
    assert (reading.outcome, codes(reading)) == ("refused", ["edifact-too-large"])


@pytest.mark.parametrize("tail", ["??" * 200_000, "?A" * 200_000, "?" * 65_537, "A" * 300_000])
def test_a_segment_without_end_is_refused(tail: str) -> None:
    assert judged(interchange(BASE[:14]) + "FTX+AAA+++" + tail).outcome == "refused"


def test_a_number_of_a_consignment_is_not_less_than_nought_and_a_message_begins_once() -> None:
    text = interchange(having(3, "DTM+137:20261120:102"))
    assert judged(text.encode()).outcome == "accepted"
    begin = next(each for each in text.split("'") if each.strip().startswith("BGM"))
    doubled = text.replace(begin + "'", begin + "'" + begin + "'", 1)
    assert "edifact-segment-repeated" in codes(judged(doubled.encode()))
    assert "edifact-quantity" in codes(judged(text.replace("CNI+1", "CNI+-1", 1).encode()))


def test_a_message_of_another_agency_and_a_letter_behind_the_end_are_refused() -> None:
    text = interchange(having(3, "DTM+137:20261120:102"))
    assert ":UN" in text
    assert "edifact-message-unknown" in codes(judged(text.replace(":UN", ":XX", 1).encode()))
    assert "edifact-trailing" in codes(judged(text.encode() + b"X"))


def _with(text: str, first: str, again: str) -> str:
    """A message with one more segment behind the first that begins so, its count corrected."""
    segments = text.split("'")
    place = next(place for place, each in enumerate(segments) if each.strip().startswith(first))
    segments.insert(place + 1, f"\n{again}")
    return re.sub(r"UNT\+(\d+)", lambda found: f"UNT+{int(found[1]) + 1}", "'".join(segments))


@pytest.mark.parametrize(
    ("sample", "first", "again"),
    [
        ("edifact-cusdec/import-d04a.edi", "MOA+39", "MOA+39:99:USD"),
        ("edifact-cusdec/import-d04a.edi", "MEA+WT+G", "MEA+WT+G+KGM:1"),  # of the whole: no field has it
        ("edifact-cusdec/import-d04a.edi", "MEA+AAE+AAL", "MEA+AAE+AAL+KGM:1"),
        ("edifact-cusdec/import-d04a.edi", "MEA+AAE+AAL", "MEA+AAE+AAL+LBR:13200.25"),
        ("edifact-cusdec/import-d04a.edi", "CNT+5", "CNT+5:9"),
        ("edifact-cusdec/import-d04a.edi", "LOC+22", "LOC+22+AL09"),
        ("edifact-cusdec/import-d04a.edi", "DTM+137", "DTM+137:20261102:102"),
        ("edifact-cuscar/two-bills-d95b.edi", "LOC+9", "LOC+9+CNNGB:139:6"),
        ("edifact-cuscar/two-bills-d95b.edi", "MEA+AAE+G", "MEA+AAE+G+KGM:1"),
        ("edifact-codeco/gate-in-d04a.edi", "LOC+11", "LOC+11+BEANR:139:6"),
        ("edifact-cusrep/arrival-d21b.edi", "LOC+60", "LOC+60+BEANR:139:6"),
        ("edifact-baplie/two-bays-d95b.edi", "LOC+9", "LOC+9+CNNGB:139:6"),
    ],
)
def test_a_value_that_is_stated_again_and_is_another_warns_and_the_first_counts(
    sample: str, first: str, again: str
) -> None:
    text = (SAMPLES / sample).read_text("utf-8")
    twice = judged(_with(text, first, again))
    (found,) = [each for each in twice.findings if each.code == "edifact-stated-twice"]
    assert (twice.outcome, found.severity) == ("accepted", "warning")
    assert found.found == again[4:]
    assert (found.expected or "").startswith(first[4:])
    assert render(found) == f"{found.found} contradicts {found.expected}, which comes first and counts"


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("MOA+39", "MOA+39:25000:USD"),  # the same once more
        ("MEA+AAE+AAL", "MEA+AAE+AAL+LBR:29101.57"),  # the same in pounds
        ("RFF+ABE", "RFF+ABE:LRN-2026-56"),
        ("NAD+IM", "NAD+IM+NL001234568:100"),
        ("FTX+AAA", "FTX+AAA+++Of cast iron"),
        ("LOC+27", "LOC+27+VN"),  # an item may be of several origins
    ],
)
def test_what_may_come_again_does_not_warn(first: str, again: str) -> None:
    text = (SAMPLES / "edifact-cusdec/import-d04a.edi").read_text("utf-8")
    assert "edifact-stated-twice" not in codes(judged(_with(text, first, again)))


def test_what_a_bill_states_twice_is_told_of_its_part_too() -> None:
    text = _with((SAMPLES / "edifact-cuscar/two-bills-d95b.edi").read_text("utf-8"), "MEA+AAE+G", "MEA+AAE+G+KGM:1")
    whole = judged(text)
    streamed = stream([text.encode()], Options())
    told = [each.code for part in streamed for each in part.findings]
    assert told.count("edifact-stated-twice") == 1
    assert sorted(codes(streamed.reading)) == sorted(codes(whole))
